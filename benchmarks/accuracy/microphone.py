"""The way through the air: the same songs and windows clean, and spoilt as rooms and devices do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import spoiling
from benchmarks.accuracy.case import Case, RealSong, sides
from benchmarks.accuracy.hearing import probabilities
from benchmarks.table import Row, at_most
from genredesk.core.scores import FloatArray
from genredesk.inference.runtime import CPU, Runtime, open_runtime

GROUP = "Through a microphone"
MOST = 5.0
RT60_S = (0.2, 0.4, 0.6, 0.8)
Spoil = Callable[[FloatArray, int, np.random.Generator], FloatArray]


@dataclass(frozen=True, slots=True)
class Condition:
    """What happens to a song.

    Parameters
    ----------
    kind
        Conditions of one kind are summed up in one row.
    spoil
        Takes samples, their rate, and the generator of this song and condition.
    limit
        Points that may be lost; ``None``: reported only.
    """

    kind: str
    spoil: Spoil
    limit: float | None = MOST


def _room(rt60_s: float) -> Spoil:
    return lambda sound, rate, rng: spoiling.room(sound, rate, rt60_s, rng)


def _noise(kind: str) -> Spoil:
    return lambda sound, rate, rng: spoiling.noisy(sound, rate, kind, 20.0, rng)


def _level(decibel: float, *, converter: bool) -> Spoil:
    return lambda sound, *_: spoiling.louder(sound, decibel, converter=converter)


def everything(sound: FloatArray, rate: int, rng: np.random.Generator) -> FloatArray:
    """Play a song in a room through a small loudspeaker, beside noise, and send it as MP3."""
    played = spoiling.small_loudspeaker(sound, rate, rng)
    heard = spoiling.room(played, rate, rng.uniform(RT60_S[0], RT60_S[-1]), rng)
    beside = spoiling.noisy(heard, rate, str(rng.choice(["white", "pink", "babble"])), 20.0, rng)
    level = spoiling.louder(beside, rng.uniform(-20, 0), converter=True)
    return spoiling.mp3(level, rate)


CONDITIONS = (
    *(Condition("rooms, RT60 0.2-0.8 s", _room(rt60_s)) for rt60_s in RT60_S),
    *(Condition("small loudspeakers", spoiling.small_loudspeaker) for _ in range(2)),
    *(Condition(f"{k} noise, 20 dB SNR", _noise(k)) for k in ("white", "pink", "babble")),
    Condition("level +20 dB", _level(20, converter=False), 0.0),
    Condition("level -20 dB", _level(-20, converter=False), 0.0),
    Condition("level +20 dB, cut at full scale", _level(20, converter=True), None),
    Condition("level -20 dB, rounded to 16 bits", _level(-20, converter=True), None),
    Condition("MP3, 64 kbit/s", lambda sound, rate, _: spoiling.mp3(sound, rate)),
    *(Condition("all of these together", everything) for _ in range(2)),
)


@dataclass(frozen=True, slots=True)
class Right:
    """Which songs were right, ``(songs,)``, and which share of each one's windows."""

    songs: NDArray[np.bool_]
    windows: NDArray[np.float64]

    @classmethod
    def of(cls, answers: list[FloatArray], truth: NDArray[np.intp]) -> Right:
        """Judge every song's windows ``(windows, labels)``; a silent one is not right."""
        songs, windows = [], []
        for rows, label in zip(answers, truth, strict=True):
            heard = rows.max(axis=1) > 0
            songs.append(bool(heard.any()) and int(rows.mean(axis=0).argmax()) == label)
            windows.append(float((heard & (rows.argmax(axis=1) == label)).mean()))
        return cls(np.array(songs), np.array(windows))


def judged(case: Case, runtime: Runtime, songs: list[RealSong]) -> Iterator[tuple[str, Right]]:
    """Yield how right the clean songs are, and then under every condition."""
    truth = np.array([song.truth for song in songs])
    answers: list[list[FloatArray]] = [[] for _ in range(len(CONDITIONS) + 1)]
    for number, song in enumerate(songs):
        sound = song.sound(case.rate)
        answers[0].append(probabilities(case.bundle, runtime, sound))
        for place, condition in enumerate(CONDITIONS, 1):
            rng = np.random.default_rng((place, number))
            spoilt = condition.spoil(sound, case.rate, rng)
            answers[place].append(probabilities(case.bundle, runtime, spoilt))
    names = ["clean", *(condition.kind for condition in CONDITIONS)]
    for name, rows in zip(names, answers, strict=True):
        yield name, Right.of(rows, truth)


def _mean(found: list[Right], chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Return percent of songs and of windows over the seeds of a condition."""
    songs = np.mean([one.songs[chosen].mean() for one in found])
    windows = np.mean([one.windows[chosen].mean() for one in found])
    return 100 * float(songs), 100 * float(windows)


def table(
    found: dict[str, list[Right]], note: str, chosen: NDArray[np.bool_], *, held: bool
) -> list[Row]:
    """Return the rows of one group of songs; the reach counts where ``held``."""
    group = f"{GROUP}: {note}"
    clean_songs, clean_windows = _mean(found["clean"], chosen)
    rows = [
        Row(group, "clean: songs", clean_songs, "%"),
        Row(group, "clean: windows", clean_windows, "%"),
    ]
    limits = {condition.kind: condition.limit for condition in CONDITIONS}
    for kind, limit in limits.items():
        songs, windows = _mean(found[kind], chosen)
        tries = len(found[kind])
        said = f"{songs:.1f} %" + (f", mean of {tries} draws a song" if tries > 1 else "")
        for what, lost, text in (
            ("songs", clean_songs - songs, said),
            ("windows", clean_windows - windows, f"{windows:.1f} %"),
        ):
            name = f"{kind}: {what} lost"
            if limit is None or not held:
                rows.append(Row(group, name, lost, "points", note=text))
            else:
                rows.append(at_most(group, name, lost, "points", limit=limit, note=text))
    return rows


def rows(case: Case) -> list[Row]:
    """Measure every condition on ``gtzan-audio``."""
    songs = case.songs()
    runtime = open_runtime(case.bundle, CPU)
    try:
        found: dict[str, list[Right]] = {}
        for name, right in judged(case, runtime, songs):
            found.setdefault(name, []).append(right)
    finally:
        runtime.close()
    return [
        row
        for note, chosen, held in sides(case, songs)
        for row in table(found, note, chosen, held=held)
    ]
