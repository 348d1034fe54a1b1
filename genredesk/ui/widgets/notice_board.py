"""Where messages are shown: the weightiest in the banner, small confirmations as toasts.

Both move nothing: they lie over the status line, below everything that is worked with. A message of
more lines than one reaches up over the page.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QTimer
from PySide6.QtWidgets import QWidget

from genredesk.ui.look import theme
from genredesk.ui.widgets.banner import Banner, Toast
from genredesk.ui.widgets.base import StaysInPlace
from genredesk.ui.widgets.layouts import VBox
from genredesk.ui.widgets.notices import Notice, Severity

_READ_S = 15.0
FOOT = 2
"""So far from the lower edge of the window, logical pixels: what lies over the status line."""

_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def _weight(notice: Notice) -> int:
    """Return how much a notice matters; one that offers something is no less than a warning."""
    return max(_WEIGHT[notice.kind], bool(notice.action))


class NoticeBoard(StaysInPlace, QWidget):
    """Keeps the notices that are true, by key; shows the newest of the most serious ones.

    One that goes by itself is shown first, over all but errors: the others are there after it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: dict[str, Notice] = {}
        self._timers: dict[str, QTimer] = {}
        self._toast: Toast | None = None
        self.banner = Banner()
        VBox(self.banner, parent=self)
        self.banner.action_triggered.connect(self._run)
        self.banner.closed.connect(self._closed)
        self._above: QWidget | None = None
        self.hide()

    def float_over(self, ground: QWidget, *, above: QWidget) -> None:
        """Lie over the foot of ``ground``, no wider than ``above``, which ends where it ends."""
        self.setParent(ground)
        self._above = above
        ground.installEventFilter(self)
        self.hide()

    def place(self) -> None:
        """Lie over the status line."""
        ground, above = self.parentWidget(), self._above
        if ground is None or above is None:
            return
        room = QRect(above.mapTo(ground, QPoint()), above.size())
        wide = min(room.width(), self.banner.wanted())
        high = self.banner.heightForWidth(wide)
        y = ground.height() - theme.px(FOOT) - high
        self.setGeometry(room.right() + 1 - wide, y, wide, high)
        self.raise_()

    @property
    def shown(self) -> Notice | None:
        """The notice in the banner."""
        newest_first = list(reversed(self._notices.values()))
        first = max(newest_first, key=_weight, default=None)
        if first is None or first.kind is Severity.ERROR:
            return first
        newest = newest_first[0]  # said for a moment, it answers what was just done
        return newest if newest.key in self._timers else first

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
            if self._toast is not None:
                self._toast.hide()
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
        """Confirm something for a moment in the place of the banner."""
        if self._toast is None:
            self._toast = Toast(self.window())
            self._toast.gone.connect(self._show)
        self.hide()
        self._toast.show_message(text)

    def _stop(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    def _show(self) -> None:
        notice, toast = self.shown, self._toast
        self.setVisible(notice is not None and not (toast is not None and toast.isVisible()))
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
