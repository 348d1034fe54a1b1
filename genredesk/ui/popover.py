"""A plate that opens beside the button that asked for it and closes with a click elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from genredesk.ui import theme
from genredesk.ui.widgets.base import filled, smooth


class Popover(QWidget):
    """A small window of the popup kind with rounded corners; fill :attr:`column`."""

    def __init__(self, parent: QWidget, width: int) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFixedWidth(theme.px(width))
        self.column = QVBoxLayout(self)
        margin = 2 * theme.GRID
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme.GRID)

    def open_at(self, anchor: QWidget) -> None:
        """Show it next to ``anchor``, inside the screen."""
        self.adjustSize()
        self.resize(self.width(), max(self.height(), self.sizeHint().height()))
        screen = anchor.screen().availableGeometry()
        corner = anchor.mapToGlobal(QPoint(0, 0))
        x = corner.x() if corner.x() > anchor.window().x() + 200 else corner.x() + anchor.width()
        x = min(max(screen.left(), x), screen.right() - self.width())
        y = corner.y() - self.height() - theme.GRID
        if y < screen.top():
            y = min(corner.y() + anchor.height(), screen.bottom() - self.height())
        self.move(x, max(screen.top(), y))
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plate with a hairline, so that it stands out on a card."""
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        filled(painter, rect, theme.RADIUS, tokens.line)
        filled(painter, rect.adjusted(1, 1, -1, -1), theme.RADIUS - 1, tokens.card)
