"""What a result says first: better or not on the same songs, and where its button leads."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from genredesk.training.evaluation import metrics, paired
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.training import sentences, steps, verdict
from genredesk.ui.training.pages.result import ResultPage
from genredesk.ui.training.results import Result


def evaluated(n: int, new: int, old: int) -> dict:
    """What a training measures on ``n`` songs; the models' right ones overlap as far as can be."""
    mine, theirs = np.arange(n) < new, np.arange(n) < old
    return {
        "songs": {"n": n, "sum": new / n, "interval": list(metrics.interval(mine))},
        "windows": {"n": 10 * n, "accuracy": new / n},
        "start": {
            "title": "GenreDesk live",
            "n": n,
            "new": new / n,
            "new_interval": list(metrics.interval(mine)),
            "start": old / n,
            "start_interval": list(metrics.interval(theirs)),
            "comparison": paired.compare(mine, theirs).to_dict(),
        },
    }


def result(n: int, new: int, old: int, **more) -> Result:
    return Result(TrainingRun("r"), {**evaluated(n, new, old), **more}, ())


@pytest.mark.parametrize(
    ("found", "headline", "button", "page"),
    [
        ((60, 55, 40), "Better than GenreDesk live", "Use it", steps.USE),
        ((60, 40, 55), "Not better than GenreDesk live", "Keep GenreDesk live", steps.HISTORY),
        ((23, 22, 21), "Too few songs to say", "Add songs", steps.MUSIC),
    ],
)
def test_the_verdict_leads(found, headline, button, page):
    one = result(*found)
    said = verdict.of(one)
    assert said.headline.startswith(headline)
    assert said.button == button
    told = []
    desk = SimpleNamespace(result=one, say=lambda *args, **_: told.append(args))
    self = SimpleNamespace(session=desk, tr=str)
    assert ResultPage.follow(self, steps.RESULT) == page
    assert bool(told) == (page == steps.HISTORY)


def test_two_errors_in_23_never_read_100():
    said = verdict.of(result(23, 23, 21))
    mine, theirs = (share.words for share in said.shares)
    assert mine == "all (86\u202f% or more)"
    assert theirs == "91\u202f% (73–98\u202f%)"
    assert "On the same 23 songs the difference is +9 points" in said.detail


def test_what_flatters_stands_beside_the_number():
    shared = {"shared_artists": ["Ann"], "artists_known": 20, "train": 20, "valid": 5}
    one = result(23, 21, 23, leaks=shared, segments={"accuracy": 0.99, "n": 400})
    said = sentences.caveats(one)
    assert "artist is on both sides (Ann)" in said[0]
    assert "Without leaks: 91" in said[-1]


def test_a_comparison_of_an_earlier_version_claims_nothing():
    old = evaluated(23, 21, 23)
    del old["start"]["comparison"]
    said = verdict.of(Result(TrainingRun("r"), old, ()))
    assert said.headline == "Not compared with GenreDesk live"
    assert said.advice is verdict.Advice.USE
