"""Looks through the folders in a child process and keeps :class:`Music` up to date meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from genredesk.core.job import Progress
from genredesk.library.library import Library
from genredesk.training.runs.messages import (
    EndEvent,
    Event,
    ExaminedEvent,
    ExaminedSong,
    FailedEvent,
    FoundEvent,
    RepeatedEvent,
    RepeatedSong,
    ScanDone,
    ScanTask,
)
from genredesk.ui.services.jobs import JobRunner
from genredesk.ui.services.worker_process import Child
from genredesk.ui.training.music import Music, Track

LIBRARY = "library:"
"""Stands among the folders for the songs whose genre was corrected in the library."""


def corrections() -> list[tuple[str, str]]:
    """Return path and first genre of every song that was corrected in the library.

    Raises
    ------
    GenreDeskError
        When the catalogue cannot be read.
    """
    from genredesk.library.catalogue.db import default_path  # noqa: PLC0415

    if not default_path().is_file():
        return []
    with Library.open() as catalogue:
        found = catalogue.corrections.all()
    return [(str(path), labels[0]) for path, labels in found if labels]


class MusicScan(QObject):
    """The scan of the music page.

    Signals
    -------
    progressed(int, int, str)
        Files examined, files in all, the last one's name.
    ended(str)
        It is over; carries what went wrong, empty when nothing did.
    """

    progressed = Signal(int, int, str)
    began = Signal()
    ended = Signal(str)

    def __init__(self, jobs: JobRunner, music: Music, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._music = music
        self._child = Child(jobs, "scan", self)
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self._numbers: list[Track] = []
        self._with = ""
        self._again: tuple[list[str], str] | None = None
        self.took_s = 0.0
        self.scanned_with = ""
        """The bundle whose front end the whole music was looked through with."""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._child.running

    def add_library(self, bundle: str) -> None:
        """Take the songs whose genre was corrected in the library, too."""
        if LIBRARY not in self._music.roots:
            self._music.roots.append(LIBRARY)
        self.start(bundle)

    def add(self, folders: list[Path], bundle: str) -> None:
        """Look through more folders; those there are already are looked through again."""
        for folder in folders:
            text = str(folder.absolute())
            if text not in self._music.roots:
                self._music.roots.append(text)
        self.start(bundle)

    def remove(self, root: str, bundle: str) -> None:
        """Take a folder away."""
        self._music.roots = [r for r in self._music.roots if r != root]
        self.start(bundle)

    def start(self, bundle: str) -> None:
        """Look through all folders; ``bundle`` says whose front end is kept ready."""
        if self._child.running:
            self._again = (list(self._music.roots), bundle)
            self._child.cancel(0.3)
            return
        self._again = None
        self._numbers = []
        self._music.clear()
        if not self._music.roots:
            self.ended.emit("")
            return
        roots = [root for root in self._music.roots if root != LIBRARY]
        corrected: list[tuple[str, str]] = []
        self.scanned_with, self._with = "", bundle

        def before() -> None:
            if LIBRARY in self._music.roots:
                corrected.extend(corrections())

        request = ScanTask(roots, corrected, bundle)
        self._child.start(self.tr("looking through the music"), request, before)
        self.began.emit()

    def cancel(self) -> None:
        """Stop; what was examined stays."""
        self._again = None
        self._child.cancel(0.3)

    def shut(self) -> None:
        """End the process: the window is being closed."""
        self._again = None
        self._child.shut(0.3)

    def _on_event(self, event: Event) -> None:
        if self._again is not None:
            return
        match event:
            case FoundEvent(rows):
                self._numbers += self._music.add(rows)
            case ExaminedEvent(rows):
                self._music.update(self._examined(row) for row in rows)
            case RepeatedEvent(rows):
                self._music.update(self._repeated(row) for row in rows)
            case Progress(done, total, message):
                self.progressed.emit(int(done), int(total), message)

    def _examined(self, row: ExaminedSong) -> tuple[Track, dict[str, Any]]:
        track = self._numbers[row.number]
        values: dict[str, Any] = {"seconds": row.seconds, "level": row.level, "tags": row.words}
        if row.artist and not track.artist:
            values["artist"] = row.artist
        if track.kind != "misplaced":
            values |= {"kind": row.kind, "reason": row.reason, "fix": row.fix}
        return track, values

    def _repeated(self, row: RepeatedSong) -> tuple[Track, dict[str, Any]]:
        path = self._numbers[row.other].path if 0 <= row.other < len(self._numbers) else ""
        track = self._numbers[row.number]
        return track, {"kind": row.kind, "reason": row.reason, "fix": row.fix, "other": path}

    def _on_end(self, event: EndEvent) -> None:
        if self._again is not None:
            self.start(self._again[1])
            return
        done = isinstance(event, ScanDone)
        self.took_s = event.seconds if done else 0.0
        self.scanned_with = self._with if done else ""
        self.ended.emit(event.message if isinstance(event, FailedEvent) else "")
