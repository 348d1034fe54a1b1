"""Surgery on a foreign graph: our input before it, its logits and embedding after it.

The graph's own nodes stay as they are. The picture is turned as the graph wants it, a sigmoid or
softmax at its end is left out, and heads are put on its embedding, which is computed once for all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import (
    ModelProto,
    NodeProto,
    TensorProto,
    compose,
    helper,
    numpy_helper,
    version_converter,
)

from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.features.spec import FrontendSpec
from genredesk.inference.card import Task
from genredesk.inference.foreign.metadata import ForeignMetadata
from genredesk.inference.runtime.onnx import INPUT, OUTPUTS

LOGITS, EMBEDDING = OUTPUTS
_FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16}
_THROUGH = {"Identity", "Cast", "Dropout"}
_TINY = 1e-6
_BSDYNAMIC = mark("Get the one whose batch is open (Essentia calls it bsdynamic).")


@dataclass(slots=True)
class LabelBlock:
    """What a network of a graph says: the name of its logits, its labels and its task."""

    logits: str
    labels: tuple[str, ...]
    task: Task


@dataclass(slots=True)
class GraphBuilder:
    """A graph under construction: nodes and numbers of all parts, and who says what.

    Parameters
    ----------
    embedding
        Name of the embedding, empty where the network gives none; ``width`` is its length.
    """

    spec: FrontendSpec
    nodes: list[NodeProto] = field(default_factory=list[NodeProto])
    numbers: list[TensorProto] = field(default_factory=list[TensorProto])
    functions: list[Any] = field(default_factory=list[Any])
    blocks: list[LabelBlock] = field(default_factory=list[LabelBlock])
    opset: list[Any] = field(default_factory=list[Any])
    ir_version: int = 8
    embedding: str = ""
    width: int = 0

    def number(self, name: str, values: Sequence[float] | Sequence[int], kind: Any) -> str:
        """Add a constant and return its name."""
        self.numbers.append(numpy_helper.from_array(np.array(values, kind), name))
        return name


def shape_of(value: Any) -> list[int | None]:
    """Return a graph input's or output's shape; ``None`` where a dimension is open."""
    dims = value.type.tensor_type.shape.dim
    return [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in dims]


def inputs_of(proto: ModelProto) -> list[Any]:
    """Return the graph's inputs that are not its weights."""
    held = {tensor.name for tensor in proto.graph.initializer}
    return [value for value in proto.graph.input if value.name not in held]


def only_input(proto: ModelProto) -> Any:
    """Return the graph's one input, a float tensor with an open batch.

    Raises
    ------
    BundleError
        With half a sentence.
    """
    found = inputs_of(proto)
    if len(found) != 1:
        names = ", ".join(value.name for value in found) or "none"
        raise BundleError(
            say(
                "its graph takes {n_found} inputs ({names}), not one",
                n_found=len(found),
                names=names,
            )
        )
    kind = found[0].type.tensor_type.elem_type
    if kind not in _FLOATS:
        raise BundleError(
            say(
                "its graph takes {name} numbers, not float32",
                name=TensorProto.DataType.Name(kind).lower(),
            )
        )
    shape = shape_of(found[0])
    if not 2 <= len(shape) <= 4:
        raise BundleError(
            say("its graph takes {shape}, which is no picture, embedding or waveform", shape=shape)
        )
    if shape[0] is not None:
        raise BundleError(
            say("its graph takes exactly {shape} windows at once", shape=shape[0]), say(_BSDYNAMIC)
        )
    return found[0]


def is_head(proto: ModelProto) -> bool:
    """Whether a graph takes a row of numbers short enough to be an embedding."""
    shape = shape_of(only_input(proto))
    return len(shape) == 2 and shape[1] is not None and shape[1] <= 8192


def _fits(have: Sequence[int | None], want: Sequence[int]) -> bool:
    return len(have) == len(want) and all(h in {None, w} for h, w in zip(have, want, strict=True))


