"""Saves what the Listen page shows, off the UI thread, and says where it went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from genredesk.ui.listen import exports
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.text import tr
from genredesk.ui.services import dialogs
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.notice_board import NoticeBoard
from genredesk.ui.widgets.notices import Notice, Severity


def kinds() -> str:
    """Return what can be saved, as the filters of a file dialog."""
    return ";;".join(
        (
            tr("Picture of the sound (*.png)"),
            tr("Scores as a table (*.csv)"),
            tr("Scores for programs (*.json)"),
            tr("Genre timeline as Audacity labels (*.txt)"),
        )
    )


def ask(parent: QWidget, listening: ListenSession, answer: Callable[[Path], None]) -> None:
    """Ask where to save what is heard; where it was saved last time is offered."""
    path = listening.sound.path
    dialogs.save_file(
        parent,
        tr("Save"),
        kinds(),
        path.stem if path is not None else "GenreDesk",
        lambda chosen, _kind: answer(chosen),
        folder=listening.memory.settings.save_folder,
    )


def save(
    listening: ListenSession, picture: QImage | None, path: Path, notices: NoticeBoard
) -> None:
    """Write ``picture``, or else what was heard, to ``path``; the suffix says which format."""
    heard = listening.timeline.heard()

    def work(_job: Job) -> Path:
        if picture is not None:
            return exports.write_picture(picture, path)
        return exports.write(heard, path)

    listening.jobs.start(
        tr("saving {0}").format(path.name),
        work,
        lane="saving",
        on_done=lambda target: notices.toast(tr("Saved as {0}").format(target)),
        on_failed=lambda text, _error: notices.show_notice(Notice("save", text, Severity.ERROR)),
    )
