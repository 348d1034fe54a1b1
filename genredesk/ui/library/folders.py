"""The folders of the library: added, looked through, followed to another place, forgotten."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from genredesk.core.names import shown
from genredesk.ui.library.menus import menu_of
from genredesk.ui.look import icons
from genredesk.ui.services import dialogs

if TYPE_CHECKING:
    from genredesk.ui.library.page import LibraryPage
    from genredesk.ui.library.sidebar import SidebarEntry


class LibraryFolders(QObject):
    """Adds, scans, follows and forgets folders; their files stay as they are."""

    def __init__(self, page: LibraryPage) -> None:
        super().__init__(page)
        self._page = page

    def ask(self) -> None:
        """Ask for a folder and add it."""
        folder = self._page.listening.memory.settings.last_folder
        dialogs.open_folder(
            self._page, self.tr("Add a folder to the library"), folder, lambda p: self.add([p])
        )

    def add(self, folders: list[Path]) -> None:
        """Add folders and begin to look through them."""
        self._page.tracks.change(
            lambda catalogue: [catalogue.roots.add(folder) for folder in folders],
            lambda _roots: self._page.scanning.start(),
            self.tr("adding a folder"),
        )

    def menu(self, entry: SidebarEntry) -> QMenu:
        """Make the menu of a folder."""
        menu = QMenu(self._page)
        root = next((r for r in self._page.tracks.roots if r.id == entry.root_id), None)
        if root is None:
            return menu
        again = menu.addAction(icons.icon("refresh"), self.tr("Scan now"))
        again.triggered.connect(self.scan)
        retry = menu.addAction(icons.icon("warning"), self.tr("Try unreadable files again"))
        retry.triggered.connect(lambda: self._page.scanning.start(retry_failed=True))
        moved = menu.addAction(icons.icon("folder"), self.tr("It was moved …"))
        moved.triggered.connect(lambda: self.ask_place(root.id, root.path))
        watch = menu.addAction(self.tr("Watch for new files"))
        watch.setCheckable(True)
        watch.setChecked(root.watched)
        watch.toggled.connect(
            lambda on: self._page.tracks.change(
                lambda catalogue: catalogue.roots.watch(root.id, on)
            )
        )
        menu.addSeparator()
        forget = menu.addAction(icons.icon("trash"), self.tr("Remove from the library …"))
        forget.triggered.connect(lambda: self.ask_remove(root.id, root.path))
        return menu

    def scan(self) -> None:
        """Look through all folders for what is new or changed."""
        self._page.scanning.start()

    def reread(self) -> None:
        """Read all tags again, where a drive keeps no time that tells of a change."""
        self._page.scanning.start(reread=True)

    def ask_remove(self, root_id: int, path: Path) -> None:
        """Ask once more, then forget a folder."""
        dialogs.confirm(
            self._page,
            self.tr("Remove {0} from the library?").format(path.name or path),
            self.tr("No file is touched. Genres you set come back when the folder is added again."),
            self.tr("Remove"),
            lambda: self.remove(root_id),
            no=self.tr("Keep it"),
        )

    def remove(self, root_id: int) -> None:
        """Forget a folder; its files on the disk stay."""
        if self._page.tracks.view.root is not None:
            self._page.tracks.look(root=None)
        self._page.tracks.change(
            lambda catalogue: catalogue.roots.remove(root_id),
            name=self.tr("removing a folder"),
        )

    def choose_moved(self) -> None:
        """Ask which folder is elsewhere now, those that are offline first, and where it is."""
        roots = sorted(self._page.tracks.roots, key=lambda root: not root.offline)
        if len(roots) == 1:
            self.ask_place(roots[0].id, roots[0].path)
            return
        entries = [
            ("folder", shown(str(root.path)), partial(self.ask_place, root.id, root.path))
            for root in roots
        ]
        menu_of(self._page, entries).popup(self._page.mapToGlobal(self._page.rect().center()))

    def ask_place(self, root_id: int, path: Path) -> None:
        """Ask where a folder is now."""
        dialogs.open_folder(
            self._page,
            self.tr("Where is {0} now?").format(path.name or path),
            str(path.parent),
            lambda folder: self.follow(root_id, folder),
        )

    def follow(self, root_id: int, folder: Path) -> None:
        """Say that a folder has another name or place now, and look through it."""
        self._page.tracks.change(
            lambda catalogue: catalogue.roots.rename(root_id, folder),
            lambda _root: self._page.scanning.start(),
            self.tr("following a folder"),
        )
