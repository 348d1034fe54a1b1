"""What else the worker process does for the window: scan, list, measure, make a new piece.

Each task takes the rest of the worker's first line, says what it finds as events while it works,
and returns what ``done`` carries.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.features.frontend import LIVE_MEL, FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.training.data import folders, scan, songlist
from genredesk.training.data.cache import AudioFacts, TrainingFeatureCache

Tell = Callable[[str, dict[str, Any]], None]
Task = Callable[[dict[str, Any], JobContext, Tell], dict[str, Any]]

TELL_S = 0.1
"""What was found is told at most this often."""
AT_ONCE = 256


class _Batch:
    """Collects rows and tells them a few times a second."""

    def __init__(self, tell: Tell, event: str) -> None:
        self._tell, self._event = tell, event
        self._rows: list[Any] = []
        self._last = time.monotonic()

    def add(self, row: Any) -> None:
        self._rows.append(row)
        if time.monotonic() - self._last >= TELL_S or len(self._rows) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._tell(self._event, {"rows": self._rows})
        self._rows, self._last = [], time.monotonic()


def _frontend(asked: dict[str, Any]) -> FrontendSpec:
    name = str(asked.get("bundle", ""))
    return bundles.find(name).card.frontend if name else LIVE_MEL


def look_through(asked: dict[str, Any], ctx: JobContext, tell: Tell) -> dict[str, Any]:
    """List the music of ``folders`` (and ``files`` already labelled), then examine every file.

    Events: ``found`` with rows ``[path, label, artist, split]``, ``examined`` with rows
    ``[number, seconds, level, artist, kind, reason, fix]``, ``repeated`` with the duplicates
    ``[number, kind, reason, fix, other]``. Features of the front end of ``bundle`` stay in the
    cache, so that a training begins at once.
    """
    began, spec, cache = time.monotonic(), _frontend(asked), TrainingFeatureCache()
    entries: list[scan.LabeledFile] = []
    found = _Batch(tell, "found")
    for path, label in asked.get("files", []):
        entries.append(scan.LabeledFile(Path(path), str(label)))
        found.add([str(path), str(label), "", ""])
    for entry in songlist.look([Path(f) for f in asked.get("folders", [])]):
        ctx.checkpoint()
        entries.append(entry)
        found.add([str(entry.path), entry.label, entry.artist, entry.split])
    found.flush()
    facts = _examine(entries, spec, cache, ctx, _Batch(tell, "examined"))
    _repeated(entries, facts, spec, cache, tell)
    sound_s = sum(f.seconds for f in facts)
    return {"n": len(entries), "seconds": time.monotonic() - began, "sound_s": sound_s}


def _examine(
    entries: list[scan.LabeledFile],
    spec: FrontendSpec,
    cache: TrainingFeatureCache,
    ctx: JobContext,
    told: _Batch,
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
                told.add([i, known.seconds, known.level_dbfs, known.artist, *problem])
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
    rows = [
        [number[p.file], p.kind, p.reason, p.fix, number.get(p.other, -1)] for p in judged.problems
    ]
    tell("repeated", {"rows": rows})


def list_networks(_asked: dict[str, Any], _ctx: JobContext, _tell: Tell) -> dict[str, Any]:
    """List the networks that can be trained from scratch, without measuring them."""
    from genredesk.training.runs import networks  # noqa: PLC0415 - imports torch

    return {"networks": networks.read()}


def measure(asked: dict[str, Any], ctx: JobContext, tell: Tell) -> dict[str, Any]:
    """Measure what plans would take here; see :mod:`genredesk.training.runs.probe`."""
    began = time.monotonic()
    from genredesk.training.runs import probe  # noqa: PLC0415 - imports torch

    return probe.measure({**asked, "start_s": time.monotonic() - began}, ctx, tell)


def make_piece(asked: dict[str, Any], ctx: JobContext, _tell: Tell) -> dict[str, Any]:
    """Write ``seconds`` of a new piece of ``genre`` by the network of ``bundle`` to ``out``."""
    from genredesk.training.batches import generate  # noqa: PLC0415
    from genredesk.training.batches.cleaning import MUSIC, Clean  # noqa: PLC0415
    from genredesk.training.runs import prepare  # noqa: PLC0415 - import torch

    prepare.set_threads(0)
    wanted = (bundles.find(asked["bundle"]), asked["genre"], asked["seconds"], asked["out"])
    made = generate.make(*wanted, seed=asked["seed"], clean=Clean(), ctx=ctx)
    return {"path": str(made.path), "seconds": made.seconds, "noisy": made.heard.noisy(MUSIC)}


TASKS: dict[str, Task] = {
    "scan": look_through,
    "networks": list_networks,
    "measure": measure,
    "generate": make_piece,
}


def run(raw: dict[str, Any], ctx: JobContext, tell: Tell) -> dict[str, Any]:
    """Carry out the task a request names.

    Raises
    ------
    DataError
        When there is none of that name.
    """
    name = str(raw.get("task", ""))
    if name not in TASKS:
        raise DataError(f"The worker knows no task {name!r}.")
    return TASKS[name](raw, ctx, tell)
