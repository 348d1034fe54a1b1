"""Parts in which every word has its share of the songs, with whole groups on one side (numpy)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spread(
    holds: NDArray[np.bool_], groups: NDArray[np.intp], k: int, *, seed: int = 0
) -> list[list[int]]:
    """Deal songs that may have several words each into ``k`` parts, group by group.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, algorithm 1) with groups in
    place of single songs: the word with the fewest songs left goes first, its largest groups before
    the smaller ones, each to the part that misses most of that word.

    Parameters
    ----------
    holds
        Which words hold, ``(songs, words)``.
    groups
        A number per song, ``(songs,)``; songs of one number stay together.

    Returns
    -------
    list of list of int
        Positions in ``holds``, some parts may be empty.
    """
    known, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(known), holds.shape[1] + 1), np.intp)
    np.add.at(counts, group, np.column_stack([holds, np.ones(len(holds), bool)]))
    missing = np.tile(counts.sum(axis=0) / k, (k, 1))
    order = np.random.default_rng(seed).permutation(len(known))
    left = {int(g): None for g in order}  # keeps the drawn order
    part = np.zeros(len(known), np.intp)

    def deal(g: int, word: int) -> None:
        # by the word, then by all songs, then the first
        wanted = np.lexsort((-missing[:, -1], -missing[:, word]))[0]
        part[g] = wanted
        missing[wanted] -= counts[g]
        del left[g]

    while left:
        rest = counts[list(left)].sum(axis=0)[:-1]
        if not rest.any():
            break
        word = int(np.where(rest > 0, rest, np.iinfo(np.intp).max).argmin())
        for g in sorted((g for g in left if counts[g, word]), key=lambda g: -counts[g, word]):
            deal(g, word)
    for g in list(left):
        deal(g, -1)
    return [np.flatnonzero(part[group] == i).tolist() for i in range(k)]


def loosened(holds: NDArray[np.bool_], groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the groups, where one has all songs of a word taken apart into its songs.

    Else that word could not be learned from and held back at once. A group's number is that of its
    first song.
    """
    out = groups.copy()
    for word in range(holds.shape[1]):
        own = np.flatnonzero(holds[:, word])
        if len(own) > 1 and len(set(out[own].tolist())) == 1:
            out[own] = own
    return out
