"""Writes sound as a WAV file of 16 bits, whole or not at all."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from genredesk.core import atomic
from genredesk.core.scores import FloatArray


def write(path: Path, sound: FloatArray, rate: int) -> None:
    """Write mono ``sound (n,)``; what is louder than full scale is cut.

    Raises
    ------
    OSError
        When ``path`` cannot be written.
    """
    with atomic.atomic_file(path) as file, wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(sound, -1, 1) * 32767).round().astype("<i2").tobytes())
