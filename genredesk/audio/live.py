"""A source that listens to a device: opened patiently, watched, taken up again when it is back.

One thread per source opens, watches and reopens; PortAudio's thread resamples and writes. Losing
the device never raises: it is a state with a message, and a gap mark where the sound goes on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genredesk.audio import devices, portaudio
from genredesk.audio.decode import clean, rate_and_sides
from genredesk.audio.devices import Device, DeviceWatcher
from genredesk.audio.downmix import LiveDownmix
from genredesk.audio.resample import StreamResampler
from genredesk.audio.source import OnState, SourceBase, SourceInfo, SourceState
from genredesk.core.errors import DeviceError
from genredesk.core.messages import mark, say

FloatArray = NDArray[np.float32]

_WATCH_S = 0.25
"""How often a running stream is looked at."""

_RETRY_S = 1.0
"""How often a missing device is tried, beside every time a device comes or goes."""

_NOUNS = {"microphone": mark("microphone"), "system": mark("sound output")}


class LiveSource(SourceBase):
    """A microphone or a monitor.

    Parameters
    ----------
    kind
        ``microphone`` or ``system``.
    device_id
        The device, which is then waited for when it is missing; empty for the default, which
        falls back to another device of its kind while it is missing.
    sample_rate
        Rate of the ring in Hz.
    """

    def __init__(
        self, kind: str, device_id: str, sample_rate: int, on_state: OnState | None = None
    ) -> None:
        short = "mic" if kind == "microphone" else kind
        address = f"{short}:{device_id}" if device_id else short
        super().__init__(SourceInfo(kind, address, kind.capitalize()), sample_rate, on_state)
        self._kind, self._wanted = kind, device_id
        self._stream: portaudio.Stream | None = None
        self._device: Device | None = None
        self._resampler: StreamResampler | None = None
        self._downmix = LiveDownmix(sample_rate)
        self._times: deque[tuple[int, float]] = deque([(0, 0.0)], maxlen=256)
        self._began = 0.0
        self._look_again = True
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"genredesk-{short}", daemon=True)
        self._thread.start()

    def time_of(self, index: int) -> float:
        """Seconds since the source began, pauses while the device was lost included."""
        first, seconds = next((t for t in reversed(self._times) if t[0] <= index), self._times[0])
        return seconds + (index - first) / self.sample_rate

    def close(self) -> None:
        """Stop listening and give the device back."""
        super().close()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # ------------------------------------------------------------ the watching thread

    def _run(self) -> None:
        watcher = DeviceWatcher(self._devices_changed)
        try:
            while not self._closed.is_set():
                self._wake.clear()
                try:
                    self._look()
                except DeviceError as error:
                    self._lose(str(error))
                self._wake.wait(_WATCH_S if self._stream is not None else _RETRY_S)
        finally:
            self._drop()
            watcher.close()

    def _devices_changed(self) -> None:
        self._look_again = True
        self._wake.set()

    def _look(self) -> None:
        """Compare what there is with what is wanted, and act on the difference."""
        stream = self._stream
        if stream is not None and stream.alive() and not self._look_again:
            return
        self._look_again = False
        found = devices.inputs()
        if stream is not None and stream.alive() and not found:
            self._look_again = True  # the server did not answer, but sound still comes: ask again
            return
        device = devices.choose(self._kind, self._wanted, found)
        if device is None:
            self._lose(self._missing())
        elif stream is None or not stream.alive() or device != self._device:
            self._drop()
            self._connect(device)

    def _connect(self, device: Device) -> None:
        """Open ``device``.

        Raises
        ------
        DeviceError
            When it cannot be opened.
        """
        stream = portaudio.open_input(device.id, device.name, self._take)
        previous, self._device = self._device, device
        self._stream = stream
        if self._began:
            self.ring.mark_gap()
        else:
            self._began = time.monotonic()
        self._times.append((self.ring.end, time.monotonic() - self._began))
        self._resampler = StreamResampler(stream.rate, self.sample_rate)
        self._downmix = LiveDownmix(stream.rate)
        stream.start()
        detail = rate_and_sides(stream.rate, min(stream.channels, 2))
        self.info = replace(self.info, name=device.name, detail=detail)
        fell_back = previous is not None and previous.id != device.id and self._kind == "microphone"
        self._become(
            SourceState.RUNNING,
            say(
                "{previous} is gone; listening to {device}.",
                previous=previous.name,
                device=device.name,
            )
            if fell_back and previous is not None and not device.default
            else "",
        )

    def _lose(self, message: str) -> None:
        self._drop()
        self._become(SourceState.LOST if self._began else SourceState.FAILED, message)

    def _missing(self) -> str:
        if problem := devices.sound_problem():
            return problem
        if self._began and self._device is not None:
            return say(
                "{device} was unplugged; listening resumes when it is back.",
                device=self._device.name,
            )
        if self._kind == "system" and (hint := devices.system_hint()):
            return hint
        noun = say(_NOUNS[self._kind])
        if self._wanted:
            return say(
                "The {noun} “{wanted}” is not connected. Plug it in or choose another.",
                noun=noun,
                wanted=self._wanted,
            )
        return say("There is no {noun}. Plug one in; it is noticed at once.", noun=noun)

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    # ------------------------------------------------------------ PortAudio's thread

    def _take(self, block: FloatArray, lost_before: bool) -> None:
        """Bring one block from the device into the ring."""
        if self._resampler is None or self._closed.is_set():
            return
        if lost_before and self.ring.end:
            self.ring.mark_gap()
        self.ring.write(self._resampler.push(self._downmix.push(clean(block))))
