"""What holds for every front end: shapes, level, silence, shortest input, bad sound, time."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genredesk.features import frontend
from genredesk.features.frontend import DISPLAY_MEL, LIVE_MEL, FrontendSpec
from genredesk.features.mel import BandMatrix, hz_to_mel, mel_filters, mel_to_hz
from genredesk.features.papers import PAPER_FRONTENDS

ALL = {**PAPER_FRONTENDS, "display-mel": DISPLAY_MEL}
DB = [name for name, spec in ALL.items() if spec.log == "db" and spec.kind == "mel"]
each = pytest.mark.parametrize("name", sorted(ALL))


def noise(n: int, seed: int = 0, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


@each
def test_shapes_of_the_papers(name, music):
    expected = {
        "mel256": (1, 256, 128),
        "stft513": (1, 513, 128),
        "logmel80": (1, 80, 80),
        "cqt80": (1, 80, 80),
        "cqt84": (1, 84, 80),
        "kth-mfcc": (1, 13, 216),
        "kth-mel": (1, 128, 216),
        "vae-mel": (1, 128, 216),
        "kth-mel3": (3, 128, 1500),
        "kth-mfcc-image": (3, 235, 352),
        "patel-mfcc": (1, 13, 259),
        "patel-mfcc-130": (1, 13, 130),
        "edge-mel": (1, 128, 323),
        "live-mel": (1, 128, 39),
        "wave": (1, 256, 256),
        "display-mel": (1, 128, 128),
    }
    spec = ALL[name]
    picture = frontend.window(spec, music)
    assert picture.shape == spec.shape == expected[name]
    assert picture.dtype == np.float32
    assert picture.flags.c_contiguous
    assert np.isfinite(picture).all()
    columns = frontend.columns(spec, music[: spec.window_samples])
    assert columns.shape == spec.column_shape


@each
def test_shortest_input(name):
    spec = ALL[name]
    sound = noise(spec.window_samples)
    assert frontend.window(spec, sound).shape == spec.shape
    with pytest.raises(ValueError, match=f"a window needs {spec.window_samples}"):
        frontend.window(spec, sound[:-1])
    with pytest.raises(ValueError, match="window needs"):
        frontend.window(spec, sound[:0])


@each
def test_sound_shorter_than_a_frame(name):
    spec = ALL[name]
    if spec.center and spec.pad_mode == "reflect":
        with pytest.raises(ValueError, match="too short to reflect"):
            frontend.columns(spec, noise(3))
        return
    for n in (0, 1, 3):
        columns = frontend.columns(spec, noise(n))
        assert columns.shape == (*spec.column_shape[:2], int(spec.center))
        assert np.isfinite(columns).all()


@each
@pytest.mark.parametrize("value", [0.0, 1e-40, -1e-30])
def test_silence_and_denormals_are_flat_and_finite(name, value):
    spec = ALL[name]
    picture = frontend.window(spec, np.full(spec.window_samples, value, np.float32))
    assert np.isfinite(picture).all()
    if spec.kind in {"mel", "stft", "cqt"}:
        assert np.ptp(picture) == 0
        quiet = {"db": 10 * np.log10(spec.amin), "log": np.log(spec.amin), "none": 0.0}[spec.log]
        assert picture.flat[0] == pytest.approx(
            0.0 if spec.normalisation == "window_max" else quiet, rel=1e-6
        )


@each
def test_bad_samples_count_as_silence(name):
    spec = ALL[name]
    sound = noise(spec.window_samples)
    holes = sound.copy()
    holes[1000:1100] = 0.0
    broken = holes.copy()
    broken[1000:1040] = np.nan
    broken[1040:1070] = np.inf
    broken[1070:1100] = -np.inf
    np.testing.assert_array_equal(frontend.window(spec, broken), frontend.window(spec, holes))
    assert np.isnan(broken[1000])  # the caller's array is his own


@each
def test_absurd_levels_stay_finite(name):
    spec = ALL[name]
    for level in (1e5, 1e20, 3e38):
        assert np.isfinite(frontend.window(spec, noise(spec.window_samples) * level)).all()


@each
def test_other_number_types(name):
    spec = ALL[name]
    sound = (noise(spec.window_samples) * 100).round()
    expected = frontend.window(spec, sound)
    np.testing.assert_array_equal(frontend.window(spec, sound.astype(np.float64)), expected)
    np.testing.assert_array_equal(frontend.window(spec, sound.astype(np.int16)), expected)


def test_stereo_is_refused():
    with pytest.raises(ValueError, match="mono"):
        frontend.columns(LIVE_MEL, np.zeros((2, 70_000), np.float32))
    with pytest.raises(ValueError, match="mono"):
        frontend.columns_at(LIVE_MEL, np.zeros((70_000, 2), np.float32), [0])


@pytest.mark.parametrize("name", DB)
@settings(max_examples=15, deadline=None)
@given(db=st.floats(-30, 30), seed=st.integers(0, 99))
def test_level_moves_decibels_exactly(name, db, seed):
    """Louder sound is the same picture, higher by as many dB."""
    spec = ALL[name]
    sound = noise(spec.n_fft * 6, seed)
    quiet = frontend.columns(spec, sound)
    loud = frontend.columns(spec, sound.astype(np.float64) * 10 ** (db / 20))
    np.testing.assert_allclose(loud, quiet + db, atol=2e-3)


@settings(max_examples=15, deadline=None)
@given(db=st.floats(-60, 30), seed=st.integers(0, 99))
def test_live_window_does_not_know_the_level(db, seed):
    sound = noise(LIVE_MEL.window_samples, seed)
    expected = frontend.window(LIVE_MEL, sound)
    got = frontend.window(LIVE_MEL, sound.astype(np.float64) * 10 ** (db / 20))
    np.testing.assert_allclose(got, expected, atol=2e-3)
    assert expected.max() == 0
    assert expected.min() >= -80


def test_live_window_from_decibels_below_a_track(music):
    """Stored pictures are dB below their track's loudest point: normalising forgets that point."""
    columns = frontend.columns(LIVE_MEL, music[: LIVE_MEL.window_samples])
    below = np.maximum(columns - columns.max() - 7.5, -300.0)
    np.testing.assert_allclose(
        frontend.normalise(LIVE_MEL, below), frontend.window(LIVE_MEL, music), atol=1e-4
    )


