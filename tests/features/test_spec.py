"""A spec is data: it travels as JSON, keeps its fingerprint and refuses nonsense in plain words."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genredesk.core.errors import BundleError
from genredesk.features.frontend import DISPLAY_MEL, LIVE_MEL, FrontendSpec
from genredesk.features.papers import PAPER_FRONTENDS

ALL = {**PAPER_FRONTENDS, "display-mel": DISPLAY_MEL}
each = pytest.mark.parametrize("name", sorted(ALL))

# Bundles carry these: a change here makes every trained model of that front end foreign.
FINGERPRINTS = {
    "cqt80": "80004f779d47c108",
    "cqt84": "75dca4595bc1c87b",
    "display-mel": "58169ec58f8cc227",
    "edge-mel": "04a6d6ed20a55de3",
    "kth-mel": "e217b1d2a1231ec9",
    "kth-mel3": "c9153425493b9474",
    "kth-mfcc": "5b719a7fac656988",
    "kth-mfcc-image": "05cd0c09bffdff87",
    "live-mel": "43d701434c80af26",
    "logmel80": "b1b4bb44efce7faf",
    "mel256": "9c6ed5b1dcefa2c9",
    "patel-mfcc": "9c20372517803ce4",
    "patel-mfcc-130": "6664114f75d409b4",
    "stft513": "e2bcb419f992969a",
    "vae-mel": "bd0e3e88435f1137",
    "wave": "28803636cd381b6a",
}


@each
def test_fingerprint_never_changes(name):
    assert ALL[name].fingerprint[:16] == FINGERPRINTS[name]


def test_fingerprints_differ():
    assert len({spec.fingerprint for spec in ALL.values()}) == len(ALL)
    changed = dataclasses.replace(LIVE_MEL, hop_length=1708)
    assert changed.fingerprint != LIVE_MEL.fingerprint


def test_fingerprint_does_not_depend_on_spelling():
    same = dataclasses.replace(LIVE_MEL, f_min=0, f_max=11025, top_db=80)
    assert same == LIVE_MEL
    assert same.fingerprint == LIVE_MEL.fingerprint


@each
def test_json_round_trip(name):
    spec = ALL[name]
    again = FrontendSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert again.fingerprint == spec.fingerprint
    assert hash(again) == hash(spec)


@each
def test_numbers_of_a_window(name):
    spec = ALL[name]
    assert spec.window_s == pytest.approx(spec.window_samples / 22050)
    assert spec.n_channels == spec.shape[0]
    assert spec.hop_s > 0
    if spec.kind not in {"mel3", "mfcc_image"}:
        assert spec.hop_s == pytest.approx(spec.hop_length / 22050)
    if spec.streamable:
        assert spec.window_samples == (spec.frames - 1) * spec.hop_length + spec.n_fft


@each
def test_windows_of_another_length(name):
    spec = ALL[name]
    assert spec.of_length(spec.window_s).shape == spec.shape
    longer = spec.of_length(2 * spec.window_s)
    fixed = spec.kind in {"mel3", "mfcc_image"}
    assert (longer.frames == spec.frames) == fixed
    assert abs(longer.window_s - 2 * spec.window_s) <= spec.hop_length / spec.sample_rate
    if not spec.center:
        with pytest.raises(ValueError, match=r"cannot be 0\.0001 s long"):
            spec.of_length(1e-4)


def test_the_live_window():
    assert LIVE_MEL.shape == (1, 128, 39)
    assert LIVE_MEL.window_samples == 38 * 1709 + 2048 == 66_990
    assert LIVE_MEL.hop_s == pytest.approx(0.0775, abs=1e-4)
    assert LIVE_MEL.streamable


@each
def test_missing_key(name):
    data = ALL[name].to_dict()
    del data["hop_length"], data["power"]
    with pytest.raises(BundleError, match="missing: hop_length, power"):
        FrontendSpec.from_dict(data)


def test_unknown_key():
    with pytest.raises(BundleError, match="unknown: zeal"):
        FrontendSpec.from_dict(LIVE_MEL.to_dict() | {"zeal": 1})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "smell"),
        ("kind", None),
        ("kind", ["mel"]),
        ("sample_rate", 0),
        ("sample_rate", -22050),
        ("sample_rate", 22050.5),
        ("sample_rate", True),
        ("sample_rate", "22050"),
        ("sample_rate", 10**12),
        ("n_fft", 0),
        ("n_fft", 1 << 30),
        ("win_length", 4096),
        ("hop_length", 0),
        ("hop_length", 10**12),
        ("n_bands", 0),
        ("n_bands", 10**9),
        ("frames", 0),
        ("frames", 10**9),
        ("f_min", -1.0),
        ("f_min", 12_000.0),
        ("f_max", 12_000.0),
        ("f_max", float("nan")),
        ("f_max", float("inf")),
        ("mel_scale", "bark"),
        ("norm", "loud"),
        ("power", 3.0),
        ("power", None),
        ("log", "ln"),
        ("amin", 0.0),
        ("amin", float("nan")),
        ("amin", "tiny"),
        ("top_db", -1.0),
        ("top_db", float("nan")),
        ("normalisation", "always"),
        ("center", 1),
        ("pad_mode", "wrap"),
        ("segment", -1),
        ("segment", 10**12),
        ("segment", 5000),
        ("win_lengths", 7),
        ("win_lengths", [1.5]),
    ],
)
def test_nonsense_is_refused(key, value):
    with pytest.raises(BundleError, match="front end"):
        FrontendSpec.from_dict(LIVE_MEL.to_dict() | {key: value})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("stft513", {"n_bands": 512}),
        ("cqt80", {"bins_per_octave": 0}),
        ("cqt80", {"f_min": 0.0}),
        ("cqt80", {"n_bands": 120}),
        ("cqt80", {"n_fft": 8192, "win_length": 8192}),
        ("kth-mfcc", {"n_mfcc": 0}),
        ("kth-mfcc", {"n_mfcc": 200}),
        ("kth-mfcc", {"n_bands": 20}),
        ("kth-mfcc", {"log": "log", "top_db": None}),
        ("kth-mfcc", {"segment": 1000}),
        ("kth-mfcc-image", {"segment": 0}),
        ("kth-mel3", {"segment": 0}),
        ("kth-mel3", {"win_lengths": [551, 1102]}),
        ("kth-mel3", {"hop_lengths": [220, 551, 0]}),
        ("kth-mel3", {"win_lengths": [551, 1102, 4410]}),
        ("live-mel", {"log": "log", "top_db": None}),
        ("mel256", {"top_db": 80.0}),
        ("mel256", {"n_bands": 60_000, "n_fft": 1 << 19}),
        ("mel256", {"frames": 1 << 20, "hop_length": 1}),
        ("mel256", {"frames": 1 << 20, "hop_length": 1 << 20}),
        ("kth-mfcc", {"n_mels": 1 << 30}),
        ("kth-mel3", {"segment": 1 << 25, "hop_lengths": [1, 1, 1]}),
        ("kth-mfcc-image", {"n_bands": 1 << 15, "frames": 1 << 15}),
    ],
)
def test_kinds_check_their_own_numbers(name, changes):
    with pytest.raises(BundleError, match="front end"):
        FrontendSpec.from_dict(ALL[name].to_dict() | changes)


@pytest.mark.parametrize("data", [None, [], "mel", 7])
def test_not_a_table(data):
    with pytest.raises(BundleError, match="not a table"):
        FrontendSpec.from_dict(data)


@given(
    data=st.fixed_dictionaries(
        {
            f.name: st.one_of(
                st.just(LIVE_MEL.to_dict().get(f.name, f.default)),
                st.integers(-5, 5000),
                st.floats(),
                st.none(),
                st.sampled_from(["mel", "cqt", "mfcc", "db", "slaney", "none"]),
            )
            for f in dataclasses.fields(FrontendSpec)
        }
    )
)
def test_any_table_is_a_spec_or_a_plain_error(data):
    try:
        spec = FrontendSpec.from_dict(data)
    except BundleError:
        return
    assert FrontendSpec.from_dict(spec.to_dict()) == spec
