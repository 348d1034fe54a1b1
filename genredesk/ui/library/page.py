"""Library: a collection found, listened to, corrected and put in order, with the way back."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from genredesk.library.catalogue.db import default_path
from genredesk.library.organize.plan import ActionOptions
from genredesk.ui.library.browse import Browse
from genredesk.ui.library.conflicts import TEACHING
from genredesk.ui.library.duplicates import DUPLICATES, DuplicateFinder
from genredesk.ui.library.map.map_data import Maps
from genredesk.ui.library.moving import FolderMoving
from genredesk.ui.library.plans.plan_controller import PlanController
from genredesk.ui.library.preview import TrackPreview
from genredesk.ui.library.scan_strip import ScanStrip
from genredesk.ui.library.scanning import LibraryScan, hear_again
from genredesk.ui.library.side_pages import SidePages
from genredesk.ui.library.sidebar import SidebarEntry
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.columns import SORTED_BY
from genredesk.ui.library.tracks.listing import ListRequest
from genredesk.ui.listen.dropzone import DropZone
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.layouts import VBox
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.library.organize.rules import Rule
    from genredesk.ui.services.jobs import Job


BEGIN_MS = 1500
"""So long after the start the library is opened by itself, when everything else stands."""


class LibraryPage(QWidget):
    """The place for a whole collection.

    Signals
    -------
    notice(Notice)
        Something to tell.
    dismissed(str)
        The notice of this key is not true any more.
    play_asked(Path)
        Play this file on the Listen page.
    teach_asked(Path)
        Train with the labelled folders in this one.
    """

    notice = Signal(object)
    dismissed = Signal(str)
    play_asked = Signal(object)
    teach_asked = Signal(object)

    # pages beside the tracks, each made when it is asked for
    plan = property(attrgetter("beside.plan"))
    history = property(attrgetter("beside.history"))
    words = property(attrgetter("beside.words"))
    conflicts = property(attrgetter("beside.conflicts"))
    rules = property(attrgetter("beside.rules"))

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self.listening = listening
        self.closed = False
        self.tracks = CatalogueModel(listening.jobs, parent=self)
        self.scanning = LibraryScan(self.tracks, listening, self)
        self.preview = TrackPreview(listening, self)
        self.plans = PlanController(self.tracks, self)
        self.maps = Maps(self.tracks, self)
        self.duplicates = DuplicateFinder(self.tracks, self.scanning, listening.jobs, self)
        self.browse = Browse(self.tracks, self.preview, self.maps)
        self.strip = ScanStrip(self.scanning)
        self.setAcceptDrops(True)
        self.loading = EmptyState("library", self.tr("Opening the library …"))
        self.empty = EmptyState(
            "library",
            self.tr("Organize your music"),
            self.tr(
                "Add the folder that holds it, or drop it here. GenreDesk listens to every track "
                "in the background and shows what it heard. Your files stay as they are until "
                "you say otherwise, and everything can be undone."
            ),
            self.tr("Add a folder …"),
        )
        self.broken = EmptyState(
            "error", self.tr("The library cannot be opened"), " ", self.tr("Try again")
        )
        self.stack = QStackedWidget()
        for widget in (self.loading, _narrow(self.empty), _narrow(self.broken)):
            card = Card("")
            card.body.addWidget(widget)
            self.stack.addWidget(card)
        self.moving = FolderMoving(self)
        self.beside = SidePages(self)
        self.stack.addWidget(self.browse)
        VBox(self.strip, (self.stack, 1), parent=self, gap=GRID + 4)
        self.drop_zone = DropZone(self)
        self._connect()

    def _connect(self) -> None:
        tracks = self.tracks
        tracks.opened.connect(self._on_opened)
        tracks.failed.connect(self._on_failed)
        tracks.roots_changed.connect(self._show_state)
        tracks.roots_changed.connect(self.scanning.watch)
        tracks.listed.connect(lambda _listing: self._show_state())
        tracks.said.connect(self.say)
        tracks.corrected.connect(self._on_corrected)
        self.preview.said.connect(lambda text: self.say(text, True))
        self.scanning.said.connect(self.say)
        self._question: Notice | None = None
        self.scanning.asked.connect(self._ask_again)
        self.scanning.changed.connect(self._show_bounds)
        self.plans.began.connect(lambda _title: self.scanning.hold(True))
        self.plans.ended.connect(lambda: self.scanning.hold(False))
        self.empty.activated.connect(self.ask_folder)
        self.broken.activated.connect(self.open)
        browse = self.browse
        browse.add_asked.connect(self.ask_folder)
        browse.play_asked.connect(self._play)
        browse.root_menu_asked.connect(lambda entry, at: self.root_menu(entry).popup(at))
        browse.act_asked.connect(self.plan_action)
        browse.history_asked.connect(self.show_history)
        browse.teach_asked.connect(self.teach)
        browse.words_asked.connect(self.show_words)
        browse.conflicts_asked.connect(self.show_conflicts)
        keep = self.listening.memory.update
        browse.sorted_by.connect(lambda key, down: keep(library_sort=key, library_descending=down))
        browse.table.columns_chosen.connect(lambda names: keep(library_hidden=tuple(names)))
        self.duplicates.said.connect(self.say)
        self.duplicates.found.connect(lambda _n: self.show_tracks())
        self.duplicates.found.connect(lambda _n: browse.use_filter(DUPLICATES))
        self.duplicates.selected.connect(browse.table.choose)
        browse.duplicates_asked.connect(self.duplicates.find)
        self.listening.memory.changed.connect(lambda _settings, _names: self._show_bounds())
        self._remember()
        self.listening.engine.bundle_changed.connect(self._on_bundle)
        self._on_bundle(self.listening.engine.bundle)

    # the place ----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Open the catalogue when somebody looks."""
        super().showEvent(event)
        if self._question is not None:
            self.notice.emit(self._question)
        QTimer.singleShot(0, self.open)

    def open(self) -> None:
        """Open the catalogue, unless it is."""
        if self.tracks.catalogue is None:
            self._show(self.loading)
            self.tracks.open()

    def _begin(self) -> None:
        """Go on where the last session ended, also when nobody looks at this page."""
        database = self.tracks.path or default_path()
        if self.tracks.catalogue is None and not self.closed and database.is_file():
            self.tracks.open()

    def _show(self, widget: QWidget) -> None:
        card = widget.parentWidget()
        self.stack.setCurrentWidget(card if isinstance(card, Card) else widget)

    def _on_opened(self) -> None:
        self._show_state()
        self.scanning.resume()

    def _on_failed(self, text: str) -> None:
        self.broken.text.setText(text)
        _narrow(self.broken)
        self.broken.setAccessibleDescription(text)
        self._show(self.broken)

    def _show_state(self) -> None:
        away = self.stack.currentWidget() in self.beside.made
        if self.tracks.catalogue is not None and not away:
            self.show_tracks()

    def show_tracks(self) -> None:
        """Show the tracks, or the invitation while there are none."""
        self._show(self.browse if self.tracks.roots else self.empty)

    def show_history(self) -> None:
        """Show what was done, and the way back."""
        self.history.show_past([])
        self._show(self.history)
        self.history.setFocus()
        self.plans.look_back()

    def show_conflicts(self) -> None:
        """Show the conflicts one by one."""
        self._show(self.conflicts)
        self.conflicts.open()

    def show_teaching(self) -> None:
        """Ask about the tracks whose genre would teach the model most."""
        self._show(self.conflicts)
        self.conflicts.open()
        self.conflicts.show_kind(TEACHING)

    def show_words(self) -> None:
        """Show the person's words for genres."""
        self.words.show_words(self.browse.corrector.labels)
        self._show(self.words)

    def show_rules(self) -> None:
        """Show what is done by itself; a new rule begins with the filter in use."""
        self._show(self.rules)
        self.rules.open(self.browse.filter.text())

    def preview_rule(self, rule: Rule) -> None:
        """Plan what a rule would do."""

        def planned(ids: NDArray[np.int64]) -> None:
            self._show(self.plan)
            self.plan.show_action(rule.action, ids, rule.options, exactly=True)

        self.tracks.change(lambda library: library.index.query(rule.filter), planned)

    def plan_action(self, name: str, ids: NDArray[np.int64] | None) -> None:
        """Plan an action for these files, or for everything in view."""
        wanted = self.tracks.model.ids if ids is None else ids
        root = next((r.path for r in self.tracks.roots if not r.offline), None)
        places = {"copy_files": None, "export": Path(dialogs.documents())}
        self._show(self.plan)
        self.plan.show_action(name, wanted, ActionOptions(to=places.get(name, root)))
        self.plan.table.setFocus()

    def _on_bundle(self, bundle: Bundle | None) -> None:
        if bundle is not None:
            self.browse.set_labels(bundle.card.words)
            QTimer.singleShot(BEGIN_MS, self._begin)

    def _ask_again(self, n: int, before: str, title: str) -> None:
        """Ask, where the library is seen, whether it is to be heard again with another model."""
        self._question = hear_again(n, before, title, self.scanning.hear_again) if n else None
        if self._question is None:
            self.dismissed.emit("library-model")
        elif self.isVisible():
            self.notice.emit(self._question)

    def _show_bounds(self) -> None:
        """Judge the strips as everything else is judged."""
        bundle, settings = self.scanning.model, self.listening.memory.settings
        if bundle is not None:
            self.tracks.set_bounds(bundle.card.bounds(settings.unsure_below, settings.care))

    def _remember(self) -> None:
        """Show the table as it was left."""
        settings = self.listening.memory.settings
        sort = settings.library_sort if settings.library_sort in SORTED_BY else ListRequest().sort
        self.tracks.view = replace(
            self.tracks.view, sort=sort, descending=settings.library_descending
        )
        self.browse.table.leave_out(settings.library_hidden)

    def say(self, text: str, wrong: bool) -> None:
        """Tell something, for a while or, when it went wrong, until it was read."""
        kind, lasting_s = (Severity.ERROR, 0.0) if wrong else (Severity.INFO, 6.0)
        self.notice.emit(Notice("library", text, kind, lasting_s=lasting_s))

    def _on_corrected(self, n: int) -> None:
        if not n:
            text = self.tr("Nothing was set: these files have not been listened to yet.")
            self.say(text, False)

    # folders ------------------------------------------------------------------------------

    def ask_folder(self) -> None:
        """Ask for a folder and add it."""
        folder = self.listening.memory.settings.last_folder
        dialogs.open_folder(
            self, self.tr("Add a folder to the library"), folder, lambda p: self.add_folders([p])
        )

    def add_folders(self, folders: list[Path]) -> None:
        """Add folders and begin to look through them."""
        self.tracks.change(
            lambda catalogue: [catalogue.roots.add(folder) for folder in folders],
            lambda _roots: self.scanning.start(),
            self.tr("adding a folder"),
        )

    def root_menu(self, entry: SidebarEntry) -> QMenu:
        """Make the menu of a folder."""
        menu = QMenu(self)
        root = next((r for r in self.tracks.roots if r.id == entry.root_id), None)
        if root is None:
            return menu
        again = menu.addAction(icons.icon("refresh"), self.tr("Scan now"))
        again.triggered.connect(self.look_through)
        retry = menu.addAction(icons.icon("warning"), self.tr("Try unreadable files again"))
        retry.triggered.connect(lambda: self.scanning.start(retry_failed=True))
        moved = menu.addAction(icons.icon("folder"), self.tr("It was moved …"))
        moved.triggered.connect(lambda: self.moving.ask(root.id, root.path))
        watch = menu.addAction(self.tr("Watch for new files"))
        watch.setCheckable(True)
        watch.setChecked(root.watched)
        watch.toggled.connect(
            lambda on: self.tracks.change(lambda catalogue: catalogue.roots.watch(root.id, on))
        )
        menu.addSeparator()
        forget = menu.addAction(icons.icon("trash"), self.tr("Remove from the library …"))
        forget.triggered.connect(lambda: self.ask_remove(root.id, root.path))
        return menu

    def look_through(self) -> None:
        """Look through all folders for what is new or changed."""
        self.scanning.start()

    def reread(self) -> None:
        """Read all tags again, where a drive keeps no time that tells of a change."""
        self.scanning.start(reread=True)

    def ask_remove(self, root_id: int, path: Path) -> None:
        """Ask once more, then forget a folder."""
        dialogs.confirm(
            self,
            self.tr("Remove {0} from the library?").format(path.name or path),
            self.tr("No file is touched. Genres you set come back when the folder is added again."),
            self.tr("Remove"),
            lambda: self.remove_root(root_id),
            no=self.tr("Keep it"),
        )

    def remove_root(self, root_id: int) -> None:
        """Forget a folder; its files on the disk stay."""
        if self.tracks.view.root is not None:
            self.tracks.look(root=None)
        self.tracks.change(
            lambda catalogue: catalogue.roots.remove(root_id),
            name=self.tr("removing a folder"),
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Folders may be dropped here."""
        if _folders(event):
            self.drop_zone.open(self.tr("Drop to add to the library"))
            event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """The folders went elsewhere."""
        self.drop_zone.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add dropped folders."""
        self.drop_zone.hide()
        folders = _folders(event)
        if folders:
            event.acceptProposedAction()
            self.add_folders(folders)

    # going elsewhere ----------------------------------------------------------------------

    def _play(self, file_id: int) -> None:
        row = self.tracks.model.row(file_id)
        if row is not None:
            self.preview.stop()
            self.play_asked.emit(row.path)

    def teach(self) -> None:
        """Gather what the person corrected and hand it to training."""
        catalogue = self.tracks.catalogue
        if catalogue is None:
            return

        def work(job: Job) -> tuple[Path, int]:
            from genredesk.ui.library import teaching  # noqa: PLC0415

            return teaching.gather(catalogue, job.context.checkpoint)

        self.listening.jobs.start(
            self.tr("gathering corrections"),
            work,
            lane="library-plan",
            on_done=lambda found: self.teach_asked.emit(found[0]),
            on_failed=lambda text, _error: self.say(text, False),
        )

    def close_jobs(self) -> None:
        """Stop everything; the program ends."""
        self.closed = True
        self.beside.close()
        self.preview.close()
        self.scanning.close()


def _folders(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return [p for p in paths if p.is_dir()]


def _narrow(state: EmptyState) -> EmptyState:
    """Keep the lines of an empty state short enough to read."""
    words = state.text
    words.setFixedWidth(theme.px(560))
    words.setMinimumHeight(words.heightForWidth(theme.px(560)))
    layout = state.layout()
    if layout is not None:
        layout.setAlignment(words, Qt.AlignmentFlag.AlignHCenter)
    return state
