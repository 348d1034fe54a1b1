"""Plays a file, or just a piece of one, in place; what the Listen page plays is held meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.ui.listen.session import ListenSession
from genredesk.ui.services.jobs import Job

if TYPE_CHECKING:
    from genredesk.audio.sources import Playable

LANE = "preview"
RATE = 22050
TICK_MS = 40


class SongPreview(QObject):
    """A small player for the training pages.

    Signals
    -------
    changed()
        Another piece is playing, or none.
    moved(float)
        What is heard now, in seconds of the file.
    failed(str)
        It cannot be played, and why.
    """

    changed = Signal()
    moved = Signal(float)
    failed = Signal(str)

    def __init__(self, listening: ListenSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listening = listening
        self._source: Playable | None = None
        self._wanted = 0
        self._stop_s: float | None = None
        self.path = ""
        self.start_s = 0.0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    def is_playing(self, path: str, start_s: float | None = None) -> bool:
        """Whether this file (this piece of it) is playing."""
        return bool(path) and self.path == path and start_s in (None, self.start_s)

    def toggle(self, path: str, start_s: float = 0.0, stop_s: float | None = None) -> None:
        """Play a piece, or stop it when it is playing."""
        if self.is_playing(path, start_s):
            self.stop()
        else:
            self.play(path, start_s, stop_s)

    def play(self, path: str, start_s: float = 0.0, stop_s: float | None = None) -> None:
        """Play ``path`` from ``start_s`` to ``stop_s`` (``None``: to its end)."""
        self._drop()
        self._wanted += 1
        wanted = self._wanted
        self.path, self.start_s, self._stop_s = path, start_s, stop_s
        sound = self._listening.sound
        if sound.is_file and sound.state == "running":
            self._listening.transport.play_pause()
        settings = self._listening.memory.settings

        def work(_job: Job) -> Playable:
            from genredesk.audio.sources import open_file  # noqa: PLC0415

            source = open_file(Path(path), RATE)
            source.volume, source.muted = settings.volume, settings.muted
            if settings.output:
                source.set_output(settings.output)
            if start_s > 0:
                source.seek(start_s)
            return source

        self._listening.jobs.start(
            self.tr("playing {0}").format(path),
            work,
            lane=LANE,
            on_done=lambda source: self._opened(source, wanted),
            on_failed=lambda text, _error: self._broke(text, wanted),
            on_lost=lambda source: source.close(),
        )
        self.changed.emit()

    def stop(self) -> None:
        """Be quiet."""
        self._wanted += 1
        self._drop()
        if self.path:
            self.path = ""
            self.changed.emit()

    def _opened(self, source: Playable, wanted: int) -> None:
        if wanted != self._wanted:
            self._close(source)
            return
        self._source = source
        self._timer.start()

    def _broke(self, text: str, wanted: int) -> None:
        if wanted == self._wanted:
            self.stop()
            self.failed.emit(text)

    def _tick(self) -> None:
        source = self._source
        if source is None:
            return
        state = source.state.name.lower()
        if state == "failed":
            text = source.message or self.tr("It cannot be played.")
            self.stop()
            self.failed.emit(text)
            return
        position = source.position()
        self.moved.emit(position)
        if state == "ended" or (self._stop_s is not None and position >= self._stop_s):
            self.stop()

    def _drop(self) -> None:
        self._timer.stop()
        source, self._source = self._source, None
        if source is not None:
            self._close(source)

    def _close(self, source: Playable) -> None:
        def work(_job: Job) -> None:
            source.close()

        self._listening.jobs.start(self.tr("closing a source"), work, lane="closing")
