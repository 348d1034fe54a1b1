"""The table of classes: which are taken, how many songs, how long, how their lengths spread."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from genredesk.core.genres import genre_word
from genredesk.ui.look import icons, theme
from genredesk.ui.look.text import decimal, thousands, tr
from genredesk.ui.widgets.base import clock, elided, filled

Index = QModelIndex | QPersistentModelIndex
NAME, SONGS, HOURS, LENGTHS, PROBLEMS = range(5)
BINS = 18
ROW_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class.

    Parameters
    ----------
    label
        Its name; empty for files in no genre folder.
    songs, hours, problems
        Usable songs, their length, files with a problem.
    durations
        Lengths of the usable songs in seconds.
    included
        Whether it is trained on.
    """

    label: str
    songs: int
    hours: float
    problems: int
    durations: tuple[float, ...]
    included: bool = True


def histogram(durations: Sequence[float], longest: float, bins: int = BINS) -> list[float]:
    """Return the shares (0..1 of the fullest) of songs in equal bins of length."""
    if not durations or longest <= 0:
        return [0.0] * bins
    counts, _ = np.histogram(np.minimum(durations, longest), bins=bins, range=(0, longest))
    return (counts / max(1, counts.max())).tolist()


class ClassModel(QAbstractTableModel):
    """The classes as a table.

    Signals
    -------
    renamed(str, str)
        The person gave a class another name: old, new.
    included(str, bool)
        The person took a class in or left it out.
    """

    renamed = Signal(str, str)
    included = Signal(str, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ClassRow] = []
        self.longest = 0.0

    def set_rows(self, rows: Sequence[ClassRow]) -> None:
        """Show these classes; the selection stays where the labels stay."""
        rows = list(rows)
        if [r.label for r in rows] != [r.label for r in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self._measure()
            self.endResetModel()
            return
        changed = [i for i, (a, b) in enumerate(zip(rows, self._rows, strict=True)) if a != b]
        self._rows = rows
        self._measure()
        if changed:
            last = self.columnCount() - 1
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))

    def _measure(self) -> None:
        lengths = [d for row in self._rows for d in row.durations]
        self.longest = float(np.quantile(lengths, 0.98)) * 1.05 if lengths else 0.0

    def row(self, index: int) -> ClassRow:
        """Return the class in a row."""
        return self._rows[index]

    def place(self, label: str) -> int:
        """Return the row of a class, -1 when it is not there."""
        return next((i for i, row in enumerate(self._rows) if row.label == label), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Name, songs, hours, lengths, problems."""
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        words = (
            self.tr("Genre"),
            self.tr("Songs"),
            self.tr("Music"),
            self.tr("Lengths"),
            self.tr("Problems"),
        )
        if role == Qt.ItemDataRole.DisplayRole:
            return words[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows, says and sorts by."""
        row, column = self._rows[index.row()], index.column()
        roles = Qt.ItemDataRole
        if role == ROW_ROLE:
            return row
        if role == roles.DisplayRole:
            return self._text(row, column)
        if role == roles.TextAlignmentRole:
            return _side(column)
        if role == roles.ToolTipRole or (role == roles.AccessibleTextRole and column == LENGTHS):
            return self._tip(row, column)
        if column == NAME and row.label:
            state = Qt.CheckState.Checked if row.included else Qt.CheckState.Unchecked
            return {roles.EditRole: row.label, roles.CheckStateRole: state}.get(roles(role))
        return None

    def _text(self, row: ClassRow, column: int) -> str:
        if column == NAME:
            return genre_word(row.label) if row.label else self.tr("In no genre folder")
        if column == SONGS:
            return thousands(row.songs)
        if column == HOURS:
            if row.hours >= 1:
                return self.tr("{0} h").format(decimal(row.hours))
            return self.tr("{0} min").format(round(row.hours * 60)) if row.hours else ""
        if column == PROBLEMS:
            return str(row.problems) if row.problems else ""
        return ""

    def _tip(self, row: ClassRow, column: int) -> str:
        if column == LENGTHS and row.durations:
            lengths = row.durations
            return tr(
                "%Ln song(s) between {0} and {1} long, half of them under {2}", "", len(lengths)
            ).format(
                clock(min(lengths)),
                clock(max(lengths)),
                clock(float(np.median(lengths))),
            )
        if column == PROBLEMS and row.problems:
            return tr("%Ln file(s) of this genre have a problem; see the list", "", row.problems)
        if column in (SONGS, HOURS):
            return tr("%Ln usable song(s), {0} hours of music in all", "", row.songs).format(
                decimal(row.hours, 2)
            )
        return self.tr("Double-click or F2 to rename; Space includes or excludes it")

    def setData(self, index: Index, value: Any, role: int = 0) -> bool:
        """Pass a person's wish on; the numbers change when the music does."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            on = Qt.CheckState(value) == Qt.CheckState.Checked
            self._rows[index.row()] = dataclasses.replace(row, included=on)
            last = self.columnCount() - 1
            self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), last))
            self.included.emit(row.label, on)
            return True
        if role == Qt.ItemDataRole.EditRole and str(value).strip():
            self.renamed.emit(row.label, str(value).strip())
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names can be edited and checked."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == NAME and self._rows[index.row()].label:
            flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
        return flags


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft
    if column in (SONGS, HOURS, PROBLEMS):
        side = Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class ClassDelegate(QStyledItemDelegate):
    """Draws a row of the table: check box, colour, name, numbers, the little bars of lengths."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(theme.px(60), theme.px(36))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ClassRow = index.data(ROW_ROLE)
        tokens = theme.current()
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tokens.pressed))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tokens.control))
        dim = not row.included or not row.label
        ink = QColor(tokens.quiet if dim else tokens.text)
        column = index.column()
        if column == NAME:
            self._name(painter, rect, row, ink)
        elif column == LENGTHS:
            self._bars(painter, rect, row, index)
        else:
            if column == PROBLEMS and row.problems:
                ink = QColor(tokens.warning)
            painter.setPen(ink)
            painter.setFont(theme.font(13))
            box = rect.adjusted(6, 0, -theme.px(12), 0)
            painter.drawText(box, _side(column), index.data())
        painter.restore()

    def _name(self, painter: QPainter, rect: QRectF, row: ClassRow, ink: QColor) -> None:
        tokens = theme.current()
        if row.label:
            box = _check_box(rect)
            tone = tokens.accent if row.included else tokens.quiet
            if row.included:
                filled(painter, box, 4, tone)
                icons.paint(painter, "check", box.adjusted(2, 2, -2, -2), tokens.on_accent)
            else:
                painter.setPen(QColor(tone))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        size = theme.px(10)
        left = rect.left() + theme.px(40)
        dot = QRectF(left, rect.center().y() - size / 2, size, size)
        colour = theme.genre_colour(row.label if row.label and row.included else None)
        filled(painter, dot, size / 2, colour)
        font = theme.font(13, bold=row.included and bool(row.label))
        painter.setFont(font)
        painter.setPen(ink)
        words = rect.adjusted(theme.px(60), 0, -4, 0)
        name = genre_word(row.label) if row.label else self.tr("In no genre folder")
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided(font, name, words.width()))

    def _bars(self, painter: QPainter, rect: QRectF, row: ClassRow, index: Index) -> None:
        model = index.model()
        longest = model.longest if isinstance(model, ClassModel) else 0.0
        shares = histogram(row.durations, longest)
        tokens = theme.current()
        box = rect.adjusted(theme.px(8), theme.px(7), -theme.px(8), -theme.px(7))
        wide = box.width() / len(shares)
        painter.fillRect(QRectF(box.left(), box.bottom(), box.width(), 1), QColor(tokens.line))
        colour = theme.genre_colour(row.label if row.included else None)
        for i, share in enumerate(shares):
            if share:
                high = max(2.0, share * box.height())
                bar = QRectF(box.left() + i * wide, box.bottom() - high, max(1.0, wide - 1), high)
                painter.fillRect(bar, colour)

    def updateEditorGeometry(self, editor, option, _index: Index) -> None:
        """Put the name's editor beside the check box, not over it."""
        editor.setGeometry(option.rect.adjusted(theme.px(50), 0, 0, 0))

    def editorEvent(self, event, model, option, index) -> bool:
        """A click on the check box, or Space, takes the class in or leaves it out."""
        if index.column() == NAME and event.type() == QEvent.Type.MouseButtonRelease:
            if _check_box(QRectF(option.rect)).adjusted(-6, -6, 6, 6).contains(event.position()):
                return self._toggle(model, index)
        elif event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Space:
            return self._toggle(model, index.siblingAtColumn(NAME))
        return False

    def _toggle(self, model, index: QModelIndex) -> bool:
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is None:
            return False
        on = Qt.CheckState(state) != Qt.CheckState.Checked
        new = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        return model.setData(index, new, Qt.ItemDataRole.CheckStateRole)


def _check_box(rect: QRectF) -> QRectF:
    size = theme.px(18)
    return QRectF(rect.left() + theme.px(10), rect.center().y() - size / 2, size, size)
