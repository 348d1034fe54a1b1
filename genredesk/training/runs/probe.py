"""What a training would take on this machine: a moment of the real thing, timed.

For every plan: its network on its front end's windows, the optimiser steps
(:mod:`genredesk.training.runs.probe_network`) or the embedding it would do, for at most two
seconds; the front end on a few seconds of noise.
"""

from __future__ import annotations

import dataclasses
import gc
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.packages import extras
from genredesk.features import frontend
from genredesk.features.spec import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.training.data import folders, split
from genredesk.training.evaluation import review
from genredesk.training.evaluation.evaluate import HOP_S
from genredesk.training.fit import quick
from genredesk.training.network import logistic
from genredesk.training.network.module import Embed
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan.changed import of_plan
from genredesk.training.plan.plan import TrainPlan, check_device
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs import compare, ears, last_layer
from genredesk.training.runs.messages import (
    Event,
    ListedSong,
    MeasuredEvent,
    MeasureTask,
    PlanEstimate,
    TriedEvent,
)

PROBE_S = 2.0
_SOUND_S = 6.0
_BATCH = 64
_ROWS = 256
"""Made-up embeddings the new last layer of quick mode is tried on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Songs:
    """How much there is to train on."""

    n: int
    seconds: float
    classes: int


@dataclasses.dataclass(frozen=True, slots=True)
class PlanCost:
    """What one plan costs beside features and start.

    Parameters
    ----------
    parts
        Seconds by ``fit``, ``measure`` and ``export``.
    copies
        How often the features of all songs are made.
    """

    parts: dict[str, float]
    front: FrontendSpec
    device: str
    why: str
    rules: Recipe
    parameters: int
    epochs: int
    at_most: bool
    copies: float = 1.0


def each(work: Callable[[], object], seconds: float, ctx: JobContext) -> float:
    """Return what one call costs, after a first one that warms up."""
    work()
    begin, n = time.perf_counter(), 0
    while n == 0 or time.perf_counter() - begin < seconds:
        ctx.checkpoint()
        work()
        n += 1
    return (time.perf_counter() - begin) / n


def _listening(embed: Embed, front: FrontendSpec) -> Callable[[], object]:
    columns = np.random.default_rng(0).normal(-40, 10, (_BATCH, *front.column_shape))
    columns = columns.astype(np.float32)
    return lambda: embed(frontend.normalise(front, columns))


def _solving(width: int, classes: int) -> float:
    """Return what solving one last layer costs for one embedding ``(width,)``."""
    rng = np.random.default_rng(0)
    truth = np.arange(_ROWS) % classes
    x = rng.normal(size=(_ROWS, width)) + rng.normal(size=(classes, width))[truth]
    begin = time.perf_counter()
    logistic.fit(x, truth, classes, decay=quick.DECAYS[quick.JOINED][1])
    return (time.perf_counter() - begin) / _ROWS


def _quick(plan: TrainPlan, songs: Songs, ctx: JobContext) -> PlanCost:
    """Time a quick run.

    Every window is heard once, once more by the model it starts from alone; in every try a layer is
    solved for each fold. See :mod:`~genredesk.training.fit.quick`.
    """
    check_device(plan.device)
    rules = of_plan(plan, last_layer.RECIPE)
    found = plan_ears.of(plan)
    front, width = plan_ears.frontend(found), sum(ears.widths(found))
    hear_s = each(_listening(ears.embedder(found), front), PROBE_S / 4, ctx) / _BATCH
    alone_s = hear_s
    if len(found) > 1:
        first = _listening(ears.embedder(found[:1]), plan_ears.frontend(found[:1]))
        alone_s = each(first, PROBE_S / 4, ctx) / _BATCH
    solve_s = _solving(width, songs.classes)
    windows = songs.seconds / HOP_S
    pieces = min(review.MOST_WINDOWS, songs.seconds / front.window_s)
    folds = split.FEW_FOLDS if songs.n > split.MANY_SONGS else split.MOST_FOLDS
    # one more for what the networks know; of several the first alone, too, and all in one way more
    tries = quick.TRIES + 1 + (0 if len(found) == 1 else 2)
    parts = {
        "fit": hear_s * windows + tries * (folds - 1) * solve_s * pieces,
        "measure": alone_s * windows + solve_s * 0.8 * pieces,
        "export": 0.0,
    }
    parameters = ears.parameters(found, songs.classes * (width + 1))
    return PlanCost(
        parts,
        front,
        "cpu",
        say("A last layer is learned on the processor."),
        rules,
        parameters,
        epochs=quick.TRIES,
        at_most=False,
    )


def memory() -> int:
    """Return the most bytes this process ever held, 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - not on every system

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _features(front: FrontendSpec) -> float:
    """Return seconds of work for one second of sound."""
    need = max(_SOUND_S, 2 * front.window_s)
    sound = np.random.default_rng(0).normal(0, 0.1, round(need * front.sample_rate))
    begin = time.perf_counter()
    folders.whole_columns(front, sound.astype(np.float32))
    return (time.perf_counter() - begin) / need


