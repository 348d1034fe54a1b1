"""The front ends of the five papers, each with the source of every number.

Where a paper is silent the choice is marked "ours". 000 to 004 are the papers of the README.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

from genredesk.features.frontend import LIVE_MEL
from genredesk.features.spec import FrontendSpec

C1_HZ = 440.0 * 2.0 ** (-45 / 12)
"""The C of the contra octave, 32.70 Hz: where librosa's constant-Q transform begins."""

MEL_256 = FrontendSpec(
    kind="mel",
    n_fft=1024,
    win_length=1024,
    hop_length=512,
    n_bands=256,
    log="log",
    amin=1e-6,
    frames=128,
)
"""000 (net1, net2): frames of 1024, half overlap, 256 mels, 128 frames; log and framing ours."""

STFT_513 = dataclasses.replace(MEL_256, kind="stft", n_bands=513, power=1.0)
"""000 (nnet1, nnet2): the STFT of the same frames, magnitudes; log ours."""

LOGMEL_80 = FrontendSpec(
    kind="mel",
    n_fft=512,
    win_length=512,
    hop_length=256,
    n_bands=80,
    power=1.0,
    log="log",
    amin=1e-6,
    frames=80,
    center=True,
    segment=20462,
)
"""001 (shallow, deep): 80 Slaney mels of magnitudes, log(x + 1e-6), 80 frames = 0.93 s."""

CQT_80 = dataclasses.replace(
    LOGMEL_80, kind="cqt", n_fft=16384, win_length=16384, f_min=C1_HZ, bins_per_octave=12
)
"""001: constant-Q from C1, 12 bins an octave, 80 bins, log(x + 1e-6)."""

CQT_84 = dataclasses.replace(CQT_80, n_bands=84)
"""001's own proposal: seven whole octaves."""

KTH_MFCC = FrontendSpec(
    kind="mfcc",
    n_bands=13,
    frames=216,
    center=True,
    top_db=80.0,
    segment=110_250,
    n_mels=128,
    n_mfcc=13,
)
"""002: 13 MFCCs of 5 s."""

KTH_MEL = FrontendSpec(
    kind="mel",
    n_bands=128,
    frames=216,
    center=True,
    log="none",
    segment=110_250,
)
"""002: 128 mels of 5 s, raw power without a logarithm."""

VAE_MEL = dataclasses.replace(KTH_MEL, log="db", top_db=80.0)
"""002 (autoencoder): the same mels in dB; the paper's own works on waveforms, so this is ours."""

KTH_MEL3 = FrontendSpec(
    kind="mel3",
    n_fft=2205,
    win_length=2205,
    hop_length=220,
    n_bands=128,
    mel_scale="htk",
    norm=None,
    log="log",
    amin=1e-6,
    normalisation="per_channel",
    frames=1500,
    center=True,
    pad_mode="reflect",
    segment=110_250,
    win_lengths=(551, 1102, 2205),
    hop_lengths=(220, 551, 1102),
)
"""002: three HTK mels of 25, 50 and 100 ms as channels, stretched to 128 x 1500."""

KTH_MFCC_IMAGE = FrontendSpec(
    kind="mfcc_image",
    n_bands=235,
    frames=352,
    center=True,
    top_db=80.0,
    normalisation="per_channel",
    segment=110_250,
    n_mels=128,
    n_mfcc=13,
)
"""002: the 13 MFCCs of 5 s plotted as a picture of 235 x 352 RGB."""

PATEL_MFCC = dataclasses.replace(KTH_MFCC, frames=259, segment=132_300)
"""003: 13 MFCCs of 6 s, as the text says."""

PATEL_MFCC_130 = dataclasses.replace(KTH_MFCC, frames=130, segment=66_150)
"""003: 13 MFCCs of 3 s, as its printed accuracies imply."""

EDGE_MEL = FrontendSpec(
    kind="mel",
    n_bands=128,
    frames=323,
    center=True,
    top_db=80.0,
    segment=165_375,
)
"""004: 128 mels of 7.5 s in dB; every number but the 7.5 s ours."""

WAVE = FrontendSpec(
    kind="waveform",
    n_fft=256,
    win_length=256,
    hop_length=256,
    n_bands=256,
    log="none",
    normalisation="per_channel",
    frames=256,
)
"""000's future work: the samples themselves, 2.97 s, at one level; every number ours."""

PAPER_FRONTENDS = MappingProxyType(
    {
        "mel256": MEL_256,
        "stft513": STFT_513,
        "logmel80": LOGMEL_80,
        "cqt80": CQT_80,
        "cqt84": CQT_84,
        "kth-mfcc": KTH_MFCC,
        "kth-mel": KTH_MEL,
        "vae-mel": VAE_MEL,
        "kth-mel3": KTH_MEL3,
        "kth-mfcc-image": KTH_MFCC_IMAGE,
        "patel-mfcc": PATEL_MFCC,
        "patel-mfcc-130": PATEL_MFCC_130,
        "edge-mel": EDGE_MEL,
        "live-mel": LIVE_MEL,
        "wave": WAVE,
    }
)
"""Every front end by its name in commands and cards."""
