"""Columns of sound at halving resolutions, in bounded memory: what a timeline is drawn from.

Level 0 holds every column, each further level the mean of two of the one below. Fine levels reach
back half an hour, coarse ones many hours, for few columns go far there. A cell is one byte:
0 where nothing is known, else decibels in steps of :data:`STEP_DB`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

UNKNOWN = 0
LOWEST_DB, HIGHEST_DB = -120.0, 20.0
STEP_DB = (HIGHEST_DB - LOWEST_DB) / 254

FINE_S = 1800.0
"""How far back the finest level reaches."""

_LEVELS = 10
_BLOCK = 2048


def quantised(decibels: NDArray[np.floating]) -> Bytes:
    """Return decibels of any shape as bytes, 1 to 255; NaN is the quietest."""
    steps = (np.fmax(decibels, LOWEST_DB) - LOWEST_DB) / STEP_DB + 1.5
    return np.clip(steps, 1, 255).astype(np.uint8)


def decibels(cells: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return what bytes stand for, in dB; NaN where nothing is known."""
    known = LOWEST_DB + (np.asarray(cells, np.float32) - 1) * np.float32(STEP_DB)
    return np.where(np.asarray(cells) == UNKNOWN, np.float32(np.nan), known)


class _Level:
    """A ring of columns, addressed by absolute index."""

    def __init__(self, n_rows: int, capacity: int) -> None:
        self.cells = np.zeros((capacity, n_rows), np.uint8)
        self.total = 0

    @property
    def oldest(self) -> int:
        return max(0, self.total - len(self.cells))

    def append(self, columns: Bytes) -> None:
        count, capacity = len(columns), len(self.cells)
        at = self.total % capacity
        head = min(count, capacity - at)
        self.cells[at : at + head] = columns[:head]
        self.cells[: count - head] = columns[head:]
        self.total += count

    def skip(self, count: int) -> None:
        capacity = len(self.cells)
        places = np.arange(self.total, self.total + min(count, capacity)) % capacity
        self.cells[places] = UNKNOWN
        self.total += count

    def read(self, first: int, stop: int) -> Bytes:
        return self.cells[np.arange(first, stop) % len(self.cells)]


class Pyramid:
    """Columns of one sound from its beginning on.

    Parameters
    ----------
    n_rows
        Rows of a column.
    hop_s
        Seconds from one column to the next.
    start_s
        Time of the left edge of column 0.
    whole_s
        Length of the sound where it is known and shall be held whole, with columns wide enough
        that they need no more memory than half an hour; ``None`` for one without end.
    """

    def __init__(
        self, n_rows: int, hop_s: float, start_s: float = 0.0, whole_s: float | None = None
    ) -> None:
        self.n_rows, self.start_s = n_rows, start_s
        self.thinned = 1
        fine = math.ceil(FINE_S / hop_s)
        while whole_s is not None and whole_s / hop_s / self.thinned > fine:
            self.thinned *= 2
        self.hop_s = hop_s * self.thinned
        if whole_s is not None:
            fine = min(fine, math.ceil(whole_s / self.hop_s) + 64)
        sizes = [max(fine >> level, min(fine, fine // 4)) for level in range(_LEVELS)]
        if whole_s is not None:
            sizes = [(fine >> level) + 1 for level in range(_LEVELS)]
        self._levels = [_Level(n_rows, max(2 * _BLOCK, size)) for size in sizes]
        self._rest: Bytes = np.zeros((0, n_rows), np.uint8)
        self.changes = 0

    @property
    def total(self) -> int:
        """Columns of the finest level so far, those included that are held no longer."""
        return self._levels[0].total

    @property
    def end_s(self) -> float:
        """Time up to which there are columns."""
        return self.start_s + self.total * self.hop_s

    @property
    def fine_s(self) -> float:
        """Time from which on every column is held."""
        return self.start_s + self._levels[0].oldest * self.hop_s

    @property
    def nbytes(self) -> int:
        """Memory of all levels."""
        return sum(level.cells.nbytes for level in self._levels)

    def append(self, columns: NDArray[np.floating]) -> None:
        """Add columns in dB ``(rows, n)``, oldest first."""
        self.append_cells(quantised(columns.T))

    def skip_to(self, seconds: float) -> None:
        """Let the next column begin at ``seconds``, when that is later: between is unknown."""
        missing = round((seconds - self.end_s) / self.hop_s)
        if missing <= 0:
            return
        self.changes += 1
        end = self.total + missing
        for number, level in enumerate(self._levels):
            level.skip((end >> number) - level.total)

    def append_cells(self, cells: Bytes) -> None:
        """Add columns ``(n, rows)`` that are :func:`quantised` already."""
        if self.thinned > 1:
            held: list[Bytes] = [self._rest, cells]
            cells = np.concatenate(held)
            whole = len(cells) // self.thinned * self.thinned
            self._rest, cells = cells[whole:].copy(), cells[:whole]
            cells = _mean(cells.reshape(-1, self.thinned, self.n_rows))
        self.changes += 1
        for first in range(0, len(cells), _BLOCK):
            self._push(0, cells[first : first + _BLOCK])

    def _push(self, number: int, cells: Bytes) -> None:
        level = self._levels[number]
        before = level.total
        level.append(cells)
        if number + 1 < _LEVELS and level.total // 2 > before // 2:
            pairs = level.read(before // 2 * 2, level.total // 2 * 2)
            self._push(number + 1, _mean(pairs.reshape(-1, 2, self.n_rows)))

    def level_for(self, seconds_per_pixel: float) -> int:
        """Return the coarsest level with a column for every pixel."""
        ratio = max(1.0, seconds_per_pixel / self.hop_s)
        return min(_LEVELS - 1, int(math.log2(ratio)))

    def columns(self, times: NDArray[np.floating], level: int = 0) -> Bytes:
        """Return the columns at ``times`` ``(n,)``, from ``level`` or a coarser one that has them.

        Returns
        -------
        numpy.ndarray
            ``(n, rows)``, zero where nothing is known.
        """
        places = (np.asarray(times, np.float64) - self.start_s) / self.hop_s
        out = np.zeros((len(places), self.n_rows), np.uint8)
        open_ = np.ones(len(places), bool)
        for number in (*range(level, _LEVELS), *range(level - 1, -1, -1)):
            one = self._levels[number]
            index = np.floor(places / (1 << number)).astype(np.int64)
            here = open_ & (index >= one.oldest) & (index < one.total)
            if here.any():
                out[here] = one.cells[index[here] % len(one.cells)]
                open_ &= ~here
            if not open_.any():
                break
        return out

    def at(self, seconds: float, row: int) -> float | None:
        """Return the decibels of a row at a time; ``None`` where nothing is known."""
        cell = self.columns(np.array([seconds]))[0, row]
        return None if cell == UNKNOWN else float(decibels(cell))


def _mean(groups: Bytes) -> Bytes:
    """Return the mean of the known cells of ``(n, k, rows)`` over ``k``."""
    known = groups != UNKNOWN
    count = known.sum(axis=1, dtype=np.uint16)
    total = groups.sum(axis=1, dtype=np.uint16) + count // 2
    return (total // np.maximum(count, 1)).astype(np.uint8)
