"""The stage: a window with nothing but the genre, for a second screen, a party, a lecture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent
from PySide6.QtWidgets import QLayout, QWidget

from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.layouts import VBox


class Stage(QWidget):
    """The large word over its last minute; F5 or Escape closes it, F11 or a double click fills.

    Signals
    -------
    closed()
        The window is gone.

    Parameters
    ----------
    word, minute
        Of the Listen page; what they show stands here, too.
    """

    closed = Signal()

    def __init__(self, word: BigLabel, minute: LastMinute) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(self.tr("GenreDesk stage"))
        self.setAccessibleName(self.tr("Stage"))
        self.resize(theme.px(960), theme.px(540))
        self.big = BigLabel()
        self.big.follow(word)
        self.minute = LastMinute()
        self.minute.follow(minute)
        margin = 6 * GRID
        column = VBox(parent=self, gap=4 * GRID, margins=(margin, margin, margin, margin))
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # as small as wanted
        column.add((self.big, 3), (self.minute, 1))

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Fill the screen, or not."""
        self.toggle_full_screen()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that it is gone."""
        super().closeEvent(event)
        self.closed.emit()
