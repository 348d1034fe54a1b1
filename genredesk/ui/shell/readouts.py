"""What the window says of the sound and the model: its title, the line on top, the status line."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from genredesk.ui.widgets.notices import Notice

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.engine import EngineStats
    from genredesk.ui.shell.mainwindow import MainWindow


class Readouts(QObject):
    """Keeps the title, the line on top and the status line true, and does what is chosen there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._listening = listening = window.listening
        self._top, self._status = window.top, window.status
        listening.opened.connect(self._on_opened)
        listening.state_changed.connect(self._on_state)
        listening.sound.opening.connect(self._on_opening)
        listening.devices.changed.connect(self._on_devices)
        listening.engine.bundles_changed.connect(self._show_bundles)
        listening.engine.bundle_changed.connect(self._on_bundle)
        listening.engine.stats.connect(self._on_stats)
        listening.engine.devices_changed.connect(self.show_compute)
        top = self._top
        top.source_chosen.connect(listening.transport.choose_source)
        top.open_files.connect(window.files.ask_files)
        top.open_folder.connect(window.files.ask_folder)
        top.hint_asked.connect(self._show_hint)
        top.bundle_chosen.connect(listening.engine.choose)
        top.device_chosen.connect(listening.engine.choose_device)
        window.live.level.connect(top.meter.set_level)

    def _show_hint(self) -> None:
        self._window.notices.show_notice(Notice("hint", self._listening.devices.hint))

    def _on_opening(self, address: str) -> None:
        path = self._listening.playlist.current_path
        self._top.set_source("file" if address.startswith("file:") else address, path)

    def _on_opened(self, source: Source) -> None:
        self._show_title(source)
        self._on_opening(self._listening.sound.address)

    def _show_title(self, source: Source) -> None:
        """Name the window after the file; its tags are known a moment after it was opened."""
        name = source.info.title or source.info.name
        self._window.setWindowTitle(
            f"{name} – GenreDesk" if source.info.kind == "file" else "GenreDesk"
        )

    def _on_state(self, state: str) -> None:
        sound = self._listening.sound
        live = not sound.address.startswith("file:") and sound.address != ""
        why = sound.source.message if sound.source is not None else ""
        if sound.source is not None:
            self._show_title(sound.source)
        self._top.set_state(state, live=live, why=why)
        self._listening.engine.watch(state == "running")
        if state != "running":
            # Later than any held peak: what was loud is over.
            self._top.meter.set_level(-math.inf, -math.inf, time.monotonic() + 60)

    def _on_devices(self) -> None:
        found = self._listening.devices
        self._top.set_inputs(found.inputs, found.hint)

    def _show_bundles(self) -> None:
        engine = self._listening.engine
        self._top.set_bundles(engine.bundles, engine.bundle)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        self._show_bundles()
        if bundle is None:
            self._top.set_no_device(self.tr("No model"), self.tr("Import one on the Models page."))
            self._status.set_no_model()

    def show_compute(self) -> None:
        """Show what the network runs on."""
        settings = self._listening.memory.settings
        self._top.set_devices(self._listening.engine.devices, settings.device)

    def _on_stats(self, stats: EngineStats) -> None:
        self._top.set_stats(stats)
        engine = self._listening.engine
        bundle = next((b for b in engine.bundles if b.id == stats.bundle_id), None)
        if bundle is not None:
            self._status.set_stats(stats, bundle)
