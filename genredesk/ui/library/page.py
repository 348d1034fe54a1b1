"""Library: a collection found, listened to, corrected and put in order, with the way back."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFocusEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from genredesk.library.catalogue.db import default_path
from genredesk.ui.library.browse import Browse
from genredesk.ui.library.duplicates import DUPLICATES, DuplicateFinder
from genredesk.ui.library.folders import LibraryFolders
from genredesk.ui.library.map.map_data import Maps
from genredesk.ui.library.plans.plan_controller import PlanController
from genredesk.ui.library.preview import TrackPreview
from genredesk.ui.library.scan_strip import ScanStrip
from genredesk.ui.library.scanning import LibraryScan, hear_again
from genredesk.ui.library.side_pages import SidePages
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.columns import SORTED_BY
from genredesk.ui.library.tracks.listing import ListRequest
from genredesk.ui.listen.dropzone import DropZone
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.layouts import VBox
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
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
        self.folders = LibraryFolders(self)
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
        self.empty.activated.connect(self.folders.ask)
        self.broken.activated.connect(self.open)
        browse = self.browse
        browse.add_asked.connect(self.folders.ask)
        browse.play_asked.connect(self._play)
        browse.root_menu_asked.connect(lambda entry, at: self.folders.menu(entry).popup(at))
        browse.act_asked.connect(self.beside.plan_action)
        browse.history_asked.connect(self.beside.show_history)
        browse.teach_asked.connect(self.teach)
        browse.words_asked.connect(self.beside.show_words)
        browse.conflicts_asked.connect(self.beside.show_conflicts)
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
            self.show_page(self.loading)
            self.tracks.open()

    def _begin(self) -> None:
        """Go on where the last session ended, also when nobody looks at this page."""
        database = self.tracks.path or default_path()
        if self.tracks.catalogue is None and not self.closed and database.is_file():
            self.tracks.open()

    def show_page(self, widget: QWidget) -> None:
        """Show a page beside the tracks, the tracks, or a state that is none of them."""
        card = widget.parentWidget()
        self.stack.setCurrentWidget(card if isinstance(card, Card) else widget)

    def _on_opened(self) -> None:
        self._show_state()
        self.scanning.resume()

    def _on_failed(self, text: str) -> None:
        self.broken.text.setText(text)
        _narrow(self.broken)
        self.broken.setAccessibleDescription(text)
        self.show_page(self.broken)

    def _show_state(self) -> None:
        away = self.stack.currentWidget() in self.beside.made
        if self.tracks.catalogue is not None and not away:
            self.show_tracks()

    def show_tracks(self) -> None:
        """Show the tracks, or the invitation while there are none."""
        self.show_page(self.browse if self.tracks.roots else self.empty)

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

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard is in the table, where that is seen."""
        super().focusInEvent(event)
        if self.browse.table.isVisible():
            self.browse.table.setFocus(event.reason())

    # dropped folders -----------------------------------------------------------------------

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
            self.folders.add(folders)

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
