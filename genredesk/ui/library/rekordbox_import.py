"""Takes genres or playlists of a rekordbox XML as the person's own, after they saw how many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from genredesk.ui.look.text import thousands, tr
from genredesk.ui.services import dialogs

if TYPE_CHECKING:
    from genredesk.library.library import Library
    from genredesk.library.organize.labels_in import LabelsIn
    from genredesk.ui.library.page import LibraryPage


class RekordboxImport(QObject):
    """Asks for the file, tells what is in it, and takes what is wanted."""

    def __init__(self, page: LibraryPage) -> None:
        super().__init__(page)
        self._page = page
        self.question: QMessageBox | None = None

    def ask(self) -> None:
        """Ask for the exported file."""
        folder = self._page.listening.memory.settings.last_folder
        dialogs.open_files(
            self._page,
            self.tr("Genres from a rekordbox XML"),
            self.tr("rekordbox XML (*.xml)"),
            folder,
            lambda paths: self.look(paths[0]),
        )

    def look(self, path: Path) -> None:
        """Read the file and ask what to take of it."""

        def work(catalogue: Library) -> tuple[LabelsIn, LabelsIn]:
            from genredesk.library import rekordbox  # noqa: PLC0415 - rarely asked for
            from genredesk.library.organize import labels_in  # noqa: PLC0415

            tracks = rekordbox.read(path)
            return (
                labels_in.plan(catalogue, tracks),
                labels_in.plan(catalogue, tracks, playlists=True),
            )

        self._page.tracks.change(
            work,
            lambda found: self._ask_which(path, *found),
            self.tr("reading {0}").format(path.name),
        )

    def _ask_which(self, path: Path, genres: LabelsIn, lists: LabelsIn) -> None:
        box = self.question = QMessageBox(self._page)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Genres from a rekordbox XML"))
        box.setText(
            self.tr("Take genres from {0} as yours?").format(path.name)
            if genres.taken or lists.taken
            else self.tr("Nothing in {0} is new for your library.").format(path.name)
        )
        box.setInformativeText(self._told(genres, lists))
        for found, words in (
            (genres, self.tr("Take genres ({0})")),
            (lists, self.tr("Take playlists ({0})")),
        ):
            if found.taken:
                button = box.addButton(
                    words.format(thousands(len(found.taken))), QMessageBox.ButtonRole.AcceptRole
                )
                button.clicked.connect(lambda _on=False, labels=found: self.take(labels))
        box.addButton(QMessageBox.StandardButton.Close)
        box.open()

    def _told(self, genres: LabelsIn, lists: LabelsIn) -> str:
        told = [
            tr("%Ln track(s) would get a genre from there.", "", genres.n_taken),
            tr("%Ln would get the name of its playlist.", "", lists.n_taken),
        ]
        if genres.own:
            told.append(tr("%Ln track(s) with a genre of yours will keep it.", "", genres.own))
        if n := len(genres.unknown):
            told.append(tr("%Ln track(s) outside this library.", "", n))
        if genres.unheard:
            told.append(tr("%Ln track(s) not analyzed yet and left out.", "", genres.unheard))
        return " ".join(told)

    def take(self, labels: LabelsIn) -> None:
        """Set the genres."""
        from genredesk.library.organize import labels_in  # noqa: PLC0415 - it is loaded

        tracks = self._page.tracks
        tracks.change(
            lambda catalogue: labels_in.take(catalogue, labels),
            tracks.corrected.emit,
            self.tr("setting genres"),
        )
