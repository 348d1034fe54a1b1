"""The table of a plan: its columns share the width, headings and their menu sort, Space ticks."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from genredesk.ui.library.plans.plan_model import (
    AFTER,
    BEFORE,
    FILE,
    NOTE,
    SCORE,
    TICK,
    PlanCells,
    PlanModel,
)
from genredesk.ui.look import theme


class PlanTable(QTableView):
    """The rows of a plan; Space ticks the chosen ones."""

    def __init__(self, model: PlanModel) -> None:
        super().__init__()
        self._plan = model
        self._paths = False
        self.setModel(model)
        self.setItemDelegate(PlanCells(self))
        self.setAccessibleName(self.tr("Plan"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        rows, heads = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(theme.px(34))
        heads.setHighlightSections(False)
        heads.setTextElideMode(Qt.TextElideMode.ElideRight)
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for header in (heads, rows):  # see TracksTable
            header.setSelectionModel(QItemSelectionModel(model, header))
        heads.setSectionsClickable(True)
        heads.setSortIndicatorShown(False)
        heads.sectionClicked.connect(self._sort_by)
        model.modelReset.connect(self._show_order)
        self.clicked.connect(self._clicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(
            lambda at: self.sort_menu().popup(self.viewport().mapToGlobal(at))
        )

    def show_columns(self, *, paths: bool, before: bool, score: bool, note: bool) -> None:
        """Show what this plan needs; ``paths``: the files' places change, not what is in them."""
        self._paths = paths
        self.setColumnHidden(FILE, paths)
        self.setColumnHidden(BEFORE, not before)
        self.setColumnHidden(SCORE, not score)
        self.setColumnHidden(NOTE, not note)
        self._share_width()

    def _sort_by(self, column: int) -> None:
        """Sort by a heading; the surest first, a second click turns it round."""
        by, down = self._plan.sorted_by
        down = not down if by == column else column == SCORE
        orders = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
        self._plan.sort(column, orders[0] if down else orders[1])

    def sort_menu(self) -> QMenu:
        """Make what the headings do by a click, for who has no pointer."""
        menu = QMenu(self.tr("Sort by"), self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(menu.title()).setEnabled(False)
        role = Qt.ItemDataRole.DisplayRole
        for column in range(self._plan.columnCount()):
            title = self._plan.headerData(column, Qt.Orientation.Horizontal, role)
            if title and not self.isColumnHidden(column):
                entry = menu.addAction(title)
                entry.setCheckable(True)
                entry.setChecked(self._plan.sorted_by[0] == column)
                entry.triggered.connect(lambda _on, column=column: self._sort_by(column))
        return menu

    def _show_order(self) -> None:
        by, down = self._plan.sorted_by
        heads = self.horizontalHeader()
        heads.setSortIndicatorShown(by >= 0)
        if by >= 0:
            orders = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
            heads.setSortIndicator(by, orders[down])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        shares = {FILE: 5, BEFORE: 3, AFTER: 3, NOTE: 5}
        if self._paths:
            shares = {BEFORE: 8, AFTER: 14, NOTE: 7}
        shares = {column: n for column, n in shares.items() if not self.isColumnHidden(column)}
        heads, tick = self.horizontalHeader(), theme.px(38)
        heads.resizeSection(TICK, tick)
        score = 0 if self.isColumnHidden(SCORE) else theme.px(64)
        heads.resizeSection(SCORE, score)
        room = self.viewport().width() - tick - score
        for column, share in shares.items():
            heads.resizeSection(column, room * share // sum(shares.values()))

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == TICK:
            self._toggle([index.row()])

    def _toggle(self, rows: list[int]) -> None:
        if rows:
            on = not self._plan.is_ticked(rows[0])
            value = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            for row in rows:
                self._plan.setData(
                    self._plan.index(row, TICK), value, Qt.ItemDataRole.CheckStateRole
                )

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show on which row the keyboard is."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self._begin()

    def _begin(self) -> None:
        """Choose the row the keyboard is on, unless rows are chosen."""
        if not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks."""
        if event.key() == Qt.Key.Key_Space:
            self._begin()
            self._toggle(sorted({i.row() for i in self.selectionModel().selectedRows()})[:5000])
        else:
            super().keyPressEvent(event)
