"""Views of songs as papers cut them: single windows, or a few windows drawn once.

With single windows a paper's split of *segments* can be repeated.

Pieces of one song then stand on both sides of a split, and what is measured is partly how well
songs are remembered. For :mod:`genredesk.training.runs.reproduce`, and for what
:mod:`genredesk.training.runs.crossval` shows as such a split's claim; no bundle is made of one.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from genredesk.core.scores import FloatArray
from genredesk.features.frontend import FrontendSpec
from genredesk.training.data.songs import (
    Song,
    SongSet,
    looped_crop,
    window_columns,
    window_starts,
)


@dataclass(frozen=True, slots=True)
class Segments:
    """A :class:`~.songs.SongSet` whose every "song" is one window of another."""

    base: SongSet
    songs: tuple[Song, ...]
    places: tuple[tuple[int, int], ...]
    stride: int = 1

    @property
    def spec(self) -> FrontendSpec:
        """The front end of the songs."""
        return self.base.spec

    def n_columns(self, index: int) -> int:
        """One window, or what there is of it."""
        song, start = self.places[index]
        return min(window_columns(self.spec), self.base.n_columns(song) - start)

    def crop(self, index: int, start: int, stop: int) -> FloatArray:
        """Columns of the segment."""
        song, first = self.places[index]
        return self.base.crop(song, first + start, first + stop)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A :class:`~.songs.SongSet` of a few windows of every song, drawn once, end to end.

    What is learned from and what is asked about are those windows and no others; its columns are
    no longer those of the song.
    """

    base: SongSet
    starts: tuple[tuple[int, ...], ...]

    @property
    def songs(self) -> tuple[Song, ...]:
        """The songs themselves."""
        return self.base.songs

    @property
    def spec(self) -> FrontendSpec:
        """The front end of the songs."""
        return self.base.spec

    @property
    def stride(self) -> int:
        """No window reaches from one that was drawn into the next."""
        return window_columns(self.spec)

    def n_columns(self, index: int) -> int:
        """As many windows as were drawn."""
        return self.stride * len(self.starts[index])

    def crop(self, index: int, start: int, stop: int) -> FloatArray:
        """Columns of the windows drawn, from ``start`` to ``stop`` as they stand end to end."""
        width, parts = self.stride, []
        for number in range(start // width, -(-stop // width)):
            window = looped_crop(self.base, index, self.starts[index][number], width)
            first = number * width
            parts.append(window[..., max(0, start - first) : stop - first])
        return np.concatenate(parts, axis=-1)


def drawn(base: SongSet, n: int, seed: int) -> Drawn:
    """Draw ``n`` windows of every song at random, each another one where there are enough."""
    rng = np.random.default_rng((seed, n))
    width, starts = window_columns(base.spec), []
    for index in range(len(base.songs)):
        free = max(0, base.n_columns(index) - width) // base.stride + 1
        chosen = rng.choice(free, n, replace=free < n)
        starts.append(tuple(sorted(int(place) * base.stride for place in chosen)))
    return Drawn(base, tuple(starts))


def of(base: SongSet) -> Segments:
    """Cut every song into consecutive windows without overlap."""
    width = window_columns(base.spec)
    songs, places = [], []
    for index, song in enumerate(base.songs):
        for number, start in enumerate(window_starts(base.n_columns(index), width, width)):
            songs.append(dataclasses.replace(song, name=f"{song.name}#{number}"))
            places.append((index, start))
    return Segments(base, tuple(songs), tuple(places))
