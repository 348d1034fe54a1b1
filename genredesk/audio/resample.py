"""Streaming change of sample rate: what a device or a file delivers becomes what a model wants."""

from __future__ import annotations

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


class StreamResampler:
    """Resample block by block with soxr (quality HQ), as if it were one long signal.

    The output starts at the input's first sample; after :meth:`flush` it is
    ``samples * rate_out / rate_in`` long, to the sample.

    Parameters
    ----------
    rate_in, rate_out
        Sample rates in Hz.
    channels
        1 takes and gives blocks of shape ``(n,)``, more takes ``(n, channels)``.
    """

    def __init__(self, rate_in: int, rate_out: int, channels: int = 1) -> None:
        if rate_in <= 0 or rate_out <= 0:
            raise ValueError(f"a sample rate is positive: {rate_in} -> {rate_out}")
        self.rate_in, self.rate_out, self.channels = rate_in, rate_out, channels
        self._stream = self._fresh()

    def _fresh(self) -> soxr.ResampleStream | None:
        if self.rate_in == self.rate_out:
            return None
        return soxr.ResampleStream(self.rate_in, self.rate_out, self.channels, dtype="float32")

    def push(self, block: FloatArray) -> FloatArray:
        """Take the next block and return the output that is ready, which may be empty."""
        if self._stream is None:
            return block
        return self._stream.resample_chunk(np.ascontiguousarray(block, np.float32))

    def flush(self) -> FloatArray:
        """Return the rest of the output; the next :meth:`push` begins a new signal."""
        shape = (0,) if self.channels == 1 else (0, self.channels)
        if self._stream is None:
            return np.zeros(shape, np.float32)
        rest = self._stream.resample_chunk(np.zeros(shape, np.float32), last=True)
        self._stream = self._fresh()
        return rest
