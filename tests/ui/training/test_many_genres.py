"""A result of more genres than are drawn or kept column by column."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.training.data import songlist
from genredesk.training.data.scan import LabeledFile
from genredesk.training.evaluation import evaluate, report, review
from genredesk.training.evaluation.evaluate import Predictions
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.training import results
from genredesk.ui.training.pages.result import MOST_GENRES


def answers(n: int) -> Predictions:
    """One song of two windows in each of ``n`` genres; the first ten songs are called the next."""
    truth = np.arange(n)
    said = np.where(truth < 10, truth + 1, truth)
    logits = np.zeros((2 * n, n), np.float32)
    logits[np.arange(2 * n), np.repeat(said, 2)] = 12
    logits[0] = 0  # one window of the first song is right, but barely
    logits[0, 0] = 1
    return Predictions(
        tuple(f"genre {i:03}" for i in range(n)),
        tuple(f"genre {i:03}/song.wav" for i in range(n)),
        truth,
        np.repeat(truth, 2),
        np.tile(np.array([0, 3], np.float32), n),
        logits,
        3.0,
    )


@pytest.mark.parametrize("n", [20, MOST_GENRES + 20])
def test_songs_are_known_whether_or_not_their_scores_were_kept(train_page, tmp_path, n):
    run = TrainingRun("many", plan={"mode": "scratch"})
    predictions = answers(n)
    measured = evaluate.summarise(predictions) | {"wrong": review.mistakes(predictions)["wrong"]}
    report.write(run.report, measured, predictions, title="Many")
    music = [LabeledFile(tmp_path / name, name.split("/")[0]) for name in predictions.names]
    songlist.write(run.songs, music)
    result = results.load(run)
    wrong = result.wrong()
    assert sorted(s.name for s in wrong) == [f"genre {i:03}/song.wav" for i in range(10)]
    assert all(s.answer == f"genre {int(s.truth[-3:]) + 1:03}" for s in wrong)
    assert all(0.9 < s.score <= 1 for s in result.songs if s.right)
    assert [w.answer for w in wrong[-1].windows] == ["genre 000", "genre 001"]

    page = train_page.result
    train_page.session.result_changed.emit(result)
    many = n > MOST_GENRES
    assert page.matrix.is_drawn() == page.choose.isVisibleTo(page) == (not many)
    rows = [page.per_class.itemAt(i).widget() for i in range(page.per_class.count())]
    said = [w.text() for w in rows if hasattr(w, "text")]
    assert ("20 more are in the report." in said) == many
    assert ("Genre 119" in said or "genre 119" in said) is False
