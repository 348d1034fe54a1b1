"""Listening on many machines: the files of a scan as tasks of a Dask cluster.

Dask decides which worker takes a file, and gives it to another one when a worker is lost; the scan
stays where it is and writes to the catalogue alone. A worker needs GenreDesk, the model and the
music under the same paths as here (a shared drive). Nothing of Dask is imported before
:func:`connect` is called.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import os
import queue
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

from genredesk import __version__
from genredesk.core.messages import mark, say
from genredesk.library.records import AnalysisJob, AnalysisReport, path_of
from genredesk.library.scanning import cluster_task
from genredesk.library.scanning.workers import AHEAD, WorkersError, WorkerSetup

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

LOST = mark("Two workers of the cluster ended while they read it. It may be damaged.")
MOST_DEATHS = 2
_CONNECT_S = 15.0
_NO_WORKERS_S = 60.0
_LOCAL = re.compile(r"local(?::(\d+))?")


class ClusterWorkers:
    """The workers of a Dask cluster, given files as :class:`..workers.Workers` gives them.

    Belongs to one thread. Use as a context manager: it lets go of the cluster, and ends one that
    it began.

    Parameters
    ----------
    client
        Connected to the scheduler.
    cluster
        The one that was begun for this scan.
    """

    def __init__(
        self, setup: WorkerSetup, client: Client, cluster: LocalCluster | None = None
    ) -> None:
        self.count = 0
        self.replaced = 0
        self._setup = setup
        self._client = client
        self._cluster = cluster
        self._run = f"genredesk-{os.getpid()}-{time.monotonic_ns():x}"
        self._tasks: dict[str, tuple[AnalysisJob, Future]] = {}  # in the order they were given
        self._set_apart: list[str] = []
        self._deaths: collections.Counter[int] = collections.Counter()
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lost: queue.SimpleQueue[tuple[str, set[str]]] = queue.SimpleQueue()
        self._given = 0
        self._threads: dict[str, int] = {}
        self._asked_at, self._seen_at = 0.0, time.monotonic()
        client.subscribe_topic("all", self._on_event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def room(self) -> int:
        """How many more jobs may be given: each thread has one to read and one to go on with."""
        return max(0, AHEAD * max(1, sum(self._threads.values())) - len(self._tasks))

    @property
    def busy(self) -> bool:
        """Whether anything given has not been reported."""
        return bool(self._tasks)

    def give(self, job: AnalysisJob) -> None:
        """Have a file listened to."""
        self._given += 1
        key = f"{self._run}-{self._given}"
        future = self._client.submit(cluster_task.analyse, self._setup, job, key=key, pure=False)
        self._tasks[key] = (job, future)
        future.add_done_callback(lambda _: self._ended.put(key))

    def waited(self) -> None:
        """Nothing: Dask asks for no sign of life while the scan is held."""

    def reports(self, timeout_s: float) -> Iterator[AnalysisReport]:
        """Give what has come back, waiting at most ``timeout_s`` for the first.

        Raises
        ------
        WorkersError
            When the scheduler or all workers are gone, or a worker lacks the model or the files.
        """
        self._look_after_workers()
        try:
            ended = [self._ended.get(timeout=timeout_s)]
        except queue.Empty:
            ended = []
        while not self._ended.empty():
            ended.append(self._ended.get())
        yield from self._set_aside()
        for key in ended:
            if key in self._tasks and (report := self._result(key)) is not None:
                yield report

    def close(self) -> None:
        """Take back what was given and let go of the cluster."""
        for _, future in self._tasks.values():
            future.release()
        self._tasks.clear()
        with contextlib.suppress(Exception):  # the scheduler may be gone
            self._client.unsubscribe_topic("all")
            self._client.close(timeout=5)
        if self._cluster is not None:
            with contextlib.suppress(Exception):
                self._cluster.close(timeout=10)

    # -------------------------------------------------------------- what happens there

    def _on_event(self, event: tuple[float, dict]) -> None:
        """Note a lost worker (the client's own thread)."""
        _, what = event
        if what.get("action") == "remove-worker" and not what.get("expected"):
            keys = {str(key) for key in what.get("processing-tasks", ())}
            self._lost.put((what.get("worker", ""), keys))

    def _look_after_workers(self) -> None:
        now = time.monotonic()
        if now - self._asked_at < 1:
            return
        self._asked_at = now
        if self._client.status != "running":
            raise WorkersError(say(_GONE))
        self._threads |= (threads := _threads(self._client))
        for address in self._threads.keys() - threads.keys():
            del self._threads[address]
        if threads:
            self._seen_at = now
        elif now - self._seen_at > _NO_WORKERS_S:
            raise WorkersError(
                say(
                    "All workers have left the cluster. Start some and scan again; what was "
                    "heard is kept."
                )
            )

    def _set_aside(self) -> Iterator[AnalysisReport]:
        """Give up files that took two workers with them.

        A worker has more files than it can read at once; it takes them in the order they were
        given, so its end is held against the first ones alone.
        """
        while not self._lost.empty():
            address, keys = self._lost.get()
            self.replaced += 1
            # one that was given up may have taken another worker before that was heard of
            at_work = [key for key in (*self._set_apart, *self._tasks) if key in keys]
            for key in at_work[: self._threads.get(address, 1)]:
                if key not in self._tasks:
                    continue
                file_id = self._tasks[key][0].file_id
                self._deaths[file_id] += 1
                if self._deaths[file_id] >= MOST_DEATHS:
                    yield self._given_up(key)

    def _given_up(self, key: str) -> AnalysisReport:
        job, future = self._tasks.pop(key)
        self._set_apart.append(key)
        with contextlib.suppress(Exception):
            self._client.cancel([future], force=True)
        return AnalysisReport(job, note=say(LOST))

    def _result(self, key: str) -> AnalysisReport | None:
        """Return what a finished task says; ``None``: it was lost on its way and is done again."""
        from distributed import KilledWorker  # noqa: PLC0415

        job, future = self._tasks[key]
        try:
            result: cluster_task.TaskResult = future.result(timeout=cluster_task.FETCH_S)
        except KilledWorker:  # the scheduler's own count, which knows no order
            del self._tasks[key]
            self.give(job)
            return None
        except TimeoutError:
            future.add_done_callback(lambda _: self._ended.put(key))
            return None
        except Exception as error:
            if future.cancelled():
                raise WorkersError(say(_GONE)) from error
            raise _broken(error) from error
        del self._tasks[key]
        if result.problem:
            raise WorkersError(
                say("{host} cannot analyze: {problem}", host=result.host, problem=result.problem)
            )
        report = result.report
        assert report is not None  # noqa: S101 - one of the two is there
        if report.gone and path_of(job.path).exists():
            raise WorkersError(
                say(
                    "{host} does not see {path_of}. The music must be there under the same "
                    "path: share its folder and mount it there.",
                    host=result.host,
                    path_of=path_of(job.path),
                )
            )
        return report


_GONE = mark("The scheduler is gone. Start it and scan again; what was heard is kept.")


def _broken(error: Exception) -> WorkersError:
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError):
        said = say("it has no {reason}. Install GenreDesk there", reason=error.name)
    return WorkersError(say("A worker of the cluster cannot analyze: {said}", said=said))


