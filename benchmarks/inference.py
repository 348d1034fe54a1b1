"""What naming costs: from the last sample to the scores, one window, a whole file.

Everything on one thread, in a process of its own; the two sides of every ratio take turns, so
that a busy machine slows both.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.table import Row, at_least, at_most, median_of
from genredesk.audio.decode import decode
from genredesk.audio.source import SourceBase, SourceInfo
from genredesk.core.job import JobContext
from genredesk.core.scores import Scores
from genredesk.features import frontend
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.inference.engine import LiveEngine
from genredesk.inference.pieces import hop_columns
from genredesk.inference.runtime import Runtime, golden, open_runtime, quicker
from genredesk.inference.track import analyse_track

LIVE_S = 12.0
LIVE_HOP_S = 0.1
BLOCK = 512
SONG_S = 180
TURNS = 5


def music(seconds: float, rate: int) -> NDArray[np.float32]:
    """Return made-up music, ``(n,)``: a bass, changing chords and a noisy beat."""
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * rate)) / rate
    root = 110 * 2 ** (np.array([0, 5, 7, 3])[(t // 2).astype(int) % 4] / 12)
    phase = 2 * np.pi * np.cumsum(root) / rate
    chord = sum(np.sin(k * phase) / k for k in (1, 2, 2.52, 3, 4, 6, 8))
    beat = np.exp(-8 * (t % 0.5)) * rng.standard_normal(len(t))
    return (0.12 * chord + 0.15 * beat).astype(np.float32)


# ---------------------------------------------------------------- live


class _Feed(SourceBase):
    """Sound that arrives in real time, and when each sample did."""

    def __init__(self, sound: NDArray[np.float32], rate: int, ready: int) -> None:
        super().__init__(SourceInfo("made-up", "made-up:", "made-up music"), rate, None)
        self.arrived: list[tuple[int, float]] = []
        self._sound = sound
        self.ring.write(sound[:ready])

    def play(self) -> None:
        """Write the rest block by block, as a microphone does."""
        begin, first = time.perf_counter(), self.ring.end
        for start in range(first, len(self._sound), BLOCK):
            block = self._sound[start : start + BLOCK]
            due = begin + (start + len(block) - first) / self.sample_rate
            time.sleep(max(0.0, due - time.perf_counter()))
            self.arrived.append((start + len(block), time.perf_counter()))
            self.ring.write(block)


def latencies(bundle: Bundle) -> NDArray[np.float64]:
    """Return milliseconds from the arrival of a window's last sample to its scores, ``(n,)``."""
    spec = bundle.card.frontend
    sound = music(LIVE_S + spec.window_s, spec.sample_rate)
    source = _Feed(sound, spec.sample_rate, spec.window_samples)
    told: list[tuple[float, float]] = []
    first = threading.Event()

    def on_scores(scores: Scores, *_: object) -> None:
        told.append((time.perf_counter(), scores.end))
        first.set()

    with LiveEngine(on_scores, hop_s=LIVE_HOP_S) as engine:
        engine.set_bundle(bundle)
        engine.set_source(source)
        if not first.wait(30):
            raise RuntimeError("the engine did not answer")
        source.play()
        time.sleep(0.2)
    indices = np.array([index for index, _ in source.arrived])
    found = []
    for at, end in told[1:]:
        block = int(np.searchsorted(indices, round(end * spec.sample_rate)))
        found.append(1000 * (at - source.arrived[block][1]))
    expected = int(LIVE_S / LIVE_HOP_S) - 1
    if len(found) < 0.9 * expected:
        raise RuntimeError(f"only {len(found)} of {expected} windows were answered")
    return np.array(found)


def live_rows(bundle: Bundle) -> list[Row]:
    """Measure the engine on sound that comes in real time."""
    ms = latencies(bundle)
    note = f"{bundle.id}, {len(ms)} windows, {LIVE_HOP_S:g} s apart"
    return [
        at_most(
            "Live",
            "last sample of a window → scores signalled, p95",
            float(np.percentile(ms, 95)),
            "ms",
            limit=30,
            note=note,
        ),
        Row("Live", "the same, median", float(np.median(ms)), "ms", note=note),
    ]


# ---------------------------------------------------------------- one window


