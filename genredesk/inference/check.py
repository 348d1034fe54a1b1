"""The checks a bundle passes before its network is trusted: hashes, graph, weights, golden output.

Each raises :class:`BundleError` with half a sentence; :mod:`genredesk.inference.bundle` names the
file. The heavy imports are inside, because the program starts without ever checking a bundle.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.inference.card import EIGHT_BITS, EightBits, Golden, ModelCard
from genredesk.inference.runtime.protocol import RuntimeFailure

_EXPORT_AGAIN = mark("Export it again for an older opset, or update GenreDesk.")
MAX_EMBEDDINGS = 4096
"""Rows of ``embeddings.safetensors``; a training writes a few hundred."""
_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tensors(graph: Any) -> Iterator[Any]:
    """Walk over all tensors of a graph and of the graphs inside its nodes."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)


def _graph(path: Path) -> None:
    """Refuse a graph that reaches for other files or for operators of somebody's own."""
    import onnx  # noqa: PLC0415 - heavy
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    try:
        proto = onnx.load_model_from_string(path.read_bytes())
    except DecodeError as error:
        raise BundleError(say("{path} is not an ONNX graph", path=path.name)) from error
    keeps_to_itself(proto, path.name)


def keeps_to_itself(proto: Any, name: str) -> None:
    """Refuse a graph that reaches for other files or for operators of somebody's own.

    Raises
    ------
    BundleError
        With half a sentence that begins with ``name``.
    """
    used = {o.domain for o in proto.opset_import} | {node.domain for node in proto.graph.node}
    if own := used - _DOMAINS:
        raise BundleError(
            say("{name} needs operators of “{own}”, which are not known", name=name, own=min(own))
        )
    if any(t.external_data or t.data_location for t in _tensors(proto.graph)):
        raise BundleError(
            say("{name} keeps weights in another file", name=name),
            say("Export it again with all its weights in one file."),
        )


def _weights(path: Path) -> None:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with cast("Any", safe_open)(path, framework="numpy") as file:
            names: list[str] = list(file.keys())
    except (SafetensorError, OSError, ValueError) as error:
        raise BundleError(say("weights.safetensors is damaged")) from error
    if not names:
        raise BundleError(say("weights.safetensors holds no weights"))


def _embeddings(path: Path) -> None:
    """Refuse anything but a table of embeddings a word, in half precision and all of one length."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load  # noqa: PLC0415

    try:
        tables = list(load(path.read_bytes()).values())
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise BundleError(say("{name} is damaged", name=path.name)) from error
    if not (
        all(table.ndim == 2 and table.dtype == np.float16 for table in tables)
        and len({table.shape[1] for table in tables}) == 1
        and 0 < sum(map(len, tables)) <= MAX_EMBEDDINGS
        and all(np.isfinite(table).all() for table in tables)
    ):
        raise BundleError(say("{name} holds something else than embeddings", name=path.name))


def files(folder: Path, card: ModelCard) -> None:
    """Compare every file with the card's SHA-256, then open the graph and the tables of numbers."""
    for name, digest in card.files.items():
        if _sha256(folder / name) != digest:
            raise BundleError(
                say("{name} is not the file its card names (SHA-256 differs)", name=name)
            )
    for name in ("model.onnx", EIGHT_BITS):
        if name in card.files:
            _graph(folder / name)
    if "weights.safetensors" in card.files:
        _weights(folder / "weights.safetensors")
    if "embeddings.safetensors" in card.files:
        _embeddings(folder / "embeddings.safetensors")


def golden_of(model: bytes, card: ModelCard) -> Golden:
    """Return what ``model`` answers to the golden signal."""
    from genredesk.inference.runtime import golden as golden_output  # noqa: PLC0415 - ONNX Runtime

    try:
        return golden_output.make(model, card)
    except (RuntimeFailure, ValueError) as error:
        if re.search(r"\bopset\b|\bIR version\b", str(error), re.IGNORECASE):
            raise BundleError(_other_onnx(model), say(_EXPORT_AGAIN)) from error
        raise BundleError(say("model.onnx cannot be used: {reason}", reason=error)) from error


def _other_onnx(model: bytes) -> str:
    import onnx  # noqa: PLC0415 - heavy

    proto = onnx.load_model_from_string(model)
    opset = max((o.version for o in proto.opset_import if o.domain in {"", "ai.onnx"}), default=0)
    return say(
        "model.onnx is written in a version of ONNX that is not read here (operators {opset}, "
        "format {ir_version})",
        opset=opset,
        ir_version=proto.ir_version,
    )


def golden(folder: Path, card: ModelCard) -> None:
    """Run the network once and compare with the golden output of the card."""
    from genredesk.inference.runtime import golden as golden_output  # noqa: PLC0415 - ONNX Runtime

    if card.golden is None:
        raise BundleError(say("its card has no golden output"))
    if card.golden.signal != golden_output.SIGNAL:
        raise BundleError(
            say("its golden signal “{signal}” is not known here", signal=card.golden.signal[:40])
        )
    got = golden_of((folder / "model.onnx").read_bytes(), card)
    if golden_output.difference(card.golden, got) > golden_output.TOLERANCE:
        raise BundleError(
            say("its network does not answer here as where it was made (golden output differs)")
        )
    if card.eight_bits is not None and card.eight_bits.signal == golden_output.SET:
        _same_in_eight_bits(folder, card, card.eight_bits)


def _same_in_eight_bits(folder: Path, card: ModelCard, told: EightBits) -> None:
    """Ask both forms of the network the known sounds: neither may answer otherwise than is told."""
    from genredesk.inference.runtime import golden as golden_output  # noqa: PLC0415 - ONNX Runtime

    expected = np.array(told.logits, np.float32)
    for name in ("model.onnx", EIGHT_BITS):
        try:
            got = golden_output.set_answers((folder / name).read_bytes(), card)
        except (RuntimeFailure, ValueError) as error:
            raise BundleError(
                say("{name} cannot be used: {reason}", name=name, reason=error)
            ) from error
        if golden_output.apart(expected, got) > golden_output.APART:
            raise BundleError(
                say("{name} does not answer as its card says of both forms", name=name)
            )
