"""What the pages of the Train place have in common."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from genredesk.core.genres import genre_word
from genredesk.training.data.songs import words_in
from genredesk.ui.look.text import decimal, tr
from genredesk.ui.training.session import TrainingSession


class WizardPage(QWidget):
    """One page: it may say whether the next one can be gone to, and if not, why.

    Signals
    -------
    next_changed()
        :meth:`next_text`, :meth:`hint` or :meth:`can_next` answer something else.
    advanced()
        The page itself wants to go on.
    """

    next_changed = Signal()
    advanced = Signal()

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session

    def next_text(self) -> str:
        """Return the words on the button that goes on; empty for none."""
        return ""

    def can_next(self) -> bool:
        """Return whether the button can be used."""
        return True

    def follow(self, step: int) -> int:
        """Do what the button says on page ``step``, and return the page to show next."""
        return step + 1

    def hint(self) -> tuple[str, str]:
        """Return a sentence beside the button and its tone."""
        return "", "quiet"

    def entered(self) -> None:
        """The page is looked at now."""


def set_tone(label: QLabel, tone: str) -> None:
    """Give a text another tone of the style sheet."""
    if label.property("tone") != tone:
        label.setProperty("tone", tone)
        label.style().unpolish(label)
        label.style().polish(label)


def duration(seconds: float) -> str:
    """Write how long something takes, roughly: ``20 s``, ``4 min``, ``1.5 h``."""
    if seconds < 90:
        step = 1 if seconds < 10 else 5
        return tr("{0} s").format(max(1, step * round(seconds / step)))
    if seconds < 90 * 60:
        return tr("{0} min").format(round(seconds / 60))
    return tr("{0} h").format(decimal(seconds / 3600))


def size(count: float) -> str:
    """Write a number of bytes: ``27 MB``."""
    if count < 1e9:
        return tr("{0} MB").format(max(1, round(count / 1e6)))
    return tr("{0} GB").format(decimal(count / 1e9))


def songs(n: int) -> str:
    """Write a number of songs."""
    return tr("%Ln song(s)", "", n)


def hours(seconds: float) -> str:
    """Write how much music it is."""
    if seconds < 3600:
        minutes = seconds / 60
        return tr("{0} min of music").format(math.ceil(minutes) if minutes < 1 else round(minutes))
    return tr("{0} h of music").format(decimal(seconds / 3600))


def genre(label: str) -> str:
    """Write a class as it is shown, or the words of a song that has several."""
    return ", ".join(map(genre_word, words_in(label))) or tr("in no genre folder")
