"""A plate that opens over the window beside the control that asked for it.

It lives inside the window, so it needs no help from the window manager; a click beside it or
Escape closes it.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QWidget

from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID, RADIUS
from genredesk.ui.widgets.base import StaysInPlace, Themed, filled, smooth
from genredesk.ui.widgets.layouts import VBox

_MOST_STOPS = 500
"""No window has more controls than this to step over."""


class Popover(StaysInPlace, Themed):
    """Covers the window invisibly and shows a plate; fill :attr:`column`.

    Parameters
    ----------
    parent
        The window.
    width
        Of the plate, in logical pixels at the usual type size.
    """

    def __init__(self, parent: QWidget, width: int) -> None:
        super().__init__(parent)
        self._over = parent
        self._anchor: QWidget | None = None
        self._before: QWidget | None = None
        self.plate = _Plate(self)
        self.plate.setFixedWidth(theme.px(width))
        self.column = VBox(parent=self.plate)
        margin = 2 * GRID
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(GRID)
        parent.installEventFilter(self)
        self.hide()

    def toggle_at(self, anchor: QWidget) -> None:
        """Show the plate next to ``anchor``, or close it."""
        if self.isVisible():
            self.close_plate()
            return
        self._anchor = anchor
        self._open()

    def open_in_middle(self) -> None:
        """Show the plate in the middle of the window; nobody asked for it beside a control."""
        self._anchor = None
        self._open()

    def _open(self) -> None:
        self._before = self._over.focusWidget()
        self.show()
        self.raise_()
        self.place()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self.focusNextPrevChild(True)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go round within the plate: what it lies over is not to be used meanwhile."""
        first = self._over.focusWidget()
        for _ in range(_MOST_STOPS):
            if not super().focusNextPrevChild(forward):
                return False
            here = self._over.focusWidget()
            if here is first or (here is not None and self.plate.isAncestorOf(here)):
                return True
        return False

    def close_plate(self) -> None:
        """Take it away; the focus goes back to where it was."""
        if self.isVisible():
            self.hide()
            before, self._before = self._before, None
            there = self._over.findChildren(QWidget)  # it may have been deleted meanwhile
            back = before is not None and before in there and before.isVisible()
            (before if before is not None and back else self._over).setFocus()

    def place(self) -> None:
        """Stand beside what it was asked for from, inside the window."""
        self.setGeometry(self._over.rect())
        room = GRID
        size = self.plate.sizeHint()
        layout = self.plate.layout()
        width = self.plate.width()
        if layout is not None and layout.hasHeightForWidth():
            size.setHeight(layout.heightForWidth(width))
        height = min(size.height(), self.height() - 2 * room)
        anchor = self._anchor
        if anchor is None:
            x, y = (self.width() - width) // 2, (self.height() - height) // 2
            self.plate.setGeometry(x, y, width, height)
            return
        corner = anchor.mapTo(self._over, QPoint(0, 0))
        middle = corner + anchor.rect().center()
        if middle.x() < self.width() / 2:
            x = corner.x() + anchor.width() + room
        else:
            x = corner.x() + anchor.width() - width
        if middle.y() > self.height() / 2:
            y = corner.y() - height - room if middle.x() > self.width() / 2 else middle.y() - height
        else:
            y = corner.y() + anchor.height() + room
        x = min(max(room, x), self.width() - width - room)
        y = min(max(room, y), self.height() - height - room)
        self.plate.setGeometry(x, y, width, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the plate closes it."""
        if not self.plate.geometry().contains(event.position().toPoint()):
            self.close_plate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it; other keys go on to the window."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_plate()
        else:
            super().keyPressEvent(event)


class _Plate(Themed):
    """The visible part: a rounded plate with a hairline, so that it stands out on a card."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill the plate in the hairline's tone, then all but a pixel of it in the card's."""
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        filled(painter, rect, RADIUS, tokens.pressed)
        filled(painter, rect.adjusted(1, 1, -1, -1), RADIUS - 1, tokens.card)
