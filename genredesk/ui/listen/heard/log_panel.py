"""The log beside the timeline: read it, go to a stretch, select some, save them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from genredesk.core.shares import sureness
from genredesk.ui.listen.heard.log_table import (
    FROM,
    GENRE,
    SCORE,
    SOURCE,
    TO,
    AnswerDelegate,
    LogModel,
)
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import text_width
from genredesk.ui.widgets.layouts import VBox, paragraph

if TYPE_CHECKING:
    from genredesk.inference.heard import HeardPart
    from genredesk.ui.listen.heard.memory import HeardMemory

_ENDS = 2  # so near the end a growing log keeps showing its newest row


class LogPanel(QWidget):
    """Every stretch of the session.

    Signals
    -------
    asked(HeardPart, float)
        Go there.
    chosen(HeardPart, float, float)
        Several rows of a part are selected: from when to when.
    """

    asked = Signal(object, float)
    chosen = Signal(object, float, float)

    def __init__(self, memory: HeardMemory) -> None:
        super().__init__()
        self.model = LogModel(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Log of what was heard"))
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(GENRE, AnswerDelegate(self.table))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.px(26))
        self.table.setMinimumHeight(theme.px(60))
        self._size_columns()
        self.note = paragraph(
            self.tr(
                "All answers are kept until GenreDesk is closed; of a device also the last 30 "
                "minutes of its picture (coarser before) and the last 10 of its sound."
            ),
            "quiet",
        )
        self.note.setFont(theme.font(11))
        VBox((self.table, 1), self.note, parent=self, gap=GRID // 2, margins=(GRID, 0, 0, 0))
        self.setMinimumWidth(theme.px(370))
        self.table.clicked.connect(self._go)
        self.table.activated.connect(self._go)
        self.table.selectionModel().selectionChanged.connect(self._select)
        memory.answered.connect(self._answered)
        memory.part_changed.connect(lambda _part: self._answered_all(memory))
        self._answered_all(memory)

    def _size_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(theme.px(36))
        clock = round(text_width(theme.font(13), "00:00:00")) + theme.px(22)
        share = round(text_width(theme.font(13), sureness(0.5, 0.4))) + theme.px(20)
        for column, width in ((FROM, clock), (TO, clock), (SCORE, share)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setSectionResizeMode(GENRE, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(SOURCE, theme.px(96))
        self.table.setColumnHidden(SOURCE, True)

    def resizeEvent(self, event) -> None:
        """Leave the small print out where there is no room for it."""
        super().resizeEvent(event)
        self.note.setVisible(self.height() >= theme.px(190))
        self._show_sources()

    def _show_sources(self) -> None:
        """Name the sources where there is room; a row's tooltip does so anyway."""
        room = self.width() >= theme.px(430)
        self.table.setColumnHidden(SOURCE, not (room and self.model.several()))

    def _answered_all(self, memory: HeardMemory) -> None:
        self.model.set_parts(memory.parts)
        self._show_sources()
        self._follow(memory.current)

    def _answered(self, part: HeardPart) -> None:
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - _ENDS
        self.model.answered(part)
        self._show_sources()
        if at_end:
            self._follow(part)

    def _follow(self, part: HeardPart | None) -> None:
        """Show what a device says now; of a file, which is known as a whole, the beginning."""
        if part is None or part.path is None:
            self.table.scrollToBottom()
            return
        first = self.model.first_row(part)
        self.table.scrollTo(self.model.index(first, FROM), self.table.ScrollHint.PositionAtTop)

    def _go(self, index: QModelIndex) -> None:
        if len(self.table.selectionModel().selectedRows()) <= 1:
            part, stretch = self.model.at(index.row())
            self.asked.emit(part, stretch.start)

    def _select(self, _now: QItemSelection, _before: QItemSelection) -> None:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if not rows:
            return
        found = [self.model.at(row) for row in rows]
        part = found[-1][0]
        times = [stretch for owner, stretch in found if owner is part]
        self.chosen.emit(part, times[0].start, times[-1].end)