def test_level_moves_only_the_first_mfcc(music):
    spec = PAPER_FRONTENDS["kth-mfcc"]
    change = frontend.window(spec, music * np.float32(0.5)) - frontend.window(spec, music)
    assert np.abs(change[0, 1:]).max() < 1e-3
    np.testing.assert_allclose(change[0, 0], 20 * np.log10(0.5) * np.sqrt(128), atol=1e-3)


def test_normalise_takes_batches_and_leaves_its_input_alone(music):
    for name, spec in PAPER_FRONTENDS.items():
        one = frontend.columns(spec, music[: spec.window_samples])
        batch = np.stack([one, one + 1, one[..., ::-1]])
        kept = batch.copy()
        result = frontend.normalise(spec, batch)
        assert result.shape == (3, *spec.shape), name
        np.testing.assert_array_equal(batch, kept)
        for got, columns in zip(result, batch, strict=True):
            np.testing.assert_allclose(got, frontend.normalise(spec, columns), atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"kth-mel3"}))  # it has three hops at once
def test_a_hop_of_silence_moves_the_picture_by_one_column(name, music):
    spec = ALL[name]
    part = music[: spec.window_samples]
    columns = frontend.columns(spec, part)
    later = frontend.columns(spec, np.concatenate((np.zeros(spec.hop_length, np.float32), part)))
    np.testing.assert_allclose(later[..., 1 : columns.shape[-1]], columns[..., :-1], atol=1e-4)


