"""What training a whole network would take here: its optimiser steps and answers, timed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from genredesk.core.job import JobContext
from genredesk.features.spec import FrontendSpec
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec
from genredesk.training.batches import generate, vary
from genredesk.training.data.sources import frontend_of
from genredesk.training.evaluation.evaluate import HOP_S
from genredesk.training.fit import precision
from genredesk.training.network import rebuild
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs import probe
from genredesk.training.runs.prepare import recipe_of, set_threads, spec_of
from genredesk.training.runs.probe import PlanCost, Songs

_EXPORT = 2.5
"""Exporting and comparing take so many times as long as starting: both are mostly imports."""


def _made(
    plan: TrainPlan, spec: NetSpec, rules: Recipe, classes: int
) -> tuple[Network, FrontendSpec]:
    if plan.mode == "scratch":
        front = frontend_of(plan, spec.frontend, rules.segment_s)
        return spec.build(*front.shape, classes), front
    found = plan_ears.of(plan)[0]
    net, card = rebuild.network_of(found), found.card
    if classes != len(card.labels):
        rebuild.check_last_layer(net)
        net.new_head(classes)
    return net, card.frontend


def _redrawing(rules: Recipe, front: FrontendSpec) -> Callable[[], object]:
    made = vary.Variations(generate.voice(vary.source(rules, front)), (0,), rules.vary)
    n = max(1, round(rules.vary * rules.batch))
    x = np.zeros((n, *front.shape), np.float32)
    genre, generator = np.zeros(n, np.intp), torch.Generator().manual_seed(0)
    return lambda: made.redrawn(x, genre, generator)


def _hearing(net: Network, front: FrontendSpec, device: str) -> Callable[[], float]:
    net.to(device).eval()
    x = torch.randn((32, *front.shape)).to(device)

    @torch.inference_mode()
    def work() -> float:
        return float(net(x)[0].sum())

    return work


def cost(plan: TrainPlan, songs: Songs, start_s: float, ctx: JobContext) -> PlanCost:
    """Time one plan and multiply it out.

    Parameters
    ----------
    start_s
        What starting the process took.
    """
    set_threads(0)
    device, why = precision.device_of(plan.device)
    spec = spec_of(plan)
    rules = recipe_of(plan, spec)
    net, front = _made(plan, spec, rules, songs.classes)
    redraw = _redrawing(rules, front) if rules.vary > 0 else None  # refused before it is timed
    fitted, held = 0.8 * songs.seconds, 0.2 * songs.seconds
    hear_s = probe.each(_hearing(net, front, device), probe.PROBE_S / 4, ctx) / 32
    rules, told = precision.settle(net, rules, front.shape, songs.classes, device, task=spec.task)
    step = precision.step(net, rules, front.shape, songs.classes, device, task=spec.task)
    step_s = probe.each(step, probe.PROBE_S / 2, ctx)
    if redraw is not None:
        step_s += probe.each(redraw, probe.PROBE_S / 4, ctx)
    windows = rules.crops * 0.8 * songs.n if rules.crops else fitted / front.window_s
    windows *= 1 + rules.altered_copies
    fit_s = rules.epochs * step_s * max(1.0, windows / rules.batch)
    parts = {
        "fit": fit_s + rules.epochs * hear_s * held / front.window_s,
        "measure": hear_s * (held / HOP_S + fitted / front.window_s),
        "export": _EXPORT * start_s,
    }
    return PlanCost(
        parts,
        front,
        device,
        f"{why} {told}".strip(),
        rules,
        sum(p.numel() for p in net.parameters()),
        rules.epochs,
        bool(rules.patience),
        copies=1 + 3 * rules.altered_copies,  # the vocoder costs twice the columns
    )
