"""Processes that listen to files, one thread each, in the background.

A worker that dies or falls silent takes the file it was at with it, never the scan: it is replaced
by a new one, and whatever else it was to do is given to others.
"""

from __future__ import annotations

import collections
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol, Self

from genredesk.core.errors import GenreDeskError
from genredesk.core.heard import ScoreFactory
from genredesk.core.messages import mark, say
from genredesk.library.records import AnalysisJob, AnalysisReport
from genredesk.library.scanning.featurecache import WindowCache
from genredesk.library.scanning.worker import AnalysisWorker

AHEAD = 2
"""Files a worker is given at a time, so that it never waits for the next one."""

_BEAT_S = 1.0
_START_S = 120.0
_TRIES = 2

SPENT = mark("The decoder crashed on it. It may be damaged.")
SILENT = mark("The decoder did not come to an end with it. It may be damaged.")


class WorkersError(GenreDeskError):
    """No worker can be started; the text says why."""


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker is made from.

    Parameters
    ----------
    score
        Opens the network.
    cache_folder, cache_bytes
        See :class:`WindowCache`.
    stall_s
        After so long without a sign of life a worker is given up.
    """

    score: ScoreFactory
    cache_folder: Path | None = None
    cache_bytes: int | None = 0
    stall_s: float = 60.0


class WorkerPool(Protocol):
    """Workers, wherever they are; a scan gives them files and collects reports on one thread."""

    count: int
    replaced: int

    @property
    def room(self) -> int:
        """How many more jobs may be given."""
        ...

    @property
    def busy(self) -> bool:
        """Whether anything given has not been reported."""
        ...

    def give(self, job: AnalysisJob) -> None:
        """Have a file listened to."""
        ...

    def waited(self) -> None:
        """Forget for how long nobody was asked."""
        ...

    def reports(self, timeout_s: float) -> Iterator[AnalysisReport]:
        """Give what has come back, waiting at most ``timeout_s`` for the first."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


# ---------------------------------------------------------------- in the worker


def serve(setup: WorkerSetup, parent: Connection) -> None:
    """Work for ``parent`` until it closes its end."""
    step_back()
    try:
        scorer = setup.score()
    except Exception as error:  # noqa: BLE001 - told to the parent, whatever it was
        text = (
            str(error) if isinstance(error, GenreDeskError) else f"{type(error).__name__}: {error}"
        )
        with contextlib.suppress(OSError):
            parent.send(("broken", text))
        return
    last = 0.0

    def alive() -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _BEAT_S:
            last = now
            parent.send(("alive", None))

    cache = WindowCache(setup.cache_folder, setup.cache_bytes)
    listener = AnalysisWorker(scorer, cache, setup.score.features_fingerprint, alive)
    # The parent may be gone at any moment: then there is nobody to work for.
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        parent.send(("ready", None))
        while True:
            parent.send(("done", listener.listen(parent.recv())))


