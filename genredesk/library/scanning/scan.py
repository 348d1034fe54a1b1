"""Looking for music and listening to it, in the background, as often as one likes.

First every folder is walked and compared with the catalogue; then workers listen to what is new or
changed. Whatever is done is kept in batches, so a scan that is stopped or killed at any moment goes
on where it was. What cannot be found is never forgotten: it is missing, or offline with its drive.
"""

from __future__ import annotations

import collections
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genredesk.core.errors import GenreDeskError
from genredesk.core.heard import ScoreFactory
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.library.catalogue import file_writes, recordings
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.catalogue.lock import FileLock
from genredesk.library.records import AnalysisJob, AnalysisReport
from genredesk.library.scanning.discover import Discovery, OnBatch, ScanReport
from genredesk.library.scanning.workers import WorkerPool, Workers, WorkerSetup

BATCH = 48
"""Reports kept in one transaction, unless :data:`BATCH_S` passes before."""

BATCH_S = 1.0
_TICK_S = 0.2
_PAGE = 400
_BARE = (
    "file.track_id NOT IN (SELECT track_id FROM fingerprint"  # noqa: S608 - our own word
    f" WHERE edition = '{recordings.EDITION}')"
)
"""Whether nothing tells a file's recording yet."""


class ScanBusy(GenreDeskError):  # noqa: N818 - a state of things rather than a fault
    """Another scan of the same catalogue is running, in this or another program."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How a scan is done.

    Parameters
    ----------
    workers
        How many processes listen; a callable is asked again and again, so that a person can
        change it while the scan runs.
    retry_failed
        Listen again to files that could not be read before.
    fingerprints
        Also read the tracks that were listened to before there were fingerprints, for duplicates.
    reread
        Read the tags of every file again: for drives that keep no time a tagger cannot set back.
    stall_s
        See :class:`~genredesk.library.scanning.workers.WorkerSetup`.
    cache_folder, cache_bytes
        Where and how much is kept for other networks; 0 bytes: nothing, ``None``: what the
        settings say.
    pool
        Opens the workers; processes of this machine without one.
    """

    workers: int | Callable[[], int] = 2
    retry_failed: bool = False
    reread: bool = False
    fingerprints: bool = False
    stall_s: float = 60.0
    cache_folder: Path | None = None
    cache_bytes: int | None = None
    pool: Callable[[WorkerSetup], WorkerPool] | None = None

    @property
    def count(self) -> int:
        """How many processes may listen now."""
        asked = self.workers() if callable(self.workers) else self.workers
        return max(1, min(int(asked), 4 * (os.cpu_count() or 1)))


def scan(
    catalogue: Catalogue,
    score: ScoreFactory,
    ctx: JobContext,
    *,
    roots: Sequence[int] | None = None,
    paths: Sequence[Path] | None = None,
    options: ScanOptions | None = None,
    on_batch: OnBatch | None = None,
    report: ScanReport | None = None,
) -> ScanReport:
    """Bring the catalogue up to date with its folders and ask ``score`` about every track.

    Parameters
    ----------
    score
        The network; its results are the ones shown from now on.
    ctx
        Told ``done`` of ``total`` files; may pause and cancel.
    roots
        Only these folders; ``None``: all.
    paths
        Only look at these files and folders (of the library's folders), as a watcher reports them.
    on_batch
        Called, on this thread, with the ids of the files that were just kept.
    report
        Filled in as the scan goes on, for whoever wants to look meanwhile.

    Raises
    ------
    ScanBusy
        When another scan of this catalogue is running.
    Cancelled
        When the job was asked to stop; what is done is kept.
    WorkersError, CatalogueError
        When nothing can be listened to or kept.
    """
    lock = FileLock(catalogue.db.path.with_name(catalogue.db.path.name + ".scan"))
    if not lock.take():
        raise ScanBusy(
            say(
                "Another GenreDesk (process {pid}) is scanning this library already. Its results "
                "appear here, too.",
                pid=lock.holder(),
            )
        )
    try:
        begin = time.monotonic()
        told = report if report is not None else ScanReport()
        one = _Scan(catalogue, score, ctx, options or ScanOptions(), told)
        one.on_batch = on_batch or one.on_batch
        try:
            look = one.look = Discovery(catalogue, ctx, told, on_batch)
            if paths is None:
                look.at_folders(roots, reread=one.options.reread)
            else:
                look.at_paths(paths)
            one.listen(roots)
            look.drop_left_folders()
        finally:
            told.seconds = time.monotonic() - begin
        return told
    finally:
        lock.release()


