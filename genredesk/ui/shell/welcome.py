"""The first steps: music, microphone, language. One small page, shown once; each step may wait."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from genredesk.core import logs
from genredesk.ui.listen.playlist import answer_of
from genredesk.ui.look import theme, translations
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import STRETCH, HBox, paragraph
from genredesk.ui.widgets.popover import Popover

if TYPE_CHECKING:
    from genredesk.core.scores import Decision
    from genredesk.ui.listen.session import ListenSession

_WIDTH = 560
_OTHER = "other"
"""Data of the entry that asks for a folder."""


class WelcomePage(Popover):
    """The plate with the three steps.

    Signals
    -------
    folder_chosen(Path)
        The library is to have this folder.
    language_chosen(str)
        The window is to speak this language; ``""``: the system's.
    """

    folder_chosen = Signal(object)
    language_chosen = Signal(str)

    def __init__(self, listening: ListenSession, parent: QWidget) -> None:
        super().__init__(parent, _WIDTH)
        self.setAccessibleName(self.tr("First steps"))
        self._listening = listening
        title = QLabel(self.tr("Welcome to GenreDesk"))
        title.setFont(theme.font(16, bold=True))
        about = paragraph(
            self.tr("Three things you can set now. Each can wait; nothing is required."), "quiet"
        )
        self.sample = Button(self.tr("Play"), icon="play")
        self.sample_text = paragraph("", "quiet")
        row = HBox(self.sample, (self.sample_text, 1), gap=2 * GRID)
        self.music, self.microphone, self.language = self._choices()
        self.skip = Button(self.tr("Skip"))
        self.begin = Button(self.tr("Start"), "primary")
        foot = HBox(STRETCH, self.skip, self.begin)
        self.column.setSpacing(2 * GRID)
        self.column.addWidget(title)
        self.column.addWidget(about)
        self.column.addLayout(row)
        self.column.addLayout(self._steps())
        self.column.addLayout(foot)
        self._connect()

    def _choices(self) -> tuple[Combo, Combo, Combo]:
        music = Combo(self.tr("Your music"))
        music.addItem(self.tr("Not now"), "")
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        if Path(folder).is_dir() and Path(folder) != Path.home():
            music.addItem(logs.without_home(folder), folder)
        music.addItem(self.tr("Choose a folder …"), _OTHER)
        language = Combo(self.tr("Language"))
        language.addItem(self.tr("Match system"), "")
        for code, name in translations.languages():
            language.addItem(name, code)
        return music, Combo(self.tr("Microphone")), language

    def _steps(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        steps = (
            (
                self.music,
                self.tr(
                    "Every track in it is listened to in the background. Your files stay as "
                    "they are."
                ),
            ),
            (
                self.microphone,
                self.tr("Name what plays in the room. No sound is kept, and none is sent."),
            ),
            (self.language, self.tr("You can change it later in Settings.")),
        )
        for n, (control, text) in enumerate(steps):
            name = QLabel(control.accessibleName())
            name.setBuddy(control)
            name.setFont(theme.font(14, bold=True))
            if n:
                grid.setRowMinimumHeight(3 * n - 1, GRID)
            grid.addWidget(name, 3 * n, 0)
            grid.addWidget(control, 3 * n, 1)
            grid.addWidget(paragraph(text, "quiet"), 3 * n + 1, 1)
        return grid

    def _connect(self) -> None:
        self.sample.clicked.connect(self._listening.transport.play_pause)
        self._listening.state_changed.connect(lambda _state: self._show_sample())
        self._listening.scored.connect(lambda _scores, decision: self._show_sample(decision))
        self._listening.playlist.size_changed.connect(lambda *_: self._show_sample())
        self._listening.devices.changed.connect(self._show_microphones)
        self.music.activated.connect(self._on_music)
        self.skip.clicked.connect(self.close_plate)
        self.begin.clicked.connect(self._on_begin)

    def open(self) -> None:
        """Show the plate; from now on it is known that it was shown."""
        memory = self._listening.memory
        memory.update(welcomed=True)
        self.music.setCurrentIndex(0)
        self.language.setCurrentIndex(max(0, self.language.findData(memory.settings.language)))
        self._show_microphones()
        self.open_in_middle()
        self._show_sample()
        self.begin.setFocus(Qt.FocusReason.PopupFocusReason)

    def _show_sample(self, decision: Decision | None = None) -> None:
        """Say what the player does, and what was heard."""
        if not self.isVisible():
            return
        listening = self._listening
        path = listening.playlist.current_path
        playing = listening.sound.is_file and listening.state == "running"
        self.sample.setEnabled(path is not None)
        self.sample.set_icon("pause" if playing else "play")
        self.sample.setText(self.tr("Pause") if playing else self.tr("Play"))
        if not playing:
            text = self.tr("Hear how a piece is named as it goes.")
        elif answer := answer_of(decision)[0]:
            text = self.tr("Now playing: {0}").format(answer)
        else:
            text = self.tr("Now playing …")
        self.sample_text.setText(text)

    def _show_microphones(self) -> None:
        """List the microphones there are; what was chosen stays."""
        chosen = self.microphone.currentData()
        found = [d for d in self._listening.devices.inputs if d.kind == "microphone"]
        self.microphone.clear()
        self.microphone.addItem(self.tr("Not now") if found else self.tr("None is connected"), "")
        for device in found:
            self.microphone.addItem(device.name, f"mic:{device.id}")
        self.microphone.setCurrentIndex(max(0, self.microphone.findData(chosen)))
        self.microphone.setEnabled(bool(found))

    def _on_music(self, _row: int) -> None:
        if self.music.currentData() != _OTHER:
            return
        self.music.setCurrentIndex(0)
        start = self._listening.memory.settings.last_folder
        dialogs.open_folder(self.window(), self.tr("Your music"), start, self.set_folder)

    def set_folder(self, folder: Path) -> None:
        """Show a folder the person chose."""
        row = self.music.findData(str(folder))
        if row < 0:
            row = 1
            self.music.insertItem(row, logs.without_home(str(folder)), str(folder))
        self.music.setCurrentIndex(row)

    def _on_begin(self) -> None:
        """Do what was chosen, and only that."""
        folder, microphone = self.music.currentData(), self.microphone.currentData()
        language = self.language.currentData()
        self.close_plate()
        if folder:
            self.folder_chosen.emit(Path(folder))
        if microphone:
            self._listening.transport.choose_source(microphone)
        if language != self._listening.memory.settings.language:
            self.language_chosen.emit(language)
