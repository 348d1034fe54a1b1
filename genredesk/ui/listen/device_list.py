"""The sound devices of this computer as the window lists them, and what is said of them.

The room ``audio`` is loaded here, in the lane ``sound``, after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.jobs import JobRunner

if TYPE_CHECKING:
    from genredesk.audio.devices import Device, DeviceWatcher

LANE = "sound"
"""Where the room is loaded and sources are opened, one thing after another."""

START_RATE = 22050
"""Until a model says what it wants; every shipped one wants this."""


class DeviceList(QObject):
    """Microphones and outputs, renewed when one comes or goes.

    Signals
    -------
    ready(str)
        The room is loaded; carries ``sound_problem()``, empty when there is none.
    changed()
        :attr:`inputs` or :attr:`outputs` is another list, or :attr:`hint` another sentence.
    """

    ready = Signal(str)
    changed = Signal()

    def __init__(self, bridge: Bridge, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._jobs = jobs
        self._watcher: DeviceWatcher | None = None
        self.inputs: list[Device] = []
        self.outputs: list[Device] = []
        self.hint = ""
        bridge.devices_changed.connect(self.refresh)

    def start(self) -> None:
        """Load the room ``audio`` and list the devices."""
        self._jobs.start(
            self.tr("looking for sound devices"),
            lambda _job: _load(self._bridge.on_devices),
            lane=LANE,
            on_done=self._loaded,
            on_failed=lambda text, _error: self.ready.emit(text),
        )

    def refresh(self) -> None:
        """List the devices again: one came or went."""
        self._jobs.start(
            self.tr("looking for sound devices"),
            lambda _job: _devices(),
            lane="devices",
            on_done=self._listed,
        )

    def close(self) -> None:
        """Stop watching; the program ends."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            self._jobs.start(
                self.tr("closing the sound"), lambda _job: watcher.close(), lane="closing"
            )

    def _loaded(self, found: tuple[DeviceWatcher | None, str, _Devices]) -> None:
        self._watcher, problem, devices = found
        self._listed(devices)
        self.ready.emit(problem)

    def _listed(self, devices: _Devices) -> None:
        if devices != (self.inputs, self.outputs, self.hint):
            self.inputs, self.outputs, self.hint = devices
            self.changed.emit()


_Devices = tuple[list["Device"], list["Device"], str]


def _load(on_change: Callable[[], None]) -> tuple[DeviceWatcher | None, str, _Devices]:
    from genredesk.audio import devices, sources  # noqa: F401, PLC0415

    problem = devices.sound_problem()
    _warm_up()
    return devices.DeviceWatcher(on_change), problem, _devices()


def _warm_up() -> None:
    """Compute one column of the picture: its first costs imports and a filter bank."""
    import numpy as np  # noqa: PLC0415

    from genredesk.features.stream import FrontendStream  # noqa: PLC0415
    from genredesk.ui.listen.spectrogram_feed import display_spec  # noqa: PLC0415

    spec = display_spec(START_RATE)
    FrontendStream(spec).push(np.zeros(spec.n_fft, np.float32))


def _devices() -> _Devices:
    from genredesk.audio import devices  # noqa: PLC0415

    return devices.inputs(), devices.outputs(), devices.system_hint()