def estimate(
    plan: TrainPlan,
    songs: Songs,
    ctx: JobContext,
    start_s: float = 2.0,
    heard: frozenset[str] = frozenset(),
) -> PlanEstimate:
    """Time one plan and multiply it out.

    Parameters
    ----------
    start_s
        What starting the process took.
    heard
        Fingerprints of the front ends whose features of these songs are in the cache.

    Returns
    -------
    dict
        ``seconds`` in all and its parts, ``memory`` and ``disk`` in bytes, ``device``, ``why``,
        ``batch``, ``epochs``, ``at_most`` when the recipe may end early.
    """
    if plan.mode == "quick":
        cost = _quick(plan, songs, ctx)
    else:
        with extras.needed():
            from genredesk.training.runs import probe_network  # noqa: PLC0415 - imports torch

        cost = probe_network.cost(plan, songs, start_s, ctx)
    front = cost.front
    ready = front.fingerprint in heard
    features_s = 0.0 if ready else cost.copies * _features(front) * songs.seconds
    parts = {"start": start_s, "features": features_s, **cost.parts}
    channels, rows, columns = front.column_shape
    bytes_s = 4 * channels * rows * columns / front.window_s
    return PlanEstimate(
        seconds=sum(parts.values()),
        parts=parts,
        memory=memory(),
        disk=round(bytes_s * songs.seconds + 8 * cost.parameters),
        device=cost.device,
        why=cost.why,
        batch=cost.rules.batch,
        epochs=cost.epochs,
        at_most=cost.at_most,
        parameters=cost.parameters,
        recipe=cost.rules.to_dict(),
    )


def measure(
    asked: MeasureTask, ctx: JobContext, tell: Callable[[Event], None], *, start_s: float
) -> None:
    """Estimate every plan and tell of each; with that of quick mode, try several ears on songs.

    Parameters
    ----------
    start_s
        What starting a process took.
    """
    songs = Songs(asked.songs, asked.seconds, max(2, asked.classes))
    name = asked.heard
    heard = frozenset({bundles.find(name).card.frontend.fingerprint} if name else ())
    for key, plan in asked.plans.items():
        try:
            tell(MeasuredEvent(key, estimate(plan, songs, ctx, start_s, heard)))
        except GenreDeskError as error:
            ctx.checkpoint()
            tell(MeasuredEvent(key, problem=str(error)))
        if key == "quick" and asked.tried:  # where it is chosen it stands first
            _try_ears(plan, asked.tried, ctx, tell)
        gc.collect()


def _try_ears(
    plan: TrainPlan, tried: Sequence[ListedSong], ctx: JobContext, tell: Callable[[Event], None]
) -> None:
    try:
        tell(TriedEvent(compare.measure(plan, tried, ctx)))
    except GenreDeskError as error:
        ctx.checkpoint()
        tell(TriedEvent(problem=str(error)))
