"""Sorting and grouping of half a million rows: every column becomes whole numbers first.

Numbers are packed side by side into one, so that one sort does for artist, album and track.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genredesk.library.index.matching import CORRECTED, FILE_STATES, MatchContext, file_states
from genredesk.library.index.query import QueryError
from genredesk.library.index.texts import fold

Keys = NDArray[np.int64]
"""One whole number a row, not negative, -1 where the row has no value."""

SORTS = (
    "artist", "title", "album", "path", "tag", "heard", "sure", "length", "added", "state", "year",
    "track",
)  # fmt: skip
GROUPS = ("heard", "tag", "disagreement", "answer", "state", "artist", "album", "folder")

_BITS = 62


def ordered(
    view: MatchContext,
    rows: NDArray[np.intp],
    sort: str,
    descending: bool,
    groups: NDArray[np.int64] | None = None,
) -> NDArray[np.intp]:
    """Return ``rows`` in order, those of one group of :func:`group_codes` together.

    Raises
    ------
    QueryError
        For an unknown sort.
    """
    if sort not in SORTS:
        raise QueryError(f"There is no order by “{sort}”. There are {', '.join(SORTS)}.")
    keys = [k[rows] for k in _sort_keys(view, sort)]
    # Rows without a value come last, whichever way round.
    first = keys[0]
    blank = first < 0
    if descending:
        keys[0] = first.max(initial=0) - first
    if blank.any():
        keys[0] = np.where(blank, keys[0].max(initial=0) + 1, keys[0])
    keys[1:] = [k + 1 for k in keys[1:]]
    if groups is not None:
        keys.insert(0, groups[rows].astype(np.int64))
    return rows[_argsort(keys)]


def _argsort(keys: list[Keys]) -> NDArray[np.intp]:
    """Sort by the first key, ties by the next; rows that are equal keep their order."""
    tops = [int(k.max(initial=0)).bit_length() for k in keys]
    if sum(tops) > _BITS:
        return np.lexsort(keys[::-1])
    packed = np.zeros(len(keys[0]), np.int64)
    for key, bits in zip(keys, tops, strict=True):
        packed <<= bits
        packed |= key
    return np.argsort(packed, kind="stable")


def _text_keys(ranks: NDArray[np.int32], folded: list[str], codes: NDArray[np.int32]) -> Keys:
    """Return the rank of every row's text, -1 where it is empty."""
    values = ranks.astype(np.int64)
    empty = np.fromiter((not t for t in folded), np.bool_, len(folded))
    return np.where(empty, -1, values)[codes] if len(values) else np.zeros(len(codes), np.int64)


def _coded(view: MatchContext, name: str, column: str) -> Keys:
    codes = view.columns.codes[name]
    return _text_keys(codes.ranks(), codes.folded(), view.columns[column])


def _whole(numbers: NDArray, scale: float = 1.0) -> Keys:
    """Return numbers as whole ones, -1 where there is none (NaN or, for tags, 0)."""
    known = np.nan_to_num(numbers.astype(np.float64), nan=-1.0)
    return np.where(known > 0, np.round(known * scale), -1).astype(np.int64)


def _place(view: MatchContext) -> list[Keys]:
    """Return a row's place on its record."""
    c = view.columns
    disc = np.maximum(c["disc_no"].astype(np.int64), 0)
    return [_coded(view, "albums", "album"), disc * 1000 + np.clip(c["track_no"], 0, 999)]


def _sort_keys(view: MatchContext, sort: str) -> list[Keys]:  # noqa: PLR0911 - one a column
    c = view.columns
    artist = _coded(view, "artists", "artist")
    match sort:
        case "artist":
            return [artist, *_place(view)]
        case "album":
            album, track = _place(view)
            return [album, track, artist]
        case "title":
            return [_packed(view, "title"), artist]
        case "path":
            return [_coded(view, "folders", "folder") * (1 << 31) + _packed(view, "name")]
        case "tag":
            return [_list_ranks(view)[c["genres"]], artist]
        case "heard":
            return [_list_ranks(view)[view.genre], _reverse(_sureness(view)), artist]
        case "sure":
            return [_sureness(view), artist]
        case "length":
            return [_whole(c["seconds"], 1000), artist]
        case "added":
            return [_whole(c["added"])]
        case "year":
            return [_whole(c["year"]), artist, *_place(view)]
        case "track":
            return [_place(view)[1], artist]
    return [group_codes(view, "state")[0].astype(np.int64), artist]


def _packed(view: MatchContext, name: str) -> Keys:
    c = view.columns
    ranks = c.texts[name].ranks(c.n).astype(np.int64)
    return np.where(c.texts[name].empty(c.n), -1, ranks)


def _reverse(keys: Keys) -> Keys:
    return keys.max(initial=0) - keys


def _sureness(view: MatchContext) -> Keys:
    scores = np.where(view.decided == CORRECTED, np.float32(1), view.columns["score"])
    known = np.nan_to_num(scores, nan=-1.0)
    return np.where(known >= 0, np.round(known * 10_000), -1).astype(np.int64)


def _list_ranks(view: MatchContext) -> Keys:
    """Return the alphabetical place of every list of genres; one more for "nothing" at the end."""
    names = [fold(", ".join(genres)) for genres in view.lists]
    place = {text: i for i, text in enumerate(sorted(set(names)))}
    return np.array([place[t] if t else -1 for t in names] + [-1], np.int64)


# ---------------------------------------------------------------- groups


def group_codes(view: MatchContext, group: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return every row's group as a number in the order of the groups, and the groups' names.

    Raises
    ------
    QueryError
        For an unknown group.
    """
    c = view.columns
    match group:
        case "heard":
            return _list_groups(view, view.genre)
        case "tag":
            return _list_groups(view, c["genres"])
        case "disagreement":
            codes = np.where(view.comparable, view.agrees.astype(np.int64), 2)
            return codes, ["disagree", "agree", ""]
        case "answer":
            table = np.array([4, 1, 0, 3, 2])  # by NONE, NAMED, UNSURE, SILENCE, CORRECTED
            return table[view.decided], ["unsure", "named", "corrected", "silence", ""]
        case "state":
            return file_states(c), list(FILE_STATES)
        case "artist" | "album" | "folder":
            return _named_groups(view, group)
    raise QueryError(f"There is no group “{group}”. There are {', '.join(GROUPS)}.")


def _named_groups(view: MatchContext, group: str) -> tuple[NDArray[np.int64], list[str]]:
    codes = view.columns.codes[f"{group}s"]
    ranks = codes.ranks().astype(np.int64)
    n = int(ranks.max(initial=-1)) + 1
    names = [""] * (n + 1)
    for text, rank in zip(codes.texts, ranks.tolist(), strict=True):
        names[rank if text else n] = text
    place = _text_keys(codes.ranks(), codes.folded(), view.columns[group])
    return np.where(place < 0, n, place), names


def _list_groups(
    view: MatchContext, codes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], list[str]]:
    ranks = _list_ranks(view)
    n = int(ranks.max(initial=-1)) + 1
    names = [""] * (n + 1)
    for genres, rank in zip(view.lists, ranks.tolist(), strict=False):
        names[rank] = ", ".join(genres) if rank >= 0 else ""
    place = ranks[codes]
    return np.where(place < 0, n, place), names
