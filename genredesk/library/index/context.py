"""Columns with the person's words and the rule of certainty: what is asked of every row."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genredesk.library.catalogue.mapping import Words
from genredesk.library.index.columns import Columns
from genredesk.library.row_state import (
    ANSWERS,
    AWAY,
    FILE_STATES,
    TO_CHECK,
    Answer,
    AnswerRule,
    codes_of,
    tags_agree,
)

Mask = NDArray[np.bool_]
"""One truth a row, ``(n,)``."""


_COPY = ("id", "recording", "seconds", "size", "lossless", "state")
_AS_LONG = 0.95


class MatchContext:
    """Columns together with the person's words; what follows from both is computed once.

    Parameters
    ----------
    rule
        How the answers of the network in use are judged.
    connect
        Gives a connection to the catalogue, for free text.
    """

    def __init__(
        self,
        columns: Columns,
        words: Words,
        rule: AnswerRule,
        connect: Callable[[], sqlite3.Connection],
    ) -> None:
        self.columns = columns
        self.words = words
        self.rule = rule
        self.connect = connect

    @functools.cached_property
    def lists(self) -> list[tuple[str, ...]]:
        """Every list of genres, by its code."""
        return [tuple(json.loads(text)) for text in self.columns.codes["lists"].texts]

    @functools.cached_property
    def decided(self) -> NDArray[np.uint8]:
        """What is known about every row, places in :data:`ANSWERS`."""
        c = self.columns
        sure = [self.rule.sure_from(genres[0] if genres else None) for genres in self.lists]
        asked = np.array([*sure, self.rule.bounds.sure], np.float32)[c["heard"]]  # -1: the last
        decided = self.rule.codes(asked, c["score"], c["second"])
        decided[c["fixed"] >= 0] = ANSWERS.index(Answer.CORRECTED)
        return decided

    @functools.cached_property
    def corrected(self) -> Mask:
        """Whether a person set the genre."""
        return self.columns["fixed"] >= 0

    @functools.cached_property
    def to_check(self) -> Mask:
        """Whether a person should look at the answer."""
        return np.isin(self.decided, codes_of(TO_CHECK))

    @functools.cached_property
    def sureness(self) -> NDArray[np.float32]:
        """The score, 1 where a person set the genre, NaN where nothing was heard."""
        score = self.columns["score"]
        heard = np.where(score > 0, score, np.float32(np.nan))
        return np.where(self.corrected, np.float32(1), heard)

    @functools.cached_property
    def genre(self) -> NDArray[np.int32]:
        """The code of the correction, else of what was heard; -1 for nothing."""
        c = self.columns
        return np.where(self.corrected, c["fixed"], c["heard"])

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
        meant = {code: self._meant(code) for code in set((distinct % n).tolist())}
        said = np.fromiter(
            (tags_agree(self.lists[p // n], meant[p % n]) for p in distinct.tolist()),
            np.bool_, len(distinct),
        )  # fmt: skip
        agrees = np.zeros(c.n, np.bool_)
        agrees[known] = said[place]
        return agrees

    def _meant(self, code: int) -> tuple[str, ...]:
        """Return the words that stand for a list of genres; where none do, the genres.

        What is written in place of a word that is not listed means the same.
        """
        genres = self.lists[code]
        return (*self.words.of_all(genres), *self.words.written(genres)) or genres

    @functools.cached_property
    def duplicates(self) -> Mask:
        """Whether another file holds the same sound, or is the same recording."""
        recordings = self.columns["recording"]
        _, place, counts = np.unique(recordings, return_inverse=True, return_counts=True)
        return (counts[place] > 1) & (recordings >= 0)

    @functools.cached_property
    def spare(self) -> Mask:
        """Whether a file is a duplicate and another of its recording the better copy.

        Better is what is there, then as long as the longest (but for a twentieth), then what holds
        every sample, then more bits a second, then what came first.
        """
        rows = np.flatnonzero(self.duplicates)
        c = {name: self.columns[name][rows] for name in _COPY}
        _, place = np.unique(c["recording"], return_inverse=True)
        seconds = np.nan_to_num(c["seconds"])
        longest = np.zeros(place.max(initial=-1) + 1, np.float32)
        np.maximum.at(longest, place, seconds)
        away = np.isin(c["state"], [FILE_STATES.index(state) for state in AWAY])
        short = seconds < _AS_LONG * longest[place]
        order = np.lexsort(
            (c["id"], -c["size"] / np.maximum(seconds, 1), 1 - c["lossless"], short, away, place)
        )
        spare = np.zeros(self.columns.n, np.bool_)
        spare[rows[order]] = np.diff(place[order], prepend=-1) == 0
        return spare


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
