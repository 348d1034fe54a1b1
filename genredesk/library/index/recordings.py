"""Finds tracks that are one recording: in another format, at another level, or a part of it.

After Haitsma and Kalker (2002), for a whole library: places of two tracks are compared where bits
of two codes a second apart agree, and two tracks are one recording when their codes differ no more,
over all that they share, than another encoding makes them. A remix, another speed or pitch, and
the recording mixed with another differ more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genredesk.core.job import JobContext
from genredesk.features.fingerprint import Codes

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

_BITS = (0x52A54A95, 0xA54A952A, 0x2952A569)
"""Fourteen bits of a code, in three ways: fewer would agree by chance in a large library."""
_APART = 11
"""Codes that a key is made of lie so many apart, a second."""
KEYS = 1 << 24
"""Of more keys than this only a share is looked at, chosen by the key itself, so that both tracks
choose the same; 400 MB."""
_CROWD = 48
"""A key that more tracks have says nothing: a drum computer's bar, a held note."""
_PARTNERS = 12
LEAST_VOTES = 2
"""Keys that must agree at one offset before two tracks are compared."""

LEAST_CODES = 86
"""What two tracks must share, 8 s."""
LEAST_SHARED = 0.5
"""Share of the shorter one that they must share, too."""
LEAST_LENGTH = 0.25
"""Share of the longer one that the shorter one must last: else it is a piece in a mix."""
MOST_NOISE = 0.05
"""Share of bits that may differ; 64 kbit/s of MP3 gives 0.01, 48 of Opus 0.03 to 0.05, another
song 6 dB under it 0.06 to 0.27."""
MOST_LOCAL = 0.2
"""The same of the worst five seconds but for :data:`_SPARED`: silence is encoded into noise."""
MOST_DRIFT = 0.7
"""Codes by which the end may lie elsewhere than the beginning, 65 ms: another speed moves it."""
_SPARED = 0.1
_BLOCK = 54
_REACH = 2
"""Offsets around the one voted for that are tried."""


@dataclass(frozen=True, slots=True)
class SameRecording:
    """Two tracks that are one recording.

    Parameters
    ----------
    first, second
        Their ids.
    offset
        Where the second begins in the first, in kept codes.
    noise
        Share of bits in which they differ beyond what their codes' places explain.
    """

    first: int
    second: int
    offset: int
    noise: float


def _keys(codes: Codes) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return a track's keys and where each first stands."""
    if len(codes) <= _APART:
        return np.zeros(0, np.uint32), np.zeros(0, np.int32)
    bits = np.bitwise_count(codes)
    busy = (bits > 4) & (bits < 28)  # constant sound gives all zeros or ones and says nothing
    good = np.flatnonzero(busy[:-_APART] & busy[_APART:])
    one, two = codes[good], codes[good + _APART]
    mixed = np.concatenate([_mixed(one & np.uint32(b), two & np.uint32(b)) for b in _BITS])
    keys, first = np.unique(mixed, return_index=True)
    return keys, good[first % max(1, len(good))].astype(np.int32)


def _mixed(one: Codes, two: Codes) -> NDArray[np.uint32]:
    """Return numbers that are equal where both are."""
    mixed = one.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= two.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(32)).astype(np.uint32)


def _table(
    tracks: Iterable[tuple[int, Codes]], ctx: JobContext
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.int32]]:
    """Return tracks' ids and lengths, and a share of their keys with ``(track << 20) | place``."""
    ids, lengths, keys, places = [], [], [], []
    share, held = np.uint32(0), 0  # a key is kept when its lowest bits are 0
    for n, (track_id, codes) in enumerate(tracks):
        if n % 256 == 0:
            ctx.checkpoint()
        ids.append(track_id)
        lengths.append(len(codes))
        mine, where = _keys(codes)
        chosen = (mine & share) == 0
        keys.append(mine[chosen])
        places.append(where[chosen].astype(np.int64) | (n << 20))
        held += len(keys[-1])
        if held > KEYS:
            share = (share << np.uint32(1)) | np.uint32(1)
            whole, all_places = np.concatenate(keys), np.concatenate(places)
            chosen = (whole & share) == 0
            keys, places, held = [whole[chosen]], [all_places[chosen]], int(chosen.sum())
    if not ids:
        return (np.zeros(0, np.int64),) * 2 + (np.zeros(0, np.uint32), np.zeros(0, np.int64))  # type: ignore[return-value]
    return np.array(ids), np.array(lengths), np.concatenate(keys), np.concatenate(places)  # type: ignore[return-value]


def candidates(
    tracks: Iterable[tuple[int, Codes]], ctx: JobContext | None = None
) -> Iterator[tuple[int, int, list[int]]]:
    """Yield ids of two tracks and offsets at which keys of theirs agree, most of them first."""
    ctx = ctx or JobContext()
    ids, lengths, keys, places = _table(tracks, ctx)
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    del order
    starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint32(1)))
    crowd = np.diff(starts, append=len(keys))
    good = np.repeat((crowd > 1) & (crowd <= _CROWD), crowd)
    keys, places = keys[good], places[good]
    found = []
    for step in range(1, _PARTNERS + 1):
        ctx.checkpoint()
        here = np.flatnonzero(keys[:-step] == keys[step:])
        a, b = places[here], places[here + step]  # of one key the tracks rise
        offset = (a & 0xFFFFF) - (b & 0xFFFFF)
        one, two = lengths[a >> 20], lengths[b >> 20]
        alike = np.minimum(one, two) >= LEAST_LENGTH * np.maximum(one, two)
        pair = ((a >> 20) << 42) | ((b >> 20) << 21) | (offset + (1 << 20))
        found.append(pair[alike])
    pairs = np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)
    yield from _voted(pairs, ids)


