"""Keeps the settings: every change at once in memory, on disk a moment later and at the end.

Writing happens on a job, so a slow disk cannot hold the window; a folder that cannot be written
is said once and then left in peace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.core import settings as store
from genredesk.core.errors import SettingsError
from genredesk.core.settings import Settings
from genredesk.ui.services.jobs import JobRunner

DELAY_MS = 800
"""A volume slider being dragged writes once, not a hundred times."""


class SettingsStore(QObject):
    """The current settings and their way to the disk.

    Signals
    -------
    changed(Settings, set)
        The new settings and the names of the fields that differ.
    unwritable(str)
        The sentence to show; sent once.
    """

    changed = Signal(object, object)
    unwritable = Signal(str)

    def __init__(
        self,
        settings: Settings,
        jobs: JobRunner,
        save: Callable[[Settings], None] = store.save,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._jobs = jobs
        self._save = save
        self._saved = settings
        self._said = False
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._write_later)

    @property
    def settings(self) -> Settings:
        """What is remembered now."""
        return self._settings

    def update(self, **changes: Any) -> None:
        """Remember ``changes`` (names of :class:`Settings` fields)."""
        new = self._settings.replace(**changes)
        differing = {k for k in changes if getattr(new, k) != getattr(self._settings, k)}
        if not differing:
            return
        self._settings = new
        self._timer.start()
        self.changed.emit(new, differing)

    def flush(self) -> None:
        """Write now, on this thread; at the end of the program, when nobody waits any more."""
        self._timer.stop()
        if self._settings != self._saved and not self._said:
            try:
                self._save(self._settings)
                self._saved = self._settings
            except SettingsError as error:
                self._failed(str(error), error)

    def _write_later(self) -> None:
        settings = self._settings
        if settings == self._saved or self._said:
            return

        def wrote(_: object) -> None:
            self._saved = settings

        self._jobs.start(
            self.tr("saving the settings"),
            lambda _job: self._save(settings),
            lane="settings",
            on_done=wrote,
            on_failed=self._failed,
        )

    def _failed(self, text: str, _error: Exception) -> None:
        if not self._said:
            self._said = True
            self.unwritable.emit(
                self.tr("{0} Changes last until GenreDesk is closed.").format(text)
            )
