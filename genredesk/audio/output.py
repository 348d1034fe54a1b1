"""What pulls frames out of a player: a device, or a clock alone; and who chooses between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from genredesk.audio import devices, portaudio
from genredesk.audio.devices import DeviceWatcher
from genredesk.audio.player import Player
from genredesk.core.errors import DeviceError
from genredesk.core.messages import say

_BLOCK_S = 0.02

_LET_GO_S = 0.5
"""A paused device is kept this long: what it took is heard to the end of its fade."""


class Output(Protocol):
    """Something that pulls; pulls between :meth:`start` and :meth:`close`."""

    silent: bool

    def start(self) -> None:
        """Begin to pull."""
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

    def alive(self) -> bool:
        """Report that a clock never dies."""
        return True

    def close(self) -> None:
        """Stop pulling."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None


class SoundOutput:
    """A PortAudio output device; ``device_id`` is empty for the default.

    Raises
    ------
    DeviceError
        When the device cannot be opened.
    """

    silent = False

    def __init__(self, player: Player, device_id: str, name: str) -> None:
        self._stream = portaudio.open_output(device_id, name, player.rate, player.pull)

    def start(self) -> None:
        """Begin to pull."""
        self._stream.start()

    def alive(self) -> bool:
        """Whether the device asked for sound lately."""
        return self._stream.alive()

    def close(self) -> None:
        """Let go of the device."""
        self._stream.close()


class OutputSelector:
    """Keeps a player connected to the output a person wants, or to the next best.

    That is: the device asked for; while that is missing, the default; while there is none, a
    silent clock. What is wanted is taken up again as soon as it is back.

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
        self._wanted = ""
        self._name = say("The sound output")
        self._stop_at = 0.0
        self._devices_changed = False
        self._watcher: DeviceWatcher | None = None
        self._connected: str | None = None
        self.message = ""

    def follow(self, playing: bool, device_id: str) -> None:
        """Bring the output into the state that is wanted; called by one thread."""
        if playing:
            if self._must_connect(device_id):
                self._connect(device_id)
            self._player.play()
        elif self._player.playing:
            self._player.pause()
            self._stop_at = time.monotonic() + _LET_GO_S
        elif self._output is not None and time.monotonic() >= self._stop_at:
            self._drop()

    def rest(self) -> float | None:
        """Seconds until a paused output can be let go; ``None``: there is nothing to do."""
        return None if self._output is None else max(0.01, self._stop_at - time.monotonic())

    def close(self) -> None:
        """Let go of the device and stop watching."""
        self._drop()
        if self._watcher is not None:
            self._watcher.close()

    def _must_connect(self, device_id: str) -> bool:
        if self._output is None or device_id != self._wanted or not self._output.alive():
            return True
        if not self._devices_changed:
            return False
        self._devices_changed = False
        there = not device_id or any(d.id == device_id for d in devices.outputs())
        return self._output.silent or (self._connected == device_id) != there

    def _noticed(self) -> None:
        self._devices_changed = True
        self._wake()

    def _connect(self, device_id: str) -> None:
        if self._watcher is None:
            self._watcher = DeviceWatcher(self._noticed)
        changed, self._wanted = device_id != self._wanted, device_id
        if self._output is not None and not self._output.alive():
            self._drop()
        found = None
        if device_id:
            found = next((d for d in devices.outputs() if d.id == device_id), None)
        problem = ""
        if changed or found is not None:
            self._name = found.name if found else device_id or say("The sound output")
        if device_id and found is None:
            problem = say(
                "{name} is not connected; playing through the default output.", name=self._name
            )
            device_id = ""
        for candidate in dict.fromkeys((device_id, "")):
            try:
                self._use(SoundOutput(self._player, candidate, self._name))
            except DeviceError as error:
                problem = str(error)
                if self._output is not None and not self._output.silent:
                    self.message = say("{problem} Playing goes on where it was.", problem=problem)
                    return
            else:
                self._connected, self.message = candidate, problem
                return
        self._connected = None
        self.message = say(
            "{sound_problem} Playing without sound.",
            sound_problem=devices.sound_problem() or problem,
        )
        if self._output is None or not self._output.silent:
            self._use(SilentOutput(self._player))

    def _use(self, output: Output) -> None:
        self._drop()
        try:
            output.start()
        except DeviceError:
            output.close()
            raise
        self._output = output

    def _drop(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None
            self._player.rewind()
