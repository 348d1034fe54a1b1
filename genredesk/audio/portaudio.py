"""The only door to PortAudio (sounddevice): opened when first needed, one caller at a time.

PortAudio may be missing, may hang while opening, freezes its device list when it is initialised
and must not be initialised anew while a stream is open. All of that is dealt with here.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genredesk.audio import pulse, switch
from genredesk.audio.timeout import NO_ANSWER, TIMEOUT_S, call_with_timeout
from genredesk.core.errors import DeviceError
from genredesk.core.messages import mark, say

FloatArray = NDArray[np.float32]

_FIRST_S = 4.0
_ALIVE_S = 1.0
"""A stream is dead when its first callback, or any later one, is this late."""

_OUTPUT_LATENCY_S = 0.15
_INPUT_LATENCY_S = 0.02

BRIDGES = ("pulse", "pipewire", "default")
"""PortAudio's names for the way to the sound server, best first."""

NO_BRIDGE = mark(
    "PortAudio has no way to the sound server. Install ALSA's bridge to it (Debian, Ubuntu: apt "
    "install libasound2-plugins; Fedora: dnf install alsa-plugins-pulseaudio; Arch: pacman -S "
    "pulseaudio-alsa or pipewire-alsa)."
)

_REREAD_S = 10.0
"""A list that looks unchanged is read anew this often."""

_module: Any = None
_seen: tuple[tuple[str, ...] | None, float] = None, 0.0
_lock = threading.Lock()
_open: set[Stream] = set()


@dataclass(frozen=True, slots=True)
class PortAudioDevice:
    """A line of PortAudio's own device list."""

    index: int
    name: str
    host: str
    inputs: int
    outputs: int
    rate: float
    default: bool
    """Whether it is its host's default for input or output."""


def load() -> Any:
    """Import sounddevice.

    Raises
    ------
    DeviceError
        When it or the PortAudio library is not installed; says how to install it.
    """
    global _module  # noqa: PLW0603 - importing is slow and speaks to the sound system: once
    if switch.why_off():
        raise DeviceError(switch.why_off())
    if _module is not None:
        return _module
    try:
        with _quiet():  # importing it initialises PortAudio
            import sounddevice  # pyright: ignore[reportMissingTypeStubs] # noqa: PLC0415 - fails where PortAudio is missing
    except OSError as error:
        fix = (
            say(
                "Install it with your package manager (Debian, Ubuntu: apt install "
                "libportaudio2; Fedora: dnf install portaudio; Arch: pacman -S portaudio)."
            )
            if sys.platform.startswith("linux")
            else say("Install the Python package sounddevice again; it brings PortAudio along.")
        )
        raise DeviceError(
            say("PortAudio is missing, so there is no sound in or out. {fix}", fix=fix)
        ) from error
    except ImportError as error:
        raise DeviceError(
            say(
                "The Python package sounddevice is missing, so there is no sound in or out. "
                "Install it with pip install sounddevice."
            )
        ) from error
    _module = sounddevice
    return sounddevice


@contextlib.contextmanager
def _exclusive() -> Generator[Any]:
    sd = load()
    if not _lock.acquire(timeout=TIMEOUT_S):
        raise DeviceError(say(NO_ANSWER, device=say("The sound system")))
    try:
        yield sd
    finally:
        _lock.release()


def entries(*, fresh: bool = True) -> list[PortAudioDevice]:
    """Return PortAudio's device list, read anew if no stream is open and it may have changed.

    Raises
    ------
    DeviceError
        When PortAudio is missing or hangs.
    """
    with _exclusive() as sd:
        if fresh and not _open and _may_have_changed():
            _reinitialise(sd)
        return _entries(sd)


def _may_have_changed() -> bool:
    """Whether reading the list anew, which costs a tenth of a second, could show another one.

    Without a sound server PortAudio on Linux lists ALSA's devices, and those are files. A device
    that another program held when the list was read is missing in it: so it is read anew now and
    then all the same.
    """
    known, at = _seen
    if not sys.platform.startswith("linux") or known is None or pulse.reachable() is not False:
        return True
    return known != _sound_files() or time.monotonic() - at > _REREAD_S