def _voted(
    pairs: NDArray[np.int64], ids: NDArray[np.int64]
) -> Iterator[tuple[int, int, list[int]]]:
    places, votes = np.unique(pairs, return_counts=True)
    # a start between two codes spreads its votes over two neighbouring offsets
    beside = np.zeros(len(votes), np.int64)
    if len(places) > 1:
        beside[:-1] = np.where(np.diff(places) == 1, votes[1:], 0)
    total = votes + beside
    chosen = total >= LEAST_VOTES
    places, total = places[chosen], total[chosen]
    if not len(places):
        return
    both = places >> 21
    for part in np.split(np.arange(len(places)), np.flatnonzero(np.diff(both)) + 1):
        best = part[np.argsort(-total[part], kind="stable")[:3]]
        a, b = int(both[part[0]] >> 21), int(both[part[0]] & 0x1FFFFF)
        offsets = [(int(places[i]) & 0x1FFFFF) - (1 << 20) for i in best]
        yield int(ids[a]), int(ids[b]), offsets


def _apart(one: Codes, two: Codes, offset: int, begin: int, end: int) -> NDArray[np.float64]:
    """Return the share of bits that differ in blocks of ``one[begin:end]``."""
    differ = np.bitwise_count(one[begin:end] ^ two[begin - offset : end - offset])
    n = max(1, len(differ) // _BLOCK)
    return differ[: len(differ) // n * n].reshape(n, -1).mean(axis=1) / 32


def compare(one: Codes, two: Codes, offset: int) -> tuple[int, float] | None:
    """Return the offset and the noise of two tracks that are one recording, ``None`` else.

    A start between two codes makes them differ from both neighbours, together by as much as these
    differ from each other; what exceeds that is noise.
    """
    begin = max(0, offset + _REACH)
    end = min(len(one), len(two) + offset - _REACH)
    shorter = min(len(one), len(two))
    if end - begin < max(LEAST_CODES, LEAST_SHARED * shorter) - 2 * _REACH:
        return None
    tried = [_apart(one, two, o, begin, end) for o in range(offset - _REACH, offset + _REACH + 1)]
    first, nearer = _between([float(blocks.mean()) for blocks in tried])
    moved = _apart(one, one, 1, max(begin, 1), end)
    moved = moved if len(moved) == len(tried[0]) else np.full(len(tried[0]), moved.mean())
    pair = tried[first], tried[first + 1]
    noise = max(0.0, float((pair[0] + pair[1] - moved).mean()) / 2)
    local = np.minimum((pair[0] + pair[1] - moved) / 2, np.minimum(*pair))
    if noise > MOST_NOISE or np.quantile(local, 1 - _SPARED) > MOST_LOCAL:
        return None
    third = (end - begin) // 3
    ends = [_place(one, two, offset, at, at + third) for at in (begin, end - third)]
    if abs(ends[1] - ends[0]) > MOST_DRIFT:
        return None
    return offset - _REACH + nearer, noise


def _between(means: list[float]) -> tuple[int, int]:
    """Return the first of the two neighbouring offsets that differ least, and the nearer one."""
    first = int(np.argmin([one + two for one, two in pairwise(means)]))
    return first, first + int(means[first + 1] < means[first])


def _place(one: Codes, two: Codes, offset: int, begin: int, end: int) -> float:
    """Return where ``one[begin:end]`` lies in the other, in codes, between two of them."""
    means = [
        float(np.bitwise_count(one[begin:end] ^ two[begin - o : end - o]).mean())
        for o in range(offset - _REACH, offset + _REACH + 1)
    ]
    first, _ = _between(means)
    return first + means[first] / max(means[first] + means[first + 1], 1e-9)


def matches(
    tracks: Callable[[], Iterable[tuple[int, Codes]]],
    read: Callable[[int], Codes],
    ctx: JobContext | None = None,
) -> list[SameRecording]:
    """Return every two tracks that are one recording.

    Parameters
    ----------
    tracks
        Gives all fingerprints, each once.
    read
        Gives one of them by its id.
    """
    ctx = ctx or JobContext()
    found: list[SameRecording] = []
    held: tuple[int, Codes] | None = None
    for n, (a, b, offsets) in enumerate(candidates(tracks(), ctx)):
        if n % 64 == 0:
            ctx.progress(n, 0, "")
        if held is None or held[0] != a:
            held = a, read(a)
        two = read(b)
        same = next(filter(None, (compare(held[1], two, offset) for offset in offsets)), None)
        if same is not None:
            found.append(SameRecording(a, b, *same))
    return found


def groups(pairs: Iterable[SameRecording], lengths: dict[int, float]) -> list[list[int]]:
    """Return the tracks of every recording, the longest of each first.

    Every track is one recording with the longest of its group itself, not only by way of another:
    else two parts that share nothing, or two songs of one mix, would come together.
    """
    beside: dict[int, set[int]] = {}
    for pair in pairs:
        beside.setdefault(pair.first, set()).add(pair.second)
        beside.setdefault(pair.second, set()).add(pair.first)
    left = set(beside)
    found = []
    for track in sorted(beside, key=lambda t: (-lengths.get(t, 0.0), t)):
        if track not in left:
            continue
        group = [track, *sorted(beside[track] & left, key=lambda t: (-lengths.get(t, 0.0), t))]
        left -= set(group)
        if len(group) > 1:
            found.append(group)
    return found


def search(catalogue: Catalogue, ctx: JobContext | None = None) -> int:
    """Find the recordings of a library anew and keep them; return how many there are several of.

    Raises
    ------
    Cancelled
        When the job was asked to stop; what was known before stays.
    """
    known = catalogue.recordings
    found = matches(known.fingerprints, known.fingerprint, ctx)
    together = groups(found, known.lengths())
    known.keep_groups(together)
    return len(together)
