"""A line that narrows a list while one types."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit

from genredesk.ui.look import icons, theme
from genredesk.ui.widgets.base import smooth
from genredesk.ui.widgets.controls import IconButton


class SearchBox(QLineEdit):
    """One line with a lens; Escape and the cross empty it, Down goes to the list.

    Signals
    -------
    left_down()
        The keyboard wants to go to the list.
    """

    left_down = Signal()

    def __init__(self, name: str, erase: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.erase = IconButton("close", erase, self, size=12)
        self.erase.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.erase.setCursor(Qt.CursorShape.ArrowCursor)
        self.erase.hide()
        self.erase.clicked.connect(self.clear)
        self.textChanged.connect(lambda text: self.erase.setVisible(bool(text)))
        self.setTextMargins(theme.px(26), 0, theme.px(26), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The cross stands at the end."""
        super().resizeEvent(event)
        side = theme.px(26)
        self.erase.setGeometry(self.width() - side - 4, 0, side, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a lens before the words."""
        super().paintEvent(event)
        size = theme.px(16)
        box = QRectF(theme.px(12), (self.height() - size) / 2, size, size)
        icons.paint(smooth(self), "search", box, theme.current().quiet)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties, Down leaves."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self.left_down.emit()
        else:
            super().keyPressEvent(event)
