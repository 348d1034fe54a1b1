"""The 8-bit variant: a network that still answers, and an honest word about what it lost."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genredesk.__main__ import main
from genredesk.inference import bundle as bundles
from genredesk.training import mels, quantise, songs, split


def test_small_network_agrees_with_the_full_one(trained):
    data = mels.load(*trained.files)
    bundle = trained.made.bundle
    parts = split.automatic(data)
    ranges = np.concatenate([w for _, w, _ in songs.iter_windows(data, parts.train, 13)])
    model = bundle.read(bundles.MODEL)
    small = quantise.static_int8(model, ranges)
    assert len(small) < 0.5 * len(model)
    windows = np.concatenate([w for _, w, _ in songs.iter_windows(data, parts.valid, 5)])
    full, tiny = quantise.predictor(model)(windows), quantise.predictor(small)(windows)
    assert full.shape == tiny.shape
    assert np.corrcoef(full.ravel(), tiny.ravel())[0, 1] > 0.97


def test_command_makes_a_bundle_that_says_what_it_lost(trained, tmp_path, capsys):
    out = tmp_path / "small"
    words = ["quantise", "--bundle", str(trained.made.bundle.path), "--out", str(out), "--json"]
    assert main([*words, "--mels", str(trained.files[0])]) == 0
    result = json.loads(capsys.readouterr().out)
    made = bundles.load(out)
    bundles.verify(made)
    assert f"{result['small']:.1%} of {result['n']}" in made.card.notes
    assert made.card.labels == trained.made.bundle.card.labels


@pytest.mark.parametrize("name", ["Bad Name", ""])
def test_bad_place_is_refused(trained, tmp_path, capsys, name):
    words = ["quantise", "--bundle", str(trained.made.bundle.path), "--out", str(tmp_path / name)]
    assert main([*words, "--mels", str(trained.files[0])]) == 1
    assert "choose a new name" in capsys.readouterr().err
