"""A folder of the library has another name or place now: asks which and where, and follows it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from genredesk.core.names import shown
from genredesk.ui.library.menus import menu_of
from genredesk.ui.services import dialogs

if TYPE_CHECKING:
    from genredesk.ui.library.page import LibraryPage


class FolderMoving(QObject):
    """Follows folders; what is known of their files goes with them."""

    def __init__(self, page: LibraryPage) -> None:
        super().__init__(page)
        self._page = page

    def choose(self) -> None:
        """Ask which folder is elsewhere now, those that are offline first, and where it is."""
        roots = sorted(self._page.tracks.roots, key=lambda root: not root.offline)
        if len(roots) == 1:
            self.ask(roots[0].id, roots[0].path)
            return
        entries = [
            ("folder", shown(str(root.path)), partial(self.ask, root.id, root.path))
            for root in roots
        ]
        menu_of(self._page, entries).popup(self._page.mapToGlobal(self._page.rect().center()))

    def ask(self, root_id: int, path: Path) -> None:
        """Ask where a folder is now."""
        dialogs.open_folder(
            self._page,
            self.tr("Where is {0} now?").format(path.name or path),
            str(path.parent),
            lambda folder: self.move(root_id, folder),
        )

    def move(self, root_id: int, folder: Path) -> None:
        """Say that a folder has another name or place now, and look through it."""
        self._page.tracks.change(
            lambda catalogue: catalogue.roots.rename(root_id, folder),
            lambda _root: self._page.scanning.start(),
            self.tr("following a folder"),
        )