def _sound_files() -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir("/dev/snd")))  # noqa: PTH208 - names alone
    except OSError:
        return ()


def _entries(sd: Any) -> list[PortAudioDevice]:
    with contextlib.suppress(sd.PortAudioError):
        hosts = sd.query_hostapis()
        return [
            PortAudioDevice(
                index,
                device["name"],
                hosts[device["hostapi"]]["name"],
                device["max_input_channels"],
                device["max_output_channels"],
                device["default_samplerate"],
                index
                in (
                    hosts[device["hostapi"]]["default_input_device"],
                    hosts[device["hostapi"]]["default_output_device"],
                ),
            )
            for index, device in enumerate(sd.query_devices())
        ]
    return []


def _reinitialise(sd: Any) -> None:
    global _seen  # noqa: PLW0603 - what the one list of the one library was read from
    # With a server, or one that comes or goes right now, the next look may find another list.
    served = pulse.reachable() is not False
    _seen = (None if served else _sound_files()), time.monotonic()
    with _quiet(), contextlib.suppress(sd.PortAudioError):
        sd._terminate()
    with _quiet(), contextlib.suppress(sd.PortAudioError):
        sd._initialize()


class Stream:
    """An open PortAudio stream that knows when it was last called back."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rate = 0
        self.channels = 0
        self._raw: Any = None
        self._running = False
        self._due = 0.0
        self.when_started: Callable[[], None] | None = None

    def attach(self, raw: Any) -> None:
        """Take over an opened sounddevice stream."""
        self._raw = raw
        self.rate, self.channels = int(raw.samplerate), int(raw.channels)

    def beat(self) -> float:
        """Note a callback and return its moment."""
        moment = time.monotonic()
        self._due = moment + _ALIVE_S
        return moment

    def start(self) -> None:
        """Begin to call back.

        Raises
        ------
        DeviceError
            When the device refuses.
        """
        self._due = time.monotonic() + _FIRST_S
        self._running = True
        try:
            with _quiet():
                self._raw.start()
        except Exception as error:
            self._running = False
            raise DeviceError(_refused(self.name, error)) from error
        if self.when_started is not None:
            self.when_started()

    def alive(self) -> bool:
        """Whether callbacks came lately; a stopped stream counts as alive."""
        return not self._running or time.monotonic() < self._due

    def close(self) -> None:
        """Stop at once and give the device back; a hanging device is left to itself."""
        self._running = False

        def close() -> None:
            with _exclusive(), _quiet():
                self._raw.abort(ignore_errors=True)
                self._raw.close(ignore_errors=True)

        with contextlib.suppress(DeviceError):
            call_with_timeout(close, lambda _: None, self.name)
        _open.discard(self)


def open_output(
    device_id: str, name: str, rate: int, pull: Callable[[FloatArray, float], None]
) -> Stream:
    """Open an output that calls ``pull(out (n, channels), moment its first frame is heard)``.

    Parameters
    ----------
    device_id
        See :class:`~genredesk.audio.devices.Device`; empty for the default.
    name
        What messages call it.

    Raises
    ------
    DeviceError
        When there is no such device, or it cannot be opened or does not answer.
    """
    stream = Stream(name)

    def callback(out: FloatArray, _frames: int, at: Any, _status: Any) -> None:
        moment = stream.beat()
        pull(out, moment + max(0.0, at.outputBufferDacTime - at.currentTime))

    def settings(sd: Any, entry: PortAudioDevice | None) -> Any:
        return sd.OutputStream(
            device=None if entry is None else entry.index,
            samplerate=rate,
            channels=2 if entry is None else min(2, entry.outputs),
            dtype="float32",
            latency=_OUTPUT_LATENCY_S,
            callback=callback,
            extra_settings=_extra(sd, entry),
        )

    return call_with_timeout(
        lambda: _opened(stream, "output", device_id, settings), lambda s: s.close(), name
    )


def open_input(device_id: str, name: str, take: Callable[[FloatArray, bool], None]) -> Stream:
    """Open an input that calls ``take(block (n, channels), whether sound was lost before it)``.

    Its ``rate`` is the device's own. Parameters and errors as in :func:`open_output`.
    """
    stream = Stream(name)

    def callback(block: FloatArray, _frames: int, _at: Any, status: Any) -> None:
        stream.beat()
        take(block, bool(status.input_overflow))

    def settings(sd: Any, entry: PortAudioDevice | None) -> Any:
        return sd.InputStream(
            device=None if entry is None else entry.index,
            samplerate=None if entry is None else entry.rate,
            channels=1 if entry is None else min(2, entry.inputs),
            dtype="float32",
            # Left to itself it calls back every 5 ms, which costs twice as much for nothing.
            blocksize=0 if entry is None else round(_INPUT_LATENCY_S * entry.rate),
            latency=_INPUT_LATENCY_S,
            callback=callback,
            extra_settings=_extra(sd, entry),
        )

    return call_with_timeout(
        lambda: _opened(stream, "input", device_id, settings), lambda s: s.close(), name
    )


def _opened(
    stream: Stream, way: str, device_id: str, make: Callable[[Any, PortAudioDevice | None], Any]
) -> Stream:
    served = pulse.available()
    variables, token = pulse.environment(way, device_id) if served else ({}, "")

    def attempt(sd: Any) -> Stream:
        entry = _entry(sd, way, device_id, served)
        if entry is None and (device_id or served):
            raise DeviceError(_missing(stream.name, served))
        try:
            with _quiet(), _environment(variables):
                stream.attach(make(sd, entry))
        except (sd.PortAudioError, ValueError) as error:
            raise DeviceError(_refused(stream.name, error)) from error
        return stream

    with _exclusive() as sd:
        try:
            attempt(sd)
        except DeviceError:
            if _open:
                raise
            _reinitialise(sd)  # the list may be older than the device
            attempt(sd)
        _open.add(stream)
    if served and device_id:
        stream.when_started = lambda: pulse.lead(way, token, device_id)
    return stream


def _entry(sd: Any, way: str, device_id: str, served: bool) -> PortAudioDevice | None:
    """Find the line of the list a device is opened by; ``None`` for PortAudio's default."""
    able = [e for e in _entries(sd) if (e.inputs if way == "input" else e.outputs) > 0]
    if served:
        by_name = {e.name: e for e in able}
        return next((by_name[name] for name in BRIDGES if name in by_name), None)
    if not device_id:
        return None
    return next((e for e, known in identified(able) if known == device_id), None)


