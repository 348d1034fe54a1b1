"""Where messages are shown: the weightiest in the banner, small confirmations as toasts.

The banner lies over the page and moves nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from genredesk.ui.widgets.banner import Banner, Toast
from genredesk.ui.widgets.notices import Notice, Severity

_READ_S = 15.0
_RISE = 14
_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class NoticeBoard(QWidget):
    """Keeps the notices that are true, by key; shows the newest of the most serious ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: dict[str, Notice] = {}
        self._timers: dict[str, QTimer] = {}
        self._toast: Toast | None = None
        self.banner = Banner()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.banner)
        self.banner.action_triggered.connect(self._run)
        self.banner.closed.connect(self._closed)
        self._over: QWidget | None = None
        self.hide()

    def lie_over(self, page: QWidget) -> None:
        """Lie over the top of ``page``, wherever that is; both have the same parent."""
        self._over = page
        self.setParent(page.parentWidget())
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay there when the page is moved or resized."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over = self._over
        if over is None or not self.isVisible():
            return
        place = over.geometry()
        wide = place.width()
        tall = self.heightForWidth(wide) if self.hasHeightForWidth() else self.sizeHint().height()
        top = max(0, place.y() - _RISE)  # over the ground and the headings, off what is read
        self.setGeometry(place.x(), top, wide, min(tall, place.height()))
        self.raise_()

    @property
    def shown(self) -> Notice | None:
        """The notice in the banner."""
        newest_first = reversed(self._notices.values())
        return max(newest_first, key=lambda notice: _WEIGHT[notice.kind], default=None)

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
            self._place()

    def _closed(self) -> None:
        notice = self.shown
        if notice is not None:
            self.dismiss(notice.key)

    def _run(self) -> None:
        notice = self.shown
        if notice is not None and notice.run is not None:
            self.dismiss(notice.key)
            notice.run()
