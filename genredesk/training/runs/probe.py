"""What a training would take on this machine: a moment of the real thing, timed.

For every plan: its network on its front end's windows, the optimiser steps or the embedding it
would do, for at most two seconds; the front end on a few seconds of noise.
"""

from __future__ import annotations

import dataclasses
import gc
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.features import frontend
from genredesk.features.spec import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.nets import registry
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec
from genredesk.training.batches import generate, vary
from genredesk.training.data import folders, split
from genredesk.training.data.sources import frontend_of
from genredesk.training.evaluation import review
from genredesk.training.evaluation.evaluate import HOP_S
from genredesk.training.fit import precision, quick
from genredesk.training.network import logistic, module, rebuild
from genredesk.training.network.module import Listen
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs import compare, ears
from genredesk.training.runs.messages import (
    Event,
    MeasuredEvent,
    MeasureTask,
    PlanEstimate,
    TriedEvent,
)
from genredesk.training.runs.prepare import recipe_of, set_threads, spec_of

PROBE_S = 2.0
_SOUND_S = 6.0
_EXPORT = 2.5
"""Exporting and comparing take so many times as long as starting: both are mostly imports."""
_BATCH = 64
_ROWS = 256
"""Made-up embeddings the new last layer of quick mode is tried on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Songs:
    """How much there is to train on."""

    n: int
    seconds: float
    classes: int


def _made(plan: TrainPlan, classes: int) -> tuple[Network, FrontendSpec, NetSpec]:
    if plan.mode == "scratch":
        spec = spec_of(plan)
        front = frontend_of(plan, spec.frontend)
        return spec.build(*front.shape, classes), front, spec
    found = plan_ears.of(plan)
    net, card = ears.network(found, classes), found[0].card
    if plan.mode == "quick" or classes != len(card.labels):
        rebuild.check_last_layer(net)
        net.new_head(classes)
    return net, plan_ears.frontend(found), registry.get(card.network)


def _each(work: Callable[[], object], seconds: float, ctx: JobContext) -> float:
    """Return what one call costs, after a first one that warms up."""
    work()
    begin, n = time.perf_counter(), 0
    while n == 0 or time.perf_counter() - begin < seconds:
        ctx.checkpoint()
        work()
        n += 1
    return (time.perf_counter() - begin) / n


def _listening(listen: Listen, front: FrontendSpec):
    columns = np.random.default_rng(0).normal(-40, 10, (_BATCH, *front.column_shape))
    columns = columns.astype(np.float32)
    return lambda: listen(frontend.normalise(front, columns))


def _solving(width: int, classes: int) -> float:
    """Return what solving one last layer costs for one embedding ``(width,)``."""
    rng = np.random.default_rng(0)
    truth = np.arange(_ROWS) % classes
    x = rng.normal(size=(_ROWS, width)) + rng.normal(size=(classes, width))[truth]
    begin = time.perf_counter()
    logistic.fit(x, truth, classes, decay=quick.DECAYS[1])
    return (time.perf_counter() - begin) / _ROWS


def _quick(
    plan: TrainPlan, net: Network, front: FrontendSpec, songs: Songs, ctx: JobContext
) -> tuple[dict[str, float], bool]:
    """Return the parts of a quick run, and whether it keeps the graphs it began with.

    Every window is heard once, once more by the old model, and some for the flattering number; in
    every try a layer is solved for each fold. See :mod:`~genredesk.training.fit.quick`.
    """
    found = plan_ears.of(plan)
    base = ears.graph(found, net)
    listen = module.graph(base) if base else module.listener(net.eval())
    hear_s = _each(_listening(listen, front), PROBE_S / 4, ctx) / _BATCH
    width = listen(np.zeros((1, *front.shape), np.float32))[1].shape[1]
    solve_s = _solving(width, songs.classes)
    windows = songs.seconds / HOP_S
    pieces = min(review.MOST_WINDOWS, songs.seconds / front.window_s)
    folds = split.FEW_FOLDS if songs.n > split.MANY_SONGS else split.MOST_FOLDS
    # of several ears the first is tried alone, too, and all in two ways
    tries = len(quick.DECAYS) + (0 if len(found) == 1 else 2)
    parts = {
        "fit": hear_s * windows + tries * (folds - 1) * solve_s * pieces,
        "measure": hear_s * (windows + pieces) + solve_s * 0.8 * pieces,
    }
    return parts, bool(base)


def _redrawing(rules: Recipe, front: FrontendSpec) -> Callable[[], object]:
    made = vary.Variations(generate.voice(vary.source(rules, front)), (0,), rules.vary)
    n = max(1, round(rules.vary * rules.batch))
    x = np.zeros((n, *front.shape), np.float32)
    genre, generator = np.zeros(n, np.intp), torch.Generator().manual_seed(0)
    return lambda: made.redrawn(x, genre, generator)


def _hearing(net: Network, front: FrontendSpec, device: str):
    net.to(device).eval()
    x = torch.randn((32, *front.shape)).to(device)

    @torch.inference_mode()
    def work() -> float:
        return float(net(x)[0].sum())

    return work


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
    device, why = precision.device_of(plan.device)
    net, front, spec = _made(plan, songs.classes)
    rules = recipe_of(plan, spec)
    redraw = _redrawing(rules, front) if rules.vary > 0 else None  # refused before it is timed
    fitted, held = 0.8 * songs.seconds, 0.2 * songs.seconds
    parts = {"start": start_s, "export": _EXPORT * start_s}
    ready = front.fingerprint in heard
    parts["features"] = 0.0 if ready else _features(front) * songs.seconds
    if plan.mode == "quick":
        known, kept = _quick(plan, net, front, songs, ctx)
        parts |= known
        parts["export"] *= not kept
        epochs = len(quick.DECAYS)
    else:
        hear_s = _each(_hearing(net, front, device), PROBE_S / 4, ctx) / 32
        rules, told = precision.settle(
            net, rules, front.shape, songs.classes, device, task=spec.task
        )
        why = f"{why} {told}".strip()
        step = precision.step(net, rules, front.shape, songs.classes, device, task=spec.task)
        step_s = _each(step, PROBE_S / 2, ctx)
        if redraw is not None:
            step_s += _each(redraw, PROBE_S / 4, ctx)
        windows = rules.crops * 0.8 * songs.n if rules.crops else fitted / front.window_s
        windows *= 1 + rules.altered_copies
        parts["features"] *= 1 + 3 * rules.altered_copies  # the vocoder costs twice the columns
        epochs = rules.epochs
        parts["fit"] = epochs * step_s * max(1.0, windows / rules.batch)
        parts["fit"] += epochs * hear_s * held / front.window_s
        parts["measure"] = hear_s * (held / HOP_S + fitted / front.window_s)
    channels, rows, columns = front.column_shape
    bytes_s = 4 * channels * rows * columns / front.window_s
    weights = 4 * sum(p.numel() for p in net.parameters())
    return PlanEstimate(
        seconds=sum(parts.values()),
        parts=parts,
        memory=memory(),
        disk=round(bytes_s * songs.seconds + 8 * weights),
        device=device,
        why=why,
        batch=rules.batch,
        epochs=epochs,
        at_most=bool(rules.patience),
        parameters=weights // 4,
        recipe=rules.to_dict(),
    )


def measure(
    asked: MeasureTask, ctx: JobContext, tell: Callable[[Event], None], *, start_s: float
) -> None:
    """Estimate every plan and tell of each; then try several ears on songs, where there are any.

    Parameters
    ----------
    start_s
        What starting a process took.
    """
    songs = Songs(asked.songs, asked.seconds, max(2, asked.classes))
    set_threads(0)
    name = asked.heard
    heard = frozenset({bundles.find(name).card.frontend.fingerprint} if name else ())
    for key, plan in asked.plans.items():
        try:
            tell(MeasuredEvent(key, estimate(plan, songs, ctx, start_s, heard)))
        except GenreDeskError as error:
            ctx.checkpoint()
            tell(MeasuredEvent(key, problem=str(error)))
        gc.collect()
    if asked.tried:
        try:
            tell(TriedEvent(compare.measure(asked.plans["quick"], asked.tried, ctx)))
        except GenreDeskError as error:
            ctx.checkpoint()
            tell(TriedEvent(problem=str(error)))
