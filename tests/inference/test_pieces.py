"""Cutting a stream into windows: the same windows as from the whole sound, memory flat."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genredesk.core import levels
from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL, FrontendSpec
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.inference.pieces import WindowBatch, hop_columns, pieces

SMALL = FrontendSpec(
    kind="mel", n_fft=256, win_length=256, hop_length=100, n_bands=8, frames=10,
    top_db=80.0, normalisation="window_max",
)  # fmt: skip
CENTRED = FrontendSpec.from_dict(SMALL.to_dict() | {"center": True})

RNG = np.random.default_rng(3)
NOISE = (0.1 * RNG.standard_normal(22050 * 20)).astype(np.float32)


def cut(sound: np.ndarray, sizes: list[int]) -> Iterator[np.ndarray]:
    """Cut ``sound`` into blocks of the sizes, over and over."""
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(sound):
            return
        yield sound[at : at + size]
        at += size


def joined(found: list[WindowBatch]) -> WindowBatch:
    return WindowBatch(
        np.concatenate([p.starts for p in found]),
        np.concatenate([p.features for p in found]),
        np.concatenate([p.levels for p in found]),
    )


def check(spec: FrontendSpec, sound: np.ndarray, got: WindowBatch) -> None:
    """Compare with windows and levels taken from the whole sound."""
    for start, features, level in zip(got.starts, got.features, got.levels, strict=True):
        window = sound[start : start + spec.window_samples]
        np.testing.assert_allclose(features, frontend.window(spec, window), atol=2e-3)
        assert level == pytest.approx(levels.level_dbfs(window), abs=1.0)


@pytest.mark.parametrize("spec", [SMALL, CENTRED], ids=["shared", "chunks"])
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=5), st.integers(2000, 20_000))
@settings(max_examples=30, deadline=None)
def test_the_blocks_do_not_matter(spec, sizes, n):
    sound = NOISE[:n]
    whole = joined(list(pieces(spec, [sound], 0.05, batch=4)))
    parts = joined(list(pieces(spec, cut(sound, sizes), 0.05, batch=4)))
    np.testing.assert_array_equal(whole.starts, parts.starts)
    np.testing.assert_allclose(whole.features, parts.features, atol=1e-3)
    np.testing.assert_allclose(whole.levels, parts.levels, atol=1e-3)
    check(spec, sound, parts)


@pytest.mark.parametrize("spec", [SMALL, CENTRED], ids=["shared", "chunks"])
@given(st.integers(1, 30_000), st.floats(0.001, 2.0), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_the_whole_sound_is_covered(spec, n, hop_s, batch):
    found = list(pieces(spec, cut(NOISE[:n], [777]), hop_s, batch=batch))
    starts = np.concatenate([p.starts for p in found])
    assert all(len(p.starts) == len(p.features) == len(p.levels) <= batch for p in found)
    assert starts[0] == 0
    hop = hop_columns(spec, hop_s) * spec.hop_length
    if n >= spec.window_samples:
        steps = np.diff(starts)
        assert (steps[:-1] == hop).all()
        assert all(hop / 2 - spec.hop_length <= s <= hop for s in steps[-1:])
        assert n - (starts[-1] + spec.window_samples) < hop / 2 + spec.hop_length
        assert starts[-1] + spec.window_samples <= n


@pytest.mark.parametrize("name", sorted(PAPER_FRONTENDS))
def test_every_front_end_of_the_papers(name):
    spec = PAPER_FRONTENDS[name]
    hop_s = spec.window_s / 3
    n = int(2.2 * spec.window_samples)
    sound = np.resize(NOISE, n) * np.linspace(0.1, 1, n, dtype=np.float32)
    got = joined(list(pieces(spec, cut(sound, [65536]), hop_s)))
    assert len(got.starts) >= 4
    assert got.features.shape[1:] == spec.shape
    assert got.features.dtype == np.float32
    check(spec, sound, got)


def test_a_sound_shorter_than_a_window_is_repeated():
    sound = NOISE[:1000]
    (piece,) = pieces(LIVE_MEL, [sound[:400], sound[400:]], 1.0)
    expected = frontend.window(LIVE_MEL, np.resize(sound, LIVE_MEL.window_samples))
    np.testing.assert_array_equal(piece.features[0], expected)
    assert piece.starts.tolist() == [0]
    assert piece.levels[0] == pytest.approx(levels.level_dbfs(sound))


@pytest.mark.parametrize("spec", [SMALL, CENTRED], ids=["shared", "chunks"])
def test_one_sample_and_none(spec):
    assert len(list(pieces(spec, [NOISE[:1]], 1.0))) == 1
    assert list(pieces(spec, [], 1.0)) == []
    assert list(pieces(spec, [NOISE[:0]], 1.0)) == []


def test_the_hop_is_whole_columns():
    assert hop_columns(LIVE_MEL, 1.0) == 13
    assert hop_columns(LIVE_MEL, 0.01) == 1
    assert hop_columns(LIVE_MEL, None) == 39  # a window's columns
    with pytest.raises(ValueError, match="not positive"):
        hop_columns(LIVE_MEL, 0.0)


def test_levels_of_loud_and_silent_stretches():
    sound = np.concatenate([NOISE[:88200], np.zeros(176400, np.float32) + 0.2, NOISE[:88200]])
    got = joined(list(pieces(LIVE_MEL, cut(sound, [4096]), 1.0)))
    loud = got.levels > -60
    middle = (got.starts > 90_000) & (got.starts + LIVE_MEL.window_samples < 260_000)
    assert middle.any()
    assert not loud[middle].any()  # a constant offset is silence
    assert loud[0]
    assert loud[-1]


def _peak(spec: FrontendSpec, minutes: int) -> int:
    """Most memory held while ``minutes`` of sound go through, in bytes."""
    block = NOISE[:65536]
    blocks = itertools.repeat(block, minutes * 60 * 22050 // len(block))
    tracemalloc.start()
    try:
        n = sum(len(p.starts) for p in pieces(spec, blocks, 1.0))
        assert n >= minutes * 59 - 5
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("center", [False, True], ids=["shared", "chunks"])
def test_memory_does_not_grow_with_the_length(center):
    spec = FrontendSpec.from_dict(LIVE_MEL.to_dict() | {"center": center})
    _peak(spec, 1)  # tables that are kept
    short = _peak(spec, 2)
    assert _peak(spec, 20) < short + 200_000
