"""Block by block must be the same as all at once."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from genredesk.audio.resample import StreamResampler
from genredesk.core.levels import FLOOR_DBFS, Level, level_of

RATES = st.sampled_from([8000, 16000, 22050, 44100, 48000, 96000, 192000])


@settings(max_examples=40, deadline=None)
@given(RATES, RATES, st.integers(1, 2), st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_streaming_is_the_same_as_at_once(rate_in, rate_out, channels, sizes):
    sound = np.random.default_rng(5).standard_normal((sum(sizes), channels)).astype(np.float32)
    sound = sound[:, 0] if channels == 1 else sound
    stream = StreamResampler(rate_in, rate_out, channels)
    cuts = np.cumsum(sizes)[:-1]
    got = np.concatenate([*(stream.push(b) for b in np.split(sound, cuts)), stream.flush()])
    assert got.dtype == np.float32
    assert len(got) == pytest.approx(len(sound) * rate_out / rate_in, abs=1)
    if len(sound):
        once = soxr.resample(sound, rate_in, rate_out)
        assert np.abs(got - once[: len(got)]).max(initial=0) < 1e-4


def test_begins_anew_after_a_flush():
    stream = StreamResampler(44100, 22050)
    sound = np.sin(np.arange(9000) / 9).astype(np.float32)
    first = np.concatenate([stream.push(sound), stream.flush()])
    second = np.concatenate([stream.push(sound), stream.flush()])
    assert np.array_equal(first, second)


def test_same_rate_costs_nothing():
    block = np.ones(100, np.float32)
    stream = StreamResampler(22050, 22050)
    assert stream.push(block) is block
    assert len(stream.flush()) == 0


def test_refuses_rates_that_are_none():
    with pytest.raises(ValueError, match="positive"):
        StreamResampler(0, 22050)


def test_level():
    t = np.arange(22050) / 22050
    sine = np.sin(2 * np.pi * 440 * t).astype(np.float32)
    assert level_of(sine).rms_dbfs == pytest.approx(-3.01, abs=0.01)
    assert level_of(sine).peak_dbfs == pytest.approx(0, abs=0.01)
    assert level_of(sine * 0.1).rms_dbfs == pytest.approx(-23.01, abs=0.01)
    assert level_of(np.zeros(10, np.float32)) == Level(FLOOR_DBFS, FLOOR_DBFS)
    assert level_of(np.zeros(0, np.float32)) == Level(FLOOR_DBFS, FLOOR_DBFS)
