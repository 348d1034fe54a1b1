"""One ear or two: what a quick run would give with each, on a person's own songs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core.job import JobContext
from genredesk.training.data import folders, songlist, split
from genredesk.training.data.cache import TrainingFeatureCache
from genredesk.training.data.scan import LabeledFile
from genredesk.training.data.songs import labels_of
from genredesk.training.fit import quick
from genredesk.training.fit.fit import FitRun
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan import recipe
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import ears

MOST_SONGS = 100
"""More than these take long and say little more."""


def some(entries: Sequence[LabeledFile], most: int, seed: int) -> list[LabeledFile]:
    """Return at most so many songs, as many of each genre as there can be."""
    order = np.random.default_rng(seed).permutation(len(entries))
    turn: dict[str, int] = {}
    ranked = []
    for i in order:
        label = entries[i].label
        turn[label] = turn.get(label, -1) + 1
        ranked.append((turn[label], int(i)))
    return [entries[i] for i in sorted(i for _, i in sorted(ranked)[:most])]


def measure(
    plan: TrainPlan, entries: Sequence[LabeledFile], ctx: JobContext
) -> list[dict[str, Any]]:
    """Try a quick plan with its first ear and with all, see :func:`quick.compared`.

    Raises
    ------
    DataError, BundleError
        When the songs or the ears do not allow it.
    Cancelled
        When the job was cancelled.
    """
    found = plan_ears.of(plan)
    chosen = some(entries, MOST_SONGS, plan.seed)
    songlist.check_there(chosen)
    root, spec = songlist.common_root(chosen), plan_ears.frontend(found)
    data = folders.open_entries(root, chosen, spec, ctx, TrainingFeatureCache())
    folds = split.each_once(data.songs, seed=plan.seed)
    labels = labels_of(data)
    net = ears.network(found, len(labels))
    run = FitRun(net, data, folds[0], labels, recipe.get("live"), ctx=ctx)
    heard, _ = ears.hear(found, run, range(len(data.songs)))
    widths = ears.widths(found)
    kept = quick.choose(run, heard, folds, widths)
    return quick.compared(run, heard, folds, widths, kept)


def asked(raw: dict[str, Any]) -> list[LabeledFile]:
    """Read songs as they travel: ``[path, label, artist, split]`` each."""
    return [LabeledFile(Path(path), *map(str, about)) for path, *about in raw.get("tried", [])]
