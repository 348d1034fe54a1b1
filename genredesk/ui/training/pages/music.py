"""Page 1, Music: the folders, what is in them, what is wrong with them, what to leave out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTableView,
    QWidget,
)

from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.training import warnings
from genredesk.ui.training.music import GenreGroup
from genredesk.ui.training.pages.record import RecordPanel
from genredesk.ui.training.pages.songs import SongsCard
from genredesk.ui.training.pages.wizard_page import WizardPage, hours, set_tone, songs
from genredesk.ui.training.pages.words_choice import WordsChoice
from genredesk.ui.training.scanning import LIBRARY
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.charts.genre_table import (
    HOURS,
    LENGTHS,
    NAME,
    PROBLEMS,
    SONGS,
    ClassDelegate,
    ClassModel,
    ClassRow,
)
from genredesk.ui.widgets.controls import Button, ProgressStrip
from genredesk.ui.widgets.flow import Flow
from genredesk.ui.widgets.layouts import HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.notices import Severity

REFRESH_MS = 150
NARROW = 980
_SAMPLE = 2000
"""Lengths drawn for a class; of more songs every so many-th."""


class MusicPage(WizardPage):
    """The Music page."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self.empty = EmptyState(
            "train",
            self.tr("Teach GenreDesk your own genres"),
            self.tr(
                "Drop a folder here that holds one folder of music for each genre. A handful of "
                "songs in each is enough to begin with; nothing leaves this computer."
            ),
            self.tr("Choose a folder …"),
        )
        self.add = Button(self.tr("Add a folder …"), icon="plus")
        self.add.setToolTip(self.tr("Add a folder of music"))
        self.record = Button(self.tr("Teach what is playing …"), icon="microphone")
        self.record.setToolTip(self.tr("Teach what is playing"))
        self.record_first = Button(self.tr("Or teach what is playing now …"), "flat", "microphone")
        self.library_first = Button(self.tr("Or use genres corrected in the library"), "flat")
        self.folders = Button(self.tr("Folders"), "flat", icon="folder")
        self.table = QTableView()
        self.classes = ClassModel(self)
        self.total = plain_label("", "quiet")
        self.total.setToolTip(
            self.tr("What will be trained on: usable songs of the included genres")
        )
        self.progress = ProgressStrip()
        self.several = WordsChoice(session)
        self.rename = Button(self.tr("Rename"))
        self.merge = Button(self.tr("Merge"))
        self.leave_out = Button(self.tr("Exclude"))
        self.rename.setToolTip(self.tr("Rename the selected genre (F2)"))
        self.merge.setToolTip(
            self.tr("Merge the selected genres into the largest; select them with Ctrl")
        )
        self.leave_out.setToolTip(self.tr("Train without the selected genres, or with them again"))
        self.songs = SongsCard(session)
        self.remarks = VBox()
        self.recorder: RecordPanel | None = None
        self._shown: list[str] = []
        self._selecting = False
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._lay_out()
        self._connect()
        self.progress.set_progress(self.tr("Looking for music …"), None)
        self.progress.setVisible(session.scanning.running)  # it may have begun, or ended, before
        self.several.show_offers()
        self._refresh()

    # ------------------------------------------------------------ building

    def _lay_out(self) -> None:
        self._set_up_table()
        left = Card(self.tr("GENRES"), margin=2 * GRID)
        buttons = Flow()
        for button in (self.folders, self.record, self.add):
            buttons.addWidget(button)
        left.body.add(buttons, self.several, (self.table, 1), self.progress)
        foot = Flow()
        for widget in (self.rename, self.merge, self.leave_out, self.total):
            foot.addWidget(widget)
        left.body.addLayout(foot)
        remarks = Card(self.tr("BEFORE TRAINING"), margin=2 * GRID)
        remarks.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.remarks.setSpacing(GRID)
        remarks.body.addLayout(self.remarks)
        right = VBox((self.songs, 1), remarks, gap=2 * GRID)
        full = QWidget()
        HBox((left, 7), (right, 5), parent=full, gap=2 * GRID)
        bare = Card()
        bare.body.addWidget(self.empty, 1)
        self.empty.add(self.record_first)
        self.empty.add(self.library_first)
        self.stack = QStackedWidget()
        self.stack.addWidget(bare)
        self.stack.addWidget(full)
        VBox(self.stack, parent=self)

    def _set_up_table(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Genres"))
        table.setModel(self.classes)
        table.setItemDelegate(ClassDelegate(table))
        table.setShowGrid(False)
        table.setMouseTracking(True)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.px(36))
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(theme.px(40))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        widths = {SONGS: 70, HOURS: 74, LENGTHS: 120, PROBLEMS: 88}
        for column, width in widths.items():
            table.setColumnWidth(column, theme.px(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window has no room for lengths, and short words on the buttons."""
        super().resizeEvent(event)
        narrow = event.size().width() < theme.px(NARROW)
        self.table.setColumnHidden(LENGTHS, narrow)
        self.add.setText(self.tr("Add …") if narrow else self.tr("Add a folder …"))
        self.record.setText(self.tr("Teach …") if narrow else self.tr("Teach what is playing …"))

    def _connect(self) -> None:
        session, music = self.session, self.session.music
        self._timer.timeout.connect(self._refresh)
        music.changed.connect(lambda: self._timer.isActive() or self._timer.start())
        scanning = session.scanning
        scanning.began.connect(self._on_scan)
        scanning.progressed.connect(self._on_progress)
        scanning.ended.connect(self._on_scanned)
        self.progress.cancelled.connect(scanning.cancel)
        self.add.clicked.connect(self.ask_folder)
        self.empty.activated.connect(self.ask_folder)
        self.record.clicked.connect(lambda: self.show_recorder(self.record))
        self.record_first.clicked.connect(lambda: self.show_recorder(self.record_first))
        self.library_first.clicked.connect(self.add_library)
        self.folders.clicked.connect(self._show_folders)
        self.several.changed.connect(self._refresh)
        self.classes.renamed.connect(self._on_renamed)
        self.classes.included.connect(music.include)
        self.table.selectionModel().selectionChanged.connect(lambda _a, _b: self._on_selection())
        self.rename.clicked.connect(self.rename_class)
        self.merge.clicked.connect(self._merge)
        self.leave_out.clicked.connect(self._leave_out)

    # ------------------------------------------------------------ showing

    def _refresh(self) -> None:
        music = self.session.music
        groups = music.classes()
        self.stack.setCurrentIndex(1 if music.tracks or music.roots else 0)
        chosen = self.selected()
        self.classes.set_rows([_row(g) for g in groups])
        if [g.label for g in groups] != self._shown:
            self._shown = [g.label for g in groups]
            self._select(chosen or self._shown[:1])
        else:
            self._on_selection()
        text = tr("{0} · %Ln genre(s) · {1}", "", len(music.used()))
        if music.words:
            text = tr("{0} · %Ln word(s) · {1}", "", len(music.used()))
        self.total.setText(text.format(songs(music.n), hours(music.seconds)))
        n = len(music.roots)
        self.folders.setText(tr("%Ln folder(s)", "", n))
        self._show_remarks()
        self.next_changed.emit()

    def _show_remarks(self) -> None:
        while self.remarks.count():
            item = self.remarks.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        found = warnings.look(self.session.music)
        for remark in found[:5]:
            line = paragraph(remark.text)
            set_tone(line, "error" if remark.stops else "")
            self.remarks.addWidget(line)
        if not found:
            text = self.tr("Ready to train.")
            if self.session.scanning.running:
                text = self.tr("Listening to the files …")
            self.remarks.addWidget(paragraph(text, "quiet"))

    def _on_selection(self) -> None:
        if self._selecting:
            return
        chosen = self.selected()
        one = len(chosen) == 1 and bool(chosen[0])
        self.rename.setEnabled(one)
        self.merge.setEnabled(len([c for c in chosen if c]) > 1)
        music = self.session.music
        named = [c for c in chosen if c]
        self.leave_out.setEnabled(bool(named))
        out = bool(named) and all(c in music.excluded for c in named)
        self.leave_out.setText(self.tr("Include") if out else self.tr("Exclude"))
        self.songs.show_classes(chosen)

    def selected(self) -> list[str]:
        """Return the labels of the selected classes."""
        rows = self.table.selectionModel().selectedRows()
        return [self.classes.row(i.row()).label for i in sorted(rows, key=QModelIndex.row)]

    def _select(self, labels: list[str]) -> None:
        """Select these classes and show their songs, once."""
        table = self.table
        self._selecting = True
        table.clearSelection()
        for label in labels:
            place = self.classes.place(label)
            if place >= 0:
                index = self.classes.index(place, NAME)
                flags = table.selectionModel().SelectionFlag
                table.selectionModel().setCurrentIndex(index, flags.NoUpdate)
                table.selectionModel().select(index, flags.Select | flags.Rows)
        self._selecting = False
        self._on_selection()

    def _on_scan(self) -> None:
        self.progress.set_progress(self.tr("Looking for music …"), None)
        self.progress.show()
        self._refresh()

    def _on_progress(self, done: int, total: int, name: str) -> None:
        text = self.tr("{0} of {1}: {2}").format(done, total, name)
        self.progress.set_progress(text, done / max(1, total))

    def _on_scanned(self, problem: str) -> None:
        self.progress.hide()
        self.several.show_offers()
        if problem:
            self.session.say("scan", problem, Severity.ERROR)
        elif LIBRARY in self.session.music.roots and not self.session.music.tracks:
            self.session.say(
                "scan",
                self.tr("No genre was corrected in the library yet. Correct some there first."),
                Severity.WARNING,
                12.0,
            )
        self._refresh()

    # ------------------------------------------------------------ doing

    def ask_folder(self) -> None:
        """Ask for a folder of folders."""
        dialogs.open_folder(
            self,
            self.tr("A folder with one folder for each genre"),
            self.session.listening.memory.settings.last_folder,
            lambda folder: self.add_folders([folder]),
        )

    def add_library(self) -> None:
        """Take the songs whose genre was corrected in the library."""
        self.session.scanning.add_library(self.session.choice.start)
        self._refresh()

    def show_recorder(self, anchor: QWidget) -> None:
        """Ask what is playing now."""
        if self.recorder is None:
            self.recorder = RecordPanel(self.session, self.window())
        self.recorder.toggle_at(anchor)

    def add_folders(self, folders: list[Path]) -> None:
        """Look through these folders, too."""
        self.session.add_folders(folders)
        self._refresh()

    def _show_folders(self) -> None:
        menu = QMenu(self)
        again = menu.addAction(self.tr("Scan again"))
        again.triggered.connect(self.session.rescan)
        take = menu.addAction(self.tr("Use genres corrected in the library"))
        take.triggered.connect(self.add_library)
        take.setEnabled(LIBRARY not in self.session.music.roots)
        menu.addSeparator()
        for root in self.session.music.roots:
            name = self.tr("the library's genres") if root == LIBRARY else root
            action = menu.addAction(self.tr("Remove {0}").format(name))
            action.triggered.connect(
                lambda _on=False, r=root: self.session.scanning.remove(r, self.session.choice.start)
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.folders.mapToGlobal(self.folders.rect().bottomLeft()))

    def rename_class(self) -> None:
        """Let the person write another name of the selected class."""
        chosen = self.selected()
        if len(chosen) == 1 and chosen[0]:
            self.table.edit(self.classes.index(self.classes.place(chosen[0]), NAME))

    def _on_renamed(self, label: str, new: str) -> None:
        self.session.music.rename(label, new)
        self._refresh()
        self._select([new])

    def _merge(self) -> None:
        chosen = [c for c in self.selected() if c]
        if len(chosen) > 1:
            largest = max(chosen, key=lambda c: self.session.music.groups[c].usable)
            self.session.music.merge(chosen, largest)
            self._refresh()
            self._select([largest])

    def _leave_out(self) -> None:
        music = self.session.music
        named = [c for c in self.selected() if c]
        out = all(c in music.excluded for c in named)
        for label in named:
            music.include(label, out)

    # ------------------------------------------------------------ the way on

    def next_text(self) -> str:
        """Return the words on the button that goes on."""
        return self.tr("Choose the model")

    def can_next(self) -> bool:
        """Whether there is something to train on."""
        music = self.session.music
        ready = bool(music.n) and not music.waiting and not self.session.scanning.running
        return ready and not any(r.stops for r in warnings.look(music))

    def hint(self) -> tuple[str, str]:
        """Say what is missing."""
        music = self.session.music
        if self.session.scanning.running or music.waiting:
            return (self.tr("Listening to the files …"), "quiet") if music.tracks else ("", "")
        stop = next((r.text for r in warnings.look(music) if r.stops), "")
        return stop, "error"


def _row(group: GenreGroup) -> ClassRow:
    lengths = group.durations()
    step = max(1, len(lengths) // _SAMPLE)
    return ClassRow(
        group.label,
        group.usable,
        group.hours,
        group.problems,
        tuple(lengths[::step]),
        group.included,
    )
