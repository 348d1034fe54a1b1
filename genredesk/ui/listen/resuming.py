"""Puts the list of the last time back into the player; without one, the demo.

What was open may be gone, or a folder of ten thousand files on a slow drive: it is looked for off
the UI thread, and the file that was in the player is ready as soon as it is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from genredesk.ui.listen.file_walker import Walk
from genredesk.ui.listen.playlist import Playlist
from genredesk.ui.services.jobs import JobRunner

KEPT = 200
"""Of more files than this their folders are remembered."""


def remembered(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return what to keep of what a person opened."""
    if len(paths) > KEPT:
        paths = list(dict.fromkeys(path.parent for path in paths))[:KEPT]
    return tuple(str(path) for path in paths)


class Resuming(QObject):
    """Fills the list once, at the start of the program.

    Signals
    -------
    ready(int)
        The row to show in the player; -1 when there is nothing to play.
    """

    ready = Signal(int)

    def __init__(self, jobs: JobRunner, playlist: Playlist, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._playlist = playlist
        self._walk = Walk(jobs, self)
        self._waiting = False
        self._file = Path()
        self._demo: list[Path] = []
        self._walk.first.connect(self._on_first)
        self._walk.more.connect(self._on_more)
        self._walk.ended.connect(self._on_ended)

    def begin(self, opened: Sequence[str], file: str, demo: Sequence[Path]) -> None:
        """Look for ``opened``, of which ``file`` was in the player."""
        self._waiting, self._file, self._demo = True, Path(file), list(demo)
        if not opened:
            self._use_demo()
            return
        self._jobs.start(
            self.tr("looking for what was open"),
            lambda _job: [path for path in map(Path, opened) if _there(path)],
            lane="walk",
            on_done=self._on_looked,
        )

    def settle(self) -> None:
        """The person has chosen a file: it stays."""
        self._waiting = False

    def stop(self) -> None:
        """Something else is opened, or the program ends."""
        self._waiting = False
        self._walk.stop()

    def _on_looked(self, there: list[Path]) -> None:
        if not self._waiting:
            return
        if there:
            self._walk.start(there)
        else:
            self._use_demo()

    def _on_first(self, files: list[Path]) -> None:
        self._playlist.replace(files)
        self._look()

    def _on_more(self, files: list[Path]) -> None:
        self._playlist.append(files)
        self._look()

    def _look(self) -> None:
        row = self._playlist.row_of(self._file)
        if self._waiting and row >= 0:
            self._tell(row)

    def _on_ended(self) -> None:
        if self._waiting and len(self._playlist):
            self._tell(0)
        elif self._waiting:
            self._use_demo()

    def _use_demo(self) -> None:
        self._playlist.replace(self._demo)
        self._tell(max(0, self._playlist.row_of(self._file)) if self._demo else -1)

    def _tell(self, row: int) -> None:
        self._waiting = False
        self.ready.emit(row)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
