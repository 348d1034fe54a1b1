"""The live front end against the published mel pictures: real music, lossless, full length."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL

soundfile = pytest.importorskip("soundfile")

PICTURE_HOP = 512  # the published pictures were made at this hop, centred, and thinned afterwards


@pytest.fixture(scope="module")
def pictures(data_dir):
    with np.load(data_dir / "gtzan-mel" / "mels.npz", allow_pickle=False) as file:
        return {name: file[name] for name in ("idx", "track", "min_db", "max_db", "frame")}


@pytest.fixture(scope="module")
def songs(data_dir):
    """One lossless full-length song of every genre that has one."""
    found = {}
    for path in sorted((data_dir / "gtzan-audio").glob("*/*.flac")):
        if path.parent.name not in found and soundfile.info(path).duration > 29.5:
            found[path.parent.name] = path
    assert len(found) >= 6
    return found.values()


def decibels(pictures, i):
    """Return absolute dB (128, columns) and the floor the picture was cut at."""
    floor, top = pictures["min_db"][i], pictures["max_db"][i]
    return top + floor * (1 - pictures["idx"][i].astype(np.float32) / 255), top + floor


def frames_of(pictures, i):
    """Return the first sample of the frame of every column."""
    return pictures["frame"][i].astype(int) * PICTURE_HOP - LIVE_MEL.n_fft // 2


def test_columns_equal_the_published_pictures(pictures, songs):
    """A tenth of a dB on average, two thirds at worst; the 8-bit steps alone are 0.3 dB."""
    names, means = pictures["track"].tolist(), []
    for path in songs:
        i = names.index(path.stem)
        sound, rate = soundfile.read(path, dtype="float32")
        assert rate == LIVE_MEL.sample_rate
        starts = frames_of(pictures, i)
        inside = (starts >= 0) & (starts + LIVE_MEL.n_fft <= len(sound))
        assert inside.sum() > 370
        stored, floor = decibels(pictures, i)
        got = np.maximum(frontend.columns_at(LIVE_MEL, sound, starts[inside])[0], floor)
        difference = np.abs(got - stored[:, inside])
        means.append(difference.mean())
        assert difference.mean() < 0.2, path.name
        assert difference.max() < 0.66, path.name
        assert np.corrcoef(got.ravel(), stored[:, inside].ravel())[0, 1] > 0.9999, path.name
    assert np.mean(means) < 0.11


def test_normalised_windows_agree(pictures, songs):
    """What a network is trained on and what it meets live, from the same 39 frames.

    The stored pictures end 80 dB below their track's peak, a live window 80 dB below its own:
    only below that floor may they differ.
    """
    names, means = pictures["track"].tolist(), []
    for path in songs:
        i = names.index(path.stem)
        sound, _ = soundfile.read(path, dtype="float32")
        starts = frames_of(pictures, i)
        stored, floor = decibels(pictures, i)
        for first in range(10, 330, 80):
            run = slice(first, first + LIVE_MEL.frames)
            trained = frontend.normalise(LIVE_MEL, stored[None, :, run])
            live = frontend.normalise(LIVE_MEL, frontend.columns_at(LIVE_MEL, sound, starts[run]))
            assert trained.shape == live.shape == LIVE_MEL.shape
            live = np.maximum(live, floor - stored[:, run].max())
            means.append(np.abs(trained - live).mean())
            assert means[-1] < 0.6, path.name
            assert np.abs(trained - live).max() < 1.2, path.name
    assert np.mean(means) < 0.2
