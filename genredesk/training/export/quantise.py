"""The optional 8-bit variant of a network: smaller and faster, its loss measured, never assumed."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.core.scores import FloatArray
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.bundle import Bundle, EightBits
from genredesk.inference.runtime import golden
from genredesk.training.data.songs import SongSet, iter_windows, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation.evaluate import predict
from genredesk.training.evaluation.measure import heard_before
from genredesk.training.export import speed
from genredesk.training.network import module
from genredesk.training.network.module import Predict


class _Windows(CalibrationDataReader):
    """Hands real windows to the calibration, a few at a time."""

    def __init__(self, features: FloatArray, size: int = 32) -> None:
        self._parts = iter(np.array_split(features, max(1, len(features) // size)))

    def get_next(self) -> dict[str, FloatArray] | None:  # type: ignore[override]
        """Return the next input or ``None`` at the end."""
        part = next(self._parts, None)
        return None if part is None else {"features": np.ascontiguousarray(part)}


@dataclass(frozen=True, slots=True)
class Cost:
    """What 8 bits cost on labelled windows.

    Parameters
    ----------
    n
        How many there were.
    full, small
        Accuracies before and after, shares in [0, 1].
    heard_before
        What has to be said of these songs, see
        :func:`~genredesk.training.evaluation.measure.heard_before`.
    full_bytes, small_bytes
        Size of the bundles' networks and weights before and after.
    full_ms, small_ms
        Milliseconds of one window on one processor thread of this computer, before and after.
    left
        Layers with weights that stay in 32 bits, by kind, and how many.
    """

    n: int
    full: float
    small: float
    heard_before: str
    full_bytes: int
    small_bytes: int
    full_ms: float
    small_ms: float
    left: dict[str, int]

    @property
    def sentence(self) -> str:
        """Size, speed and loss in words, and what was not quantised; in English, as cards are."""
        return self._told(str.format)

    @property
    def said(self) -> str:
        """The same in the person's language."""
        return self._told(say)

    def _told(self, write: Callable[..., str]) -> str:
        faster = self.full_ms / self.small_ms
        speed = (
            mark("{times:.1f} times as fast") if faster >= 1 else mark("{times:.1f} times slower")
        )
        text = write(
            mark(
                "{small:.1%} of {n} windows right instead of {full:.1%}; {small_mb:.2f} MB instead "
                "of {full_mb:.2f}; one window {small_ms:.2f} ms instead of {full_ms:.2f} on this "
                "computer ({speed})."
            ),
            small=self.small,
            n=self.n,
            full=self.full,
            small_mb=self.small_bytes / 1e6,
            full_mb=self.full_bytes / 1e6,
            small_ms=self.small_ms,
            full_ms=self.full_ms,
            speed=write(speed, times=max(faster, 1 / faster)),
        )
        if not self.left:
            return text
        kinds = ", ".join(f"{n} × {kind}" for kind, n in self.left.items())
        left = mark(
            "Recurrent layers stay in 32 bits, because ONNX Runtime has no others: {kinds}."
        )
        return f"{text} {write(left, kinds=kinds)}"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    log = logging.getLogger()
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def static_int8(model: bytes, features: FloatArray, kernels: int = 0) -> bytes:
    """Return the network with 8-bit convolutions and dense layers (QDQ, per channel).

    They cost nearly all of the time and the space. What stands between them stays as it is: a
    standardisation, means and deviations over time would lose accuracy and gain nothing, and the
    last layer, which costs nothing, would answer in steps.

    Weights keep to ±64, so that no processor cuts their products off and all answer alike; see
    :mod:`genredesk.inference.runtime.eightbits`.

    Parameters
    ----------
    features
        Real windows ``(n, channels, bands, frames)`` the ranges are measured on; training songs.
    kernels
        Only convolutions over so many axes; 0: all of them, and dense layers.
    """
    graph = onnx.load_model_from_string(model)
    # shapes of the float graph are wrong for the rewritten one
    del graph.graph.value_info[:]
    with tempfile.TemporaryDirectory(prefix="genredesk-") as folder, _quiet():
        source, ready, small = (Path(folder) / f"{i}.onnx" for i in range(3))
        onnx.save_model(graph, source)
        quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready),
            str(small),
            _Windows(features),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"] if kernels else ["Conv", "Gemm"],
            nodes_to_quantize=_over(ready, kernels) if kernels else None,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=_last(ready),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return _plain(small.read_bytes())


_RECURRENT = ("LSTM", "GRU", "RNN")


def left_in_32_bits(model: bytes) -> dict[str, int]:
    """Return the recurrent layers of a graph, which stay as they are, by kind and how many."""
    nodes = onnx.load_model_from_string(model).graph.node
    kinds = [node.op_type for node in nodes if node.op_type in _RECURRENT]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def _last(path: Path) -> list[str]:
    """Return the name of the node that gives a graph's logits."""
    return [node.name for node in onnx.load(path).graph.node if "logits" in node.output]


