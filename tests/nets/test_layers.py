"""The shared layers against the definitions they stand for."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from genredesk.nets.init import full_height_
from genredesk.nets.layers import (
    FittedPool,
    SameConv1d,
    SameConv2d,
    SamePool,
    bands_as_channels,
    max_and_mean,
)


def tensorflow_pool(x: list[float], kernel: int) -> list[float]:
    """Max pooling of stride 2, padding "same", by TensorFlow's own formula."""
    n_out = math.ceil(len(x) / 2)
    before = max((n_out - 1) * 2 + kernel - len(x), 0) // 2
    return [
        max(x[j] for j in range(2 * i - before, 2 * i - before + kernel) if 0 <= j < len(x))
        for i in range(n_out)
    ]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.sampled_from([2, 3]), st.integers(0, 1000))
def test_same_pool_is_tensorflows(n, kernel, seed):
    x = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    pool = SamePool(kernel, (1, n))
    got = pool(x.view(1, 1, 1, n))
    assert got.shape[2:] == pool.out_size
    assert got.flatten().tolist() == tensorflow_pool(x.tolist(), kernel)
    tall = SamePool(kernel, (n, 1))(x.view(1, 1, n, 1))
    assert tall.flatten().tolist() == got.flatten().tolist()


def test_same_pool_refuses_other_kernels():
    with pytest.raises(ValueError, match="only kernels 2 and 3"):
        SamePool(4, (8, 8))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize("kernel", [(10, 23), (21, 20), (4, 2), (3, 3), (1, 4)])
def test_same_convolution_is_torchs(kernel):
    ours = SameConv2d(2, 3, kernel)
    theirs = nn.Conv2d(2, 3, kernel, padding="same")
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 2, 13, 17)
    torch.testing.assert_close(ours(x), theirs(x))
    wide = SameConv1d(2, 3, kernel[1])
    reference = nn.Conv1d(2, 3, kernel[1], padding="same")
    reference.load_state_dict(wide.state_dict())
    torch.testing.assert_close(wide(x[:, :, 0]), reference(x[:, :, 0]))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 20), st.integers(1, 20))
def test_a_fitted_pool_leaves_the_size_it_says(bands, frames, high, wide):
    pool = FittedPool((high, wide), (bands, frames))
    assert pool(torch.zeros(1, 1, bands, frames)).shape[2:] == pool.out_size
    assert min(pool.out_size) >= 1


def test_a_pool_is_only_cut_where_it_does_not_fit():
    assert FittedPool((1, 20), (80, 80)).out_size == (80, 4)
    assert FittedPool((20, 1), (13, 39)).out_size == (1, 39)


def test_a_full_height_convolution_is_the_two_dimensional_one():
    flat = nn.Conv1d(2 * 16, 5, 4)
    full_height_(flat, 2, 16)
    square = nn.Conv2d(2, 5, (16, 4))
    with torch.no_grad():
        square.weight.copy_(flat.weight.view(5, 2, 16, 4))
        square.bias.copy_(flat.bias)
    x = torch.randn(3, 2, 16, 20)
    torch.testing.assert_close(flat(bands_as_channels(x)), square(x)[:, :, 0])


def test_max_and_mean():
    x = torch.tensor([[[1.0, 3.0], [0.0, -2.0]]])
    assert max_and_mean(x).tolist() == [[3.0, 0.0, 2.0, -1.0]]
