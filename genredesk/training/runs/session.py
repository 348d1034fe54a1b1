"""What passes between the parts of one training run: its settings, its steering, its result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genredesk.core.job import JobContext
from genredesk.inference.bundle import Bundle
from genredesk.nets.spec import NetSpec
from genredesk.training.batches.outliers import Outliers
from genredesk.training.data.scan import Scan
from genredesk.training.data.songs import SongSet
from genredesk.training.data.split import Split
from genredesk.training.evaluation import review
from genredesk.training.evaluation.evaluate import Predictions
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.messages import EpochEvent, Event, NoteEvent, RefitEvent, ScanEvent
from genredesk.training.runs.wire import of_plain, valid_event

if TYPE_CHECKING:
    from genredesk.training.network.pretrained import Pretrained

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

    def scanned(self, found: Scan) -> None:
        """Tell what was found in the folders."""
        self.tell(of_plain(ScanEvent, found.to_dict(), "The scan"))

    def epoch(self, report: EpochReport, event: type[EpochEvent | RefitEvent] = EpochEvent) -> None:
        """Tell how an epoch went."""
        self.tell(event(*dataclasses.astuple(report)))

    def valid(self, epoch: int, answers: Predictions) -> None:
        """Tell what the held-back songs are called after an epoch."""
        self.tell(valid_event(epoch, review.mistakes(answers, most=review.MOST_WRONG)))


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
    recipe: Recipe
    data: SongSet
    split: Split
    labels: tuple[str, ...]
    folds: tuple[Split, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSetup(RunSetup):
    """The same of a run that trains a whole network."""

    spec: NetSpec
    outliers: Outliers | None = None
    pretrained: Pretrained | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a trained network is and where it comes from.

    Parameters
    ----------
    network, title, paper
        As its specification says, or the cards of the bundles it stands on.
    makes_sound
        Whether it also makes new pieces.
    began
        A sentence about weights from elsewhere it began with; may be empty.
    """

    network: str
    title: str
    paper: str
    makes_sound: bool = False
    began: str = ""
