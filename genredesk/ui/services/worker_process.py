"""A child process as signals: what it says arrives on the UI thread, in order, to its end.

All of training, scanning and measuring happens in such a process; the window only listens.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.training.runs.client import WorkerProcess
from genredesk.training.runs.messages import (
    ENDS,
    CancelledEvent,
    EndEvent,
    Event,
    FailedEvent,
    Request,
    WorkerCommand,
)
from genredesk.ui.services.jobs import Job, JobRunner


class Child(QObject):
    """One worker process.

    Signals
    -------
    said(Event)
        An event of the worker, none of which is the last.
    ended(EndEvent)
        The last one.
    """

    said = Signal(object)
    ended = Signal(object)

    def __init__(self, jobs: JobRunner, lane: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._lane = jobs, lane
        self._process: WorkerProcess | None = None
        self._job: Job | None = None
        self._unwanted = False
        self._last: EndEvent = CancelledEvent()

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._job is not None

    @property
    def pid(self) -> int:
        """Process id, 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def start(self, name: str, request: Request, before: Callable[[], None] | None = None) -> None:
        """Start the process.

        Parameters
        ----------
        name
            What is being done, as in "went wrong while training".
        request
            What the process is asked.
        before
            Done first, on the lane's thread.
        """
        if self._job is not None:
            raise RuntimeError("a child does one thing at a time")
        self._unwanted = False

        def work(job: Job) -> None:
            if before is not None:
                before()
            with WorkerProcess(request, gentle=True) as process:
                self._process = process
                if self._unwanted:
                    process.end()
                for event in process.events():
                    job.part(event)

        self._job = self._jobs.start(
            name, work, lane=self._lane, on_part=self._on_event, on_failed=self._on_failed
        )
        self._job.ended.connect(self._on_end)

    def tell(self, command: WorkerCommand) -> None:
        """Steer it."""
        if self._process is not None and self._job is not None:
            self._process.tell(command)

    def cancel(self, patience_s: float = 1.5) -> None:
        """Ask it to end; insist after a while."""
        self._unwanted = True
        self.tell(WorkerCommand.CANCEL)
        QTimer.singleShot(round(1000 * patience_s), self, self._insist)

    def shut(self, patience_s: float = 1.0) -> None:
        """End it now, waiting at most so long; the window is being closed."""
        self._unwanted = True
        if self._process is not None and self._job is not None:
            self._process.end(patience_s)

    def _insist(self) -> None:
        if self._unwanted and self._process is not None and self._job is not None:
            self._process.end()

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, ENDS):
            self.said.emit(event)
            return
        # A process that was killed because nobody wanted it any more did not fail.
        unwanted = self._unwanted and isinstance(event, FailedEvent)
        self._last = CancelledEvent() if unwanted else event

    def _on_failed(self, text: str, _error: Exception) -> None:
        self._last = FailedEvent(text)

    def _on_end(self) -> None:
        self._job = None
        self._process = None
        last, self._last = self._last, CancelledEvent()
        self.ended.emit(last)
