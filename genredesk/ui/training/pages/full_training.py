"""What full training brings and takes, and a button that fetches it while it is not there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from genredesk.core.job import Progress
from genredesk.core.packages import extras, pip
from genredesk.training.runs.messages import EndEvent, Event, FailedEvent, InstallDone, InstallTask
from genredesk.ui.look.tokens import GRID
from genredesk.ui.training.pages.wizard_page import set_tone
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.controls import Button, ProgressStrip
from genredesk.ui.widgets.layouts import VBox, paragraph

_PATIENCE_S = 20.0
"""So long a cancelled process may take to delete what was unpacked."""


class FullTraining(QWidget):
    """Offers what trains whole networks.

    Signals
    -------
    installed()
        It is there now.
    """

    installed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self.absent = False
        self._child = session.installing
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self.about = paragraph("", "quiet")
        self.state = paragraph("", "quiet")
        self.get = Button(self.tr("Install full training"), icon="import")
        self.get.clicked.connect(self.start)
        self.strip = ProgressStrip()
        self.strip.cancelled.connect(self._cancel)
        VBox(self.about, self.get, self.strip, self.state, parent=self, gap=GRID)
        self._show_state()

    def look(self) -> None:
        """See whether it is there."""
        self.absent = bool(extras.missing())
        self._show_state()

    def start(self) -> None:
        """Fetch it."""
        if self._child.running:
            return
        self._say("", "quiet")
        self._child.start(self.tr("installing full training"), InstallTask())
        self.strip.set_progress(self.tr("Installing …"), None)
        self._show_state()
        self.strip.setFocus()  # the button that was pressed is gone

    def _cancel(self) -> None:
        self._say(self.tr("Stopping …"), "quiet")
        self._child.cancel(_PATIENCE_S)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.strip.set_progress(self.tr("Installing …"), event.fraction)
            self._say(event.message, "quiet")

    def _on_end(self, event: EndEvent) -> None:
        had_keys = self.strip.isAncestorOf(self.focusWidget() or self)
        failed = isinstance(event, FailedEvent)
        self._say(event.message if isinstance(event, FailedEvent) else "", "error")
        self.look()
        if had_keys and self.get.isVisible():
            self.get.setFocus()
        if not failed and isinstance(event, InstallDone):
            self.installed.emit()

    def _say(self, text: str, tone: str) -> None:
        self.state.setText(text)
        set_tone(self.state, tone)
        self.state.setVisible(bool(text))

    def _show_state(self) -> None:
        running = self._child.running
        possible = pip.there()
        self.about.setText(
            self.tr(
                "Quick training works as it is. To train networks from scratch or all of their "
                "layers, GenreDesk needs PyTorch and what belongs to it: {0}."
            ).format(extras.size())
            if possible
            else extras.by_hand()
        )
        self.get.setVisible(possible and not running)
        self.strip.setVisible(running)
        self.setVisible(self.absent)
