"""The keyboard map, laid over the window by ``?``."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import StaysInPlace, Themed, filled, smooth
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Button, IconButton
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox
from genredesk.ui.widgets.scrolled import scrolled

Group = tuple[str, Sequence[tuple[str, str]]]
"""A heading and its ``(keys, what they do)``."""

_COLUMNS = 3
"""More of them would leave no room for what the keys do; a narrow window has fewer."""


class KeyCap(QLabel):
    """A key as it looks on a keyboard."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFont(theme.font(13, bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setContentsMargins(theme.px(8), 0, theme.px(8), 0)

    def sizeHint(self) -> QSize:
        """As wide as what is written on it."""
        return super().sizeHint().expandedTo(QSize(theme.px(30), theme.px(26)))

    def minimumSizeHint(self) -> QSize:
        """A key that is cut off helps nobody."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        filled(painter, rect, 6, tokens.pressed)
        filled(painter, rect.adjusted(0, 0, 0, -2), 6, tokens.control)
        painter.end()
        super().paintEvent(event)


_DEED = 140
"""Least room for what a key does, in logical pixels; it takes as many lines as it needs."""


class HelpOverlay(StaysInPlace, Themed):
    """Every key and what it does; Escape, ``?`` or a click beside it closes it."""

    closed = Signal()

    def __init__(self, parent: QWidget, groups: Sequence[Group] = ()) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Keyboard map"))
        self._card = Card("", self)
        self._card.setAccessibleName(self.tr("Keyboard map"))
        head = QLabel(self.tr("Keyboard"), self._card)
        head.setProperty("tone", "title")
        self._close = IconButton("close", self.tr("Close"), self._card, size=16)
        self._close.clicked.connect(self.close_map)
        self.manual = Button(self.tr("Manual"), "flat", icon="help", parent=self._card)
        self.manual.clicked.connect(self.close_map)
        self._card.body.addLayout(HBox(head, STRETCH, self.manual, self._close))
        self._inside = QWidget()
        self._columns = HBox(parent=self._inside, gap=4 * GRID, margins=(0, 0, 2 * GRID, 0))
        self._area = scrolled(self._inside, self.tr("Keys"))
        self._card.body.addWidget(self._area, 1)
        self._over = parent
        self._groups: list[Group] = []
        parent.installEventFilter(self)
        self.set_groups(groups)
        self.hide()

    def set_groups(self, groups: Sequence[Group]) -> None:
        """Replace the map."""
        self._groups = list(groups)
        self._lay_out(_COLUMNS)
        said = [f"{key}: {what}" for _title, keys in groups for key, what in keys]
        self.setAccessibleDescription("; ".join(said))

    def _lay_out(self, most: int) -> None:
        while self._columns.count():
            item = self._columns.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for stacked in _columns(self._groups, most):
            column = QWidget(self._card)
            stack = VBox(parent=column, margins=(0, GRID, 0, 0))
            for n, (title, keys) in enumerate(stacked):
                if n:
                    stack.addSpacing(2 * GRID)
                heading = QLabel(title, column)
                heading.setProperty("tone", "heading")
                stack.add(heading, GRID // 2, _rows(keys, column))
            stack.addStretch(1)
            self._columns.addWidget(column)

    def open_map(self) -> None:
        """Lay the map over the parent."""
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_map(self) -> None:
        """Take it away."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def toggle(self) -> None:
        """Open or close."""
        if self.isVisible():
            self.close_map()
        else:
            self.open_map()

    def place(self) -> None:
        """Cover the parent, the card in its middle."""
        self.setGeometry(self._over.rect())
        head = self._card.sizeHint() - self._area.sizeHint()
        for most in range(_COLUMNS, 0, -1):
            self._lay_out(most)
            wide = self._inside.minimumSizeHint().width() + head.width() + 2 * GRID
            if wide <= self.width():
                break
        size = (self._inside.sizeHint() + head + QSize(2 * GRID, GRID)).boundedTo(self.size())
        self._card.resize(size)
        self._card.move((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape and ``?`` close."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Question):
            self.close_map()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card closes."""
        if not self._card.geometry().contains(event.position().toPoint()):
            self.close_map()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim what is below."""
        painter = smooth(self)
        painter.fillRect(self.rect(), theme.colour(theme.current().ground, 0.78))


def _columns(groups: Sequence[Group], most: int) -> list[list[Group]]:
    """Put groups under each other, in so many columns at most, as low as that can be."""
    heights = [len(keys) + 1 for _title, keys in groups]
    room = max([*heights, -(-sum(heights) // most)])
    while len(found := _stacked(groups, heights, room)) > most:
        room += 1
    return found


def _stacked(groups: Sequence[Group], heights: Sequence[int], room: int) -> list[list[Group]]:
    found: list[list[Group]] = []
    used = room
    for group, height in zip(groups, heights, strict=True):
        if used + height > room:
            found.append([])
            used = 0
        found[-1].append(group)
        used += height
    return found


def _rows(keys: Sequence[tuple[str, str]], parent: QWidget) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID + 4)
    grid.setVerticalSpacing(GRID // 2)
    for i, (key, what) in enumerate(keys):
        side = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop
        grid.addWidget(KeyCap(key, parent), i, 0, side)
        deed = QLabel(what.replace(" …", "\u00a0…"), parent)
        deed.setTextFormat(Qt.TextFormat.PlainText)
        deed.setWordWrap(True)
        deed.setMinimumWidth(theme.px(_DEED))
        grid.addWidget(deed, i, 1)
    grid.setColumnStretch(1, 1)
    return grid
