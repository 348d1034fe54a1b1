"""One ear or two: what a quick run would give with each, on a person's own songs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genredesk.core.job import JobContext
from genredesk.training.data import folders, several_words, songlist, split
from genredesk.training.data.cache import TrainingFeatureCache
from genredesk.training.data.scan import LabeledFile
from genredesk.training.data.songs import labels_of
from genredesk.training.fit import other_music, quick
from genredesk.training.fit.run import QuickRun
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import ears
from genredesk.training.runs.messages import EarsScore, ListedSong
from genredesk.training.runs.wire import of_plain

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


def measure(plan: TrainPlan, tried: Sequence[ListedSong], ctx: JobContext) -> tuple[EarsScore, ...]:
    """Try a quick plan with its first ear and with all, see :func:`quick.compared`.

    Raises
    ------
    DataError, BundleError
        When the songs or the ears do not allow it.
    Cancelled
        When the job was cancelled.
    """
    found = plan_ears.of(plan)
    entries = [LabeledFile(Path(song.path), *song[1:]) for song in tried]
    chosen = some(entries, MOST_SONGS, plan.seed)
    songlist.check_there(chosen)
    root, spec = songlist.common_root(chosen), plan_ears.frontend(found)
    data = folders.open_entries(root, chosen, spec, ctx, TrainingFeatureCache())
    if plan.words:
        data, _ = several_words.settled(data)
    folds = split.each_once(data.songs, seed=plan.seed)
    labels = labels_of(data)
    run = QuickRun(data, labels, ctx)
    others = other_music.heard_by(found, labels)
    known = () if plan.words else ears.known(found, labels)
    heard = quick.hear(run, ears.embedder(found), range(len(data.songs)), others, known)
    widths = ears.widths(found)
    kept = quick.choose(run, heard, folds, widths)
    ways = quick.compared(run, heard, folds, widths, kept)
    return tuple(of_plain(EarsScore, way, "A comparison of ears") for way in ways)
