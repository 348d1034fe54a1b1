"""The only door to PortAudio (sounddevice): opened when first needed, one caller at a time.

PortAudio may be missing, may hang while opening, freezes its device list when it is initialised
and must not be initialised anew while a stream is open. All of that is dealt with here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import DeviceError

FloatArray = NDArray[np.float32]
log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 5.0
"""A device that has not opened by then is reported as not answering."""

ALIVE_S = 1.0
"""A stream without a callback for this long is dead."""

OUTPUT_LATENCY_S = 0.15
INPUT_LATENCY_S = 0.02

_lock = threading.Lock()
_open: set[Stream] = set()


def sounddevice() -> Any:
    """Import sounddevice.

    Raises
    ------
    DeviceError
        When the PortAudio library is not installed; says how to install it.
    """
    try:
        import sounddevice as module  # noqa: PLC0415 - fails where PortAudio is missing
    except OSError as error:
        fix = (
            "Install it with your package manager (Debian, Ubuntu: apt install libportaudio2; "
            "Fedora: dnf install portaudio; Arch: pacman -S portaudio)."
            if sys.platform.startswith("linux")
            else "Install the Python package sounddevice again; it brings PortAudio along."
        )
        raise DeviceError(f"PortAudio is missing, so there is no sound in or out. {fix}") from error
    except ImportError as error:
        raise DeviceError(
            "The Python package sounddevice is missing, so there is no sound in or out. "
            "Install it with pip install sounddevice."
        ) from error
    return module


@contextlib.contextmanager
def exclusive(timeout: float = OPEN_TIMEOUT_S) -> Iterator[Any]:
    """Give sounddevice to one caller at a time.

    Raises
    ------
    DeviceError
        When PortAudio is missing, or another call into it has been hanging for ``timeout``.
    """
    module = sounddevice()
    if not _lock.acquire(timeout=timeout):
        raise DeviceError(
            "The sound system does not answer. Restart it (or the computer), then choose the "
            "device again."
        )
    try:
        yield module
    finally:
        _lock.release()


def refresh() -> bool:
    """Read the device list anew if no stream is open; return whether that was possible."""
    with exclusive() as sd:
        if _open:
            return False
        _reinitialise(sd)
        return True


def _reinitialise(sd: Any) -> None:
    with contextlib.suppress(sd.PortAudioError):
        sd._terminate()
    with contextlib.suppress(sd.PortAudioError):
        sd._initialize()


class Stream:
    """An open PortAudio stream and the moment of its last callback."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.last_callback = time.monotonic()
        self._running = False
        self.rate = int(raw.samplerate)

    def start(self) -> None:
        """Begin to call back."""
        self.last_callback = time.monotonic()
        self._raw.start()
        self._running = True

    def stop(self) -> None:
        """Stop calling back at once."""
        self._running = False
        self._raw.abort(ignore_errors=True)

    def alive(self) -> bool:
        """Whether callbacks came lately; a stopped stream counts as alive."""
        return not self._running or time.monotonic() - self.last_callback < ALIVE_S

    def close(self) -> None:
        """Give the device back."""
        self._running = False
        self._raw.close(ignore_errors=True)
        _open.discard(self)


def open_output(device_id: str, rate: int, pull: Callable[[FloatArray, float], None]) -> Stream:
    """Open an output that calls ``pull(out (n, channels), moment of the first frame)``.

    Raises
    ------
    DeviceError
        When there is no such device or it cannot be opened.
    """
    holder: list[Stream] = []

    def callback(out: FloatArray, frames: int, at: Any, status: Any) -> None:
        moment = time.monotonic()
        holder[0].last_callback = moment
        pull(out, moment + max(0.0, at.outputBufferDacTime - at.currentTime))

    with exclusive() as sd:
        try:
            with _environment("PULSE_SINK", device_id):
                raw = sd.OutputStream(
                    device=_index(sd, device_id, "output"),
                    samplerate=rate,
                    channels=2,
                    dtype="float32",
                    latency=OUTPUT_LATENCY_S,
                    callback=callback,
                )
        except (sd.PortAudioError, ValueError) as error:
            raise DeviceError(f"The sound output cannot be opened ({error}).") from error
        stream = Stream(raw)
        holder.append(stream)
        _open.add(stream)
    return stream


def _index(sd: Any, device_id: str, way: str) -> int | str | None:
    names = [d["name"] for d in sd.query_devices()]
    return "pulse" if "pulse" in names else None


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    if value:
        os.environ[name] = value
    try:
        yield
    finally:
        if value:
            os.environ.pop(name, None)
            if before is not None:
                os.environ[name] = before
