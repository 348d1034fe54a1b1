"""The player: transport, the ribbon of genres along the file, its name, the list, the volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel

from genredesk.core.shares import percent
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import clock
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.controls import IconButton, Slider
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import HBox, plain_label

if TYPE_CHECKING:
    from genredesk.audio.sources import SourceInfo


class PlayerCard(Card):
    """Transport and timeline of the file of the list.

    Signals
    -------
    play_pause(), next_asked(), previous_asked(), list_asked(), save_asked()
        Buttons.
    seek(float)
        Seconds of the file.
    volume(float), muted(bool), looped(bool)
        Controls that are remembered.
    """

    play_pause = Signal()
    next_asked = Signal()
    previous_asked = Signal()
    list_asked = Signal()
    save_asked = Signal()
    seek = Signal(float)
    volume = Signal(float)
    muted = Signal(bool)
    looped = Signal(bool)

    def __init__(self) -> None:
        super().__init__(margin=2 * GRID)
        self.setAccessibleName(self.tr("Player"))
        self.previous = IconButton("previous", self.tr("Previous (P)"))
        self.play = IconButton("play", self.tr("Play (Space)"), size=26)
        self.next = IconButton("next", self.tr("Next (N)"))
        self.ribbon = GenreRibbon()
        self.position = QLabel("0:00")
        self.duration = QLabel("")
        self.title = Elided(where=Qt.TextElideMode.ElideMiddle)
        self.title.setFont(theme.font(14, bold=True))
        self.detail = Elided("quiet")
        self.loop = IconButton("loop", self.tr("Loop (L)"), size=18)
        self.loop.setCheckable(True)
        self.list = IconButton("table", self.tr("List of files (Ctrl+L)"), size=18)
        self.save = IconButton(
            "save", self.tr("Save picture, log, sound or scores (Ctrl+S)"), size=18
        )
        self.counter = plain_label("", "quiet")
        self.said = QLabel()
        self.said.setFont(theme.font(13, bold=True))
        self.said.hide()
        self.mute = IconButton("volume", self.tr("Mute (M)"), size=18)
        self.mute.setCheckable(True)
        self.slider = Slider(self.tr("Volume"))
        self.slider.setRange(0, 100)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setMaximumWidth(theme.px(140))
        for label in (self.position, self.duration):
            label.setProperty("tone", "quiet")
            label.setFont(theme.font(13))
        width = self.position.fontMetrics().horizontalAdvance("00:00:00")
        self.position.setMinimumWidth(width)
        self.duration.setMinimumWidth(width)
        self.position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out()
        self._connect()
        self.set_available(False)
        self._shown_s = -1

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID)
        grid.addLayout(HBox(self.previous, self.play, self.next, gap=GRID // 2), 0, 0)
        grid.addWidget(self.position, 0, 1)
        grid.addWidget(self.ribbon, 0, 2)
        grid.addWidget(self.duration, 0, 3)
        grid.addLayout(
            HBox(
                (self.title, 3),
                (self.detail, 2),
                self.counter,
                self.said,
                HBox(self.list, self.save, self.loop, self.mute, self.slider, gap=0),
                gap=2 * GRID,
            ),
            1,
            2,
            1,
            2,
        )
        grid.setColumnStretch(2, 1)
        self.body.addLayout(grid)

    def _connect(self) -> None:
        self.play.clicked.connect(self.play_pause)
        self.next.clicked.connect(self.next_asked)
        self.previous.clicked.connect(self.previous_asked)
        self.list.clicked.connect(self.list_asked)
        self.save.clicked.connect(self.save_asked)
        self.ribbon.seek.connect(self.seek)
        self.loop.toggled.connect(self.looped)
        self.mute.toggled.connect(self._mute_toggled)
        self.slider.valueChanged.connect(lambda v: self.volume.emit(v / 100))

    def set_available(self, on: bool) -> None:
        """Enable the transport when there is something to play."""
        for button in (self.previous, self.play, self.next, self.ribbon):
            button.setEnabled(on)

    def set_info(self, info: SourceInfo | None) -> None:
        """Show what the tags say (else the file's name) and its format; ``None``: nothing is open.

        The tooltip says where the file is.
        """
        if info is None:
            self.title.set_text(self.tr("Drop music on the window, or press Ctrl+O"))
            self.detail.hide()
            self.duration.setText("")
            return
        self.title.set_text(info.title or info.name, info.address.removeprefix("file:"))
        self.detail.set_text(info.detail)
        self.detail.setVisible(bool(info.detail))
        self.duration.setText(clock(info.seconds) if info.seconds else "")

    def set_file(self, name: str) -> None:
        """Show a file that waits to be opened."""
        self.title.set_text(name)
        self.detail.hide()

    def set_playing(self, playing: bool) -> None:
        """Show the play or the pause sign."""
        name = self.tr("Pause (Space)") if playing else self.tr("Play (Space)")
        wanted = "pause" if playing else "play"
        if self.play.icon_name() != wanted:
            self.play.set_look(wanted, name)

    def set_position(self, seconds: float) -> None:
        """Move the playhead and the clock."""
        self.ribbon.set_position(seconds)
        if int(seconds) != self._shown_s:
            self._shown_s = int(seconds)
            self.position.setText(clock(seconds))

    def set_place(self, row: int, count: int) -> None:
        """Say which file of how many this is."""
        several = count > 1 and row >= 0
        self.counter.setText(self.tr("{0} of {1}").format(row + 1, count) if several else "")

    def set_sound(self, volume: float, *, muted: bool, loop: bool) -> None:
        """Show the remembered controls without telling anybody."""
        for widget in (self.slider, self.mute, self.loop):
            widget.blockSignals(True)
        self.slider.setValue(round(100 * volume))
        self.mute.setChecked(muted)
        self.loop.setChecked(loop)
        self._show_mute(muted)
        for widget in (self.slider, self.mute, self.loop):
            widget.blockSignals(False)
        self._say_sound()
        self.slider.setToolTip(self.tr("Volume {0}").format(percent(volume)))

    def _say_sound(self) -> None:
        """Say in words what would else be wondered about: it is silent, or begins again."""
        words = [
            text
            for on, text in (
                (self.mute.isChecked(), self.tr("Muted")),
                (self.loop.isChecked(), self.tr("Looping")),
            )
            if on
        ]
        self.said.setText(" · ".join(words))
        self.said.setVisible(bool(words))

    def _mute_toggled(self, muted: bool) -> None:
        self._show_mute(muted)
        self.muted.emit(muted)

    def _show_mute(self, muted: bool) -> None:
        self.mute.set_look(
            "muted" if muted else "volume",
            self.tr("Sound on (M)") if muted else self.tr("Mute (M)"),
        )
