"""Which songs are fitted on and which are kept back; never windows, always whole songs.

Artists stay on one side where they are known. Splits that cut songs apart, as some papers did,
start from :mod:`genredesk.training.data.segments`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genredesk.core.errors import DataError
from genredesk.core.messages import mark, say
from genredesk.training.data import stratify
from genredesk.training.data.songs import (
    BY_TABLE,
    Song,
    SongSet,
    check_labels,
    holds_several,
    labels_of,
    words_matrix,
)

_ONE_SONG = mark(
    "The genre {label} has 1 song; at least {least} are needed, so that some can be kept back. Add "
    "songs to it or take the folder away."
)
_FEW_SONGS = mark(
    "The genre {label} has {n} songs; at least {least} are needed, so that some can be kept back. "
    "Add songs to it or take the folder away."
)

PROTOCOLS = (
    mark("artists kept together"),
    mark("whole songs"),
    mark("whole songs at random"),
    mark("segments at random"),
    mark("words spread evenly"),
    mark("one of {n}"),
    mark("{n} folds"),
    mark("{n} folds of whole songs"),
    BY_TABLE,
)
"""What the parts of a split's ``protocol`` can be, in English as cards keep it."""

UNNAMED = ("", "unknown", "various", "various artists")
"""Artist names that name nobody; such songs are groups of their own."""

MOST_FOLDS, FEW_FOLDS = 10, 5
MANY_SONGS = 60
"""A few songs are held back a tenth at a time, more than these a fifth: see :func:`each_once`."""


@dataclass(frozen=True, slots=True)
class Split:
    """Song indices of each part, and in words how they were drawn."""

    train: tuple[int, ...]
    valid: tuple[int, ...]
    test: tuple[int, ...] = ()
    protocol: str = ""


def protocol_said(protocol: str) -> str:
    """Return a split's ``protocol`` in the person's language."""

    def said(part: str) -> str:
        number = re.search(r"\d+", part)
        return (
            say(part)
            if number is None
            else say(re.sub(r"\d+", "{n}", part)).replace("{n}", number[0])
        )

    return ", ".join(map(said, protocol.split(", ")))


def groups(songs: Sequence[Song]) -> np.ndarray:
    """Return a group number per song: its artist, or the song alone where none is named."""
    known: dict[str, int] = {}
    out = []
    for i, song in enumerate(songs):
        artist = song.artist.strip().casefold()
        out.append(known.setdefault(f"song {i}" if artist in UNNAMED else f"artist {artist}", i))
    return np.array(out)


def knows_artists(songs: Sequence[Song]) -> bool:
    """Whether at least half of the songs name their artist."""
    named = sum(song.artist.strip().casefold() not in UNNAMED for song in songs)
    return named * 2 >= len(songs) > 0


def check(songs: Sequence[Song], least: int = 2) -> None:
    """Refuse data no honest split exists for.

    Raises
    ------
    DataError
        With fewer than two classes, a class with fewer than ``least`` songs, or classes whose
        names a bundle cannot hold or a person not tell apart.
    """
    counts: dict[str, int] = {}
    for song in songs:
        counts[song.label] = counts.get(song.label, 0) + 1
    if not counts:
        raise DataError(
            say("There is no song to train on. Choose a folder with one folder per genre.")
        )
    if len(counts) < 2:
        raise DataError(
            say(
                "There is only one genre, {label}. Add a second folder to tell it from.",
                label=next(iter(counts)),
            )
        )
    check_labels(sorted(counts))
    few = [label for label, n in counts.items() if n < least]
    if few:
        n = counts[few[0]]
        raise DataError(say(_ONE_SONG if n == 1 else _FEW_SONGS, label=few[0], n=n, least=least))


def given(data: SongSet) -> Split | None:
    """Return the split the table of tracks names, or ``None`` when it names none."""
    parts: dict[str, list[int]] = {"train": [], "valid": [], "test": []}
    for i, song in enumerate(data.songs):
        if song.split in parts:
            parts[song.split].append(i)
    if not parts["train"] or not parts["valid"]:
        return None
    return Split(tuple(parts["train"]), tuple(parts["valid"]), tuple(parts["test"]), BY_TABLE)


