"""Half the size: rounding is small and done once, keeping loses nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from safetensors.torch import load as load_safetensors

from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.runtime import open_runtime
from genredesk.nets import registry
from genredesk.training.export import export
from genredesk.training.network import half, rebuild


@pytest.fixture
def net():
    torch.manual_seed(0)
    return registry.get("mlp-1").build(1, 16, 12, 4).eval()


def answers(model: bytes, x: np.ndarray) -> list[np.ndarray]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return [np.asarray(out) for out in session.run(None, {"features": x})]


def test_rounding_changes_matrices_alone_and_little(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    half.round_weights(net)
    for name, value in net.state_dict().items():
        assert value.dtype == torch.float32
        if value.ndim > 1:
            assert not torch.equal(value, before[name])
            assert torch.equal(value.half().float(), value)
            torch.testing.assert_close(value, before[name], rtol=1e-3, atol=1e-7)
        else:
            assert torch.equal(value, before[name])


def test_weights_beyond_its_range_stay(net):
    with torch.no_grad():
        net.head.weight.fill_(1e6)
    half.round_weights(net)
    assert (net.head.weight == 1e6).all()
    assert half.in_tensors({"w": torch.full((2048,), 1e6)})["w"].dtype == torch.float32


def test_a_rounded_graph_is_half_as_large_and_answers_to_the_bit(net):
    half.round_weights(net)
    full = export.to_onnx(net, (1, 16, 12))
    assert b"site-packages" not in full  # the exporter notes every source line
    small = half.in_graph(full)
    assert len(small) < 0.6 * len(full)
    onnx.checker.check_model(onnx.load_model_from_string(small))
    x = np.random.default_rng(0).standard_normal((5, 1, 16, 12)).astype(np.float32)
    for one, two in zip(answers(full, x), answers(small, x), strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_would_lose_something_is_kept_as_it_is(net):
    model = export.to_onnx(net, (1, 16, 12))
    assert half.in_graph(model) == model
    state = net.state_dict()
    kept = half.in_tensors(state)
    assert all(kept[name] is state[name] for name in state)


def test_a_half_bundle_through_the_whole_engine(trained, tmp_path):
    from genredesk.training.runs.train import train

    plan = dataclasses.replace(
        trained.plan, out=str(tmp_path / "small"), network="kth-mel", epochs=1, half=True
    )
    made = train(plan)
    install.verify(made.bundle)
    weights = load_safetensors(made.bundle.read(bundles.WEIGHTS))
    assert {str(v.dtype) for v in weights.values()} >= {"torch.float16", "torch.float32"}
    stored = sum(path.stat().st_size for path in made.bundle.path.iterdir())
    assert stored < 5.5 * made.bundle.card.parameters
    x = np.random.default_rng(1).uniform(-80, 0, (3, 1, 128, 39)).astype(np.float32)
    runtime = open_runtime(made.bundle, "cpu")
    logits, _ = runtime.run(x)
    runtime.close()
    with torch.inference_mode():
        rebuilt = rebuild.network_of(made.bundle)
        expected, _ = rebuilt(torch.from_numpy(x))
    assert all(p.dtype == torch.float32 for p in rebuilt.parameters())
    np.testing.assert_allclose(logits, expected.numpy(), rtol=1e-4, atol=1e-4)
