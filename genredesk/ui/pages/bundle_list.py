"""The pieces of the Models page: a bundle in the list, facts in two columns, a scrolled part."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from genredesk.ui import theme
from genredesk.ui.pages.elided import Elided
from genredesk.ui.widgets.base import filled, focus_ring, smooth
from genredesk.ui.widgets.card import Chip


class BundleRow(QFrame):
    """One bundle in the list: its title and the line that matters; a broken one has its reason."""

    chosen = Signal(str)

    def __init__(self, key: str, title: str, line: str, *, broken: bool = False) -> None:
        super().__init__()
        self.key = key
        self._selected = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)
        self.title = Elided()
        self.title.setFont(theme.font(14, bold=True))
        self.title.set_text(title)
        self.line = Elided("error" if broken else "quiet")
        self.line.set_text(line)
        self.chip = Chip()
        self.chip.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID + 2, theme.GRID + 4, theme.GRID + 2)
        row.addLayout(words, 1)
        row.addWidget(self.chip)

    def set_active(self, active: bool) -> None:
        """Mark the one that names what is heard."""
        self.chip.set_state(self.tr("Active"), "good" if active else "")
        self.chip.setVisible(active)

    def set_selected(self, selected: bool) -> None:
        """Mark the one whose card is shown."""
        self._selected = selected
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Return choose it."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plate."""
        painter = smooth(self)
        tokens = theme.current()
        rect = self.rect().toRectF()
        if self._selected or self.underMouse():
            tone = tokens.control if self._selected else tokens.hover
            filled(painter, rect, theme.CONTROL_RADIUS, tone)
        if self.hasFocus():
            focus_ring(painter, rect, theme.CONTROL_RADIUS)

    def enterEvent(self, event) -> None:
        """Show the hover tone."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event) -> None:
        """Back to the resting tone."""
        super().leaveEvent(event)
        self.update()


class Facts(QWidget):
    """Headings and texts in two columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.GRID)
        self._grid.setVerticalSpacing(theme.GRID + 2)
        self._grid.setColumnStretch(1, 1)

    def set_rows(self, rows: list[tuple[str, str]]) -> None:
        """Show these facts instead of the last ones."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for i, (heading, text) in enumerate(rows):
            name = QLabel(heading)
            name.setProperty("tone", "quiet")
            what = QLabel(text)
            what.setTextFormat(Qt.TextFormat.PlainText)
            what.setWordWrap(True)
            what.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, i, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(what, i, 1)


def scrolled(widget: QWidget, name: str) -> QScrollArea:
    """Put ``widget`` into an area that scrolls up and down."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setAccessibleName(name)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    widget.setObjectName("scrolled")
    area.setWidget(widget)
    return area
