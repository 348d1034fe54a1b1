"""One file and one model: `classify`, the library and the Listen page say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genredesk.__main__ import main
from genredesk.core import settings as store
from genredesk.core.settings import Settings
from genredesk.core.trust import Fitted
from genredesk.library.catalogue.catalogue import Catalogue

Said = tuple[str | None, float, str]
"""Label, score, state."""


@pytest.fixture
def without_window(tmp_path, capsys) -> Callable[[Path, str], tuple[Said, Said]]:
    """Ask `classify` and a scan about a file."""

    def ask(path: Path, model: str, care: str = "balanced") -> tuple[Said, Said]:
        assert main(["classify", str(path), "--json", "--bundle", model, "--care", care]) == 0
        found = json.loads(capsys.readouterr().out)["decision"]
        db = tmp_path / "db" / "library.db"
        scan = ["scan", str(path.parent), "--db", str(db), "--workers", "1", "--bundle", model]
        assert main(scan) == 0
        with Catalogue.open(db) as catalogue:
            (row,) = catalogue.files.rows([1])
        return (
            (found["label"], found["score"], found["state"]),
            (row.heard, row.score, str(row.answer)),
        )

    return ask


@pytest.fixture
def in_the_window(start, qtbot) -> Callable[[Path, str], Said]:
    """Ask the Listen page about a file."""

    def ask(path: Path, model: str, **settings: str) -> Said:
        analysis = start(files=[path], bundle=model, **settings).listening.analysis
        qtbot.waitUntil(lambda: analysis.named(path) is not None, timeout=20_000)
        decision = analysis.named(path).result.decision
        return decision.label, decision.score, decision.state.value

    return ask


@pytest.mark.parametrize(
    ("seconds", "unsure_below"), [(1.3, 0.0), (1.3, 0.9), (23.4, 0.0), (23.4, 0.9)]
)
def test_the_same_to_the_last_digit(seconds, unsure_below, make, without_window, in_the_window):
    """Of a song of which a part is too quiet for a microphone."""
    model = make.bundle("doubtful", temperature=40.0, unsure_below=unsure_below, sharpening=0.3)
    n = seconds / 3
    parts = make.tone("low", n), 0.001 * make.tone("middle", n), make.tone("high", n)
    path = make.wav(model.path.parent / "music" / "song.wav", np.concatenate(parts))
    classified, scanned = without_window(path, model.id)
    label, score, state = in_the_window(path, model.id)
    assert scanned == (label, score, state)
    assert classified == (label, round(score, 6), state)
    assert state == ("open" if unsure_below else "sure")


@pytest.mark.parametrize(("care", "said"), [("careful", "probable"), ("bold", "sure")])
def test_the_same_by_the_cards_own_bounds_at_every_care(
    care, said, make, without_window, in_the_window
):
    fitted = Fitted(songs=200, probable=0.5, between=0.9)  # by default 0.67 and 0.825
    model = make.bundle("doubtful", temperature=25.0, unsure_below=0.5, certainty=fitted)
    path = make.wav(model.path.parent / "music" / "song.wav", make.tone("low", 3.0))
    store.save(Settings(care=care))
    classified, scanned = without_window(path, model.id, care)
    label, score, state = in_the_window(path, model.id, care=care)
    assert scanned == (label, score, state)
    assert classified == (label, round(score, 6), state)
    assert 0.4 < score < 0.72
    assert 0.5 < score < 0.6
    assert state == said
