"""From trained weights to a bundle: ONNX that answers like torch, safetensors, a true card."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import logging
import platform
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from safetensors.torch import save as safetensors
from torch import nn
from tqdm import tqdm

from genredesk import __version__
from genredesk.core.errors import BundleError
from genredesk.core.scores import FloatArray
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Accuracy, Bundle, Card
from genredesk.training import half

PARITY = 1e-4
"""Largest allowed difference between torch and ONNX Runtime, relative to a window's largest output
where that is above 1 (networks on raw MFCCs answer in hundreds)."""

BATCHES = (1, 3, 17)
"""Batch sizes the exported graph is compared at."""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
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
    with _quiet(), torch.no_grad():
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
    return program.model_proto.SerializeToString()


def check_parity(model: bytes, net: nn.Module, features: FloatArray) -> float:
    """Compare ONNX Runtime with torch on real windows and return the largest difference.

    Raises
    ------
    BundleError
        When it exceeds :data:`PARITY`; names the output, the batch size and the place.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    worst = 0.0
    for size in BATCHES:
        batch = np.ascontiguousarray(features[np.arange(size) % len(features)])
        with torch.inference_mode():
            expected = [t.numpy() for t in net.cpu().eval()(torch.from_numpy(batch))]
        got = [np.asarray(o) for o in session.run(["logits", "embedding"], {"features": batch})]
        for name, a, b in zip(("logits", "embedding"), expected, got, strict=True):
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


def accuracies(evaluation: dict[str, Any], on: str) -> dict[str, Accuracy]:
    """Return the measured accuracies of an evaluation, as a card lists them."""
    songs, windows = evaluation["songs"], evaluation["windows"]
    low, high = windows["interval"]
    out = {
        "song": Accuracy(songs["sum"], songs["n"], tuple(songs["interval"]), on),
        "window": Accuracy(windows["accuracy"], windows["n"], (low, high), on),
    }
    for label, row in evaluation["per_class"].items():
        if row["n"]:
            interval = tuple(row["interval"])
            out[f"recall {label}"] = Accuracy(row["recall"], row["n"], interval, on)
    return out


def write(
    folder: Path,
    net: nn.Module,
    about: About,
    *,
    labels: tuple[str, ...],
    frontend: Any,
    evaluation: dict[str, Any],
    unsure_below: float,
    features: FloatArray,
) -> Bundle:
    """Export, compare, and write the bundle.

    Parameters
    ----------
    features
        Real windows ``(n, channels, bands, frames)`` to compare torch and ONNX on.

    Raises
    ------
    BundleError
        When the exported network does not answer like the trained one, or cannot be written.
    """
    try:
        model = half.in_graph(to_onnx(net, frontend.shape))
        check_parity(model, net, features)
    except BundleError as error:
        raise BundleError(f"{about.id}: {error}. Nothing was written.") from error
    card = Card(
        id=about.id,
        title=about.title,
        network=about.network,
        paper=about.paper,
        labels=labels,
        frontend=frontend,
        temperature=evaluation["temperature"],
        unsure_below=unsure_below,
        data=about.data,
        split=about.split,
        seed=about.seed,
        accuracy=accuracies(evaluation, about.split),
        parameters=sum(p.numel() for p in net.parameters()),
        licence=about.licence,
        versions=versions(),
        notes=about.notes,
    )
    return bundles.write(folder, onnx=model, weights=to_safetensors(net), card=card)
