"""All that travels between a window or a command and the worker process, both ways.

A message is a frozen dataclass here and one line of JSON on its way (``wire.py``). First goes a
request: a plan or a task; then commands; back come events, the last of which is one of
:data:`ENDS`. Nothing heavy is imported: both sides read this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from genredesk.core.job import Progress
from genredesk.training.data.problem import Problem
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe


class ListedSong(NamedTuple):
    """A song with what is known of it before it is heard; ``words`` are those of its table."""

    path: str
    label: str
    artist: str = ""
    split: str = ""
    words: str = ""


class ExaminedSong(NamedTuple):
    """What hearing the song of a number in the list told; ``kind`` is empty when it is usable.

    ``words`` are those of its genre tags.
    """

    number: int
    seconds: float
    level: float
    artist: str
    kind: str
    reason: str
    fix: str
    words: str = ""


class RepeatedSong(NamedTuple):
    """The song of a number repeats the one numbered ``other`` (-1: one that is not listed)."""

    number: int
    kind: str
    reason: str
    fix: str
    other: int


# ---------------------------------------------------------------- requests and commands


@dataclass(frozen=True, slots=True)
class ScanTask:
    """Look through ``folders``, and ``files`` with their genres, by the front end of ``bundle``."""

    folders: list[str]
    files: list[tuple[str, str]] = field(default_factory=list)
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class NetworksTask:
    """List the networks that can be trained."""


@dataclass(frozen=True, slots=True)
class MeasureTask:
    """Estimate what plans would take.

    Parameters
    ----------
    plans
        By a key of one's own; of ``tried`` songs the one called ``quick`` is tried.
    songs, seconds, classes
        How much music there is.
    heard
        The bundle whose front end the music was looked through with, empty for none.
    """

    plans: dict[str, TrainPlan]
    songs: int
    seconds: float
    classes: int
    heard: str = ""
    tried: list[ListedSong] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PieceTask:
    """Make ``seconds`` of a new piece of ``genre`` by the network of ``bundle``."""

    bundle: str
    genre: str
    seconds: float
    out: str
    seed: int


@dataclass(frozen=True, slots=True)
class EvaluateTask:
    """Measure the models ``bundles`` on the songs of ``folder``, one folder for each genre."""

    bundles: list[str]
    folder: str


@dataclass(frozen=True, slots=True)
class GetTask:
    """Install the published network ``name``, from the file ``source`` where one is given."""

    name: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class InstallTask:
    """Install what trains whole networks, see :mod:`genredesk.core.packages.extras`."""


Task = ScanTask | NetworksTask | MeasureTask | PieceTask | EvaluateTask | GetTask | InstallTask
Request = TrainPlan | Task


class WorkerCommand(StrEnum):
    """What a worker is told while it works; ``stop`` keeps the best so far."""

    PAUSE = "pause"
    GO = "go"
    STOP = "stop"
    CANCEL = "cancel"


# ---------------------------------------------------------------- events on the way


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """A sentence for the person."""

    text: str


@dataclass(frozen=True, slots=True)
class ClassAmount:
    """How much music of a class there is."""

    songs: int
    hours: float


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """What was found in the folders; see :meth:`genredesk.training.data.scan.Scan.to_dict`."""

    folder: str
    classes: dict[str, ClassAmount]
    songs: int
    hours: float
    imbalance: float
    problems: tuple[Problem, ...]
    set_aside: int
    cache: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SplitEvent:
    """How the songs are divided; ``folds`` is 0 where none of them is held back in turn."""

    protocol: str
    train: int
    valid: int
    shared_artists: tuple[str, ...] = ()
    folds: int = 0


@dataclass(frozen=True, slots=True)
class EpochEvent(EpochReport):
    """An epoch is over; ``trial`` is its number in a search, else 0."""

    trial: int = 0


@dataclass(frozen=True, slots=True)
class RefitEvent(EpochReport):
    """An epoch of the second training, on all songs, is over."""


@dataclass(frozen=True, slots=True)
class WrongSong:
    """A song that was named wrongly."""

    song: str
    truth: str
    answer: str
    score: float


@dataclass(frozen=True, slots=True)
class ValidEvent:
    """What the network says to the kept-back songs; ``n_wrong`` counts those not named here too."""

    epoch: int
    labels: tuple[str, ...]
    confusion: list[list[int]]
    wrong: tuple[WrongSong, ...]
    n_wrong: int
    n: int


@dataclass(frozen=True, slots=True)
class TrialEvent:
    """A trial of a search as it is now."""

    number: int
    values: dict[str, Any]
    score: float
    epochs: int
    seconds: float
    state: str
    left_s: float


@dataclass(frozen=True, slots=True)
class FinishingEvent:
    """The network is trained; export and measuring begin."""


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """Songs that were found, numbered from 0 in the order they are told."""

    rows: tuple[ListedSong, ...]


@dataclass(frozen=True, slots=True)
class ExaminedEvent:
    """Songs that were heard."""

    rows: tuple[ExaminedSong, ...]


@dataclass(frozen=True, slots=True)
class RepeatedEvent:
    """Songs that repeat others."""

    rows: tuple[RepeatedSong, ...]


@dataclass(frozen=True, slots=True)
class PlanEstimate:
    """What a plan would take here.

    Parameters
    ----------
    seconds, parts
        In all, and by ``start``, ``features``, ``fit``, ``measure`` and ``export``.
    memory, disk
        Bytes; ``memory`` is 0 where it cannot be measured.
    why
        What made it take what it takes, in sentences.
    batch, epochs, at_most
        Windows a step, epochs, and whether it may end before them.
    """

    seconds: float
    parts: dict[str, float]
    memory: int
    disk: int
    device: str
    why: str
    batch: int
    epochs: int
    at_most: bool
    parameters: int
    recipe: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeasuredEvent:
    """The estimate of the plan called ``key``, or why it cannot be carried out."""

    key: str
    estimate: PlanEstimate | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EarsScore:
    """The share of ``n`` songs that so many ears get right, with its 95 % interval."""

    ears: int
    songs: float
    interval: tuple[float, float]
    n: int


@dataclass(frozen=True, slots=True)
class TriedEvent:
    """What one ear and several get right on songs of one's own, or why that is not known."""

    ears: tuple[EarsScore, ...] = ()
    problem: str = ""


