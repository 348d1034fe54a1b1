"""A file as a source, played to nobody on the system clock (no sound server answers)."""

from __future__ import annotations

import shutil
import time

import numpy as np
import pytest
import soundfile

from genredesk.audio.decode import load
from genredesk.audio.sources import SourceState, open_source
from genredesk.audio.sources.file import BACKFILL_S, FileSource

pytestmark = pytest.mark.usefixtures("no_sound_card")
RATE = 22050


@pytest.fixture
def long_song(tmp_path, melody):
    path = tmp_path / "long.flac"
    soundfile.write(path, melody(40.0), 44100)
    return path


@pytest.fixture
def opened(request):
    """Open file sources that are closed when the test ends."""
    made = []

    def open_(path, **options):
        source = FileSource(path, RATE, **options)
        made.append(source)
        return source

    yield open_
    for source in made:
        source.close()


def test_plays_in_real_time_and_ends(opened, song, wait):
    states = []
    began = time.monotonic()
    source = opened(song, on_state=lambda s: states.append((s.state, time.monotonic())))
    wait(lambda: source.state is SourceState.ENDED)
    took = next(m for s, m in states if s is SourceState.ENDED) - began
    assert took > 2.9
    assert [s for s, _ in states] == [SourceState.RUNNING, SourceState.ENDED]
    assert source.position() == pytest.approx(3.0, abs=0.001)
    assert source.seconds == pytest.approx(3.0)
    assert source.info.detail == "FLAC · 44.1 kHz · stereo"
    assert "without sound" in source.message
    whole = load(song, RATE)
    assert np.abs(source.ring.read(0, source.ring.end) - whole).max() < 1e-4


def test_paused_from_the_start(opened, song, wait):
    source = opened(song, playing=False)
    wait(lambda: source.state is SourceState.PAUSED)
    wait(lambda: source.ring.end > 0.5 * RATE)
    assert source.now() == 0
    assert source.position() == 0
    assert not source.wait_until(1, timeout=0.05)
    source.play()
    assert source.wait_until(RATE // 2, timeout=5)
    assert source.position() >= 0.5
    source.pause()
    wait(lambda: source.state is SourceState.PAUSED)
    stood = source.position()
    assert not source.wait_until(source.ring.end + 1, timeout=0.1)
    assert source.position() == pytest.approx(stood, abs=0.05)


def test_pause_right_after_opening_is_in_time(song, wait):
    source = open_source(str(song), RATE)
    try:
        source.pause()
        wait(lambda: source.state is SourceState.PAUSED)
        assert source.position() == 0
    finally:
        source.close()


def test_seek_brings_its_context(opened, long_song, wait):
    source = opened(long_song, playing=False)
    wait(lambda: source.state is SourceState.PAUSED)
    whole = load(long_song, RATE)
    for target in (30.0, 5.0, 21.3):
        before = source.now()
        source.seek(target)
        assert source.position() == target
        wait(lambda before=before: source.now() > before)
        now = source.now()
        assert source.position() == pytest.approx(target, abs=0.001)
        context = min(target, BACKFILL_S)
        gap = source.ring.gaps()[-1]
        assert now - gap == pytest.approx(context * RATE, abs=2)
        assert source.time_of(gap) == pytest.approx(target - context, abs=0.001)
        held = source.ring.read(gap, now)
        first = round((target - context) * RATE)
        assert np.abs(held - whole[first : first + len(held)])[1000:-1000].max() < 2e-2
    source.play()
    assert source.wait_until(source.now() + RATE // 4, timeout=5)
    assert source.position() > 21.5


@pytest.mark.parametrize(("asked", "got"), [(-5.0, 0.0), (1e9, 3.0), (1.5, 1.5)])
def test_seek_stays_in_the_file(opened, song, wait, asked, got):
    source = opened(song, playing=False)
    wait(lambda: source.state is SourceState.PAUSED)
    source.seek(asked)
    wait(lambda: source._target is None)
    assert source.position() == pytest.approx(got, abs=0.01)


def test_many_seeks_the_last_one_counts(opened, long_song, wait):
    source = opened(long_song)
    for target in np.linspace(0, 39, 60):
        source.seek(float(target))
    source.seek(7.0)
    wait(lambda: source._target is None)
    assert 6.9 < source.position() < 9


def test_loop_goes_on(opened, tmp_path, melody, wait):
    path = tmp_path / "short.wav"
    soundfile.write(path, melody(0.5), 44100)
    source = opened(path)
    source.loop = True
    assert source.wait_until(round(1.8 * RATE), timeout=10)
    assert source.state is SourceState.RUNNING
    once = load(path, RATE)
    held = source.ring.read(0, 3 * len(once))
    assert np.abs(held - np.tile(once, 3)).max() < 1e-3
    assert source.ring.gaps() == ()
    assert source.time_of(len(once) + 100) == pytest.approx(100 / RATE, abs=1e-3)
    source.loop = False
    wait(lambda: source.state is SourceState.ENDED)


def test_play_after_the_end_begins_again(opened, tmp_path, melody, wait):
    path = tmp_path / "short.wav"
    soundfile.write(path, melody(0.3), 44100)
    source = opened(path)
    wait(lambda: source.state is SourceState.ENDED)
    source.play()
    wait(lambda: source.state is SourceState.RUNNING)
    wait(lambda: source.state is SourceState.ENDED)
    assert source.position() == pytest.approx(0.3, abs=0.001)


@pytest.mark.parametrize("samples", [1, 5, 400])
def test_a_tiny_file_ends_even_when_looped(opened, tmp_path, wait, samples):
    path = tmp_path / "tiny.wav"
    soundfile.write(path, np.full(samples, 0.1), 44100)
    source = opened(path, playing=False)
    source.loop = True
    source.play()
    wait(lambda: source.state is SourceState.ENDED)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (192000, 2), (44100, 8), (48000, 6)])
