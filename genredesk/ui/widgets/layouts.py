"""Layouts that are made with what is in them, and the plain lines of text between."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QLabel, QLayout, QWidget

STRETCH: Final = None
"""Takes the room that is left."""

Item = QWidget | QLayout
Part = Item | tuple[Item, int] | tuple[QWidget, int, Qt.AlignmentFlag] | int | None
"""A widget or layout, if need be with its stretch, a widget also with its side; pixels left free;
or :data:`STRETCH`."""


class _Line(QBoxLayout):
    """Things in one direction.

    Parameters
    ----------
    parts
        What stands in it, in that order, see :data:`Part`.
    parent
        The widget it lays out.
    gap
        Pixels between two; the style's where it is not said.
    margins
        Left, top, right, bottom; ``None``: the style's.
    """

    towards: QBoxLayout.Direction

    def __init__(
        self,
        *parts: Part,
        parent: QWidget | None = None,
        gap: int | None = None,
        margins: tuple[int, int, int, int] | None = (0, 0, 0, 0),
    ) -> None:
        super().__init__(self.towards, parent)
        if margins is not None:
            self.setContentsMargins(*margins)
        if gap is not None:
            self.setSpacing(gap)
        self.add(*parts)

    def add(self, *parts: Part) -> None:
        """Go on with these."""
        for part in parts:
            if part is None:
                self.addStretch(1)
            elif isinstance(part, int):
                self.addSpacing(part)
            else:
                item, stretch, *side = part if isinstance(part, tuple) else (part, 0)
                if isinstance(item, QWidget):
                    self.addWidget(item, stretch, *side)
                else:
                    self.addLayout(item, stretch)


class HBox(_Line):
    """A ``QHBoxLayout``: things side by side."""

    towards = QBoxLayout.Direction.LeftToRight


class VBox(_Line):
    """A ``QVBoxLayout``: things below each other."""

    towards = QBoxLayout.Direction.TopToBottom


def plain_label(text: str = "", tone: str = "") -> QLabel:
    """Return a line of plain text, in a tone of the style sheet."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if tone:
        label.setProperty("tone", tone)
    return label


def paragraph(text: str = "", tone: str = "", *, selectable: bool = False) -> QLabel:
    """Return plain text that is broken into lines; whether it can be marked and copied."""
    label = plain_label(text, tone)
    label.setWordWrap(True)
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
