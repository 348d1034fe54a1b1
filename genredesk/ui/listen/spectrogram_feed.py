"""Feeds the timeline of a live source: pulls new sound from its ring and makes columns of it.

The page's frame timer asks; nothing is pushed, so the event queue cannot flood. One call computes
at most a second of sound: after a pause the older part follows over the next frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genredesk.audio.sources import Source
    from genredesk.core.scores import FloatArray
    from genredesk.features.axes import DisplayAxis
    from genredesk.features.spec import FrontendSpec

STEP_S = 1.0
VIEW_S = 50.0
"""So far behind it goes on without a hole: the rings of sources hold a minute."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Sound is missing; the next column begins at this time of the source."""

    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """New sound and the columns it completed.

    Parameters
    ----------
    seconds
        Time of its first sample.
    samples
        Mono ``(n,)``.
    columns
        Decibels ``(rows, k)``, oldest first.
    """

    seconds: float
    samples: FloatArray
    columns: FloatArray


class SpectrogramFeed:
    """Reader of one source with a cursor of its own.

    Parameters
    ----------
    source
        Where the sound comes from.
    axis
        How it is looked at; see :func:`genredesk.features.axes.display_axis`.
    view_s
        Of more sound than this that is not drawn yet only the newest is.
    cursor
        Index of the first sample to draw; by default what fits.
    """

    def __init__(
        self,
        source: Source,
        axis: DisplayAxis,
        view_s: float = VIEW_S,
        cursor: int | None = None,
    ) -> None:
        from genredesk.features.axes import AxisStream  # noqa: PLC0415

        self._source = source
        self._view = round(view_s * source.sample_rate)
        self._step = round(STEP_S * source.sample_rate)
        self.axis = axis
        self._stream = AxisStream(axis)
        self.cursor = self._beginning(source.now()) if cursor is None else cursor

    def _beginning(self, now: int) -> int:
        return max(self._source.ring.start, now - self._view, 0)

    @property
    def seconds(self) -> float:
        """Time of the source up to which sound was read."""
        return self._source.time_of(self.cursor)

    @property
    def behind(self) -> int:
        """Samples that are heard already and not yet drawn."""
        return max(0, self._source.now() - self.cursor)

    def skip(self) -> None:
        """Leave out what was not drawn yet."""
        self._restart(self._source.now())

    def pull(self) -> Iterator[Gap | Sound]:
        """Yield what is new since the last call, at most ``STEP_S`` of sound."""
        from genredesk.audio.ring import RingOverrun  # noqa: PLC0415

        ring, now = self._source.ring, self._source.now()
        if now - self.cursor > self._view + self._step:
            yield self._gap(self._beginning(now))
        stop = min(now, self.cursor + self._step)
        for gap in ring.gaps(self.cursor):
            if self.cursor < gap <= stop:
                yield from self._sound(self.cursor, gap)
                yield self._gap(gap)
        try:
            yield from self._sound(self.cursor, stop)
        except RingOverrun:
            yield self._gap(self._beginning(now))

    def _gap(self, cursor: int) -> Gap:
        self._restart(cursor)
        return Gap(self._source.time_of(cursor))

    def _sound(self, start: int, stop: int) -> Iterator[Sound]:
        if stop > start:
            seconds = self._source.time_of(start)
            samples = self._source.ring.read(start, stop)
            self.cursor = stop
            yield Sound(seconds, samples, self._stream.push(samples))

    def _restart(self, cursor: int) -> None:
        self.cursor = cursor
        self._stream.reset()


def display_spec(sample_rate: int) -> FrontendSpec:
    """Return the front end of the mel picture at ``sample_rate``."""
    from genredesk.features.axes import display_mel  # noqa: PLC0415

    return display_mel(sample_rate)
