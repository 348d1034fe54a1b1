"""Cuts a stream of sound into batches of network inputs, without ever holding all of it.

Front ends whose windows are runs of stream columns compute every column once; the others see the
sound in overlapping chunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.levels import dbfs, level_dbfs
from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.features.stream import FrontendStream

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


def batch_of(spec: FrontendSpec, batch: int = BATCH) -> int:
    """Return how many windows of a front end go together, ``batch`` of them at most."""
    return max(1, min(batch, _MAX_BYTES // (4 * int(np.prod(spec.shape)))))


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
        Most windows in a piece; every piece but the last has as many.
    """
    for _, piece in woven(spec, blocks, [(hop_columns(spec, hop_s), batch)]):
        yield piece


def woven(
    spec: FrontendSpec, blocks: Iterable[FloatArray], grids: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, WindowBatch]]:
    """Yield the windows of several grids over one sound, each grid's as :func:`pieces` gives them.

    Columns are computed once for all of them. What a grid gives does not depend on the others.

    Parameters
    ----------
    grids
        For each its hop in columns, see :func:`hop_columns`, and its most windows in a piece.

    Returns
    -------
    iterator of (int, WindowBatch)
        The grid's number, and a batch of its windows.
    """
    shared = spec.streamable and spec.column_shape[2] == spec.frames
    columns = _Columns(spec) if shared else None
    cutter = _ColumnCutter if shared else _ChunkCutter
    cutters = [cutter(spec, hop, batch_of(spec, batch)) for hop, batch in grids]
    for block in blocks:
        part = _Part(block) if columns is None else columns.push(block)
        for number, cut in enumerate(cutters):
            for piece in cut.push(part):
                yield number, piece
    for number, cut in enumerate(cutters):
        for piece in cut.finish():
            yield number, piece


def one_window(spec: FrontendSpec, samples: FloatArray) -> FloatArray:
    """Return the network's input ``(channels, bands, frames)`` for a sound of a window or less.

    A shorter one is repeated until it fills the window.
    """
    return frontend.window(spec, np.resize(samples, spec.window_samples))


def _repeated(spec: FrontendSpec, samples: FloatArray) -> WindowBatch:
    return WindowBatch(
        np.zeros(1, np.int64),
        one_window(spec, samples)[None],
        np.array([level_dbfs(samples)]),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A block ``(n,)`` and what became complete with it.

    Columns are ``(channels, bands, columns)``; of every hop of samples mean and variance are given,
    ``(hops, 2)``.
    """

    samples: FloatArray
    columns: FloatArray | None = None
    hops: NDArray[np.float64] | None = None


class _Columns:
    """Makes columns and the statistics of every hop of samples, once for all grids."""

    def __init__(self, spec: FrontendSpec) -> None:
        self._stream = FrontendStream(spec)
        self._hop = spec.hop_length
        self._mean = np.full(self._hop, 1 / self._hop, np.float32)
        self._rest = np.empty(0, np.float32)

    def push(self, block: FloatArray) -> _Part:
        joined = np.concatenate((self._rest, block)) if len(self._rest) else block
        n = len(joined) // self._hop
        whole = joined[: n * self._hop].reshape(n, self._hop)
        fresh = np.empty((n, 2))
        fresh[:, 0] = whole @ self._mean
        fresh[:, 1] = np.einsum("ij,ij->i", whole, whole) / self._hop - fresh[:, 0] ** 2
        self._rest = joined[n * self._hop :].copy()
        return _Part(block, self._stream.push(block), fresh)


class _ColumnCutter:
    """Windows as runs of columns that were computed once."""

    def __init__(self, spec: FrontendSpec, hop: int, batch: int) -> None:
        self._spec = spec
        self._hop = hop
        self._batch = batch
        self._length = spec.column_shape[2]
        self._columns: list[FloatArray] = []
        self._hops = np.zeros((0, 2))
        self._held: int = 0  # columns in self._columns
        self._first = 0  # index of the first of them
        self._next = 0  # column at which the next window begins
        self._short: list[FloatArray] = []
        self._samples = 0

    def push(self, part: _Part) -> Iterator[WindowBatch]:
        if self._samples < self._spec.window_samples:
            self._short.append(part.samples)
        else:
            self._short.clear()
        self._samples += len(part.samples)
        fresh, hops = part.columns, part.hops
        assert fresh is not None and hops is not None  # noqa: S101, PT018 - made by _Columns
        self._hops = np.concatenate((self._hops, hops))
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
            self._levels(starts - self._first),
        )

    def _levels(self, starts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the levels of windows at ``starts``, in hops since the first one held."""
        levels = np.empty(len(starts))
        for i, start in enumerate(starts):
            means, inside = self._hops[start : start + self._length].T
            levels[i] = dbfs(float(inside.mean() + means.var()))
        return levels

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
        self._hops = self._hops[gone:]

    def finish(self) -> Iterator[WindowBatch]:
        if self._samples == 0:
            return
        if self._samples < self._spec.window_samples:
            yield _repeated(self._spec, np.concatenate(self._short))
            return
        starts = _last_starts(
            self._next, self._ready(), self._hop, self._first + self._held - self._length
        )
        if len(starts):
            yield self._piece(starts)


def _last_starts(begin: int, n: int, hop: int, last: int) -> NDArray[np.intp]:
    """Return where the ``n`` windows that are left begin, and the one that ends with the sound."""
    starts = begin + hop * np.arange(n)
    if 2 * (last - (begin + (n - 1) * hop)) >= hop:
        starts = np.append(starts, last)
    return starts


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

    def push(self, part: _Part) -> Iterator[WindowBatch]:
        self._blocks.append(part.samples)
        self._held += len(part.samples)
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
        starts = _last_starts(self._next, self._ready(), self._hop, end - self._spec.window_samples)
        if len(starts):
            yield self._piece(starts)
