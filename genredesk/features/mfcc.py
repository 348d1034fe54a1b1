"""Cepstra of a mel picture: what is left of the timbre when pitch is smoothed away."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


@functools.lru_cache(maxsize=8)
def dct_matrix(n_out: int, n_in: int) -> Float32:
    """Return the first ``n_out`` rows of the orthonormal DCT-II ``(n_out, n_in)``."""
    k, n = np.arange(n_out)[:, None], np.arange(n_in)
    matrix = np.cos(math.pi / n_in * k * (n + 0.5)) * math.sqrt(2.0 / n_in)
    matrix[0] /= math.sqrt(2.0)
    matrix = matrix.astype(np.float32)
    matrix.flags.writeable = False
    return matrix


def cepstra(mel_db: Float32, n_mfcc: int) -> Float32:
    """Turn log-mel pictures ``(..., n_mels, frames)`` in dB into MFCCs ``(..., n_mfcc, frames)``.

    A change of level moves coefficient 0 alone, by ``dB * sqrt(n_mels)``.
    """
    return np.matmul(dct_matrix(n_mfcc, mel_db.shape[-2]), mel_db)
