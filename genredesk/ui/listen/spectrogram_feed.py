"""Feeds the scrolling picture: pulls new sound from the source's ring and makes columns of it.

The view's frame timer asks; nothing is pushed, so the event queue cannot flood. One call computes
at most a second of sound: after a seek the older part follows over the next frames.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genredesk.audio.sources import Source
    from genredesk.core.scores import FloatArray
    from genredesk.features.frontend import FrontendSpec

STEP_S = 1.0
VIEW_S = 12.0
REFERENCE_DB = 40.6
"""What the front end says of a low sine of full scale; the picture calls that 0 dB."""


class Gap:
    """Sound is missing here; the next column does not follow the last one."""


class Clear:
    """What follows is another place of the sound; the picture begins anew."""


Piece = Gap | Clear | np.ndarray


class SpectrogramFeed:
    """Reader of one source with a cursor of its own.

    Parameters
    ----------
    source
        Where the sound comes from.
    view_s
        How much the view shows; older sound is not computed.
    """

    def __init__(self, source: Source, view_s: float = VIEW_S) -> None:
        from genredesk.features.stream import FrontendStream  # noqa: PLC0415

        self._source = source
        self._view = round(view_s * source.sample_rate)
        self._step = round(STEP_S * source.sample_rate)
        self.spec = display_spec(source.sample_rate)
        self._stream = FrontendStream(self.spec)
        self._cursor = self._beginning(source.now())

    def _beginning(self, now: int) -> int:
        return max(self._source.ring.start, now - self._view, 0)

    @property
    def behind(self) -> int:
        """Samples that are heard already and not yet drawn."""
        return max(0, self._source.now() - self._cursor)

    def pull(self) -> Iterator[Piece]:
        """Yield what is new since the last call, at most ``STEP_S`` of sound.

        Arrays are columns ``(bands, n)`` in dB, oldest first.
        """
        from genredesk.audio.ring import RingOverrun  # noqa: PLC0415

        ring, now = self._source.ring, self._source.now()
        if now - self._cursor > self._view + self._step:
            # The window was hidden, or a seek brought its context along at once.
            yield Clear()
            self._restart(self._beginning(now))
        stop = min(now, self._cursor + self._step)
        for gap in ring.gaps(self._cursor):
            if self._cursor < gap <= stop:
                yield from self._columns(self._cursor, gap)
                yield Gap()
                self._restart(gap)
        try:
            yield from self._columns(self._cursor, stop)
        except RingOverrun:
            yield Clear()
            self._restart(self._beginning(now))

    def _columns(self, start: int, stop: int) -> Iterator[FloatArray]:
        if stop > start:
            columns = self._stream.push(self._source.ring.read(start, stop))
            self._cursor = stop
            if columns.shape[-1]:
                yield columns[0] - REFERENCE_DB

    def _restart(self, cursor: int) -> None:
        self._cursor = cursor
        self._stream.reset()


def display_spec(sample_rate: int) -> FrontendSpec:
    """Return the front end of the picture at ``sample_rate``; hop and highest band go with it."""
    from genredesk.features.frontend import DISPLAY_MEL  # noqa: PLC0415

    if sample_rate == DISPLAY_MEL.sample_rate:
        return DISPLAY_MEL
    scale = sample_rate / DISPLAY_MEL.sample_rate
    return dataclasses.replace(
        DISPLAY_MEL,
        sample_rate=sample_rate,
        hop_length=max(1, round(DISPLAY_MEL.hop_length * scale)),
        f_max=min(DISPLAY_MEL.f_max, sample_rate / 2),
    )
