"""What measures the ear is measured itself: rooms ring as long as they should, and so on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import (
    microphone,
    nonmusic,
    page,
    rejection,
    spoiling,
    steady,
    unsure,
)
from benchmarks.accuracy.hearing import LiveEar, probabilities
from benchmarks.table import Row
from genredesk.core import levels
from genredesk.core.certainty import Strength
from genredesk.core.errors import DataError
from genredesk.core.scores import Decision, Scores
from genredesk.features import frontend
from genredesk.inference import aggregate
from genredesk.inference import bundle as bundles
from genredesk.inference.runtime import CPU, open_runtime

RATE = 22050
LABELS = ("a", "b")
ROOT = Path(__file__).resolve().parent.parent.parent


def rng(seed=0):
    return np.random.default_rng(seed)


def white(seconds, seed=0, level=0.1):
    return (level * rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def power(sound, low, high):
    hz = np.fft.rfftfreq(len(sound), 1 / RATE)
    return (np.abs(np.fft.rfft(sound)) ** 2)[(hz >= low) & (hz < high)].mean()


# ---------------------------------------------------------------- spoiling


@pytest.mark.parametrize("rt60_s", [0.3, 0.8])
def test_a_room_rings_as_long_as_asked(rt60_s):
    """From the slope between -5 and -25 dB of Schroeder's integral, as rooms are measured."""
    found = []
    for seed in range(6):
        response = spoiling.impulse_response(RATE, rt60_s, rng(seed)).astype(np.float64)
        left = np.cumsum(response[::-1] ** 2)[::-1]
        decibel = 10 * np.log10(left / left[0])
        found.append(3 * ((decibel < -25).argmax() - (decibel < -5).argmax()) / RATE)
    assert np.mean(found) == pytest.approx(rt60_s, rel=0.25)


