"""The pictures a person looks at: four axes that agree about a tone, and what a timeline keeps."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.core.notes import note_name
from genredesk.features.axes import AXES, AxisStream, display_axis
from genredesk.features.pyramid import STEP_DB, UNKNOWN, Pyramid, decibels, quantised

RATE = 22050


@pytest.mark.parametrize("name", AXES)
def test_a_full_scale_tone_lies_at_its_pitch_near_zero_decibels(name):
    axis = display_axis(name, RATE)
    stream = AxisStream(axis)
    t = np.arange(2 * RATE) / RATE
    columns = stream.push(np.sin(2 * np.pi * 440 * t).astype(np.float32))
    assert columns.shape[0] == len(axis.frequencies)
    mean = columns[:, 5:-5].mean(axis=1)
    loudest = int(np.argmax(mean))
    around = axis.frequencies[max(0, loudest - 1) : loudest + 2]
    assert around[0] <= 440 <= around[-1]
    assert mean[loudest] == pytest.approx(0.0, abs=3.0)
    assert mean[int(np.argmin(abs(axis.frequencies - 3000)))] < -60
    whole = display_axis(name, 44100)
    assert whole.hop_s == pytest.approx(axis.hop_s)


def test_white_noise_is_even_along_hertz():
    axis = display_axis("linear", RATE)
    noise = np.random.default_rng(1).normal(0, 0.1, 10 * RATE).astype(np.float32)
    mean = AxisStream(axis).push(noise)[5:-5].mean(axis=1)
    assert np.ptp(mean) < 3.0


def test_names_of_notes():
    assert [note_name(hz) for hz in (440, 261.6, 32.7, 466.2, 7902.1, 0)] == [
        "A4", "C4", "C1", "A♯4", "B8", "",
    ]  # fmt: skip


def test_every_level_is_the_mean_of_the_one_below_in_whatever_pieces_it_came():
    values = np.random.default_rng(0).uniform(-110, 10, (3, 700))
    whole, pieces = Pyramid(3, 0.1), Pyramid(3, 0.1)
    whole.append(values)
    for first in range(0, 700, 37):
        pieces.append(values[:, first : first + 37])
    for level in range(6):
        step = 0.1 * 2**level
        times = (np.arange(int(70 / step)) + 0.5) * step
        found = whole.columns(times, level)
        np.testing.assert_array_equal(found, pieces.columns(times, level))
        n = len(times)
        mean = values[:, : n * 2**level].reshape(3, n, -1).mean(axis=2).T
        np.testing.assert_allclose(decibels(found), mean, atol=STEP_DB * (level + 1))


def test_fine_columns_are_kept_for_half_an_hour_and_coarse_ones_for_hours():
    pyramid = Pyramid(2, 0.5)
    hours = 9 * 3600
    rising = np.linspace(-110, -10, 2 * hours)
    for first in range(0, 2 * hours, 2000):
        pyramid.append(np.tile(rising[first : first + 2000], (2, 1)))
    assert pyramid.end_s == hours
    assert 1800 <= hours - pyramid.fine_s <= 2100
    assert pyramid.nbytes < 200_000
    recent, old = pyramid.columns(np.array([hours - 60.0, 3600.0]))[:, 0]
    assert decibels(recent) == pytest.approx(-10, abs=1.0)
    assert decibels(old) == pytest.approx(100 / 9 - 110, abs=1.0), "from a coarser level"
    assert pyramid.at(hours + 1.0, 0) is None


def test_a_hole_is_unknown_and_time_goes_on_behind_it():
    pyramid = Pyramid(2, 0.1)
    pyramid.append(np.full((2, 100), -20.0))
    pyramid.skip_to(50_000.0)
    pyramid.append(np.full((2, 300), -40.0))
    assert pyramid.end_s == pytest.approx(50_030.0)
    cells = pyramid.columns(np.array([5.0, 30_000.0, 50_001.0]))[:, 0]
    assert cells[1] == UNKNOWN
    assert decibels(cells[2]) == pytest.approx(-40, abs=STEP_DB)
    pyramid.skip_to(3.0)  # earlier: nothing happens
    assert pyramid.end_s == pytest.approx(50_030.0)


def test_a_long_file_is_held_whole_in_wider_columns():
    short, long = Pyramid(4, 0.02, whole_s=200.0), Pyramid(4, 0.02, whole_s=7200.0)
    assert (short.thinned, long.thinned) == (1, 4)
    for _ in range(72):
        long.append(np.full((4, 5000), -30.0))
    assert long.fine_s == 0
    assert long.end_s == pytest.approx(7200.0)
    assert long.at(1.0, 0) == pytest.approx(-30, abs=STEP_DB)


def test_any_level_can_be_kept_in_a_byte():
    levels = np.array([np.nan, -np.inf, -300, -60.0, 0.0, 400])
    np.testing.assert_allclose(
        decibels(quantised(levels)), [-120, -120, -120, -60, 0, 20], atol=STEP_DB
    )
