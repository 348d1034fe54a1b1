"""What a worker of a Dask cluster runs: one file of a scan as a task."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from dataclasses import dataclass

from genredesk import __version__
from genredesk.core.errors import GenreDeskError
from genredesk.library.records import AnalysisJob, AnalysisReport
from genredesk.library.scanning import workers
from genredesk.library.scanning.featurecache import WindowCache
from genredesk.library.scanning.watchdog import Watchdog
from genredesk.library.scanning.worker import AnalysisWorker
from genredesk.library.scanning.workers import WorkerSetup

FETCH_S = 5.0
"""A worker that answers at all does so within this."""


class _Tools(threading.local):
    """What a worker's thread keeps from one file to the next: the network it opened last."""

    fingerprint = ""
    worker: AnalysisWorker
    watchdog: Watchdog


_tools = _Tools()


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task brings back.

    Parameters
    ----------
    host
        The machine that did it.
    problem
        Why it can do nothing at all, as a sentence; empty: it can.
    """

    host: str
    report: AnalysisReport | None = None
    problem: str = ""


def _send_what_was_done() -> None:
    """Wait until the answers of earlier files have left this process.

    A worker collects what it tells the scheduler for some milliseconds. Does the next file end it
    within them, an answer goes with it, and the file before is held to have been at work: twice, on
    a busy machine, and a good file would be set aside.
    """
    from distributed import get_worker  # noqa: PLC0415 - it runs on one
    from distributed.utils import sync  # noqa: PLC0415

    try:
        worker = get_worker()
    except ValueError:  # called by itself
        return
    told, deadline = worker.batched_stream, time.monotonic() + FETCH_S
    while told.buffer and time.monotonic() < deadline:
        time.sleep(0.001)
    with contextlib.suppress(TimeoutError):
        sync(worker.loop, asyncio.sleep, 0, callback_timeout=FETCH_S)


def analyse(setup: WorkerSetup, job: AnalysisJob) -> TaskResult:
    """Do one job on a worker of the cluster."""
    _send_what_was_done()
    host = socket.gethostname()
    fingerprint = setup.score.fingerprint
    if _tools.fingerprint != fingerprint:
        try:
            scorer = setup.score()
        except Exception as error:  # noqa: BLE001 - told to the scan, whatever it was
            return TaskResult(host, problem=_in_words(error))
        cache = WindowCache(setup.cache_folder, setup.cache_bytes)
        _tools.watchdog = Watchdog(setup.stall_s)
        _tools.worker = AnalysisWorker(
            scorer, cache, setup.score.features_fingerprint, _tools.watchdog.alive
        )
        _tools.fingerprint = fingerprint
    _tools.watchdog.alive()
    try:
        return TaskResult(host, _tools.worker.listen(job))
    finally:
        _tools.watchdog.rest()


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, GenreDeskError) else f"{type(error).__name__}: {error}"


def version() -> str:
    """Return the version of GenreDesk on a worker."""
    return __version__


def dask_setup(_: object) -> None:
    """Make a worker that a scan began behave as its own processes do (Dask's preload)."""
    workers.step_back()
