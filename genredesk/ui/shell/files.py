"""What is opened and saved: asked for in a dialog, dropped on the window or named at the start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from genredesk.core.errors import GenreDeskError
from genredesk.ui.listen.dropzone import MUSIC, DropZone, files_of, told_apart
from genredesk.ui.listen.heard import saving
from genredesk.ui.listen.heard.exports import Saved
from genredesk.ui.services import dialogs
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.ui.shell.mainwindow import MainWindow


class WindowFiles(QObject):
    """Opens music and models, saves what was heard, takes what is dropped."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._memory = window.listening.memory
        self.drop_zone = DropZone(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def ask_files(self) -> None:
        """Ask for music and play it."""
        kinds = self.tr("Music ({0})").format(MUSIC)
        folder = self._memory.settings.last_folder
        dialogs.open_files(self._window, self.tr("Open music"), kinds, folder, self.open_paths)

    def ask_folder(self) -> None:
        """Ask for a folder and play what is in it."""
        folder = self._memory.settings.last_folder
        dialogs.open_folder(
            self._window, self.tr("Open a folder"), folder, lambda path: self.open_paths([path])
        )

    def open_paths(self, paths: list[Path]) -> None:
        """Open what was dropped, chosen or named: music is played, models are imported."""
        models, music = told_apart(paths)
        if models:
            self._window.go("models")
            self._window.models.import_files(models)
        if music:
            self._window.go("listen")
            self._memory.update(last_folder=str(music[0].parent))
            self._window.listening.open_paths(music)

    def ask_save(self) -> None:
        """Ask where to save the picture, the log, the sound or the scores."""
        saving.ask(self._window, self._window.listening, self.save_to)

    def save_to(self, path: Path, kind: Saved | None = None) -> None:
        """Save to ``path`` what is selected, or all of it; ``kind`` by default as it ends."""
        window = self._window
        try:
            kind = kind or Saved.of(path)
        except GenreDeskError as error:
            window.notices.show_notice(Notice("save", str(error), Severity.ERROR))
            return
        self._memory.update(save_folder=str(path.parent))
        timeline = window.live.timeline
        picture = timeline.picture(kind) if kind in (Saved.PICTURE, Saved.DRAWING) else None
        span = timeline.view.selection
        saving.save(window.listening, window.notices, path, kind, picture=picture, span=span)

    # drops --------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is dragged over the window; what lies over all of it grows with it."""
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            self._on_drag(event)
            return True
        if kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._on_drop(event)
            return True
        if kind == QEvent.Type.DragLeave:
            self.drop_zone.hide()
        elif kind == QEvent.Type.Resize:
            self.drop_zone.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def _on_drag(self, event: QDragEnterEvent) -> None:
        """Say what would happen with the files."""
        files = files_of(event)
        if files:
            _, music = told_apart(files)
            text = self.tr("Drop to play") if music else self.tr("Drop to install the model")
            self.drop_zone.open(text)
            event.acceptProposedAction()

    def _on_drop(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.drop_zone.hide()
        files = files_of(event)
        if files:
            event.acceptProposedAction()
            self.open_paths(files)
            self._window.training.drops.offer_teaching(told_apart(files)[1])
