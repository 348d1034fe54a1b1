"""A network on ONNX Runtime: one processor thread, or another provider that is installed.

One thread on purpose: with two and a busy second core, a single window goes from 1.5 to 109 ms.
Arrays go in and out as they are: buffers bound once were measured to save nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import onnxruntime as ort

from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.card import ModelCard
from genredesk.inference.runtime import eightbits
from genredesk.inference.runtime.protocol import RuntimeFailure, first_line

INPUT = "features"
OUTPUTS = ("logits", "embedding")

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
"""Providers that compute on this machine, by the word used in a device's id."""


def providers() -> list[str]:
    """Return what the installed ONNX Runtime has besides the processor, as words."""
    have = set(ort.get_available_providers())
    return [word for word, name in PROVIDERS.items() if name in have and word != "cpu"]


def options(*, widely: bool = False) -> ort.SessionOptions:
    """Return how a session is opened: on one thread.

    ``widely`` adds 8-bit products up where they fit, on every processor; it is slower.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # failures arrive as exceptions
    if widely:
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


class OnnxRuntime:
    """A session over ``model.onnx``.

    Parameters
    ----------
    model
        Its bytes, or the path of the verified file. A file is read while other threads run;
        bytes are copied first under the interpreter's lock, which a window notices.
    card
        Whose network this is.
    provider
        A word of :data:`PROVIDERS`.

    Attributes
    ----------
    widely
        Whether 8-bit products are added up the slower way, see :func:`options`: where this
        processor would cut those of this graph off.

    Raises
    ------
    RuntimeFailure
        When the session cannot be made, or the graph does not fit the card.
    """

    def __init__(self, model: bytes | Path, card: ModelCard, provider: str = "cpu") -> None:
        self.device = (
            "CPU" if provider == "cpu" else say("{provider} (ONNX Runtime)", provider=provider)
        )
        self.why = ""
        self._shape = card.frontend.shape
        wanted = [PROVIDERS[provider]]
        try:
            self.widely = provider == "cpu" and eightbits.inexact_here(model)
            self._session: ort.InferenceSession | None = ort.InferenceSession(
                model, options(widely=self.widely), providers=wanted
            )
        except Exception as error:  # ONNX Runtime raises its own kinds and RuntimeError
            raise RuntimeFailure(first_line(error)) from error
        if self._session.get_providers()[:1] != wanted:
            raise RuntimeFailure(
                say("ONNX Runtime did not accept its {provider} provider", provider=provider)
            )
        _check_graph(self._session, card)

    def run(
        self, features: FloatArray, options: ort.RunOptions | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Answer ``features (batch, channels, bands, frames)``; see :class:`Runtime`.

        Raises
        ------
        ValueError
            When the shape is not the front end's.
        RuntimeFailure
            When the device fails.
        """
        if features.ndim != 4 or features.shape[1:] != self._shape:
            raise ValueError(f"features {features.shape} do not fit (batch, *{self._shape})")
        if self._session is None:
            raise RuntimeFailure(say("it was closed"))
        try:
            logits, embedding = self._session.run(list(OUTPUTS), {INPUT: features}, options)
        except Exception as error:  # as above
            raise RuntimeFailure(first_line(error)) from error
        return cast("tuple[FloatArray, FloatArray]", (logits, embedding))

    def close(self) -> None:
        """Let go of the session."""
        self._session = None


def _check_graph(session: ort.InferenceSession, card: ModelCard) -> None:
    """Refuse a graph whose names, types or shapes are not what the card promises."""
    inputs = session.get_inputs()
    if [i.name for i in inputs] != [INPUT] or inputs[0].type != "tensor(float)":
        raise RuntimeFailure(
            say("the graph's input is not one float tensor named “{input}”", input=INPUT)
        )
    shape = list(inputs[0].shape)
    fits = len(shape) == 4 and all(
        not isinstance(have, int) or have == want
        for have, want in zip(shape[1:], card.frontend.shape, strict=True)
    )
    if not fits or isinstance(shape[0], int):
        raise RuntimeFailure(
            say(
                "the graph takes {shape}, but the front end gives (any batch, *{shape2})",
                shape=shape,
                shape2=card.frontend.shape,
            )
        )
    outputs = {o.name: o for o in session.get_outputs()}
    if set(outputs) != set(OUTPUTS):
        raise RuntimeFailure(
            say(
                "the graph's outputs are {outputs}, not logits and embedding",
                outputs=sorted(outputs),
            )
        )
    last = outputs["logits"].shape[-1] if outputs["logits"].shape else None
    if isinstance(last, int) and last != len(card.labels):
        raise RuntimeFailure(
            say(
                "the graph names {last} genres, the card {n_labels}",
                last=last,
                n_labels=len(card.labels),
            )
        )
