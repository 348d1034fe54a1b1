"""Devices: what is offered, how it is tested, and what happens when it fails."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from genredesk.core.errors import BundleError
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference.runtime import RuntimeFailure, devices, golden, open_runtime
from genredesk.inference.runtime import onnx as onnx_runtime
from genredesk.inference.runtime import torch as torch_runtime
from genredesk.inference.runtime.fallback import FallbackRuntime


def features(n: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(-80, 0, (n, *LIVE_MEL.shape)).astype(np.float32)


@pytest.mark.parametrize("n", [1, 2, 37])
def test_the_processor_answers_any_batch(bundle, n):
    runtime = open_runtime(bundle)
    x = features(n)
    logits, embedding = runtime.run(x)
    np.testing.assert_allclose(embedding, x.mean(axis=3)[:, 0], rtol=1e-4)
    assert logits.shape == (n, 3)
    assert (logits.dtype, embedding.dtype) == (np.float32, np.float32)
    one, _ = runtime.run(x[:1])
    np.testing.assert_allclose(one[0], logits[0], rtol=1e-5)
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeFailure, match="closed"):
        runtime.run(x)


def test_an_answer_is_not_overwritten_by_the_next(bundle):
    runtime = open_runtime(bundle)
    first, _ = runtime.run(features(1))
    kept = first.copy()
    runtime.run(np.zeros((1, *LIVE_MEL.shape), np.float32))
    np.testing.assert_array_equal(first, kept)
    runtime.close()


@pytest.mark.parametrize("shape", [(1, 128, 39), (1, 1, 128, 40), (1, 2, 128, 39), (39,)])
def test_a_wrong_shape_is_refused(bundle, shape):
    runtime = open_runtime(bundle)
    with pytest.raises(ValueError, match="do not fit"):
        runtime.run(np.zeros(shape, np.float32))
    runtime.close()


def test_no_thread_is_started_for_a_network(bundle):
    before = threading.active_count()
    runtime = open_runtime(bundle)
    runtime.run(features(1))
    assert threading.active_count() == before
    runtime.close()


def test_opening_says_why_this_device(bundle):
    assert "one processor thread" in open_runtime(bundle).why
    assert open_runtime(bundle, "cpu").why == "Chosen by you."
    for device, reason in [
        ("onnx:cuda", "has no cuda provider"),
        ("onnx:abacus", "has no abacus provider"),
        ("torch:cuda:0", "torch is not available"),
        ("psychic", "there is no device"),
    ]:
        runtime = open_runtime(bundle, device)
        assert runtime.device == "CPU"
        assert reason in runtime.why
        assert runtime.why.startswith(f"{device} cannot be used")


def test_a_damaged_network_is_not_opened(bundle):
    (bundle.path / "model.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match="changed or damaged"):
        open_runtime(bundle)


def test_a_network_for_another_card_is_not_opened(tiny, bundle):
    """Somebody edited card and hash by hand."""
    import hashlib

    model = tiny.model(n_labels=4)
    (bundle.path / "model.onnx").write_bytes(model)
    files = dict(bundle.card.files) | {"model.onnx": hashlib.sha256(model).hexdigest()}
    tiny.edit_card(bundle, files=files)
    from genredesk.inference import bundle as bundles

    with pytest.raises(BundleError, match="Tiny: its network cannot be opened"):
        open_runtime(bundles.load(bundle.path))


def test_devices_without_a_bundle_need_no_test():
    found = devices()
    assert [d.id for d in found] == ["auto", "cpu"]
    assert all(d.available for d in found)


def test_devices_are_measured_with_a_bundle(bundle):
    found = {d.id: d for d in devices(bundle)}
    cpu = found["cpu"]
    assert cpu.available
    assert cpu.ms_per_window is not None
    assert cpu.ms_per_window > 0
    assert "ms a window" in cpu.why


def test_a_provider_is_offered_only_if_it_answers_the_same(bundle, tiny, monkeypatch):
    """A made-up provider that is the processor, once right and once wrong."""
    monkeypatch.setitem(onnx_runtime.PROVIDERS, "coreml", "CPUExecutionProvider")
    (right,) = [d for d in devices(bundle) if d.id == "onnx:coreml"]
    assert right.available
    assert right.why.startswith("Works")
    runtime = open_runtime(bundle, "onnx:coreml")
    assert runtime.device == "coreml (ONNX Runtime)"
    assert runtime.why == "Chosen by you."
    runtime.close()

    run = onnx_runtime.OnnxRuntime.run

    def wrong(self, x, options=None):
        logits, embedding = run(self, x, options)
        return (logits * 1.1 if self.device != "CPU" else logits), embedding

    monkeypatch.setattr(onnx_runtime.OnnxRuntime, "run", wrong)
    (refused,) = [d for d in devices(bundle) if d.id == "onnx:coreml"]
    assert not refused.available
    assert "differ from the processor's by 10.0%" in refused.why
    assert open_runtime(bundle, "onnx:coreml").device == "CPU"


def test_remote_providers_are_never_offered(monkeypatch):
    monkeypatch.setattr(
        onnx_runtime.ort,
        "get_available_providers",
        lambda: ["AzureExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"],
    )
    assert onnx_runtime.providers() == ["cuda"]


# ------------------------------------------------------------ falling back


class Failing:
    """A device that fails at its ``at``-th run, by exception or by nonsense."""

    device, why = "GPU", "Chosen by you."

    def __init__(self, inner, at: int, nonsense: bool = False) -> None:
        self.inner, self.left, self.nonsense, self.closed = inner, at, nonsense, False

    def run(self, x):
        self.left -= 1
        if self.left > 0:
            return self.inner.run(x)
        if self.nonsense:
            logits, embedding = self.inner.run(x)
            return logits * np.nan, embedding
        raise RuntimeFailure("it fell off the bus")

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("nonsense", [False, True])
def test_a_failing_device_loses_no_result(bundle, nonsense):
    cpu = open_runtime(bundle)
    opened = []
    gpu = Failing(cpu, at=3, nonsense=nonsense)

    def open_cpu():
        opened.append(1)
        return cpu

    runtime = FallbackRuntime(gpu, open_cpu)
    x = features()
    expected, _ = cpu.run(x)
    for turn in range(6):
        logits, _ = runtime.run(x)
        np.testing.assert_array_equal(logits, expected)
        assert runtime.device == ("GPU" if turn < 2 else "CPU")
    assert opened == [1]
    assert gpu.closed
    assert runtime.why.startswith("GPU stopped working (it ")
    assert runtime.why.endswith("so the processor goes on.")
    runtime.close()


def test_a_wrong_call_is_not_taken_for_a_failing_device(bundle):
    runtime = FallbackRuntime(open_runtime(bundle), lambda: pytest.fail("opened"))
    with pytest.raises(ValueError, match="do not fit"):
        runtime.run(np.zeros((1, 2, 3, 4), np.float32))
    runtime.close()


# ------------------------------------------------------------ torch


@pytest.fixture
def linear(tiny):
    """The tiny network in torch, its weights, and a builder as ``ui`` and ``cli`` give one."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import save

    class Linear(torch.nn.Module):
        def __init__(self, n_labels: int) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(128, n_labels))

        def forward(self, x):
            embedding = x.mean(3).flatten(1)
            return embedding @ self.weight, embedding

    weight = torch.zeros(128, 3)
    for k in range(128):
        weight[k, k * 3 // 128] = 0.05
    return save({"weight": weight}), lambda card: Linear(len(card.labels))


@pytest.fixture
def torch_bundle(tiny, linear):
    from genredesk.core import paths
    from genredesk.inference import bundle as bundles

    card = tiny.card(id="torchy")
    return bundles.write(
        paths.user_models_dir() / "torchy", onnx=tiny.model(), weights=linear[0], card=card
    )


def test_torch_gives_the_same_scores(torch_bundle, linear):
    """On torch's processor, the one device that is everywhere."""
    runtime = open_runtime(torch_bundle, "torch:cpu", build=linear[1])
    assert runtime.device == "cpu (torch)"
    expected, expected_embedding = open_runtime(torch_bundle).run(features())
    logits, embedding = runtime.run(features())
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(embedding, expected_embedding, rtol=1e-4)
    runtime.close()
    with pytest.raises(RuntimeFailure, match="closed"):
        torch_runtime.TorchRuntime.run(runtime._current, features())  # type: ignore[attr-defined]


def test_torch_weights_that_do_not_fit_fall_back(bundle, linear):
    """The tiny bundle's weights have another shape."""
    runtime = open_runtime(bundle, "torch:cpu", build=linear[1])
    assert runtime.device == "CPU"
    assert "torch:cpu cannot be used" in runtime.why


def test_torch_that_answers_something_else_is_refused(torch_bundle, linear):
    def build(card):
        module = linear[1](card)
        forward = module.forward
        module.forward = lambda x: (forward(x)[0] * 1.1, forward(x)[1])
        return module

    runtime = open_runtime(torch_bundle, "torch:cpu", build=build)
    assert runtime.device == "CPU"
    assert "differ" in runtime.why


def test_a_torch_device_that_fails_while_running_falls_back(torch_bundle, linear):
    module = linear[1](torch_bundle.card)
    runtime = open_runtime(torch_bundle, "torch:cpu", build=lambda _: module)
    expected, _ = runtime.run(features())

    def out_of_memory(*_):
        raise RuntimeError("CUDA out of memory. Tried to allocate")

    module.forward = out_of_memory
    logits, _ = runtime.run(features())
    np.testing.assert_allclose(logits, expected, rtol=1e-4)
    assert "CUDA out of memory" in runtime.why
    assert runtime.device == "CPU"
    runtime.close()


def test_torch_says_why_there_is_no_card(torch_bundle, linear):
    torch = pytest.importorskip("torch")
    found = [d for d in devices(torch_bundle, build=linear[1]) if d.id.startswith("torch:")]
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        assert all(d.available or "Not offered" in d.why for d in found)
    else:
        (one,) = found
        assert not one.available
        assert "processor only" in one.why or "no graphics card" in one.why


def test_the_room_does_not_import_torch(loads):
    rooms = {f"genredesk.inference.{name}" for name in ("engine", "track", "timeline", "batch")}
    found = loads(f"import {', '.join(rooms)}")
    assert rooms <= found
    assert not {"torch", "onnx", "onnxruntime"} & found
    assert "torch" not in loads("import genredesk.inference.runtime.choose")


def test_the_golden_output_is_what_the_runtime_gives(bundle):
    runtime = open_runtime(bundle)
    assert golden.check_runtime(runtime, bundle.card) < 1e-5
    runtime.close()
    with pytest.raises(RuntimeFailure, match="no golden"):
        golden.check_runtime(runtime, bundle.card.replace(golden=None))
