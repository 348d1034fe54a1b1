"""A tiny real network for the inference tests: mean over time, then a linear layer, as ONNX."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save

from genredesk.core import paths
from genredesk.features.frontend import LIVE_MEL, FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle, ModelCard

LABELS = ("low", "middle", "high")


def linear_model(spec: FrontendSpec = LIVE_MEL, n_labels: int = 3, gain: float = 0.05) -> bytes:
    """A graph that names the third of the bands with the most sound."""
    channels, bands, _ = spec.shape
    weight = np.zeros((channels * bands, n_labels), np.float32)
    for k in range(channels * bands):
        weight[k, (k % bands) * n_labels // bands] = gain
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["mean"], ["embedding"], axis=1),
        helper.make_node("MatMul", ["embedding", "weight"], ["logits"]),
    ]
    return graph(spec, nodes, [numpy_helper.from_array(weight, "weight")], n_labels)


def graph(spec: FrontendSpec, nodes: list, constants: list, n_labels: int = 3) -> bytes:
    """A model of ``nodes`` with the names and shapes of a bundle's graph."""
    proto = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", *spec.shape])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", n_labels]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", "d"]),
        ],
        constants,
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def make_card(**changes: object) -> ModelCard:
    card = ModelCard(
        id="tiny",
        title="Tiny",
        network="linear",
        labels=LABELS,
        frontend=LIVE_MEL,
        unsure_below=0.0,
        parameters=384,
        accuracy={"song": bundles.Accuracy(0.7, 197, (0.63, 0.76), "valid")},
    )
    return card.replace(**changes)


def weights(spec: FrontendSpec = LIVE_MEL, n_labels: int = 3) -> bytes:
    return save({"weight": np.zeros((n_labels, spec.n_bands), np.float32)})


def tone(frequency: float, seconds: float, rate: int = 22050, level: float = 0.3) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def edit_card(bundle: Bundle, **changes: object) -> None:
    """Change the card on disk by hand."""
    path = bundle.path / "card.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw.update(changes)
    path.write_text(json.dumps(raw), encoding="utf-8")


def write_bundle(
    model: bytes | None = None, embeddings: bytes | None = None, **changes: object
) -> Bundle:
    """Write a tiny bundle among the user's; keyword arguments change its card."""
    card = make_card(**changes)
    return bundles.write(
        paths.user_models_dir() / card.id,
        onnx=model or linear_model(card.frontend, len(card.labels)),
        weights=weights(),
        card=card,
        embeddings=embeddings,
    )


@pytest.fixture
def tiny(home: Path) -> SimpleNamespace:
    """What the tests build bundles from."""
    return SimpleNamespace(
        model=linear_model,
        graph=graph,
        card=make_card,
        weights=weights,
        tone=tone,
        edit_card=edit_card,
        write=write_bundle,
        labels=LABELS,
    )


@pytest.fixture
def bundle(tiny: SimpleNamespace) -> Bundle:
    """A tiny bundle among the user's: low, middle or high tones."""
    return tiny.write()


@pytest.fixture(autouse=True)
def no_shipped_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the bundles that come with the program out of these tests."""
    place = tmp_path / "shipped"
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: place)
    return place
