"""The rule of certainty is in one place: changed there, everything in the window changes."""

from __future__ import annotations

import os

import numpy as np
import pytest

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import Scores
from genredesk.inference.aggregate import decided
from genredesk.library.catalogue.mapping import Words
from genredesk.library.library import Library
from genredesk.library.organize import items
from genredesk.library.organize.actions._common import genre_doubt
from genredesk.ui.library.tracks.columns import heard_words
from genredesk.ui.listen.playlist import answer_of
from genredesk.ui.listen.steady import steady
from genredesk.ui.look import strengths
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.charts.top_five import TopFive

LABELS = ("country", "jazz", "reggae")
ROW = np.array([0.1, 0.6, 0.3], np.float32)
BOUNDS = Bounds.of(0.9, len(LABELS))


@pytest.fixture
def said(qtbot):
    """Return what each part of the Listen page says of one and the same probabilities."""
    big, minute, top, ribbon = BigLabel(), LastMinute(), TopFive(), GenreRibbon()
    for widget in (big, minute, top, ribbon):
        qtbot.addWidget(widget)
    ribbon.set_duration(30)

    def all_of_them() -> set[str]:
        decision = decided(ROW, LABELS, BOUNDS, 30.0)
        raw = [Scores(float(i), i + 3.0, Strength.OPEN, LABELS, ROW, -20.0) for i in range(28)]
        big.set_decision(decision)
        minute.clear()
        minute.add_decision(decision)
        top.set_decision(decision)
        ribbon.set_scores(steady(raw, 4.0, BOUNDS))
        first = len(decision.named)
        assert {label for label, _ in top.rows()[:first]} == set(decision.named)
        number = ribbon.text_at(15).removeprefix("0:15 ")
        return {
            big.word(),
            minute.accessibleDescription(),
            *(text.split(" 6")[0].split(" 9")[0] for text in (number, answer_of(decision)[0])),
        }

    return all_of_them


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (certainty.SURE, "Jazz"), (certainty.PROBABLE, "Probably jazz"),
        (certainty.BETWEEN, "Between jazz and reggae"), (certainty.OPEN, "Can't tell"),
    ],
)  # fmt: skip
def test_another_rule_changes_every_part(said, monkeypatch, code, word):
    monkeypatch.setattr(
        certainty, "codes", lambda first, _second, _bounds: np.full(np.shape(first), code, np.int8)
    )
    assert said() == {word}


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (certainty.SURE, "sure"), (certainty.PROBABLE, "probable"),
        (certainty.BETWEEN, "between"), (certainty.OPEN, "open"),
    ],
)  # fmt: skip
def test_another_rule_changes_the_library(tmp_path, monkeypatch, code, answer):
    """Its rows, filter, tallies and plans, by the person's threshold, too."""
    monkeypatch.setattr(
        certainty, "codes", lambda first, _second, _bounds: np.full(np.shape(first), code, np.int8)
    )
    path = tmp_path / "song.mp3"
    path.write_bytes(b"a song")
    with Library.open(tmp_path / "library.db") as library:
        root = library.roots.add(tmp_path).id
        bundle = library.networks.use("made-up", "Made-up", LABELS, BOUNDS)
        raw = os.fsencode(path)
        with library.db.write() as connection:
            connection.execute("INSERT INTO track VALUES (1, x'01', 100)")
            connection.execute(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, added_at) VALUES (1, ?, ?, ?, 6, 1, 1, 1, 1, 'analysed', 1)",
                (root, raw, str(path)),
            )
            connection.execute(
                "INSERT INTO result VALUES (1, ?, 'jazz', 0.6, 'reggae', 0.3, 'jazz', 1, 1)",
                (bundle,),
            )
        for words in (Words(), Words(thresholds={"jazz": 0.4})):
            library.words.keep(words)
            (row,) = library.files.rows([1])
            assert row.answer == answer
            assert library.index.query(f"state:{answer}").tolist() == [1]
            assert library.index.tally("answer") == {answer: 1}
            (item,) = items.load(library, [1])
            assert (item.state, bool(genre_doubt(item))) == (answer, answer != "sure")
            assert heard_words(row).startswith(strengths.word(Strength(answer), row.named))


def test_by_its_own_rule_all_parts_agree(said):
    assert len(said()) == 1
