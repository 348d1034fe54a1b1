"""Writes the genre of the moment into a text file, for programs that show one while streaming.

Off until a person chooses a file. Whoever reads it sees the old word or the new one, never half of
one; while no genre is named the file is empty.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from genredesk.core import atomic
from genredesk.core.errors import GenreDeskError
from genredesk.core.scores import Decision
from genredesk.core.settings import Settings
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look import strengths
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.notices import Notice, Severity


class LiveText(QObject):
    """Follows what is heard; writes only what changed."""

    def __init__(self, listening: ListenSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listening = listening
        self._path = listening.memory.settings.genre_file
        self._word = ""
        self._written: str | None = None
        listening.scored.connect(lambda _scores, decision: self._on_decision(decision))
        listening.waiting.connect(self._on_decision)
        listening.state_changed.connect(self._on_state)
        listening.memory.changed.connect(self._on_settings)

    def close(self) -> None:
        """Leave no old genre behind; the program ends."""
        if self._written:
            self._show("")

    def _on_decision(self, decision: Decision) -> None:
        state, named = decision.state, decision.named
        self._show(strengths.word(state, named) if state and named else "")

    def _on_state(self, state: str) -> None:
        if state not in ("running", "opening"):
            self._show("")

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        if "genre_file" not in names:
            return
        word = self._word
        if self._written:
            self._show("")  # the old file
        self._path, self._written = settings.genre_file, None
        self._show(word)

    def _show(self, word: str) -> None:
        self._word = word
        if not self._path or word == self._written:
            return
        self._written = word
        path = Path(self._path)

        def work(_job: Job) -> None:
            try:
                atomic.write_text(path, word)
            except OSError as error:
                raise GenreDeskError(
                    f"The genre cannot be written to {path} ({error.strerror or error}). "
                    "Choose another place in the settings."
                ) from error

        self._listening.jobs.start(
            self.tr("writing the genre to {0}").format(path.name),
            work,
            lane="closing",  # what is still waiting there is finished when the program ends
            on_failed=lambda text, _error: self._failed(text),
        )

    def _failed(self, text: str) -> None:
        if self._path:
            self._path = ""  # said once; the setting stays for the next start
            self._listening.notice.emit(Notice("genre file", text, Severity.WARNING))
