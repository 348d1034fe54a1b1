"""Finds the same recording twice: exact by its samples, near by a spectral fingerprint.

After Haitsma and Kalker (2002): 32 bits per frame, the signs of energy differences between
neighbouring bands and frames. They survive another codec, level or start; two songs are the same
when many frames agree bit for bit at one time offset and most bits agree over the whole overlap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec

Codes = NDArray[np.uint32]
"""One code per frame, ``(frames,)``."""

NOTHING: Codes = np.empty(0, np.uint32)
"""The fingerprint of a sound without one."""

SLOW_RATE = 22050 / 8
"""About the rate in Hz that fingerprints are made at: what they look at ends at 1,250 Hz."""
NAME = "codes-3"
"""Changes whenever the same sound would give other codes."""

_BANDS = 33
_SMOOTH = 6
"""Frames over which a band's energy is added up, 0.42 s with their own length: half of it misses
recordings that begin between frames."""
_GAP = 4
"""Frames between which a change is looked at, 186 ms: steadier than neighbours."""
_LEAST = np.float32(1e-10)
"""Energy that counts as silence."""
LEAST_VOTES = 4
"""Codes that must agree bit for bit at one offset before two songs are compared."""
LEAST_FRAMES = 60
"""Frames two songs must share, 2.8 s."""
MOST_DIFFERENT = 0.32
"""Share of bits that may differ; two unrelated songs differ in half of them."""
_NEAREST = 12
_AT_ONCE = 1 << 16


def audio_hash(samples: FloatArray) -> str:
    """Return the SHA-256 (hex) of decoded samples, 16 bits each."""
    digest = hashlib.sha256()
    for start in range(0, len(samples), _AT_ONCE):  # pieces that stay in the processor's cache
        piece = samples[start : start + _AT_ONCE] * np.float32(32767)
        np.rint(piece, out=piece)
        np.clip(piece, -32768, 32767, out=piece)
        digest.update(piece.astype("<i2").data)
    return digest.hexdigest()


def _spec(rate: int) -> FrontendSpec:
    return FrontendSpec(
        kind="mel",
        sample_rate=rate,
        n_fft=512,  # longer frames cost more than their energies added up, and find less in noise
        win_length=512,
        hop_length=128,  # 46 ms, so that another start moves a frame by 23 ms at most
        n_bands=_BANDS,
        f_min=150.0,
        f_max=min(1250.0, rate / 2),
        log="none",
        frames=1,
    )


def _slowed(samples: FloatArray, factor: int) -> FloatArray:
    """Keep every ``factor``-th sample of a sound, through a triangle of twice that length.

    A plain mean of ``factor`` samples lets more through from above, and recordings that begin
    elsewhere are then missed more often.
    """
    if factor == 1:
        return samples
    blocks = samples[: len(samples) // factor * factor].reshape(-1, factor)
    rise = ((np.arange(factor) + 0.5) / factor**2).astype(np.float32)
    halves = blocks @ np.stack([rise, rise[::-1]], axis=1)
    return np.asarray(halves[:-1, 0] + halves[1:, 1], dtype=np.float32)


def codes(samples: FloatArray, sample_rate: int) -> Codes:
    """Return the fingerprint of a sound ``(n,)``; empty when it is too short for two frames."""
    factor = max(1, round(sample_rate / SLOW_RATE))
    return _of_slow(_slowed(samples, factor), sample_rate // factor)


def _of_slow(slow: FloatArray, rate: int) -> Codes:
    power = frontend.columns(_spec(rate), slow)[0]
    frames = power.shape[1] - _SMOOTH + 1
    if frames <= _GAP:
        return NOTHING
    energy = power[:, :frames].copy()
    for step in range(1, _SMOOTH):
        energy += power[:, step : step + frames]
    np.log(np.maximum(energy, _LEAST, out=energy), out=energy)
    slope = np.diff(energy, axis=0)
    steps = slope[:, _GAP:] > slope[:, :-_GAP]
    packed = np.ascontiguousarray(np.packbits(steps, axis=0, bitorder="little").T)
    return packed.view("<u4")[:, 0].astype(np.uint32)


class CodeStream:
    """The fingerprint of a sound that comes in blocks; it holds an eighth of it at most.

    Parameters
    ----------
    sample_rate
        Of the blocks.
    longest_s
        Nothing behind this is looked at.
    """

    def __init__(self, sample_rate: int, longest_s: float) -> None:
        self._factor = max(1, round(sample_rate / SLOW_RATE))
        self._rate = sample_rate // self._factor
        self._room = int(longest_s * self._rate)
        self._rest = np.zeros(0, np.float32)
        self._slow: list[FloatArray] = []

    def push(self, block: FloatArray) -> None:
        """Take the next samples ``(n,)``."""
        if self._room <= 0:
            return
        have = np.concatenate([self._rest, block])
        n = len(have) // self._factor
        if n < 2:  # the triangle reaches over two
            self._rest = have
            return
        self._slow.append(_slowed(have, self._factor))
        self._room -= len(self._slow[-1])
        # the last whole part begins the next triangle
        self._rest = have[(n - (self._factor > 1)) * self._factor :]

    def codes(self) -> Codes:
        """Return the fingerprint of all that came."""
        return _of_slow(np.concatenate(self._slow), self._rate) if self._slow else NOTHING


@dataclass(frozen=True, slots=True)
class Match:
    """Two songs (positions in the list given) that share their sound."""

    first: int
    second: int
    offset: int
    different: float


def _bits(values: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return np.bitwise_count(values)


def _candidates(songs: Sequence[Codes]) -> Iterator[tuple[int, int, int]]:
    """Yield (song, song, offset) where several codes agree exactly."""
    code = np.concatenate(songs) if songs else np.empty(0, np.uint32)
    owner = np.repeat(np.arange(len(songs)), [len(s) for s in songs])
    place = np.concatenate([np.arange(len(s)) for s in songs]) if songs else owner
    # constant sound gives all zeros or ones and says nothing
    busy = (_bits(code) > 4) & (_bits(code) < 28)
    code, owner, place = code[busy], owner[busy], place[busy]
    order = np.argsort(code, kind="stable")  # equal codes stay ordered by owner and place
    again = np.flatnonzero(np.diff(code[order]) == 0)
    order = order[np.union1d(again, again + 1)]  # most codes occur only once
    code, owner, place = code[order], owner[order], place[order]
    found: list[NDArray[np.int64]] = []
    for step in range(1, _NEAREST + 1):
        same = code[:-step] == code[step:]
        other = owner[:-step] != owner[step:]
        here = np.flatnonzero(same & other)
        a, b = owner[here], owner[here + step]
        offset = place[here + step] - place[here]
        swap = a > b
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        found.append(np.stack([a, b, np.where(swap, -offset, offset)], axis=1))
    if not found or not sum(map(len, found)):
        return
    pairs = np.concatenate(found)
    # a start between two frames spreads its votes over two neighbouring offsets
    both = np.concatenate([pairs, pairs - (0, 0, 1)])
    rows, votes = np.unique(both, axis=0, return_counts=True)
    for row in rows[votes >= LEAST_VOTES]:
        yield int(row[0]), int(row[1]), int(row[2])
        yield int(row[0]), int(row[1]), int(row[2]) + 1


def matches(songs: Sequence[Codes]) -> list[Match]:
    """Return every pair of songs that share their sound, best offset of each."""
    best: dict[tuple[int, int], Match] = {}
    for a, b, offset in _candidates(songs):
        one, two = songs[a], songs[b]
        begin, end = max(0, -offset), min(len(one), len(two) - offset)
        if end - begin < min(LEAST_FRAMES, len(one), len(two)):
            continue
        apart = _bits(one[begin:end] ^ two[begin + offset : end + offset])
        different = float(apart.mean()) / 32
        old = best.get((a, b))
        if different <= MOST_DIFFERENT and (old is None or different < old.different):
            best[a, b] = Match(a, b, offset, different)
    return [best[key] for key in sorted(best)]
