"""Finds the music in what was opened: files and folders of any size, off the UI thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from genredesk.ui.listen.playlist import batches
from genredesk.ui.services.jobs import Job, JobRunner


class Walk(QObject):
    """One search at a time; a new one ends the last.

    Signals
    -------
    first(list[Path]), more(list[Path])
        Files as they are found; the first ones come at once, so that they can be played.
    nothing(str)
        The sentence to show when there was no sound file.
    ended()
        All files were found.
    problem(str)
        A folder that cannot be read.
    """

    first = Signal(object)
    more = Signal(object)
    nothing = Signal(str)
    problem = Signal(str)
    ended = Signal()

    def __init__(self, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None

    def start(self, paths: Sequence[Path]) -> None:
        """Look for music in ``paths``."""
        self.stop()
        wanted = list(paths)
        if not wanted:
            return
        found = [0]

        def work(job: Job) -> None:
            from genredesk.audio.decode import find_audio  # noqa: PLC0415

            for batch in batches(find_audio(wanted, job.part)):
                job.context.checkpoint()
                job.part(batch)

        def part(value: list[Path] | str) -> None:
            if self._job is not job:
                return  # still under way when something else was opened
            if isinstance(value, str):
                self.problem.emit(value)
                return
            (self.more if found[0] else self.first).emit(value)
            found[0] += len(value)

        def done(_: object) -> None:
            if self._job is not job:
                return
            if not found[0]:
                self.nothing.emit(self._nothing(wanted))
            self.ended.emit()

        job = self._job = self._jobs.start(
            self.tr("looking for music in {0}").format(wanted[0].name),
            work,
            lane="walk",
            on_part=part,
            on_done=done,
            on_failed=lambda text, _error: self.problem.emit(text),
        )

    def stop(self) -> None:
        """Look no further."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _nothing(self, wanted: list[Path]) -> str:
        name = wanted[0].name if len(wanted) == 1 else self.tr("what was opened")
        return self.tr(
            "There is no sound file in {0}. GenreDesk plays wav, flac, mp3, ogg, opus, "
            "m4a, aiff, au, wma, wv and many others, and the sound of films."
        ).format(name)
