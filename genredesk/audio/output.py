"""What pulls frames out of a player: a device, or a clock alone; and who chooses between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from genredesk.audio import portaudio
from genredesk.audio.player import Player
from genredesk.core.errors import DeviceError

_BLOCK_S = 0.02


class Output(Protocol):
    """Something that pulls; opened ready, pulls between :meth:`start` and :meth:`stop`."""

    silent: bool

    def start(self) -> None:
        """Begin to pull."""
        ...

    def stop(self) -> None:
        """Stop pulling once what was pulled has been heard."""
        ...

    def alive(self) -> bool:
        """Whether it pulled lately (or is stopped)."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class SilentOutput:
    """Plays to nobody in real time, where no device can be opened."""

    silent = True

    def __init__(self, player: Player) -> None:
        self._player = player
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to pull."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="genredesk-clock", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        frames = round(_BLOCK_S * self._player.rate)
        out = np.zeros((frames, 2), np.float32)
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self._player.pull(out, due)
            due += frames / self._player.rate
            if time.monotonic() - due > 1.0:  # the machine slept; do not race to catch up
                due = time.monotonic()

    def stop(self) -> None:
        """Stop pulling."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def alive(self) -> bool:
        """Report that a clock never dies."""
        return True

    def close(self) -> None:
        """Stop."""
        self.stop()


class SoundOutput:
    """A PortAudio output device.

    Raises
    ------
    DeviceError
        When the device cannot be opened.
    """

    silent = False

    def __init__(self, player: Player, device_id: str = "") -> None:
        self._stream = portaudio.open_output(device_id, player.rate, player.pull)

    def start(self) -> None:
        """Begin to pull."""
        self._stream.start()

    def stop(self) -> None:
        """Stop pulling once what was pulled has been heard."""
        self._stream.stop()

    def alive(self) -> bool:
        """Whether the device asked for sound lately."""
        return self._stream.alive()

    def close(self) -> None:
        """Let go of the device."""
        self._stream.close()


class Speaker:
    """Keeps a player connected to the output a person wants, or to the next best.

    Parameters
    ----------
    player
        What is played.
    wake
        Called (on any thread) when :meth:`follow` should be called again soon.
    """

    def __init__(self, player: Player, wake: Callable[[], None]) -> None:
        self._player, self._wake = player, wake
        self._output: Output | None = None
        self._device_id: str | None = None
        self._stop_at = 0.0
        self.message = ""

    def follow(self, playing: bool, device_id: str) -> None:
        """Bring the output into the state that is wanted."""
        if playing:
            if self._output is not None and not self._output.alive():
                self._drop()
            if self._output is None or device_id != self._device_id:
                self._connect(device_id)
            self._player.play()
        elif self._player.playing:
            self._player.pause()
            self._stop_at = time.monotonic() + 0.5
        elif self._output is not None and time.monotonic() >= self._stop_at:
            self._drop()

    def rest(self) -> float | None:
        """Seconds until a paused output can be let go."""
        return None if self._output is None else max(0.01, self._stop_at - time.monotonic())

    def _connect(self, device_id: str) -> None:
        self._device_id = device_id
        try:
            output: Output = SoundOutput(self._player, device_id)
            self.message = ""
        except DeviceError as error:
            self.message = f"{error} Playing without sound."
            output = SilentOutput(self._player)
        self._drop()
        self._output = output
        output.start()

    def _drop(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None
            self._player.rewind()

    def close(self) -> None:
        """Let go of the device."""
        self._drop()
