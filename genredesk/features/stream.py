"""Columns as the sound arrives: the same numbers as ``frontend.columns``, block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genredesk.features.frontend import columns_at, mel_frequencies
from genredesk.features.spec import FrontendSpec
from genredesk.features.stft import frame_count

__all__ = ["FrontendStream", "mel_frequencies"]


class FrontendStream:
    """Turns blocks of any size into columns; column k covers ``[k * hop, k * hop + n_fft)``.

    Belongs to one thread. Nothing is ever computed twice and memory stays at one frame plus one
    block.

    Parameters
    ----------
    spec
        The front end; ``center`` is not applied, a stream has no end to pad.

    Raises
    ------
    ValueError
        For the three-channel mel, whose channels do not share a hop.
    """

    def __init__(self, spec: FrontendSpec) -> None:
        if spec.kind == "mel3":
            raise ValueError("the three-channel mel has no columns to stream: use windows()")
        self.spec = spec
        self._held = np.empty(0, np.float32)
        self._skip = 0
        self._columns = 0

    @property
    def columns(self) -> int:
        """Columns given since the start or the last `reset`."""
        return self._columns

    @property
    def held(self) -> int:
        """Samples kept for the columns to come: never more than one frame."""
        return len(self._held)

    def push(self, block: NDArray[np.generic]) -> NDArray[np.float32]:
        """Take the next samples ``(n,)`` and return the columns they complete.

        Returns
        -------
        ndarray
            ``(channels, rows, new)`` un-normalised, float32; ``new`` may be 0.
        """
        spec = self.spec
        sound = np.concatenate((self._held, np.asarray(block, dtype=np.float32)))
        # A hop longer than the frame leaves samples between frames that nobody needs.
        if self._skip:
            gone = min(self._skip, len(sound))
            self._skip -= gone
            sound = sound[gone:]
        count = frame_count(len(sound), spec.n_fft, spec.hop_length)
        used = count * spec.hop_length
        result = columns_at(spec, sound, range(0, used, spec.hop_length))
        self._skip += max(0, used - len(sound))
        self._held = sound[used:].copy()
        self._columns += count
        return result

    def reset(self) -> None:
        """Forget the sound so far; the next sample begins column 0."""
        self._held = np.empty(0, np.float32)
        self._skip = self._columns = 0
