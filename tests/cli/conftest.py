"""A tiny real bundle that names low, middle or high tones, and files that hold them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save

from genredesk import __main__ as door
from genredesk.core import paths
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle, ModelCard

LABELS = ("low", "middle", "high")
RATE = 22_050


def _model() -> bytes:
    """A graph that names the third of the bands with the most sound."""
    channels, bands, frames = LIVE_MEL.shape
    weight = np.zeros((channels * bands, len(LABELS)), np.float32)
    for band in range(bands):
        weight[band, band * len(LABELS) // bands] = 0.05
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["mean"], ["embedding"], axis=1),
        helper.make_node("MatMul", ["embedding", "weight"], ["logits"]),
    ]
    shape = ["n", channels, bands, frames]
    proto = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(LABELS)]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", bands]),
        ],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return model.SerializeToString()


@pytest.fixture
def bundle(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """The only bundle that is installed, among the user's."""
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: tmp_path / "none shipped")
    card = ModelCard(
        id="thirds", title="Thirds", network="linear", labels=LABELS, frontend=LIVE_MEL
    )
    weights = save({"weight": np.zeros((len(LABELS), LIVE_MEL.n_bands), np.float32)})
    folder = paths.user_models_dir() / card.id
    return bundles.write(folder, onnx=_model(), weights=weights, card=card)


@pytest.fixture
def tone(tmp_path: Path) -> Callable[..., Path]:
    """Write a file with a tone and return its path."""

    def write(name: str, hertz: float = 100.0, seconds: float = 5.0, level: float = 0.3) -> Path:
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(round(seconds * RATE)) / RATE
        soundfile.write(path, level * np.sin(2 * np.pi * hertz * time), RATE)
        return path

    return write


@pytest.fixture
def genredesk(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in this process; return status, standard output and error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = door.main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return status, out, err

    return run
