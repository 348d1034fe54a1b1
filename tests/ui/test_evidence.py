"""How good a model is: measured on a person's songs, compared on the same ones, told with whose."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.inference.card import Accuracy
from genredesk.training.evaluation import paired, versus
from genredesk.ui.models import evidence

pytestmark = pytest.mark.usefixtures("bundle")


@pytest.fixture
def songs(make, tmp_path):
    """Two songs of two genres the network knows, and a folder of one it does not."""
    folder = tmp_path / "songs"
    for genre, tone in (("Low", "low"), ("high", "high"), ("polka", "middle")):
        (folder / genre).mkdir(parents=True)
        for n in range(2):
            sound = make.tone(tone, 4.0)
            swell = np.linspace(1.0, 0.05, len(sound), dtype=np.float32) if n else 1.0
            make.wav(folder / genre / f"{genre} {n}.wav", sound * swell)
    return folder


def test_two_models_are_measured_and_compared_on_the_songs_both_know(make, songs):
    mine, other = bundles.find("tiny"), make.bundle("other", "Other", labels=("low", "a", "b"))
    found = versus.measure_on(versus.in_folder(str(songs)), [mine, other], ctx=JobContext())
    found = found["models"]
    assert found["tiny"]["evaluation"]["songs"]["n"] == 4, "polka is passed over"
    assert found["other"]["evaluation"]["songs"]["n"] == 2
    (both,) = found["tiny"]["versus"]
    assert (both["title"], both["comparison"]["n"]) == ("Other", 2)
    told = evidence.read(mine)
    assert told.evaluation is not None
    assert told.on == f"On your 4 songs in {songs}"
    assert [share.name for share in told.recall] == ["Low", "High"]
    assert told.recall[0].words == "all (34\u202f% or more)"
    again = make.bundle("tiny-b", "Another", temperature=2.0)
    assert versus.kept(again) is None


def test_a_card_tells_recall_by_genre_with_wilsons_intervals(make):
    card = bundles.find("tiny").card
    old = {"recall low": Accuracy(1.0, 20, (1.0, 1.0)), "song": Accuracy(0.7, 60, (0.6, 0.8))}
    told = evidence.of_card(card.replace(accuracy=old))
    assert [(s.name, s.words) for s in told.recall] == [("Low", "all (84\u202f% or more)")]
    assert "60 songs" in told.on
    assert not evidence.of_card(card.replace(accuracy={})).recall


def test_a_row_names_the_songs_its_numbers_are_of():
    mine, theirs = np.arange(23) < 21, np.ones(23, bool)
    found = {
        "songs": {"n": 23, "sum": 21 / 23, "interval": [0.73, 0.98]},
        "start": {
            "title": "GenreDesk live", "n": 23, "new": 21 / 23, "new_interval": [0.73, 0.98],
            "start": 1.0, "start_interval": [0.86, 1.0],
            "comparison": paired.compare(mine, theirs).to_dict(),
        },
    }  # fmt: skip
    said = "91\u202f% (73–98\u202f%) on your 23 songs; GenreDesk live 100\u202f% on the same"
    assert evidence.standing(found) == said
