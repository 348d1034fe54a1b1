"""A ring buffer of mono sound addressed by absolute sample index.

A source writes on its own thread; every reader keeps its own cursor and asks for what it wants.
Sound that has been overwritten is never returned: the read raises instead.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


class RingOverrun(LookupError):  # noqa: N818 - names what happened to the reader
    """The samples asked for are no longer held; the reader was too slow."""


class RingBuffer:
    """The newest ``capacity`` samples of an endless mono signal.

    Parameters
    ----------
    capacity
        How many samples are held.

    Notes
    -----
    Copies are made with at most two slices: fancy indexing costs sixty times as much.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a ring buffer holds at least one sample, not {capacity}")
        self._data = np.zeros(capacity, np.float32)
        self._end = 0
        self._gaps: deque[int] = deque()
        self._changed = threading.Condition()

    @property
    def capacity(self) -> int:
        """How many samples are held at most."""
        return len(self._data)

    @property
    def end(self) -> int:
        """Absolute index of the sample that will be written next."""
        return self._end

    @property
    def start(self) -> int:
        """Absolute index of the oldest sample still held."""
        return max(0, self._end - len(self._data))

    def write(self, block: FloatArray) -> int:
        """Append ``block``, shape ``(samples,)``, and wake whoever waits for it.

        Of a block longer than the capacity only the newest part is kept, but all of it counts.

        Returns
        -------
        int
            Absolute index of the block's first sample.

        Raises
        ------
        ValueError
            When the block is not one-dimensional.
        """
        if block.ndim != 1:
            raise ValueError(f"a block is mono, shape (samples,), not {block.shape}")
        capacity = len(self._data)
        with self._changed:
            first = self._end
            kept = block[-capacity:] if len(block) > capacity else block
            at = (first + len(block) - len(kept)) % capacity
            head = min(len(kept), capacity - at)
            self._data[at : at + head] = kept[:head]
            self._data[: len(kept) - head] = kept[head:]
            self._end = first + len(block)
            self._forget_gaps()
            self._changed.notify_all()
        return first

    def read(self, start: int, stop: int) -> FloatArray:
        """Return a copy of the samples ``[start, stop)``, shape ``(stop - start,)``.

        Raises
        ------
        RingOverrun
            When the beginning is no longer held.
        ValueError
            When the end has not been written yet, or the range is not one.
        """
        if start < 0 or stop < start:
            raise ValueError(f"[{start}, {stop}) is no range of samples")
        capacity = len(self._data)
        with self._changed:
            if stop > self._end:
                raise ValueError(f"sample {stop - 1} is not written yet (end is {self._end})")
            if start < self.start:
                raise RingOverrun(f"sample {start} is no longer held (oldest is {self.start})")
            out = np.empty(stop - start, np.float32)
            at = start % capacity
            head = min(len(out), capacity - at)
            out[:head] = self._data[at : at + head]
            out[head:] = self._data[: len(out) - head]
        return out

    def wait_for(self, index: int, timeout: float | None = None) -> bool:
        """Wait until ``end >= index``; return whether that came true within ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._end >= index, timeout)

    def mark_gap(self) -> int:
        """Note that the next sample does not follow the last one in time; return its index."""
        with self._changed:
            if not self._gaps or self._gaps[-1] != self._end:
                self._gaps.append(self._end)
            return self._end

    def gaps(self, since: int = 0) -> tuple[int, ...]:
        """Return the indices (``>= since``, ascending) of samples that follow a gap."""
        with self._changed:
            return tuple(g for g in self._gaps if g >= since)

    def _forget_gaps(self) -> None:
        while self._gaps and self._gaps[0] < self.start:
            self._gaps.popleft()
