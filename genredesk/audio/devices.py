"""Which sound devices there are, by their real names, now; and a watcher that notices changes.

On Linux the sound server is asked (``pactl``); elsewhere, and without a server, PortAudio is, whose
list can be read anew only while no stream is open.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from genredesk.audio import portaudio, pulse
from genredesk.core.errors import DeviceError
from genredesk.core.messages import say
from genredesk.core.names import shown

_LOOPBACKS = (
    "loopback",
    "stereo mix",
    "stereomix",
    "what u hear",
    "wave out mix",
    "blackhole",
    "soundflower",
    "vb-audio",
    "cable output",
    "monitor of",
)
"""Names under which Windows and macOS offer what the computer plays, in lower case."""

_POLL_S = 3.0
"""PortAudio's own list is compared this often: reading it anew costs a tenth of a second."""

_SETTLE_S = 0.1
"""Sound servers announce one plug in several lines; what comes within this time is one change."""


@dataclass(frozen=True, slots=True)
class Device:
    """A place sound comes from or goes to.

    Parameters
    ----------
    id
        Stable from start to start; goes into addresses (``mic:<id>``) and settings.
    name
        What is shown.
    kind
        ``microphone``, ``system`` (what the computer plays) or ``output``.
    default
        Whether the system would choose it.
    """

    id: str
    name: str
    kind: str
    default: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", shown(self.name))


def inputs() -> list[Device]:
    """Return microphones, then monitors; empty where there are none."""
    if (ends := pulse.sources()) or pulse.available():
        chosen = pulse.defaults()
        found: list[Device] = []
        for end in ends:
            kind = "system" if end.monitor_of else "microphone"
            default = end.monitor_of == chosen.sink if end.monitor_of else end.name == chosen.source
            found.append(Device(end.name, end.description, kind, default))
    else:
        found = _portaudio("input")
    return sorted(found, key=lambda d: (d.kind != "microphone", not d.default))


def outputs() -> list[Device]:
    """Return the outputs; empty where there are none."""
    if (ends := pulse.sinks()) or pulse.available():
        chosen = pulse.defaults().sink
        found = [Device(e.name, e.description, "output", e.name == chosen) for e in ends]
    else:
        found = _portaudio("output")
    return sorted(found, key=lambda d: not d.default)


def _portaudio(way: str) -> list[Device]:
    try:
        found = portaudio.entries()
    except DeviceError:
        return []
    able = [e for e in found if (e.inputs if way == "input" else e.outputs) > 0]
    # Windows lists every device once per host API; the best one is enough.
    hosts = {e.host for e in able}
    best = next((h for h in ("Windows WASAPI", "Core Audio", "ALSA") if h in hosts), None)
    devices: list[Device] = []
    for entry, known in portaudio.identified([e for e in able if best in (None, e.host)]):
        is_loopback = any(word in entry.name.lower() for word in _LOOPBACKS)
        kind = "output" if way == "output" else "system" if is_loopback else "microphone"
        devices.append(Device(known, entry.name, kind, entry.default))
    return devices


def choose(kind: str, device_id: str, found: list[Device]) -> Device | None:
    """Return the device that is meant: the one with the id, else the kind's best; or ``None``."""
    fitting = [d for d in found if d.kind == kind]
    if device_id:
        return next((d for d in found if d.id == device_id), None)
    return next((d for d in fitting if d.default), fitting[0] if fitting else None)


def system_hint() -> str:
    """Say how to hear what the computer plays; empty where a monitor is in the list."""
    if any(device.kind == "system" for device in inputs()):
        return ""
    if sys.platform == "win32":
        return say(
            "To hear what the computer plays, switch on “Stereo Mix” in Windows' sound settings "
            "(Recording, show disabled devices), or install a virtual cable such as VB-CABLE; "
            "then choose it here."
        )
    if sys.platform == "darwin":
        return say(
            "macOS lets a program hear what the computer plays only through a virtual device: "
            "install BlackHole, add it to a multi-output device in Audio MIDI Setup, then "
            "choose it here."
        )
    if shutil.which("pactl") is None:
        return say(
            "To hear what the computer plays, install pactl (Debian, Ubuntu: apt install "
            "pulseaudio-utils; Fedora: dnf install pulseaudio-utils; Arch: pacman -S libpulse) "
            "and run PulseAudio or PipeWire."
        )
    return say(
        "To hear what the computer plays, start PulseAudio or PipeWire; none of them answers."
    )


def sound_problem() -> str:
    """Say in one sentence why there is no sound and how to mend it; empty when there is."""
    try:
        found = portaudio.entries()
    except DeviceError as error:
        return str(error)
    if pulse.available():
        if not any(entry.name in portaudio.BRIDGES for entry in found):
            return say(portaudio.NO_BRIDGE)
        found_any = bool(pulse.sources() or pulse.sinks())
    else:
        found_any = bool(found)
    if found_any:
        return ""
    if sys.platform.startswith("linux"):
        return say(
            "There is no sound device. Connect one, and check that PulseAudio or PipeWire is "
            "running (pactl info)."
        )
    return say("There is no sound device. Connect one; it is noticed at once.")


class DeviceWatcher:
    """Calls ``on_change`` when a device comes or goes or the default changes.

    Parameters
    ----------
    on_change
        Called on the watcher's thread.
    interval_s
        How often is looked where nothing announces changes.
    """

    def __init__(self, on_change: Callable[[], None], interval_s: float = 1.0) -> None:
        self._on_change, self._interval_s = on_change, interval_s
        self._closed = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="genredesk-devices", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; returns when the thread has ended."""
        self._closed.set()
        with self._lock:
            if self._process is not None:
                self._process.terminate()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        known = self._snapshot()
        while not self._closed.is_set():
            if self._subscribe():
                if (now := self._snapshot()) != known:  # the server came back, changed
                    self._on_change()
                self._listen()
                if not self._closed.is_set():
                    self._on_change()  # the server went away, and every device with it
                known = self._snapshot()
            served = pulse.available()
            if self._closed.wait(self._interval_s if served else self._pause()):
                return
            if not served and (now := self._snapshot()) != known:
                known = now
                self._on_change()

    def _pause(self) -> float:
        return self._interval_s if shutil.which("pactl") else max(_POLL_S, self._interval_s)

    @staticmethod
    def _snapshot() -> list[Device]:
        return [*inputs(), *outputs()]

    def _subscribe(self) -> bool:
        program = shutil.which("pactl") if sys.platform.startswith("linux") else None
        if program is None or not pulse.available():
            return False
        with self._lock:
            if self._closed.is_set():
                return False
            try:
                self._process = subprocess.Popen(
                    [program, "subscribe"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "LC_ALL": "C"},
                )
            except OSError:
                return False
        return True

    def _listen(self) -> None:
        """Read announcements until the server or the watcher ends."""
        process = self._process
        if process is None or process.stdout is None:
            return
        pipe = process.stdout.fileno()
        try:
            while data := os.read(pipe, 4096):
                while select.select([pipe], [], [], _SETTLE_S)[0]:
                    more = os.read(pipe, 4096)
                    if not more:
                        break
                    data += more
                if not self._closed.is_set() and _matters(data):
                    self._on_change()
        finally:
            with self._lock:
                self._process = None
            process.stdout.close()
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            process.wait()


def _matters(announced: bytes) -> bool:
    """Whether devices came or went or the default changed (volumes and streams do not matter)."""
    for line in announced.decode(errors="replace").splitlines():
        ends = "on source #" in line or "on sink #" in line
        if (ends and "'change'" not in line) or "'change' on server" in line:
            return True
    return False
