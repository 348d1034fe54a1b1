"""What every runtime offers, and the words its users share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from genredesk.core.scores import FloatArray

if TYPE_CHECKING:
    from genredesk.inference.card import ModelCard

CPU = "cpu"
"""Id of the device that is always there: ONNX Runtime on one processor thread."""

AUTO = "auto"
"""Let the program choose."""

Builder = Callable[["ModelCard"], Any]
"""Builds the untrained ``torch.nn.Module`` of a card; given by ``ui`` and ``cli``, because
inference and the networks do not know each other. The module takes ``features`` as the ONNX graph
does, returns ``(logits, embedding)``, and its state has the names in ``weights.safetensors``."""


class RuntimeFailure(Exception):  # noqa: N818 - named for what it is: a device that failed
    """A device that cannot be opened or stopped working; the text is the reason."""


_WHERE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : (/\S+:\d+ .*?\) (?=[A-Z]))?")
"""What ONNX Runtime puts before what it says: its own name, and a place in its source."""


def first_line(error: Exception) -> str:
    """Return what a driver says, short enough for a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return _WHERE.sub("", lines[0])[:300].rstrip(". ")


class Runtime(Protocol):
    """A network ready to answer."""

    @property
    def device(self) -> str:
        """Name of the device, to be shown."""
        ...

    @property
    def why(self) -> str:
        """Why this device and not another, as a sentence."""
        ...

    def run(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Answer ``features (batch, channels, bands, frames)``.

        Returns
        -------
        (logits, embedding)
            Shapes ``(batch, labels)`` and ``(batch, d)``.
        """
        ...

    def close(self) -> None:
        """Give memory and device back; may be called twice."""
        ...


def complaint(runtime: Runtime, asked: str) -> str:
    """Return why the processor is used instead of the device ``asked`` for, else nothing."""
    refused = asked not in {AUTO, CPU} and runtime.device == "CPU"
    return runtime.why if refused else ""


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device a person may choose.

    Parameters
    ----------
    id
        ``auto``, ``cpu``, ``onnx:<provider>`` or ``torch:<device>``.
    name
        Name to be shown.
    why
        Result of the self-test, or why it is not offered, as a sentence.
    available
        Whether it may be chosen.
    ms_per_window
        Time for one window, where it was measured.
    """

    id: str
    name: str
    why: str
    available: bool
    ms_per_window: float | None = None