def layout(shape: Sequence[int | None], spec: FrontendSpec) -> list[int] | None:
    """Return the shape ``(-1, …)`` in which a graph takes a window; ``None``: it does not fit.

    Where the graph leaves it open time comes before bands, as in all published families.
    """
    bands, frames = spec.n_bands, spec.frames
    choices = [[frames]] if spec.kind == "waveform" else []
    choices += [[frames, bands], [bands, frames], [1, frames, bands], [1, bands, frames],
                [frames, bands, 1], [bands, frames, 1]]  # fmt: skip
    return next((c for c in choices if _fits(shape[1:], c)), None)


def fitting(proto: ModelProto, among: Sequence[FrontendSpec]) -> list[FrontendSpec]:
    """Return the front ends whose windows a graph's input takes."""
    shape = shape_of(only_input(proto))
    return [spec for spec in among if spec.n_channels == 1 and layout(shape, spec)]


def begin(proto: ModelProto, said: ForeignMetadata, spec: FrontendSpec) -> GraphBuilder:
    """Put our input before a network and find what it says.

    Raises
    ------
    BundleError
        With half a sentence: the input is no window of the front end, or the outputs are none.
    """
    value = only_input(proto)
    wanted = layout(shape_of(value), spec)
    if wanted is None:
        raise BundleError(
            say(
                "its graph takes {shape_of}, but the front end gives {n_bands} bands in "
                "{frames} frames",
                shape_of=shape_of(value),
                n_bands=spec.n_bands,
                frames=spec.frames,
            )
        )
    made = GraphBuilder(spec, opset=list(proto.opset_import), ir_version=proto.ir_version)
    source = INPUT
    bands_last = spec.kind != "waveform" and [x for x in wanted if x != 1][:1] == [spec.frames]
    if bands_last:
        made.nodes.append(helper.make_node("Transpose", [source], ["gd.turned"], perm=[0, 1, 3, 2]))
        source = "gd.turned"
    shape = made.number("gd.shape", [-1, *wanted], np.int64)
    made.nodes.append(helper.make_node("Reshape", [source, shape], ["gd.given"]))
    _append(made, proto, said, "base.", "gd.given")
    return made


def add_head(made: GraphBuilder, proto: ModelProto, said: ForeignMetadata) -> None:
    """Put a head on the embedding.

    Raises
    ------
    BundleError
        With half a sentence.
    """
    shape = shape_of(only_input(proto))
    if not made.embedding:
        raise BundleError(say("the model it is to stand on gives no embedding"))
    if len(shape) != 2 or shape[1] not in {None, made.width}:
        raise BundleError(
            say(
                "it takes {shape}, but the model's embedding has {width} numbers",
                shape=shape,
                width=made.width,
            )
        )
    if not said.labels:
        raise BundleError(
            say("it has no JSON that names its labels"), say("Put NAME.json beside it.")
        )
    same = {o.domain: o.version for o in made.opset}
    theirs = {o.domain: o.version for o in proto.opset_import}
    if theirs != same:
        try:
            proto = version_converter.convert_version(proto, same.get("", 17))
        except Exception as error:  # the converter raises its own kinds
            raise BundleError(
                say(
                    "its operators ({get}) are of another version than the model's ({get2}) and "
                    "cannot be converted",
                    get=theirs.get("", 0),
                    get2=same.get("", 0),
                )
            ) from error
    _append(made, proto, said, f"head{len(made.blocks)}.", made.embedding)


