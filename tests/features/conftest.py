"""Signals for the front ends, made by formula so that references can be made from them again."""

from __future__ import annotations

import numpy as np
import pytest

RATE = 22050


def make_music(seconds: float = 8.0) -> np.ndarray:
    """Chord, bass, sweep, hits and a little noise: something in every band, (n,) float32."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    tones = [(98.0, 0.10), (220.0, 0.15), (277.2, 0.10), (329.6, 0.10), (1760.0, 0.03)]
    sound = sum(a * np.sin(2 * np.pi * f * t) for f, a in tones)
    sound += 0.1 * np.sin(2 * np.pi * (60.0 * t + 350.0 * t * t))
    hit = t % 0.5
    sound += 0.2 * np.exp(-30.0 * hit) * np.sin(2 * np.pi * 55.0 * hit)
    noise = np.random.RandomState(7).standard_normal(n)  # a stream that never changes
    sound += noise * (0.002 + 0.05 * np.exp(-40.0 * ((t + 0.25) % 0.5)))
    return sound.astype(np.float32)


def make_tone(hz: float, seconds: float, level: float = 0.5) -> np.ndarray:
    """A sine (n,) float32."""
    return (level * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype("f4")


@pytest.fixture(scope="session")
def music() -> np.ndarray:
    sound = make_music()
    sound.flags.writeable = False
    return sound


@pytest.fixture(scope="session")
def tone():
    return make_tone
