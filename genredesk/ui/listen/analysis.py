"""Names a whole file in the background while it plays, and a whole list when asked to.

The ribbon's answers come in parts from the lane ``analysis``; what was found is kept for as long
as the file and the model stay the same, so that going back to a song shows it at once.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.core.certainty import Bounds
from genredesk.core.errors import AudioFileError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import Decision, Scores, decision_of
from genredesk.ui.listen.steady import reach_of, steady
from genredesk.ui.services.jobs import Job, JobRunner

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.runtime import Runtime
    from genredesk.inference.track import TrackResult

KEPT = 256
"""So many results are kept; a ten-minute song is about 100 kB."""
HOP_S = 1.0


RulesKey = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """With what a file is judged; another one makes what was found before worthless."""

    bundle: Bundle
    unsure_below: float
    smoothing_s: float
    care: str

    @property
    def key(self) -> RulesKey:
        """What tells these rules from others: the model, its very bytes, and the numbers.

        The same network may have been imported twice with other words or another calibration.
        """
        card = self.bundle.card
        model = (self.bundle.id, card.files.get("model.onnx", ""), card.labels, card.task)
        return *model, card.temperature, card.sharpening, self.bounds, self.smoothing_s

    @property
    def bounds(self) -> Bounds:
        """Where one strength ends and the next begins: as set, else as the card recommends."""
        return self.bundle.card.bounds(self.unsure_below, self.care)


@dataclass(frozen=True, slots=True)
class Named:
    """What was found about a file: the result, and its windows as the ribbon shows them."""

    result: TrackResult
    ribbon: list[Scores]

    def at(self, seconds: float, since: float | None = None) -> Decision | None:
        """Return what the ribbon says at a time, since when it does; ``None`` where it is empty."""
        if not self.ribbon:
            return None
        at = bisect_left(self.ribbon, 2 * seconds, key=lambda one: one.start + one.end)
        near = self.ribbon[max(0, at - 1) : at + 1]
        window = min(near, key=lambda one: abs((one.start + one.end) / 2 - seconds))
        return decision_of(window, seconds, seconds if since is None else since)


Key = tuple[str, int, int, RulesKey]


class Analysis(QObject):
    """Background analysis of files by the rules in force.

    Signals
    -------
    scored(Path, list[Scores])
        More windows of the current file, for the ribbon.
    finished(Path, Named)
        A file is done (the current one, or one of the list).
    failed(Path, str, bool)
        A file cannot be analysed; whether it was the current one, not one of the list.
    progressed(Progress)
        How far the list is.
    list_ended()
        The list is done or was stopped.
    """

    scored = Signal(object, object)
    finished = Signal(object, object)
    failed = Signal(object, str, bool)
    progressed = Signal(object)
    list_ended = Signal()

    def __init__(self, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._rules: Rules | None = None
        self._current: Job | None = None
        self._list: Job | None = None
        self._results: OrderedDict[Key, Named] = OrderedDict()

    @property
    def list_running(self) -> bool:
        """Whether a whole list is being named."""
        return self._list is not None

    def set_rules(self, rules: Rules | None) -> None:
        """Judge by ``rules`` from now on; what runs with others is stopped."""
        self._rules = rules
        self.stop()
        self.stop_list()

    def named(self, path: Path) -> Named | None:
        """Return what was found about ``path`` by the rules in force, if it is known."""
        for key, result in reversed(self._results.items()):
            if key[0] == str(path) and self._rules and key[3] == self._rules.key:
                return result
        return None

    def stop(self) -> None:
        """Stop the analysis of the current file."""
        if self._current is not None:
            self._current.cancel()
            self._current = None

    def stop_list(self) -> None:
        """Stop naming the list."""
        if self._list is not None:
            self._list.cancel()

    # one file -----------------------------------------------------------------------------

    def analyse(self, path: Path) -> None:
        """Name ``path`` in place of what is being analysed."""
        self.stop()
        rules = self._rules
        if rules is None:
            return

        def work(job: Job) -> tuple[Key, Named]:
            key = _key(path, rules)
            known = self._results.get(key)
            if known is not None:
                return key, known
            with contextlib.closing(_runtime(rules.bundle)) as runtime:
                return key, _analyse(path, rules, runtime, job, parts=True)

        def part(scores: list[Scores]) -> None:
            if self._current is job:  # else these are of a pass that was given up
                self.scored.emit(path, scores)

        def ended(_value: object = None) -> None:
            if self._current is job:
                self._current = None
            if self._current is None and self._list is not None:
                self._list.context.pause(False)

        def done(made: tuple[Key, Named]) -> None:
            self._keep(*made)
            if self._rules is rules:
                self.finished.emit(path, made[1])

        if self._list is not None:
            self._list.context.pause()  # the song that is heard comes first
        job = self._current = self._jobs.start(
            self.tr("analyzing {0}").format(path.name),
            work,
            lane="analysis",
            on_part=part,
            on_done=done,
            on_failed=lambda text, _error: self.failed.emit(path, text, True),
        )
        job.ended.connect(ended)

    def _keep(self, key: Key, result: Named) -> None:
        self._results[key] = result
        self._results.move_to_end(key)
        while len(self._results) > KEPT:
            self._results.popitem(last=False)

    # a list -------------------------------------------------------------------------------

    def analyse_list(self, paths: Sequence[Path]) -> None:
        """Name every file of ``paths``; the file that is heard goes first at any time."""
        rules = self._rules
        if rules is None or self._list is not None:
            return
        files = list(paths)

        def work(job: Job) -> None:
            with contextlib.closing(_runtime(rules.bundle)) as runtime:
                for i, path in enumerate(files):
                    job.context.progress(i, len(files), path.name)
                    try:
                        key = _key(path, rules)
                        known = self._results.get(key)
                        result = known or _analyse(path, rules, runtime, job, parts=False)
                    except AudioFileError as error:
                        job.part((path, None, error))
                    else:
                        job.part((path, key, result))

        def part(value: tuple) -> None:
            path, key, result = value
            if key is None:
                self.failed.emit(path, str(result), False)
            else:
                self._keep(key, result)
                self.finished.emit(path, result)

        def ended() -> None:
            self._list = None
            self.list_ended.emit()

        self._list = self._jobs.start(
            self.tr("naming the list"),
            work,
            lane="list",
            on_part=part,
            on_progress=self.progressed.emit,
        )
        self._list.ended.connect(ended)


class _Quiet(JobContext):
    """One file of a list: it can be stopped with the list, but does not report its own seconds."""

    def __init__(self, outer: JobContext) -> None:
        super().__init__()
        self._outer = outer

    def checkpoint(self) -> None:
        """Wait or stop with the list."""
        self._outer.checkpoint()


def _key(path: Path, rules: Rules) -> Key:
    """What a result belongs to: the file as it is now, and the rules.

    Raises
    ------
    AudioFileError
        When the file is gone or may not be read.
    """
    try:
        stat = path.stat()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AudioFileError(path, say("it cannot be opened ({reason})", reason=reason)) from error
    return str(path), stat.st_mtime_ns, stat.st_size, rules.key


def _runtime(bundle: Bundle) -> Runtime:
    from genredesk.inference.runtime import open_runtime  # noqa: PLC0415

    return open_runtime(bundle, "cpu")


def _analyse(path: Path, rules: Rules, runtime: Runtime, job: Job, *, parts: bool) -> Named:
    from genredesk.inference.track import analyse_track  # noqa: PLC0415

    recent: list[Scores] = []
    reach = reach_of(rules.smoothing_s, HOP_S)
    ribbon = rules.smoothing_s, rules.bounds, rules.bundle.card.pool

    def on_windows(scores: list[Scores]) -> None:
        before = len(recent)
        recent.extend(scores)
        job.part(steady(recent, *ribbon, first=before))
        del recent[: max(0, len(recent) - reach)]

    result = analyse_track(
        path,
        rules.bundle,
        runtime,
        job.context if parts else _Quiet(job.context),
        hop_s=HOP_S,
        on_windows=on_windows if parts else None,
        unsure_below=rules.unsure_below,
        care=rules.care,
    )
    return Named(result, steady(result.scores, *ribbon))
