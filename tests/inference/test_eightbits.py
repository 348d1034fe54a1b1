"""Eight bits: products that no processor cuts off, and the quicker of a network's two forms."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from genredesk.core import paths
from genredesk.core.errors import BundleError
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.card import EIGHT_BITS, EightBits
from genredesk.inference.runtime import (
    RuntimeFailure,
    choose,
    eightbits,
    golden,
    open_runtime,
    quicker,
)
from genredesk.inference.runtime.onnx import OnnxRuntime
from genredesk.inference.runtime.quicker import Timed
from genredesk.inference.scorer import BundleScorer


def cut_off(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Multiply ``uint8 (k,)`` by ``int8 (k, n)`` as ``vpmaddubsw`` does: pairs in 16 bits."""
    products = x.astype(np.int32)[:, None] * w.astype(np.int32)
    pairs = products.reshape(-1, 2, w.shape[1]).sum(axis=1)
    return np.clip(pairs, -(2**15), 2**15 - 1).sum(axis=0)


@pytest.mark.parametrize("sign", [1, -1])
def test_largest_weight_is_the_last_whose_products_fit(sign):
    x = np.full(8, 255, np.uint8)
    for weight, fits in ((eightbits.LARGEST, True), (eightbits.LARGEST + 1, False)):
        w = np.full((8, 1), sign * weight, np.int8)
        exact = x.astype(int) @ w.astype(int)
        assert (cut_off(x, w) == exact).all() == fits, weight


