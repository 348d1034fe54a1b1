"""Which time and which frequencies are seen, and what is written beside them. Only numbers."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.notes import note_name
from genredesk.ui.look.text import pointed
from genredesk.ui.widgets.base import number

SHORTEST_S = 0.5
"""No less time than this is stretched over the width."""

LONGEST_S = 86_400.0

_STEPS_S = (
    0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400,
    21_600, 43_200, 86_400,
)  # fmt: skip
_HZ = (1000, 100, 4000, 500, 8000, 2000, 200, 16_000, 50, 6000, 3000, 10_000, 5000, 300, 700, 1500)
"""Frequencies worth a label, the most wanted first."""

RELATIVE_S = 120.0
"""Up to this span the time of a live source is written as seconds before now."""


@dataclass(slots=True)
class TimeScale:
    """The part of a timeline that is seen.

    Parameters
    ----------
    span_s
        Seconds over the width.
    right_s
        Time at the right edge, while it does not follow.
    following
        Whether the moment that is heard stays in sight.
    first_s, last_s
        The time there is: of a file all of it, else from the first sound until now.
    now_s
        The moment that is heard.
    centred
        Whether what comes is known, so that now may lie in the middle.
    """

    span_s: float = 30.0
    right_s: float = 0.0
    following: bool = True
    first_s: float = 0.0
    last_s: float = 0.0
    now_s: float = 0.0
    centred: bool = False

    @property
    def right(self) -> float:
        """Time at the right edge."""
        return self._following_right() if self.following else self.right_s

    @property
    def left(self) -> float:
        """Time at the left edge."""
        return self.right - self.span_s

    def _following_right(self) -> float:
        if not self.centred:
            return self.now_s
        wanted = self.now_s + self.span_s / 2
        return max(min(wanted, self.last_s), self.first_s + self.span_s)

    def scroll(self, seconds: float) -> None:
        """Look at an earlier (negative) or later time; at its end a live one follows again."""
        self._go(self.right + seconds)

    def _go(self, right: float) -> None:
        low = self.first_s + min(self.span_s, self.last_s - self.first_s)
        if not self.centred and right >= self.now_s:
            self.following = True
            return
        high = self.last_s if self.last_s - self.first_s > self.span_s else low
        self.following = False
        self.right_s = min(max(right, low), max(high, low))
        if self.centred and self.span_s >= self.last_s - self.first_s:
            self.following = True  # all of it is seen

    def show(self, seconds: float) -> None:
        """Bring a time into the middle."""
        self._go(seconds + self.span_s / 2)

    def zoom(self, factor: float, about: float | None = None) -> None:
        """Show ``factor`` times as much; ``about`` stays where it is, else what is followed."""
        longest = max(self.last_s - self.first_s, 60.0) if self.last_s else LONGEST_S
        before, left = self.span_s, self.left
        self.span_s = min(max(before * factor, SHORTEST_S), longest, LONGEST_S)
        if about is None and self.following:
            return
        at = self.right - before / 2 if about is None else about
        share = (at - left) / before
        self._go(at + (1 - share) * self.span_s)


def time_step(span_s: float, width: float, room: float) -> float:
    """Return the distance of labels that need ``room`` pixels each."""
    least = span_s / max(width, 1.0) * room
    return next((step for step in _STEPS_S if step >= least), _STEPS_S[-1])


def time_ticks(
    scale: TimeScale, width: float, room: float, began: float | None, now: str
) -> list[tuple[float, str]]:
    """Return times and their words.

    Parameters
    ----------
    scale
        What is seen.
    width, room
        Of the picture, and what a label takes, in pixels.
    began
        When time 0 was, in seconds since 1970, for a live source: labels then tell the time of day,
        or, while it follows and little is seen, the seconds before now. ``None`` counts from 0.
    now
        The word for now.
    """
    step = time_step(scale.span_s, width, room)
    if began is not None and scale.following and scale.span_s <= RELATIVE_S:
        count = int(scale.span_s / step)
        digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
        ago = [
            (scale.right - i * step, f"{number(-i * step, digits)} s") for i in range(count, 0, -1)
        ]
        return [*ago, (scale.right, now)]
    shift = midnight(began) if began is not None else 0.0
    first, last = math.ceil((scale.left + shift) / step), math.floor((scale.right + shift) / step)
    places = [i * step for i in range(first, last + 1)]
    write = clock_of_day if began is not None else clock_of_song
    return [
        (at - shift, write(at, step)) for at in places if at - shift >= -1e-9 or began is not None
    ]


def midnight(began: float) -> float:
    """Return how many seconds after local midnight time 0 was."""
    local = time.localtime(began)
    return local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec + began % 1


def clock_of_day(seconds: float, step: float = 1.0) -> str:
    """Write seconds after midnight: ``21:03``, ``21:03:10``, ``21:03:10.5``."""
    seconds %= 86_400
    hours, rest = divmod(round(seconds, 2), 3600)
    minutes, left = divmod(rest, 60)
    text = f"{int(hours):02}:{int(minutes):02}"
    if step >= 60:
        return text
    return f"{text}:{int(left):02}" if step >= 1 else f"{text}:{pointed(f'{left:04.1f}')}"


def clock_of_song(seconds: float, step: float = 1.0) -> str:
    """Write a position: ``1:23``, ``1:02:03``, ``1:23.5``."""
    hours, rest = divmod(round(seconds, 2), 3600)
    minutes, left = divmod(rest, 60)
    last = f"{int(left):02}" if step >= 1 else pointed(f"{left:04.1f}")
    return f"{int(hours)}:{int(minutes):02}:{last}" if hours else f"{int(minutes)}:{last}"


# ---------------------------------------------------------------- frequency


def place_of(hertz: float, frequencies: NDArray[np.float64]) -> float:
    """Return where a frequency lies, in rows (the middle of row ``k`` is ``k + 0.5``)."""
    return float(np.interp(hertz, frequencies, np.arange(len(frequencies)) + 0.5))


def hertz_at(place: float, frequencies: NDArray[np.float64]) -> float:
    """Return the frequency at a place in rows."""
    return float(np.interp(place, np.arange(len(frequencies)) + 0.5, frequencies))


def frequency_ticks(
    name: str, frequencies: NDArray[np.float64], low: float, high: float, room: float
) -> list[tuple[float, str]]:
    """Return places in rows and their words: notes of the note axis, else round Hertz.

    Parameters
    ----------
    name
        Of the axis, one of :data:`~genredesk.features.axes.AXES`.
    frequencies
        Of the rows.
    low, high
        The rows that are seen.
    room
        How many rows a label takes.
    """
    chosen: list[tuple[float, str]] = []
    for hertz, text in _wanted(name, frequencies):
        place = place_of(hertz, frequencies)
        inside = frequencies[0] <= hertz <= frequencies[-1] * 1.001
        inside = inside and low + room / 4 <= place <= high - room / 4
        if inside and all(abs(place - other) >= room for other, _ in chosen):
            chosen.append((place, text))
    return sorted(chosen)


def _wanted(name: str, frequencies: NDArray[np.float64]) -> Sequence[tuple[float, str]]:
    if name == "note":
        notes = [(float(hz), note_name(float(hz))) for hz in frequencies]
        order = ("C", "A", "E", "G", "D", "F", "B")
        plain = [
            one for letter in order for one in notes if one[1][:1] == letter and len(one[1]) == 2
        ]
        return [*plain, *(one for one in notes if len(one[1]) > 2)]
    return [(hz, pointed(f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz} Hz")) for hz in _HZ]