def _append(
    made: GraphBuilder, proto: ModelProto, said: ForeignMetadata, prefix: str, source: str
) -> None:
    """Add a graph whose input is ``source``, and the block of what it says."""
    value, half = only_input(proto).name, False
    half = only_input(proto).type.tensor_type.elem_type == TensorProto.FLOAT16
    outputs = {out.name: shape_of(out) for out in proto.graph.output}
    body = ModelProto()
    body.CopyFrom(proto)
    compose.add_prefix(body, prefix, inplace=True)
    if half:
        cast = f"{prefix}{value}"
        made.nodes.append(helper.make_node("Cast", [source], [cast], to=TensorProto.FLOAT16))
    else:
        made.nodes.append(helper.make_node("Identity", [source], [f"{prefix}{value}"]))
    made.nodes += list(body.graph.node)
    made.numbers += list(body.graph.initializer)
    made.functions += list(body.functions)
    made.ir_version = max(made.ir_version, proto.ir_version)
    embedding = _named(outputs, said.embeddings) if source == "gd.given" else ""
    predictions = _named(outputs, said.predictions) or _by_width(outputs, said.labels, embedding)
    if source == "gd.given" and not embedding:
        embedding = _other(outputs, predictions)
    if embedding:
        made.embedding = _as_float(made, f"{prefix}{embedding}", half=half)
        made.width = int(outputs[embedding][-1] or 0)
    if not predictions:
        if said.labels and source != "gd.given":
            raise BundleError(
                say("none of its outputs has {n_labels} numbers", n_labels=len(said.labels))
            )
        return
    width = outputs[predictions][-1]
    if len(outputs[predictions]) != 2:
        raise BundleError(
            say(
                "its output {predictions} is {outputs}, not (batch, labels)",
                predictions=predictions,
                outputs=outputs[predictions],
            )
        )
    if said.labels and width not in {None, len(said.labels)}:
        raise BundleError(
            say(
                "its JSON names {n_labels} labels, but its graph answers {width}",
                n_labels=len(said.labels),
                width=width,
            ),
            say("Get the JSON that belongs to it."),
        )
    if said.labels:
        made.blocks.append(_block(made, body, f"{prefix}{predictions}", said, half=half))


def _named(outputs: dict[str, list[int | None]], names: Sequence[str]) -> str:
    return next((name for name in names if name in outputs), "")


def _by_width(outputs: dict[str, list[int | None]], labels: Sequence[str], embedding: str) -> str:
    rows = [n for n, shape in outputs.items() if len(shape) == 2 and n != embedding]
    exact = [n for n in rows if labels and outputs[n][1] == len(labels)]
    return (exact or (rows if len(rows) == 1 and labels else [""]))[0]


def _other(outputs: dict[str, list[int | None]], predictions: str) -> str:
    rows = [n for n, shape in outputs.items() if len(shape) == 2 and n != predictions and shape[1]]
    return max(rows, key=lambda n: outputs[n][1] or 0, default="")


def _as_float(made: GraphBuilder, name: str, *, half: bool) -> str:
    if not half:
        return name
    made.nodes.append(helper.make_node("Cast", [name], [f"{name}.float"], to=TensorProto.FLOAT))
    return f"{name}.float"


def _maker(body: ModelProto, name: str) -> NodeProto | None:
    """Return the node that gives an output, passing those that change nothing."""
    by_output = {out: node for node in body.graph.node for out in node.output}
    node = by_output.get(name)
    while node is not None and node.op_type in _THROUGH:
        node = by_output.get(node.input[0])
    return node


def _block(
    made: GraphBuilder, body: ModelProto, name: str, said: ForeignMetadata, *, half: bool
) -> LabelBlock:
    """Find the logits behind an output: what goes into its sigmoid or softmax."""
    last = _maker(body, name)
    kind = last.op_type if last is not None else ""
    tasks: dict[str, Task] = {"Sigmoid": "several", "Softmax": "one"}
    if last is not None and kind in tasks:
        return LabelBlock(_as_float(made, last.input[0], half=half), said.labels, tasks[kind])
    if said.task is None:
        raise BundleError(
            say("neither its graph nor its JSON says whether one or several labels may hold"),
            say("Say “--task one” or “--task several”."),
        )
    return LabelBlock(_as_float(made, name, half=half), said.labels, said.task)