def _over(path: Path, axes: int) -> list[str]:
    """Return the names of convolutions over so many axes."""
    graph = onnx.load(path).graph
    ranks = {tensor.name: len(tensor.dims) - 2 for tensor in graph.initializer}
    found = [node for node in graph.node if node.op_type == "Conv"]
    return [node.name for node in found if ranks.get(node.input[1]) == axes]


def _plain(model: bytes) -> bytes:
    """Drop the operator sets the quantiser names but does not use; a bundle refuses them."""
    proto = onnx.load_model_from_string(model)
    used = {"" if node.domain == "ai.onnx" else node.domain for node in proto.graph.node}
    kept = [entry for entry in proto.opset_import if entry.domain in used]
    del proto.opset_import[:]
    proto.opset_import.extend(kept)
    return proto.SerializeToString()


def predictor(model: bytes) -> Predict:
    """Return an ONNX network as a function from features to logits, on one processor thread."""
    return module.logits_of(module.graph(model))


def _right(
    model: bytes, data: SongSet, songs: Sequence[int], labels: Sequence[str]
) -> NDArray[np.bool_]:
    """Tell which windows of labelled songs a network names rightly, ``(windows,)``."""
    said = predict(data, songs, labels, predictor(model), hop=window_columns(data.spec))
    return said.logits.argmax(axis=1) == said.window_truth


def _ranges(data: SongSet, parts: Split) -> FloatArray:
    """Return the windows of a hundred training songs that ranges are measured on."""
    few = parts.train[:: max(1, len(parts.train) // 100)]
    hop = window_columns(data.spec)
    return np.concatenate([windows[::3] for _, windows, _ in iter_windows(data, few, hop)])


def beside(bundle: Bundle, data: SongSet, parts: Split) -> Bundle:
    """Put an 8-bit form beside a bundle's network, to be used where it is quicker.

    Parameters
    ----------
    parts
        Ranges are measured on ``train``; on ``valid`` both forms are compared.

    Raises
    ------
    BundleError
        As :func:`make`, and when the two answer too differently.
    """
    card, model = bundle.card, bundle.read(bundles.MODEL)
    _check_frontend(bundle, data)
    small = static_int8(model, _ranges(data, parts))
    named = [
        predict(data, parts.valid, card.labels, predictor(graph), hop=window_columns(data.spec))
        .logits.argmax(axis=1)
        for graph in (model, small)
    ]  # fmt: skip
    told = EightBits(
        signal=golden.SET,
        logits=tuple(
            tuple(round(float(v), 4) for v in row) for row in golden.set_answers(model, card)
        ),
        n=len(named[0]),
        alike=float(np.mean(named[0] == named[1])),
    )
    return install.add_eight_bits(bundle, small, told)


def _check_frontend(bundle: Bundle, data: SongSet) -> None:
    if data.spec.fingerprint != bundle.card.frontend.fingerprint:
        raise BundleError(
            say("{id} listens through another front end than these songs.", id=bundle.id)
        )


def make(bundle: Bundle, data: SongSet, parts: Split, out: Path) -> tuple[Bundle, Cost]:
    """Write the 8-bit variant of a bundle; its card says what it lost.

    Parameters
    ----------
    parts
        Ranges are measured on ``train``, the loss on ``valid``.
    out
        The new bundle's folder.

    Raises
    ------
    BundleError
        When the songs come through another front end, or the bundle cannot be written.
    DataError
        When a song's genre is none the bundle knows.
    """
    _check_frontend(bundle, data)
    model = bundle.read(bundles.MODEL)
    # a genre that it does not know is met here, before the long part
    full = _right(model, data, parts.valid, bundle.card.labels)
    small = static_int8(model, _ranges(data, parts))
    rest = _right(small, data, parts.valid, bundle.card.labels)
    card = bundle.card
    said = heard_before(card, [data.songs[i] for i in parts.valid])
    full_ms, small_ms = speed.of_graphs([model, small], card.frontend.shape)
    cost = Cost(
        len(full), float(full.mean()), float(rest.mean()), said,
        full_bytes=sum((bundle.path / name).stat().st_size for name in card.files),
        small_bytes=len(small), full_ms=full_ms, small_ms=small_ms, left=left_in_32_bits(small),
    )  # fmt: skip
    notes = (
        f"The 8-bit variant of {bundle.id}, measured on songs that did not set its ranges: "
        f"{cost.sentence} It has no weights to train on. "
        f"{f'{said} ' * bool(said)}The accuracies above are those of {bundle.id}. {card.notes}"
    )
    card = card.replace(id=out.name, title=f"{card.title} (8 bits)", notes=notes)
    return bundles.write(out, onnx=small, weights=None, card=card), cost
