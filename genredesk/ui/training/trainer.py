"""The one training that runs: begun, paused, stopped, cancelled, interrupted, resumed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from PySide6.QtCore import QLockFile, QObject, Signal

from genredesk.core.errors import GenreDeskError
from genredesk.training.runs import store
from genredesk.training.runs.messages import (
    EndEvent,
    EpochEvent,
    Event,
    FailedEvent,
    TrainingDone,
    WorkerCommand,
)
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.services.jobs import Job, JobRunner
from genredesk.ui.services.worker_process import Child

LOCK = "training.lock"
LANE = "runs"
"""Reading and writing runs, one thing after another."""


class Trainer(QObject):
    """Starts the training process and keeps its run on disk up to date.

    Signals
    -------
    began(Run), ended(Run)
        The run as it is kept.
    said(Event)
        An event of the worker, see :mod:`genredesk.training.runs.messages`.
    paused(bool)
    problem(str)
        It could not be started, and why.
    """

    began = Signal(object)
    said = Signal(object)
    ended = Signal(object)
    paused = Signal(bool)
    problem = Signal(str)

    def __init__(self, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._child = Child(jobs, "training", self)
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self._lock: QLockFile | None = None
        self._started = 0.0
        self._before_s = 0.0
        self.run: TrainingRun | None = None
        self.is_paused = False
        self.stopping = ""

    @property
    def running(self) -> bool:
        """Whether a training goes on."""
        return self._child.running

    @property
    def pid(self) -> int:
        """Process id of the worker, 0 when none runs."""
        return self._child.pid

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._before_s + time.monotonic() - self._started

    def start(
        self, run: TrainingRun, *, resume: bool = False, prepare: Callable[[], None] | None = None
    ) -> bool:
        """Begin ``run``; return whether it began.

        Parameters
        ----------
        resume
            Go on after the last whole epoch.
        prepare
            Called first on a thread of its own: writes what the run reads.
        """
        if self._child.running:
            self.problem.emit(
                self.tr("A training is running already. Wait for it, or cancel it first.")
            )
            return False
        if not self._take_lock():
            return False
        run = run.replace(state=store.RUNNING, message="")
        self.run, self.is_paused, self.stopping = run, False, ""
        self._started, self._before_s = time.monotonic(), run.seconds if resume else 0.0

        def before() -> None:
            store.save(run)
            if prepare is not None:
                prepare()

        plan = run.train_plan(resume=resume)
        self._child.start(self.tr("training"), plan, before)
        self.began.emit(run)
        return True

    def elsewhere(self) -> bool:
        """Whether another window is training."""
        lock = QLockFile(str(store.runs_dir() / LOCK))
        lock.setStaleLockTime(0)
        if lock.tryLock(0):
            lock.unlock()
            return False
        return lock.error() == QLockFile.LockError.LockFailedError

    def _take_lock(self) -> bool:
        folder = store.runs_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = self.tr("The training cannot be kept in {0} ({1}). Make room there.")
            self.problem.emit(text.format(folder, error.strerror or error))
            return False
        lock = QLockFile(str(folder / LOCK))
        lock.setStaleLockTime(0)
        if not lock.tryLock(0):
            self.problem.emit(
                self.tr(
                    "Another GenreDesk window is training at the moment. Wait for it, or cancel it "
                    "there: two trainings at once would only slow each other down."
                )
            )
            return False
        self._lock = lock
        return True

    def pause(self, on: bool) -> None:
        """Hold it at its next step, or let it go on."""
        self.is_paused = on
        self._child.tell(WorkerCommand.PAUSE if on else WorkerCommand.GO)
        self.paused.emit(on)

    def keep_best(self) -> None:
        """End after this epoch and keep the best network so far."""
        self.stopping = "keep"
        self._child.tell(WorkerCommand.STOP)
        if self.is_paused:
            self.is_paused = False
            self.paused.emit(False)

    def cancel(self) -> None:
        """End now; nothing is kept but the last checkpoint."""
        self.stopping = "cancel"
        self._child.cancel()

    def shut(self) -> None:
        """End the process: the window is being closed. The run can be resumed."""
        if self._child.running:
            self._child.shut(0.5)
            if self.run is not None:
                with_time = self.run.replace(state=store.INTERRUPTED, seconds=self.seconds)
                # Where it cannot be written it stays "running": the same at the next start.
                with contextlib.suppress(GenreDeskError):
                    store.save(with_time)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _on_event(self, event: Event) -> None:
        run = self.run
        if isinstance(event, EpochEvent) and run is not None:
            self._later(lambda: store.add_epoch(run, event))
        self.said.emit(event)

    def _on_end(self, event: EndEvent) -> None:
        self._unlock()
        if self.run is None:
            return
        run = self.run.replace(seconds=self.seconds)
        if isinstance(event, TrainingDone):
            songs = event.evaluation["songs"]
            low, high = songs["interval"]
            run = run.replace(
                state=store.DONE, score=songs["sum"], interval=(low, high), n=songs["n"]
            )
        elif isinstance(event, FailedEvent):
            run = run.replace(state=store.FAILED, message=event.message)
        else:
            run = run.replace(state=store.CANCELLED)
        self.run = run

        def keep() -> None:
            if run.folder.is_dir():
                store.sweep(run, everything=False)
                store.save(run)

        self._later(keep, lambda: self.ended.emit(run))

    def _later(self, work: Callable[[], None], then: Callable[[], None] | None = None) -> None:
        def run_it(_job: Job) -> None:
            work()

        job = self._jobs.start(
            self.tr("keeping the training"),
            run_it,
            lane=LANE,
            on_failed=lambda text, _error: self.problem.emit(text),
        )
        if then is not None:
            job.ended.connect(then)
