"""The 8-bit variant: a network that still answers, and an honest word about what it lost."""

from __future__ import annotations

import json
import shutil

import numpy as np
import onnx
import pytest

from genredesk.__main__ import main
from genredesk.core import paths
from genredesk.core.errors import BundleError
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.nets import registry
from genredesk.training.data import mels, songs, split
from genredesk.training.export import export, quantise
from genredesk.training.network import rebuild


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
    assert np.corrcoef(full.ravel(), tiny.ravel())[0, 1] > 0.99


def worst_pair(model: bytes) -> int:
    """Return the largest sum two products of a channel's weights can have, whatever is heard.

    Products of an activation in [0, 255], added in pairs of whichever two weights.
    """
    worst = 0
    for tensor in onnx.load_model_from_string(model).graph.initializer:
        if tensor.data_type == tensor.INT8 and len(tensor.dims) > 1:
            rows = onnx.numpy_helper.to_array(tensor).astype(int)
            rows = rows.reshape(len(rows), -1)
            for sign in (1, -1):
                largest = np.sort(np.maximum(sign * rows, 0), axis=1)[:, -2:].sum(axis=1)
                worst = max(worst, 255 * int(largest.max()))
    return worst


@pytest.mark.parametrize("shipped", [False, True])
def test_no_two_products_exceed_sixteen_bits(trained, shipped):
    """On any processor, those that add them up in 16 bits too: told by the weights alone."""
    if shipped:
        small = bundles.load(paths.shipped_models_dir() / "genredesk-live").read(bundles.EIGHT_BITS)
    else:
        data = mels.load(*trained.files)
        ranges = np.concatenate([w for _, w, _ in songs.iter_windows(data, (0, 9, 17), 13)])
        small = quantise.static_int8(trained.made.bundle.read(bundles.MODEL), ranges)
    # with weights over their whole range it is 64,770
    assert 0 < worst_pair(small) <= 2**15 - 1


@pytest.fixture
def clear(trained) -> split.Split:
    """The songs ranges are measured on, and those of which the toy network is not of two minds.

    Where two genres lie as close as rounding moves them, either form may be called right.
    """
    data = mels.load(*trained.files)
    network = quantise.predictor(trained.made.bundle.read(bundles.MODEL))
    answers = [np.sort(network(w[:1])[0]) for _, w, _ in songs.iter_windows(data, range(24), 39)]
    sure = tuple(i for i, answer in enumerate(answers) if answer[-1] - answer[-2] > 0.5)
    return split.Split(split.automatic(data).train, sure)


def test_form_beside_a_network_is_compared_with_it(trained, clear, tmp_path, capsys):
    folder = tmp_path / trained.made.bundle.id
    shutil.copytree(trained.made.bundle.path, folder)
    data = mels.load(*trained.files)
    plain = bundles.load(folder)
    made = quantise.beside(plain, data, clear)
    told = made.card.eight_bits
    assert told is not None
    assert told.n >= 6
    assert told.alike == 1.0
    assert made.read(bundles.MODEL) == plain.read(bundles.MODEL)
    install.verify(made)
    again, _ = quantise.make(made, data, split.automatic(data), tmp_path / "small")
    assert again.card.eight_bits is None
    words = ["quantise", "--beside", "--bundle", str(folder), "--mels", str(trained.files[0])]
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["bundle"] == str(folder)
    assert bundles.load(folder).card.eight_bits.n == printed["n"] == 6


def test_command_makes_a_bundle_that_says_what_it_lost(trained, tmp_path, capsys):
    out = tmp_path / "small"
    words = ["quantise", "--bundle", str(trained.made.bundle.path), "--out", str(out), "--json"]
    assert main([*words, "--mels", str(trained.files[0])]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    made = bundles.load(out)
    install.verify(made)
    assert f"{result['small']:.1%} of {result['n']}" in made.card.notes
    assert result["small_bytes"] == (out / bundles.MODEL).stat().st_size
    assert result["small_bytes"] < 0.4 * result["full_bytes"]
    assert result["small_ms"] > 0 < result["full_ms"]
    assert f"{result['small_bytes'] / 1e6:.2f} MB" in made.card.notes
    # nothing of the network is in 32 bits any more but what is small, and no weights lie beside it
    assert not (out / bundles.WEIGHTS).exists()
    floats = [
        np.prod(tensor.dims)
        for tensor in onnx.load(out / bundles.MODEL).graph.initializer
        if tensor.data_type == tensor.FLOAT
    ]
    assert max(floats) < 1024
    with pytest.raises(BundleError, match="in 8 bits only"):
        rebuild.network_of(made)
    assert made.card.labels == trained.made.bundle.card.labels
    # the loss was measured on valid, and only train was fitted on
    assert result["heard_before"] == printed.err == ""


def test_songs_a_bundle_may_have_learned_from_are_said_beside_the_loss(trained, tmp_path, capsys):
    bundle = trained.made.bundle
    data = mels.load(*trained.files)
    parts = split.Split(split.given(data).valid, split.given(data).train)
    made, cost = quantise.make(bundle, data, parts, tmp_path / "turned")
    assert "18 of these 18 songs belong to train in their table" in cost.heard_before
    assert f"{cost.heard_before} The accuracies above" in made.card.notes


def test_genre_the_bundle_does_not_know_is_named(trained, folder, tmp_path, capsys):
    (folder / "hum").rename(folder / "polka")
    base = str(trained.made.bundle.path)
    words = ["quantise", str(folder), "--bundle", base, "--out", str(tmp_path / "small")]
    assert main(words) == 1
    assert "its genre polka is not one this network knows" in capsys.readouterr().err
    assert not (tmp_path / "small").exists()


def test_place_that_cannot_be_written_is_refused_before_songs_are_read(trained, tmp_path, capsys):
    blocker = tmp_path / "file"
    blocker.touch()
    base = str(trained.made.bundle.path)
    words = ["quantise", "--bundle", base, "--out", str(blocker / "small")]
    assert main([*words, "--mels", "/no/songs.npz"]) == 1
    assert f"{blocker}: nothing can be written there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "sentence"), [("Bad Name", "Use lower-case letters"), ("there", "exists already")]
)
def test_bad_place_is_refused(trained, tmp_path, capsys, name, sentence):
    (tmp_path / "there").mkdir()
    words = ["quantise", "--bundle", str(trained.made.bundle.path), "--out", str(tmp_path / name)]
    assert main([*words, "--mels", str(trained.files[0])]) == 1
    assert sentence in capsys.readouterr().err


def test_recurrent_layers_are_said_to_stay_in_32_bits():
    net = registry.get("patel-lstm").build(1, 13, 20, 3).eval()
    model = export.graph(net, (1, 13, 20))
    windows = np.random.default_rng(0).normal(size=(8, 1, 13, 20)).astype(np.float32)
    small = quantise.static_int8(model, windows)
    assert quantise.left_in_32_bits(small) == {"LSTM": 2}
    cost = quantise.Cost(9, 0.5, 0.5, "", 4000, 1000, 2.0, 1.0, {"LSTM": 2})
    assert "2.0 times as fast" in cost.sentence
    assert cost.sentence.endswith("because ONNX Runtime has no others: 2 × LSTM.")
