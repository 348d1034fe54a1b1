"""From trained weights to a bundle: ONNX that answers like torch, safetensors, a true card."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import logging
import platform
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save as safetensors
from torch import nn
from tqdm import tqdm

from genredesk import __version__
from genredesk.core.errors import BundleError
from genredesk.core.scores import FloatArray
from genredesk.core.trust import Fitted
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Accuracy, Bundle, ModelCard
from genredesk.inference.card import CalibrationErrors, KeptEpoch
from genredesk.nets.network import Network
from genredesk.training.evaluation import metrics
from genredesk.training.network import half, module

PARITY = 1e-4
"""Largest allowed difference between torch and ONNX Runtime: of the calibrated probabilities as it
stands; of logits and embedding relative to a window's largest one where that is above 1 (networks
on raw MFCCs answer in hundreds, where single precision itself resolves no less)."""

BATCHES = (1, 3, 17)
"""Batch sizes the exported graph is compared at."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's chatter and its deprecation warnings of inner parts to itself."""
    log = logging.getLogger("torch.onnx")
    level, interval = log.level, tqdm.monitor_interval
    log.setLevel(logging.ERROR)
    tqdm.monitor_interval = 0  # its watching thread would outlive the export
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            log.setLevel(level)
            tqdm.monitor_interval = interval


def to_onnx(net: nn.Module, shape: tuple[int, int, int]) -> bytes:
    """Export a network in evaluation mode; input ``features``, outputs ``logits, embedding``.

    Parameters
    ----------
    shape
        ``(channels, bands, frames)``; the batch stays open.
    """
    net = net.cpu().float().eval()
    example = torch.zeros((2, *shape))
    with quiet(), torch.no_grad():
        program = torch.onnx.export(
            net,
            (example,),
            dynamo=True,
            input_names=["features"],
            output_names=["logits", "embedding"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=65536)},),
            verbose=False,
        )
    if program is None:
        raise BundleError("the network could not be exported to ONNX")
    return without_traces(program.model_proto).SerializeToString()


def without_traces(proto: onnx.ModelProto) -> onnx.ModelProto:
    """Take out what the exporter notes for its own makers: source lines, with this machine's paths.

    A bundle travels; where somebody keeps their programs is nobody's business.
    """
    graph = proto.graph
    for noted in (proto, graph, *graph.node, *graph.value_info, *graph.input, *graph.output,
                  *graph.initializer, *proto.functions):  # fmt: skip
        del noted.metadata_props[:]
    return proto


