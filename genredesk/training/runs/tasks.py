"""What else the worker does for the window: scan, list, measure, evaluate, make a new piece.

Each task takes its request, says what it finds as events while it works, and returns the last.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Generic, TypeVar

from genredesk.core.job import JobContext
from genredesk.core.packages import extras
from genredesk.features.frontend import LIVE_MEL, FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.training.data import folders, scan, several_words, songlist
from genredesk.training.data.cache import AudioFacts, TrainingFeatureCache
from genredesk.training.data.songs import BETWEEN
from genredesk.training.runs.messages import (
    DoneEvent,
    EvaluateDone,
    EvaluateTask,
    Event,
    ExaminedEvent,
    ExaminedSong,
    FoundEvent,
    GetDone,
    GetTask,
    InstallDone,
    InstallTask,
    ListedSong,
    MeasureTask,
    NetworksDone,
    NetworksTask,
    PieceDone,
    PieceTask,
    RepeatedEvent,
    RepeatedSong,
    ScanDone,
    ScanTask,
    Task,
)

Tell = Callable[[Event], None]

TELL_S = 0.1
"""What was found is told at most this often."""
AT_ONCE = 256


_Row = TypeVar("_Row")


class _Batch(Generic[_Row]):
    """Collects rows and tells them a few times a second."""

    def __init__(self, tell: Tell, event: Callable[[tuple[_Row, ...]], Event]) -> None:
        self._tell, self._event = tell, event
        self._rows: list[_Row] = []
        self._last = time.monotonic()

    def add(self, row: _Row) -> None:
        self._rows.append(row)
        if time.monotonic() - self._last >= TELL_S or len(self._rows) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._tell(self._event(tuple(self._rows)))
        self._rows, self._last = [], time.monotonic()


def _frontend(bundle: str) -> FrontendSpec:
    return bundles.find(bundle).card.frontend if bundle else LIVE_MEL


def look_through(asked: ScanTask, ctx: JobContext, tell: Tell) -> ScanDone:
    """List the music of the folders (and the files already labelled), then examine every file.

    Features stay in the cache, so that a training begins at once.
    """
    began, spec, cache = time.monotonic(), _frontend(asked.bundle), TrainingFeatureCache()
    entries: list[scan.LabeledFile] = []
    found = _Batch(tell, FoundEvent)
    for path, label in asked.files:
        entries.append(scan.LabeledFile(Path(path), label))
        found.add(ListedSong(path, label))
    for entry in songlist.look([Path(f) for f in asked.folders]):
        ctx.checkpoint()
        entries.append(entry)
        found.add(ListedSong(str(entry.path), *dataclasses.astuple(entry)[1:]))
    found.flush()
    facts = _examine(entries, spec, cache, ctx, _Batch(tell, ExaminedEvent))
    _repeated(entries, facts, spec, cache, tell)
    sound_s = sum(f.seconds for f in facts)
    return ScanDone(len(entries), time.monotonic() - began, sound_s)


def _examine(
    entries: list[scan.LabeledFile],
    spec: FrontendSpec,
    cache: TrainingFeatureCache,
    ctx: JobContext,
    told: _Batch[ExaminedSong],
) -> list[AudioFacts]:
    facts: list[AudioFacts] = [AudioFacts("", reason="it was not looked at")] * len(entries)
    with ThreadPoolExecutor(os.cpu_count() or 1, "examine") as pool:
        jobs: dict[Future[AudioFacts], int] = {
            pool.submit(folders.examine, entry.path, spec, cache): i
            for i, entry in enumerate(entries)
        }
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                i = jobs[job]
                known = facts[i] = job.result()
                problem = scan.usable(known, spec.window_s)
                tags = BETWEEN.join(several_words.tag_words(entries[i].path))
                told.add(
                    ExaminedSong(i, known.seconds, known.level_dbfs, known.artist, *problem, tags)
                )
                ctx.progress(done, len(entries), entries[i].path.name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    told.flush()
    return facts


def _repeated(
    entries: list[scan.LabeledFile],
    facts: list[AudioFacts],
    spec: FrontendSpec,
    cache: TrainingFeatureCache,
    tell: Tell,
) -> None:
    good = [
        i
        for i, known in enumerate(facts)
        if entries[i].label and not scan.usable(known, spec.window_s)[0]
    ]  # a file in no genre folder repeats nothing: it is not trained on
    root = songlist.common_root(entries) if entries else Path()
    number = {scan.name_of(root, entries[i].path): i for i in good}
    judged = scan.judge(
        root, [entries[i] for i in good], [facts[i] for i in good], spec.window_s, cache
    )
    rows = (
        RepeatedSong(number[p.file], p.kind, p.reason, p.fix, number.get(p.other, -1))
        for p in judged.problems
    )
    tell(RepeatedEvent(tuple(rows)))


def list_networks() -> NetworksDone:
    """List the networks that can be trained from scratch, without measuring them."""
    from genredesk.training.runs import networks  # noqa: PLC0415 - imports torch

    return NetworksDone(tuple(networks.read()))


def measure(asked: MeasureTask, ctx: JobContext, tell: Tell) -> DoneEvent:
    """Measure what plans would take here; see :mod:`genredesk.training.runs.probe`."""
    began = time.monotonic()
    from genredesk.training.runs import probe  # noqa: PLC0415 - once it was asked

    probe.measure(asked, ctx, tell, start_s=time.monotonic() - began)
    return DoneEvent()


def make_piece(asked: PieceTask, ctx: JobContext) -> PieceDone:
    """Write a new piece."""
    from genredesk.training.batches import generate  # noqa: PLC0415
    from genredesk.training.batches.cleaning import Clean  # noqa: PLC0415
    from genredesk.training.runs import prepare  # noqa: PLC0415 - import torch

    prepare.set_threads(0)
    wanted = (bundles.find(asked.bundle), asked.genre, asked.seconds, asked.out)
    made = generate.make(*wanted, seed=asked.seed, clean=Clean(), ctx=ctx)
    return PieceDone(str(made.path), made.seconds, made.sentence)


def evaluate(asked: EvaluateTask, ctx: JobContext) -> EvaluateDone:
    """Measure models on the songs of a folder, and keep what is found."""
    from genredesk.training.evaluation import versus  # noqa: PLC0415 - once it was asked

    models = [bundles.find(name) for name in asked.bundles]
    songs = versus.in_folder(asked.folder)
    return EvaluateDone(versus.measure_on(songs, models, ctx=ctx))


def get_published(asked: GetTask, ctx: JobContext) -> GetDone:
    """Install a published network; see :mod:`genredesk.training.runs.published`."""
    from genredesk.training.runs import prepare, published  # noqa: PLC0415 - import torch

    prepare.set_threads(0)
    found = published.get(asked.name, Path(asked.source) if asked.source else None, ctx)
    return GetDone(tuple(bundle.id for bundle in found))


def run(asked: Task, ctx: JobContext, tell: Tell) -> DoneEvent:
    """Carry out a task."""
    match asked:
        case ScanTask():
            done: DoneEvent = look_through(asked, ctx, tell)
        case NetworksTask():
            done = list_networks()
        case MeasureTask():
            done = measure(asked, ctx, tell)
        case PieceTask():
            done = make_piece(asked, ctx)
        case EvaluateTask():
            done = evaluate(asked, ctx)
        case GetTask():
            done = get_published(asked, ctx)
        case InstallTask():
            done = InstallDone(str(extras.install(ctx)))
    return done
