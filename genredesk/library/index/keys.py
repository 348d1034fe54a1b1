"""Columns as whole numbers that sort as a person would, and as groups with their names."""

from __future__ import annotations

import json
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from genredesk.library.index.context import MatchContext
from genredesk.library.index.texts import fold

Keys = NDArray[np.int64]
"""One whole number a row, not negative, -1 where the row has no value."""

SEPARATOR = "\x1f"
"""Between what a group is called and what tells it from another of that name."""

Groups = tuple[NDArray[np.int64], list[str]]
"""Every row's group as a number in the order of the groups, and the groups' names."""


def text_keys(ranks: NDArray[np.int32], folded: list[str], codes: NDArray[np.int32]) -> Keys:
    """Return the rank of every row's text, -1 where it is empty."""
    values = ranks.astype(np.int64)
    empty = np.fromiter((not t for t in folded), np.bool_, len(folded))
    return np.where(empty, -1, values)[codes] if len(values) else np.zeros(len(codes), np.int64)


def coded(view: MatchContext, name: str, column: str) -> Keys:
    """Return the rank of the text that stands for every row's code in a column."""
    codes = view.columns.codes[name]
    return text_keys(codes.ranks(), codes.folded(), view.columns[column])


def whole(numbers: NDArray, scale: float = 1.0) -> Keys:
    """Return numbers as whole ones, -1 where there is none (NaN or, for tags, 0)."""
    known = np.nan_to_num(numbers.astype(np.float64), nan=-1.0)
    return np.where(known > 0, np.round(known * scale), -1).astype(np.int64)


def place(view: MatchContext) -> list[Keys]:
    """Return a row's place on its record."""
    c = view.columns
    disc = np.maximum(c["disc_no"].astype(np.int64), 0)
    return [coded(view, "albums", "album"), disc * 1000 + np.clip(c["track_no"], 0, 999)]


def packed(view: MatchContext, name: str) -> Keys:
    """Return the rank of every row's own text."""
    c = view.columns
    ranks = c.texts[name].ranks(c.n).astype(np.int64)
    return np.where(c.texts[name].empty(c.n), -1, ranks)


def reverse(keys: Keys) -> Keys:
    """Return keys that sort the other way round."""
    return keys.max(initial=0) - keys


def list_ranks(view: MatchContext, most: int | None = None) -> Keys:
    """Return the alphabetical place of every list of genres; one more for "nothing" at the end.

    With ``most`` only so many of the genres of each count.
    """
    names = [fold(", ".join(genres[:most])) for genres in view.lists]
    place = {text: i for i, text in enumerate(sorted(set(names)))}
    return np.array([place[t] if t else -1 for t in names] + [-1], np.int64)


def named_groups(view: MatchContext, group: str) -> Groups:
    """Return the groups of a column of codes, by name; what is empty comes last."""
    codes = view.columns.codes[f"{group}s"]
    ranks = codes.ranks().astype(np.int64)
    n = int(ranks.max(initial=-1)) + 1
    names = [""] * (n + 1)
    for text, rank in zip(codes.texts, ranks.tolist(), strict=True):
        names[rank if text else n] = text
    place = text_keys(codes.ranks(), codes.folded(), view.columns[group])
    return np.where(place < 0, n, place), names


def list_groups(view: MatchContext, codes: NDArray[np.int32], most: int | None = None) -> Groups:
    """Return the groups of a column of lists of genres, by name; what is empty comes last.

    Parameters
    ----------
    most
        So many of the genres of each list count; ``None``: all of them.
    """
    ranks = list_ranks(view, most)
    n = int(ranks.max(initial=-1)) + 1
    names = [""] * (n + 1)
    for genres, rank in zip(view.lists, ranks.tolist(), strict=False):
        names[rank] = ", ".join(genres[:most]) if rank >= 0 else ""
    place = ranks[codes]
    return np.where(place < 0, n, place), names


def recordings(view: MatchContext) -> Groups:
    """Return the recordings there are several files of, named by their best copy.

    Files that stand alone come last, without a name.
    """
    c = view.columns
    rows = np.flatnonzero(view.duplicates)
    distinct, place = np.unique(c["recording"][rows], return_inverse=True)
    best = np.zeros(len(distinct), np.int64)
    good = ~view.spare[rows]
    best[place[good]] = c["id"][rows[good]]
    found = view.connect().execute(
        "SELECT id, artist, title, path_text FROM file"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(best.tolist()),),
    )
    said = {
        number: " – ".join(filter(None, (artist, title))) if title else PurePath(path).name
        for number, artist, title, path in found
    }
    # the number keeps two recordings of one name apart, and is not shown
    names = [said.get(i, "") + SEPARATOR + str(i) for i in best.tolist()]
    order = np.argsort(np.array([fold(name) for name in names]), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    codes = np.full(c.n, len(order), np.int64)
    codes[rows] = rank[place]
    return codes, [*(names[i] for i in order.tolist()), ""]
