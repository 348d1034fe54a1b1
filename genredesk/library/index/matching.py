"""What a filter means for rows: a condition in, a mask over the columns out."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genredesk.core.certainty import STRENGTHS
from genredesk.core.genres import parent_of
from genredesk.library.catalogue.mapping import Words, strength_codes
from genredesk.library.index import query
from genredesk.library.index.columns import (
    ANALYSED,
    FAILED,
    FOUND,
    HERE,
    NAMED,
    NONE,
    Columns,
)
from genredesk.library.index.texts import fold
from genredesk.library.records import TO_CHECK, Answer

__all__ = ["ANSWERS", "CHECK", "CORRECTED", "MatchContext", "matches"]

ANSWERS = tuple(Answer)
"""What the numbers of :attr:`MatchContext.decided` stand for."""

CORRECTED = ANSWERS.index(Answer.CORRECTED)
CHECK = [ANSWERS.index(answer) for answer in TO_CHECK]
_OF_STRENGTH = np.array([ANSWERS.index(Answer(s.value)) for s in STRENGTHS], np.uint8)

Mask = NDArray[np.bool_]


class MatchContext:
    """Columns together with the person's words; what follows from both is computed once.

    Parameters
    ----------
    connect
        Gives a connection to the catalogue, for free text.
    n_labels
        How many genres the network in use knows.
    """

    def __init__(
        self,
        columns: Columns,
        words: Words,
        connect: Callable[[], sqlite3.Connection],
        n_labels: int,
    ) -> None:
        self.n_labels = n_labels
        self.columns = columns
        self.words = words
        self.connect = connect

    @functools.cached_property
    def lists(self) -> list[tuple[str, ...]]:
        """Every list of genres, by its code."""
        return [tuple(json.loads(text)) for text in self.columns.codes["lists"].texts]

    @functools.cached_property
    def decided(self) -> NDArray[np.uint8]:
        """What is known about every row, places in :data:`ANSWERS`."""
        c = self.columns
        lowest = np.full(len(self.lists) + 1, np.nan, np.float32)
        for code, genres in enumerate(self.lists):
            if genres and genres[0] in self.words.thresholds:
                lowest[code] = self.words.thresholds[genres[0]]
        asked = lowest[c["heard"]]  # -1 takes the last, which is NaN
        score, second = np.nan_to_num(c["score"]), np.nan_to_num(c["second"])
        named = c["answer"] == NAMED
        decided = _OF_STRENGTH[strength_codes(asked, score, second, named, self.n_labels)]
        decided[c["answer"] == NONE] = ANSWERS.index(Answer.NONE)
        decided[c["fixed"] >= 0] = CORRECTED
        return decided

    @functools.cached_property
    def genre(self) -> NDArray[np.int32]:
        """The code of the correction, else of what was heard; -1 for nothing."""
        c = self.columns
        return np.where(c["fixed"] >= 0, c["fixed"], c["heard"])

    @functools.cached_property
    def comparable(self) -> Mask:
        """Whether there is a tag, and something was heard or corrected that it may differ from."""
        tagged = np.array([bool(genres) for genres in self.lists], np.bool_)
        return tagged[self.columns["genres"]] & (self.genre >= 0)

    @functools.cached_property
    def agrees(self) -> Mask:
        """Whether the tags say one of the words for what was heard or corrected."""
        c = self.columns
        n = len(self.lists)
        known = self.genre >= 0
        pairs = c["genres"].astype(np.int64) * n + self.genre
        distinct, place = _distinct(pairs[known], n * n)
        tags = [{fold(g) for g in genres} for genres in self.lists]
        said = np.fromiter(
            (bool(tags[p // n] & self._meant(p % n)) for p in distinct.tolist()),
            np.bool_, len(distinct),
        )  # fmt: skip
        agrees = np.zeros(c.n, np.bool_)
        agrees[known] = said[place]
        return agrees

    def _meant(self, code: int) -> set[str]:
        genres = self.lists[code]
        mapped = [word for genre in genres for word in self.words.of(genre)]
        return {fold(word) for word in (*mapped, *(g for g in genres if not mapped))}

    @functools.cached_property
    def duplicates(self) -> Mask:
        """Whether another file holds the same sound."""
        tracks = self.columns["track"]
        _, place, counts = np.unique(tracks, return_inverse=True, return_counts=True)
        return (counts[place] > 1) & (tracks >= 0)


def _distinct(values: NDArray[np.int64], bound: int) -> tuple[NDArray, NDArray]:
    """Return as ``np.unique`` with inverse, without sorting when values lie under a small bound."""
    if bound > 20_000_000:
        return np.unique(values, return_inverse=True)
    there = np.zeros(bound, np.bool_)
    there[values] = True
    distinct = np.flatnonzero(there)
    place = np.zeros(bound, np.int32)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[values]


def matches(view: MatchContext, condition: query.Condition) -> Mask:  # noqa: PLR0911 - one a kind
    """Return which rows fit, shape ``(n,)``."""
    match condition:
        case query.Everything():
            return np.ones(view.columns.n, np.bool_)
        case query.Not(inner):
            return ~matches(view, inner)
        case query.All(parts):
            return np.logical_and.reduce([matches(view, part) for part in parts])
        case query.Any(parts):
            return np.logical_or.reduce([matches(view, part) for part in parts])
        case query.Text(words):
            return _text(view, words)
        case query.Contains(field, value, exact):
            return _contains(view, field, fold(value), exact=exact)
        case query.Agrees(yes):
            return view.comparable & (view.agrees == yes)
        case query.Number(field, operator, value):
            return _number(view, field, operator, value)
        case query.InState(state):
            return _in_state(view, state)


# ---------------------------------------------------------------- text


def _text(view: MatchContext, words: tuple[str, ...]) -> Mask:
    """Look words up in the catalogue's full-text index; each begins a word of the row."""
    asked = " ".join(f'"{word}"*' for word in words)
    try:
        # One string instead of a row for each: Python makes no object for every hit.
        (found,) = (
            view.connect()
            .execute("SELECT group_concat(rowid) FROM file_text WHERE file_text MATCH ?", (asked,))
            .fetchone()
        )
    except sqlite3.OperationalError:
        # SQLite's idea of a letter is that of an older Unicode: look through the texts instead.
        return np.logical_and.reduce([_anywhere(view, fold(word)) for word in words])
    hit = np.zeros(view.columns.n, np.bool_)
    if found is None or not view.columns.n:
        return hit
    ids = np.fromstring(str(found), np.int64, sep=",")
    have = view.columns["id"]
    rows = np.minimum(np.searchsorted(have, ids), len(have) - 1)
    hit[rows[have[rows] == ids]] = True
    return hit


