"""The player on a real PortAudio stream: what comes out of the speakers, and when."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.audio.sources.file import FileSource

pytestmark = pytest.mark.soundcard
RATE = 44100


def wait(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def noise(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """Ten seconds of noise: every 20 ms of it sound different, so a place can be recognised."""
    sound = (np.random.default_rng(1).standard_normal(10 * RATE) * 0.1).astype(np.float32)
    path = tmp_path / "noise.wav"
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return path, sound


def place_of(piece: np.ndarray, sound: np.ndarray) -> tuple[int, float]:
    """Where in ``sound`` the ``piece`` lies (first sample), and how well it fits (0..1)."""
    n = 1 << int(np.ceil(np.log2(len(sound) + len(piece))))
    like = np.fft.irfft(np.fft.rfft(sound, n) * np.conj(np.fft.rfft(piece, n)), n)
    at = int(np.argmax(like[: len(sound) - len(piece)]))
    there = sound[at : at + len(piece)]
    fit = float(there @ piece / (np.linalg.norm(there) * np.linalg.norm(piece) + 1e-12))
    return at, fit


def test_position_is_what_is_heard(sound_card, noise):
    path, sound = noise
    shown = []
    with sound_card.listen() as recording:
        source = FileSource(path, 22050)
        try:
            wait(lambda: source.position() > 0.5)
            while source.position() < 5:
                shown.append((time.monotonic(), source.position()))
                time.sleep(0.02)
            assert source.message == ""
        finally:
            source.close()
    heard = recording.samples
    differences = []
    for count, moment in recording.arrivals:
        if count < 4096 or not shown[0][0] < moment < shown[-1][0]:
            continue
        at, fit = place_of(heard[count - 4096 : count], sound)
        assert fit > 0.99, "what comes out is not the file"
        position = np.interp(moment, *np.array(shown).T)
        differences.append((at + 4096) / RATE - position)
    assert len(differences) > 20
    assert np.percentile(np.abs(differences), 95) < 0.05