@each
def test_windows_equal_single_windows(name, music):
    spec = ALL[name]
    last = len(music) - spec.window_samples
    hops = np.arange(0, last + 1, spec.hop_length * max(1, spec.frames // 10))[:6]
    for starts in (hops, [0, 1, last], [last], [0, 0]):
        got = frontend.windows(spec, music, starts)
        expected = np.stack([frontend.window(spec, music[s:]) for s in starts])
        np.testing.assert_allclose(got, expected, atol=1e-4)
        assert got.dtype == np.float32
    assert frontend.windows(spec, music, []).shape == (0, *spec.shape)


@each
def test_windows_outside_the_sound(name, music):
    spec = ALL[name]
    for start in (-1, len(music) - spec.window_samples + 1):
        with pytest.raises(ValueError, match="outside"):
            frontend.windows(spec, music, [0, start])


def test_columns_anywhere(music):
    for name in ("live-mel", "mel256", "stft513", "cqt80", "kth-mfcc"):
        spec = dataclasses.replace(ALL[name], center=False, segment=0)
        whole = frontend.columns(spec, music)
        order = np.array([5, 0, 17, 5])
        got = frontend.columns_at(spec, music, order * spec.hop_length)
        np.testing.assert_allclose(got, whole[..., order], atol=1e-4)
        with pytest.raises(ValueError, match="outside"):
            frontend.columns_at(spec, music, [len(music) - spec.n_fft + 1])
        with pytest.raises(ValueError, match="outside"):
            frontend.columns_at(spec, music, [-1])
        assert frontend.columns_at(spec, music, []).shape == (*spec.column_shape[:2], 0)


def test_long_sound_equals_its_parts():
    """More frames than one chunk of the inner loop."""
    sound = noise(22050 * 20)
    for spec in (DISPLAY_MEL, LIVE_MEL, PAPER_FRONTENDS["mel256"]):
        whole = frontend.columns(spec, sound)
        half = whole.shape[-1] // 2
        rest = frontend.columns(spec, sound[half * spec.hop_length :])
        np.testing.assert_allclose(whole[..., half:], rest, atol=1e-4)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_a_spec_allows_works(data):
    """Odd sizes, tiny frames, any padding: a spec that can be made gives windows of its shape."""
    pick = data.draw
    n_fft = pick(st.integers(1, 70))
    kind = pick(st.sampled_from(["mel", "stft", "mfcc"]))
    n_mels = pick(st.integers(1, 12))
    log = "db" if kind == "mfcc" else pick(st.sampled_from(["db", "log", "none"]))
    try:
        spec = FrontendSpec(
            kind=kind,
            n_fft=n_fft,
            win_length=pick(st.integers(1, n_fft)),
            hop_length=pick(st.integers(1, 90)),
            n_bands=n_fft // 2 + 1 if kind == "stft" else n_mels,
            n_mels=n_mels if kind == "mfcc" else 0,
            n_mfcc=n_mels if kind == "mfcc" else 0,
            power=pick(st.sampled_from([1.0, 2.0])),
            log=log,
            top_db=pick(st.sampled_from([None, 80.0])) if log == "db" else None,
            normalisation=pick(st.sampled_from(["none", "per_channel"])),
            frames=pick(st.integers(1, 9)),
            center=pick(st.booleans()),
            pad_mode=pick(st.sampled_from(["constant", "reflect"])),
        )
    except ValueError as error:
        if "reflection" not in str(error):
            raise
        return
    sound = noise(spec.window_samples + 50, n_fft)
    starts = [0, spec.hop_length % 50, 50]
    expected = np.stack([frontend.window(spec, sound[s:]) for s in starts])
    assert expected.shape == (3, *spec.shape)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(frontend.windows(spec, sound, starts), expected, atol=1e-3)


def test_threads_do_not_share_work_memory(music):
    specs = [LIVE_MEL, DISPLAY_MEL, PAPER_FRONTENDS["mel256"], PAPER_FRONTENDS["cqt80"]] * 2
    sounds = [music * np.float32(1 + i / 10) for i in range(len(specs))]
    expected = [frontend.window(s, x) for s, x in zip(specs, sounds, strict=True)]
    wrong: list[int] = []

    def work(i: int) -> None:
        pictures = [frontend.window(specs[i], sounds[i]) for _ in range(12)]
        wrong.extend(i for picture in pictures if not np.array_equal(picture, expected[i]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(specs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_frequencies_of_the_rows(tone):
    """The loudest row of a tone is the row whose centre is nearest to it."""
    for name in ("live-mel", "display-mel", "stft513", "cqt80", "mel256", "edge-mel"):
        spec = ALL[name]
        hz = frontend.mel_frequencies(spec)
        assert hz.shape == (spec.column_shape[1],)
        assert (np.diff(hz) > 0).all()
        for row in range(30, len(hz) - 5, 11):
            picture = frontend.columns(spec, tone(hz[row], 4.0))[0]
            assert abs(int(picture[:, picture.shape[1] // 2].argmax()) - row) <= 1
    assert frontend.mel_frequencies(PAPER_FRONTENDS["kth-mfcc"]).shape == (128,)
    assert frontend.mel_frequencies(PAPER_FRONTENDS["cqt80"])[0] == pytest.approx(32.703, abs=1e-3)


def test_mel_scales_go_back_and_forth():
    hz = np.linspace(0, 11025, 500)
    for scale in ("slaney", "htk"):
        np.testing.assert_allclose(mel_to_hz(hz_to_mel(hz, scale), scale), hz, atol=1e-6)
        assert (np.diff(hz_to_mel(hz, scale)) > 0).all()
    assert float(hz_to_mel(1000.0, "slaney")) == pytest.approx(15.0)
    assert float(hz_to_mel(1000.0, "htk")) == pytest.approx(1000.0, abs=0.02)


@settings(max_examples=40, deadline=None)
@given(
    n_fft=st.sampled_from([64, 256, 551, 1024, 2048]),
    n_mels=st.integers(1, 300),
    scale=st.sampled_from(["slaney", "htk"]),
    norm=st.sampled_from(["slaney", None]),
    frames=st.integers(1, 40),
)
def test_banded_filters_equal_the_full_matrix(n_fft, n_mels, scale, norm, frames):
    filters = mel_filters(
        sample_rate=22050, n_fft=n_fft, n_mels=n_mels, f_min=0, f_max=11025, scale=scale, norm=norm
    )
    power = np.random.default_rng(n_mels).random((n_fft // 2 + 1, frames)).astype(np.float32)
    out = np.zeros((n_mels, frames), np.float32)
    BandMatrix(filters).apply(power, out)
    np.testing.assert_allclose(out, filters @ power, rtol=1e-4, atol=1e-7)


def test_import_is_light(loads):
    """numpy alone: no scipy, librosa or torch."""
    found = loads("import genredesk.features.papers, genredesk.features.stream")
    assert "genredesk.features.stream" in found
    assert not {"scipy", "librosa", "torch"} & found