def _anywhere(view: MatchContext, value: str) -> Mask:
    fields = ("title", "artist", "album", "path")
    return np.logical_or.reduce([_contains(view, f, value, exact=False) for f in fields])


def _contains(view: MatchContext, field: str, value: str, *, exact: bool) -> Mask:
    c = view.columns
    if field in {"tag", "heard"}:
        return _genre(view, field, value, exact=exact)
    if field == "title":
        return c.texts["title"].matching(value, c.n, exact=exact)
    if field == "path":
        return _path(c, value.replace("\\", "/"), exact=exact)
    if field == "album":
        return c.codes["albums"].matching(value, exact=exact)[c["album"]]
    artists = c.codes["artists"].matching(value, exact=exact)
    if field == "albumartist":
        return artists[c["album_artist"]]
    found = artists[c["artist"]]
    if value:  # a compilation's rows are found by who made it, too
        found = found | artists[c["album_artist"]]
    return found


def _path(c: Columns, value: str, *, exact: bool) -> Mask:
    folder, slash, name = value.rpartition("/")
    folders = c.codes["folders"]
    if exact:
        return folders.matching(folder, exact=True)[c["folder"]] & c.texts["name"].matching(
            name, c.n, exact=True
        )
    found = folders.matching(value)[c["folder"]] | c.texts["name"].matching(value, c.n)
    if slash:
        ends = np.fromiter((f.endswith(folder) for f in folders.folded()), np.bool_, len(folders))
        found |= ends[c["folder"]] & c.texts["name"].beginning(name, c.n)
    return found


def _genre(view: MatchContext, field: str, value: str, *, exact: bool) -> Mask:
    tags = field == "tag"
    codes = view.columns["genres"] if tags else view.genre
    said = np.zeros(len(view.lists) + 1, np.bool_)
    for code, genres in enumerate(view.lists):
        words = [fold(g) for g in genres]
        if not tags:
            words += [fold(word) for g in genres for word in (*view.words.of(g), parent_of(g))]
        said[code] = (value in words) if exact else any(value in word for word in words)
        if not value:
            said[code] = not words
    said[-1] = not value  # a row in which nothing was heard
    return said[codes]


# ---------------------------------------------------------------- numbers and states

_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "!=": np.not_equal,
}
_COLUMN = {"length": "seconds", "year": "year", "track": "track_no", "disc": "disc_no",
           "added": "added"}  # fmt: skip


def _number(view: MatchContext, field: str, operator: str, value: float) -> Mask:
    c = view.columns
    if field == "sure":
        numbers = np.where(view.decided == CORRECTED, np.float32(1), c["score"])
        known = ~np.isnan(numbers)
        if operator in {"=", "!="}:  # as it is shown: in whole per cent
            numbers, value = np.round(100 * numbers), round(100 * value)
    else:
        numbers = c[_COLUMN[field]]
        known = numbers > 0
        if field == "length" and operator in {"=", "!="}:
            numbers = np.floor(numbers)
    return _COMPARE[operator](numbers, value) & known


def _in_state(view: MatchContext, state: str) -> Mask:
    if state in _DECIDED:
        return np.isin(view.decided, _DECIDED[state])
    if state == "duplicate":
        return view.duplicates
    return file_states(view.columns) == FILE_STATES.index(state)


FILE_STATES = ("found", "analysed", "failed", "missing", "offline")
_DECIDED: dict[str, list[int]] = {
    **{str(answer): [place] for place, answer in enumerate(ANSWERS) if answer},
    **{old: [ANSWERS.index(a) for a in meant] for old, meant in query.OLD_STATES.items()},
}


def file_states(c: Columns) -> NDArray[np.int64]:
    """Return how far the program is with every row, an index into :data:`FILE_STATES`."""
    states = c["state"].astype(np.int64)
    # A track that only another network was asked about waits for this one.
    states[(states == ANALYSED) & (c["answer"] == NONE)] = FOUND
    return np.where(c["away"] == HERE, states, FAILED + c["away"])
