"""The player on a real PortAudio stream: what comes out of the speakers, and when."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.audio.sources import SourceState
from genredesk.audio.sources.file import FileSource

pytestmark = pytest.mark.soundcard
RATE = 44100
PIECE = 4096


@pytest.fixture
def noise(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """Ten seconds of noise: every piece of it sounds different, so a place can be recognised."""
    sound = (np.random.default_rng(1).standard_normal(10 * RATE) * 0.1).astype(np.float32)
    path = tmp_path / "noise.wav"
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return path, sound


@pytest.fixture
def opened():
    made = []

    def open_(path, **options):
        made.append(FileSource(path, 22050, **options))
        return made[-1]

    yield open_
    for source in made:
        source.close()


def place_of(piece: np.ndarray, sound: np.ndarray) -> tuple[int, float]:
    """Where in ``sound`` the ``piece`` lies (first sample), and how well it fits (0..1)."""
    n = 1 << int(np.ceil(np.log2(len(sound) + len(piece))))
    like = np.fft.irfft(np.fft.rfft(sound, n) * np.conj(np.fft.rfft(piece, n)), n)
    at = int(np.argmax(like[: len(sound) - len(piece)]))
    there = sound[at : at + len(piece)]
    fit = float(there @ piece / (np.linalg.norm(there) * np.linalg.norm(piece) + 1e-12))
    return at, fit


def loudness(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def watch(source: FileSource, until: float) -> np.ndarray:
    """Note ``(moment, position)`` until the position is reached, shape ``(n, 2)``."""
    shown = []
    while source.position() < until:
        shown.append((time.monotonic(), source.position()))
        assert source.state in (SourceState.OPENING, SourceState.RUNNING), source.message
        time.sleep(0.01)
    return np.array(shown)


def lag(recording, shown: np.ndarray, sound: np.ndarray, skip_s: float = 0.5) -> np.ndarray:
    """Seconds by which the sound is ahead of the position, for every chunk that arrived."""
    heard = recording.samples
    found = []
    for count, moment in recording.arrivals[::4]:
        if count < PIECE or not shown[0, 0] + skip_s < moment < shown[-1, 0]:
            continue
        at, fit = place_of(heard[count - PIECE : count], sound)
        if fit > 0.99:
            found.append((at + PIECE) / RATE - np.interp(moment, *shown.T))
    return np.array(found)


def test_position_is_what_is_heard(sound_card, noise, opened):
    path, sound = noise
    with sound_card.listen() as recording:
        source = opened(path)
        begun = watch(source, 2.5)
        source.seek(7.0)
        jumped = watch(source, 9.0)
    for shown in (begun, jumped):
        differences = lag(recording, shown, sound)
        assert len(differences) > 20
        assert np.percentile(np.abs(differences), 95) < 0.05


def test_comes_out_unchanged(sound_card, noise, opened, wait):
    """At full volume every sample comes out as it is in the file, apart from rounding."""
    path, sound = noise
    with sound_card.listen() as recording:
        source = opened(path)
        wait(lambda: source.position() > 1.2)
        heard = recording.samples
    at, fit = place_of(heard[-PIECE:], sound)
    assert fit > 0.9999
    n = min(at, len(heard) - PIECE, RATE // 2)
    error = heard[-PIECE - n :] - sound[at - n : at + PIECE]
    assert np.abs(error).max() < 1e-3


def test_pause_volume_and_mute_are_heard(sound_card, noise, opened, wait):
    path, sound = noise
    with sound_card.listen() as recording:
        source = opened(path)
        source.loop = True

        def now_loud() -> float:
            return loudness(recording.samples[-RATE // 20 :]) / 0.1

        wait(lambda: now_loud() == pytest.approx(1.0, rel=0.05))
        source.volume = 0.5
        wait(lambda: now_loud() == pytest.approx(0.25, rel=0.05))
        source.muted = True
        wait(lambda: now_loud() < 1e-3)
        before = source.position()
        wait(lambda: source.position() != before)
        source.muted = False
        wait(lambda: now_loud() == pytest.approx(0.25, rel=0.05))
        source.pause()
        wait(lambda: now_loud() < 1e-3)
        stood = source.position()
        wait(lambda: f'"{sound_card.pid}"' not in sound_card.pactl("list", "sink-inputs"))
        source.play()
        wait(lambda: loudness(recording.samples[-PIECE // 2 :]) / 0.1 > 0.24)
        wait(lambda: place_of(recording.samples[-PIECE // 2 :], sound)[1] > 0.98)
        at, _ = place_of(recording.samples[-PIECE // 2 :], sound)
        assert at / RATE > stood - 0.2


def test_another_output(sound_card, noise, opened, wait):
    path, _ = noise
    with sound_card.listen() as first, sound_card.listen("gd_out2") as second:
        source = opened(path)
        source.loop = True
        wait(lambda: loudness(first.samples[-2000:]) > 0.08)
        assert loudness(second.samples[-2000:]) < 1e-3
        source.set_output("gd_out2")
        wait(lambda: loudness(second.samples[-2000:]) > 0.08)
        wait(lambda: loudness(first.samples[-2000:]) < 1e-3)
        assert source.message == ""
        source.set_output("")
        wait(lambda: loudness(first.samples[-2000:]) > 0.08)
        source.set_output("no.such.output")
        wait(lambda: source.message)
        assert source.message.startswith("no.such.output is not connected")
        wait(lambda: loudness(first.samples[-2000:]) > 0.08)
        assert source.state is SourceState.RUNNING


def test_headphones_unplugged_and_back(sound_card, noise, opened, wait):
    path, _ = noise
    source = opened(path, output="gd_out2")
    source.loop = True
    wait(lambda: source.position() > 0.2)
    assert source.message == ""
    sound_card.unplug("gd_out2")
    wait(lambda: "GD_Headphones is not connected" in source.message)
    with sound_card.listen() as recording:
        wait(lambda: loudness(recording.samples[-2000:]) > 0.08)
    sound_card.plug_headphones()
    wait(lambda: source.message == "")
    wait(lambda: _plays_into(sound_card, "gd_out2"))


def _plays_into(sound_card, sink: str) -> bool:
    number = next(
        line.split("\t")[0]
        for line in sound_card.pactl("list", "short", "sinks").splitlines()
        if line.split("\t")[1] == sink
    )
    inputs = sound_card.pactl("list", "short", "sink-inputs").splitlines()
    return any(line.split("\t")[1] == number for line in inputs)


def test_goes_on_silently_when_the_server_dies_and_returns(
    sound_card, noise, opened, wait, monkeypatch
):
    own = sound_card.another()
    try:
        monkeypatch.setenv("PULSE_SERVER", own.env["PULSE_SERVER"])
        source = opened(noise[0])
        source.loop = True
        wait(lambda: source.position() > 0.2)
        own.close()
        wait(lambda: "Playing without sound" in source.message, 15)
        assert source.state is SourceState.RUNNING
        stood = source.now()
        assert source.wait_until(stood + 11025, timeout=10)
        monkeypatch.setenv("PULSE_SERVER", sound_card.env["PULSE_SERVER"])
        wait(lambda: source.message == "", 15)
        with sound_card.listen() as recording:
            wait(lambda: loudness(recording.samples[-2000:]) > 0.08)
    finally:
        own.close()
