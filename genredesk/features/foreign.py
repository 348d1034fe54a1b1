"""The front ends of published models from elsewhere, each with the source of its numbers.

Frames lie on the sound itself, never on padding, so that overlapping windows share their columns;
where a publisher pads, the columns away from the edges are the same.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.spec import FrontendSpec

MUSICNN_MEL = FrontendSpec(
    kind="mel",
    sample_rate=16000,
    n_fft=512,
    win_length=512,
    hop_length=256,
    n_bands=96,
    f_max=8000.0,
    log="log10",
    gain=10_000.0,
    frames=187,
    step=187,
)
"""musicnn 0.1.0 (Pons and Serra 2019): librosa's 96 Slaney mels, log10(1 + 10000 x), 3 s."""

ESSENTIA_MUSICNN_MEL = dataclasses.replace(MUSICNN_MEL, window="hann_symmetric", step=93)
"""Essentia's TensorflowInputMusiCNN: the same with a symmetric Hann window, half overlapping."""

EFFNET_MEL = dataclasses.replace(ESSENTIA_MUSICNN_MEL, frames=128, step=62)
"""Essentia's TensorflowPredictEffnetDiscogs: patches of 128 frames, 62 apart."""

MAEST_MEL_5S, MAEST_MEL_10S, MAEST_MEL_20S, MAEST_MEL_30S = (
    dataclasses.replace(
        ESSENTIA_MUSICNN_MEL,
        normalisation="fixed",
        mean=2.06755686,
        deviation=2 * 1.26829267,
        frames=frames,
        step=frames - 1,
    )
    for frames in (316, 626, 1251, 1876)
)
"""Essentia's TensorflowPredictMAEST: standardised by the training set's mean and twice its
deviation (Alonso-Jiménez et al. 2023)."""

YAMNET_MEL = FrontendSpec(
    kind="mel",
    sample_rate=16000,
    n_fft=512,
    win_length=400,
    hop_length=160,
    n_bands=64,
    f_min=125.0,
    f_max=7500.0,
    mel_scale="htk",
    norm=None,
    triangles="mel",
    power=1.0,
    log="log",
    amin=0.001,
    frames=96,
    step=48,
)
"""YAMNet: magnitudes of 25 ms frames, 64 HTK mels, ln(x + 0.001), 0.96 s; the window sits in the
middle of the FFT frame here and at its beginning there, which moves it by 56 samples."""

VGGISH_MEL = dataclasses.replace(YAMNET_MEL, amin=0.01, step=96)
"""VGGish (Hershey et al. 2017): as YAMNet, ln(x + 0.01), patches that follow one another."""

ESSENTIA_VGGISH_MEL = dataclasses.replace(VGGISH_MEL, window="hann_symmetric")
"""Essentia's TensorflowInputVGGish, which its VGGish and YAMNet take: a symmetric Hann window."""

PANNS_MEL = FrontendSpec(
    kind="mel",
    sample_rate=32000,
    n_fft=1024,
    win_length=1024,
    hop_length=320,
    n_bands=64,
    f_min=50.0,
    f_max=14000.0,
    frames=1001,
    center=True,
    pad_mode="reflect",
)
"""PANNs (Kong et al. 2020): 64 Slaney mels, 10 log10(max(x, 1e-10)), 10 s."""

FOREIGN_FRONTENDS = MappingProxyType(
    {
        "musicnn-mel": MUSICNN_MEL,
        "essentia-musicnn-mel": ESSENTIA_MUSICNN_MEL,
        "effnet-mel": EFFNET_MEL,
        "maest-mel-5s": MAEST_MEL_5S,
        "maest-mel-10s": MAEST_MEL_10S,
        "maest-mel-20s": MAEST_MEL_20S,
        "maest-mel-30s": MAEST_MEL_30S,
        "yamnet-mel": YAMNET_MEL,
        "vggish-mel": VGGISH_MEL,
        "essentia-vggish-mel": ESSENTIA_VGGISH_MEL,
        "panns-mel": PANNS_MEL,
    }
)
"""By the names they have in commands and in the JSON beside an imported graph."""

FRONTENDS = MappingProxyType({**PAPER_FRONTENDS, **FOREIGN_FRONTENDS})
"""Every front end by its name."""


def waveform(sample_rate: int, n_samples: int) -> FrontendSpec:
    """Return the front end of a network that takes ``n_samples`` of the sound itself."""
    return FrontendSpec(
        kind="waveform",
        sample_rate=sample_rate,
        n_fft=1,
        win_length=1,
        hop_length=1,
        n_bands=1,
        f_max=sample_rate / 2,
        log="none",
        frames=n_samples,
    )
