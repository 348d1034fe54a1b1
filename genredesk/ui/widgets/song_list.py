"""A list of songs that can be played in place: name, length, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from genredesk.core.genres import genre_word
from genredesk.ui.look import icons, theme
from genredesk.ui.widgets.base import elided, filled, text_width

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class SongRow:
    """One song.

    Parameters
    ----------
    key
        What it is known by: its path.
    name, detail
        First and second line.
    note
        A few words at the right (its length, its score).
    tone
        Tone of the second line: ``quiet``, ``warning``, ``error``.
    label
        The genre its dot is coloured by; empty: no dot.
    dim
        Whether it is left out.
    """

    key: str
    name: str
    detail: str = ""
    note: str = ""
    tone: str = "quiet"
    label: str = ""
    dim: bool = False


class SongModel(QAbstractListModel):
    """Songs as a list."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keys: list[str] = []
        self._make: Callable[[int], SongRow] = lambda _place: SongRow("", "")
        self.playing = ""
        self.marked = True

    def set_rows(self, rows: Sequence[SongRow]) -> None:
        """Show these songs; while they are the same ones, selection and place stay."""
        rows = list(rows)
        self.set_source([row.key for row in rows], rows.__getitem__)

    def set_source(self, keys: Sequence[str], make: Callable[[int], SongRow]) -> None:
        """Show the songs ``keys``, as :meth:`set_rows`; ``make`` gives a row when it is drawn."""
        keys = list(keys)
        if keys == self._keys:
            self._make = make
            if keys:
                self.dataChanged.emit(self.index(0), self.index(len(keys) - 1))
            return
        self.beginResetModel()
        self._keys, self._make = keys, make
        self.endResetModel()

    def set_playing(self, key: str) -> None:
        """Show which one sounds."""
        if key != self.playing:
            self.playing = key
            if self._keys:
                self.dataChanged.emit(self.index(0), self.index(len(self._keys) - 1))

    def row(self, index: int) -> SongRow:
        """Return the song in a row."""
        return self._make(index)

    def key(self, index: int) -> str:
        """Return what the song in a row is known by."""
        return self._keys[index]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._keys)

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a row shows and says."""
        row = self._make(index.row())
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (row.key, row.detail) if part)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (row.name, genre_word(row.label) if row.label else "", row.detail)
            return ", ".join(part for part in (*parts, row.note) if part)
        return None


class SongDelegate(QStyledItemDelegate):
    """Draws a song: a play mark, its name over its detail, a note at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(theme.px(160), theme.px(44))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: SongRow = index.data(ROW_ROLE)
        tokens = theme.current()
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            filled(painter, rect, 6, tokens.pressed if chosen else tokens.control)
        model = index.model()
        playing = isinstance(model, SongModel) and model.playing == row.key
        tone = tokens.accent if playing else tokens.text if over or chosen else tokens.quiet
        marked = not isinstance(model, SongModel) or model.marked
        if marked:
            icons.paint(painter, "stop" if playing else "play", play_box(rect), tone)
        right = rect.right() - theme.px(10)
        if row.note:
            font = theme.font(13)
            width = text_width(font, row.note)
            painter.setFont(font)
            painter.setPen(QColor(tokens.quiet))
            box = QRectF(right - width, rect.top(), width + 2, rect.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, row.note)
            right -= width + theme.px(12)
        if row.label:
            size = theme.px(9)
            dot = QRectF(right - size, rect.center().y() - size / 2, size, size)
            filled(painter, dot, size / 2, theme.genre_colour(row.label))
            right -= size + theme.px(8)
        left = rect.left() + theme.px(36 if marked else 12)
        high = rect.height() / 2 if row.detail else rect.height()
        shift = theme.px(3) if row.detail else 0
        font = theme.font(13, bold=playing)
        painter.setFont(font)
        painter.setPen(QColor(tokens.quiet if row.dim else tokens.text))
        line = QRectF(left, rect.top() + shift, max(0.0, right - left), high)
        side = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, side, elided(font, row.name, line.width()))
        if row.detail:
            font = theme.font(11)
            tones = {"warning": tokens.warning, "error": tokens.error}
            painter.setFont(font)
            painter.setPen(QColor(tones.get(row.tone, tokens.quiet)))
            line = QRectF(left, rect.top() + high - shift, max(0.0, right - left), high)
            painter.drawText(line, side, elided(font, row.detail, line.width()))
        painter.restore()


def play_box(rect: QRectF) -> QRectF:
    """Return where the play mark of a row is."""
    size = theme.px(16)
    return QRectF(rect.left() + theme.px(10), rect.center().y() - size / 2, size, size)


class SongList(QListView):
    """Songs; a click on the mark, Return or Space plays.

    Signals
    -------
    play(str)
        Play this one, or stop it.
    chosen(str)
        Another one is current; empty for none.
    """

    play = Signal(object)  # as "str" Qt would lose names that are no Unicode
    chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.songs = SongModel(self)
        self.setModel(self.songs)
        self.setItemDelegate(SongDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(lambda index: self.play.emit(self.songs.key(index.row())))
        self.selectionModel().currentChanged.connect(lambda _new, _old: self._tell())
        self.songs.modelReset.connect(self._tell)

    def _tell(self) -> None:
        self.chosen.emit(self.current())

    def current(self) -> str:
        """Return the current song, empty for none."""
        index = self.currentIndex()
        return self.songs.key(index.row()) if index.isValid() else ""

    def selected(self) -> list[str]:
        """Return the selected songs."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self.songs.key(row) for row in rows]

    def mouseReleaseEvent(self, event) -> None:
        """Play when the mark was clicked."""
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        index = self.indexAt(place)
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            box = play_box(QRectF(self.visualRect(index))).adjusted(-8, -10, 8, 10)
            if self.songs.marked and box.contains(event.position()):
                self.play.emit(self.songs.key(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return and Space play."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.current():
            self.play.emit(self.current())
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.scheduleDelayedItemsLayout()