def test_odd_rates_and_channels(opened, tmp_path, wait, rate, channels):
    t = np.arange(rate // 2) / rate
    sound = np.repeat(0.5 * np.sin(2 * np.pi * 440 * t)[:, None], channels, axis=1)
    path = tmp_path / "odd.wav"
    soundfile.write(path, sound, rate)
    source = opened(path)
    wait(lambda: source.state is SourceState.ENDED)
    held = source.ring.read(0, source.ring.end)
    assert len(held) == pytest.approx(RATE / 2, abs=1)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(held)) / RATE)
    assert np.abs(held - expected)[500:-500].max() < 2e-3


def test_level_is_of_what_is_heard(opened, tmp_path, wait):
    t = np.arange(3 * 44100) / 44100
    loud = np.where(t < 1.0, 0.0, 0.5) * np.sin(2 * np.pi * 440 * t)
    path = tmp_path / "late.wav"
    soundfile.write(path, loud, 44100)
    source = opened(path)
    assert source.wait_until(round(0.5 * RATE), timeout=5)
    assert source.level().rms_dbfs < -100
    assert source.wait_until(round(1.5 * RATE), timeout=5)
    assert source.level().rms_dbfs == pytest.approx(-9.0, abs=0.2)
    source.pause()
    wait(lambda: source.state is SourceState.PAUSED)
    assert source.level().rms_dbfs == -120


def test_broken_file(opened, tmp_path, wait):
    path = tmp_path / "bad.mp3"
    path.write_text("no music")
    source = opened(path)
    wait(lambda: source.state is SourceState.FAILED)
    assert source.message.startswith("bad.mp3: it holds no sound")
    source.play()
    source.seek(3)
    source.volume = 0.1
    assert source.level().rms_dbfs == -120


def test_truncated_file_says_so_at_its_end(opened, tmp_path, melody, wait):
    path = tmp_path / "cut.flac"
    soundfile.write(path, melody(6.0), 44100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    source = opened(path)
    wait(lambda: source.state is SourceState.ENDED)
    assert "damaged" in source.message or "without sound" in source.message


def test_vanished_while_playing(opened, long_song, wait):
    source = opened(long_song)
    assert source.wait_until(RATE // 10, timeout=5)
    long_song.unlink()
    wait(lambda: "no longer in its folder" in source.message)
    assert source.message.startswith("long.flac")
    assert source.state is SourceState.RUNNING
    source.seek(20.0)
    wait(lambda: source.state is SourceState.FAILED)
    assert "long.flac: it is not, or no longer, there" in source.message


def test_comes_back_while_playing(opened, long_song, wait):
    source = opened(long_song)
    assert source.wait_until(RATE // 10, timeout=5)
    aside = long_song.with_suffix(".aside")
    shutil.move(long_song, aside)
    wait(lambda: "no longer" in source.message)
    shutil.move(aside, long_song)
    wait(lambda: "no longer" not in source.message)


def test_close_is_quick_and_may_come_twice(opened, long_song):
    source = opened(long_song)
    source.close()
    source.close()
    assert not source.wait_until(10**9, timeout=30)


def test_a_listener_that_fails_does_not_stop_the_sound(opened, song, wait, caplog):
    def fail(_):
        raise RuntimeError("a defect elsewhere")

    source = opened(song, on_state=fail)
    assert source.wait_until(RATE // 2, timeout=5)
    assert "a defect elsewhere" in caplog.text


def test_controls_are_remembered_and_limited(opened, song):
    source = opened(song, playing=False)
    source.volume = 3
    assert source.volume == 1.0
    source.volume = -1
    assert source.volume == 0.0
    source.muted = True
    assert source.muted
    assert source.loop is False
