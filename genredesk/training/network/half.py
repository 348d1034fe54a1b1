"""Bundles of half the size: weights rounded to half precision, and kept in it where that is exact.

Rounding happens once, before a network is measured (:func:`round_weights`); keeping is lossless
(:func:`in_graph`, :func:`in_tensors`): only values that half precision holds exactly are kept so,
and they are single precision again when the network is loaded. Computing stays single precision.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

SMALLEST = 1024
"""Tensors with fewer values stay as they are: nothing is saved there."""


@torch.no_grad()
def round_weights(net: nn.Module) -> None:
    """Round every kernel and matrix to the nearest number that half precision holds, in place.

    Biases, norms and statistics stay; weights beyond its range do, too.
    """
    for weight in net.parameters():
        if weight.ndim > 1:
            rounded = weight.half().to(weight.dtype)
            weight.copy_(torch.where(rounded.isfinite(), rounded, weight))


def in_tensors(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a table of weights with those in half precision that lose nothing by it."""
    return {name: _tensor(value) for name, value in state.items()}


def _tensor(value: Tensor) -> Tensor:
    if value.dtype != torch.float32 or value.numel() < SMALLEST:
        return value
    small = value.half()
    return small if torch.equal(small.float(), value) else value


def in_graph(model: bytes) -> bytes:
    """Return an ONNX graph with those weights in half precision that lose nothing by it.

    A ``Cast`` in front of each makes it single precision; ONNX Runtime does that once, when the
    graph is loaded, so running is as fast as before.
    """
    proto = onnx.load_model_from_string(model)
    casts = []
    for tensor in proto.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALLEST:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            small = values.astype(np.float16)
        if not np.array_equal(small.astype(np.float32), values):
            continue
        name, kept = tensor.name, f"{tensor.name}.half"
        tensor.CopyFrom(numpy_helper.from_array(small, kept))
        casts.append(helper.make_node("Cast", [kept], [name], f"{name}.cast", to=TensorProto.FLOAT))
    if not casts:
        return model
    nodes = list(proto.graph.node)
    del proto.graph.node[:]
    proto.graph.node.extend([*casts, *nodes])
    return proto.SerializeToString()
