"""The log: every stretch of the session as a row, from when to when, what, how sure, of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from genredesk.core.shares import sureness
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.base import elided, text_width
from genredesk.ui.widgets.elided import OneForm
from genredesk.ui.widgets.spectrogram.scale import clock_of_day, clock_of_song, midnight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genredesk.inference.heard import HeardPart
    from genredesk.inference.stretches import Stretch

Index = QModelIndex | QPersistentModelIndex
STRETCH_ROLE = Qt.ItemDataRole.UserRole
FROM, TO, GENRE, SCORE, SOURCE = range(5)


class LogModel(QAbstractTableModel):
    """The stretches of the parts of a session, part after part, in the order of time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: list[HeardPart] = []
        self._counts: list[int] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else sum(self._counts)

    def columnCount(self, parent: Index | None = None) -> int:
        """From, to, genre, score, source."""
        return 0 if parent is not None and parent.isValid() else SOURCE + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("From"), tr("To"), tr("Genre"), tr("Score"), tr("Source"))[section]
        return _side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def at(self, row: int) -> tuple[HeardPart, Stretch]:
        """Return whose row it is, and its stretch."""
        for part, count in zip(self._parts, self._counts, strict=True):
            if row < count:
                return part, part.answers.stretches[row]
            row -= count
        raise IndexError(row)

    def first_row(self, part: HeardPart) -> int:
        """Return where the stretches of a part begin; 0 of one that is not here."""
        place = self._parts.index(part) if part in self._parts else 0
        return sum(self._counts[:place])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        part, stretch = self.at(index.row())
        if role == STRETCH_ROLE:
            return stretch
        if role == Qt.ItemDataRole.ToolTipRole:
            return part.name
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            lambda: clock_of(part, stretch.start),
            lambda: clock_of(part, stretch.end),
            lambda: strengths.word(stretch.state, stretch.named),
            lambda: sureness(*stretch.shares) if stretch.named else "",
            lambda: part.name,
        )[index.column()]()

    def set_parts(self, parts: Sequence[HeardPart]) -> None:
        """Show other sources."""
        self.beginResetModel()
        self._parts = list(parts)
        self._counts = [len(part.answers.stretches) for part in self._parts]
        self.endResetModel()

    def answered(self, part: HeardPart) -> None:
        """Show more stretches of a part."""
        if part not in self._parts:
            self.set_parts([*self._parts, part])
            return
        place = self._parts.index(part)
        first, before = sum(self._counts[:place]), self._counts[place]
        now = len(part.answers.stretches)
        if now < before or (now and not before):
            self.set_parts(self._parts)
            return
        if now > before:
            self.beginInsertRows(QModelIndex(), first + before, first + now - 1)
            self._counts[place] = now
            self.endInsertRows()
        if before:
            changed = first + before - 1
            self.dataChanged.emit(self.index(changed, FROM), self.index(changed, SCORE))

    def several(self) -> bool:
        """Whether more than one source was heard."""
        return sum(count > 0 for count in self._counts) > 1


def _side(column: int) -> int:
    """Return the alignment of a column: numbers to the right."""
    right = column in (FROM, TO, SCORE)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def clock_of(part: HeardPart, seconds: float) -> str:
    """Write a time of a part: of the day for a device, else of the file."""
    if part.began is None:
        return clock_of_song(seconds)
    return clock_of_day(seconds + midnight(part.began))


class AnswerDelegate(QStyledItemDelegate):
    """Draws the genre of a row as everywhere: its dot, filled as sure as it is, and its word."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._form = OneForm(view)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        stretch = index.data(STRETCH_ROLE)
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.fillRect(rect, QColor(theme.current().pressed))
        size = theme.px(11)
        dot = QRectF(rect.left() + theme.px(8), rect.center().y() - size / 2, size, size)
        strengths.paint_dot(painter, dot, stretch.state, stretch.named)
        font = theme.font(13)
        painter.setFont(font)
        tone = theme.current().text if stretch.named else theme.current().quiet
        painter.setPen(QColor(tone))
        line = rect.adjusted(size + theme.px(15), 0, -2, 0)
        words = str(index.data())
        fits = text_width(font, words) <= line.width()
        if self._form.short(font, line.width(), fits=fits):
            words = elided(font, strengths.short(stretch.state, stretch.named), line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()
