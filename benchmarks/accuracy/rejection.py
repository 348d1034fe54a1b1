"""What is no music: how often the Listen page says that it is, or probably is, a genre."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.accuracy import nonmusic, spoiling
from benchmarks.accuracy.case import Case
from benchmarks.accuracy.hearing import Heard, LiveEar
from benchmarks.table import Row, at_most
from genredesk.core.certainty import Strength
from genredesk.core.scores import FloatArray

GROUP = "No music"
MOST = 10.0
LIKELY = (Strength.SURE, Strength.PROBABLE)
Sounds = Iterator[tuple[str, FloatArray]]


def _in_rooms(sounds: Sounds, rate: int) -> Sounds:
    """Put every sound into another room."""
    for seed, (name, sound) in enumerate(sounds):
        yield name, nonmusic.levelled(spoiling.room(sound, rate, 0.5, np.random.default_rng(seed)))


def kinds(rate: int) -> Iterator[tuple[str, Sounds, bool]]:
    """Yield what is played, its sounds, and whether the reach speaks of it."""
    yield "silence", nonmusic.silences(rate), True
    if nonmusic.has_voices():
        yield "speech, espeak-ng", nonmusic.spoken(rate), True
        yield "the same speech in a room", _in_rooms(nonmusic.spoken(rate), rate), False
    yield "white noise", nonmusic.noises(rate, 0.0), True
    yield "pink noise", nonmusic.noises(rate, 1.0), True
    yield "brown noise", nonmusic.noises(rate, 2.0), False
    yield "pure tones", nonmusic.tones(rate), True
    yield "sirens", nonmusic.sirens(rate), True
    yield "hum", nonmusic.hums(rate), False
    yield "ticking and crackle", nonmusic.ticks(rate), False


def row_of(name: str, clips: list[tuple[str, Heard]], *, held: bool) -> Row:
    """Sum up what was shown while the clips played."""
    shown = [decision for _, heard in clips for _, decision in heard]
    named = [d.state in LIKELY for d in shown]
    windows = [s.state in LIKELY for _, heard in clips for s, _ in heard]
    sure = float(np.mean([d.state is Strength.SURE for d in shown]))
    two = float(np.mean([d.state is Strength.BETWEEN for d in shown]))
    ever = sum(any(d.state in LIKELY for _, d in heard) for _, heard in clips)
    words = Counter(str(d.label) for d in shown if d.state in LIKELY).most_common(3)
    note = f"{len(clips)} clips of {nonmusic.SECONDS:g} s, {ever} of them named at some time"
    note += f"; {np.mean(windows):.0%} of the single windows; sure {sure:.1%}, between {two:.1%}"
    if words:
        note += "; " + ", ".join(f"{word} {n / len(shown):.0%}" for word, n in words)
    share = 100 * float(np.mean(named))
    what = f"{name}: time sure or probable"
    if held:
        return at_most(GROUP, what, share, "%", limit=MOST, note=note)
    return Row(GROUP, what, share, "%", note=note)


def _heard(ear: LiveEar, sounds: Sounds) -> list[tuple[str, Heard]]:
    return [(name, ear.hear(sound)) for name, sound in sounds]


def rows(case: Case) -> list[Row]:
    """Play everything to the live engine as the Listen page has it."""
    with LiveEar(case.bundle) as ear:
        found = [
            row_of(name, _heard(ear, sounds), held=held) for name, sounds, held in kinds(case.rate)
        ]
    if not nonmusic.has_voices():
        note = "not measured: espeak-ng is not installed (apt-get install espeak-ng)"
        found.append(Row(GROUP, "speech, espeak-ng: time sure or probable", 0.0, "", note=note))
    return found
