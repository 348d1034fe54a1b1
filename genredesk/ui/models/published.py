"""A button that fetches a published network, with progress and cancel; a process does it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from genredesk.core.job import Progress
from genredesk.training.runs.messages import EndEvent, Event, FailedEvent, GetDone, GetTask
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services.worker_process import Child
from genredesk.ui.widgets.controls import Button, ProgressStrip
from genredesk.ui.widgets.layouts import VBox
from genredesk.ui.widgets.notices import Notice, Severity

IDS = ("musicnn-msd", "musicnn-mtt")
"""What it installs; with both of them there is nothing to get."""


class PublishedModels(QWidget):
    """Offers musicnn while it is not installed.

    Signals
    -------
    notice(Notice)
        Something to tell.
    installed(str)
        The id of the first of the new bundles.
    """

    notice = Signal(object)
    installed = Signal(str)

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self._engine = listening.engine
        self._child = Child(listening.jobs, "published", self)
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self.get = Button(self.tr("Get musicnn"), icon="import")
        self.get.setToolTip(
            self.tr("Two networks that know 50 tags each (ISC license); downloads 29 MB with pip")
        )
        self.get.clicked.connect(self._asked)
        self.strip = ProgressStrip()
        self.strip.cancelled.connect(self._child.cancel)
        VBox(self.get, self.strip, parent=self, gap=GRID)
        self._engine.bundles_changed.connect(self._show_state)
        self._show_state()

    def _asked(self) -> None:
        self.start()

    def start(self, source: Path | None = None) -> None:
        """Fetch it, or take the wheel ``source``."""
        if self._child.running:
            return
        asked = GetTask("musicnn", str(source or ""))
        self._child.start(self.tr("getting musicnn"), asked)
        self.strip.set_progress(self.tr("Getting musicnn …"), None)
        self._show_state()
        self.strip.setFocus()  # the button that was pressed is gone

    def shut(self) -> None:
        """End the process: the window is being closed."""
        self._child.shut(0.5)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Progress) and event.total:
            self.strip.set_progress(self.tr("Getting musicnn …"), event.done / event.total)

    def _on_end(self, event: EndEvent) -> None:
        had_keys = self.strip.isAncestorOf(self.focusWidget() or self)
        self._show_state()
        if had_keys and self.get.isVisible():
            self.get.setFocus()
        if isinstance(event, FailedEvent):
            self.notice.emit(Notice("models", event.message, Severity.ERROR))
        elif isinstance(event, GetDone):
            text = self.tr("musicnn was checked and installed (ISC license).")
            self.notice.emit(Notice("models", text, lasting_s=6.0))
            self.installed.emit(event.bundles[0])
            self._engine.refresh()

    def _show_state(self) -> None:
        running = self._child.running
        missing = not set(IDS) <= {bundle.id for bundle in self._engine.bundles}
        self.get.setVisible(missing and not running)
        self.strip.setVisible(running)
