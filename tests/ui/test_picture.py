"""The picture's reader: every column once, gaps marked, a jump begins anew."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from genredesk.audio.held import HeldSound
from genredesk.audio.ring import RingBuffer
from genredesk.features.axes import MEL_REFERENCE_DB, display_axis
from genredesk.features.frontend import DISPLAY_MEL, columns
from genredesk.ui.listen.spectrogram_feed import Gap, Sound, SpectrogramFeed, display_spec

RATE = 22050


class RingSource:
    """A source that is nothing but a ring."""

    sample_rate = RATE

    def __init__(self, seconds: float = 40.0) -> None:
        self.ring = RingBuffer(round(seconds * RATE))

    def now(self) -> int:
        return self.ring.end

    def time_of(self, index: int) -> float:
        return index / RATE


def feed(source: RingSource, **options: float) -> SpectrogramFeed:
    return SpectrogramFeed(source, display_axis("mel", RATE), **options)


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def drain(picture: SpectrogramFeed) -> list:
    pieces = []
    while picture.behind:
        pieces += picture.pull()
    return pieces


def test_small_steps_give_the_same_columns_as_the_whole():
    source = RingSource()
    picture = feed(source)
    sound = noise(5)
    drawn = []
    for begin in range(0, len(sound), 735):
        source.ring.write(sound[begin : begin + 735])
        drawn += [piece.columns for piece in picture.pull()]
    whole = columns(DISPLAY_MEL, sound)[0] - MEL_REFERENCE_DB
    np.testing.assert_allclose(np.concatenate(drawn, axis=1), whole, atol=1e-3)


def test_one_call_never_computes_more_than_a_second():
    source = RingSource()
    picture = feed(source)
    source.ring.write(noise(6))
    widths = []
    while picture.behind:
        widths.append(sum(piece.columns.shape[1] for piece in picture.pull()))
    assert len(widths) == 6
    assert max(widths) <= RATE / DISPLAY_MEL.hop_length + 1


def test_a_gap_is_marked_where_it_is():
    source = RingSource()
    picture = feed(source)
    source.ring.write(noise(0.5))
    source.ring.mark_gap()
    source.ring.write(noise(0.4, 2))
    pieces = drain(picture)
    kinds = [type(p).__name__ for p in pieces]
    assert kinds == ["Sound", "Gap", "Sound"]
    assert pieces[1].seconds == pytest.approx(0.5, abs=1e-3)
    fresh = columns(DISPLAY_MEL, noise(0.4, 2))[0] - MEL_REFERENCE_DB
    np.testing.assert_allclose(pieces[2].columns, fresh, atol=1e-3)


def test_after_a_long_absence_only_what_fits_is_drawn():
    source = RingSource()
    picture = feed(source, view_s=12.0)
    source.ring.write(noise(30))
    pieces = drain(picture)
    assert isinstance(pieces[0], Gap)
    assert pieces[0].seconds == pytest.approx(18.0)
    assert all(isinstance(p, Sound) for p in pieces[1:])
    drawn = sum(p.columns.shape[1] for p in pieces[1:])
    assert drawn == pytest.approx(12 * RATE / DISPLAY_MEL.hop_length, abs=6)


def test_a_full_scale_tone_is_about_zero_decibels():
    source = RingSource()
    picture = feed(source)
    t = np.arange(RATE) / RATE
    source.ring.write(np.sin(2 * np.pi * 440 * t).astype(np.float32))
    assert max(p.columns.max() for p in drain(picture)) == pytest.approx(0, abs=1.0)


def test_another_rate_keeps_the_pace():
    spec = display_spec(44100)
    assert spec.hop_length / 44100 == pytest.approx(DISPLAY_MEL.hop_s, rel=1e-3)
    assert spec.f_max <= 22050
    assert display_spec(RATE) is DISPLAY_MEL
    assert dataclasses.replace(spec, sample_rate=RATE) != spec


def test_held_sound_is_found_by_its_time_and_the_oldest_goes():
    held = HeldSound(1000, seconds=10.0)
    t = np.arange(1000) / 1000
    for second in range(14):
        held.write(100.0 + second + 0.0004 * (second % 2), np.full(1000, second / 100, np.float32))
    assert held.start == pytest.approx(104.0)
    assert held.end == pytest.approx(114.0)
    np.testing.assert_allclose(held.read(108.0, 109.0), 0.08, atol=1e-4)
    assert len(held.read(0, 103)) == 0
    assert len(held.read(113.5, 200)) == 500
    held.write(120.0, np.sin(t).astype(np.float32))  # six seconds were not heard
    assert held.end == pytest.approx(121.0)
    assert not held.read(115.0, 119.9).any()
    np.testing.assert_allclose(held.read(120.0, 121.0), np.sin(t), atol=1e-4)
