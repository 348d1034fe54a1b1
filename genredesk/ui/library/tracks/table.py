"""The table: half a million rows, sorted by a click, corrected from the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QKeyCombination,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from genredesk.ui.library.tracks import columns
from genredesk.ui.library.tracks.columns import Column
from genredesk.ui.library.tracks.delegate import ROW_PX, TrackDelegate
from genredesk.ui.library.tracks.keys import track_keys
from genredesk.ui.library.tracks.pictures import Pictures
from genredesk.ui.library.tracks.tracks_model import TracksModel
from genredesk.ui.look import theme
from genredesk.ui.widgets.base import text_width

_NO_IDS = np.empty(0, np.int64)


_HEAD = 22
"""Beside the words of a heading, in logical pixels: its padding."""

_ARROW = 14
"""And where the rows are sorted by it."""


def _shrunk(widths: dict[Column, int], floor: dict[Column, int], room: int) -> dict[Column, int]:
    """Return widths that together fit into ``room``, none under its floor while that can be."""
    while (over := sum(widths.values()) - room) > 0:
        soft = {c: w for c, w in widths.items() if w > floor[c]}
        if not soft:
            break
        whole = sum(soft.values())
        widths |= {c: max(floor[c], int(w - over * w / whole)) for c, w in soft.items()}
    return widths


class TracksTable(QTableView):
    """Shows a :class:`TracksModel`.

    Signals
    -------
    sort_asked(str, bool)
        A heading was clicked: key and whether descending.
    play_asked(int), preview_asked(int)
        Double-click; space on a file.
    digit_typed(int), text_typed(str)
        A key 1..9; the first letter of a genre's name.
    confirmed(), taken_back()
        Return: what was heard is right. Delete: forget the correction.
    walk_asked(int)
        F3 (1) or Shift+F3 (-1): the next unsure row.
    menu_asked(QPoint)
        Right click or the menu key, in global pixels.
    chosen()
        Another selection.
    columns_chosen(list)
        Names of the columns that are not to be shown.
    """

    sort_asked = Signal(str, bool)
    play_asked = Signal(int)
    preview_asked = Signal(int)
    digit_typed = Signal(int)
    text_typed = Signal(str)
    confirmed = Signal()
    taken_back = Signal()
    walk_asked = Signal(int)
    menu_asked = Signal(QPoint)
    chosen = Signal()
    columns_chosen = Signal(object)

    def __init__(self, model: TracksModel, pictures: Pictures) -> None:
        super().__init__()
        self.setModel(model)
        self._model = model
        self._specs = columns.specs()
        self._keys = {QKeySequence(k).toString(): one for one in track_keys() for k in one.keys}
        self._sort = ("", False)
        self.left_out: set[Column] = set()
        """Columns a person does not want to see."""
        self.cells = TrackDelegate(pictures, self)
        self.setItemDelegate(self.cells)
        self.setAccessibleName(self.tr("Tracks"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._dress_headers()
        self.customContextMenuRequested.connect(
            lambda at: self.menu_asked.emit(self.viewport().mapToGlobal(at))
        )
        self.doubleClicked.connect(self._double_clicked)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        model.modelReset.connect(self.chosen)

    def _dress_headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(theme.px(ROW_PX))
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setTextElideMode(Qt.TextElideMode.ElideRight)
        heads.setSectionsClickable(True)
        heads.setSectionsMovable(False)
        heads.setSortIndicatorShown(False)
        heads.setMinimumSectionSize(theme.px(40))
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        heads.sectionClicked.connect(self._heading_clicked)
        heads.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        heads.customContextMenuRequested.connect(
            lambda at: self.columns_menu().popup(heads.mapToGlobal(at))
        )
        # Qt asks for every section whether all its half million rows are chosen, with each paint;
        # a selection of their own spares the headers that.
        for header in (heads, rows):
            header.setSelectionModel(QItemSelectionModel(self._model, header))

    # ------------------------------------------------------------ sizes

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._share_width(event.size().width())

    def _share_width(self, width: int) -> None:
        heads = self.horizontalHeader()
        bold, sorted_by = theme.font(13, bold=True), heads.sortIndicatorSection()
        floor = {
            column: round(text_width(bold, spec.title))
            + theme.px(_HEAD + _ARROW * (column == sorted_by))
            for column, spec in self._specs.items()
        }
        least = {c: max(theme.px(spec.width), floor[c]) for c, spec in self._specs.items()}
        # A narrow window shows less: first the day, then the album go, last the strip.
        hidden: set[Column] = set()
        hidden |= self.left_out
        for column in (Column.ADDED, Column.ALBUM, Column.LENGTH, Column.TAG, Column.RIBBON):
            if sum(w for c, w in least.items() if c not in hidden) > width:
                hidden.add(column)
        left = width - sum(w for c, w in least.items() if c not in hidden)
        if left < 0:  # then what can grow shrinks instead, as far as its heading goes
            firm = {c: w for c, w in least.items() if not self._specs[c].grows}
            seen = {c: w for c, w in least.items() if c not in hidden}
            least |= _shrunk(seen, floor | firm, width)
        parts = sum(s.grows for c, s in self._specs.items() if c not in hidden)
        for column, spec in self._specs.items():
            self.setColumnHidden(column, column in hidden)
            extra = int(left * spec.grows / parts) if left > 0 else 0
            heads.resizeSection(column, least[column] + extra)

    def leave_out(self, names: Sequence[str]) -> None:
        """Show all columns but these, named as in :class:`Column`."""
        self.left_out = {c for c in Column if c.name.lower() in names and c is not Column.TITLE}
        self._share_width(self.viewport().width())

    def columns_menu(self) -> QMenu:
        """Make the menu of the headings: which columns are shown."""
        menu = QMenu(self.tr("Columns"), self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column, spec in self._specs.items():
            if column is not Column.TITLE:
                entry = menu.addAction(spec.title)
                entry.setCheckable(True)
                entry.setChecked(column not in self.left_out)
                entry.toggled.connect(lambda on, column=column: self._choose_column(column, on))
        return menu

    def sort_menu(self) -> QMenu:
        """Make what the headings do by a click, for who has no pointer."""
        menu = QMenu(self.tr("Sort by"), self)
        for column, spec in self._specs.items():
            if spec.sort and column not in self.left_out:
                entry = menu.addAction(spec.title)
                entry.setCheckable(True)
                entry.setChecked(self._sort[0] == spec.sort)
                entry.triggered.connect(lambda _on, column=column: self._heading_clicked(column))
        return menu

    def _choose_column(self, column: Column, on: bool) -> None:
        wanted = self.left_out - {column} if on else self.left_out | {column}
        self.leave_out([c.name.lower() for c in wanted])
        self.columns_chosen.emit(sorted(c.name.lower() for c in wanted))

    # ------------------------------------------------------------ sorting

    def set_sort(self, key: str, descending: bool) -> None:
        """Show by what the rows are sorted."""
        self._sort = (key, descending)
        heads = self.horizontalHeader()
        column = next((c for c, s in self._specs.items() if s.sort == key and key), None)
        heads.setSortIndicatorShown(column is not None)
        if column is not None:
            order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            heads.setSortIndicator(column, order)

    def _heading_clicked(self, section: int) -> None:
        key = self._specs[Column(section)].sort
        if key:
            descending = not self._sort[1] if self._sort[0] == key else key == "sure"
            self.sort_asked.emit(key, descending)

    # ------------------------------------------------------------ selection

    def selected_ids(self) -> NDArray[np.int64]:
        """Return the chosen files in the table's order, shape ``(n,)``."""
        parts = [self._model.ids_between(top, bottom) for top, bottom in sorted(self._ranges())]
        return np.unique(np.concatenate(parts)) if len(parts) > 1 else (parts or [_NO_IDS])[0]

    def n_selected(self) -> int:
        """Return how many files are chosen."""
        return sum(len(self._model.ids_between(top, bottom)) for top, bottom in self._ranges())

    def _ranges(self) -> list[tuple[int, int]]:
        """Return the runs of chosen table rows, first and last."""
        selection = self.selectionModel().selection()
        return [(r.top(), r.bottom()) for r in (selection.at(i) for i in range(selection.count()))]

    def current_id(self) -> int | None:
        """Return the file on which the keyboard is."""
        index = self.currentIndex()
        return self._model.id_at(index.row()) if index.isValid() else None

    def go_to(self, file_id: int) -> bool:
        """Choose a file and scroll to it; return whether it is shown."""
        row = self._model.row_of(file_id)
        if row < 0:
            return False
        self.setCurrentIndex(self._model.index(row, 0))
        self.scrollTo(self._model.index(row, 0))
        return True

    def keep_current(self, file_id: int, *, scroll: bool = False) -> None:
        """Put the keyboard back on a file; ``scroll`` also chooses it and shows it."""
        row = self._model.row_of(file_id)
        if row < 0:
            return
        index = self._model.index(row, 0)
        if scroll:
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(index, flag)

    def choose(self, ids: NDArray[np.int64]) -> None:
        """Choose these files where they are shown, without scrolling."""
        places = np.flatnonzero(np.isin(self._model.ids, ids))
        selection = QItemSelection()
        last = len(Column) - 1
        if len(places):
            cuts = np.flatnonzero(np.diff(places) > 1) + 1
            for run in np.split(places, cuts):
                first = self._model.index(self._model.row_of_place(int(run[0])), 0)
                end = self._model.index(self._model.row_of_place(int(run[-1])), last)
                selection.select(first, end)
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def anchor(self) -> tuple[int | None, int]:
        """Return a file at the top and how far it is scrolled out, to come back to."""
        row = self.rowAt(0)
        for candidate in (row, row + 1):
            if candidate >= 0 and (file_id := self._model.id_at(candidate)) is not None:
                return file_id, -self.rowViewportPosition(candidate)
        return None, 0

    def restore(self, anchor: tuple[int | None, int]) -> None:
        """Scroll to where :meth:`anchor` was taken, if the file is still shown."""
        self.executeDelayedItemsLayout()
        if anchor[0] is not None and (row := self._model.row_of(anchor[0])) >= 0:
            self.verticalScrollBar().setValue(row * theme.px(ROW_PX) + anchor[1])

    # ------------------------------------------------------------ input

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Correct, preview, walk; everything else as tables do."""
        if self._on_key(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def _on_key(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        pressed = QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key()))).toString()
        if deed := self._keys.get(pressed):
            if deed.repeats or not event.isAutoRepeat():
                attrgetter(deed.callback)(self)(*deed.args)
        elif modifiers & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        elif not modifiers and Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9:
            self.digit_typed.emit(event.key() - Qt.Key.Key_0)
        elif event.text().isalpha():
            self.text_typed.emit(event.text())
        else:
            return False
        return True

    def preview_current(self) -> None:
        """Preview the file under the cursor, or stop."""
        if (file_id := self.current_id()) is not None:
            self.preview_asked.emit(file_id)

    def _double_clicked(self, index: QModelIndex) -> None:
        if (file_id := self._model.id_at(index.row())) is not None:
            self.play_asked.emit(file_id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show which row is under the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(int(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self.cells.hovered:
            old, self.cells.hovered = self.cells.hovered, row
            for line in (old, row):
                if line >= 0:
                    top, high = self.rowViewportPosition(line), self.rowHeight(line)
                    self.viewport().update(0, top, self.viewport().width(), high)

    def changeEvent(self, event: QEvent) -> None:
        """Forget fonts of another theme or scale."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.cells.retheme()
        super().changeEvent(event)
