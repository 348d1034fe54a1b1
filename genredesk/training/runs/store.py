"""Every training that was begun, on disk: one folder each, every file whole or not there.

``run.json`` says what was asked and how it ended, ``songs.json`` names the songs, ``epochs.jsonl``
grows while it runs; ``model/`` is the bundle and ``model.run/`` its report. No Qt, nothing heavy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genredesk.core import atomic, paths
from genredesk.core.errors import DataError, GenreDeskError
from genredesk.core.messages import say
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.plan import from_dict as plan_from_dict
from genredesk.training.runs.messages import EpochEvent
from genredesk.training.runs.wire import of_plain

RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"
INTERRUPTED = "interrupted"
"""The program or the computer ended before the training did."""

FORMAT = 1


def runs_dir() -> Path:
    """Where all runs are kept."""
    return paths.data_dir() / "runs"


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training.

    Parameters
    ----------
    id
        Name of its folder.
    title, notes, licence
        What the person wrote.
    created
        When it began, ISO 8601 in UTC.
    state
        ``running``, ``done``, ``cancelled``, ``failed`` or ``interrupted``.
    plan
        What the worker was asked, as plain data.
    preset
        How it was chosen: ``quick``, ``balanced``, ``scratch``, ``paper``.
    classes
        Songs of every class.
    hours
        Hours of music.
    message
        Why it failed.
    seconds
        How long it took.
    score, interval, n
        Share of held-back songs named rightly, its 95 % interval, how many songs.
    installed
        Id of the model made of it, empty when there is none.
    """

    id: str
    title: str = ""
    created: str = ""
    state: str = RUNNING
    plan: dict[str, Any] = field(default_factory=dict)
    preset: str = ""
    classes: dict[str, int] = field(default_factory=dict)
    hours: float = 0.0
    message: str = ""
    seconds: float = 0.0
    score: float = -1.0
    interval: tuple[float, float] = (0.0, 0.0)
    n: int = 0
    installed: str = ""
    notes: str = ""
    licence: str = ""

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return runs_dir() / self.id

    @property
    def bundle(self) -> Path:
        """The folder of its bundle."""
        return self.folder / "model"

    @property
    def report(self) -> Path:
        """The folder of its evaluation."""
        return self.folder / "model.run"

    @property
    def songs(self) -> Path:
        """The list of its songs."""
        return self.folder / "songs.json"

    @property
    def resumable(self) -> bool:
        """Whether it ended before its end and can go on."""
        return self.state in (INTERRUPTED, FAILED, CANCELLED) and self.songs.is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether going on continues after a whole epoch."""
        return (self.report / "checkpoint.safetensors").is_file()

    def replace(self, **changes: Any) -> TrainingRun:
        """Return a copy with ``changes``."""
        return dataclasses.replace(self, **changes)

    def train_plan(self, *, resume: bool = False) -> TrainPlan:
        """Return the plan for the worker; its paths are those of the run's folder."""
        values = {**self.plan, "out": str(self.bundle), "songs": str(self.songs)}
        return plan_from_dict({**values, "resume": resume})


def new_id(title: str) -> str:
    """Return a free folder name that sorts by time."""
    now = dt.datetime.now().astimezone()
    word = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:30] or "training"
    base = f"{now:%Y%m%d-%H%M%S}-{word}"
    name, n = base, 2
    while (runs_dir() / name).exists():
        name, n = f"{base}-{n}", n + 1
    return name


def now() -> str:
    """Return the time as it is written in a run."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def save(run: TrainingRun) -> TrainingRun:
    """Keep a run.

    Raises
    ------
    GenreDeskError
        When it cannot be written.
    """
    try:
        atomic.write_json(run.folder / "run.json", {"format": FORMAT, **dataclasses.asdict(run)})
    except OSError as error:
        raise GenreDeskError(
            say(
                "The training cannot be kept in {folder} ({reason}). Make room there, then "
                "start again.",
                folder=run.folder,
                reason=error.strerror or error,
            )
        ) from error
    return run


def read(folder: Path) -> TrainingRun:
    """Read the run in ``folder``.

    Raises
    ------
    GenreDeskError
        When it is broken.
    """
    try:
        raw = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        known = {f.name for f in dataclasses.fields(TrainingRun)}
        values = {k: v for k, v in raw.items() if k in known}
        low, high = values.get("interval", (0.0, 0.0))
        values["interval"] = (float(low), float(high))
        return TrainingRun(**{**values, "id": folder.name})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GenreDeskError(
            say(
                "{folder}: this training cannot be read ({reason}).",
                folder=folder.name,
                reason=error,
            )
        ) from error


def every() -> list[TrainingRun]:
    """Return all runs, newest first; folders that hold none are passed over."""
    found = []
    with contextlib.suppress(OSError):
        for folder in runs_dir().iterdir():
            with contextlib.suppress(GenreDeskError):
                if folder.is_dir():
                    found.append(read(folder))
    return sorted(found, key=lambda r: (r.created, r.id), reverse=True)


def mark_interrupted(runs: list[TrainingRun]) -> list[TrainingRun]:
    """Return ``runs`` with those still called running marked, and keep that."""
    out = []
    for run in runs:
        if run.state == RUNNING:
            run = run.replace(state=INTERRUPTED)  # noqa: PLW2901
            with contextlib.suppress(GenreDeskError):
                save(run)
        out.append(run)
    return out


def delete(run: TrainingRun) -> None:
    """Remove a run with its report and its bundle; an installed model stays.

    Raises
    ------
    GenreDeskError
        When it cannot be removed.
    """
    try:
        shutil.rmtree(run.folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise GenreDeskError(
            say(
                "{folder} cannot be deleted ({reason}).",
                folder=run.folder,
                reason=error.strerror or error,
            )
        ) from error


def sweep(run: TrainingRun, *, everything: bool) -> None:
    """Remove what a process left half-written; ``everything``: its checkpoint, too."""
    for pattern in (".incoming-*", ".deleted-*", "*.tmp", ".*.tmp"):
        for left in [*run.folder.glob(pattern), *run.report.glob(pattern)]:
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    left.unlink()
    if everything:
        shutil.rmtree(run.report, ignore_errors=True)


def add_epoch(run: TrainingRun, epoch: EpochEvent) -> None:
    """Append an epoch to the run's curves; a full disk loses the point, not the training."""
    with contextlib.suppress(OSError), (run.folder / "epochs.jsonl").open("ab") as file:
        file.write(json.dumps(dataclasses.asdict(epoch)).encode() + b"\n")


def epochs(run: TrainingRun) -> list[EpochEvent]:
    """Return the epochs so far; of one that came twice (resumed) the later counts."""
    found: dict[int, EpochEvent] = {}
    known = {f.name for f in dataclasses.fields(EpochEvent)}
    with contextlib.suppress(OSError):
        for line in (run.folder / "epochs.jsonl").read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError, AttributeError, DataError):
                values = {k: v for k, v in json.loads(line).items() if k in known}
                epoch = of_plain(EpochEvent, values, "An epoch")
                found[epoch.epoch] = epoch
    return [found[n] for n in sorted(found)]


def evaluation(run: TrainingRun) -> dict[str, Any]:
    """Return the evaluation of a finished run.

    Raises
    ------
    GenreDeskError
        When it is not there or broken.
    """
    path = run.report / "evaluation.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GenreDeskError(
            say("{path} cannot be read ({reason}). Train again.", path=path, reason=error)
        ) from error
    if not isinstance(value, dict):
        raise GenreDeskError(say("{path} holds no evaluation. Train again.", path=path))
    return value
