"""A plan as a table: ticked, file, before, after, and its score, and what is to check or conflicts.

The steps are the plan's own; a tick is a bit beside them. What is shown is exactly what runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
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

from genredesk.core.names import LONGEST_LINE, shown
from genredesk.core.shares import sureness
from genredesk.ui.library.tracks.columns import tr
from genredesk.ui.look import icons, theme
from genredesk.ui.widgets.base import filled

if TYPE_CHECKING:
    from genredesk.library.organize.plan import Plan, Step

Index = QModelIndex | QPersistentModelIndex

TICK, FILE, BEFORE, AFTER, SCORE, NOTE = range(6)
STEP_ROLE = Qt.ItemDataRole.UserRole + 1
_GAP, _SEP = "…", os.sep
SORTS = ("all", "ready", "doubt", "conflict")


class PlanModel(QAbstractTableModel):
    """The steps of a plan.

    Signals
    -------
    ticks_changed()
        Something was ticked or not.
    """

    ticks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.plan: Plan | None = None
        self._ticked = np.zeros(0, bool)
        self._sort_of = np.zeros(0, np.uint8)
        self._shown: NDArray[np.int64] = np.zeros(0, np.int64)
        self._sort = "all"
        self._by, self._down = -1, False
        self._common = ""

    @property
    def common(self) -> str:
        """The folder in which all files lie now, with its separator; empty when there is none."""
        return self._common

    def set_plan(self, plan: Plan | None) -> None:
        """Show a plan with the ticks it begins with."""
        self.beginResetModel()
        self.plan = plan
        steps = plan.steps if plan is not None else ()
        n = len(steps)
        self._ticked = np.fromiter((s.ticked for s in steps), bool, n)
        kinds = (3 if s.conflict else 2 if s.doubt else 1 for s in steps)
        self._sort_of = np.fromiter(kinds, np.uint8, n)
        self._common = _common_folder(steps)
        self._by, self._down = -1, False
        self._filter()
        self.endResetModel()
        self.ticks_changed.emit()

    def show_sort(self, sort: str) -> None:
        """Show ``all`` rows, or those that are ``ready``, in ``doubt`` or in ``conflict``."""
        self.beginResetModel()
        self._sort = sort
        self._filter()
        self.endResetModel()

    @property
    def shown_sort(self) -> str:
        """Which rows are shown."""
        return self._sort

    def _filter(self) -> None:
        wanted = SORTS.index(self._sort)
        chosen = self._sort_of > 0 if not wanted else self._sort_of == wanted
        self._shown = np.flatnonzero(chosen)
        steps = self.plan.steps if self.plan is not None else ()
        if self._by >= 0 and steps:
            places = self._shown.tolist()
            places.sort(key=lambda place: self._key(steps[place], place), reverse=self._down)
            self._shown = np.array(places, np.int64)

    def _key(self, step: Step, place: int) -> float | str:
        """Return by what a step is sorted: its score or its tick, else the words of the cell."""
        if self._by == SCORE:
            return step.score
        return float(self._ticked[place]) if self._by == TICK else self._words(step, self._by)

    @property
    def sorted_by(self) -> tuple[int, bool]:
        """The column the rows are sorted by (-1: as planned), and whether descending."""
        return self._by, self._down

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the rows by a column; -1: as they were planned."""
        self.beginResetModel()
        self._by, self._down = column, order is Qt.SortOrder.DescendingOrder
        self._filter()
        self.endResetModel()

    def ticked(self) -> list[int]:
        """Return the places of the ticked steps in the plan."""
        return np.flatnonzero(self._ticked).tolist()

    def n_ticked(self) -> int:
        """Return how many are ticked."""
        return int(self._ticked.sum())

    def tick_all(self, on: bool) -> None:
        """Tick every row that is shown and can run, or none of them."""
        places = self._shown[self._sort_of[self._shown] != 3]
        self._ticked[places] = on
        if len(self._shown):
            self.dataChanged.emit(self.index(0, TICK), self.index(len(self._shown) - 1, NOTE))
        self.ticks_changed.emit()

    def step(self, row: int) -> Step:
        """Return the step in a table row."""
        assert self.plan is not None  # noqa: S101 - there are rows only with a plan
        return self.plan.steps[int(self._shown[row])]

    def is_ticked(self, row: int) -> bool:
        """Whether the step in a table row will run."""
        return bool(self._ticked[self._shown[row]])

    # ------------------------------------------------------------ what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Tick, file, before, after, score, note."""
        return 0 if parent.isValid() else 6

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            names = "", tr("File"), tr("Before"), tr("After"), tr("Score"), tr("To check")
            return names[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A step in conflict cannot be ticked."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == TICK and not self.step(index.row()).conflict:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        step, column = self.step(index.row()), index.column()
        if role == STEP_ROLE:
            return step
        if role == Qt.ItemDataRole.CheckStateRole and column == TICK:
            on = self.is_ticked(index.row())
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(self._words(step, column))
        if role == Qt.ItemDataRole.ToolTipRole:
            return _shown(self._tip(step, column))
        return None

    def _words(self, step: Step, column: int) -> str:
        name = os.path.basename(step.source or step.target)  # noqa: PTH119 - kept as text
        score = sureness(step.score) if step.score else ""
        words = ("", name, step.before, step.after, score, step.conflict or step.doubt)
        return self._short(words[column], column)

    def _short(self, text: str, column: int) -> str:
        """Leave out the folder that all paths of a column have in common."""
        home = self._common if column == BEFORE else ""
        if column == AFTER and self.plan is not None and self.plan.to:
            home = os.path.join(self.plan.to, "")  # noqa: PTH118 - kept as text
        return text[len(home) :] if home and text.startswith(home) else text

    def _tip(self, step: Step, column: int) -> str:
        if column == NOTE:
            return step.conflict or step.doubt
        return step.target if column == AFTER else step.source or step.target

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick a step, or not."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != TICK:
            return False
        if self.step(index.row()).conflict:
            return False
        on = Qt.CheckState(value) == Qt.CheckState.Checked
        self._ticked[self._shown[index.row()]] = on
        self.dataChanged.emit(self.index(index.row(), TICK), self.index(index.row(), NOTE))
        self.ticks_changed.emit()
        return True


def _common_folder(steps: Sequence[Step]) -> str:
    """Return the folder that holds all sources, with its separator; empty when there is none."""
    sources = [step.source for step in steps if step.source]
    if not sources:
        return ""
    low, high = min(sources), max(sources)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[: low.rfind(os.sep, 0, same) + 1]


def _shown(text: str) -> str:
    """Return text with names that are not text made readable."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return shown(text, LONGEST_LINE)


def shortened(path: str, other: str, fits: Callable[[str], bool]) -> str:
    """Shorten a path in its middle until it fits; what changes and the file's name stay.

    First the folders go that both paths begin with, then those before the file's name.
    """
    if fits(path):
        return path
    parts, others = path.split(_SEP), other.split(_SEP)
    pairs = zip(parts[:-1], others, strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
    head = [_GAP] if same else []
    text = _SEP.join([*head, *parts[same:]])
    for kept in range(len(parts) - 2, same, -1):
        if fits(text):
            break
        text = _SEP.join([*head, *parts[same:kept], _GAP, parts[-1]])
    return text


class PlanCells(QStyledItemDelegate):
    """Draws the rows of a plan; what does not run is pale, what is in the way has a mark."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(theme.px(80), theme.px(34))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = theme.current()
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        step: Step = index.data(STEP_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tokens.pressed))
        model = index.model()
        on = isinstance(model, PlanModel) and model.is_ticked(index.row())
        if index.column() == TICK:
            self._box(painter, rect, on=on, can=not step.conflict)
        else:
            self._words(painter, rect, index, step, on)
        painter.restore()

    def _box(self, painter: QPainter, rect: QRectF, *, on: bool, can: bool) -> None:
        tokens = theme.current()
        size = theme.px(16)
        box = QRectF(rect.center().x() - size / 2, rect.center().y() - size / 2, size, size)
        if not can:
            icons.paint(painter, "error", box, tokens.error)
            return
        edge = tokens.accent if on else theme.blend(tokens.quiet, tokens.card, 0.8)
        filled(painter, box, 4, edge)
        if on:
            inner = box.adjusted(2, 2, -2, -2)
            icons.paint(painter, "check", inner, tokens.on_accent)
        else:
            filled(painter, box.adjusted(1.5, 1.5, -1.5, -1.5), 3, tokens.card)

    def _words(self, painter: QPainter, rect: QRectF, index: Index, step: Step, on: bool) -> None:
        tokens = theme.current()
        column = index.column()
        inner = rect.adjusted(theme.px(8), 0, -theme.px(8), 0)
        tone = tokens.text if on and column != BEFORE else tokens.quiet
        if column == NOTE:
            tone = tokens.error if step.conflict else tokens.warning
            if step.doubt and not step.conflict:
                size = theme.px(15)
                mark = QRectF(inner.left(), inner.center().y() - size / 2, size, size)
                icons.paint(painter, "warning", mark, tone)
                inner.setLeft(inner.left() + size + theme.px(6))
        font = theme.font(13, bold=column == AFTER and on)
        room = inner.width()
        painter.setFont(font)
        painter.setPen(QColor(tone))
        text = index.data() or ""
        metrics = painter.fontMetrics()
        if column in (BEFORE, AFTER) and os.sep in text:
            beside = AFTER if column == BEFORE else BEFORE
            other = index.model().index(index.row(), beside).data() or ""
            text = shortened(text, other, lambda part: metrics.horizontalAdvance(part) <= room)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)
