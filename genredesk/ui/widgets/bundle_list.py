"""The pieces of the Models page: the list of bundles, facts in two columns, a scrolled part."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QLabel, QWidget

from genredesk.ui.look import theme
from genredesk.ui.look.tokens import CONTROL_RADIUS, GRID
from genredesk.ui.widgets.base import filled, focus_ring, smooth, tab_order, text_width
from genredesk.ui.widgets.card import Chip
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.scrolled import scrolled
from genredesk.ui.widgets.search_box import SearchBox

_FEW = 6
"""So many rows are seen at once; with more there is a search."""

_STEPS: dict[int, int] = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -8,
    Qt.Key.Key_PageDown: 8,
    Qt.Key.Key_Home: -1_000_000,
    Qt.Key.Key_End: 1_000_000,
}


class BundleRow(QFrame):
    """One bundle in the list: its title and the line that matters; a broken one has its reason.

    The search also looks at the words of ``found_by``.
    """

    chosen = Signal(str)

    def __init__(
        self, key: str, title: str, line: str, *, broken: bool = False, found_by: str = ""
    ) -> None:
        super().__init__()
        self.key = key
        self.found_by = f"{title} {key} {found_by}".casefold()
        self._selected = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)
        self.title = Elided()
        self.title.setFont(theme.font(14, bold=True))
        self.title.set_text(title)
        self.line = Elided("error" if broken else "quiet")
        self.line.set_text(line)
        self.chip = Chip()
        self.chip.hide()
        self._row = HBox(
            (VBox(self.title, self.line, gap=2), 1),
            self.chip,
            parent=self,
            margins=(2 * GRID, GRID + 2, GRID + 4, GRID + 2),
        )

    def set_mark(self, text: str) -> None:
        """Show a word beside the title ("In use"), or below where the title would be cut."""
        self.chip.set_state(text, "good" if text else "")
        self.chip.setVisible(bool(text))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        title = text_width(self.title.font(), self.accessibleName())
        taken = self.chip.sizeHint().width() + self._row.spacing() + 3 * GRID + 4
        beside = self.chip.isHidden() or title + taken <= self.width()
        way = QBoxLayout.Direction
        self._row.setDirection(way.LeftToRight if beside else way.TopToBottom)

    def set_selected(self, selected: bool) -> None:
        """Mark the one whose card is shown."""
        self._selected = selected
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click anywhere on the row shows its card."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Return choose it."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        rect = self.rect().toRectF()
        if self._selected or self.underMouse():
            tone = tokens.control if self._selected else tokens.hover
            filled(painter, rect, CONTROL_RADIUS, tone)
        if self.hasFocus():
            focus_ring(painter, rect, CONTROL_RADIUS)


class BundleList(QWidget):
    """Rows under headings: found by typing, walked through with the arrow keys.

    Signals
    -------
    chosen(str)
        The key of the row that was clicked, or chosen with Space or Return.
    """

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows: dict[str, BundleRow] = {}
        self._groups: list[tuple[QLabel | None, list[BundleRow]]] = []
        self._selected = self._seen = ""
        self.search = SearchBox(self.tr("Find a model"), self.tr("Clear (Escape)"))
        self.search.setPlaceholderText(self.tr("Find by name, network or genre"))
        self.search.textChanged.connect(self._narrow)
        self.search.left_down.connect(lambda: self._go(0))
        self._nothing = plain_label(self.tr("No models match"), "quiet")
        self._holder = QWidget()
        self._column = VBox(STRETCH, parent=self._holder, gap=4, margins=None)
        self._area = scrolled(self._holder)
        self._area.setAccessibleName(name)
        VBox(self.search, self._nothing, (self._area, 1), parent=self, gap=GRID)

    def set_groups(self, groups: list[tuple[str, list[BundleRow]]]) -> None:
        """Show these rows, each group under its heading (empty: under none)."""
        while self._column.count() > 1:
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows, self._groups = {}, []
        for heading, rows in groups:
            if not rows:
                continue
            title = None
            if heading:
                title = plain_label(heading, "heading")
                title.setContentsMargins(GRID, GRID, 0, 4)
                self._column.insertWidget(self._column.count() - 1, title)
            for row in rows:
                self.rows[row.key] = row
                row.installEventFilter(self)
                row.chosen.connect(self.chosen)
                self._column.insertWidget(self._column.count() - 1, row)
            self._groups.append((title, rows))
        tab_order(self.search, *self.rows.values())
        self.search.setVisible(len(self.rows) > _FEW)
        self._narrow(self.search.text())

    def select(self, key: str) -> None:
        """Mark the row whose card is shown."""
        self._selected = key
        for row in self.rows.values():
            row.set_selected(row.key == key)
        self._let_in()

    def show_row(self, key: str) -> None:
        """Scroll to a row; one that is new is shown also when other words are being looked for."""
        row = self.rows.get(key)
        if row is None:
            return
        another, self._seen = key != self._seen, key
        if row.isHidden() and not another:
            return
        if row.isHidden():
            self.search.clear()
        # its place is known once the layout has had its turn
        QTimer.singleShot(0, row, lambda: self._area.ensureWidgetVisible(row, 0, 3 * GRID))

    def _narrow(self, text: str) -> None:
        words = text.casefold().split() if len(self.rows) > _FEW else []
        for title, rows in self._groups:
            for row in rows:
                row.setVisible(all(word in row.found_by for word in words))
            if title is not None:
                title.setVisible(any(not row.isHidden() for row in rows))
        self._nothing.setVisible(bool(self.rows) and not self._shown())
        self._let_in()

    def _shown(self) -> list[BundleRow]:
        return [row for row in self.rows.values() if not row.isHidden()]

    def _let_in(self) -> None:
        """The Tab key stops at one row, the chosen one; arrow keys go on from there."""
        shown = self._shown()
        door = next((row for row in shown if row.key == self._selected), None)
        for row in shown:
            here = row is (door or shown[0])
            row.setFocusPolicy(Qt.FocusPolicy.StrongFocus if here else Qt.FocusPolicy.ClickFocus)

    def _go(self, to: int) -> None:
        """Put the keyboard on the row number ``to`` of those that are shown."""
        shown = self._shown()
        if shown:
            row = shown[min(max(to, 0), len(shown) - 1)]
            row.setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Walk with the arrow keys, and see where the keyboard is."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, BundleRow):
            self._area.ensureWidgetVisible(watched, 0, 3 * GRID)
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        step = _STEPS.get(event.key())
        here = next((i for i, row in enumerate(self._shown()) if row is watched), -1)
        if step is None or here < 0:
            return super().eventFilter(watched, event)
        if step == -1 and here == 0 and self.search.isVisible():
            self.search.setFocus(Qt.FocusReason.BacktabFocusReason)
        else:
            self._go(here + step)
        return True


class DetailsList(QWidget):
    """Headings and texts in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GRID)
        self._grid.setVerticalSpacing(GRID + 2)
        self._grid.setColumnStretch(1, 1)

    def set_rows(self, rows: list[tuple[str, str]]) -> None:
        """Show these facts instead of the last ones."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for i, (heading, text) in enumerate(rows):
            name = plain_label(heading, "quiet")
            what = paragraph(text, selectable=True)
            self._grid.addWidget(name, i, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(what, i, 1)
