"""What one training is asked to do, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genredesk.core.job import JobContext
from genredesk.training.batches.outliers import Outliers
from genredesk.training.data.songs import SongSet
from genredesk.training.data.split import Split
from genredesk.training.evaluation.evaluate import Predictions
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.plan.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from genredesk.nets.network import Network


@dataclass(frozen=True, slots=True)
class FitResult:
    """The kept weights, none of a last layer alone, and how they came about."""

    weights: dict[str, Tensor]
    history: tuple[EpochReport, ...]
    kept_epoch: int
    seconds: float
    device: str
    precision: str = ""
    """Why it was computed in these numbers, where that was found out."""


def _ignore(_: object) -> None:
    """Nobody listens."""


def _unheard(_epoch: int, _predictions: Predictions) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class QuickRun:
    """One quick run: songs and labels, and who is told (see :class:`FitRun`)."""

    data: SongSet
    labels: tuple[str, ...]
    ctx: JobContext = field(default_factory=JobContext)
    on_epoch: Callable[[EpochReport], None] = _ignore
    on_valid: Callable[[int, Predictions], None] = _unheard


@dataclass(slots=True)
class FitRun:
    """One training run: what stays the same while it goes on.

    Parameters
    ----------
    checkpoint
        Where the state is kept after every epoch; ``None`` keeps none.
    on_epoch, on_note
        Told after every epoch, and about what a person should know (memory, device).
    on_valid
        Given the answers to the held-back songs after every epoch, before ``on_epoch``.
    stop
        Asked after every epoch whether to end early and keep the best so far.
    head
        Parameter names that learn at the full rate (see :func:`optim.build`).
    accelerator
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    outliers
        Sound that is no music to be added to the batches; see
        :mod:`genredesk.training.batches.outliers`.
    teacher
        Answers a batch of features with class probabilities, which are learned beside the labels;
        see :mod:`genredesk.training.fit.teachers`.
    devices, nodes
        Of each machine, and machines; one process each (see :mod:`genredesk.training.fit.ranks`).
    task
        ``classify``, or ``generate`` for a network that brings its own loss and is not asked for
        genres while it learns.
    """

    net: Network
    data: SongSet
    split: Split
    labels: tuple[str, ...]
    recipe: Recipe
    seed: int = 0
    ctx: JobContext = field(default_factory=JobContext)
    checkpoint: Path | None = None
    resume: bool = False
    on_epoch: Callable[[EpochReport], None] = _ignore
    on_valid: Callable[[int, Predictions], None] = _unheard
    on_note: Callable[[str], None] = _ignore
    stop: Callable[[], bool] = _never
    head: frozenset[str] | None = None
    accelerator: str = "auto"
    devices: int | str = 1
    nodes: int = 1
    outliers: Outliers | None = None
    teacher: Callable[[Tensor], Tensor] | None = None
    task: str = "classify"


def epoch_seed(seed: int, epoch: int) -> int:
    """Return the seed of everything torch draws in one epoch."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)[0] >> 1)
