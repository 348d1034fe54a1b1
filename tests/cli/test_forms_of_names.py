"""A genre whose name comes in two Unicode forms is one genre, from training to the library."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.inference import bundle as bundles

RATE = 22050
COMPOSED, APART = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))


def write(folder: Path, first: int, hertz: float, n: int = 3) -> None:
    """Write ``n`` songs of a class, each another sound."""
    folder.mkdir(parents=True, exist_ok=True)
    time = np.arange(4 * RATE) / RATE
    for i in range(first, first + n):
        noise = 0.02 * np.random.default_rng(i).standard_normal(len(time))
        wave = 0.3 * np.sin(2 * np.pi * (hertz + 3 * i) * time) + noise
        soundfile.write(folder / f"{i}.wav", wave, RATE)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Songs of café in folders of both forms, and of another genre."""
    place = tmp_path / "music"
    write(place / COMPOSED, 0, 300)
    try:
        write(place / APART, 3, 300)
    except OSError:
        pytest.skip("such a name cannot be on this disk")
    if len(list(place.iterdir())) < 2:
        pytest.skip("this disk knows one form only")
    write(place / "tango", 6, 3000, 6)
    return place


def test_trained_with_one_evaluated_and_found_with_the_other(music, genredesk, tmp_path, home):
    status, _, err = genredesk("train", music, "--quick", "--out", tmp_path / "mine", "--json")
    assert status == 0, err
    made = bundles.load(tmp_path / "mine")
    assert made.card.labels == (COMPOSED, "tango")
    shutil.rmtree(music / COMPOSED)  # only the other form is left
    status, out, err = genredesk("evaluate", music, "--bundle", made.path, "--json")
    assert status == 0, err
    result = json.loads(out)
    assert set(result["per_class"]) == {COMPOSED, "tango"}
    assert result["per_class"][COMPOSED]["n"] == 3
    db = tmp_path / "library.db"
    assert genredesk("scan", music, "--db", db, "--bundle", made.path, "--workers", 1)[0] == 0
    genredesk("library", "correct", "path:tango", APART, "--db", db)
    for form in (COMPOSED, APART):
        _, out, _ = genredesk(
            "library", "list", "--db", db, "--filter", f"heard:{form} path:tango", "--json"
        )
        assert len(out.splitlines()) == 6, form
        _, out, _ = genredesk("library", "list", "--db", db, "--filter", f"path:{form}", "--json")
        assert len(out.splitlines()) == 3, form
