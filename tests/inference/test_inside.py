"""A look inside a network: maps of its layers, what the answer hangs on, live in a thread."""

from __future__ import annotations

import copy
import json
import threading

import numpy as np
import pytest
import soundfile
from onnx import helper, numpy_helper

from genredesk.__main__ import main
from genredesk.audio.ring import RingBuffer
from genredesk.inference.inside import why as reasons
from genredesk.inference.inside.graph import InsideGraph
from genredesk.inference.inside.looker import Looker

BANDS, FRAMES = 128, 39


@pytest.fixture
def two_pools(tiny):
    """A convolution over all bands, its maximum and its mean over time, a dense layer."""
    kernel = np.zeros((2, BANDS, 1), np.float32)
    kernel[0, 100] = kernel[1, 20] = 1.0
    dense = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 2, 0]], np.float32)
    nodes = [
        helper.make_node("Reshape", ["features", "shape"], ["flat"]),
        helper.make_node("Conv", ["flat", "kernel"], ["conv"]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("ReduceMax", ["relu"], ["max"], axes=[2], keepdims=0),
        helper.make_node("ReduceMean", ["relu"], ["mean"], axes=[2], keepdims=0),
        helper.make_node("Concat", ["max", "mean"], ["embedding"], axis=1),
        helper.make_node("MatMul", ["embedding", "dense"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([-1, BANDS, FRAMES], np.int64), "shape"),
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(dense, "dense"),
    ]
    return tiny.write(tiny.graph(tiny.card().frontend, nodes, constants))


@pytest.fixture
def picture():
    """One bright spot at band 100, frame 30; band 20 sounds all the time."""
    features = np.zeros((1, BANDS, FRAMES), np.float32)
    features[0, 100, 30] = 6.0
    features[0, 20] = 1.0
    return features


def test_maps_are_what_the_layer_makes(two_pools, picture):
    inside = InsideGraph(two_pools)
    assert [layer.name for layer in inside.layers] == ["convolution 1"]
    logits, maps = inside.look(picture[None], inside.layer("convolution 1"))
    assert maps.shape == (1, 2, FRAMES)
    assert (maps[0, 0] == picture[0, 100]).all()
    assert (maps[0, 1] == 1.0).all()
    assert logits[0] == pytest.approx([6.0, 2.0, 0.0])


def test_the_answer_hangs_on_the_patch_and_the_branch_it_is_made_from(two_pools, picture):
    inside = InsideGraph(two_pools)
    why = reasons.explain(inside, picture, 0)
    assert why.label == "low"
    others = np.log(np.exp(2.0) + 1)
    assert why.evidence == pytest.approx(6.0 - others, abs=1e-5)
    ups, alongs = reasons.edges(BANDS, reasons.ROWS), reasons.edges(FRAMES, reasons.COLUMNS)
    row, column = np.unravel_index(why.weights.argmax(), why.weights.shape)
    assert ups[row] <= 100 < ups[row + 1]
    assert alongs[column] <= 30 < alongs[column + 1]
    assert why.weights.max() == pytest.approx(6.0, abs=1e-5)
    # what speaks for another word speaks against this one
    assert why.weights[np.searchsorted(ups, 20, side="right") - 1].max() < 0
    assert dict(why.branches) == pytest.approx(
        {"maximum of convolution 1": 6.0, "mean of convolution 1": np.log(2.0) - others}, abs=1e-5
    )
    found = reasons.places(two_pools.card.frontend, why)
    assert found["hertz"][0] < found["hertz"][1]
    spot = two_pools.card.frontend.window_s * 30.5 / FRAMES
    assert found["seconds"][0] < spot < found["seconds"][1]
    assert "maximum of convolution 1" in reasons.sentence(two_pools.card.frontend, why)


class Heard:
    """A source that holds sound already, and counts how often it was asked."""

    def __init__(self, spec, samples):
        self.sample_rate = spec.sample_rate
        self.ring = RingBuffer(10 * spec.sample_rate)
        self.ring.write(samples)

    def now(self):
        return self.ring.end


def test_looker_shows_what_the_newest_window_is_and_ends(two_pools, tiny):
    spec = two_pools.card.frontend
    looks, whys, problems, more = [], [], [], threading.Event()

    def on_why(explained):
        assert explained.features.shape == spec.shape
        assert explained.bundle is two_pools
        whys.append(explained.why)
        more.set()

    looker = Looker(looks.append, on_why, problems.append)
    source = Heard(spec, tiny.tone(3000, 4.0))
    looker.set_label("middle")
    looker.set_bundle(two_pools)
    looker.set_source(source)
    assert more.wait(60)
    first = looks[0]
    assert first.features.shape == spec.shape
    assert first.layers == (first.layer,) == ("convolution 1",)
    assert first.maps.shape == (1, 2, FRAMES)
    assert first.label in two_pools.card.labels
    assert whys[0].label == "middle"  # the word asked about, not what this window alone says
    assert first.label != "middle"
    # nothing new was heard: nothing is computed again
    assert len(looks) == 1
    seen = threading.Event()
    looker._on_look = lambda _: seen.set()
    source.ring.write(tiny.tone(200, 1.0))
    assert seen.wait(60)
    looker.close()
    looker.close()
    assert problems == []


def test_looker_gives_up_explaining_a_network_that_is_not_asked_any_more(
    two_pools, tiny, monkeypatch
):
    whys, more, explain, other = [], threading.Event(), reasons.explain, copy.copy(two_pools)

    def changed(*args):
        looker.set_bundle(other)
        return explain(*args)

    def on_why(explained):
        whys.append(explained.bundle)
        more.set()

    monkeypatch.setattr(reasons, "explain", changed)
    looker = Looker(lambda _: None, on_why, pytest.fail)
    looker.set_bundle(two_pools)
    source = Heard(two_pools.card.frontend, tiny.tone(3000, 4.0))
    looker.set_source(source)
    looker.set_layer("convolution 1")
    while not more.wait(0.05):
        source.ring.write(tiny.tone(200, 0.1))
    looker.close()
    assert whys[0] is other


@pytest.fixture
def high(tiny, tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tiny.tone(3000, 5.0), tiny.card().frontend.sample_rate)
    return str(path)


def test_command_says_why(bundle, high, capsys):
    assert main(["classify", high, "--bundle", bundle.id, "--why"]) == 0
    assert " rests mostly on " in capsys.readouterr().out


def test_command_claims_nothing_where_nothing_speaks_for_a_word(two_pools, high, capsys):
    words = ["classify", high, "--bundle", two_pools.id, "--why"]
    assert main(words) == 0
    assert "Nothing in the window speaks for Low" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    why = json.loads(capsys.readouterr().out)["why"]
    assert set(why["branches"]) == {"maximum of convolution 1", "mean of convolution 1"}
    assert np.shape(why["weights"]) == (reasons.ROWS, reasons.COLUMNS)
    assert 0 <= why["start"] < why["end"] <= 5.0
