"""Sorting and grouping of half a million rows: every column becomes whole numbers first.

Numbers are packed side by side into one, so that one sort does for artist, album and track.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genredesk.core.messages import say
from genredesk.library.index.conditions import QueryError
from genredesk.library.index.context import MatchContext
from genredesk.library.index.fields.base import FilterField
from genredesk.library.index.fields.table import BY_GROUP, BY_NAME, GROUPS, SORTS
from genredesk.library.index.keys import Groups, Keys

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
        raise QueryError(
            say(
                "There is no order by “{sort}”. There are {sorts}.",
                sort=sort,
                sorts=", ".join(SORTS),
            )
        )
    keys = [k[rows] for k in BY_NAME[sort].sort_keys(view)]
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


def field_of(group: str) -> FilterField:
    """Return the field that makes a group.

    Raises
    ------
    QueryError
        For an unknown group.
    """
    if group not in BY_GROUP:
        raise QueryError(
            say(
                "There is no group “{group}”. There are {groups}.",
                group=group,
                groups=", ".join(GROUPS),
            )
        )
    return BY_GROUP[group]


def group_codes(view: MatchContext, group: str) -> Groups:
    """Return every row's group as a number in the order of the groups, and the groups' names.

    Raises
    ------
    QueryError
        For an unknown group.
    """
    return field_of(group).group_codes(view, group)
