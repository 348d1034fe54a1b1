"""A part of a page that scrolls up and down, with the keyboard, too, where it is read."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget


class WholeArea(QScrollArea):
    """An area that asks for room for all that is in it; Qt's own asks for no more than a part."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Its words are broken into lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as what is in it."""
        frame = 2 * self.frameWidth()
        height = self._inside.heightForWidth(width - frame)
        return (height if height >= 0 else self._inside.sizeHint().height()) + frame

    def sizeHint(self) -> QSize:
        """As large as what is in it."""
        width = self._inside.sizeHint().width()
        return QSize(width, self.heightForWidth(width))


def scrolled(widget: QWidget, name: str = "", *, whole: bool = False) -> QScrollArea:
    """Return ``widget`` in an area that scrolls up and down.

    Parameters
    ----------
    name
        Of an area that is read: while not all of it is seen, the Tab key stops there and the arrow
        keys scroll. Empty: the Tab key only goes through what is in it.
    whole
        Ask for room for all of it, and scroll only where there is less.
    """
    area = WholeArea(widget) if whole else QScrollArea()
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
