"""A bundle's graph with its layers as further outputs, made on the fly; needs no torch.

Branches that are put side by side before the last layers (net1's four pools, the two sides of the
deep network) get a switch each, so that the answer without one of them can be asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genredesk.core.scores import FloatArray
from genredesk.inference.runtime.protocol import RuntimeFailure, first_line

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle

_ACTIVATIONS = {"Relu", "LeakyRelu", "Elu", "Tanh", "Sigmoid"}
_PASSED = {"BatchNormalization", "MaxPool", "QuantizeLinear", "DequantizeLinear"}
"""What may stand between a convolution and its activation."""
_POOLS = {
    "ReduceMax": "maximum",
    "GlobalMaxPool": "maximum",
    "ReduceMean": "mean",
    "GlobalAveragePool": "mean",
    "Sqrt": "deviation",
    "Reshape": "all",
    "Flatten": "all",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution or recurrent layer, as one can look at it.

    Parameters
    ----------
    number, kind
        Which of the network's layers of its kind it is, from 1; ``convolution`` or ``recurrent``.
    tensor
        The name of its output in the graph.
    """

    number: int
    kind: str
    tensor: str

    @property
    def name(self) -> str:
        """What a person reads."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the parts that the last layers are given side by side.

    Parameters
    ----------
    pool
        ``maximum``, ``mean``, ``deviation`` or ``all`` (not pooled).
    layers
        The layers it comes from, those right before it; several where they are added up.
    switch
        The input that it is multiplied with.
    """

    pool: str
    layers: tuple[Layer, ...]
    switch: str

    @property
    def name(self) -> str:
        """What a person reads."""
        if not self.layers:
            return self.pool
        numbers = " + ".join(str(layer.number) for layer in self.layers)
        whole = f"{self.layers[0].kind}{'s' * (len(self.layers) > 1)} {numbers}"
        return whole if self.pool == "all" else f"{self.pool} of {whole}"


class _Graph:
    """The nodes of a graph by what they make and by who takes it."""

    def __init__(self, proto: Any) -> None:
        self.nodes = list(proto.graph.node)
        self.maker = {out: node for node in self.nodes for out in node.output if out}
        self.takers: dict[str, list[Any]] = {}
        for node in self.nodes:
            for name in node.input:
                self.takers.setdefault(name, []).append(node)

    def layers(self) -> list[Layer]:
        found: list[Layer] = []
        for node in self.nodes:
            if node.op_type == "Conv":
                kind, tensor = "convolution", self._activated(node)
            elif node.op_type in ("LSTM", "GRU", "RNN"):
                kind, tensor = "recurrent", node.output[0]
            else:
                continue
            number = 1 + sum(layer.kind == kind for layer in found)
            found.append(Layer(number, kind, tensor))
        return found

    def _activated(self, node: Any) -> str:
        """Return a convolution's output after its activation; as it is where it has none."""
        at = node
        while len(taken := self.takers.get(at.output[0], [])) >= 1:
            ways = {taker.op_type for taker in taken}
            if len(ways) == 1 and ways <= _ACTIVATIONS:
                return str(taken[0].output[0])
            if len(taken) > 1 or not ways <= _PASSED:
                break
            at = taken[0]
        return str(node.output[0])

    def joint(self) -> Any | None:
        """Return the last node that puts pooled parts side by side, ``None`` without one."""
        for node in reversed(self.nodes):
            if node.op_type == "Concat" and all(
                name in self.maker and self.maker[name].op_type in _POOLS for name in node.input
            ):
                return node
        return None

    def origins(self, tensor: str, layers: Sequence[Layer]) -> tuple[Layer, ...]:
        """Return the layers right before a tensor, with no other layer between."""
        known = {layer.tensor: layer for layer in layers}
        found, seen, waiting = set[str](), set[str](), [tensor]
        while waiting:
            name = waiting.pop()
            if name in known:
                found.add(name)
            elif name in self.maker and name not in seen:
                seen.add(name)
                waiting += list(self.maker[name].input)
        return tuple(layer for layer in layers if layer.tensor in found)


class InsideGraph:
    """The network of a bundle with its layers to look at; on one processor thread.

    Raises
    ------
    RuntimeFailure
        When the graph cannot be opened.
    """

    def __init__(self, bundle: Bundle) -> None:
        # they take long to import, and only who looks inside needs them
        import onnx  # noqa: PLC0415
        import onnxruntime as ort  # noqa: PLC0415

        from genredesk.inference.bundle import MODEL  # noqa: PLC0415
        from genredesk.inference.runtime.onnx import options  # noqa: PLC0415

        self.card = bundle.card
        proto = onnx.load_model_from_string(bundle.read(MODEL))
        graph = _Graph(proto)
        self.layers = tuple(graph.layers())
        self.branches = tuple(_switched(proto, graph, self.layers))
        have = {output.name for output in proto.graph.output}
        for layer in self.layers:
            if layer.tensor not in have:
                proto.graph.output.append(
                    onnx.helper.make_tensor_value_info(layer.tensor, onnx.TensorProto.FLOAT, None)
                )
        try:
            self._session: Any = ort.InferenceSession(
                proto.SerializeToString(), options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime raises its own kinds
            raise RuntimeFailure(first_line(error)) from error

    def layer(self, name: str) -> Layer | None:
        """Return the layer of a name; the first one when there is none of that name."""
        return next((x for x in self.layers if x.name == name), next(iter(self.layers), None))

    def look(
        self, features: FloatArray, layer: Layer | None = None, without: Branch | None = None
    ) -> tuple[FloatArray, FloatArray | None]:
        """Ask about windows.

        Parameters
        ----------
        features
            ``(batch, channels, bands, frames)``.
        layer
            Whose maps to give.
        without
            A branch that is left out.

        Returns
        -------
        (logits, maps)
            ``(batch, labels)`` and the first window's maps ``(n, rows, columns)``, row 0 lowest in
            pitch; of a layer over all bands, and of a recurrent one, ``(1, kernels, frames)``.
        """
        inputs = {"features": np.ascontiguousarray(features, np.float32)}
        if without is not None:
            inputs[without.switch] = np.zeros(1, np.float32)
        if layer is None:
            return self._session.run(["logits"], inputs)[0], None
        logits, maps = self._session.run(["logits", layer.tensor], inputs)
        return logits, _as_pictures(maps, layer)


def _as_pictures(maps: FloatArray, layer: Layer) -> FloatArray:
    if layer.kind == "recurrent":  # (frames, directions, batch, units)
        return maps[:, 0, 0].T[None]
    first = maps[0]
    return first[None] if first.ndim == 2 else first


def _switched(proto: Any, graph: _Graph, layers: Sequence[Layer]) -> Iterator[Branch]:
    """Put a factor of 1, that can be set to 0, behind every branch of a graph."""
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    joint = graph.joint()
    if joint is None:
        return
    at = graph.nodes.index(joint)
    for number, name in enumerate(list(joint.input)):
        switch, switched = f"switch.{number}", f"{name}.switched.{number}"
        proto.graph.input.append(helper.make_tensor_value_info(switch, TensorProto.FLOAT, [1]))
        proto.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), switch))
        node = helper.make_node("Mul", [name, switch], [switched])
        proto.graph.node.insert(at, node)
        at += 1
        proto.graph.node[at].input[number] = switched
        maker = graph.maker[name]
        yield Branch(_POOLS[maker.op_type], graph.origins(name, layers), switch)