def test_rooms_differ_and_come_back():
    first, again, other = (spoiling.impulse_response(RATE, 0.4, rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_room_keeps_length_and_loudness():
    dry = white(2)
    wet = spoiling.room(dry, RATE, 0.5, rng())
    assert wet.shape == dry.shape
    assert wet.dtype == np.float32
    assert np.std(wet) == pytest.approx(np.std(dry), rel=1e-3)
    assert abs(np.corrcoef(wet, dry)[0, 1]) < 0.99


def test_a_small_loudspeaker_has_no_bass():
    for seed in range(5):
        played = spoiling.small_loudspeaker(white(3), RATE, rng(seed))
        assert power(played, 30, 80) < 0.02 * power(played, 500, 4000)


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
def test_noise_lies_where_it_was_asked_for(kind):
    dry = white(3, seed=4)
    added = spoiling.noisy(dry, RATE, kind, 20.0, rng()) - dry
    assert 20 * np.log10(np.std(dry) / np.std(added)) == pytest.approx(20, abs=0.1)


def test_pink_noise_falls_by_three_decibel_an_octave():
    noise = spoiling.noise(1 << 17, RATE, "pink", rng())
    assert power(noise, 500, 1000) / power(noise, 4000, 8000) == pytest.approx(8, rel=0.2)


def test_level_is_only_level_unless_a_converter_cuts():
    dry = white(1, level=0.3)
    np.testing.assert_allclose(spoiling.louder(dry, 20, converter=False), 10 * dry, rtol=1e-6)
    cut = spoiling.louder(dry, 20, converter=True)
    assert np.abs(cut).max() <= 1
    assert len(np.unique(spoiling.louder(dry, -80, converter=True))) < 10


def test_an_mp3_is_in_time_and_nearly_the_same():
    dry = nonmusic.coloured(3 * RATE, RATE, 2.0, rng())
    heard = spoiling.mp3(dry, RATE)
    assert heard.shape == dry.shape
    assert np.corrcoef(heard, dry)[0, 1] > 0.98
    assert not np.allclose(heard, dry, atol=1e-5)


# ---------------------------------------------------------------- what is no music


@pytest.mark.parametrize("kind", [nonmusic.tones, nonmusic.sirens, nonmusic.hums, nonmusic.ticks])
def test_sounds_are_whole_loud_and_of_many_kinds(kind):
    clips = dict(kind(RATE))
    assert len(clips) >= 4
    for name, sound in clips.items():
        assert sound.shape == (round(nonmusic.SECONDS * RATE),), name
        assert np.abs(sound).max() <= 1, name
        assert levels.level_dbfs(sound) > -40, name


def test_noises_stand_at_their_levels():
    for name, sound in nonmusic.noises(RATE, 1.0):
        assert levels.level_dbfs(sound) == pytest.approx(float(name.split()[0]), abs=1.5)


def test_silence_is_under_the_gate():
    assert all(levels.level_dbfs(sound) < -60 for _, sound in nonmusic.silences(RATE))


@pytest.mark.skipif(not nonmusic.has_voices(), reason="espeak-ng is not installed")
def test_voices_speak_every_language_twice():
    names = []
    for name, sound in nonmusic.spoken(RATE, seconds=2.0):
        names.append(name)
        assert sound.shape == (2 * RATE,)
        assert levels.level_dbfs(sound) > -40
    assert len(set(names)) == 2 * len(nonmusic.TEXTS)


# ---------------------------------------------------------------- hearing


@pytest.fixture(scope="module")
def shipped():
    return bundles.load(ROOT / "models" / "genredesk-live")


def test_the_live_ear_hears_every_window_once(shipped):
    spec = shipped.card.frontend
    sound = white(spec.window_s + 1.2)
    with LiveEar(shipped) as ear:
        heard = ear.hear(sound)
        again = ear.hear(sound)
    assert len(heard) == 1 + int(1.2 / ear.hop_s)
    assert [s.start for s, _ in heard] == pytest.approx([0, 0.5, 1.0], abs=1e-3)
    runtime = open_runtime(shipped, CPU)
    logits, _ = runtime.run(frontend.window(spec, sound)[None])
    runtime.close()
    direct = aggregate.softmax(logits, shipped.card.temperature)[0]
    np.testing.assert_allclose(heard[0][0].probabilities, direct, atol=1e-6)
    np.testing.assert_array_equal(again[-1][1].probabilities, heard[-1][1].probabilities)


def test_a_silent_window_is_right_about_nothing(shipped):
    quiet = np.concatenate([white(4), np.zeros(4 * RATE, np.float32)])
    runtime = open_runtime(shipped, CPU)
    rows = probabilities(shipped, runtime, quiet)
    runtime.close()
    assert rows[0].sum() == pytest.approx(1, abs=1e-5)
    assert not rows[-1].any()
    right = microphone.Right.of([rows], np.array([0]))
    assert right.windows[0] < 1


def shown(*words):
    """Return what was heard as if these words were shown; None is unsure."""
    out = []
    for i, word in enumerate(words):
        state = Strength.OPEN if word is None else Strength.SURE
        p = np.array([0.6, 0.4], np.float32)
        scores = Scores(i / 2, i / 2 + 3, state, LABELS, p, -20.0)
        out.append((scores, Decision(state, word or "a", 0.6, LABELS, p)))
    return out


def test_changes_of_the_word_and_of_the_genre_are_counted():
    assert steady.changes(shown("a", "a", "b", None, "b", "a")) == (4, 2)
    assert steady.changes(shown(None, None)) == (0, 0)


def test_time_named_is_the_share_of_what_was_shown():
    row = rejection.row_of("hum", [("", shown("a", None, None, None))], held=True)
    assert row.value == pytest.approx(25)
    assert row.ok is False
    assert "1 of them named" in row.note


def test_lost_points_are_clean_minus_spoilt():
    def right(*songs):
        return microphone.Right(np.array(songs, bool), np.array(songs, float))

    found = {condition.kind: [right(1, 1, 0, 0)] for condition in microphone.CONDITIONS}
    found["clean"] = [right(1, 1, 1, 0)]
    rows = microphone.table(found, "x", np.array([True, True, True, False]), held=True)
    lost = [row for row in rows if row.name.endswith("songs lost")]
    assert {round(row.value, 2) for row in lost} == {33.33}
    assert sum(row.ok is None for row in lost) == 2
    assert not any(row.ok for row in lost)


# ---------------------------------------------------------------- threshold and page


def folds_file(path, **changes):
    arrays = {
        "probs": np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6], [0.45, 0.55]], np.float32),
        "song": np.array([0, 0, 1, 2]),
        "label": np.array([0, 1, 0]),
    }
    np.savez(path, **{**arrays, **changes})
    return path


def test_a_threshold_names_fewer_songs_more_rightly(tmp_path):
    folds = unsure.read(folds_file(tmp_path / "f.npz"))
    assert folds.named(0.0) == pytest.approx((100, 200 / 3))
    assert folds.threshold() == pytest.approx(0.55, abs=0.006)
    assert folds.named(folds.threshold()) == pytest.approx((200 / 3, 100))
    assert folds.named(0.99) == (0, 0)


def test_folds_that_do_not_belong_together_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"f\.npz"):
        unsure.read(folds_file(tmp_path / "f.npz", song=np.array([0, 1])))
    (tmp_path / "g.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"g\.npz"):
        unsure.read(tmp_path / "g.npz")


def test_only_the_part_that_was_measured_changes_on_the_page():
    text = "top\n<!-- part a -->\nold\n<!-- /part a -->\nmiddle\n<!-- part b -->\n<!-- /part b -->"
    changed = page.with_part(text, "a", [Row("G", "what", 1.0, "%")], "said")
    assert "old" not in changed
    assert "| what | 1 % |" in changed
    assert changed.startswith("top\n")
    assert changed.endswith("middle\n<!-- part b -->\n<!-- /part b -->")
    with pytest.raises(ValueError, match="no place for c"):
        page.with_part(text, "c", [], "")


def test_the_page_has_a_place_for_every_part():
    from benchmarks.accuracy.__main__ import PARTS

    text = page.PAGE.read_text(encoding="utf-8")
    for part in PARTS:
        page.with_part(text, part, [], "")