def identified(found: list[PortAudioDevice]) -> list[tuple[PortAudioDevice, str]]:
    """Give every entry an id that is the same next time: its name, numbered if it is not alone."""
    seen: dict[str, int] = {}
    result: list[tuple[PortAudioDevice, str]] = []
    for entry in found:
        seen[entry.name] = count = seen.get(entry.name, 0) + 1
        result.append((entry, entry.name if count == 1 else f"{entry.name} #{count}"))
    return result


def _missing(name: str, served: bool) -> str:
    if served:
        return say(NO_BRIDGE)
    return say("{name} is not connected. Plug it in or choose another device.", name=name)


def _refused(name: str, error: Exception) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return say(
        "{name} cannot be opened ({reason}). Check that it is connected and that no other "
        "program holds it.",
        name=name,
        reason=reason,
    )


def _extra(sd: Any, entry: PortAudioDevice | None) -> Any:
    """Let Windows convert the sample rate; its shared mode otherwise knows only one."""
    if entry is not None and "WASAPI" in entry.host:
        return sd.WasapiSettings(auto_convert=True)
    return None


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Generator[None]:
    before = {key: os.environ.get(key) for key in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


_quiet_lock = threading.Lock()


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Keep ALSA and PortAudio from writing to the terminal; what they say comes as an error too."""
    if not sys.platform.startswith("linux"):
        yield
        return
    if not _quiet_lock.acquire(timeout=0.5):  # somebody's device hangs
        yield
        return
    try:
        saved = os.dup(2)
    except OSError:  # standard error is closed: nothing can be written
        _quiet_lock.release()
        yield
        return
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        os.close(sink)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        _quiet_lock.release()
