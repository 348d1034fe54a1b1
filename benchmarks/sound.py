"""What only a sound card shows: how soon a lost device is heard again, and whether the ear agrees.

Both use a virtual card (PulseAudio). A microphone is unplugged and plugged in again. The real
window plays noise, in which every place can be recognised, while its speakers are recorded: when
a frame is drawn, ribbon and picture have to be where the sound is.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks._card import PROGRAMS, virtual_card
from benchmarks.table import Row, at_most
from benchmarks.ui import screen, window

GROUP = "Sound card"
RATE = 44100
LOSSES = 5
AWAY_S = 1.5
"""How long the microphone is away."""
PATIENCE_S = 20.0
PIECE = 4096
SURE = 0.99
"""A piece of the recording fits its place in the noise at least so well."""
SECONDS = 6.0
NOISE_S = 20.0
SETTLE_S = 0.5
PLACES = 60
"""So many moments are looked at."""


@contextmanager
def connected(card: Any) -> Iterator[None]:
    """Lead this process to ``card``."""
    before = {name: os.environ.get(name) for name in card.env}
    os.environ.update(card.env)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _until(true: Any) -> float:
    """Wait until ``true()`` and return the moment."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the sound card does not answer")
        time.sleep(0.002)
    return time.monotonic()


def resume_rows(card: Any) -> list[Row]:
    """From the return of an unplugged microphone to its sound in the ring."""
    from genredesk.audio.sources import SourceState, open_source

    took = []
    with connected(card):
        source = open_source("mic:gd_mic", RATE // 2)
        try:
            for _ in range(LOSSES):
                _until(lambda: source.state is SourceState.RUNNING and source.ring.end > 0)
                card.unplug("gd_mic")
                _until(lambda: source.state is SourceState.LOST)
                stood = source.ring.end
                time.sleep(AWAY_S)
                card.plug_mic()
                back = time.monotonic()
                took.append(_until(lambda at=stood: source.ring.end > at) - back)
        finally:
            source.close()
    return [
        at_most(
            GROUP,
            "from the return of a lost microphone to its sound",
            max(took),
            "s",
            limit=2.0,
            note=f"longest of {LOSSES}; unplugged for {AWAY_S} s and more",
        )
    ]


class Noise:
    """Noise in which every piece can be found again."""

    def __init__(self, seconds: float) -> None:
        self.sound = (0.1 * np.random.default_rng(1).standard_normal(round(seconds * RATE))).astype(
            np.float32
        )
        self._n = 1 << int(np.ceil(np.log2(len(self.sound) + PIECE)))
        self._spectrum = np.fft.rfft(self.sound, self._n)

    def place_of(self, piece: NDArray[np.float32]) -> tuple[float, float]:
        """Return the second at which ``piece`` ends, and how well it fits there (0..1)."""
        like = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(piece, self._n)), self._n)
        at = int(np.argmax(like[: len(self.sound) - PIECE]))
        there = self.sound[at : at + PIECE]
        size = float(np.linalg.norm(there) * np.linalg.norm(piece)) + 1e-12
        return (at + PIECE) / RATE, float(there @ piece) / size


def heard_places(
    recording: Any, noise: Noise, begin: float, end: float
) -> Iterator[tuple[float, float]]:
    """Yield moments between ``begin`` and ``end``, and the second of the noise heard at each."""
    samples = recording.samples
    chunks = [c for c in recording.arrivals if begin < c[1] < end and c[0] >= PIECE]
    for count, moment in chunks[:: max(1, len(chunks) // PLACES)]:
        second, fit = noise.place_of(samples[count - PIECE : count])
        if fit > SURE:
            yield moment, second


def agree_rows(card: Any) -> list[Row]:
    """How far the ribbon's mark and the newest column are from what is heard."""
    noise = Noise(NOISE_S)
    with tempfile.TemporaryDirectory() as folder, screen(card.env) as environment:
        path = Path(folder) / "noise.wav"
        soundfile.write(path, noise.sound, RATE, subtype="FLOAT")
        with card.listen() as recording:
            said, _ = window(environment, "agree", str(SECONDS), str(path))
    shown = np.array(said["shown"])  # (moment, ribbon, picture), one row a frame
    heard = np.array(list(heard_places(recording, noise, shown[0, 0] + SETTLE_S, shown[-1, 0])))
    if len(heard) < 2:
        raise ValueError("nothing that was played could be recognised in the recording")
    moments = shown[:, 0]
    during = shown[(moments >= heard[0, 0]) & (moments <= heard[-1, 0])]
    ears = np.interp(during[:, 0], *heard.T)
    note = f"{len(during)} frames, each at the moment it was drawn"
    rows = []
    for column, name in ((1, "ribbon"), (2, "picture")):
        off = 1000 * float(np.percentile(np.abs(during[:, column] - ears), 95))
        label = f"{name} against what comes out of the speakers, p95"
        rows.append(at_most(GROUP, label, off, "ms", limit=50, note=note))
    return rows


def rows() -> list[Row]:
    """Measure both; without PulseAudio there is nothing to measure."""
    with virtual_card() as card:
        if card is None:
            note = f"no virtual sound card: one of {', '.join(PROGRAMS)} is not installed"
            return [Row(GROUP, "sound card", 0.0, "", note=note)]
        return [*resume_rows(card), *agree_rows(card)]
