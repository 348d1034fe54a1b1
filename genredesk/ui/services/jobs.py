"""The app-level runner of long work: plain functions in, signals on the UI thread out.

A job belongs to the runner, never to a dialog. It ends in exactly one of done, cancelled, failed,
and everything it says (progress, parts, end) travels one queue, so nothing can overtake.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from genredesk.core.errors import Cancelled, GenreDeskError
from genredesk.core.job import JobContext, Progress

log = logging.getLogger(__name__)

PROGRESS_S = 0.05
"""Progress is told at most this often: more would only fill the window's event queue."""

Work = Callable[["Job"], Any]
"""What a job runs; it is given the job itself for ``job.context`` and ``job.part(...)``."""

Say = Callable[["Job", str, Any], None]
"""How a job's thread sends a message; belongs to the runner, which outlives every thread."""


class Job(QObject):
    """One piece of long work; its signals arrive on the thread that made it.

    Signals
    -------
    progressed(Progress), part(object), done(object), cancelled(), failed(str, object)
        ``failed`` carries the sentence to show and the exception; ``ended`` follows the last.
    """

    progressed = Signal(object)
    parted = Signal(object)
    done = Signal(object)
    cancelled = Signal()
    failed = Signal(str, object)
    ended = Signal()

    def __init__(self, name: str, work: Work, lane: str, say: Say, parent: QObject) -> None:
        super().__init__(parent)
        self.name = name
        self.lane = lane
        self.context = JobContext(self._report)
        self._work = work
        self._say = say
        self._reported = 0.0
        self._made: list[Any] = []  # what nobody took yet
        self.on_lost: Callable[[Any], None] | None = None
        """Given what was made where nobody takes it any more."""

    def part(self, value: Any) -> None:
        """Hand out a partial result (called from the work's own thread)."""
        self._say(self, "part", value)

    def cancel(self) -> None:
        """Ask the work to stop at its next checkpoint."""
        self.context.cancel()

    def run(self) -> None:
        """Do the work on the calling thread and say how it ended."""
        try:
            self.context.checkpoint()
            value = self._work(self)
        except Cancelled:
            self._say(self, "cancelled", None)
        except GenreDeskError as error:
            self._say(self, "failed", (str(error), error))
        except Exception as error:
            log.exception("%s failed", self.name)
            text = self.tr("Something unexpected went wrong while {0}: {1}").format(
                self.name, f"{type(error).__name__}: {error}"
            )
            self._say(self, "failed", (text, error))
        else:
            self._made.append(value)
            self._say(self, "done", None)

    def let_go(self) -> None:
        """Give what nobody took to :attr:`on_lost`, if there is one; its thread has ended."""
        while self._made and self.on_lost is not None:
            self.on_lost(self._made.pop())

    def _report(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._reported >= PROGRESS_S or progress.fraction == 1.0:
            self._reported = now
            self._say(self, "progress", progress)

    def deliver(self, what: str, value: Any) -> None:
        """Turn one message of the work into its signal (on the UI thread)."""
        if what == "progress":
            self.progressed.emit(value)
        elif what == "part":
            self.parted.emit(value)
        else:
            if what == "done":
                if self._made:
                    self.done.emit(self._made.pop())
            elif what == "cancelled":
                self.cancelled.emit()
            else:
                self.failed.emit(*value)
            self.ended.emit()


CLOSE_S = 5.0
"""How long a window that closes waits for each thread; nobody would wait longer."""

EXIT_S = 15.0
"""How long the process, of which nothing is seen any more, waits for all of them."""


def wait_for_threads() -> None:
    """Wait for threads of ours that are still in a library; for ``atexit``.

    One that comes back from C++ while the interpreter goes down is ended there and then, which
    aborts the process.
    """
    until = time.monotonic() + EXIT_S
    for thread in threading.enumerate():
        if thread.daemon and thread.name.startswith(_OURS):
            thread.join(max(0.0, until - time.monotonic()))


_OURS = "genredesk-"
"""So the names of all threads of the program begin."""


class _Lane:
    """One thread that runs its jobs one after another, in the order they were asked for."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name=_OURS + name, daemon=True)
        self.thread.start()

    def put(self, job: Job | None) -> None:
        self._queue.put(job)

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            job.run()
            # Without this the thread would keep the last job, and what its work holds, alive
            # until the next one comes.
            del job


class JobRunner(QObject):
    """Start work off the UI thread, keep it until it ended, stop all of it at the end.

    Work in the same ``lane`` runs one after another on one thread: opening and closing sound
    devices, for instance, must not overtake each other.
    """

    defect = Signal(str, object)
    """A job failed in a way nobody foresaw: the sentence shown and the exception."""

    _said = Signal(object, str, object)

    def __init__(self) -> None:
        super().__init__()
        self._said.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._lanes: dict[str, _Lane] = {}
        self._jobs: set[Job] = set()
        self._closed = False

    def start(
        self,
        name: str,
        work: Work,
        *,
        lane: str = "",
        on_done: Callable[[Any], None] | None = None,
        on_failed: Callable[[str, Exception], None] | None = None,
        on_part: Callable[[Any], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_lost: Callable[[Any], None] | None = None,
    ) -> Job:
        """Queue ``work`` in ``lane`` (empty: the lane of that name); callbacks run on this thread.

        Parameters
        ----------
        name
            What is being done, as it fits into "… went wrong while <name>".
        work
            Called with the :class:`Job` on the lane's thread.
        on_lost
            Called instead of ``on_done`` with what was made too late: the runner was closed before
            it could be told. What was opened is closed there.
        """
        job = Job(name, work, lane or name, self._said.emit, self)
        job.on_lost = on_lost
        for signal, slot in (
            (job.done, on_done),
            (job.failed, on_failed),
            (job.parted, on_part),
            (job.progressed, on_progress),
        ):
            if slot is not None:
                signal.connect(slot)
        job.ended.connect(lambda: self._forget(job))
        if self._closed:
            job.cancel()
            return job
        self._jobs.add(job)
        if job.lane not in self._lanes:
            self._lanes[job.lane] = _Lane(job.lane.replace(" ", "-"))
        self._lanes[job.lane].put(job)
        return job

    @property
    def running(self) -> tuple[Job, ...]:
        """Jobs that have not ended."""
        return tuple(self._jobs)

    def _deliver(self, job: Job, what: str, value: Any) -> None:
        if job in self._jobs:
            job.deliver(what, value)
            if what == "failed" and not isinstance(value[1], GenreDeskError):
                self.defect.emit(*value)

    def _forget(self, job: Job) -> None:
        self._jobs.discard(job)
        job.deleteLater()

    def close(self, *, but_finish: tuple[str, ...] = ()) -> bool:
        """Cancel everything and wait for the threads; lanes in ``but_finish`` empty their queue.

        Returns
        -------
        bool
            Whether every thread ended within :data:`CLOSE_S` seconds.
        """
        self._closed = True
        for job in tuple(self._jobs):
            if job.lane not in but_finish:
                job.cancel()
        for lane in self._lanes.values():
            lane.put(None)
        for lane in self._lanes.values():
            lane.thread.join(CLOSE_S)
        clean = not any(lane.thread.is_alive() for lane in self._lanes.values())
        self._lanes.clear()
        for job in self._jobs:
            job.let_go()
        return clean