def step_back() -> None:
    """Leave the processor to whoever needs it at once, and keys and messages to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        # The decoders' own remarks about damaged files; the report says what matters.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        below_normal = 0x4000
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
    else:
        with contextlib.suppress(OSError):
            os.nice(10)


# ---------------------------------------------------------------- in the parent


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    jobs: collections.deque[AnalysisJob] = field(default_factory=collections.deque)
    ready: bool = False
    heard_from: float = field(default_factory=time.monotonic)


class Workers:
    """A handful of workers and what they are at.

    Belongs to one thread. Use as a context manager: no process is left behind.

    Parameters
    ----------
    count
        How many; may be changed at any time.
    """

    def __init__(self, setup: WorkerSetup, count: int) -> None:
        self.count = count
        self._setup = setup
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._again: collections.deque[AnalysisJob] = collections.deque()
        self._deaths: collections.Counter[int] = collections.Counter()
        self._failed_starts = 0
        self.replaced = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def room(self) -> int:
        """How many more jobs may be given."""
        live = min(self.count, max(self.count, len(self._workers)))
        given = sum(len(w.jobs) for w in self._workers) + len(self._again)
        return max(0, AHEAD * live - given)

    @property
    def busy(self) -> bool:
        """Whether anything given has not been reported."""
        return bool(self._again) or any(w.jobs for w in self._workers)

    def give(self, job: AnalysisJob) -> None:
        """Have a file listened to."""
        self._again.append(job)

    def waited(self) -> None:
        """Forget for how long nobody was asked: the scan was held, not the workers."""
        now = time.monotonic()
        for worker in self._workers:
            worker.heard_from = now

    def reports(self, timeout_s: float) -> Iterator[AnalysisReport]:
        """Hand out work and give what has come back, waiting at most ``timeout_s`` for the first.

        Raises
        ------
        WorkersError
            When the network cannot be opened, or workers die before they begin.
        """
        self._staff()
        self._hand_out()
        handles: list = []
        for worker in self._workers:
            handles += [worker.pipe, worker.process.sentinel]
        happened = set(wait(handles, timeout_s)) if handles else set()
        for worker in list(self._workers):
            if worker.pipe in happened or worker.process.sentinel in happened:
                yield from self._receive(worker)
        yield from self._bury_silent()
        self._hand_out()

    def close(self) -> None:
        """End every worker at once, whatever it is at."""
        for worker in self._workers:
            _end(worker)
        self._workers.clear()
        self._again.clear()

    # -------------------------------------------------------------- hands

    def _staff(self) -> None:
        for worker in [w for w in self._workers if not w.jobs][: max(0, self._surplus)]:
            self._workers.remove(worker)
            _end(worker)
        wanted = min(self.count, len(self._workers) + len(self._again) + self.busy)
        while len(self._workers) < wanted:
            self._workers.append(self._hire())

    @property
    def _surplus(self) -> int:
        return len(self._workers) - self.count

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(self._setup, theirs), name="genredesk-listen", daemon=True
        )
        with _one_thread():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _hand_out(self) -> None:
        for worker in sorted(self._workers[: self.count], key=lambda w: len(w.jobs)):
            while self._again and len(worker.jobs) < AHEAD:
                if worker.jobs and any(not w.jobs for w in self._workers[: self.count]):
                    break  # somebody has nothing to do
                job = self._again.popleft()
                worker.jobs.append(job)
                if len(worker.jobs) == 1:
                    worker.heard_from = time.monotonic()
                with contextlib.suppress(OSError):  # it died: noticed at its pipe
                    worker.pipe.send(job)

    def _receive(self, worker: _Worker) -> Iterator[AnalysisReport]:
        try:
            while worker.pipe.poll():
                kind, value = worker.pipe.recv()
                worker.heard_from = time.monotonic()
                if kind == "done":
                    worker.jobs.popleft()
                    yield value
                elif kind == "broken":
                    raise WorkersError(say("The files cannot be analyzed: {value}", value=value))
                elif kind == "ready":
                    worker.ready, self._failed_starts = True, 0
            if not worker.process.is_alive() and not worker.pipe.poll():
                raise EOFError
        except (EOFError, OSError):
            yield from self._bury(worker, say(SPENT))

    def _bury_silent(self) -> Iterator[AnalysisReport]:
        now = time.monotonic()
        for worker in list(self._workers):
            patience = self._setup.stall_s if worker.ready else max(_START_S, self._setup.stall_s)
            if worker.jobs and now - worker.heard_from > patience:
                self._deaths[worker.jobs[0].file_id] = _TRIES  # not again: it costs a minute
                yield from self._bury(worker, say(SILENT))

    def _bury(self, worker: _Worker, note: str) -> Iterator[AnalysisReport]:
        """Give up a worker; its file is tried once more, for it may not be the file's fault."""
        self._workers.remove(worker)
        _end(worker)
        self.replaced += 1
        jobs = list(worker.jobs)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= 3:
                raise WorkersError(
                    say(
                        "The processes that listen to files end before they begin. Free some "
                        "memory, or start the program again."
                    )
                )
            self._again.extendleft(reversed(jobs))
            return
        if not jobs:
            return
        guilty, *others = jobs
        self._again.extendleft(reversed(others))
        self._deaths[guilty.file_id] += 1
        if self._deaths[guilty.file_id] < _TRIES:
            self._again.append(guilty)
        else:
            del self._deaths[guilty.file_id]
            yield AnalysisReport(guilty, note=note)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()
    worker.process.close()


_starting = threading.Lock()


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Have a child's number crunching use one thread: there is one worker for each core."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    with _starting:
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(dict.fromkeys(names, "1"))
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
