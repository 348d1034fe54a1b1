"""Where messages are shown: the weightiest in the banner, small confirmations as toasts.

Both lie over the page and move nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.banner import Banner, Toast
from genredesk.ui.widgets.base import StaysInPlace
from genredesk.ui.widgets.layouts import Column
from genredesk.ui.widgets.notices import Notice, Severity

_READ_S = 15.0
WIDEST = 760
ABOVE_FOOT = 104
"""So far from the lower edge, logical pixels: the buttons of a page's foot stay free."""
BELOW_TOP = 54
"""So far from the upper edge where a page has its controls at its foot."""

_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def _weight(notice: Notice) -> int:
    """Return how much a notice matters; one that offers something is no less than a warning."""
    return max(_WEIGHT[notice.kind], bool(notice.action))


class NoticeBoard(StaysInPlace, QWidget):
    """Keeps the notices that are true, by key; shows the newest of the most serious ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: dict[str, Notice] = {}
        self._timers: dict[str, QTimer] = {}
        self._toast: Toast | None = None
        self.banner = Banner()
        Column(self.banner, parent=self)
        self.banner.action_triggered.connect(self._run)
        self.banner.closed.connect(self._closed)
        self._beside: QWidget | None = None
        self._at_top = False
        self.hide()

    def float_over(self, ground: QWidget, *, beside: QWidget) -> None:
        """Lie over ``ground``, in the middle of what ``beside`` at its left leaves free."""
        self.setParent(ground)
        self._beside = beside
        ground.installEventFilter(self)
        self.hide()

    def lie_at_top(self, at_top: bool) -> None:
        """Lie over the headings of a page instead of above its foot."""
        self._at_top = at_top
        self.place()

    def place(self) -> None:
        """Lie in the middle of what is left free."""
        ground, beside = self.parentWidget(), self._beside
        if ground is None or beside is None:
            return
        left = beside.width()
        wide = min(theme.px(WIDEST), ground.width() - left - 6 * GRID)
        layout = self.layout()
        high = layout.heightForWidth(wide) if layout is not None else self.sizeHint().height()
        x = left + (ground.width() - left - wide) // 2
        y = theme.px(BELOW_TOP) if self._at_top else ground.height() - theme.px(ABOVE_FOOT) - high
        self.setGeometry(x, y, wide, high)
        self.raise_()

    @property
    def shown(self) -> Notice | None:
        """The notice in the banner."""
        newest_first = reversed(self._notices.values())
        return max(newest_first, key=_weight, default=None)

    @property
    def texts(self) -> list[str]:
        """Everything that is true at the moment, oldest first."""
        return [notice.text for notice in self._notices.values()]

    def show_notice(self, notice: Notice) -> None:
        """Show ``notice``; it replaces the one with its key."""
        self._notices.pop(notice.key, None)
        self._stop(notice.key)
        if notice.text:
            self._notices[notice.key] = notice
            lasting = notice.lasting_s
            if not lasting and notice.kind is Severity.INFO and not notice.action:
                lasting = _READ_S  # it lies over the page; the state it tells of is seen elsewhere
            if lasting > 0:
                timer = QTimer(self, singleShot=True, interval=round(1000 * lasting))
                timer.timeout.connect(lambda: self.dismiss(notice.key))
                self._timers[notice.key] = timer
                timer.start()
        self._show()

    def dismiss(self, key: str) -> None:
        """Take the notice ``key`` away: it is no longer true."""
        self._stop(key)
        if self._notices.pop(key, None) is not None:
            self._show()

    def toast(self, text: str) -> None:
        """Confirm something for a moment over the foot of the window."""
        if self._toast is None:
            self._toast = Toast(self.window())
        self._toast.show_message(text)

    def _stop(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    def _show(self) -> None:
        notice = self.shown
        self.setVisible(notice is not None)
        if notice is None:
            self.banner.show_message("")
        else:
            self.banner.show_message(notice.text, notice.kind.value, notice.action)
            self.place()

    def _closed(self) -> None:
        notice = self.shown
        if notice is not None:
            self.dismiss(notice.key)

    def _run(self) -> None:
        notice = self.shown
        if notice is not None and notice.run is not None:
            self.dismiss(notice.key)
            notice.run()
