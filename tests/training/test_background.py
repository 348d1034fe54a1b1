"""Sound that is no music: repeatable, varied, and in the layout of the mel arrays."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL
from genredesk.training.batches import synthetic_noise, synthetic_speech

SHORT = 4 * synthetic_noise.RATE


def rng(seed=0):
    return np.random.default_rng(seed)


def spectrum(sound):
    """Return power and Hz of every bin."""
    return np.abs(np.fft.rfft(sound)) ** 2, np.fft.rfftfreq(len(sound), 1 / synthetic_noise.RATE)


@pytest.mark.parametrize("name", synthetic_noise.FAMILIES)
def test_a_family_draws_sound_of_its_own(name):
    """Never silent, never broken, the same for the same seed and another for another."""
    make = synthetic_noise.FAMILIES[name]
    first, again, other = (make(rng(seed), SHORT) for seed in (1, 1, 2))
    assert first.shape == (SHORT,)
    assert np.isfinite(first).all()
    assert np.std(first) > 0
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_family_has_its_turn():
    assert set(synthetic_noise.ORDER) == set(synthetic_noise.FAMILIES)


def pictures(n, seed=0):
    """Pictures of ``n`` clips, ``(n, bands, columns)``."""
    return np.stack([picture for _, picture in synthetic_noise.iter_pictures(n, seed)])


def test_the_first_clips_stay_when_more_are_drawn():
    few, more = pictures(1, seed=5), pictures(2, seed=5)
    np.testing.assert_array_equal(few[0], more[0])
    assert not np.array_equal(few[0], pictures(1, seed=6)[0])


def test_pictures_are_laid_out_as_the_mel_arrays():
    drawn = pictures(3)
    assert drawn.shape == (3, LIVE_MEL.n_bands, synthetic_noise.COLUMNS)
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn.max(axis=(1, 2)), 0)
    assert drawn.min() >= synthetic_noise.FLOOR_DB


def test_a_picture_is_what_the_live_front_end_makes_of_the_sound():
    name, samples = synthetic_noise.sound(2, seed=0)
    ((_, _), (_, _), (shown, picture)) = synthetic_noise.iter_pictures(3, seed=0)
    live = frontend.columns(LIVE_MEL, samples)[0]
    assert shown == name
    np.testing.assert_allclose(picture, np.maximum(live - live.max(), -80), atol=1e-4)


def test_the_slope_of_noise_is_the_one_asked_for():
    power, hz = spectrum(synthetic_noise._coloured(rng(), 1 << 16, 2.0))
    low = power[(hz > 200) & (hz < 400)].mean()
    high = power[(hz > 2000) & (hz < 4000)].mean()
    assert low / high == pytest.approx(100, rel=0.3)


def test_speech_has_a_pitch_resonances_and_pauses():
    who = synthetic_speech.Speaker(120.0, 1.0, rate=4.0, melody=0.0, breath=0.01, pause_s=0.8)
    sound = synthetic_speech.speak(20 * synthetic_noise.RATE, synthetic_noise.RATE, rng(3), who)
    assert np.abs(sound).max() == pytest.approx(1)
    power, hz = spectrum(sound)
    near = [power[np.abs(hz - k * 120) < 12].mean() for k in range(1, 5)]
    between = [power[np.abs(hz - (k + 0.5) * 120) < 12].mean() for k in range(1, 5)]
    assert min(near) > 4 * max(between)
    assert power[(hz > 250) & (hz < 900)].mean() > 10 * power[(hz > 4000) & (hz < 5000)].mean()
    level = np.sqrt((sound[: len(sound) // 441 * 441].reshape(-1, 441) ** 2).mean(axis=1))
    assert 0.05 < (level < 1e-3 * level.max()).mean() < 0.8


def test_voices_differ():
    voices = [synthetic_speech.draw_speaker(rng(seed)) for seed in range(20)]
    assert min(v.pitch_hz for v in voices) < 110
    assert max(v.pitch_hz for v in voices) > 220
    assert all(0.85 < v.tract < 1.4 for v in voices)