_NOT = ("non_", "not_", "non-", "not-", "non ", "not ", "no_", "no ")


def _apart(made: GraphBuilder, block: LabelBlock, number: int) -> LabelBlock:
    """Return a block of one-of-many as words that each hold or not.

    Of two classes where one is the other's opposite ("happy", "non_happy") only the first says
    anything; its logit is the difference of both.
    """
    if block.task == "several":
        return block
    name = f"gd.apart{number}"
    made.nodes.append(helper.make_node("Softmax", [block.logits], [f"{name}.p"], axis=-1))
    low = made.number(f"{name}.low", [_TINY], np.float32)
    high = made.number(f"{name}.high", [1 - _TINY], np.float32)
    one = made.number(f"{name}.one", [1.0], np.float32)
    made.nodes += [
        helper.make_node("Max", [f"{name}.p", low], [f"{name}.above"]),
        helper.make_node("Min", [f"{name}.above", high], [f"{name}.in"]),
        helper.make_node("Sub", [one, f"{name}.in"], [f"{name}.rest"]),
        helper.make_node("Log", [f"{name}.in"], [f"{name}.a"]),
        helper.make_node("Log", [f"{name}.rest"], [f"{name}.b"]),
        helper.make_node("Sub", [f"{name}.a", f"{name}.b"], [f"{name}.logits"]),
    ]
    kept = [i for i, label in enumerate(block.labels) if not label.lower().startswith(_NOT)]
    logits = f"{name}.logits"
    if len(block.labels) == 2 and len(kept) == 1:
        place = made.number(f"{name}.kept", kept, np.int64)
        made.nodes.append(helper.make_node("Gather", [logits, place], [f"{name}.word"], axis=1))
        return LabelBlock(f"{name}.word", (block.labels[kept[0]],), "several")
    return LabelBlock(logits, block.labels, "several")


def finish(made: GraphBuilder) -> tuple[bytes, tuple[str, ...], Task]:
    """Return the whole graph, its labels and whether several of them may hold."""
    blocks = made.blocks
    if len(blocks) > 1:
        blocks = [_apart(made, block, i) for i, block in enumerate(blocks)]
    labels = _distinct([block.labels for block in blocks])
    if len(blocks) > 1:
        names = [block.logits for block in blocks]
        made.nodes.append(helper.make_node("Concat", names, [LOGITS], axis=1))
    else:
        made.nodes.append(helper.make_node("Identity", [blocks[0].logits], [LOGITS]))
    if made.embedding:
        made.nodes.append(helper.make_node("Flatten", [made.embedding], [EMBEDDING], axis=1))
    else:
        made.nodes.append(helper.make_node("Identity", [LOGITS], [EMBEDDING]))
    width = (made.width or None) if made.embedding else len(labels)
    graph = helper.make_graph(
        made.nodes,
        "imported",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *made.spec.shape])],
        [
            helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["batch", len(labels)]),
            helper.make_tensor_value_info(EMBEDDING, TensorProto.FLOAT, ["batch", width]),
        ],
        made.numbers,
    )
    model = helper.make_model(
        graph, opset_imports=made.opset, ir_version=made.ir_version, functions=made.functions
    )
    return model.SerializeToString(), labels, blocks[0].task


def _distinct(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return all labels; one that was there before gets a number."""
    found: list[str] = []
    for label in (label for group in groups for label in group):
        name, n = label, 2
        while name in found:
            name, n = f"{label} ({n})", n + 1
        found.append(name)
    return tuple(found)


def parameters(model: bytes) -> int:
    """Return how many numbers a graph holds."""
    proto = onnx.load_model_from_string(model)
    return sum(math.prod(tensor.dims) for tensor in _weights(proto))


def _weights(proto: ModelProto) -> Iterator[TensorProto]:
    floats = (TensorProto.FLOAT, TensorProto.FLOAT16)
    return (tensor for tensor in proto.graph.initializer if tensor.data_type in floats)
