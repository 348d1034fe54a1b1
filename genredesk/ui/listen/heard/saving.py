"""Saves what the Listen page shows, off the UI thread, and says where it went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from genredesk.ui.listen.heard import exports
from genredesk.ui.listen.heard.exports import Saved
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.text import tr
from genredesk.ui.services import dialogs
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.notice_board import NoticeBoard
from genredesk.ui.widgets.notices import Notice, Severity


def kinds() -> dict[str, Saved]:
    """Return what can be saved, by the filters of a file dialog."""
    return {
        tr("Picture (*.png)"): Saved.PICTURE,
        tr("Vector graphic (*.svg)"): Saved.DRAWING,
        tr("Log as a table (*.csv)"): Saved.STRETCHES,
        tr("Log for programs (*.json)"): Saved.STRETCHES_JSON,
        tr("Log as Audacity labels (*.txt)"): Saved.LABELS,
        tr("Chapters of the file as a playlist (*.m3u8)"): Saved.CHAPTERS,
        tr("Sound (*.wav)"): Saved.SOUND,
        tr("Scores of every window as a table (*.csv)"): Saved.SCORES,
        tr("Scores of every window for programs (*.json)"): Saved.SCORES_JSON,
    }


def ask(parent: QWidget, listening: ListenSession, answer: Callable[[Path, Saved], None]) -> None:
    """Ask where to save what is heard; where it was saved last time is offered."""
    path = listening.sound.path
    offered = kinds()
    dialogs.save_file(
        parent,
        tr("Save"),
        ";;".join(offered),
        path.stem if path is not None else "GenreDesk",
        lambda chosen, kind: answer(chosen, _meant(chosen, offered[kind])),
        folder=listening.memory.settings.save_folder,
    )


def _meant(path: Path, kind: Saved) -> Saved:
    """Return what a typed ending says, or what was chosen where it says nothing else."""
    known = {one.value for one in Saved}
    typed = path.suffix.lower()
    return kind if typed == kind.ending or typed[1:] not in known else Saved.of(path)


def save(
    listening: ListenSession,
    notices: NoticeBoard,
    path: Path,
    kind: Saved,
    *,
    picture: bytes | None = None,
    span: tuple[float, float] | None = None,
) -> None:
    """Write ``picture``, or else what was heard in ``span``, to ``path``."""
    heard = listening.timeline.heard(span)

    def work(_job: Job) -> Path:
        if picture is not None:
            return exports.write_bytes(path, picture)
        return exports.write(heard, path, kind)

    listening.jobs.start(
        tr("saving {0}").format(path.name),
        work,
        lane="saving",
        on_done=lambda target: notices.toast(tr("Saved as {0}").format(target)),
        on_failed=lambda text, _error: notices.show_notice(Notice("save", text, Severity.ERROR)),
    )
