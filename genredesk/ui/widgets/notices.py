"""What the program has to tell: one sentence with a kind, a key and perhaps an action.

The controllers emit notices; the main window shows them in its banner, newest first, and takes
them away by key when they are no longer true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from genredesk.core import logs
from genredesk.ui.look.text import tr

if TYPE_CHECKING:
    from genredesk.audio.sources import Source


class Severity(StrEnum):
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
        See :class:`Severity`.
    action, run
        The words on the button, and what it does.
    lasting_s
        Goes away by itself after this long; 0: stays until it is closed or no longer true.
    """

    key: str
    text: str
    kind: Severity = Severity.INFO
    action: str = ""
    run: Callable[[], None] | None = None
    lasting_s: float = 0.0


def about_defect(key: str, text: str, error: BaseException) -> Notice:
    """Say what unexpectedly went wrong, with a button that copies what a report of it needs."""

    def copy() -> None:
        QGuiApplication.clipboard().setText(logs.details(error))

    return Notice(key, text, Severity.ERROR, action=tr("Copy details"), run=copy)


def about_source(source: Source, state: str, retry: Callable[[], None]) -> Notice:
    """Say what is the matter with a source in ``state``, or that it is back."""
    text = source.message
    if state == "failed":
        again = tr("Try again")
        return Notice("source", text, Severity.ERROR, action=again, run=retry)
    if not text:
        text = tr("{0} is back; listening goes on.")
        return Notice("source", text.format(source.info.name), lasting_s=4.0)
    return Notice("source", text, Severity.WARNING if state == "lost" else Severity.INFO)
