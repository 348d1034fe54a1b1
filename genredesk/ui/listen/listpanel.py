"""The list of files as a popover: what is next, what each was named, what cannot be played."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from genredesk.core.job import Progress
from genredesk.ui.listen.playlist import (
    BROKEN_ROLE,
    CURRENT_ROLE,
    DECISION_ROLE,
    answer_of,
)
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.text import thousands
from genredesk.ui.widgets.base import elided, filled, text_width
from genredesk.ui.widgets.controls import Button, ProgressStrip
from genredesk.ui.widgets.layouts import STRETCH, HBox, plain_label
from genredesk.ui.widgets.popover import Popover

Index = QModelIndex | QPersistentModelIndex


class PlaylistDelegate(QStyledItemDelegate):
    """Draws a file: its name, and the genre with its dot and score at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """One line with air."""
        return QSize(theme.px(200), theme.px(32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        tokens = theme.current()
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            filled(painter, rect, 6, tokens.pressed if chosen else tokens.control)
        current, broken = index.data(CURRENT_ROLE), index.data(BROKEN_ROLE)
        right = rect.right() - theme.px(10)
        plain = theme.font(13)
        text, sure, named = answer_of(index.data(DECISION_ROLE))
        if sure and not broken:
            width = text_width(plain, text)
            painter.setFont(plain)
            painter.setPen(QColor(tokens.quiet))
            box = QRectF(right - width, rect.top(), width + 2, rect.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
            right -= width + theme.px(16)
            dot = QRectF(right, rect.center().y() - 5, 11, 11)
            strengths.paint_dot(painter, dot, sure, named)
            right -= theme.px(8)
        font = theme.font(13, bold=bool(current))
        tone = tokens.error if broken else tokens.text
        left = rect.left() + theme.px(26)
        if current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent))
            mark = QRectF(rect.left() + theme.px(10), rect.center().y() - 4, 8, 8)
            painter.drawRoundedRect(mark, 4, 4)
        name = index.data(Qt.ItemDataRole.DisplayRole)
        if broken:
            name = self.tr("{0}: cannot be played").format(name)
        painter.setFont(font)
        painter.setPen(QColor(tone))
        line = QRectF(left, rect.top(), max(0.0, right - left), rect.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, elided(font, name, line.width()))
        painter.restore()


class ListPanel(Popover):
    """The list, and naming all of it in the background."""

    def __init__(self, listening: ListenSession, parent: QWidget) -> None:
        super().__init__(parent, 520)
        self.setAccessibleName(self.tr("List of files"))
        self._listening = listening
        title = plain_label(self.tr("FILES"), "heading")
        self.count = plain_label("", "quiet")
        self.name_all = Button(self.tr("Analyze all"), icon="tags")
        head = HBox(title, self.count, STRETCH, self.name_all)
        self.view = QListView()
        self.view.setAccessibleName(self.tr("Files"))
        self.view.setUniformItemSizes(True)  # ten thousand rows are laid out at once
        self.view.setMouseTracking(True)
        self.view.setItemDelegate(PlaylistDelegate(self.view))
        self.view.setModel(listening.playlist)
        self.view.setMinimumHeight(theme.px(320))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.progress = ProgressStrip()
        self.progress.hide()
        self.column.addLayout(head)
        self.column.addWidget(self.view, 1)
        self.column.addWidget(self.progress)
        self.view.activated.connect(lambda index: listening.transport.play_row(index.row()))
        self.view.clicked.connect(lambda index: listening.transport.play_row(index.row()))
        self.name_all.clicked.connect(self._name_all)
        self.progress.cancelled.connect(listening.analysis.stop_list)
        listening.analysis.progressed.connect(self._on_progress)
        listening.analysis.list_ended.connect(self._on_ended)
        listening.playlist.size_changed.connect(self._on_size)
        listening.playlist.current_changed.connect(self._on_current)
        self._on_size(len(listening.playlist))

    def _on_size(self, count: int) -> None:
        self.count.setText(thousands(count) if count else "")
        self.name_all.setEnabled(count > 0)

    def _on_current(self, row: int) -> None:
        if row >= 0 and self.isVisible():
            self.view.scrollTo(self._listening.playlist.index(row))

    def showEvent(self, event) -> None:
        """Show the file that is heard."""
        super().showEvent(event)
        self._on_current(self._listening.playlist.current)
        self.view.setFocus()

    def _name_all(self) -> None:
        self._listening.timeline.name_list()

    def _on_progress(self, progress: Progress) -> None:
        self.progress.show()
        self.name_all.setEnabled(False)
        text = self.tr("{0} of {1}").format(int(progress.done) + 1, int(progress.total))
        self.progress.set_progress(text, progress.fraction)

    def _on_ended(self) -> None:
        self.progress.hide()
        self.name_all.setEnabled(len(self._listening.playlist) > 0)
