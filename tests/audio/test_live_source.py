"""Microphones and monitors on real PortAudio streams: sound, loss and return."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from genredesk.audio import timeout
from genredesk.audio.sources import SourceState, open_source
from genredesk.core.errors import DeviceError

pytestmark = pytest.mark.soundcard
RATE = 22050


@pytest.fixture
def opened():
    made = []

    def open_(address, **options):
        source = open_source(address, RATE, **options)
        made.append(source)
        return source

    yield open_
    for source in made:
        source.close()


def tone(hertz: float, seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * 44100)) / 44100
    return (0.25 * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def share_of(samples: np.ndarray, hertz: float) -> float:
    """Share of the energy within 5 Hz of ``hertz``."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(power[np.abs(at - hertz) < 5].sum() / (power.sum() + 1e-20))


def whole_second(source) -> np.ndarray:
    """Hear a second in which this machine had time for all of it; a busy one needs several."""
    for _ in range(20):
        begin = source.now()
        assert source.wait_until(begin + RATE, timeout=10)
        if not any(begin <= gap < begin + RATE for gap in source.ring.gaps()):
            return source.ring.read(begin, begin + RATE)
    raise AssertionError("no second without a gap")


@pytest.mark.parametrize("address", ["mic", "mic:gd_mic"])
def test_hears_what_is_sung(sound_card, opened, wait, address):
    source = opened(address)
    wait(lambda: source.state is SourceState.RUNNING)
    assert source.info.name == "GD_Mic"
    assert source.message == ""
    singer = sound_card.sing(tone(1000, 60.0), latency_ms=1000)
    wait(lambda: source.level().rms_dbfs > -20)
    heard = whole_second(source)
    singer.terminate()
    singer.wait(10)
    assert share_of(heard, 1000) > 0.999
    assert 20 * np.log10(np.sqrt(np.mean(heard**2))) == pytest.approx(-15.05, abs=0.3)
    wait(lambda: source.level().rms_dbfs < -80)


def test_hears_what_the_computer_plays(sound_card, opened, song, wait):
    monitor = opened("system")
    other = opened("system:gd_out2.monitor")
    wait(lambda: monitor.state is other.state is SourceState.RUNNING)
    assert monitor.info.name == "Monitor of GD_Speakers"
    assert other.info.name == "Monitor of GD_Headphones"
    opened(str(song))
    wait(lambda: monitor.level().rms_dbfs > -30)
    assert other.level().rms_dbfs < -100


def test_loss_and_return(sound_card, opened, wait):
    states = []
    source = opened("mic:gd_mic", on_state=lambda s: states.append((s.state, s.message)))
    assert source.wait_until(RATE // 4, timeout=10)
    sound_card.unplug("gd_mic")
    wait(lambda: source.state is SourceState.LOST, 5)
    assert source.message == "GD_Mic was unplugged; listening resumes when it is back."
    assert source.level().rms_dbfs == -120
    stood = source.ring.end
    time_lost = source.time_of(stood)
    assert not source.wait_until(stood + 1, timeout=0.5)
    sound_card.plug_mic()
    assert source.wait_until(stood + RATE // 10, timeout=10)
    assert source.state is SourceState.RUNNING
    assert source.message == ""
    assert source.ring.gaps() == (stood,)
    assert source.time_of(stood) > time_lost + 0.5
    assert [s for s, _ in states] == ["running", "lost", "running"]
    singer = sound_card.sing(tone(500, 0.8))
    wait(lambda: source.level().rms_dbfs > -20)
    singer.wait(10)


def test_the_default_falls_back_and_returns(sound_card, opened, wait):
    loaded = sound_card.pactl(
        "load-module", "module-remap-source", "master=gd_mic_in.monitor", "source_name=gd_spare",
        "source_properties=device.description=GD_Spare",
    )  # fmt: skip
    try:
        source = opened("mic")
        wait(lambda: source.info.name == "GD_Mic")
        sound_card.unplug("gd_mic")
        wait(lambda: source.info.name == "GD_Spare")
        assert source.state is SourceState.RUNNING
        assert len(source.ring.gaps()) == 1
        sound_card.plug_mic()
        wait(lambda: source.info.name == "GD_Mic")
        assert source.message == ""
    finally:
        sound_card.pactl("unload-module", loaded.strip())


def test_a_missing_device_is_waited_for(sound_card, opened, wait):
    sound_card.unplug("gd_mic")
    source = opened("mic:gd_mic")
    wait(lambda: source.state is SourceState.FAILED)
    assert "“gd_mic” is not connected" in source.message
    sound_card.plug_mic()
    wait(lambda: source.state is SourceState.RUNNING)


def test_a_server_that_dies(sound_card, opened, wait, monkeypatch):
    """The whole sound server goes: the stream dies with it and nothing hangs."""
    own = sound_card.another()
    try:
        monkeypatch.setenv("PULSE_SERVER", own.env["PULSE_SERVER"])
        source = opened("mic")
        assert source.wait_until(RATE // 4, timeout=10)
        own.close()
        wait(lambda: source.state is SourceState.LOST, 15)
        assert source.message
        monkeypatch.setenv("PULSE_SERVER", sound_card.env["PULSE_SERVER"])
        wait(lambda: source.state is SourceState.RUNNING, 15)
        stood = source.now()
        assert source.wait_until(stood + RATE // 10, timeout=10)
    finally:
        own.close()


def test_several_at_once_and_all_closed(sound_card, opened, wait):
    sources = [opened(a) for a in ("mic", "system", "mic:gd_mic", "system:gd_mic_in.monitor")]
    wait(lambda: all(s.state is SourceState.RUNNING for s in sources))
    for source in sources:
        source.close()
        source.close()
    said = sound_card.pactl("list", "source-outputs")
    assert f'application.process.id = "{os.getpid()}"' not in said


def test_opening_does_not_block_the_caller(no_sound_card, opened, wait):
    source = opened("mic")
    assert source.state is SourceState.OPENING
    wait(lambda: source.state is SourceState.FAILED)
    assert "no sound device" in source.message


def test_a_device_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(timeout, "TIMEOUT_S", 0.05)
    go_on, late = threading.Event(), []

    def hang() -> str:
        go_on.wait(10)
        return "stream"

    with pytest.raises(DeviceError, match=r"^Built-in does not answer\."):
        timeout.call_with_timeout(hang, late.append, "Built-in")
    go_on.set()
    deadline = time.monotonic() + 5
    while not late:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert late == ["stream"]


def test_patience_passes_results_and_errors_on():
    assert timeout.call_with_timeout(lambda: 7, lambda _: None, "x") == 7
    with pytest.raises(DeviceError, match="busy"):
        timeout.call_with_timeout(_busy, lambda _: None, "x")


def _busy() -> None:
    raise DeviceError("busy")
