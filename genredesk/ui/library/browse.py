"""The heart of the Library page: filter, sidebar, table or map, and the line to correct by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QMenu, QStackedWidget, QWidget

from genredesk.library.index.saved_filters import SavedFilter
from genredesk.library.row_state import TO_CHECK
from genredesk.ui.library import menus
from genredesk.ui.library.correcting import KEYS, CorrectBar
from genredesk.ui.library.corrector import Corrector
from genredesk.ui.library.filter_bar import FilterBar
from genredesk.ui.library.map.map_data import Maps
from genredesk.ui.library.preview import PreviewBar, TrackPreview
from genredesk.ui.library.sidebar import DECIDE, Sidebar, SidebarEntry
from genredesk.ui.library.tracks import columns
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.listing import Listing
from genredesk.ui.library.tracks.table import TracksTable
from genredesk.ui.look import theme
from genredesk.ui.look.text import thousands, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card, ChipButton, EmptyState
from genredesk.ui.widgets.controls import Button, IconButton
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox

if TYPE_CHECKING:
    from genredesk.library.records import TrackRow
    from genredesk.ui.library.map.map_view import MapView

_KEEP_CHOSEN = 50_000
"""More chosen files than that are no longer chosen after the list changed."""


class Browse(QWidget):
    """Everything a person looks at and corrects.

    Signals
    -------
    play_asked(int)
        Play this file on the Listen page.
    act_asked(str, object)
        Plan an action for these ids (``None``: everything in view).
    history_asked(), words_asked(), add_asked()
        Show the way back, the words for genres; add a folder.
    root_menu_asked(Entry, QPoint)
        What can be done with a folder.
    teach_asked()
        Learn from what a person corrected.
    conflicts_asked()
        Decide between tag and answer, track by track.
    duplicates_asked()
        Look for files that are one recording.
    sorted_by(str, bool)
        The person sorts the table by this from now on.
    """

    play_asked = Signal(int)
    act_asked = Signal(str, object)
    history_asked = Signal()
    words_asked = Signal()
    add_asked = Signal()
    root_menu_asked = Signal(object, QPoint)
    teach_asked = Signal()
    conflicts_asked = Signal()
    duplicates_asked = Signal()
    sorted_by = Signal(str, bool)

    def __init__(
        self,
        tracks: CatalogueModel,
        preview: TrackPreview,
        maps: Maps,
    ) -> None:
        super().__init__()
        self.tracks = tracks
        self.maps = maps
        self.map: MapView | None = None
        self.preview = preview
        self.filter = FilterBar()
        self.sidebar = Sidebar()
        self.table = TracksTable(tracks.model, tracks.pictures)
        self.preview_bar = PreviewBar(preview)
        self.correct = CorrectBar()
        self.nothing = EmptyState("search", self.tr("No tracks match"), " ")
        self.narrowed = ChipButton()
        self.narrowed.hide()
        self.as_table = IconButton("table", self.tr("Table"), size=18)
        self.as_map = IconButton("map", self.tr("Map: what sounds alike lies together"), size=18)
        self.act = Button(self.tr("Organize"), "primary", icon="tags")
        self.words = IconButton("palette", self.tr("Genre names and thresholds"))
        self.history = IconButton("undo", self.tr("History"))
        self.corrector = Corrector(tracks, self.table, self.chosen, self)
        self.views = QStackedWidget()
        self._lay_out()
        self._connect()

    # layout -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        for button in (self.as_table, self.as_map):
            button.setCheckable(True)
            group.addButton(button)
        self.as_table.setChecked(True)
        buttons = (self.as_table, self.as_map, self.words, self.history, self.act)
        head = HBox(
            (self.filter, 1, Qt.AlignmentFlag.AlignTop),
            *((button, 0, Qt.AlignmentFlag.AlignTop) for button in buttons),
            gap=GRID,
        )
        lists = QStackedWidget()
        lists.addWidget(self.table)
        lists.addWidget(self.nothing)
        self._lists = lists
        self.table_card = Card("", margin=0)
        body = self.table_card.body
        body.setSpacing(0)
        self.table_card.layout().setContentsMargins(theme.px(6), theme.px(6), theme.px(6), 0)  # type: ignore[union-attr]
        body.addWidget(lists, 1)
        self.views.addWidget(self.table_card)
        foot = Card("", margin=0)
        foot.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        foot.body.setSpacing(0)
        foot.body.add(self.preview_bar, self.correct)
        right = VBox(HBox(self.narrowed, STRETCH), (self.views, 1), foot, gap=GRID)
        both = HBox(self.sidebar, (right, 1), gap=2 * GRID)
        VBox(head, (both, 1), parent=self, gap=GRID + 4)

    def _connect(self) -> None:
        tracks, table = self.tracks, self.table
        tracks.listed.connect(self._on_listed)
        tracks.counted.connect(self.sidebar.show_counts)
        tracks.counted.connect(lambda _counts: self._show_count())
        tracks.refused.connect(self.filter.show_error)
        tracks.roots_changed.connect(lambda: self.sidebar.show_roots(tracks.roots, tracks.view))
        tracks.filters_changed.connect(lambda: self.filter.set_filters(tracks.filters))
        tracks.model.modelAboutToBeReset.connect(self._before_reset)
        tracks.model.modelReset.connect(self._after_reset)
        self.filter.changed.connect(self._filter_changed)
        self.filter.chosen.connect(self.use_filter)
        self.filter.save_asked.connect(self._save_filter)
        self.filter.delete_asked.connect(tracks.delete_filter)
        self.filter.left.connect(table.setFocus)
        self.sidebar.picked.connect(self._picked)
        self.sidebar.group_chosen.connect(
            lambda key: tracks.look(group=key, within=None, only=None)
        )
        self.sidebar.headed.connect(lambda on: tracks.look(headed=on, only=None))
        self.sidebar.add_asked.connect(self.add_asked)
        self.sidebar.root_menu_asked.connect(self.root_menu_asked)
        table.sort_asked.connect(self._sort)
        table.play_asked.connect(self.play_asked)
        table.preview_asked.connect(self.toggle_preview)
        table.digit_typed.connect(self.corrector.digit)
        table.text_typed.connect(self.ask_genre)
        table.confirmed.connect(self.corrector.confirm)
        table.taken_back.connect(self.corrector.take_back)
        table.walk_asked.connect(self.corrector.walk)
        table.menu_asked.connect(lambda at: self.row_menu().popup(at))
        table.chosen.connect(self._show_count)
        self.correct.label_chosen.connect(lambda label: self.corrector.set([label]))
        self.correct.picker_asked.connect(self.ask_genre)
        self.correct.walk_asked.connect(lambda: self.corrector.walk(1))
        self.narrowed.clicked.connect(self.show_all)
        self.preview.changed.connect(self._on_preview)
        self.act.clicked.connect(self._open_act_menu)
        self.history.clicked.connect(self.history_asked)
        self.words.clicked.connect(self.words_asked)
        self.as_table.clicked.connect(self.show_table)
        self.as_map.clicked.connect(self.show_map)
        self.maps.alike.connect(self._on_alike)
        self.maps.said.connect(lambda text: tracks.said.emit(text, False))

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard is in the table."""
        super().showEvent(event)
        self.table.setFocus()

    # what is in view ----------------------------------------------------------------------

    def set_labels(self, labels: Sequence[str]) -> None:
        """Offer these genres on the keys."""
        self.corrector.labels = list(labels)
        self.correct.keys.set_labels(labels[:KEYS])
        self._show_count()

    def _filter_changed(self, text: str) -> None:
        self.tracks.look(text=text, only=None, title="")

    def use_filter(self, saved: SavedFilter) -> None:
        """Show what a saved filter names, as it names it."""
        self.filter.set_text(saved.text)
        self.tracks.look(
            text=saved.text, sort=saved.sort, descending=saved.descending,
            group=saved.group or self.tracks.view.group, headed=bool(saved.group),
            within=None, root=None, only=None,
        )  # fmt: skip

    def _save_filter(self, name: str, text: str) -> None:
        view = self.tracks.view
        group = view.group if view.headed else ""
        self.tracks.save_filter(SavedFilter(name, text, view.sort, view.descending, group))

    def _picked(self, entry: SidebarEntry) -> None:
        if entry.within == DECIDE:
            self.conflicts_asked.emit()
            return
        self.tracks.look(within=entry.within, root=entry.root, only=None, title="")
        self.table.setFocus()

    def _sort(self, key: str, descending: bool) -> None:
        self.table.set_sort(key, descending)
        self.tracks.look(sort=key, descending=descending, only=None)
        self.sorted_by.emit(key, descending)

    def show_table(self) -> None:
        """Show the table."""
        self.as_table.setChecked(True)
        self.views.setCurrentWidget(self.table_card)
        self._show_count()

    def show_only(self, ids: NDArray[np.int64], title: str) -> None:
        """Show just these files, in this order, under a chip that says why."""
        self.show_table()
        self.tracks.look(only=ids, title=title, within=None)

    def show_all(self) -> None:
        """Leave the narrow list."""
        self.tracks.look(only=None, title="")

    def _on_listed(self, listing: Listing) -> None:
        view = listing.view
        self.filter.show_error("")
        self.table.set_sort("" if view.only is not None else view.sort, view.descending)
        self.narrowed.setVisible(view.only is not None)
        if view.only is not None:
            self.narrowed.set_state(view.title, icon="close", why=self.tr("Show all tracks again"))
        empty = not len(listing.ids)
        self._lists.setCurrentWidget(self.nothing if empty else self.table)
        if empty:
            self._say_nothing(listing)
        self._show_count()

    def _say_nothing(self, listing: Listing) -> None:
        if not listing.total:
            title, text = (
                self.tr("No music was found yet"),
                self.tr("Files appear here as soon as they are found."),
            )
        elif listing.view.within == ("check", "check"):
            title, text = self.tr("Nothing to check"), self.tr("Every answer here is sure.")
        else:
            title, text = (
                self.tr("No tracks match"),
                self.tr("Change the filter, or choose another place."),
            )
        self.nothing.say("search", title, text)

    def _before_reset(self) -> None:
        self._kept = self.table.anchor(), self.table.current_id(), self.table.selected_ids()

    def _after_reset(self) -> None:
        """Stay where one was when files came or went; begin at the top of another list."""
        anchor, current, chosen = self._kept
        if self.tracks.moved:
            self.table.scrollToTop()
            if current is not None:
                self.table.keep_current(current, scroll=len(chosen) == 1)
            return
        if 0 < len(chosen) <= _KEEP_CHOSEN:
            self.table.choose(chosen)
        if current is not None:
            self.table.keep_current(current)
        self.table.restore(anchor)

    def _show_count(self) -> None:
        counts = self.tracks.counts
        n, total = self._n_chosen(), len(self.tracks.model.ids)
        self.act.setToolTip(
            self.tr("Acts on the selected tracks") if n else self.tr("Acts on all tracks in view")
        )
        if n:
            text = self.tr("{0} of {1} selected").format(thousands(n), thousands(total))
        else:
            text = tr("%Ln track(s)", "", total)
            if counts is not None and counts.seconds >= 60:
                text += f" · {columns.long_time(counts.seconds)}"
        self.correct.count.setText(text)
        self.correct.keys.set_active(n > 0)
        answers = counts.tallies["answer"] if counts is not None else {}
        self.correct.walk.setEnabled(any(answers.get(name, 0) for name in TO_CHECK))

    # the map ------------------------------------------------------------------------------

    def show_map(self) -> None:
        """Show the map; it is drawn when somebody looks for the first time."""
        if self.map is None:
            from genredesk.ui.library.map.map_view import MapView  # noqa: PLC0415 - pyqtgraph

            self.map = MapView(self.maps)
            self.map.picked.connect(self.toggle_preview)
            self.map.table_asked.connect(lambda ids: self.show_only(ids, self.tr("From the map")))
            self.map.hovered.connect(self._tell_of)
            self.map.chosen.connect(lambda _ids: self._show_count())
            self.views.addWidget(self.map)
        self.as_map.setChecked(True)
        self.views.setCurrentWidget(self.map)
        if self.maps.places is None:
            self.maps.draw()

    def _tell_of(self, file_id: int) -> None:
        catalogue, shown = self.tracks.catalogue, self.map
        if catalogue is None or shown is None:
            return

        def done(rows: list[TrackRow]) -> None:
            for row in rows:
                title = " – ".join(p for p in (row.artist, columns.title_of(row)) if p)
                shown.show_tip(row.id, f"{title}\n{columns.heard_words(row)}".strip())

        self.tracks.jobs.start(
            self.tr("reading a track"),
            lambda _job: catalogue.files.rows([file_id]),
            lane="library-rows",
            on_done=done,
        )

    def _on_alike(self, ids: NDArray[np.int64], file_id: int, network: str) -> None:
        row = self.tracks.model.row(file_id)
        name = columns.title_of(row) if row is not None else ""
        self.show_only(ids, self.tr("Like “{0}”, by {1}").format(name, network))

    # listening ----------------------------------------------------------------------------

    def toggle_preview(self, file_id: int) -> None:
        """Play a file in place, or stop it."""
        if self.tracks.catalogue is not None:
            self.preview.toggle(self.tracks.catalogue, file_id)

    def _on_preview(self) -> None:
        self.table.cells.previewed = self.preview.file_id
        self.table.viewport().update()

    # what is chosen -----------------------------------------------------------------------

    def chosen(self) -> NDArray[np.int64]:
        """Return the chosen files: in the table, or by the lasso while the map is shown."""
        if self.map is not None and self.views.currentWidget() is self.map:
            return self.map.selected
        return self.table.selected_ids()

    def _n_chosen(self) -> int:
        if self.map is not None and self.views.currentWidget() is self.map:
            return len(self.map.selected)
        return self.table.n_selected()

    def ask_genre(self, text: str = "") -> None:
        """Ask for any genre, beginning with these letters."""
        self.corrector.ask(self.window(), self.correct.keys, text)

    def row_menu(self) -> QMenu:
        """Make the menu of the chosen rows."""
        ids, current = self.chosen(), self.table.current_id()
        one = []
        if current is not None:
            one = menus.of_track(
                lambda: self.play_asked.emit(current),
                lambda: self.toggle_preview(current),
                lambda: self.maps.like(current),
            )
        corrector = self.corrector
        genre = menus.of_genre(corrector.confirm, self.ask_genre, corrector.take_back)
        entries = menus.actions(len(ids), lambda name: self.act_asked.emit(name, ids))
        chosen = len(ids) > 0
        made = menus.menu_of(self, one, genre if chosen else [], entries if chosen else [])
        made.addSeparator()
        for menu in (self.table.sort_menu(), self.table.columns_menu()):
            made.addMenu(menu)
            made.destroyed.connect(menu.deleteLater)
        return made

    def act_menu(self) -> QMenu:
        """Make the menu of actions: for the selection if there is one, else for all in view."""
        n, every = self._n_chosen(), self.tracks.model.ids
        ids = self.chosen() if n else every
        entries = menus.actions(len(ids), lambda name: self.act_asked.emit(name, ids))
        rest = [
            ("tags", self.tr("Decide conflicts …"), self.conflicts_asked.emit),
            ("copy", self.tr("Find duplicates"), self.duplicates_asked.emit),
            ("train", self.tr("Train on my corrections …"), self.teach_asked.emit),
        ]
        made = menus.menu_of(self, entries, rest)
        scope = self.tr("All {0} tracks in view").format(thousands(len(every)))
        if n:
            scope = self.tr("{0} selected").format(thousands(n))
            if n < len(every):
                text = self.tr("Select all {0} tracks").format(thousands(len(every)))
                made.addSeparator()
                made.addAction(text).triggered.connect(self.table.selectAll)
        menus.head(made, scope)
        return made

    def _open_act_menu(self) -> None:
        menu = self.act_menu()
        corner = QPoint(self.act.width() - menu.sizeHint().width(), self.act.height() + 4)
        menu.popup(self.act.mapToGlobal(corner))
