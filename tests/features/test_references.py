"""Every front end against arrays that librosa made (packaging/make_references.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genredesk.features import frontend
from genredesk.features.cqt import halve
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.picture import coolwarm, draw

REFERENCES = Path(__file__).with_name("references.npz")

# Largest difference allowed, in the unit of the picture: ln, dB, raw power, MFCC or deviations.
TOLERANCE = {
    "mel256": 5e-4,
    "stft513": 2e-3,
    "logmel80": 5e-4,
    "kth-mfcc": 1e-3,
    "kth-mel": 1e-3,
    "vae-mel": 1e-3,
    "kth-mel3": 5e-4,
    "patel-mfcc": 1e-3,
    "patel-mfcc-130": 1e-3,
    "edge-mel": 1e-3,
    "live-mel": 1e-3,
}
CQT = ("cqt80", "cqt84")


@pytest.fixture(scope="module")
def references():
    with np.load(REFERENCES) as file:
        return {name: file[name] for name in file.files}


def test_every_front_end_has_a_reference(references):
    named = {key.split("/")[0] for key in references}
    assert named == set(PAPER_FRONTENDS) - {"kth-mfcc-image", "wave"}
    assert named == set(TOLERANCE) | set(CQT)


def test_waveform_is_the_sound_itself_at_one_level(music):
    spec = PAPER_FRONTENDS["wave"]
    picture = frontend.window(spec, music)
    sound = np.asarray(music[: spec.window_samples], np.float64)
    wanted = (sound - sound.mean()) / sound.std()
    np.testing.assert_allclose(picture[0].T.ravel(), wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", sorted(TOLERANCE))
def test_equals_librosa(name, references, music):
    spec = PAPER_FRONTENDS[name]
    picture = frontend.window(spec, music)
    assert picture.shape == spec.shape
    assert picture.dtype == np.float32
    expected = references[f"{name}/picture"]
    got = picture[..., references[f"{name}/columns"]]
    np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE[name])


@pytest.mark.parametrize("name", CQT)
def test_cqt_equals_its_definition(name, references, music):
    """librosa's own filters, correlated at the full rate: 0.2 % of the peak, 0.2 dB down to -40."""
    spec = PAPER_FRONTENDS[name]
    log = frontend.window(spec, music)[0][:, references[f"{name}/columns"]]
    got = np.exp(log.astype(np.float64)) - spec.amin
    exact = references[f"{name}/definition"].astype(np.float64)
    peak = exact.max()
    assert np.abs(got - exact).max() <= 0.002 * peak
    heard = exact > 0.01 * peak
    assert heard.sum() > 200
    assert np.abs(20 * np.log10(got[heard] / exact[heard])).max() <= 0.2


@pytest.mark.parametrize("name", CQT)
def test_cqt_is_as_near_to_librosa_as_librosa_to_its_definition(name, references, music):
    """librosa drops one percent of every kernel and resamples octave by octave: 2 % of the peak."""
    spec = PAPER_FRONTENDS[name]
    log = frontend.window(spec, music)[:, :, references[f"{name}/columns"]]
    expected = references[f"{name}/picture"]
    exact = references[f"{name}/definition"]
    theirs = np.abs(np.exp(expected[0]) - exact).max()
    ours = np.abs(np.exp(log) - np.exp(expected)).max()
    assert ours <= 1.1 * theirs <= 0.025 * exact.max()
    assert np.corrcoef(log.ravel(), expected.ravel())[0, 1] > 0.99


def test_half_band_filter_keeps_tones_and_folds_nothing_back():
    """What passes is exact to 3e-6, what would fold onto it is 110 dB down."""
    n = np.arange(4096)
    for share in (0.0, 0.03, 0.0625):
        tone = np.cos(2 * np.pi * share * n)
        np.testing.assert_allclose(halve(tone)[20:-20], tone[::2][20:-20], rtol=0, atol=3e-6)
    for share in (0.4375, 0.47, 0.5):
        assert np.abs(halve(np.cos(2 * np.pi * share * n))[20:-20]).max() < 3e-6
    for length in (1, 2, 7, 8):
        assert halve(np.ones((3, length))).shape == (3, (length + 1) // 2)


def test_coolwarm_is_the_published_table():
    """Every 32nd colour of the table K. Moreland published beside his paper, within rounding."""
    published = [
        (59, 76, 192), (98, 130, 234), (141, 176, 254), (184, 208, 249), (221, 221, 221),
        (245, 196, 173), (244, 154, 123), (222, 96, 77), (180, 4, 38),
    ]  # fmt: skip
    at = np.linspace(0, 255, len(published)).round().astype(int)
    assert np.abs(coolwarm()[at].astype(int) - published).max() <= 4
    assert coolwarm().shape == (256, 3)


def test_mfcc_picture_shows_the_mfcc(music):
    """Every cell has the colour of its coefficient, lowest at the bottom, inside a black frame."""
    image = PAPER_FRONTENDS["kth-mfcc-image"]
    mfcc = frontend.window(PAPER_FRONTENDS["kth-mfcc"], music)[0]
    drawn = draw(mfcc, image.n_bands, image.frames)
    assert drawn.shape == (3, 235, 352)
    table = coolwarm().astype(np.float32)
    shade = np.minimum((mfcc - mfcc.min()) / np.ptp(mfcc) * 256, 255).astype(int)
    for coefficient in range(13):
        y = round(223.84 - (coefficient + 0.5) * 217.44 / 13)
        for frame in range(2, 216, 7):
            x = int(10.7 + (frame + 0.5) * 334.8 / 216)
            near = table[shade[coefficient, max(0, frame - 1) : frame + 2]]
            assert (np.abs(near - drawn[:, y, x]).max(axis=1) == 0).any()
    assert (drawn[:, :6] == 255).all()
    assert (drawn[:, 224:] == np.array(255)).sum() < drawn[:, 224:].size
    assert (drawn[:, 6, 11:346] == 0).all()


def test_mfcc_picture_is_standardised_per_colour(music):
    spec = PAPER_FRONTENDS["kth-mfcc-image"]
    picture = frontend.window(spec, music)
    np.testing.assert_allclose(picture.mean(axis=(1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(picture.std(axis=(1, 2)), 1, atol=1e-4)
    drawn = draw(frontend.window(PAPER_FRONTENDS["kth-mfcc"], music)[0], 235, 352)
    np.testing.assert_allclose(
        np.corrcoef(picture.ravel(), (drawn - drawn.mean((1, 2), keepdims=True)).ravel())[0, 1],
        1,
        atol=0.02,
    )
