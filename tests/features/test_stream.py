"""Streamed columns are the columns of the whole sound, however it is cut."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genredesk.features import frontend
from genredesk.features.frontend import DISPLAY_MEL, LIVE_MEL
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.stream import FrontendStream

STREAMED = {
    name: spec
    for name, spec in {**PAPER_FRONTENDS, "display-mel": DISPLAY_MEL}.items()
    if spec.kind != "mel3"
}
DB_PER_UNIT = {"db": 1.0, "log": 20 / np.log(10)}


def by_definition(spec, sound):
    """Column k covers [k * hop, k * hop + n_fft)."""
    return frontend.columns_at(
        spec, sound, np.arange(0, len(sound) - spec.n_fft + 1, spec.hop_length)
    )


def stream(spec, blocks):
    flow = FrontendStream(spec)
    parts = [flow.push(block) for block in blocks]
    whole = np.concatenate(parts, axis=-1)
    assert flow.columns == whole.shape[-1]
    return whole


@pytest.mark.parametrize("name", sorted(STREAMED))
@pytest.mark.parametrize("block", [512, 441, 5000, 30_000])
def test_stream_equals_batch(name, block, music):
    spec = STREAMED[name]
    got = stream(spec, np.split(music, range(block, len(music), block)))
    expected = by_definition(spec, music)
    assert got.shape == expected.shape
    assert got.dtype == np.float32
    if spec.log == "none":
        np.testing.assert_allclose(got, expected, rtol=1e-5)
    else:
        assert np.abs(got - expected).max() * DB_PER_UNIT[spec.log] <= 1e-4


@pytest.mark.parametrize("name", sorted(n for n, s in STREAMED.items() if s.streamable))
def test_a_window_is_a_run_of_stream_columns(name, music):
    spec = STREAMED[name]
    columns = stream(spec, np.array_split(music, 37))
    for first in (0, 3):
        run = columns[..., first : first + spec.frames]
        expected = frontend.window(spec, music[first * spec.hop_length :])
        np.testing.assert_allclose(frontend.normalise(spec, run), expected, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 30_000), max_size=40),
    hz=st.floats(30, 10_000),
    spec=st.sampled_from([LIVE_MEL, DISPLAY_MEL, PAPER_FRONTENDS["mel256"]]),
)
def test_any_cut(cuts, hz, spec):
    """A pure tone: its quiet bands show every rounding of the FFT."""
    sound = np.sin(2 * np.pi * hz * np.arange(30_000) / 22050).astype(np.float32)
    got = stream(spec, np.split(sound, sorted(cuts)))
    expected = by_definition(spec, sound)
    assert np.abs(got - expected).max() * DB_PER_UNIT[spec.log] <= 1e-4


@pytest.mark.parametrize(("hop", "n_fft"), [(3000, 1024), (1024, 1024), (1, 64), (7000, 64)])
def test_hops_longer_and_shorter_than_a_frame(hop, n_fft, music):
    spec = dataclasses.replace(
        DISPLAY_MEL, hop_length=hop, n_fft=n_fft, win_length=n_fft, n_bands=20, frames=2
    )
    sound = music[:20_000]
    for block in (1, 100, 2999, 8000) if hop > 1 else (100, 8000):
        blocks = np.split(sound, range(block, len(sound), block))
        np.testing.assert_allclose(stream(spec, blocks), by_definition(spec, sound), atol=1e-4)


def test_no_column_before_its_last_sample():
    flow = FrontendStream(LIVE_MEL)
    sound = np.ones(LIVE_MEL.n_fft + LIVE_MEL.hop_length, np.float32)
    assert flow.push(sound[: LIVE_MEL.n_fft - 1]).shape == (1, 128, 0)
    assert flow.push(sound[:1]).shape == (1, 128, 1)
    assert flow.push(sound[: LIVE_MEL.hop_length - 1]).shape == (1, 128, 0)
    assert flow.push(sound[:0]).shape == (1, 128, 0)
    assert flow.push(sound[:1]).shape == (1, 128, 1)
    assert flow.columns == 2


def test_reset_forgets(music):
    flow = FrontendStream(LIVE_MEL)
    flow.push(music[1000:8000])
    flow.reset()
    assert flow.columns == 0
    np.testing.assert_array_equal(flow.push(music), by_definition(LIVE_MEL, music))


def test_bad_samples_in_a_block_are_silence(music):
    broken = music[:40_000].copy()
    broken[3000:3100] = np.nan
    mended = np.nan_to_num(broken, nan=0.0)
    blocks = np.split(broken, range(512, len(broken), 512))
    got = stream(DISPLAY_MEL, blocks)
    np.testing.assert_allclose(got, by_definition(DISPLAY_MEL, mended), atol=1e-4)


def test_memory_stays_flat(music):
    flow = FrontendStream(LIVE_MEL)
    for _ in range(300):
        flow.push(music[:512])
        assert flow.held <= LIVE_MEL.n_fft


def test_the_blocks_may_be_used_again(music):
    """A sound card's buffer is overwritten as soon as push returns."""
    flow, buffer = FrontendStream(DISPLAY_MEL), np.empty(700, np.float32)
    parts = []
    for first in range(0, 35_000, 700):
        buffer[:] = music[first : first + 700]
        parts.append(flow.push(buffer))
        buffer[:] = 9.0
    expected = by_definition(DISPLAY_MEL, music[:35_000])
    np.testing.assert_allclose(np.concatenate(parts, axis=-1), expected, atol=1e-4)


def test_three_hops_cannot_stream():
    with pytest.raises(ValueError, match="three-channel"):
        FrontendStream(PAPER_FRONTENDS["kth-mel3"])
