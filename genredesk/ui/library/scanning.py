"""The scan as an app-level job: it belongs to the program, goes on in the background, and resumes.

The worker processes are niced; while something live is heard one core stays free for it. Closing
the program stops it, the next start goes on where it was.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from genredesk.core.job import Progress
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.look.text import tr
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.notices import Notice

if TYPE_CHECKING:
    from genredesk.core.settings import Settings
    from genredesk.inference.bundle import Bundle
    from genredesk.library.library import Library
    from genredesk.ui.listen.session import ListenSession

LANE = "library-scan"
ASK_FROM = 10
"""Fewer tracks are heard again with another model without asking."""
RATE_S = 30.0
"""The rate is measured over the last half minute."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the scan runs.

    Parameters
    ----------
    done, total
        Files listened to and to be listened to; ``total`` 0: still looking.
    rate
        Files a second, lately; 0 while it is not known.
    left_s
        Seconds to go, ``None`` while that cannot be told.
    message
        What is being done or read.
    """

    done: int
    total: int
    rate: float
    left_s: float | None
    message: str


class LibraryScan(QObject):
    """Finds and listens to the files of the library.

    Signals
    -------
    changed()
        It began, ended, was paused or goes on (:attr:`running`, :attr:`paused`).
    paced(Pace)
        How far it is.
    said(str, bool)
        What came of it; whether it is an error.
    asked(int, str, str)
        Another model is in use: are so many tracks to be heard again? Titles of the one before
        and of the new one; see :meth:`hear_again`. 0: the question is settled.
    """

    changed = Signal()
    paced = Signal(object)
    said = Signal(str, bool)
    asked = Signal(int, str, str)
    _settled = Signal(list)

    def __init__(
        self, tracks: CatalogueModel, listening: ListenSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tracks = tracks
        self._listening = listening
        self._job: Job | None = None
        self.model: Bundle | None = None
        """The model the library listens with; ``None`` until that is settled."""
        self._again = self._reread = self._paused = False
        self._passed: list[str] | None = []
        self._marks: deque[tuple[float, float]] = deque()
        self._live = listening.state == "running"
        asked = listening.memory.settings.scan_cores
        self.cores = asked or max(1, (os.cpu_count() or 2) - 1)
        self._watcher: Any = None
        self._watching = threading.Lock()  # held while a watcher is made or taken away
        self._shut = False
        self._watched: list[Path] = []
        self._came: list[Path] = []
        self._held = False
        self._settled.connect(self._on_settled, Qt.ConnectionType.QueuedConnection)
        listening.state_changed.connect(lambda _state: self._make_room())
        listening.engine.bundle_changed.connect(lambda _bundle: self._on_bundle())
        listening.memory.changed.connect(self._on_settings)

    @property
    def running(self) -> bool:
        """Whether a scan is under way (also while paused)."""
        return self._job is not None

    @property
    def paused(self) -> bool:
        """Whether it is held."""
        return self._paused

    # running ------------------------------------------------------------------------------

    def resume(self) -> None:
        """At the start of the program: go on where it was, and notice what is new."""
        self.watch()
        self._again = True
        self._passed = None if self._tracks.roots else []  # it was said when it was found
        self._settle_model()

    def start(
        self,
        *,
        paths: Sequence[Path] | None = None,
        retry_failed: bool = False,
        reread: bool = False,
        fingerprints: bool = False,
    ) -> None:
        """Look through the folders (or only at ``paths``) and listen to what is new.

        While one scan runs, another follows. The rest is as in
        :class:`~genredesk.library.scanning.scan.ScanOptions`.
        """
        catalogue, bundle = self._tracks.catalogue, self.model
        if catalogue is None or not self._tracks.roots:
            return
        if bundle is None or self._job is not None or (self._held and paths is not None):  # later
            self._again = self._again or paths is None
            self._reread = self._reread or reread
            self._came += paths or []
            return
        if paths is None:
            self._came.clear()
            reread, self._reread = reread or self._reread, False
        self._again = self._paused = False
        self._marks.clear()
        tracks, allowed, kept = self._tracks, self._allowed, self._listening.memory.settings
        report: list[Any] = []

        def work(job: Job) -> Any:
            from genredesk.core.paths import cache_dir  # noqa: PLC0415
            from genredesk.inference.scorer import BundleScorer  # noqa: PLC0415
            from genredesk.library.scanning.scan import ScanOptions, ScanReport, scan  # noqa: PLC0415

            report.append(ScanReport())
            options = ScanOptions(
                workers=allowed,
                retry_failed=retry_failed,
                reread=reread,
                fingerprints=fingerprints,
                cache_folder=cache_dir() / "features",
            )
            return scan(
                catalogue,
                BundleScorer.of(bundle, unsure_below=kept.unsure_below, care=kept.care),
                job.context,
                paths=paths,
                options=options,
                on_batch=lambda _ids: job.part(None),
                report=report[0],
            )

        self._job = self._listening.jobs.start(
            self.tr("looking through the library"),
            work,
            lane=LANE,
            on_done=self._done,
            on_failed=lambda text, _error: self.said.emit(text, True),
            on_part=lambda _value: tracks.touch(),
            on_progress=self._on_progress,
        )
        self._job.ended.connect(self._ended)
        self.changed.emit()

    def pause(self, paused: bool) -> None:
        """Hold the scan, or let it go on."""
        if self._job is not None:
            self._paused = paused
            self._marks.clear()
            self._job.context.pause(paused)
            self.changed.emit()

    def stop(self) -> None:
        """End the scan; what was heard is kept, and the next one goes on from there."""
        self._again = self._reread = False
        self._came.clear()
        if self._job is not None:
            self._job.cancel()

    def hold(self, on: bool) -> None:
        """Note what comes while our own hand changes files, and look at it afterwards.

        By then the catalogue knows what was written, and nothing is listened to again.
        """
        self._held = on
        if not on and self._job is None:
            self._follow()

    def set_cores(self, cores: int) -> None:
        """Let so many processes listen; counts at once."""
        self.cores = max(1, cores)
        self._listening.memory.update(scan_cores=self.cores)

    def _allowed(self) -> int:
        """Return how many may listen now: one less while something is heard live."""
        busy = self._live and self.cores > 1
        return self.cores - 1 if busy else self.cores

    def _make_room(self) -> None:
        self._live = self._listening.state == "running"

    def _on_bundle(self) -> None:
        """Another model: all is heard again, from kept features where there are any.

        Of many tracks that is asked first; until then the library goes on with the one before.
        """
        if self._tracks.catalogue is not None:
            self._settle_model()

    def _settle_model(self) -> None:
        catalogue, engine = self._tracks.catalogue, self._listening.engine
        bundle, others = engine.bundle, list(engine.bundles)
        if catalogue is None or bundle is None:
            return

        def done(found: tuple[Bundle, int]) -> None:
            if engine.bundle is bundle:
                model, n = found
                self.asked.emit(n, model.card.title, bundle.card.title)
                self._use(model)

        self._listening.jobs.start(
            self.tr("checking which model was asked"),
            lambda _job: _model_to_use(catalogue, bundle, others),
            lane="library-model",
            on_done=done,
            on_failed=lambda text, _error: self.said.emit(text, True),
        )

    def hear_again(self) -> None:
        """Listen to all tracks with the model in use."""
        bundle = self._listening.engine.bundle
        if bundle is not None:
            self.asked.emit(0, "", bundle.card.title)
            self._use(bundle)

    def _use(self, model: Bundle) -> None:
        changed = self.model is None or self.model.path != model.path
        self.model = model
        if changed and self._job is not None:
            self._again = True
            self._job.cancel()
        elif changed or self._again:
            self.start()
        self.changed.emit()

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        """Another choice of care: what was heard is judged anew, as it is on the Listen page."""
        bundle = self.model or self._listening.engine.bundle
        if bundle is None or not names & {"unsure_below", "care"}:
            return

        def work(catalogue: Library) -> None:
            from genredesk.inference.scorer import BundleScorer  # noqa: PLC0415

            score = BundleScorer.of(bundle, unsure_below=settings.unsure_below, care=settings.care)
            catalogue.networks.judge(score.fingerprint, score.bounds)

        self._tracks.change(work)

    def _on_progress(self, progress: Progress) -> None:
        now = time.monotonic()
        self._marks.append((now, progress.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > RATE_S:
            self._marks.popleft()
        began, before = self._marks[0]
        span = now - began
        rate = (progress.done - before) / span if span > 1.0 and progress.total else 0.0
        left = (progress.total - progress.done) / rate if rate > 0 else None
        done = int(progress.done)
        if not progress.total:
            first = progress.message.split(" ", 1)[0]
            done = int(first) if first.isdigit() else 0
        message = progress.message if progress.total else ""
        self.paced.emit(Pace(done, int(progress.total), max(0.0, rate), left, message))

    def _done(self, report: Any) -> None:
        self._tracks.touch()
        for sentence in report.unreadable[:1]:
            more = len(report.unreadable) - 1
            text = tr("{0} (%Ln more like this.)", "", more).format(sentence) if more else sentence
            self.said.emit(text, True)
        for folder in report.followed:
            text = self.tr("{0} is gone; all of its files were found elsewhere.")
            self.said.emit(text.format(folder), False)
        if summary := self._summary(report):
            self.said.emit(summary, False)

    def _summary(self, report: Any) -> str:
        """Say what came of a scan; empty when nothing did and it passed over what the last did."""
        from genredesk.audio import endings  # noqa: PLC0415 - loaded by the scan

        passed: list[str] = []
        if files := endings.passed_over(report.passed_over):
            passed.append(self.tr("Skipped: {0}.").format(files))
        if folders := endings.passed_folders(report.passed_folders):
            passed.append(f"{folders}.")
        before, self._passed = self._passed, passed or self._passed or []
        if not (report.analysed or report.failed or (passed and before not in (None, passed))):
            return ""
        parts: list[str] = []
        if report.analysed:
            parts.append(tr("%Ln track(s) were listened to.", "", report.analysed))
        if report.failed:
            parts.append(tr("%Ln could not be read; see “Unreadable”.", "", report.failed))
        if report.missing > 0:
            parts.append(tr("%Ln are no longer where they were.", "", report.missing))
        return " ".join(parts + passed)

    def _ended(self) -> None:
        self._job = None
        self._paused = False
        self._tracks.touch()
        self.changed.emit()
        self._follow()

    def _follow(self) -> None:
        """Start the scan that was asked for meanwhile."""
        if self._again:
            self.start()
        elif self._came:
            came, self._came = self._came, []
            self.start(paths=came)

    # watching -----------------------------------------------------------------------------

    def watch(self) -> None:
        """Notice new files in the folders that are watched; asked again when they change."""
        folders = [r.path for r in self._tracks.roots if r.watched and not r.offline]
        if folders == self._watched:
            return
        self._watched = folders
        bridge = self._settled

        def work(job: Job) -> Any:
            from genredesk.library.scanning.watch import Watcher  # noqa: PLC0415

            with self._watching:
                old, self._watcher = self._watcher, None
                if old is not None:
                    old.close()
                if not folders or job.context.cancelled or self._shut:
                    return []
                made = self._watcher = Watcher(folders, bridge.emit)
            return made.problems

        def done(problems: list[str]) -> None:
            for sentence in problems:
                self.said.emit(sentence, False)

        self._listening.jobs.start(
            self.tr("watching the folders"),
            work,
            lane="library-watch",
            on_done=done,
            on_failed=lambda text, _error: self.said.emit(text, True),
        )

    def _on_settled(self, paths: list[Path]) -> None:
        self.start(paths=paths)

    def close(self) -> None:
        """The program ends: stop at once, keep what is done."""
        self.stop()

        def work(_job: Job) -> None:
            with self._watching:
                self._shut = True
                watcher, self._watcher = self._watcher, None
            if watcher is not None:
                watcher.close()

        self._listening.jobs.start(self.tr("closing the watch"), work, lane="closing")


def _model_to_use(
    catalogue: Library, bundle: Bundle, others: Sequence[Bundle]
) -> tuple[Bundle, int]:
    """Return the model to listen with, and how many tracks ``bundle`` would have to hear again.

    That is ``bundle`` and 0, unless many tracks were heard with another one that is still there.
    """
    from genredesk.inference.scorer import BundleScorer  # noqa: PLC0415

    mine = BundleScorer.of(bundle).fingerprint
    shown = catalogue.networks.used.fingerprint
    heard = {one.fingerprint: one.tracks for one in catalogue.networks.all()}
    n = heard.get(shown, 0) - heard.get(mine, 0)
    if not shown or shown == mine or n < ASK_FROM:
        return bundle, 0
    before = (other for other in others if BundleScorer.of(other).fingerprint == shown)
    other = next(before, None)
    return (bundle, 0) if other is None else (other, n)


def hear_again(n: int, before: str, title: str, run: Callable[[], None]) -> Notice:
    """Ask whether ``n`` tracks are to be heard again with the model ``title``."""
    text = tr(
        "The library still shows what {0} heard. Listen to %Ln track(s) again with {1}?", "", n
    )
    text = text.format(before, title)
    return Notice("library-model", text, action=tr("Listen again"), run=run)
