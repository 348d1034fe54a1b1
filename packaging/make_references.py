"""Make the stored truth of the front ends with librosa: tests/features/references.npz.

Run it again only when a front end changes on purpose:
``.venv/bin/python packaging/make_references.py``.
Of every picture about two dozen columns are kept, spread from the first to the last.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import librosa
import numpy as np

from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.spec import FrontendSpec

ROOT = Path(__file__).resolve().parent.parent
KEPT_COLUMNS = 24


def signal() -> np.ndarray:
    """Load the very signal of the tests."""
    return runpy.run_path(str(ROOT / "tests" / "features" / "conftest.py"))["make_music"]()


def melspectrogram(spec: FrontendSpec, y: np.ndarray, **changes: object) -> np.ndarray:
    """Return librosa's mel picture with the numbers of ``spec``."""
    settings = {
        "sr": spec.sample_rate,
        "n_fft": spec.n_fft,
        "win_length": spec.win_length,
        "hop_length": spec.hop_length,
        "n_mels": spec.n_mels or spec.n_bands,
        "fmin": spec.f_min,
        "fmax": spec.f_max,
        "htk": spec.mel_scale == "htk",
        "norm": spec.norm,
        "power": spec.power,
        "center": spec.center,
        "pad_mode": spec.pad_mode,
    }
    return librosa.feature.melspectrogram(y=y, **(settings | changes))


def stretch(picture: np.ndarray, n: int) -> np.ndarray:
    """Resize in time as bilinear image resizing does: pixel centres, edges repeated."""
    at = (np.arange(n) + 0.5) * picture.shape[1] / n - 0.5
    return np.stack([np.interp(at, np.arange(picture.shape[1]), row) for row in picture])


def standardise(picture: np.ndarray) -> np.ndarray:
    """Give every channel zero mean and unit variance."""
    mean, deviation = picture.mean(axis=(1, 2)), picture.std(axis=(1, 2))
    return (picture - mean[:, None, None]) / deviation[:, None, None]


def cqt_by_definition(spec: FrontendSpec, y: np.ndarray) -> np.ndarray:
    """Correlate the sound with librosa's own filters at the full rate: no shortcuts."""
    notes = librosa.cqt_frequencies(
        n_bins=spec.n_bands, fmin=spec.f_min, bins_per_octave=spec.bins_per_octave
    )
    filters, lengths = librosa.filters.wavelet(
        freqs=notes, sr=spec.sample_rate, dtype=np.complex128
    )
    padded = np.pad(y.astype(np.float64), filters.shape[1] // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, filters.shape[1])[:: spec.hop_length]
    return np.abs(frames @ filters.conj().T * np.sqrt(lengths)).T


def reference(name: str, spec: FrontendSpec, y: np.ndarray) -> np.ndarray:
    """Return one whole network input as librosa makes it, (channels, bands, frames)."""
    if spec.kind == "mfcc":
        picture = librosa.feature.mfcc(y=y, sr=spec.sample_rate, n_mfcc=spec.n_mfcc)[None]
    elif spec.kind == "cqt":
        cqt = librosa.cqt(
            y,
            sr=spec.sample_rate,
            hop_length=spec.hop_length,
            n_bins=spec.n_bands,
            pad_mode="constant",
        )
        picture = np.log(np.abs(cqt) + spec.amin)[None]
    elif spec.kind == "stft":
        stft = librosa.stft(y, n_fft=spec.n_fft, hop_length=spec.hop_length, center=spec.center)
        picture = np.log(np.abs(stft) + spec.amin)[None]
    elif spec.kind == "mel3":
        mels = [
            melspectrogram(spec, y, win_length=w, hop_length=h)
            for w, h in zip(spec.win_lengths, spec.hop_lengths, strict=True)
        ]
        picture = np.stack([stretch(np.log(m + spec.amin), spec.frames) for m in mels])
    elif spec.log == "log":
        picture = np.log(melspectrogram(spec, y) + spec.amin)[None]
    elif spec.log == "db":
        ref = np.max if spec.normalisation == "window_max" else 1.0
        picture = librosa.power_to_db(melspectrogram(spec, y), ref=ref, top_db=spec.top_db)[None]
    else:
        picture = melspectrogram(spec, y)[None]
    if spec.normalisation == "per_channel":
        picture = standardise(picture)
    if picture.shape != spec.shape:
        raise SystemExit(f"{name}: librosa gives {picture.shape}, the front end {spec.shape}")
    return picture


def main() -> None:
    """Write the references and say how large they are."""
    y = signal()
    arrays = {}
    for name, spec in PAPER_FRONTENDS.items():
        if spec.kind == "mfcc_image":
            continue  # a plot: its colours and cells are checked against the MFCCs themselves
        window = y[: spec.window_samples]
        kept = np.unique(np.linspace(0, spec.frames - 1, KEPT_COLUMNS).round().astype(int))
        arrays[f"{name}/columns"] = kept.astype(np.int16)
        arrays[f"{name}/picture"] = reference(name, spec, window)[..., kept].astype(np.float32)
        if spec.kind == "cqt":
            arrays[f"{name}/definition"] = cqt_by_definition(spec, window)[:, kept].astype("f4")
    target = ROOT / "tests" / "features" / "references.npz"
    np.savez_compressed(target, **arrays)
    print(f"{target.relative_to(ROOT)}: {len(arrays)} arrays, {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
