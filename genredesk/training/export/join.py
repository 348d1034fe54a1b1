"""A new last layer on the bodies of trained networks: in their graphs and among their weights.

Nothing is exported anew and no torch is needed. The graphs' own nodes and numbers stay as they
are; only their last layers go, and one on the embedding, of several networks on all embeddings side
by side, comes in their place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, compose, helper, numpy_helper, version_converter
from onnx.utils import Extractor
from safetensors.numpy import save

from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.inference.runtime.onnx import INPUT, OUTPUTS
from genredesk.training.network.logistic import Matrix
from genredesk.training.network.weights import HEAD_BIAS, HEAD_WEIGHT

LOGITS, EMBEDDING = OUTPUTS


class EarInput(NamedTuple):
    """Where a graph's features begin in a row of several graphs', and their shape."""

    start: int
    shape: tuple[int, int, int]


def graph(
    models: Sequence[bytes], layer: Matrix, parts: Sequence[EarInput] = (), width: int = 0
) -> bytes:
    """Return the graphs of ``models`` as one that ends in ``layer``.

    Parameters
    ----------
    models
        Graphs with one input ``features`` and an output ``embedding``.
    layer
        Weights and bias on all embeddings side by side, ``(classes, d + 1)``.
    parts
        Where the graphs take different features: what each takes of one row of all of them.
    width
        Length of that row.

    Raises
    ------
    BundleError
        When they were written in versions of ONNX that cannot be brought together.
    """
    alone = len(models) == 1
    bodies = [
        _body(proto, "" if alone else f"ear{i}.", shared=not parts)
        for i, proto in enumerate(_alike([onnx.load_model_from_string(m) for m in models]))
    ]
    first = bodies[0]
    cuts, places = _cuts(parts)
    nodes = [*cuts, *(node for body in bodies for node in body.graph.node)]
    if not alone:
        embeddings = [f"ear{i}.{EMBEDDING}" for i in range(len(bodies))]
        nodes.append(helper.make_node("Concat", embeddings, [EMBEDDING], "side by side", axis=1))
    nodes.append(
        helper.make_node(
            "Gemm", [EMBEDDING, HEAD_WEIGHT, HEAD_BIAS], [LOGITS], "last layer", transB=1
        )
    )
    numbers = [tensor for body in bodies for tensor in body.graph.initializer]
    numbers += [numpy_helper.from_array(value, name) for name, value in _head(layer).items()]
    batch = first.graph.input[0].type.tensor_type.shape.dim[0].dim_param or "batch"
    widths = ((LOGITS, len(layer)), (EMBEDDING, layer.shape[1] - 1))
    outputs = [helper.make_tensor_value_info(of, TensorProto.FLOAT, [batch, n]) for of, n in widths]
    given = first.graph.input[0]
    if parts:
        given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [batch, 1, 1, width])
    joined = helper.make_graph(nodes, "joined", [given], outputs, [*numbers, *places])
    joined.value_info.extend(hint for body in bodies for hint in body.graph.value_info)
    versions = {(o.domain, o.version) for body in bodies for o in body.opset_import}
    model = helper.make_model(
        joined,
        opset_imports=[helper.make_opsetid(*version) for version in sorted(versions)],
        ir_version=max(body.ir_version for body in bodies),
        producer_name=first.producer_name,
        functions=[function for body in bodies for function in body.functions],
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _alike(models: Sequence[ModelProto]) -> Sequence[ModelProto]:
    """Return graphs written in one version of the operators, the newest among them."""
    versions = {(o.domain, o.version) for model in models for o in model.opset_import}
    if len(versions) == len({domain for domain, _ in versions}):
        return models
    newest = max(version for domain, version in versions if domain in {"", "ai.onnx"})
    try:
        return [version_converter.convert_version(model, newest) for model in models]
    except (RuntimeError, ValueError) as error:
        raise BundleError(
            say(
                "these models were written in versions of ONNX that cannot be brought together; "
                "choose another second ear, or one alone"
            )
        ) from error


def _head(layer: Matrix) -> dict[str, NDArray[np.float32]]:
    weight, bias = layer[:, :-1].astype(np.float32), layer[:, -1].astype(np.float32)
    return {HEAD_WEIGHT: weight, HEAD_BIAS: bias}


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


def _body(proto: ModelProto, prefix: str, *, shared: bool) -> ModelProto:
    """Return what computes the embedding, all its names with ``prefix``; a shared input's not."""
    body = Extractor(proto).extract_model([INPUT], [EMBEDDING])
    if prefix:
        compose.add_prefix(body, prefix, inplace=True)
    if prefix and shared:
        body.graph.input[0].name = INPUT
        for node in body.graph.node:
            node.input[:] = [INPUT if name == f"{prefix}{INPUT}" else name for name in node.input]
    return body


# ---------------------------------------------------------------- weights


def weights(tables: Sequence[Mapping[str, NDArray]], ears: Sequence[int], layer: Matrix) -> bytes:
    """Return ``weights.safetensors`` of the network that :func:`graph` computes.

    Parameters
    ----------
    tables
        The weights of each bundle by name, those of a joined one numbered as
        :class:`~genredesk.nets.joined.Joined` numbers them.
    ears
        How many networks each bundle joins.
    layer
        As for :func:`graph`.
    """
    last = {HEAD_WEIGHT, HEAD_BIAS}
    bodies = [{k: v for k, v in table.items() if k not in last} for table in tables]
    if len(bodies) == 1:
        return save({**bodies[0], **_head(layer)})
    one = np.ones((1, 1, 1), np.float32)
    found: dict[str, NDArray] = {"mean": 0 * one, "std": one}  # joined networks keep their own
    number = 0
    for body, n in zip(bodies, ears, strict=True):
        if n == 1:
            found |= {f"net.ears.{number}.{name}": value for name, value in body.items()}
        else:
            found |= {
                f"net.ears.{number + int(place)}.{rest}": value
                for name, value in body.items()
                if name.startswith("net.ears.")
                for place, _, rest in [name.removeprefix("net.ears.").partition(".")]
            }
        number += n
    return save({**found, **_head(layer)})
