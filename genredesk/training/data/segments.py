"""A view of songs as single windows, so that a paper's split of *segments* can be repeated.

Pieces of one song then stand on both sides of a split, and what is measured is partly how well
songs are remembered. For :mod:`genredesk.training.runs.reproduce`, and for what
:mod:`genredesk.training.runs.crossval` shows as such a split's claim; no bundle is made of one.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from genredesk.core.scores import FloatArray
from genredesk.features.frontend import FrontendSpec
from genredesk.training.data.songs import Song, SongSet, window_columns, window_starts


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


def of(base: SongSet) -> Segments:
    """Cut every song into consecutive windows without overlap."""
    width = window_columns(base.spec)
    songs, places = [], []
    for index, song in enumerate(base.songs):
        for number, start in enumerate(window_starts(base.n_columns(index), width, width)):
            songs.append(dataclasses.replace(song, name=f"{song.name}#{number}"))
            places.append((index, start))
    return Segments(base, tuple(songs), tuple(places))
