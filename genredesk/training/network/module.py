"""A network as the plain function evaluation asks for: a torch module, or an ONNX graph.

Importing this file does not import torch; only who has a torch module needs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort

from genredesk.core.scores import FloatArray
from genredesk.inference.runtime import eightbits
from genredesk.inference.runtime.onnx import options

if TYPE_CHECKING:
    import torch
    from torch import nn

Predict = Callable[[FloatArray], FloatArray]
"""Features ``(batch, channels, bands, frames)`` to logits ``(batch, classes)``."""

Listen = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Features ``(batch, channels, bands, frames)`` to logits and embedding."""

Embed = Callable[[FloatArray], FloatArray]
"""Features ``(batch, channels, bands, frames)`` to embeddings ``(batch, d)``."""

AT_ONCE = 8
"""Windows a graph is given together: more of them fit the processor's caches no better, and a large
network's feature maps of 64 would be gigabytes."""


def predictor(net: nn.Module, device: torch.device | str = "cpu") -> Predict:
    """Wrap ``net`` (in evaluation mode) as a function from features to logits, both numpy."""
    import torch  # noqa: PLC0415 - see above

    @torch.inference_mode()
    def predict(features: FloatArray) -> FloatArray:
        logits, _ = net(torch.from_numpy(np.ascontiguousarray(features)).to(device))
        return logits.float().cpu().numpy()

    return predict


def listener(net: nn.Module) -> Listen:
    """Wrap ``net`` (in evaluation mode, on the processor) with its embedding, too."""
    import torch  # noqa: PLC0415 - see above

    @torch.inference_mode()
    def listen(features: FloatArray) -> tuple[FloatArray, FloatArray]:
        logits, embedding = net(torch.from_numpy(np.ascontiguousarray(features)))
        return logits.float().numpy(), embedding.float().numpy()

    return listen


def graph(model: bytes, threads: int = 0) -> Listen:
    """Wrap an ONNX graph as a function from features to logits and embedding.

    Parameters
    ----------
    threads
        So many hear :data:`AT_ONCE` windows each; 0: one a processor.
    """
    chosen = options(widely=eightbits.inexact_here(model))
    session = ort.InferenceSession(model, chosen, providers=["CPUExecutionProvider"])

    def hear(features: FloatArray) -> tuple[FloatArray, FloatArray]:
        logits, embedding = session.run(
            ["logits", "embedding"], {"features": np.ascontiguousarray(features)}
        )
        return np.asarray(logits), np.asarray(embedding)

    def listen(features: FloatArray) -> tuple[FloatArray, FloatArray]:
        pieces = [features[i : i + AT_ONCE] for i in range(0, len(features), AT_ONCE)]
        if len(pieces) < 2:
            return hear(features)
        with ThreadPoolExecutor(threads or os.cpu_count() or 1, "hearing") as pool:
            logits, embedding = zip(*pool.map(hear, pieces), strict=True)
        return np.concatenate(logits), np.concatenate(embedding)

    return listen


def logits_of(listen: Listen) -> Predict:
    """Return the half of a listener that evaluation asks for."""
    return lambda features: listen(features)[0]
