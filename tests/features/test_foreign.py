"""Front ends of published models against their definition, written out frame by frame."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from genredesk.core.errors import BundleError
from genredesk.features import frontend, joint
from genredesk.features.foreign import FOREIGN_FRONTENDS, FRONTENDS, waveform
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.spec import FrontendSpec
from genredesk.features.stream import FrontendStream

# Bundles carry these: a change here makes every imported model of that front end foreign.
FINGERPRINTS = {
    "effnet-mel": "e77e5af671ddbdcf",
    "essentia-vggish-mel": "f9b16edc92f469d1",
    "essentia-musicnn-mel": "e173e0415158e17c",
    "maest-mel-10s": "317ffd06be723fca",
    "maest-mel-20s": "dd2ada00cc8c6b79",
    "maest-mel-30s": "d1d763f09082e261",
    "maest-mel-5s": "7c59059be17507e6",
    "musicnn-mel": "749b76b54de3a049",
    "panns-mel": "e528e59ec8164dfb",
    "vggish-mel": "8067a474586534d5",
    "yamnet-mel": "648f54b258e6810b",
}


def slaney_mel(hz):
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def slaney_hz(mel):
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


def htk_mel(hz):
    return 1127 * np.log(1 + hz / 700)


def triangle(x, left, middle, right):
    return max(0.0, min((x - left) / (middle - left), (right - x) / (right - middle)))


def bank(name):
    """Return the filters (bands, bins) as each publisher defines them."""
    n_fft, rate, bands, low, high = {
        "yamnet-mel": (512, 16000, 64, 125, 7500),
        "vggish-mel": (512, 16000, 64, 125, 7500),
        "essentia-vggish-mel": (512, 16000, 64, 125, 7500),
        "panns-mel": (1024, 32000, 64, 50, 14000),
    }.get(name, (512, 16000, 96, 0, 8000))
    hz = [k * rate / n_fft for k in range(n_fft // 2 + 1)]
    if name in {
        "yamnet-mel",
        "vggish-mel",
        "essentia-vggish-mel",
    }:
        # straight over mel, nothing at 0 Hz
        edges = np.linspace(htk_mel(low), htk_mel(high), bands + 2)
        at = [htk_mel(f) for f in hz]
        rows = [[triangle(m, *edges[i : i + 3]) if k else 0.0 for k, m in enumerate(at)]
                for i in range(bands)]  # fmt: skip
        return np.array(rows)
    edges = [slaney_hz(m) for m in np.linspace(slaney_mel(low), slaney_mel(high), bands + 2)]
    rows = [[2 / (edges[i + 2] - edges[i]) * triangle(f, *edges[i : i + 3]) for f in hz]
            for i in range(bands)]  # fmt: skip
    return np.array(rows)


def by_definition(name, sound):
    """Return one window (bands, frames), in double precision and without any of our code."""
    filters = bank(name)
    x = sound.astype(np.float64)
    if name in {"yamnet-mel", "vggish-mel", "essentia-vggish-mel"}:
        x = x[56:]  # the window of 400 begins the FFT frame there
        n, hop, frames = 400, 160, 96
        taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / (n - name.startswith("ess")))
        spectra = [np.abs(np.fft.rfft(x[k * hop : k * hop + n] * taper, 512))
                   for k in range(frames)]  # fmt: skip
        return np.log(filters @ np.array(spectra).T + (0.001 if name == "yamnet-mel" else 0.01))
    if name == "panns-mel":
        x = np.pad(x[:320_000], 512, mode="reflect")
        taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
        spectra = [np.abs(np.fft.rfft(x[k * 320 : k * 320 + 1024] * taper)) ** 2
                   for k in range(1001)]  # fmt: skip
        return 10 * np.log10(np.maximum(filters @ np.array(spectra).T, 1e-10))
    frames = {"effnet-mel": 128, "maest-mel-5s": 316, "maest-mel-10s": 626,
              "maest-mel-20s": 1251, "maest-mel-30s": 1876}.get(name, 187)  # fmt: skip
    period = 512 if name == "musicnn-mel" else 511
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / period)
    spectra = [np.abs(np.fft.rfft(x[k * 256 : k * 256 + 512] * taper)) ** 2 for k in range(frames)]
    picture = np.log10(1 + 10_000 * (filters @ np.array(spectra).T))
    if name.startswith("maest"):
        picture = (picture - 2.06755686) / (2 * 1.26829267)
    return picture


@pytest.mark.parametrize("name", sorted(FOREIGN_FRONTENDS))
def test_equals_its_definition(name, music):
    spec = FOREIGN_FRONTENDS[name]
    sound = np.resize(music, spec.window_samples)
    picture = frontend.window(spec, sound)
    expected = by_definition(name, sound)
    assert picture.shape == (1, *expected.shape) == spec.shape
    np.testing.assert_allclose(picture[0], expected, rtol=0, atol=2e-3 if "panns" in name else 3e-4)


@pytest.mark.parametrize("name", sorted(FOREIGN_FRONTENDS))
def test_travels_as_json_and_keeps_its_fingerprint(name):
    spec = FOREIGN_FRONTENDS[name]
    assert spec.fingerprint[:16] == FINGERPRINTS[name]
    again = FrontendSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert again.fingerprint == spec.fingerprint
    assert len({s.fingerprint for s in FRONTENDS.values()}) == len(FRONTENDS)
    assert "step" not in PAPER_FRONTENDS["mel256"].to_dict()


def test_columns_come_the_same_from_a_stream(music):
    spec = FOREIGN_FRONTENDS["effnet-mel"]
    sound = music[: spec.window_samples]
    stream = FrontendStream(spec)
    parts = [stream.push(part) for part in np.array_split(sound, 7)]
    np.testing.assert_allclose(
        np.concatenate(parts, axis=-1), frontend.columns(spec, sound), atol=1e-5
    )


def test_a_waveform_is_the_sound_itself(music):
    spec = waveform(16000, 4000)
    assert spec.shape == (1, 1, 4000)
    assert spec.window_s == 0.25
    np.testing.assert_array_equal(frontend.window(spec, music)[0, 0], music[:4000])
    two = frontend.windows(spec, music, [0, 100])
    np.testing.assert_array_equal(two[1, 0, 0], music[100:4100])


@pytest.mark.parametrize(
    "change", [{"deviation": 0}, {"gain": -1}, {"step": 200}, {"window": "hamming"}]
)
def test_nonsense_is_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        dataclasses.replace(FOREIGN_FRONTENDS["musicnn-mel"], **change)


def test_a_joint_front_end_gives_each_part_what_it_would_hear_alone(music):
    live, other = PAPER_FRONTENDS["live-mel"], FOREIGN_FRONTENDS["musicnn-mel"]
    spec = joint.of([live, other, live])
    again = FrontendSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert again.fingerprint == spec.fingerprint
    size = 128 * 39
    row = frontend.window(spec, music)[0, 0]
    np.testing.assert_array_equal(row[:size], frontend.window(live, music).ravel())
    np.testing.assert_array_equal(row[-size:], row[:size])
    # what the resampled window holds is known exactly for tones well under both limits
    t = np.arange(spec.window_samples) / spec.sample_rate
    s = np.arange(other.window_samples) / other.sample_rate
    here, there = (
        sum(0.1 * np.sin(2 * np.pi * f * x + f) for f in (110.0, 660.0, 3000.0)).astype("f4")
        for x in (t, s)
    )
    got = frontend.window(spec, here)[0, 0, size:-size].reshape(other.shape)
    expected = frontend.window(other, there)
    loud = expected > 1
    assert loud.sum() > 500
    loud[..., :3] = loud[..., -3:] = False  # the mirrored ends are no tones
    np.testing.assert_allclose(got[loud], expected[loud], atol=5e-3)
    two = frontend.windows(spec, music, [0, 1000])
    np.testing.assert_array_equal(two[1], frontend.window(spec, music[1000:]))


@pytest.mark.parametrize("change", [{"frames": 7}, {"segment": 100}, {"parts": []}])
def test_a_joint_front_end_that_does_not_fit_its_parts_is_refused(change):
    spec = joint.of([PAPER_FRONTENDS["live-mel"], FOREIGN_FRONTENDS["musicnn-mel"]])
    with pytest.raises(BundleError, match="cannot be used"):
        FrontendSpec.from_dict({**spec.to_dict(), **change})
    with pytest.raises(BundleError, match="part of another"):
        FrontendSpec.from_dict({**spec.to_dict(), "parts": [spec.to_dict()]})