def connect(
    setup: WorkerSetup, address: str, announce: Callable[[str], None] = lambda _: None
) -> ClusterWorkers:
    """Join a cluster, or begin one on this machine.

    Parameters
    ----------
    address
        Of a scheduler, as ``tcp://host:8786``; ``local:N``: N processes of this machine.
    announce
        Told in a sentence what was joined, and where its dashboard is.

    Raises
    ------
    WorkersError
        When Dask is not installed, nobody answers there, or its workers have no GenreDesk or
        another version of it.
    """
    try:
        from dask import config  # noqa: PLC0415 - for whoever has a cluster
        from distributed import Client, LocalCluster  # noqa: PLC0415
    except ImportError as error:
        raise WorkersError(
            say("A cluster needs Dask: pip install 'genredesk[cluster]'.")
        ) from error
    for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said by us
    local = _LOCAL.fullmatch(address)
    cluster = None
    if local:
        # its profiler looks at every thread a hundred times a second
        with config.set({"distributed.worker.profile.enabled": False}):
            cluster = LocalCluster(
                n_workers=int(local[1] or os.cpu_count() or 1), threads_per_worker=1,
                host="127.0.0.1", dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL, preload=cluster_task.__name__,
            )  # fmt: skip
    try:
        if not local:
            _knock(address)
        client = Client(cluster or address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersError(
            say(
                "{address}: no scheduler answers there ({reason}). Start one with `dask "
                "scheduler`, or use local:N.",
                address=address,
                reason=error,
            )
        ) from error
    joined = ClusterWorkers(setup, client, cluster)
    try:
        _refuse_others(client)
    except BaseException:
        joined.close()
        raise
    n = len(_threads(client))
    told = {"address": client.scheduler_info()["address"], "link": client.dashboard_link}
    if n == 1:
        announce(say("1 worker at {address}; dashboard: {link}", **told))
    else:
        announce(say("{n} workers at {address}; dashboard: {link}", n=n, **told))
    return joined


def _knock(address: str) -> None:
    """Raise ``OSError`` or ``ValueError`` where nobody listens: Dask itself tries for long."""
    where = urlsplit(address if "//" in address else f"tcp://{address}")
    if not (where.hostname and where.port):
        raise ValueError("an address has a host and a port, as tcp://HOST:8786")
    socket.create_connection((where.hostname, where.port), _CONNECT_S).close()


def _threads(client: Client) -> dict[str, int]:
    """Return how many threads each worker has."""
    return cast("dict[str, int]", client.nthreads())


def _refuse_others(client: Client) -> None:
    """Refuse a cluster without workers, and workers without this version of GenreDesk."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError as error:
        raise WorkersError(
            say("The cluster has no workers. Start some: `dask worker SCHEDULER --nthreads 1`.")
        ) from error
    try:
        versions = cast("dict[str, str]", client.run(cluster_task.version))
    except Exception as error:
        raise _broken(error) from error
    for worker, theirs in versions.items():
        if theirs != __version__:
            raise WorkersError(
                say(
                    "{worker} has GenreDesk {theirs}, here it is {version}. Install it there.",
                    worker=worker,
                    theirs=theirs,
                    version=__version__,
                )
            )
    try:
        client.get_versions(check=True)
    except ValueError as error:
        raise WorkersError(
            say("The cluster has other versions of its packages: {reason}", reason=error)
        ) from error
