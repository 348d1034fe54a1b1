"""Whether 8-bit products fit where a processor adds them up.

Processors without instructions of their own for it (x86 before VNNI) multiply an unsigned by a
signed 8-bit number and add two such products in 16 bits, cutting off what does not fit
(``vpmaddubsw``). Weights of at most :data:`LARGEST` can never get there, so a network of such
weights answers alike everywhere. ONNX Runtime can go another, slower way with larger ones.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort

from genredesk.core.errors import BundleError
from genredesk.core.messages import say

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle

LARGEST = 64
"""Two products with 255, the largest activation, are 2 · 255 · 64 = 32,640, and 16 bits hold
32,767; with 65 they would be 33,150."""

_QUANTISED = b"DequantizeLinear"
_LENGTH = 64


def _weights(model: bytes) -> list[Any]:
    """Return the signed 8-bit weights of a graph, as arrays."""
    if _QUANTISED not in model:
        return []
    import onnx  # noqa: PLC0415 - heavy, and only few graphs are quantised
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    try:
        tensors = onnx.load_model_from_string(model).graph.initializer
    except DecodeError:  # ONNX Runtime says so when it is opened
        return []
    return [onnx.numpy_helper.to_array(t) for t in tensors if t.data_type == t.INT8 and t.dims]


def may_overflow(model: bytes) -> bool:
    """Tell whether two products of a graph's 8-bit weights can exceed 16 bits."""
    return any(np.abs(w.astype(np.int16)).max(initial=0) > LARGEST for w in _weights(model))


@functools.cache
def cut_off_here() -> bool:
    """Tell whether ONNX Runtime cuts such sums off on this processor: one is tried."""
    import onnx  # noqa: PLC0415 - as above
    from onnx import TensorProto, helper  # noqa: PLC0415

    weight = onnx.numpy_helper.from_array(np.full((_LENGTH, 16), 127, np.int8), "weight")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "weight"], ["y"])],
        "probe",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, _LENGTH])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [1, 16])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (got,) = session.run(None, {"x": np.full((1, _LENGTH), 255, np.uint8)})
    return bool((np.asarray(got) != _LENGTH * 255 * 127).any())


def inexact_here(model: bytes | Path) -> bool:
    """Tell whether this processor would cut products of a graph off that are added the quick way.

    A file that cannot be read is for who opens it to complain of.
    """
    if not isinstance(model, bytes):
        try:
            model = model.read_bytes()
        except OSError:
            return False
    return may_overflow(model) and cut_off_here()


def warning(bundle: Bundle) -> str:
    """Say that a bundle's network was quantised so that it is not the same everywhere, or nothing.

    Of one that is damaged nothing is said here: opening and checking it do.
    """
    try:
        if not may_overflow(bundle.read("model.onnx")):
            return ""
    except BundleError:
        return ""
    here = (
        say("This is such a processor: they are multiplied in a slower, exact way.")
        if cut_off_here()
        else say("Here its answers are exact.")
    )
    return say(
        "Its 8-bit weights use their whole range, which is inexact on processors without "
        "instructions for 8-bit products. {here} Quantize the model again to have it exact and "
        "quick everywhere.",
        here=here,
    )