def quantised(gain: float = 0.05, largest: int = 127) -> bytes:
    """The tiny network with its weights in 8 bits, the largest of them ``largest``."""
    bands = LIVE_MEL.n_bands
    weight = np.zeros((bands, 3), np.int8)
    weight[np.arange(bands), np.arange(bands) * 3 // bands] = largest
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["mean"], ["embedding"], axis=1),
        helper.make_node("QuantizeLinear", ["embedding", "x scale", "x zero"], ["small"]),
        helper.make_node("DequantizeLinear", ["small", "x scale", "x zero"], ["rounded"]),
        helper.make_node("DequantizeLinear", ["weight", "w scale", "w zero"], ["wide"]),
        helper.make_node("MatMul", ["rounded", "wide"], ["logits"]),
    ]
    numbers = {
        "weight": weight,
        "x scale": np.float32(80 / 255),
        "x zero": np.uint8(255),
        "w scale": np.float32(gain / largest),
        "w zero": np.int8(0),
    }
    constants = [numpy_helper.from_array(np.asarray(v), k) for k, v in numbers.items()]
    values = helper.make_tensor_value_info
    proto = helper.make_graph(
        nodes,
        "net",
        [values("features", TensorProto.FLOAT, ["n", *LIVE_MEL.shape])],
        [
            values("logits", TensorProto.FLOAT, ["n", 3]),
            values("embedding", TensorProto.FLOAT, ["n", "d"]),
        ],
        constants,
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def test_weights_that_may_overflow_are_recognised(bundle, tiny):
    assert not eightbits.may_overflow(bundle.read(bundles.MODEL))
    assert not eightbits.may_overflow(quantised(largest=eightbits.LARGEST))
    assert eightbits.may_overflow(quantised(largest=eightbits.LARGEST + 1))
    old = tiny.write(quantised(), id="old")
    assert "inexact on processors without" in eightbits.warning(old)
    assert eightbits.warning(bundle) == ""


def test_processor_that_cuts_off_goes_the_exact_way_and_says_so(tiny, monkeypatch):
    asked, real = [], ort.SessionOptions.add_session_config_entry
    monkeypatch.setattr(
        ort.SessionOptions,
        "add_session_config_entry",
        lambda self, *entry: asked.append(entry) or real(self, *entry),
    )
    old, new = tiny.write(quantised(), id="old"), tiny.write(quantised(largest=64), id="new")
    for here, wide in ((False, [False, False]), (True, [True, False])):
        monkeypatch.setattr(eightbits, "cut_off_here", lambda here=here: here)
        asked.clear()
        whys = [open_runtime(b).why for b in (old, new)]
        assert asked.count(("session.x64quantprecision", "1")) == here
        assert ["a slower way is taken" in why for why in whys] == wide
        assert ("This is such a processor" in eightbits.warning(old)) == here


@pytest.mark.parametrize("largest", [64, 127])
def test_exact_way_answers_as_the_arithmetic_does(tiny, monkeypatch, largest):
    x = np.full((1, *LIVE_MEL.shape), -80, np.float32)
    x[:, :, :40] = 0
    for here in (eightbits.cut_off_here(), True):
        monkeypatch.setattr(eightbits, "cut_off_here", lambda here=here: here)
        logits, _ = OnnxRuntime(quantised(largest=largest), tiny.card()).run(x)
        full, _ = OnnxRuntime(tiny.model(), tiny.card()).run(x)
        np.testing.assert_allclose(logits, full, atol=0.02 * np.abs(full).max())


# ---------------------------------------------------------------- the quicker of two


def with_form(tiny, model: bytes | None = None, **changes) -> bundles.Bundle:
    """A tiny bundle with an 8-bit form beside it."""
    bundle = tiny.write()
    answers = golden.set_answers(bundle.read(bundles.MODEL), bundle.card)
    logits = tuple(tuple(map(float, row)) for row in answers)
    told = EightBits(**({"signal": golden.SET, "logits": logits, "n": 9, "alike": 1.0} | changes))
    return install.add_eight_bits(bundle, model or quantised(largest=64), told)


def test_form_beside_a_network_travels_with_it(tiny, tmp_path):
    bundle = with_form(tiny)
    assert bundles.load(bundle.path).card == bundle.card
    file = bundles.export(bundle, tmp_path / "out")
    came = install.import_(file)
    assert came.read(EIGHT_BITS) == bundle.read(EIGHT_BITS)
    assert came.card.eight_bits == bundle.card.eight_bits


def test_damaged_form_is_found(tiny, tmp_path):
    bundle = with_form(tiny)
    (bundle.path / EIGHT_BITS).write_bytes(b"nothing")
    with pytest.raises(BundleError, match=r"model.int8.onnx is not the file"):
        install.verify(bundle)
    with pytest.raises(BundleError, match="changed or damaged"):
        bundles.export(bundle, tmp_path / "out")


def test_form_that_answers_otherwise_is_refused_and_nothing_changes(tiny):
    with pytest.raises(BundleError, match="does not answer as its card says"):
        with_form(tiny, quantised(gain=-0.05))
    (bundle,) = bundles.installed()
    assert bundle.card.eight_bits is None
    assert not (bundle.path / EIGHT_BITS).exists()


@pytest.mark.parametrize("missing", ["eight_bits", "file"])
def test_card_and_file_come_together(tiny, missing):
    bundle = with_form(tiny)
    raw = json.loads((bundle.path / "card.json").read_text(encoding="utf-8"))
    if missing == "file":
        del raw["files"][EIGHT_BITS]
    else:
        del raw["eight_bits"]
    (bundle.path / "card.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(BundleError, match=r"model\.int8\.onnx"):
        bundles.load(bundle.path)


@pytest.mark.parametrize(
    ("timed", "form", "word"),
    [
        (Timed(2.0, 1.0, 0.05), EIGHT_BITS, "In 8 bits: 1.0 ms a window"),
        (Timed(1.0, 2.0, 0.05), bundles.MODEL, "In 32 bits: 1.0 ms a window"),
        (Timed(2.0, 1.0, 0.2), bundles.MODEL, "answers differently on this processor"),
        (Timed(2.0, 0.0, 0.0, "no such operator"), bundles.MODEL, "no such operator"),
    ],
)
def test_quicker_is_taken_where_it_answers_alike(tiny, monkeypatch, timed, form, word):
    bundle = with_form(tiny)
    assert "whichever is quicker" in quicker.said(bundle)
    monkeypatch.setattr(quicker, "known", lambda _bundle: None)
    monkeypatch.setattr(quicker, "measure", lambda _bundle: timed)
    opened = []
    real = choose.OnnxRuntime
    monkeypatch.setattr(
        choose,
        "OnnxRuntime",
        lambda model, *a, **k: opened.append(model.name) or real(model, *a, **k),
    )
    runtime = open_runtime(bundle)
    assert opened == [form]
    assert word in runtime.why


def test_both_are_timed_once_on_a_processor(tiny, monkeypatch):
    bundle, real, calls = with_form(tiny), quicker.measure, []
    monkeypatch.setattr(quicker, "measure", lambda b: calls.append(b) or real(b))
    for _ in range(2):
        open_runtime(bundle).close()
    assert len(calls) == 1
    (entry,) = json.loads((paths.cache_dir() / "quicker.json").read_text()).values()
    assert entry["apart"] < golden.APART
    assert entry["full_ms"] > 0 < entry["small_ms"]
    monkeypatch.setattr(quicker.processor, "fingerprint", lambda: "another")
    open_runtime(bundle).close()
    assert len(calls) == 2


def test_a_busy_moment_is_not_taken_for_the_truth(tiny, monkeypatch):
    """The first rounds are measured under load, by both forms; then it is quiet."""
    rounds = iter([8.8, 8.0] * 10 + [2.0, 1.0] + [2.5, 1.5] * 100)
    monkeypatch.setattr(quicker, "_taken_ms", lambda *_: next(rounds))
    timed = quicker.measure(with_form(tiny))
    assert (timed.full_ms, timed.small_ms) == (2.0, 1.0)


def test_timing_again_makes_times_shorter_and_tells_answers_of_another_form_apart(
    tiny, monkeypatch
):
    bundle = with_form(tiny)
    times = iter([Timed(9.0, 5.0, 0.05), Timed(2.0, 6.0, 0.05)])
    monkeypatch.setattr(quicker, "measure", lambda _bundle: next(times))
    quicker.renew(bundle)
    assert quicker.known(bundle) is None, "it is first timed when it is used"
    small = BundleScorer.of(bundle)
    assert quicker.known(bundle) == Timed(9.0, 5.0, 0.05)
    assert quicker.form_of(bundle)[0] == EIGHT_BITS
    quicker.renew(bundle)
    assert quicker.known(bundle) == Timed(2.0, 5.0, 0.05)
    assert quicker.form_of(bundle)[0] == bundles.MODEL
    full = BundleScorer.of(bundle)
    assert full.fingerprint != small.fingerprint
    assert full.features_fingerprint == small.features_fingerprint


def test_card_can_forbid_it(tiny, monkeypatch):
    bundle = with_form(tiny, allowed=False)
    monkeypatch.setattr(quicker, "measure", lambda _bundle: pytest.fail("it was timed"))
    assert "In 32 bits, as its card wants it." in open_runtime(bundle).why


def test_form_that_cannot_be_opened_is_passed_over(tiny, monkeypatch):
    bundle, real = with_form(tiny), quicker.OnnxRuntime

    def opened(model, card):
        if model.name == EIGHT_BITS:
            raise RuntimeFailure("no such operator")
        return real(model, card)

    monkeypatch.setattr(quicker, "OnnxRuntime", opened)
    assert "cannot be used here (no such operator)" in open_runtime(bundle).why


def test_cut_off_sums_are_too_far_apart(tiny):
    """What the limit is for: the tiny network's sums, cut off as a processor would."""
    card = tiny.card()
    x = golden.set_features(card)
    expected = golden.set_answers(tiny.model(), card)
    codes = np.clip(np.round(x.mean(axis=3)[:, 0] / np.float32(80 / 255)) + 255, 0, 255)
    weight = np.zeros((LIVE_MEL.n_bands, 3), np.int8)
    weight[np.arange(128), np.arange(128) * 3 // 128] = 1
    for largest, near in ((64, True), (127, False)):
        w = weight * np.int8(largest)
        rows = []
        for row in codes.astype(np.uint8):
            sums = cut_off(row, w) - 255 * w.astype(int).sum(axis=0)
            rows.append(sums * (80 / 255) * 0.05 / largest)
        assert (golden.apart(expected, np.array(rows, np.float32)) <= golden.APART) == near
