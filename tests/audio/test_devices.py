"""Real device names, and noticing that they change."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from genredesk.audio import devices, pulse
from genredesk.audio.devices import Device, DeviceWatcher


@pytest.mark.soundcard
def test_lists_by_real_names(sound_card):
    assert devices.inputs() == [
        Device("gd_mic", "GD_Mic", "microphone", default=True),
        Device("gd_out.monitor", "Monitor of GD_Speakers", "system", default=True),
        Device("gd_out2.monitor", "Monitor of GD_Headphones", "system"),
        Device("gd_mic_in.monitor", "Monitor of GD_MicFeed", "system"),
    ]
    assert [d.name for d in devices.outputs()] == ["GD_Speakers", "GD_Headphones", "GD_MicFeed"]
    assert devices.outputs()[0].default
    assert devices.system_hint() == ""
    assert devices.sound_problem() == ""


@pytest.mark.soundcard
def test_notices_plugs(sound_card):
    changed = threading.Event()
    watcher = DeviceWatcher(changed.set, interval_s=0.2)
    try:
        for act, there in ((lambda: sound_card.unplug("gd_mic"), False),
                           (sound_card.plug_mic, True)):  # fmt: skip
            for _ in range(100):  # the watcher may still be starting
                changed.clear()
                act()
                if changed.wait(5):
                    break
            assert any(d.id == "gd_mic" for d in devices.inputs()) is there
    finally:
        watcher.close()


@pytest.mark.soundcard
def test_notices_a_server_that_appears(sound_card, tmp_path, monkeypatch):
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/later")
    changed = threading.Event()
    watcher = DeviceWatcher(changed.set, interval_s=0.1)
    try:
        assert not changed.wait(0.5)
        monkeypatch.setenv("PULSE_SERVER", sound_card.env["PULSE_SERVER"])
        assert changed.wait(10)
    finally:
        watcher.close()


def test_closing_a_watcher_is_quick(no_sound_card):
    for _ in range(5):
        DeviceWatcher(lambda: None).close()


def test_without_a_server_there_is_a_sentence(no_sound_card):
    assert pulse.sources() == pulse.sinks() == []
    assert pulse.defaults() == pulse.Defaults("", "")
    assert devices.inputs() == devices.outputs() == []
    assert "no sound device" in devices.sound_problem()
    if sys.platform.startswith("linux"):
        assert "PulseAudio or PipeWire" in devices.system_hint()


def test_without_pactl_there_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not pulse.available()
    if sys.platform.startswith("linux"):
        assert "pactl" in devices.system_hint()


def test_choose():
    built_in = Device("a", "Built-in", "microphone")
    usb = Device("b", "USB", "microphone", default=True)
    monitor = Device("m", "Monitor", "system", default=True)
    found = [built_in, usb, monitor]
    assert devices.choose("microphone", "", found) == usb
    assert devices.choose("microphone", "a", found) == built_in
    assert devices.choose("microphone", "gone", found) is None
    assert devices.choose("microphone", "", [built_in, monitor]) == built_in
    assert devices.choose("system", "", [built_in]) is None


_WITHOUT_PORTAUDIO = """
import importlib.abc, pkgutil, importlib, sys, time

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")

sys.meta_path.insert(0, Missing())
import genredesk.audio
for module in pkgutil.walk_packages(genredesk.audio.__path__, "genredesk.audio."):
    importlib.import_module(module.name)
from genredesk.audio import devices
from genredesk.audio.sources import open_source, SourceState
assert "PortAudio is missing" in devices.sound_problem(), devices.sound_problem()
devices.inputs(), devices.outputs(), devices.system_hint()
mic = open_source("mic", 22050)
file = open_source(sys.argv[1], 22050)
deadline = time.monotonic() + 20
while mic.state is not SourceState.FAILED or not file.wait_until(2205, 1):
    assert time.monotonic() < deadline, (mic.state, file.state, file.message)
    time.sleep(0.01)
assert mic.message, mic.message
assert "PortAudio is missing" in file.message, file.message
mic.close(); file.close()
print("fine")
"""


def test_without_portaudio_everything_but_sound_works(song, no_sound_card):
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_PORTAUDIO, str(song)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stdout == "fine\n", done.stderr


def test_importing_touches_no_sound_card():
    code = (
        "import sys, genredesk.audio.sources, genredesk.audio.live, genredesk.audio.sources.file\n"
        "assert 'sounddevice' not in sys.modules and 'PySide6' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
