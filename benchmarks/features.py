"""Front ends: how fast sound becomes pictures, on one thread, beside librosa's own."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable

import numpy as np

from benchmarks.table import Row, at_least, at_most, best_of
from genredesk.features import frontend
from genredesk.features.frontend import DISPLAY_MEL, LIVE_MEL
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.spec import FrontendSpec
from genredesk.features.stream import FrontendStream

GROUP = "Front ends"
RATE = 22050
SONG_S = 180
PART_S = 30  # for the front ends that are windows by nature
IMPORT_MS = 60.0


def _sound(seconds: float) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(int(seconds * RATE))).astype(np.float32)


def _librosa(spec: FrontendSpec, sound: np.ndarray) -> Callable[[], object] | None:
    """Return the same picture made by librosa, where it has one."""
    import librosa

    if spec.kind == "stft":
        return lambda: np.log(
            np.abs(librosa.stft(sound, n_fft=spec.n_fft, hop_length=spec.hop_length, center=False))
            + spec.amin
        )
    if spec.kind == "cqt":
        return lambda: np.abs(
            librosa.cqt(sound, sr=RATE, hop_length=spec.hop_length, n_bins=spec.n_bands)
        )
    if spec.kind == "mfcc":
        return lambda: librosa.feature.mfcc(y=sound, sr=RATE, n_mfcc=spec.n_mfcc)
    if spec.kind != "mel":
        return None

    def mel() -> np.ndarray:
        power = librosa.feature.melspectrogram(
            y=sound,
            sr=RATE,
            n_fft=spec.n_fft,
            hop_length=spec.hop_length,
            n_mels=spec.n_bands,
            power=spec.power,
            center=spec.center,
        )
        return librosa.power_to_db(power, top_db=None) if spec.log == "db" else np.log(power + 1e-6)

    return mel


def _whole(name: str, spec: FrontendSpec) -> Row:
    """Return how many times faster than the sound plays one thread makes its picture."""
    seconds = PART_S if spec.kind in {"cqt", "mel3", "mfcc_image"} else SONG_S
    sound = _sound(seconds)
    if spec.kind in {"mel3", "mfcc_image"}:
        starts = range(0, len(sound) - spec.window_samples + 1, spec.window_samples)
        ours = best_of(lambda: frontend.windows(spec, sound, list(starts)))
    else:
        ours = best_of(lambda: frontend.normalise(spec, frontend.columns(spec, sound)))
    theirs = _librosa(spec, sound)
    note = f"{seconds} s of sound in {ours * 1e3:.0f} ms"
    if theirs is None:
        return Row(GROUP, name, seconds / ours, "× real time", note=note)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        librosa_s = best_of(theirs)
    note += f"; librosa {librosa_s * 1e3:.0f} ms"
    return Row(GROUP, name, seconds / ours, "× real time", note=note)


def _live() -> list[Row]:
    window = _sound(LIVE_MEL.window_s + 1)
    one = best_of(lambda: frontend.window(LIVE_MEL, window), 50)
    stream, block = FrontendStream(DISPLAY_MEL), _sound(1 / 30)
    push = best_of(lambda: [stream.push(block) for _ in range(30)], 20)
    return [
        Row(GROUP, "one live window (3 s)", one * 1e3, "ms"),
        Row(GROUP, "scrolling picture, 30 pushes a second", push * 100, "% of one core"),
    ]


def _against_librosa() -> Row:
    """Return the margin on the bundled models' front end, in the same run."""
    sound = _sound(SONG_S)
    theirs = _librosa(LIVE_MEL, sound)
    assert theirs is not None
    ours = best_of(lambda: frontend.columns(LIVE_MEL, sound))
    return at_least(
        GROUP, "live-mel against librosa", best_of(theirs) / ours, "× as fast", limit=1.3
    )


def _import_ms() -> Row:
    """Return what importing the room adds to a process that has numpy."""
    code = (
        "import time, numpy; t = time.perf_counter(); "
        "import genredesk.features.papers, genredesk.features.stream; "
        "print((time.perf_counter() - t) * 1e3)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return at_most(GROUP, "import beyond numpy", min(times), "ms", limit=IMPORT_MS)


def rows() -> list[Row]:
    """Return the rows of all front ends."""
    table = [_whole(name, spec) for name, spec in PAPER_FRONTENDS.items()]
    return [*table, *_live(), _against_librosa(), _import_ms()]
