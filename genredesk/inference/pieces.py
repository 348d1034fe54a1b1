"""Cuts a stream of sound into batches of network inputs, without ever holding all of it.

Front ends whose windows are runs of stream columns compute every column once; the others see the
sound in overlapping chunks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.features.stream import FrontendStream
from genredesk.inference.aggregate import SILENT_DBFS, level_dbfs

BATCH = 8
"""Windows that go through the network together: enough to be quick, few enough to show early."""


_MAX_BYTES = 16 << 20
"""Largest batch of network inputs; the long windows of some papers come in smaller batches."""


@dataclass(frozen=True, slots=True)
class WindowBatch:
    """A batch of windows.

    Parameters
    ----------
    starts
        First sample of every window, shape ``(n,)``.
    features
        Network inputs, shape ``(n, channels, bands, frames)``.
    levels
        RMS level of every window in dBFS, shape ``(n,)``.
    """

    starts: NDArray[np.int64]
    features: FloatArray
    levels: NDArray[np.float64]


def hop_columns(spec: FrontendSpec, hop_s: float | None) -> int:
    """Return ``hop_s`` in whole hops of the front end, at least one; ``None``: one window.

    Windows that follow one another name a song as well as dense ones (averaging ten seconds gives
    nearly all there is to gain), and the network then costs less than the decoder.

    Raises
    ------
    ValueError
        When ``hop_s`` is not positive.
    """
    if hop_s is None:
        hop_s = spec.window_s
    if not hop_s > 0:
        raise ValueError(f"a hop of {hop_s} s is not positive")
    return max(1, round(hop_s * spec.sample_rate / spec.hop_length))


def pieces(
    spec: FrontendSpec,
    blocks: Iterable[FloatArray],
    hop_s: float | None = None,
    batch: int = BATCH,
) -> Iterator[WindowBatch]:
    """Yield the windows of a sound in order.

    The last window ends with the sound when at least half a hop would be left over; a sound
    shorter than a window is repeated until it fills one. No sound gives nothing.

    Parameters
    ----------
    spec
        The front end.
    blocks
        Mono sound at ``spec.sample_rate``, arrays ``(n,)``.
    hop_s
        Seconds from one window to the next, rounded to whole hops of the front end; ``None``:
        windows that follow one another.
    batch
        Most windows in a piece.
    """
    hop = hop_columns(spec, hop_s)
    batch = max(1, min(batch, _MAX_BYTES // (4 * int(np.prod(spec.shape)))))
    shared = spec.streamable and spec.column_shape[2] == spec.frames
    cut = (_ColumnCutter if shared else _ChunkCutter)(spec, hop, batch)
    for block in blocks:
        yield from cut.push(block)
    yield from cut.finish()


def _repeated(spec: FrontendSpec, samples: FloatArray) -> WindowBatch:
    """Answer a sound that is shorter than a window by repeating it."""
    filled = np.resize(samples, spec.window_samples)
    return WindowBatch(
        np.zeros(1, np.int64),
        frontend.window(spec, filled)[None],
        np.array([level_dbfs(samples)]),
    )


class _Energy:
    """RMS levels of overlapping windows, from mean and variance of every hop of samples."""

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self._mean = np.full(hop, 1 / hop, np.float32)
        self._rest = np.empty(0, np.float32)
        self._hops = np.zeros((0, 2))

    def push(self, block: FloatArray) -> None:
        joined = np.concatenate((self._rest, block)) if len(self._rest) else block
        n = len(joined) // self._hop
        whole = joined[: n * self._hop].reshape(n, self._hop)
        fresh = np.empty((n, 2))
        fresh[:, 0] = whole @ self._mean
        fresh[:, 1] = np.einsum("ij,ij->i", whole, whole) / self._hop - fresh[:, 0] ** 2
        self._hops = np.concatenate((self._hops, fresh))
        self._rest = joined[n * self._hop :].copy()

    def drop(self, hops: int) -> None:
        self._hops = self._hops[hops:]

    def levels(self, starts: NDArray[np.intp], length: int) -> NDArray[np.float64]:
        """Return levels of windows of ``length`` hops at ``starts`` (in hops since the drops)."""
        levels = np.empty(len(starts))
        for i, start in enumerate(starts):
            means, inside = self._hops[start : start + length].T
            power = max(float(inside.mean() + means.var()), 1e-12)
            levels[i] = max(SILENT_DBFS, 10 * math.log10(power))
        return levels


class _ColumnCutter:
    """Windows as runs of columns; every column is computed once."""

    def __init__(self, spec: FrontendSpec, hop: int, batch: int) -> None:
        self._spec = spec
        self._hop = hop
        self._batch = batch
        self._stream = FrontendStream(spec)
        self._energy = _Energy(spec.hop_length)
        self._length = spec.column_shape[2]
        self._columns: list[FloatArray] = []
        self._held = 0  # columns in self._columns
        self._first = 0  # index of the first of them
        self._next = 0  # column at which the next window begins
        self._short: list[FloatArray] = []
        self._samples = 0

    def push(self, block: FloatArray) -> Iterator[WindowBatch]:
        if self._samples < self._spec.window_samples:
            self._short.append(block)
        else:
            self._short.clear()
        self._samples += len(block)
        self._energy.push(block)
        fresh = self._stream.push(block)
        if fresh.shape[-1]:
            self._columns.append(fresh)
            self._held += fresh.shape[-1]
        while self._ready() >= self._batch:
            yield self._cut(self._batch)

    def _ready(self) -> int:
        """How many windows are complete."""
        return max(0, (self._first + self._held - self._length - self._next) // self._hop + 1)

    def _cut(self, n: int) -> WindowBatch:
        starts = self._next + self._hop * np.arange(n)
        piece = self._piece(starts)
        self._next += n * self._hop
        self._forget()
        return piece

    def _piece(self, starts: NDArray[np.intp]) -> WindowBatch:
        picture = self._joined()
        runs = np.lib.stride_tricks.sliding_window_view(picture, self._length, axis=-1)
        windows = np.moveaxis(runs[..., starts - self._first, :], -2, 0)
        features = frontend.normalise(self._spec, windows)
        return WindowBatch(
            starts.astype(np.int64) * self._spec.hop_length,
            np.ascontiguousarray(features),
            self._energy.levels(starts - self._first, self._length),
        )

    def _joined(self) -> FloatArray:
        if len(self._columns) > 1:
            self._columns = [np.concatenate(self._columns, axis=-1)]
        return self._columns[0]

    def _forget(self) -> None:
        # One hop is kept for the last window, which ends with the sound.
        gone = max(0, min(self._next - self._hop - self._first, self._held))
        self._columns = [self._joined()[..., gone:]]
        self._held -= gone
        self._first += gone
        self._energy.drop(gone)

    def finish(self) -> Iterator[WindowBatch]:
        if self._samples == 0:
            return
        if self._samples < self._spec.window_samples:
            yield _repeated(self._spec, np.concatenate(self._short))
            return
        if ready := self._ready():
            yield self._cut(ready)
        last = self._first + self._held - self._length
        if 2 * (last - (self._next - self._hop)) >= self._hop:
            yield self._piece(np.array([last]))


class _ChunkCutter:
    """Windows from chunks of samples that overlap by what the next windows need."""

    def __init__(self, spec: FrontendSpec, hop: int, batch: int) -> None:
        self._spec = spec
        self._hop = hop * spec.hop_length
        self._batch = batch
        self._blocks: list[FloatArray] = []
        self._held = 0  # samples in self._blocks
        self._first = 0  # index of the first of them
        self._next = 0  # sample at which the next window begins

    def push(self, block: FloatArray) -> Iterator[WindowBatch]:
        self._blocks.append(block)
        self._held += len(block)
        while self._ready() >= self._batch:
            yield self._cut(self._batch)

    def _ready(self) -> int:
        end = self._first + self._held
        return max(0, (end - self._spec.window_samples - self._next) // self._hop + 1)

    def _cut(self, n: int) -> WindowBatch:
        piece = self._piece(self._next + self._hop * np.arange(n))
        self._next += n * self._hop
        gone = max(0, min(self._next - self._hop - self._first, self._held))
        self._blocks = [self._joined()[gone:].copy()]
        self._held -= gone
        self._first += gone
        return piece

    def _joined(self) -> FloatArray:
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        return self._blocks[0]

    def _piece(self, starts: NDArray[np.intp]) -> WindowBatch:
        sound = self._joined()
        where = starts - self._first
        length = self._spec.window_samples
        return WindowBatch(
            starts.astype(np.int64),
            frontend.windows(self._spec, sound, where),
            np.array([level_dbfs(sound[w : w + length]) for w in where]),
        )

    def finish(self) -> Iterator[WindowBatch]:
        if self._held == 0:
            return
        end = self._first + self._held
        if end < self._spec.window_samples:
            yield _repeated(self._spec, self._joined())
            return
        if ready := self._ready():
            yield self._cut(ready)
        last = end - self._spec.window_samples
        if 2 * (last - (self._next - self._hop)) >= self._hop:
            yield self._piece(np.array([last]))
