"""Graphs of several networks that hear the same windows, made one without exporting anything anew.

The graphs' own nodes and numbers stay as they are; only their last layers go, and one on all
embeddings side by side comes in their place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, compose, helper, numpy_helper
from onnx.utils import Extractor

from genredesk.inference.runtime.onnx import INPUT, OUTPUTS
from genredesk.nets.network import Network
from genredesk.training.export import export

LOGITS, EMBEDDING = OUTPUTS


class EarInput(NamedTuple):
    """Where a graph's features begin in a row of several graphs', and their shape."""

    start: int
    shape: tuple[int, int, int]


def graphs(
    models: Sequence[bytes],
    ears: Sequence[Network],
    net: Network,
    parts: Sequence[EarInput] = (),
    width: int = 0,
) -> bytes:
    """Return one graph of all, its last layer that of ``net``, which is ``ears`` joined.

    Parameters
    ----------
    models
        The graphs of ``ears``, with one input ``features`` each.
    parts
        Where these have different shapes: what each takes of one row of all of them.
    width
        Length of that row.

    Returns
    -------
    bytes
        Empty when they cannot be put together: a graph that does not end in its last layer as
        :func:`~genredesk.training.export.export.with_head` wants it, or that was made for another
        version of the operators than the others.
    """
    if any(export.with_head(model, ear) is None for model, ear in zip(models, ears, strict=True)):
        return b""
    bodies = [_body(model, f"ear{i}.", shared=not parts) for i, model in enumerate(models)]
    first = bodies[0]
    versions = {(o.domain, o.version) for body in bodies for o in body.opset_import}
    if len(versions) != len({domain for domain, _ in versions}):
        return b""
    layer = net.last_layer()
    assert layer is not None  # noqa: S101 - joined networks have one
    name = next(n for n, part in net.named_modules() if part is layer)
    embeddings = [f"ear{i}.{EMBEDDING}" for i in range(len(bodies))]
    last = [f"{name}.weight", f"{name}.bias"]
    cuts, places = _cuts(parts)
    nodes = [*cuts, *(node for body in bodies for node in body.graph.node)]
    nodes += [
        helper.make_node("Concat", embeddings, [EMBEDDING], "side by side", axis=1),
        helper.make_node("Gemm", [EMBEDDING, *last], [LOGITS], "last layer", transB=1),
    ]
    numbers = [tensor for body in bodies for tensor in body.graph.initializer]
    values = (layer.weight, layer.bias)
    numbers += [
        numpy_helper.from_array(np.asarray(value.detach().float()), of)
        for of, value in zip(last, values, strict=True)
    ]
    batch = first.graph.input[0].type.tensor_type.shape.dim[0].dim_param or "batch"
    widths = ((LOGITS, layer.out_features), (EMBEDDING, layer.in_features))
    outputs = [
        helper.make_tensor_value_info(of, TensorProto.FLOAT, [batch, width]) for of, width in widths
    ]
    given = first.graph.input[0]
    if parts:
        given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [batch, 1, 1, width])
    joined = helper.make_graph(nodes, "joined", [given], outputs, [*numbers, *places])
    joined.value_info.extend(hint for body in bodies for hint in body.graph.value_info)
    functions = [function for body in bodies for function in body.functions]
    model = helper.make_model(
        joined,
        opset_imports=[helper.make_opsetid(*version) for version in sorted(versions)],
        ir_version=max(body.ir_version for body in bodies),
        producer_name=first.producer_name,
        functions=functions,
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _cuts(parts: Sequence[EarInput]) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """Return the nodes, and their numbers, that cut a row into each graph's own features."""
    nodes: list[onnx.NodeProto] = []
    numbers: list[TensorProto] = []
    for i, part in enumerate(parts):
        values = {
            "from": [part.start], "to": [part.start + math.prod(part.shape)], "axis": [3],
            "shape": [-1, *part.shape],
        }  # fmt: skip
        names = {name: f"ear{i}.cut.{name}" for name in values}
        numbers += [
            numpy_helper.from_array(np.array(value, np.int64), names[name])
            for name, value in values.items()
        ]
        cut = [INPUT, names["from"], names["to"], names["axis"]]
        nodes.append(helper.make_node("Slice", cut, [f"ear{i}.cut"]))
        nodes.append(
            helper.make_node("Reshape", [f"ear{i}.cut", names["shape"]], [f"ear{i}.{INPUT}"])
        )
    return nodes, numbers


def _body(model: bytes, prefix: str, *, shared: bool) -> ModelProto:
    """Return what computes the embedding, all its names with ``prefix``; a shared input's not."""
    proto = onnx.load_model_from_string(model)
    body = Extractor(proto).extract_model([INPUT], [EMBEDDING])
    compose.add_prefix(body, prefix, inplace=True)
    if not shared:
        return body
    body.graph.input[0].name = INPUT
    for node in body.graph.node:
        node.input[:] = [INPUT if name == f"{prefix}{INPUT}" else name for name in node.input]
    return body
