"""The table's model: a list of file ids of any length, whose rows are fetched when looked at.

The ids come from a query, the rows from a page of the catalogue; neither is asked for on this
thread. With a grouping, a heading stands before the first row of every group.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from genredesk.core.genres import genre_word
from genredesk.core.names import LONGEST_LINE, shown
from genredesk.core.shares import sureness
from genredesk.library.records import TrackRow
from genredesk.library.row_state import FileState
from genredesk.ui.library.tracks import columns
from genredesk.ui.library.tracks.columns import Column
from genredesk.ui.library.tracks.groups import Heading, Headings
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.base import tip

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
HEADING_ROLE = Qt.ItemDataRole.UserRole + 2

KEPT = 4096
"""So many rows stay at hand; some 2 kB each."""

Index = QModelIndex | QPersistentModelIndex
_NO_IDS = np.empty(0, np.int64)


class TracksModel(QAbstractTableModel):
    """Files by id, with headings between groups.

    Signals
    -------
    wanted()
        Rows were looked at that are not there; see :meth:`take_wanted`.
    """

    wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specs = columns.specs()
        self._ids: NDArray[np.int64] = _NO_IDS
        self._headings = Headings()
        # table rows that are headings, rising; looked up with bisect, for numpy's search lets go
        # of the interpreter's lock, and a painted cell would wait for whatever thread takes it
        self._heads = _NO_IDS
        self._rows: OrderedDict[int, TrackRow] = OrderedDict()
        self._wanted: set[int] = set()
        self._gone: set[int] = set()
        self._sort = ("", False)

    # ------------------------------------------------------------ content

    def set_list(self, ids: NDArray[np.int64], headings: Headings | None = None) -> None:
        """Show these files; ``headings`` cut them into groups, in their order.

        Rows that are at hand are kept: :meth:`forget` those that changed.
        """
        self.beginResetModel()
        self._ids = ids
        self._headings = Headings() if headings is None else headings
        sizes = self._headings.counts + 1
        self._heads = np.cumsum(sizes) - sizes
        self._wanted.clear()
        self._gone.clear()
        self.endResetModel()

    @property
    def ids(self) -> NDArray[np.int64]:
        """All files shown, in order, shape ``(n,)``."""
        return self._ids

    @property
    def headings(self) -> Headings:
        """The groups shown."""
        return self._headings

    def id_at(self, row: int) -> int | None:
        """Return the file in a table row, ``None`` for a heading."""
        place = self._place(row)
        return int(self._ids[place]) if place is not None else None

    def heading_at(self, row: int) -> Heading | None:
        """Return the heading in a table row, ``None`` for a file."""
        before = bisect_right(self._heads, row)
        return self._headings[before - 1] if before and self._heads[before - 1] == row else None

    def row_of(self, file_id: int) -> int:
        """Return the table row of a file, -1 when it is not shown."""
        found = np.flatnonzero(self._ids == file_id)
        return self.row_of_place(int(found[0])) if len(found) else -1

    def row_of_place(self, place: int) -> int:
        """Return the table row of the ``place``-th file."""
        if not len(self._heads):
            return place
        firsts = self._heads - np.arange(len(self._heads))
        return place + int(np.searchsorted(firsts, place, "right"))

    def _place(self, row: int) -> int | None:
        if not len(self._heads):
            return row if 0 <= row < len(self._ids) else None
        before = bisect_right(self._heads, row)
        if before and self._heads[before - 1] == row:
            return None
        place = row - before
        return place if 0 <= place < len(self._ids) else None

    def ids_between(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the files in table rows ``first`` to ``last``, without the headings."""
        if not len(self._heads):
            return self._ids[first : last + 1]
        low = first - bisect_left(self._heads, first)
        high = last + 1 - bisect_right(self._heads, last)
        return self._ids[low:high]

    # ------------------------------------------------------------ rows

    def take_wanted(self, limit: int) -> list[int]:
        """Return up to ``limit`` of the files whose rows are missing, and forget the others.

        Those that scrolled by meanwhile are asked for again when they are looked at.
        """
        wanted = list(self._wanted)[-limit:]
        self._wanted.clear()
        return wanted

    @property
    def wants(self) -> bool:
        """Whether rows were looked at that nobody fetched yet."""
        return bool(self._wanted)

    def put_rows(self, asked: Iterable[int], rows: Iterable[TrackRow]) -> None:
        """Keep fetched rows; files that were asked for and are not among them are gone."""
        missing = set(asked)
        for row in rows:
            missing.discard(row.id)
            self._rows[row.id] = row
            self._rows.move_to_end(row.id)
        self._gone |= missing
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)
        self._repaint()

    def forget(self, ids: Iterable[int] | None = None) -> None:
        """Fetch these rows (``None``: all) anew when they are next looked at."""
        if ids is None:
            self._rows.clear()
        else:
            for file_id in ids:
                self._rows.pop(int(file_id), None)
        self._repaint()

    def _repaint(self) -> None:
        n = self.rowCount()
        if n:
            self.dataChanged.emit(self.index(0, 0), self.index(n - 1, len(Column) - 1))

    def row(self, file_id: int) -> TrackRow | None:
        """Return a row that is at hand."""
        return self._rows.get(file_id)

    # ------------------------------------------------------------ what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Files and headings."""
        return 0 if parent.isValid() else len(self._ids) + len(self._heads)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """As many as there are."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.heading_at(index.row()) is not None:
            return Qt.ItemFlag.ItemIsEnabled
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says, or the row itself; ask for the row when it is not there."""
        if not index.isValid():
            return None
        heading = self.heading_at(index.row())
        if heading is not None:
            return self._of_heading(heading, index.column(), role)
        file_id = self.id_at(index.row())
        if file_id is None or role == HEADING_ROLE:
            return None
        row = self._rows.get(file_id)
        if row is not None:
            return self._of_row(row, Column(index.column()), role)
        if file_id not in self._gone and role in (ROW_ROLE, Qt.ItemDataRole.DisplayRole):
            self._want(file_id)
        return None

    @staticmethod
    def _of_heading(heading: Heading, column: int, role: int) -> Any:
        if role == HEADING_ROLE:
            return heading
        shown = role == Qt.ItemDataRole.DisplayRole and column == Column.TITLE
        return f"{heading.name} ({heading.count})" if shown else None

    @staticmethod
    def _of_row(row: TrackRow, column: Column, role: int) -> Any:
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return columns.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(_tip(row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column is Column.LENGTH:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _want(self, file_id: int) -> None:
        first = not self._wanted
        self._wanted.add(file_id)
        if first:
            self.wanted.emit()

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Headings of the columns."""
        if orientation is not Qt.Orientation.Horizontal or section not in self._specs:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._specs[Column(section)].title
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.LENGTH:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


def _tip(row: TrackRow, column: Column) -> str:
    if column is Column.TITLE or row.state is FileState.MISSING:
        return shown(row.path, LONGEST_LINE)
    if column is Column.HEARD and row.heard:
        heard = tr("Heard: {0}").format(columns.heard_words(row))
        second = _named(row.runner_up, row.runner_score) if row.runner_up else ""
        return "\n".join(t for t in (heard, tr("then {0}").format(second) * bool(second)) if t)
    return columns.text(row, column)


def _named(label: str | None, score: float) -> str:
    return f"{genre_word(label)} {sureness(score)}" if label else ""
