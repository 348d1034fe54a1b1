"""What the program has to tell: one sentence with a kind, a key and perhaps an action.

The controllers emit notices; the main window shows them in its banner, newest first, and takes
them away by key when they are no longer true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How serious it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message.

    Parameters
    ----------
    key
        What it is about ("source", "settings", ...); a new notice replaces one with its key.
    text
        What happened, to which file or device, and what to do.
    kind
        See :class:`Kind`.
    action, run
        The words on the button, and what it does.
    lasting_s
        Goes away by itself after this long; 0: stays until it is closed or no longer true.
    """

    key: str
    text: str
    kind: Kind = Kind.INFO
    action: str = ""
    run: Callable[[], None] | None = None
    lasting_s: float = 0.0
