"""How far an experiment is, and how long the rest of it may take."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from genredesk.core.job import JobContext, Progress
from genredesk.core.messages import say
from genredesk.training.runs import probe
from genredesk.training.runs.papers.units import Unit

_BATCH = 4


class TimeLeft:
    """Tells how much of the work is done, and how long what is left may take.

    Rows differ by a factor of a thousand, so each is weighed: its epochs by what its network takes
    for a second of sound here.

    Parameters
    ----------
    units
        All runs of the experiment, those that ended long ago, too.
    """

    def __init__(self, units: Sequence[Unit], ctx: JobContext) -> None:
        self._ctx = ctx
        self._costs: dict[str, float] = {}
        self._total = sum(map(self._work, units))
        self._left, self._here, self._spent = 0.0, 0.0, 0.0
        self._began = 0.0

    def _work(self, unit: Unit) -> float:
        name = unit.spec.name.partition("[")[0]
        if name not in self._costs:
            net = unit.spec.build(*unit.frontend.shape, unit.spec.n_classes).eval()
            windows = torch.zeros((_BATCH, *unit.frontend.shape))
            with torch.inference_mode():
                took = probe.each(lambda: net(windows), 0.0, self._ctx)
            self._costs[name] = took / unit.frontend.window_s
        return unit.rules.epochs * self._costs[name]

    def missing(self, units: Sequence[Unit]) -> None:
        """Say which runs are still to be done."""
        self._left = sum(map(self._work, units))

    def begin(self, unit: Unit) -> JobContext:
        """Return the context of a run that begins, whose progress is shown as a share of all."""
        self._began = time.monotonic()
        before, mine = self._total - self._left, self._work(unit)

        def show(progress: Progress) -> None:
            share = (before + (progress.fraction or 0.0) * mine) / self._total
            self._ctx.progress(round(100 * share, 1), 100, f"{progress.message}, {unit.words}")

        return JobContext(show)

    def said(self, unit: Unit) -> str:
        """Return a sentence for the run that ended."""
        self._spent += time.monotonic() - self._began
        self._here += self._work(unit)
        self._left -= self._work(unit)
        minutes = round(self._spent / self._here * max(0.0, self._left) / 60)
        if self._left < self._work(unit) / 1e6:
            return say("{words}: done, the last one.", words=unit.words)
        if minutes < 1:
            return say("{words}: done, less than a minute left.", words=unit.words)
        if minutes < 60:
            return say(
                "{words}: done, about {minutes} min left.", words=unit.words, minutes=minutes
            )
        hours, minutes = divmod(minutes, 60)
        return say(
            "{words}: done, about {hours} h {minutes:02d} min left.",
            words=unit.words,
            hours=hours,
            minutes=minutes,
        )
