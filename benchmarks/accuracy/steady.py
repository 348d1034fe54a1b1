"""How often the large word of the Listen page changes on real music."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from benchmarks.accuracy.case import Case, Missing
from benchmarks.accuracy.hearing import Heard, LiveEar
from benchmarks.table import Row, at_least
from genredesk.audio import decode
from genredesk.core.certainty import Strength
from genredesk.core.scores import FloatArray

GROUP = "Steady on real songs"
NAMED = 75.0


def sounds(case: Case) -> Iterator[tuple[str, Iterator[FloatArray]]]:
    """Yield a folder's name and its songs, one decoded at a time."""
    whole = sorted(decode.find_audio([case.folder("full-songs")]))[:: case.few]
    yield "whole songs", (decode.load(path, case.rate) for path in whole)
    yield "gtzan-audio", (song.sound(case.rate) for song in case.songs())


def changes(heard: Heard) -> tuple[int, int]:
    """Return how often the word changed, and how often one genre followed another."""
    shown = [d.word for _, d in heard]
    names = [d.named[0] for _, d in heard if len(d.named) == 1]
    return sum(a != b for a, b in pairwise(shown)), sum(a != b for a, b in pairwise(names))


def table(name: str, all_heard: list[Heard], hop_s: float) -> list[Row]:
    """Return the rows of some songs."""
    minutes = sum(len(heard) for heard in all_heard) * hop_s / 60
    counts = np.array([changes(heard) for heard in all_heard]).sum(axis=0)
    single = sum(a.top[0] != b.top[0] for heard in all_heard for (a, _), (b, _) in pairwise(heard))
    states = [decision.state for heard in all_heard for _, decision in heard]
    sounding = [state for state in states if state is not Strength.SILENCE]
    shares = {s: 100 * sounding.count(s) / max(1, len(sounding)) for s in Strength}
    each = ", ".join(f"{s.value} {share:.0f} %" for s, share in shares.items() if share)
    note = f"{len(all_heard)} songs, {minutes:.1f} minutes"
    return [
        Row(
            GROUP, f"{name}: changes of the large word", counts[0] / minutes, "a minute", note=note
        ),
        Row(
            GROUP, f"{name}: changes from one genre to another", counts[1] / minutes, "a minute",
            note=f"the single windows' first choice: {single / minutes:.1f} a minute",
        ),
        at_least(
            GROUP, f"{name}: sound with a word other than “can't tell”",
            100 - shares[Strength.OPEN], "%", limit=NAMED, note=each,
        ),
    ]  # fmt: skip


def _heard(ear: LiveEar, songs: Iterator[FloatArray]) -> list[Heard]:
    return [heard for heard in map(ear.hear, songs) if heard]


def rows(case: Case) -> list[Row]:
    """Play whole songs and the pieces of ``gtzan-audio`` to the live engine."""
    found: list[Row] = []
    with LiveEar(case.bundle) as ear:
        for name, songs in sounds(case):
            all_heard = _heard(ear, songs)
            if not all_heard:
                raise Missing(f"there is no music among the {name}")
            found += table(name, all_heard, ear.hop_s)
    return found
