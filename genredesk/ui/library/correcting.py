"""The line under the table: how much is chosen, the genres on the keys 1 to 9, the next doubt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QLineEdit,
    QListView,
    QSizePolicy,
    QWidget,
)

from genredesk.core.genres import genre_key, genre_name, genre_word
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import Sized, filled, smooth, text_width
from genredesk.ui.widgets.controls import Button, IconButton
from genredesk.ui.widgets.layouts import HBox, plain_label
from genredesk.ui.widgets.popover import Popover

KEYS = 9


class KeyChip(QAbstractButton):
    """A genre and the key that sets it."""

    def __init__(self, label: str, key: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self.key = label, key
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        name = genre_word(label)
        self.setAccessibleName(name)
        self.setToolTip(self.tr("Set the genre to {0} (key {1})").format(name, key))

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        name = text_width(theme.font(13), genre_word(self.label))
        key = text_width(theme.font(11), str(self.key))
        return QSize(math.ceil(name + key) + theme.px(38), theme.px(28))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw key, dot and name; quiet while nothing is chosen."""
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        plate = tokens.pressed if self.isDown() else tokens.hover
        filled(
            painter, rect, 8, plate if self.underMouse() and self.isEnabled() else tokens.control
        )
        if not self.isEnabled():
            painter.setOpacity(0.45)
        key, small = str(self.key), theme.font(11)
        painter.setFont(small)
        painter.setPen(QColor(tokens.quiet))
        middle = Qt.AlignmentFlag.AlignVCenter
        left = theme.px(8.0)
        painter.drawText(QRectF(left, 0, theme.px(20), rect.height()), middle, key)
        left += text_width(small, key) + theme.px(7)
        size = theme.px(9)
        dot = QRectF(left, rect.center().y() - size / 2, size, size)
        filled(painter, dot, size / 2, theme.genre_colour(self.label))
        left += size + theme.px(6)
        painter.setFont(theme.font(13))
        painter.setPen(QColor(tokens.text))
        words = QRectF(left, 0, rect.width() - left, rect.height())
        painter.drawText(words, middle, genre_word(self.label))


class KeyRow(Sized, QWidget):
    """As many genres as fit; the others are a letter away."""

    wanted = (200, 30)

    chosen = Signal(str)
    more_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._chips: list[KeyChip] = []
        name = self.tr("Another genre: type its first letters in the table")
        self.more = IconButton("more", name, self, size=16)
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.more.clicked.connect(self.more_asked)

    def set_labels(self, labels: Sequence[str]) -> None:
        """Offer these on the keys 1 to 9."""
        if [c.label for c in self._chips] == list(labels[:KEYS]):
            return
        for chip in self._chips:
            chip.deleteLater()
        self._chips = [KeyChip(label, n + 1, self) for n, label in enumerate(labels[:KEYS])]
        for chip in self._chips:
            chip.clicked.connect(lambda _on=False, c=chip: self.chosen.emit(c.label))
        self._place()

    def set_active(self, active: bool) -> None:
        """Whether there is something to set."""
        for chip in self._chips:
            chip.setEnabled(active)
        self.more.setEnabled(active)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as fit."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        gap, x = 4, 0
        room = self.width() - theme.px(44)
        high = self.height()
        fits = True
        for chip in self._chips:
            size = chip.sizeHint()
            fits = fits and x + size.width() <= room
            chip.setVisible(fits)
            if fits:
                chip.setGeometry(x, (high - size.height()) // 2, size.width(), size.height())
                x += size.width() + gap
        self.more.setGeometry(x, (high - theme.px(28)) // 2, theme.px(38), theme.px(28))


class CorrectBar(QWidget):
    """How much is in view and chosen, the keys, and the walk through those to check."""

    label_chosen = Signal(str)
    picker_asked = Signal()
    walk_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.count = plain_label("", "quiet")
        self.count.setMinimumWidth(theme.px(150))
        self.keys = KeyRow()
        self.walk = Button(self.tr("Next to check"), icon="next")
        self.walk.setToolTip(self.tr("Go to the next track to check (F3; back with Shift+F3)"))
        HBox(
            self.count,
            (self.keys, 1),
            self.walk,
            parent=self,
            gap=GRID,
            margins=(theme.px(14), theme.px(6), theme.px(10), theme.px(8)),
        )
        self.keys.chosen.connect(self.label_chosen)
        self.keys.more_asked.connect(self.picker_asked)
        self.walk.clicked.connect(self.walk_asked)


class GenrePicker(Popover):
    """Type the first letters of a genre; Enter sets it. Several are parted by commas."""

    picked = Signal(list)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, 300)
        self.setAccessibleName(self.tr("Set the genre"))
        self._labels: list[str] = []
        self.head = plain_label("", "quiet")
        self.line = QLineEdit()
        self.line.setAccessibleName(self.tr("Genre"))
        self.line.setPlaceholderText(self.tr("Genre, or several with commas"))
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Genres that fit"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setFixedHeight(theme.px(220))
        self._model = QStringListModel(self)
        self.list.setModel(self._model)
        for widget in (self.head, self.line, self.list):
            self.column.addWidget(widget)
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._take)
        self.list.clicked.connect(lambda _index: self._take())

    def ask(self, anchor: QWidget, n: int, labels: Iterable[str], text: str = "") -> None:
        """Open beside ``anchor`` for ``n`` tracks, with the letters typed so far."""
        self._labels = list(dict.fromkeys(genre_name(label) for label in labels))
        self._raw = {genre_key(label): label for label in labels}
        self.head.setText(tr("Genre of %Ln track(s)", "", n))
        if not self.isVisible():
            self.toggle_at(anchor)
        self.line.setText(text)
        self._narrow(text)
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)
        self.line.setCursorPosition(len(text))
        self.line.deselect()

    def _narrow(self, text: str) -> None:
        last = genre_key(text.rpartition(",")[2])
        begins = [w for w in self._labels if genre_key(w).startswith(last)]
        holds = [w for w in self._labels if last in genre_key(w) and w not in begins]
        self._model.setStringList(begins + holds)
        if begins + holds and last:
            self.list.setCurrentIndex(self._model.index(0))

    def _take(self) -> None:
        typed = [part.strip() for part in self.line.text().split(",")]
        index = self.list.currentIndex()
        if index.isValid():
            typed[-1] = index.data()
        found = [self._raw.get(genre_key(w), w) for w in typed if w]
        self.close_plate()
        if found:
            self.picked.emit(list(dict.fromkeys(found)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk the list while the line has the keyboard."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        n = self._model.rowCount()
        if step and n:
            now = self.list.currentIndex().row()
            self.list.setCurrentIndex(self._model.index(min(n - 1, max(0, now + step))))
        elif not step:
            super().keyPressEvent(event)
