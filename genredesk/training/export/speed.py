"""What one window costs a network: in ONNX Runtime, where models run, and in torch, as trained."""

from __future__ import annotations

import functools
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec
from genredesk.training.export import export
from genredesk.training.network import module

_REPEATS = 9
_FEWEST = 3
_ENOUGH_S = 2.0
"""Of a slow network no more windows are timed after so long."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one window on one processor thread, the front end not counted."""

    onnx_ms: float
    torch_ms: float


def times(spec: NetSpec) -> Times:
    """Time a fresh network at the paper's shape, in both; one thread is for the caller to set."""
    net = spec.build(*spec.shape, spec.n_classes).eval().requires_grad_(False)
    listen = module.graph(_graph(net, spec.shape))
    window = np.zeros((1, *spec.shape), np.float32)
    onnx_ms = _shortest(lambda: listen(window))
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.from_numpy(window).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        return Times(onnx_ms, _shortest(lambda: net(x)))


def of_graphs(models: Sequence[bytes], shape: tuple[int, int, int]) -> list[float]:
    """Time ONNX graphs in turn; return the milliseconds each needs for one window."""
    listeners = [module.graph(model) for model in models]
    window = np.zeros((1, *shape), np.float32)
    return [_shortest(functools.partial(listen, window)) for listen in listeners]


def _graph(net: Network, shape: tuple[int, int, int]) -> bytes:
    """Return a graph for one window: torch's older exporter is quick, and knows nearly all."""
    file = io.BytesIO()
    try:
        with export.quiet(), torch.no_grad():
            torch.onnx.export(
                net, (torch.zeros(1, *shape),), file, dynamo=False,  # type: ignore[arg-type]
                input_names=["features"], output_names=["logits", "embedding"],
            )  # fmt: skip
    except RuntimeError:
        return export.graph(net, shape)
    return file.getvalue()


def _shortest(work: Callable[[], object]) -> float:
    """Return the shortest of several times: what else the machine does only makes it longer."""
    work()
    taken: list[float] = []
    while len(taken) < _REPEATS and (len(taken) < _FEWEST or sum(taken) < _ENOUGH_S):
        begin = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begin))
    return min(taken)
