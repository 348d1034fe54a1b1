"""The way back from a picture to sound: what comes out has the picture that went in."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from genredesk.features import frontend, inverse
from genredesk.features.frontend import LIVE_MEL
from genredesk.features.mel import mel_filters
from genredesk.features.papers import PAPER_FRONTENDS

RATE = 22050
MEL = [n for n, s in PAPER_FRONTENDS.items() if inverse.invertible(s)]


def melody(seconds: float = 2.0) -> np.ndarray:
    """A tone that climbs, with overtones, over a little noise."""
    t = np.arange(round(seconds * RATE)) / RATE
    note = 220.0 * 2 ** (np.floor(t * 4) / 12)
    phase = 2 * np.pi * np.cumsum(note) / RATE
    tone = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5))
    noise = 0.02 * np.random.default_rng(0).standard_normal(len(t))
    return (0.2 * tone + noise).astype(np.float32)


def test_which_front_ends_can_be_heard():
    assert set(MEL) == {
        "mel256", "stft513", "logmel80", "kth-mel", "vae-mel", "edge-mel", "live-mel",
    }  # fmt: skip


@pytest.mark.parametrize("name", MEL)
def test_the_sound_has_the_picture_it_was_made_from(name):
    spec = PAPER_FRONTENDS[name]
    picture = frontend.columns(spec, melody())
    sound = inverse.sound(spec, picture)
    assert sound.dtype == np.float32
    assert len(sound) == pytest.approx(2 * RATE, abs=spec.n_fft + spec.hop_length)
    again = frontend.columns(spec, sound)
    n = min(again.shape[2], picture.shape[2])
    one, two = (10 * np.log10(np.maximum(_power(spec, p[..., :n]), 1e-9)) for p in (picture, again))
    loud = one > one.max() - 40
    assert np.abs(one - two)[loud].mean() < 2.5
    assert np.corrcoef(one[loud], two[loud])[0, 1] > 0.95


def _power(spec, picture):
    values = inverse.linear(spec, picture)
    return values if spec.power == 2 else values**2


@pytest.mark.parametrize("log", ["db", "log", "none"])
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_logarithm_is_undone(log, power):
    spec = dataclasses.replace(
        PAPER_FRONTENDS["kth-mel"], log=log, power=power, amin=1e-9, top_db=None
    )
    plain = dataclasses.replace(spec, log="none")
    sound = melody(0.5)
    expected = frontend.columns(plain, sound)
    got = inverse.linear(spec, frontend.columns(spec, sound))
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=2e-9)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_spread_bins_give_the_bands_back(scale):
    filters = mel_filters(
        sample_rate=RATE, n_fft=1024, n_mels=256, f_min=0, f_max=11025, scale=scale, norm="slaney"
    )
    rng = np.random.default_rng(1)
    spectra = np.exp(2 * rng.standard_normal((513, 7)))
    bands = filters @ spectra
    found = inverse.spread(filters, bands)
    assert (found >= 0).all()
    heard = filters.sum(axis=1) > 0
    assert heard.all() == (scale == "slaney")  # five HTK triangles fall between two bins
    error = np.abs(filters @ found - bands)[heard] / bands[heard]
    assert error.mean() < 0.03
    # bins that no band hears stay silent
    assert not found[filters.sum(axis=0) == 0].any()


def test_silence_stays_silent():
    picture = frontend.columns(PAPER_FRONTENDS["vae-mel"], np.zeros(RATE, np.float32))
    sound = inverse.sound(PAPER_FRONTENDS["vae-mel"], picture)
    assert np.abs(sound).max() < 1e-3


@pytest.mark.parametrize("name", ["live-mel", "vae-mel"])
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_any_number_of_columns(name, n):
    spec = PAPER_FRONTENDS[name]
    sound = inverse.sound(spec, np.full((128, n), -20.0))
    expected = (n - 1) * spec.hop_length + (0 if spec.center else spec.n_fft)
    assert len(sound) == max(1, expected)
    assert np.isfinite(sound).all()


@pytest.mark.parametrize("name", ["live-mel", "vae-mel"])
def test_long_pieces_join_without_a_seam(name, monkeypatch):
    monkeypatch.setattr(inverse, "PIECE_S", 1.0)
    spec = PAPER_FRONTENDS[name]
    sound = melody(4.3)
    picture = frontend.columns(spec, sound)
    parts = list(inverse.blocks(spec, picture))
    assert len(parts) > 3
    whole = np.concatenate(parts)
    assert len(whole) == inverse._covered(spec, picture.shape[2])
    # the level holds across the seams: no hole, no bump
    level = np.sqrt(np.convolve(whole**2, np.ones(2205) / 2205, "valid"))
    assert level.min() > 0.4 * np.median(level)
    assert level.max() < 2.0 * np.median(level)


def test_one_seed_one_sound():
    spec = PAPER_FRONTENDS["vae-mel"]
    picture = frontend.columns(spec, melody(1.0))
    one, two, other = (inverse.sound(spec, picture, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 1e-3


def test_it_can_be_stopped():
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(inverse.blocks(LIVE_MEL, np.zeros((128, 20)), checkpoint=stop))


@pytest.mark.parametrize(
    ("name", "shape"),
    [("live-mel", (64, 9)), ("live-mel", (128, 0)), ("live-mel", (2, 128, 9)), ("cqt80", (80, 9))],
)
def test_what_does_not_fit_is_refused(name, shape):
    with pytest.raises(ValueError, match=r"does not fit|cannot be turned back"):
        inverse.sound(PAPER_FRONTENDS[name], np.zeros(shape))
