"""End to end through a virtual sound card: what is sung into the microphone is named in the window.

PulseAudio null sinks behind PortAudio stand in for the devices; everything else is the program.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.core.certainty import Strength

pytestmark = [pytest.mark.soundcard, pytest.mark.usefixtures("bundle")]


@contextlib.contextmanager
def singing(card, samples: np.ndarray, rate: int) -> Iterator[None]:
    """Play ``samples`` into the microphone while the block runs."""
    process = card.sing(samples, rate)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def flac(path: Path, sound: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """Write a FLAC and read it again, as a player would."""
    soundfile.write(path, sound, rate, subtype="PCM_16")
    return soundfile.read(path, dtype="float32")


def test_a_flac_played_into_the_microphone_is_seen_and_named(
    sound_card, start, make, tmp_path, qtbot
):
    sound, rate = flac(tmp_path / "middle.flac", make.tone("middle", 30, 44100), 44100)
    desk = start(source="mic:gd_mic", silence_dbfs=-50.0)
    window, listening = desk.window, desk.listening
    qtbot.waitUntil(lambda: listening.state == "running", timeout=15_000)
    assert window.top.state.text() == "Live"
    assert window.top.source.currentText() == "GD_Mic"
    qtbot.waitUntil(lambda: window.live.big.word() == "Silence", timeout=20_000)
    scores: list = []
    listening.scored.connect(lambda one, _decision: scores.append(one))
    with singing(sound_card, sound, rate):
        qtbot.waitUntil(lambda: window.live.big.word() == "Middle", timeout=20_000)
        qtbot.waitUntil(lambda: window.top.meter.segments()[0] > 5, timeout=5_000)
        view = window.live.timeline.view
        assert make.loudest(view, -0.5) == pytest.approx(1500, rel=0.05)
    named = [s for s in scores if s.state is Strength.SURE]
    assert named[-1].top[0] == "middle"
    assert named[-1].end - named[-1].start == pytest.approx(3.02, abs=0.05)
    qtbot.waitUntil(lambda: window.live.big.word() == "Silence", timeout=20_000)


def test_a_lost_microphone_is_said_and_comes_back_by_itself(sound_card, start, make, qtbot):
    desk = start(source="mic:gd_mic")
    window, listening = desk.window, desk.listening
    qtbot.waitUntil(lambda: listening.state == "running", timeout=15_000)
    qtbot.waitUntil(lambda: window.live.big.word() == "Silence", timeout=20_000)
    sound_card.unplug("gd_mic")
    qtbot.waitUntil(lambda: listening.state == "lost", timeout=15_000)
    assert window.top.state.text() == "Lost"
    assert "GD_Mic" in window.notices.banner.text()
    qtbot.waitUntil(lambda: all(d.id != "gd_mic" for d in listening.devices.inputs), timeout=10_000)
    sound_card.plug_mic()
    qtbot.waitUntil(lambda: listening.state == "running", timeout=15_000)
    assert "back" in window.notices.banner.text()
    with singing(sound_card, make.tone("high", 20, 44100), 44100):
        qtbot.waitUntil(lambda: window.live.big.word() == "High", timeout=20_000)
    assert listening.sound.source.ring.gaps() != ()


def test_a_new_device_appears_in_the_list(sound_card, start, qtbot):
    sound_card.unplug("gd_mic")
    desk = start()
    model = desk.window.top.source.model()

    def listed() -> list[str]:
        return [model.index(i, 0).data() for i in range(model.rowCount())]

    assert "GD_Mic" not in listed()
    sound_card.plug_mic()
    qtbot.waitUntil(lambda: "GD_Mic" in listed(), timeout=10_000)


def test_from_the_microphone_to_a_file_and_back(sound_card, start, songs, qtbot):
    desk = start(source="mic:gd_mic", demo=[songs["low"]])
    window, listening = desk.window, desk.listening
    qtbot.waitUntil(lambda: listening.state == "running", timeout=15_000)
    window.live.player.play.click()
    qtbot.waitUntil(lambda: window.live.big.word() == "Low", timeout=20_000)
    assert desk.memory.settings.source == "file"
    window.top.source_chosen.emit("mic:gd_mic")
    qtbot.waitUntil(lambda: window.live.big.word() == "Silence", timeout=20_000)
    listening.transport.toggle()
    assert window.top.state.text() == "Paused"
    listening.transport.toggle()
    assert window.top.state.text() == "Live"


def test_what_the_window_plays_comes_out_of_the_speakers(sound_card, start, songs, qtbot):
    desk = start(files=[songs["middle"]], muted=False, volume=1.0)
    with sound_card.listen("gd_out") as recording:
        qtbot.waitUntil(lambda: desk.listening.sound.position > 1.5, timeout=15_000)
        heard = recording.samples[-22050:]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    loudest = np.argmax(spectrum) * 44100 / len(heard)
    assert loudest == pytest.approx(1500, abs=10)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.1)


def test_system_sound_hears_what_is_played(sound_card, start, make, qtbot):
    desk = start(source="system:gd_out.monitor")
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=15_000)
    assert desk.window.top.source.currentText() != ""
    qtbot.waitUntil(lambda: desk.window.live.big.word() == "Silence", timeout=20_000)


def test_flac_from_the_labelled_music_plays_into_the_shipped_network(
    sound_card, start, data_dir, monkeypatch, qtbot
):
    """Real music through the microphone gets the name that the file itself gets."""
    from genredesk.core import paths
    from genredesk.core.job import JobContext
    from genredesk.inference import bundle as bundles
    from genredesk.inference.runtime import open_runtime
    from genredesk.inference.track import analyse_track

    monkeypatch.undo()
    if not any(paths.shipped_models_dir().glob("*/card.json")):
        pytest.skip("no network is shipped yet")
    song = min((data_dir / "gtzan-audio" / "classical").glob("*.flac"))
    sound, rate = soundfile.read(song, dtype="float32")
    shipped = bundles.default_bundle()
    with contextlib.closing(open_runtime(shipped, "cpu")) as runtime:
        expected = analyse_track(song, shipped, runtime, JobContext()).decision.label
    with singing(sound_card, np.tile(sound, 2), rate):
        for name, value in sound_card.env.items():
            monkeypatch.setenv(name, value)
        desk = start(source="mic:gd_mic")
        top = desk.window.live.top
        qtbot.waitUntil(lambda: bool(top.rows()) and top.rows()[0][0] == expected, timeout=40_000)