def by_song(data: SongSet, *, share: float = 0.2, seed: int = 0) -> Split:
    """Keep ``share`` of every class back, whole songs, at random."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - quick runs go without

    songs = data.songs
    check(songs)
    labels = [song.label for song in songs]
    n = len(songs)
    held = min(max(round(share * n), len(set(labels))), n - len(set(labels)))
    train, valid = train_test_split(
        np.arange(n), test_size=held, stratify=labels, random_state=seed
    )
    return Split(
        tuple(sorted(map(int, train))), tuple(sorted(map(int, valid))), (), "whole songs at random"
    )


def folds(
    songs: Sequence[Song], k: int, *, seed: int = 0, by_artist: bool | None = None
) -> list[Split]:
    """Cut the songs into ``k`` folds, each held back once.

    Parameters
    ----------
    by_artist
        Keep artists together; ``None`` does so when most songs name theirs.

    Raises
    ------
    DataError
        When a class is smaller than ``k``.
    """
    # imported here: quick runs, which go without scikit-learn, divide by `each_once`
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold  # noqa: PLC0415

    check(songs, least=k)
    labels = np.array([song.label for song in songs])
    by_artist = knows_artists(songs) if by_artist is None else by_artist
    if by_artist:
        splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
        parts = splitter.split(labels, labels, groups(songs))
        words = f"{k} folds, artists kept together"
    else:
        parts = StratifiedKFold(k, shuffle=True, random_state=seed).split(labels, labels)
        words = f"{k} folds of whole songs"
    return [
        Split(tuple(map(int, train)), tuple(map(int, valid)), (), words) for train, valid in parts
    ]


def each_once(songs: Sequence[Song], *, seed: int = 0) -> list[Split]:
    """Hold every song back once, so that a few songs are all learned from and all tried.

    Songs the table keeps for a test take no part. Artists stay together where they are named,
    unless one has all songs of a genre: then these are held back one by one. A genre with a single
    song is learned in every fold and tried in none.

    Returns
    -------
    list of Split
        At most :data:`MOST_FOLDS`, of more than :data:`MANY_SONGS` songs :data:`FEW_FOLDS`.

    Raises
    ------
    DataError
        As :func:`check`, and when no genre has two songs.
    """
    used = [i for i, song in enumerate(songs) if song.split != "test"]
    if any(song.words is not None for song in songs):
        return _words_each_once(songs, used, seed)
    check(songs, least=1)
    labels = np.array([song.label for song in songs])
    bands = _bands(songs, used, seed)
    k = min(len(bands), FEW_FOLDS if len(used) > MANY_SONGS else MOST_FOLDS)
    parts: list[list[int]] = [[] for _ in range(k)]
    for band in bands:
        label = labels[band[0]]
        fullest = [(np.count_nonzero(labels[part] == label), len(part)) for part in parts]
        parts[min(range(k), key=fullest.__getitem__)] += band
    how = "artists kept together" if knows_artists(songs) else "whole songs"
    out = []
    for part in parts:
        others = [i for i in used if i not in set(part)]
        learned = set(labels[others])
        held = sorted(i for i in part if labels[i] in learned)
        alone = [i for i in part if labels[i] not in learned]
        if held:
            out.append(Split(tuple(sorted(others + alone)), tuple(held), (), how))
    if not out:
        raise DataError(
            say(
                "Every genre has one song only, so there is none to try what was learned on. "
                "Add a second song to at least one of them."
            )
        )
    return out


def _bands(songs: Sequence[Song], used: Sequence[int], seed: int) -> list[list[int]]:
    """Return the songs that are held back together, genre by genre and else in a drawn order."""
    group = groups(songs)
    labels = np.array([song.label for song in songs])
    for label in np.unique(labels[used]):
        own = [i for i in used if labels[i] == label]
        if len(set(group[own])) == 1:
            group[own] = own  # a group's number is that of its first song
    found: dict[int, list[int]] = {}
    for i in np.random.default_rng(seed).permutation(used):
        found.setdefault(int(group[i]), []).append(int(i))
    return sorted(found.values(), key=lambda band: str(labels[band[0]]))


def automatic(data: SongSet, *, seed: int = 0) -> Split:
    """Choose the most honest split there is: the table's, else by artist, else by song."""
    if not holds_several(data):
        check(data.songs)
    named = given(data)
    if named is not None:
        return named
    if holds_several(data):
        return _by_words(data, seed)
    if knows_artists(data.songs):
        labels = {song.label for song in data.songs}
        try:
            for split in folds(data.songs, 5, seed=seed, by_artist=True):
                sides = [{data.songs[i].label for i in side} for side in (split.train, split.valid)]
                if sides[0] == labels == sides[1]:
                    return Split(split.train, split.valid, (), "artists kept together, one of 5")
        except DataError:
            pass
    return by_song(data, seed=seed)


def _spread(songs: Sequence[Song], used: Sequence[int], k: int, seed: int) -> list[list[int]]:
    """Deal songs of several words into at most ``k`` parts, artists together where they can be."""
    own = [songs[i] for i in used]
    holds = words_matrix(own, sorted({word for song in own for word in song.words or ()}))
    group = stratify.loosened(holds, groups(own))
    k = max(2, min(k, len(set(group.tolist()))))
    parts = stratify.spread(holds, group, k, seed=seed)
    return [[used[i] for i in part] for part in parts if part]


def _words_each_once(songs: Sequence[Song], used: Sequence[int], seed: int) -> list[Split]:
    """Hold every song of several words back once; see :func:`each_once`."""
    k = FEW_FOLDS if len(used) > MANY_SONGS else MOST_FOLDS
    how = "artists kept together" if knows_artists(songs) else "whole songs"
    out = []
    for part in _spread(songs, used, k, seed):
        others = sorted(set(used) - set(part))
        out.append(Split(tuple(others), tuple(sorted(part)), (), f"{how}, words spread evenly"))
    return out


def _by_words(data: SongSet, seed: int) -> Split:
    """Hold a fifth of songs of several words back: that with the most words on both sides."""
    songs, labels = data.songs, labels_of(data)
    parts = _spread(songs, range(len(songs)), 5, seed)
    holds = words_matrix(songs, labels)

    def on_both(part: list[int]) -> int:
        inside = np.isin(np.arange(len(songs)), part)
        return int((holds[inside].any(axis=0) & holds[~inside].any(axis=0)).sum())

    best = max(parts, key=on_both)
    rest = tuple(sorted(set(range(len(songs))) - set(best)))
    how = "artists kept together" if knows_artists(songs) else "whole songs"
    return Split(rest, tuple(sorted(best)), (), f"{how}, words spread evenly, one of {len(parts)}")


def shared_artists(songs: Sequence[Song], split: Split) -> list[str]:
    """Return the artists that stand on both sides (the leak check), sorted."""

    def of(indices: Sequence[int]) -> set[str]:
        return {songs[i].artist.strip() for i in indices} - {""}

    held = of(split.valid) | of(split.test)
    return sorted(a for a in of(split.train) & held if a.casefold() not in UNNAMED)


def shared_by(songs: Sequence[Song], splits: Sequence[Split]) -> list[str]:
    """Return the artists that stand on both sides of any of the splits, sorted."""
    return sorted({artist for parts in splits for artist in shared_artists(songs, parts)})
