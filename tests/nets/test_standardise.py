"""Standardisation: statistics in one pass, and the wrapper that carries them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genredesk.nets import registry
from genredesk.nets.network import count
from genredesk.nets.standardise import Standardised, statistics

SHAPE = (1, 16, 12)


def net():
    return registry.get("live").build(*SHAPE, 3).eval()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=4), st.sampled_from([1e-6, 1.0, 1e6]))
def test_statistics_in_pieces_are_those_of_the_whole(sizes, scale):
    rng = np.random.default_rng(sum(sizes))
    batches = [(rng.normal(3, 2, (n, 2, 5, 6)) * scale).astype(np.float32) for n in sizes]
    whole = np.concatenate(batches).astype(np.float64)
    for scaling, axes in (("global", (0, 1, 2, 3)), ("band", (0, 3)), ("column", (0, 1, 2))):
        mean, std = statistics(iter(batches), scaling)
        np.testing.assert_allclose(mean, whole.mean(axes, keepdims=True)[0], rtol=1e-5)
        expected = whole.std(axes, keepdims=True)[0]
        if scale == 1e-6:
            continue  # under the floor: left unscaled
        np.testing.assert_allclose(std, expected, rtol=1e-5)
        assert mean.dtype == std.dtype == np.float32


def test_a_band_that_never_moves_is_not_blown_up():
    x = np.zeros((4, 1, 3, 5), np.float32)
    x[:, :, 1] = 7.0
    x[:, :, 2] = np.random.default_rng(0).normal(0, 2, (4, 1, 5))
    mean, std = statistics([x], "band")
    assert mean[0, :2, 0].tolist() == [0.0, 7.0]
    assert std[0, :2, 0].tolist() == [1.0, 1.0]
    assert std[0, 2, 0] > 1


@pytest.mark.parametrize("scaling", ["none", "sample"])
def test_some_scalings_have_nothing_to_fit(scaling):
    mean, std = statistics([], scaling)
    assert (mean.item(), std.item()) == (0.0, 1.0)


def test_no_windows_is_an_error():
    with pytest.raises(ValueError, match="no training windows"):
        statistics([], "band")


@pytest.mark.parametrize("shape", [(), (16,), (1, 16), (1, 16, 1), (1, 1, 12), (1, 16, 12)])
def test_the_wrapper_broadcasts_each_kind_of_statistics(shape):
    rng = np.random.default_rng(1)
    mean, std = rng.normal(size=shape), rng.uniform(1, 2, size=shape)
    wrapped = Standardised(net(), mean, std)
    x = torch.randn(2, *SHAPE)
    grid = shape if len(shape) == 3 else (1, *shape[-1:], 1) if shape else (1, 1, 1)
    expected = (x.numpy() - mean.reshape(grid)) / std.reshape(grid)
    np.testing.assert_allclose(wrapped.standardise(x).numpy(), expected, rtol=1e-5, atol=1e-5)


def test_the_wrapper_answers_as_the_network_behind_it():
    inner = net()
    wrapped = Standardised(inner, np.full((16,), 2.0), np.full((16,), 4.0))
    x = torch.randn(2, *SHAPE)
    with torch.inference_mode():
        for ours, theirs in zip(wrapped(x), inner((x - 2) / 4), strict=True):
            torch.testing.assert_close(ours, theirs)
    assert wrapped.last_layer() is inner.head
    assert wrapped.penalty().item() == 0
    assert count(wrapped) == count(inner)
    wrapped.new_head(5)
    assert wrapped(x)[0].shape == (2, 5)
    assert {"mean", "std"} <= set(wrapped.state_dict())


def test_a_zero_deviation_divides_by_one():
    wrapped = Standardised(net(), 1.0, 0.0)
    assert wrapped.standardise(torch.full((1, *SHAPE), 3.0)).unique().tolist() == [2.0]


def test_per_sample_takes_out_level_and_spread_of_each_sample():
    wrapped = Standardised(net(), per_sample=True)
    x = torch.randn(2, *SHAPE) * torch.tensor([5.0, 0.1]).view(2, 1, 1, 1) + 9
    y = wrapped.standardise(x)
    torch.testing.assert_close(y.mean((2, 3)), torch.zeros(2, 1), atol=1e-4, rtol=0)
    torch.testing.assert_close(y.std((2, 3), correction=0), torch.ones(2, 1), atol=1e-3, rtol=0)
    silent = wrapped.standardise(torch.full((1, *SHAPE), -80.0))
    assert silent.abs().max() < 1e-3


def test_statistics_of_too_many_axes_are_refused():
    with pytest.raises(ValueError, match="do not fit one window"):
        Standardised(net(), np.zeros((1, 1, 1, 1)))
