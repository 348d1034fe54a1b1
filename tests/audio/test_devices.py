"""Real device names, and noticing that they change."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from genredesk.audio import devices, portaudio, pulse
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
        unplug = partial(sound_card.unplug, "gd_mic")
        for act, undo, there in ((unplug, sound_card.plug_mic, False),
                                 (sound_card.plug_mic, unplug, True)):  # fmt: skip
            for _ in range(20):  # the watcher may still be starting
                changed.clear()
                act()
                if changed.wait(5):
                    break
                undo()
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has pactl")
def test_waiting_for_a_server_asks_neither_pactl_nor_portaudio_again(no_sound_card, monkeypatch):
    devices.inputs()
    devices.outputs()  # whoever asks first has to look

    def expensive(*_: object, **__: object) -> None:
        raise AssertionError("a process was started or PortAudio read anew")

    monkeypatch.setattr(subprocess, "run", expensive)
    monkeypatch.setattr(subprocess, "Popen", expensive)
    monkeypatch.setattr(portaudio, "_reinitialise", expensive)
    monkeypatch.setattr(pulse, "_no_answer_at", time.monotonic())
    monkeypatch.setattr(portaudio, "_seen", (portaudio._sound_files(), time.monotonic()))
    for _ in range(50):
        assert devices.inputs() == devices.outputs() == []
        assert devices.sound_problem()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has pactl")
@pytest.mark.parametrize("form", ["unix:{}", "{}", "{{0123abc}}unix:{}", "unix:/nowhere {}"])
def test_a_listening_socket_is_a_reachable_server(form, tmp_path, monkeypatch):
    place = tmp_path / "native"
    monkeypatch.setenv("PULSE_SERVER", form.format(place))
    assert pulse.reachable() is False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(place))
        assert pulse.reachable() is False  # left behind by a server that is gone
        server.listen()
        assert pulse.reachable() is True


def test_a_server_on_another_machine_cannot_be_judged_by_its_socket(monkeypatch):
    monkeypatch.setenv("PULSE_SERVER", "tcp:music.example:4713")
    assert pulse.reachable() is None


def test_the_usual_places_of_a_server(tmp_path, monkeypatch):
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.delenv("PULSE_RUNTIME_PATH", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    found = pulse.sockets()
    assert found is not None
    assert found[0] == tmp_path / "run" / "pulse" / "native"
    folder = tmp_path / "pulse"
    folder.mkdir()
    (folder / "client.conf").write_text("; default-server = old\n default-server = tcp:there\n")
    assert pulse.sockets() is None


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


def test_importing_touches_no_sound_card(loads):
    rooms = {"genredesk.audio.sources", "genredesk.audio.live", "genredesk.audio.sources.file"}
    found = loads(f"import {', '.join(rooms)}")
    assert rooms <= found
    assert not {"sounddevice", "PySide6"} & found
