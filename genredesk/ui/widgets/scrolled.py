"""A part of a page that scrolls up and down, with the keyboard, too, where it is read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget


def scrolled(widget: QWidget, name: str = "") -> QScrollArea:
    """Return ``widget`` in an area that scrolls up and down.

    Parameters
    ----------
    name
        Of an area that is read: while not all of it is seen, the Tab key stops there and the arrow
        keys scroll. Empty: the Tab key only goes through what is in it.
    """
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setAccessibleName(name)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if name:
        stops = {True: Qt.FocusPolicy.StrongFocus, False: Qt.FocusPolicy.NoFocus}
        area.verticalScrollBar().rangeChanged.connect(
            lambda least, most: area.setFocusPolicy(stops[most > least])
        )
    widget.setObjectName("scrolled")
    area.setWidget(widget)
    return area