def with_head(model: bytes, net: Network) -> bytes | None:
    """Return ``model`` with the last layer of ``net``, which has the same body.

    ``None`` when the graph does not end in that layer as a plain ``Gemm`` (a graph of another
    exporter, a quantised one).
    """
    layer = net.last_layer()
    name = next((name for name, part in net.named_modules() if part is layer), "")
    if layer is None or layer.bias is None:
        return None
    proto = onnx.load_model_from_string(model)
    graph = proto.graph
    last = next((node for node in graph.node if list(node.output) == ["logits"]), None)
    fresh = {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
    if last is None or last.op_type != "Gemm" or list(last.input[1:]) != list(fresh):
        return None
    old = {*fresh, *(f"{n}.half" for n in fresh)}
    kept = [tensor for tensor in graph.initializer if tensor.name not in old]
    kept += [
        numpy_helper.from_array(value.detach().cpu().float().numpy(), n)
        for n, value in fresh.items()
    ]
    nodes = [node for node in graph.node if not set(node.output) & set(fresh)]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    del graph.value_info[:]  # only hints, and the old layer's shapes
    shape = next(out for out in graph.output if out.name == "logits").type.tensor_type.shape
    shape.dim[1].dim_value = layer.out_features
    return proto.SerializeToString()


def _outputs(
    logits: FloatArray, embedding: FloatArray, temperature: float
) -> dict[str, FloatArray]:
    probabilities = metrics.softmax(logits, temperature)
    return {"probabilities": probabilities, "logits": logits, "embedding": embedding}


def check_parity(
    model: bytes, net: nn.Module, features: FloatArray, temperature: float = 1.0
) -> float:
    """Compare ONNX Runtime with torch on real windows and return the largest difference.

    Parameters
    ----------
    temperature
        What the logits are divided by before they become probabilities.

    Raises
    ------
    BundleError
        When it exceeds :data:`PARITY`; names the output, the batch size and the place.
    """
    listen = module.graph(model)
    worst = 0.0
    for size in BATCHES:
        batch = np.ascontiguousarray(features[np.arange(size) % len(features)])
        with torch.inference_mode():
            expected = [t.numpy() for t in net.cpu().eval()(torch.from_numpy(batch))]
        wanted = _outputs(expected[0], expected[1], temperature)
        got = _outputs(*listen(batch), temperature)
        for name, a in wanted.items():
            b = got[name]
            if a.shape != b.shape:
                raise BundleError(
                    f"the exported network's {name} are {b.shape} and not {a.shape} for a "
                    f"batch of {size}"
                )
            scale = np.abs(a).max(axis=1, keepdims=True)
            difference = np.abs(a - b) / np.maximum(1.0, scale)
            here = float(difference.max())
            if not here <= PARITY:
                row, column = np.unravel_index(int(difference.argmax()), a.shape)
                raise BundleError(
                    f"the exported network differs from the trained one by {here:.2g} in its "
                    f"{name} (number {column} of window {row}, batch of {size})"
                )
            worst = max(worst, here)
    return worst


def to_safetensors(net: nn.Module) -> bytes:
    """Return the weights, statistics and standardisation of a network."""
    state = {k: v.detach().cpu().contiguous() for k, v in net.state_dict().items()}
    return safetensors(half.in_tensors(state))


def versions() -> dict[str, str]:
    """Return what a bundle was made with."""
    names = ("torch", "onnx", "onnxruntime", "numpy", "lightning-fabric")
    found = {name: importlib.metadata.version(name) for name in names}
    return {"genredesk": __version__, "python": platform.python_version(), **found}


@dataclass(frozen=True, slots=True)
class About:
    """What a card says that cannot be measured."""

    id: str
    title: str
    network: str
    paper: str
    data: str
    split: str
    seed: int
    licence: str
    notes: str
    makes_sound: bool = False
    epochs: KeptEpoch | None = None


def accuracies(evaluation: dict[str, Any], on: str) -> dict[str, Accuracy]:
    """Return the measured accuracies of an evaluation, as a card lists them."""
    songs, windows = evaluation["songs"], evaluation["windows"]
    low, high = windows["interval"]
    out = {
        "song": Accuracy(songs["sum"], songs["n"], tuple(songs["interval"]), on),
        "window": Accuracy(windows["accuracy"], windows["n"], (low, high), on),
    }
    for label, row in (evaluation.get("per_label") or evaluation["per_class"]).items():
        if row["n"]:
            interval = tuple(row["interval"])
            out[f"recall {label}"] = Accuracy(row["recall"], row["n"], interval, on)
    return out


def graph(net: Network, shape: tuple[int, int, int], base: bytes = b"") -> bytes:
    """Export ``net``, its weights in half precision where that is exact.

    Parameters
    ----------
    base
        A graph with the same body: only its last layer is replaced then.
    """
    reused = with_head(base, net) if base else None
    return half.in_graph(reused or to_onnx(net, shape))


def write(
    folder: Path,
    model: bytes,
    net: Network,
    about: About,
    *,
    labels: tuple[str, ...],
    frontend: Any,
    evaluation: dict[str, Any],
    certainty: Fitted,
    features: FloatArray,
    thresholds: Mapping[str, float],
) -> Bundle:
    """Compare the exported network with the trained one and write its bundle.

    Parameters
    ----------
    features
        Real windows ``(n, channels, bands, frames)`` to compare torch and ONNX on.
    thresholds
        Where several labels may hold, from which probability on each word is sure; else empty.

    Raises
    ------
    BundleError
        When the exported network does not answer like the trained one, or cannot be written.
    """
    try:
        check_parity(model, net, features, evaluation["temperature"])
    except BundleError as error:
        raise BundleError(f"{about.id}: {error}. Nothing was written.") from error
    card = ModelCard(
        id=about.id,
        title=about.title,
        network=about.network,
        paper=about.paper,
        labels=labels,
        frontend=frontend,
        temperature=evaluation["temperature"],
        sharpening=evaluation["sharpening"],
        unsure_below=evaluation["unsure_below"],
        task="several" if thresholds else "one",
        thresholds={word: round(bound, 4) for word, bound in thresholds.items()},
        certainty=certainty,
        data=about.data,
        split=about.split,
        seed=about.seed,
        accuracy=accuracies(evaluation, about.split),
        parameters=sum(p.numel() for p in net.parameters()),
        calibration=CalibrationErrors(
            evaluation["ece_uncalibrated"], evaluation["ece"], evaluation["ece_songs"]
        ),
        epochs=about.epochs,
        makes_sound=about.makes_sound,
        licence=about.licence,
        versions=versions(),
        notes=about.notes,
    )
    return bundles.write(folder, onnx=model, weights=to_safetensors(net), card=card)