class _Scan:
    """One run of :func:`scan`."""

    def __init__(
        self,
        catalogue: Catalogue,
        score: ScoreFactory,
        ctx: JobContext,
        options: ScanOptions,
        report: ScanReport,
    ) -> None:
        self.catalogue = catalogue
        self.score = score
        self.ctx = ctx
        self.options = options
        self.report = report
        self.on_batch: OnBatch = lambda _: None
        self.look: Discovery

    # -------------------------------------------------------------- listening

    def listen(self, wanted: Sequence[int] | None) -> None:
        """Listen to what is new or changed, and ask about tracks this network does not know."""
        score = self.score
        bundle_id = self.catalogue.networks.use(
            score.fingerprint, score.name, score.labels, score.bounds
        )
        waiting = self._waiting(bundle_id, wanted)
        total = len(waiting)
        if not total:
            return
        setup = WorkerSetup(
            self.score, self.options.cache_folder, self.options.cache_bytes, self.options.stall_s
        )
        jobs = self._jobs(waiting, bundle_id)
        done: list[AnalysisReport] = []
        kept_at = time.monotonic()
        finished = 0
        try:
            open_pool = self.options.pool
            with open_pool(setup) if open_pool else Workers(setup, self.options.count) as workers:
                more = True
                while more or workers.busy:
                    self._pause(workers)
                    workers.count = self.options.count
                    while more and workers.room:
                        job = next(jobs, None)
                        more = job is not None
                        if job is not None:
                            workers.give(job)
                    done += workers.reports(_TICK_S)
                    self.report.replaced = workers.replaced
                    late = time.monotonic() - kept_at > BATCH_S
                    if len(done) >= BATCH or (done and (late or not workers.busy)):
                        batch, done = done, []  # kept once, whatever happens
                        again = self._keep(batch, bundle_id)
                        for job in again:
                            workers.give(job)
                        finished += len(batch) - len(again)
                        kept_at = time.monotonic()
                    self.ctx.progress(finished + len(done), total, self._status())
        finally:
            if done:
                self._keep(done, bundle_id)
        self.ctx.progress(total, total, self._status())

    def _status(self) -> str:
        return (
            say("{failed} could not be read", failed=self.report.failed)
            if self.report.failed
            else ""
        )

    def _pause(self, workers: WorkerPool) -> None:
        """Wait while the job is paused; the workers' silence meanwhile is not held against them."""
        begin = time.monotonic()
        self.ctx.checkpoint()
        if time.monotonic() - begin > 1:
            workers.waited()

    def _waiting(self, bundle_id: int, wanted: Sequence[int] | None) -> np.ndarray:
        """Return the ids of files to listen to, in the order they were found."""
        retry = "OR file.state = 'failed'" if self.options.retry_failed else ""
        bare = f"OR (file.state = 'analysed' AND {_BARE})" if self.options.fingerprints else ""
        query = (
            "SELECT file.id, root_id FROM file LEFT JOIN result"  # noqa: S608 - our own words
            " ON result.track_id = file.track_id AND result.bundle_id = ?"
            f" WHERE away = '' AND (file.state = 'found' {retry}"
            f" OR ctime_ns = {file_writes.READ_AGAIN}"
            f" OR (file.state = 'analysed' AND result.track_id IS NULL) {bare}) ORDER BY file.id"
        )
        with self.catalogue.db.read() as connection:
            found = connection.execute(query, (bundle_id,))
            ids = [i for i, root in found if wanted is None or root in wanted]
        return np.array(ids, np.int64)

    def _jobs(self, waiting: np.ndarray, bundle_id: int) -> Iterator[AnalysisJob]:
        """Make jobs a page at a time, each as the file is known by then."""
        asked: set[int] = set()
        for start in range(0, len(waiting), _PAGE):
            page = [int(i) for i in waiting[start : start + _PAGE]]
            marks = ",".join("?" * len(page))
            with self.catalogue.db.read() as connection:
                rows = connection.execute(
                    "SELECT file.id, path, file.state, file.track_id, audio_hash,"  # noqa: S608
                    " result.track_id IS NOT NULL, EXISTS (SELECT 1 FROM file AS lost"
                    f" WHERE lost.size = file.size AND lost.away <> ''), ctime_ns, {_BARE}"
                    " FROM file LEFT JOIN track ON track.id = file.track_id"
                    " LEFT JOIN result ON result.track_id = file.track_id AND bundle_id = ?"
                    f" WHERE file.id IN ({marks}) AND away = '' ORDER BY file.id",
                    (bundle_id, *page),
                ).fetchall()
            for file_id, path, state, track_id, audio_hash, answered, lost, ctime_ns, bare in rows:
                if state == "analysed":
                    if answered and ctime_ns == file_writes.READ_AGAIN:
                        yield AnalysisJob(file_id, path, tags_only=True)
                        continue
                    wanted = not answered or (bare and self.options.fingerprints)
                    if not wanted or track_id in asked:
                        continue  # another copy of the same sound
                    asked.add(track_id)
                    known = None if answered else audio_hash
                    yield AnalysisJob(file_id, path, identify=bool(answered), audio_hash=known)
                else:
                    yield AnalysisJob(file_id, path, identify=bool(answered or lost))

    def _keep(self, done: list[AnalysisReport], bundle_id: int) -> list[AnalysisJob]:
        """Keep reports in one transaction; return files whose sound turned out to be new."""
        again: list[AnalysisJob] = []
        touched: list[int] = []
        counts: collections.Counter[str] = collections.Counter()
        with self.catalogue.db.write() as connection:
            for one in done:
                if one.job.tags_only and not one.gone:
                    counts["changed"] += file_writes.keep_tags(connection, one)
                    touched.append(one.job.file_id)
                    continue
                file_id, complete = file_writes.keep_report(connection, one, bundle_id)
                touched.append(file_id)
                if not complete:
                    again.append(AnalysisJob(one.job.file_id, one.job.path))
                    continue
                if file_id != one.job.file_id:  # it took an old row back
                    counts["moved"] += 1
                    counts["new"] -= one.job.file_id in self.look.added
                    counts["missing"] -= file_id in self.look.lost
                counts["failed"] += bool(one.note)
                counts["missing"] += one.gone
                counts["analysed"] += one.audio_hash is not None
        self.report.moved += counts["moved"]
        self.report.missing += counts["missing"]
        self.report.new += counts["new"]
        self.report.changed += counts["changed"]
        self.report.failed += counts["failed"]
        self.report.analysed += counts["analysed"]
        self.on_batch(touched)
        return again