def window_rows(bundle: Bundle, runtime: Runtime) -> list[Row]:
    """Measure front end and network on one window and on a batch."""
    spec = bundle.card.frontend
    sound = golden.signal(spec.window_samples, spec.sample_rate)
    picture = golden.features(bundle.card)[None]
    batch = np.repeat(picture, 32, axis=0)
    front = 1000 * median_of(lambda: frontend.window(spec, sound), 50)
    one = 1000 * median_of(lambda: runtime.run(picture), 50)
    many = 1000 * median_of(lambda: runtime.run(batch), 9) / len(batch)
    group, name = "One window", f"{bundle.id}: network"
    return [
        Row(group, f"{bundle.id}: front end", front, "ms"),
        at_most(group, name, one, "ms", limit=2) if bundle.shipped else Row(group, name, one, "ms"),
        Row(group, f"{bundle.id}: network, 32 at once", many, "ms"),
    ]


def published_row(bundle: Bundle, mine: Bundle) -> Row:
    """Measure a fetched network in 8 bits, the form it is taken in, against the default in 32."""
    theirs, ours = quicker.measure(bundle), quicker.measure(mine)
    full, small = theirs.full_ms / ours.full_ms, theirs.small_ms / ours.small_ms
    return at_most(
        "One window", f"{bundle.id}, in windows of {mine.id} in 32 bits",
        theirs.small_ms / ours.full_ms, "×", limit=12,
        note=f"{theirs.small_ms:.1f} ms; both in 32 bits {full:.1f} ×, both in 8 {small:.1f} ×",
    )  # fmt: skip


# ---------------------------------------------------------------- whole files


def _librosa_torch(path: Path, bundle: Bundle) -> Callable[[], object]:
    """Return the pipeline most people write: librosa for sound and mel, torch for the network."""
    import librosa
    import torch

    from genredesk.training.network.rebuild import network_of

    torch.set_num_threads(1)
    net, spec = network_of(bundle), bundle.card.frontend
    hop = hop_columns(spec, None)

    def run() -> object:
        sound, _ = librosa.load(path, sr=spec.sample_rate)
        mel = librosa.feature.melspectrogram(
            y=sound, sr=spec.sample_rate, n_fft=spec.n_fft, hop_length=spec.hop_length,
            n_mels=spec.n_bands, center=False,
        )  # fmt: skip
        picture = librosa.power_to_db(mel, top_db=None).astype(np.float32)
        starts = range(0, picture.shape[1] - spec.frames + 1, hop)
        windows = np.stack([picture[None, :, s : s + spec.frames] for s in starts])
        windows -= windows.max(axis=(1, 2, 3), keepdims=True)
        np.maximum(windows, -80, out=windows)
        with torch.inference_mode():
            logits, _ = net(torch.from_numpy(windows))
        return logits.softmax(1).mean(0).numpy()

    return run


def _take_turns(*jobs: Callable[[], object]) -> list[float]:
    """Return the shortest processor time of each job over some turns, in seconds."""
    best = [float("inf")] * len(jobs)
    for _ in range(TURNS):
        for i, job in enumerate(jobs):
            begin = time.process_time()
            job()
            best[i] = min(best[i], time.process_time() - begin)
    return best


def file_rows(bundle: Bundle, runtime: Runtime) -> list[Row]:
    """Measure an MP3 from disk to decision against decoding alone and against librosa + torch."""
    rate = bundle.card.frontend.sample_rate
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mp3"
        left = music(SONG_S, 44100)
        soundfile.write(path, np.stack([left, np.roll(left, 441)], axis=1), 44100)
        only, whole, others = _take_turns(
            lambda: sum(len(block) for block in decode(path, rate)),
            lambda: analyse_track(path, bundle, runtime, JobContext()),
            _librosa_torch(path, bundle),
        )
    group = "Whole files"
    name = f"{SONG_S} s of stereo MP3, {bundle.id}"
    return [
        Row(group, f"{name}: decode and resample alone", SONG_S / only, "× real time"),
        Row(group, f"{name}: to the decision", SONG_S / whole, "× real time"),
        at_least(
            group, f"{name}: speed against decoding alone", only / whole, "×", limit=0.65,
            note="one thread, processor time, best of 5",
        ),
        at_least(
            group, f"{name}: speed against librosa + torch", others / whole, "×", limit=1.3,
            note="librosa.load, librosa mel, torch eager; the same windows",
        ),
    ]  # fmt: skip


def rows() -> list[Row]:
    """Measure every installed bundle that listens to 3 s; the engine with the default one."""
    found = live_rows(bundles.default_bundle())
    for bundle in bundles.installed():
        runtime = open_runtime(bundle)
        found += window_rows(bundle, runtime)
        if bundle.id == bundles.default_bundle().id:
            found += file_rows(bundle, runtime)
        if not bundle.shipped and bundle.card.eight_bits is not None:
            found.append(published_row(bundle, bundles.default_bundle()))
        runtime.close()
    return found