# ---------------------------------------------------------------- the last event


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """All is done."""


@dataclass(frozen=True, slots=True)
class TrainingDone(DoneEvent):
    """A bundle was made; ``evaluation`` is that of the report without its history."""

    bundle: str
    id: str
    report: str
    evaluation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScanDone(DoneEvent):
    """So many songs were looked through, in so many seconds."""

    n: int
    seconds: float
    sound_s: float


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What a network says of itself; ``fields`` are those of its own architecture."""

    name: str
    title: str
    paper: str
    notes: str
    parameters: int
    recipe: str
    window_s: float
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NetworksDone(DoneEvent):
    """The networks that can be trained."""

    networks: tuple[NetworkFacts, ...]


@dataclass(frozen=True, slots=True)
class PieceDone(DoneEvent):
    """A piece was written; ``about``: how it sounds beside real music, in words."""

    path: str
    seconds: float
    about: str


@dataclass(frozen=True, slots=True)
class EvaluateDone(DoneEvent):
    """Models were measured; see :func:`genredesk.training.evaluation.versus.measure_on`."""

    found: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GetDone(DoneEvent):
    """Bundles of these ids were installed."""

    bundles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstallDone(DoneEvent):
    """It lies in ``folder``."""

    folder: str


@dataclass(frozen=True, slots=True)
class CancelledEvent:
    """It was cancelled."""


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """It failed, and why, in a sentence."""

    message: str


EndEvent = DoneEvent | CancelledEvent | FailedEvent
ENDS = (DoneEvent, CancelledEvent, FailedEvent)
"""The last event is one of these."""

Event = (
    Progress | NoteEvent | ScanEvent | SplitEvent | Recipe | EpochEvent | RefitEvent | ValidEvent
    | TrialEvent | FinishingEvent | FoundEvent | ExaminedEvent | RepeatedEvent | MeasuredEvent
    | TriedEvent | EndEvent
)  # fmt: skip
