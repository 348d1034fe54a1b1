"""Tempo and pitch of a sound, each changed without the other: torchaudio's phase vocoder.

The only door to torchaudio. Its Linux wheel loads a CUDA library when it is imported; beside a
torch without CUDA a stand-in for that one part keeps its Python half usable.
"""

from __future__ import annotations

import importlib
import math
import sys
from fractions import Fraction
from types import ModuleType

import numpy as np
import torch

from genredesk.core.scores import FloatArray

_N_FFT = 1024
_HOP = 256
_FINEST = 200
"""Largest denominator of a pitch ratio: the resampler keeps one filter for each."""


def _functional() -> ModuleType:
    """Import ``torchaudio.functional``."""
    name = "torchaudio._extension"
    if sys.platform == "linux" and torch.version.cuda is None and "torchaudio" not in sys.modules:
        stand_in = ModuleType(name)
        stand_in.__path__ = []
        stand_in.__dict__.update(
            _IS_TORCHAUDIO_EXT_AVAILABLE=False,
            _IS_ALIGN_AVAILABLE=False,
            _check_cuda_version=lambda: None,
            fail_if_no_align=lambda function: function,
        )
        sys.modules[name] = stand_in
    return importlib.import_module("torchaudio.functional")


@torch.inference_mode()
def change(samples: FloatArray, tempo: float = 1.0, semitones: float = 0.0) -> FloatArray:
    """Return a sound ``(n,)`` played ``tempo`` times as fast, ``semitones`` higher.

    Its level stays; the pitch is met within 0.05 semitones for up to a fifth either way.
    """
    ratio = Fraction(2.0 ** (semitones / 12)).limit_denominator(_FINEST)
    functional = _functional()
    sound = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32))
    # the vocoder makes it longer or shorter; resampling then raises it and takes the length back
    rate = tempo / float(ratio)
    if rate != 1.0:
        window = torch.hann_window(_N_FFT)
        picture = torch.stft(sound, _N_FFT, _HOP, window=window, return_complex=True)
        turn = torch.linspace(0, math.pi * _HOP, _N_FFT // 2 + 1)[:, None]
        picture = functional.phase_vocoder(picture, rate, turn)
        sound = torch.istft(picture, _N_FFT, _HOP, window=window, length=round(len(sound) / rate))
    if ratio != 1:
        sound = functional.resample(sound, ratio.numerator, ratio.denominator)
    made: FloatArray = np.array(sound.numpy())
    # where partials meet the vocoder loses some of them, 3 dB in music
    made *= np.float32(_level(samples) / max(_level(made), 1e-9))
    return made


def _level(samples: FloatArray) -> float:
    return math.sqrt(float(np.dot(samples, samples)) / max(1, len(samples)))
