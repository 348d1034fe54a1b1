"""What the engine trains on: songs as un-normalised front-end columns, wherever they are kept.

``mels.py`` reads array files, ``folders.py`` labelled folders; everything after them only knows
:class:`SongSet`. A window is a run of ``spec.frames`` columns, normalised by the front end itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import DataError
from genredesk.core.messages import mark, say
from genredesk.core.names import nfc, shown, steers
from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.card import MAX_LABEL_LENGTH, MAX_LABELS

BY_TABLE = mark("as the table names it")
"""How songs were kept apart, in words: by the ``split`` of their table."""

BETWEEN = ";"
"""Stands between the words of a song that has several."""

WORDS_COLUMN = "labels"
"""Of a table of tracks: the words of a song that has several."""

MOST_LISTED = 30
"""More names than this do not help whoever reads a sentence."""


@dataclass(frozen=True, slots=True)
class Song:
    """One labelled song.

    Parameters
    ----------
    name
        Unique in its set: the track's name or its path relative to the folder.
    label
        The genre; several have :data:`BETWEEN` between them.
    artist
        Who plays, empty when nobody said.
    split
        ``train``, ``valid``, ``test`` or empty when the table names none.
    path
        The audio file, empty for array files.
    words
        Where several may hold: those that do, none or more; else ``None``.
    """

    name: str
    label: str
    artist: str = ""
    split: str = ""
    path: str = ""
    words: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", nfc(self.label))
        object.__setattr__(self, "artist", nfc(self.artist))


def words_in(label: str) -> tuple[str, ...]:
    """Return the words of a label, in order and each once."""
    return tuple(dict.fromkeys(w for part in label.split(BETWEEN) if (w := part.strip())))


class SongSet(Protocol):
    """Songs that can be cut into windows."""

    @property
    def songs(self) -> tuple[Song, ...]:
        """Every song, in the order of their indices."""
        ...

    @property
    def spec(self) -> FrontendSpec:
        """The front end that made the columns."""
        ...

    @property
    def stride(self) -> int:
        """Windows may begin only at multiples of this many columns (1: anywhere)."""
        ...

    def n_columns(self, index: int) -> int:
        """How many columns a song has."""
        ...

    def crop(self, index: int, start: int, stop: int) -> FloatArray:
        """Columns ``start`` to ``stop`` of one song, ``(channels, rows, stop - start)``, a copy."""
        ...


def window_columns(spec: FrontendSpec) -> int:
    """How many un-normalised columns make one window."""
    return spec.column_shape[2]


def labels_of(data: SongSet) -> tuple[str, ...]:
    """Return the labels of a set in alphabetical order."""
    return tuple(sorted({label for song in data.songs for label in labels_in(song)}))


def labels_in(song: Song) -> tuple[str, ...]:
    """Return the labels of one song: its genre, or where several words may hold those that do."""
    return (song.label,) if song.words is None else song.words


def labels_among(data: SongSet, indices: Sequence[int]) -> set[str]:
    """Return the labels of some songs."""
    return {label for i in indices for label in labels_in(data.songs[i])}


def holds_several(data: SongSet) -> bool:
    """Whether several words may hold of a song of this set."""
    return any(song.words is not None for song in data.songs)


def words_matrix(songs: Sequence[Song], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Return which of ``labels`` hold for songs, ``(songs, labels)``."""
    number = {label: i for i, label in enumerate(labels)}
    out = np.zeros((len(songs), len(labels)), bool)
    for row, song in enumerate(songs):
        out[row, [number[word] for word in song.words or ()]] = True
    return out


def check_labels(labels: Sequence[str]) -> None:
    """Refuse genres that a bundle cannot hold or a person not tell apart.

    Raises
    ------
    DataError
        With too many of them, one that is too long or cannot be shown, or two that differ only in
        case or spaces.
    """
    if len(labels) > MAX_LABELS:
        raise DataError(
            say(
                "There are {n_labels} genres; {max_labels} is the limit. Put some together.",
                n_labels=len(labels),
                max_labels=MAX_LABELS,
            )
        )
    known: dict[str, str] = {}
    for label in labels:
        if len(label) > MAX_LABEL_LENGTH:
            raise DataError(
                say(
                    "The genre {label}… has a name of {n_label} characters; {max_label_length} "
                    "is the limit. Give it a shorter one.",
                    label=label[:40],
                    n_label=len(label),
                    max_label_length=MAX_LABEL_LENGTH,
                )
            )
        if steers(label):
            raise DataError(
                say(
                    "The genre {label} has control characters in its name. Give it another one.",
                    label=shown(label),
                )
            )
        other = known.setdefault(label.strip().casefold(), label)
        if other != label:
            raise DataError(
                say(
                    "The genres {other} and {label} differ only in case or spaces. Put their "
                    "songs under one of these names.",
                    other=other,
                    label=label,
                )
            )


def listed(names: Sequence[str]) -> str:
    """Return names as part of a sentence; of many the first ones and how many more there are."""
    more = len(names) - MOST_LISTED
    shown = ", ".join(names[:MOST_LISTED])
    return say("{shown} and {more:,} more", shown=shown, more=more) if more > 0 else shown


def looped_crop(data: SongSet, index: int, start: int, length: int) -> FloatArray:
    """Cut ``length`` columns beginning at ``start``; a song that ends earlier begins again."""
    have = data.n_columns(index)
    if start + length <= have:
        return data.crop(index, start, start + length)
    whole = data.crop(index, 0, have)
    return whole[..., np.arange(start, start + length) % have]


def window_starts(n_columns: int, frames: int, hop: int) -> range:
    """Columns at which the windows of a song begin; a short song has one."""
    return range(0, max(1, n_columns - frames + 1), max(1, hop))


def starts_of(data: SongSet, index: int, hop: int) -> range:
    """Columns at which the windows of one song begin; ``hop`` is rounded up to the set's stride."""
    hop = -(-hop // data.stride) * data.stride
    return window_starts(data.n_columns(index), window_columns(data.spec), hop)


def windows_of(data: SongSet, index: int, hop: int) -> tuple[FloatArray, range]:
    """Cut every window of one song.

    Returns
    -------
    (windows, starts)
        ``(n, channels, bands, frames)``, normalised as the network sees them, and the columns at
        which they begin; see :func:`starts_of`.
    """
    frames, have = window_columns(data.spec), data.n_columns(index)
    starts = starts_of(data, index, hop)
    if have < frames:
        cut = looped_crop(data, index, 0, frames)[None]
    else:
        whole = data.crop(index, 0, have)
        cut = np.stack([whole[..., s : s + frames] for s in starts])
    return frontend.normalise(data.spec, cut), starts


def iter_windows(
    data: SongSet, indices: Sequence[int], hop: int
) -> Iterator[tuple[int, FloatArray, range]]:
    """Yield ``(index, windows, starts)`` of each song in turn; see :func:`windows_of`."""
    for index in indices:
        windows, starts = windows_of(data, index, hop)
        yield index, windows, starts
