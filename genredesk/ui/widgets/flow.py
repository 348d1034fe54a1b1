"""A row of buttons that goes on in the next line where there is no room for all of them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget, QWidgetItem

from genredesk.ui.look.tokens import GRID


class Flow(QLayout):
    """Lays widgets beside each other, line after line, each as wide as its words need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(GRID)
        self._items: list[QLayoutItem] = []

    def addWidget(self, widget: QWidget) -> None:
        """Take a widget; its item is made here: one that Qt makes may come in a stale wrapper."""
        self.addChildWidget(widget)
        self.addItem(QWidgetItem(widget))

    def addItem(self, item: QLayoutItem) -> None:
        """Take one more; ``addWidget`` calls it."""
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Want no more room than there is."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Say that it is the higher the narrower it is."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        sides = self.contentsMargins()
        inside = width - sides.left() - sides.right()
        return self._place(QRect(0, 0, inside, 0), move=False) + sides.top() + sides.bottom()

    def sizeHint(self) -> QSize:
        """Return the size of one line with everything."""
        hints = [item.sizeHint() for item in self._shown()]
        wide = sum(hint.width() for hint in hints) + self.spacing() * max(0, len(hints) - 1)
        high = max((hint.height() for hint in hints), default=0)
        return QSize(wide, high).grownBy(self.contentsMargins())

    def minimumSize(self) -> QSize:
        """Return the size of the widest widget."""
        size = QSize(0, 0)
        for item in self._shown():
            size = size.expandedTo(item.sizeHint())
        return size.grownBy(self.contentsMargins())

    def setGeometry(self, rect: QRect) -> None:
        """Put everything into its place."""
        super().setGeometry(rect)
        self._place(rect.marginsRemoved(self.contentsMargins()), move=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Go through the lines within ``rect``; return how high they are together."""
        owner = self.parentWidget()
        turned = owner.layoutDirection() if owner else Qt.LayoutDirection.LeftToRight
        y, high = 0, 0
        for line in self._lines(rect.width()):
            y += high + self.spacing() if high else 0
            x, high = 0, max(item.sizeHint().height() for item in line)
            for item in line:
                size = item.sizeHint()
                if move:
                    at = QPoint(x, y + (high - size.height()) // 2)
                    place = QRect(rect.topLeft() + at, size)
                    item.setGeometry(QStyle.visualRect(turned, rect, place))
                x += size.width() + self.spacing()
        return y + high

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """Share the items out over lines of ``width``."""
        lines: list[list[QLayoutItem]] = []
        x = 0
        for item in self._shown():
            wide = item.sizeHint().width()
            if not lines or x + wide > width:
                lines.append([])
                x = 0
            lines[-1].append(item)
            x += wide + self.spacing()
        return lines
