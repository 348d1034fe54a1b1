"""What passes between the parts of one training run: its settings, its steering, its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from genredesk.core.job import JobContext
from genredesk.inference.bundle import Bundle
from genredesk.nets.spec import NetSpec
from genredesk.training.batches.outliers import Outliers
from genredesk.training.data.songs import SongSet
from genredesk.training.data.split import Split
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.network.pretrained import Pretrained
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.messages import Event, NoteEvent

Listener = Callable[[Event], None]


def _nobody(_event: Event) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Session:
    """How a run is steered and heard from outside."""

    ctx: JobContext = field(default_factory=JobContext)
    tell: Listener = _nobody
    stop: Callable[[], bool] = lambda: False

    def note(self, text: str) -> None:
        """Tell the person a sentence."""
        self.tell(NoteEvent(text))


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run leaves behind."""

    bundle: Bundle
    evaluation: dict[str, Any]
    history: tuple[EpochReport, ...]


@dataclass(frozen=True, slots=True)
class RunSetup:
    """What a run works with once its plan was read.

    ``folds`` are those of a quick run, whose ``split`` has every song on the side that is learned
    from and, once it was tried, on the other one, too.
    """

    plan: TrainPlan
    spec: NetSpec
    recipe: Recipe
    data: SongSet
    split: Split
    labels: tuple[str, ...]
    outliers: Outliers | None = None
    pretrained: Pretrained | None = None
    folds: tuple[Split, ...] = ()
