"""Listen: what is heard now in one large word, its last minute, its picture, and the player.

The page owns the frame timer. Thirty times a second it pulls new sound from the source's ring and
scrolls the picture; when nothing moves or the page is hidden the timer stands still.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from genredesk.core.names import shown
from genredesk.core.scores import Decision, Scores
from genredesk.ui.listen.beside.panel import BesidePanel
from genredesk.ui.listen.heard.card import TimelineCard
from genredesk.ui.listen.inside.panel import InsidePanel
from genredesk.ui.listen.player_card import PlayerCard
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.listen.teaching.panel import TeachPanel
from genredesk.ui.listen.teaching.teacher import Teacher
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import tab_order
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.charts.also import AlsoChips
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.charts.top_five import TopFive
from genredesk.ui.widgets.controls import IconButton
from genredesk.ui.widgets.layouts import HBox, VBox, plain_label

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.core.settings import Settings
    from genredesk.inference.bundle import Bundle
    from genredesk.ui.listen.analysis import Named

FRAME_MS = 33
LEVEL_MS = 100
"""While another page is shown only the level is looked at, for the meter above it."""
GRACE_S = 0.7
"""The timer goes on this long after anything changed: a jump while paused takes a moment."""

_TIMELINE = 17  # of 24 parts of the height, under the large word
_LOW_PX = 600
"""A lower page has no room for the timeline beside other models, or what the network sees."""

_SOUND = {"volume", "muted", "loop"}


class Word(BigLabel):
    """The large word; it also says what is not a decision."""

    def say(self, word: str, more: str) -> None:
        """Show ``word`` quietly with ``more`` below it."""
        self._show((None, ()), word, more)


class LivePage(QWidget):
    """The Listen page.

    Signals
    -------
    level(float, float)
        RMS and peak in dBFS, as often as it is drawn.
    save_asked(), list_asked()
        Buttons of the page.
    """

    level = Signal(float, float)
    save_asked = Signal()
    list_asked = Signal()

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self._listening = listening
        self._decision: Decision | None = None
        self._several = False
        self._fresh_until: float | None = None
        self._said_at = -1
        self._awake_until = 0.0
        self.big = Word()
        self.also = AlsoChips()
        self.minute = LastMinute()
        self.top = TopFive()
        self.timeline = TimelineCard(listening)
        self.inside = InsidePanel(listening)
        self.beside = BesidePanel(listening)
        self.player = PlayerCard()
        self.teacher = Teacher(listening, self)
        self.teach_panel: TeachPanel | None = None
        self.teach_button = IconButton("train", self.tr("Teach what is playing (T)"), size=18)
        self._lay_out()
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)
        self._connect()
        self._show_ready()
        self._show_settings(listening.memory.settings, _SOUND)

    def _lay_out(self) -> None:
        now = Card(self.tr("NOW"))
        last = plain_label(self.tr("LAST MINUTE"), "heading")
        inside = QGridLayout()
        inside.setHorizontalSpacing(3 * GRID)
        now.head.takeAt(0)
        inside.addWidget(now.title, 0, 0)
        inside.addWidget(last, 0, 1)
        inside.addWidget(self.big, 1, 0)
        inside.addWidget(self.minute, 1, 1, 2, 1)
        inside.addWidget(self.also, 2, 0)
        inside.setColumnStretch(0, 2)
        inside.setColumnStretch(1, 1)
        inside.setRowStretch(1, 1)
        now.body.addLayout(inside, 1)
        five = Card(self.tr("TOP FIVE"))
        five.body.addWidget(self.top, 1)
        self._column = column = VBox(
            (HBox((now, 8), (five, 5), gap=2 * GRID), 7), parent=self, gap=2 * GRID
        )
        self.timeline.more_tools.addWidget(self.inside.button)
        self.timeline.more_tools.addWidget(self.beside.button)
        self.timeline.more_tools.addWidget(self.teach_button)
        tab_order(self.timeline.axis, self.inside.button, self.beside.button, self.teach_button)
        column.add((self.timeline, _TIMELINE), (self.inside, 14), self.beside, self.player)

    def _connect(self) -> None:
        listening, player = self._listening, self.player
        listening.opened.connect(self._on_opened)
        listening.state_changed.connect(self._on_state)
        listening.scored.connect(self._on_scored)
        listening.waiting.connect(self._on_decision)
        listening.engine.bundle_changed.connect(self._on_bundle)
        listening.timeline_reset.connect(self._on_timeline_reset)
        listening.timeline_scored.connect(player.ribbon.add_scores)
        listening.timeline_done.connect(self._on_timeline_done)
        listening.playlist.current_changed.connect(self._show_place)
        listening.playlist.size_changed.connect(self._show_place)
        listening.memory.changed.connect(self._show_settings)
        player.play_pause.connect(listening.transport.play_pause)
        player.next_asked.connect(listening.transport.next)
        player.previous_asked.connect(listening.transport.previous)
        player.seek.connect(self.seek)
        player.volume.connect(listening.player.set_volume)
        player.muted.connect(listening.player.set_muted)
        player.looped.connect(listening.player.set_loop)
        player.list_asked.connect(self.list_asked)
        player.save_asked.connect(self.save_asked)
        self.timeline.save_asked.connect(self.save_asked)
        self.teach_button.clicked.connect(self.ask_teach)
        self.timeline.seek.connect(self.seek)
        self.beside.seek.connect(self.seek)
        self.beside.shown.connect(self._share_room)
        self.beside.shown.connect(self._wake)  # its ribbons show where the file is held
        self.inside.button.toggled.connect(self._share_room)
        self.timeline.file_asked.connect(listening.transport.play_at)

    def ask_teach(self) -> None:
        """Ask which word the sound that is held or selected shall teach."""
        if self.teach_panel is None:
            self.teach_panel = TeachPanel(
                self._listening, self.timeline, self.teacher, self.window()
            )
        self.teach_panel.toggle_at(self.teach_button)

    # what is heard ------------------------------------------------------------------------

    def _on_opened(self, source: Source) -> None:
        self._decision = self._fresh_until = None
        self._show_word()
        self.minute.clear()
        if source.info.kind == "file":
            self.player.set_info(source.info)
        self._wake()

    def _on_state(self, state: str) -> None:
        source = self._listening.sound.source
        is_file = self._listening.sound.is_file
        if is_file and source is not None and state != "opening":
            self.player.set_info(source.info)
            if self.player.ribbon.duration() == 0 and source.info.seconds:
                self.player.ribbon.set_duration(source.info.seconds)
        self.player.set_playing(is_file and state == "running")
        if state == "running" or not is_file:
            self.inside.show_moment(None, 0.0, None)
        self._show_word()
        self._wake()

    def _on_scored(self, _scores: Scores, decision: Decision) -> None:
        self._on_decision(decision)

    def _on_decision(self, decision: Decision) -> None:
        if decision.state is None:
            self._fresh_until = None
        elif self._fresh_until is None:
            self._fresh_until = decision.time + self._listening.memory.settings.smoothing_s
        self._decision = decision
        self._show_word()
        self.minute.add_decision(decision)

    def _known(self, at: float | None) -> Decision | None:
        """Return what the ribbon says here, until the engine has heard enough to say it itself.

        Its first answers after a jump rest on a single window, and before them there are none.
        """
        decision, sound = self._decision, self._listening.sound
        if not sound.is_file:
            return None
        if decision is not None and decision.state is not None:
            fresh = self._fresh_until is not None and decision.time < self._fresh_until
            if not fresh:
                return None
        return self._listening.timeline.known(sound.position if at is None else at)

    def _show_word(self, at: float | None = None) -> None:
        """Show the decision about now, or about ``at`` of a file; without one, that it is ready."""
        state = self._listening.state
        known = self._known(at)
        decision = known or self._decision
        source = self._listening.sound.source
        name = source.info.name if source is not None else ""
        if state == "lost":
            self.big.say(self.tr("No sound"), self.tr("waiting for {0}").format(name))
        elif state == "failed":
            self.big.say(self.tr("No sound"), self.tr("choose what to listen to above"))
        elif state == "opening":
            self.big.say(self.tr("Opening …"), name)
        elif decision is None or (decision.state is None and state != "running"):
            self._show_ready()
        else:
            self.big.set_decision(decision)
        decision = decision if state not in ("lost", "failed") else None
        self._show_list(decision)
        self.beside.show_beside(decision, at, from_analysis=known is not None)

    def _show_ready(self) -> None:
        """Say what to do: press play, or choose something first where there is nothing to play."""
        if self._listening.sound.source is not None or len(self._listening.playlist):
            self.big.clear()
        else:
            self.big.say(self.tr("Ready"), self.tr("choose what to listen to above"))

    def _show_list(self, decision: Decision | None) -> None:
        """Show the list, and the other words, that belong to the large word."""
        if decision is None:
            self.top.clear()
        else:
            self.top.set_decision(decision)
        self.also.set_decision(decision, several=self._several)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        self.minute.clear()
        self._several = bundle is not None and bundle.card.task == "several"
        self.also.set_decision(None, several=self._several)
        if bundle is not None:
            self.big.only_ranks = self._several
            self.big.window_s = bundle.card.frontend.window_s
            self.timeline.view.set_window_s(bundle.card.frontend.window_s)

    def seek(self, seconds: float) -> None:
        """Jump in the file and show it at once."""
        self._listening.transport.seek(seconds)
        self.player.set_position(seconds)
        self._decision = self._fresh_until = None
        self.beside.others.forget()
        self._show_word(seconds)
        self._look_at(seconds)
        self._wake()

    def _look_at(self, seconds: float) -> None:
        """Show what the network sees there while the file is held."""
        held = self._listening.sound.is_file and self._listening.state == "paused"
        path = self._listening.sound.path if held else None
        self.inside.show_moment(path, seconds, self._known(seconds) if held else None)

    def seek_by(self, seconds: float) -> None:
        """Jump forward or back in the file."""
        if self._listening.sound.is_file:
            self.seek(max(0.0, self._listening.sound.position + seconds))

    def _on_timeline_reset(self, seconds: float | None) -> None:
        self.player.ribbon.clear()
        self.player.ribbon.set_duration(seconds)

    def _on_timeline_done(self, named: Named) -> None:
        self.player.ribbon.set_scores(named.ribbon)
        if not self._listening.sound.seconds:
            self.player.ribbon.set_duration(named.result.seconds)
        self._show_word()

    def _show_place(self, *_: object) -> None:
        playlist = self._listening.playlist
        self.player.set_available(len(playlist) > 0)
        self.player.set_place(playlist.current, len(playlist))
        if self._listening.state == "closed":
            self._show_word()
        path = playlist.current_path
        if path is None:
            self.player.set_info(None)
        elif path != self._listening.sound.path:
            self.player.set_file(shown(path.name))

    # the picture --------------------------------------------------------------------------

    def _moving(self) -> bool:
        return self._listening.state in ("running", "opening")

    def _wake(self) -> None:
        """Draw frames from now on, unless nobody sees them."""
        self._awake_until = time.monotonic() + GRACE_S
        window = self.window()
        if not window.isVisible() or window.isMinimized():
            return
        interval = FRAME_MS if self.isVisible() else LEVEL_MS
        if not self._timer.isActive() or self._timer.interval() != interval:
            self._timer.start(interval)

    def _frame(self) -> None:
        sound = self._listening.sound
        source = sound.source
        if source is None:
            self._timer.stop()
            return
        if self.isVisible():
            self._show_sound()
        level = source.level()
        self.level.emit(level.rms_dbfs, level.peak_dbfs)
        behind = self.drawing and self._listening.timeline.kept.behind
        if not self._moving() and not behind and time.monotonic() > self._awake_until:
            self._timer.stop()

    def _show_sound(self) -> None:
        """Draw what is new, and where the file is."""
        if self._listening.sound.is_file:
            position = self._listening.sound.position
            self.player.set_position(position)
            self.timeline.set_now(position)
            self.beside.set_position(position)
            if self._fresh_until is None and int(2 * position) != self._said_at:
                self._said_at = int(2 * position)
                self._show_word()
            return
        kept = self._listening.timeline.kept
        kept.pull()
        self.timeline.set_now(kept.drawn_until)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._wake()

    def hideEvent(self, event) -> None:
        """Nobody looks at the picture: only the meter goes on, if the window is still there."""
        super().hideEvent(event)
        self._timer.stop()
        self._wake()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """In a low window what is compared or looked into takes the place of the timeline."""
        low = self.height() < theme.px(_LOW_PX)
        self.timeline.setVisible(not (low and self.beside.button.isChecked()))
        tools_only = low and self.inside.button.isChecked()
        self.timeline.split.setVisible(not tools_only)
        self._column.setStretchFactor(self.timeline, 0 if tools_only else _TIMELINE)

    def window_state_changed(self) -> None:
        """The window was minimised or is back."""
        if self.window().isMinimized():
            self._timer.stop()
        else:
            self._wake()

    @property
    def drawing(self) -> bool:
        """Whether frames are being drawn."""
        return self._timer.isActive() and self.isVisible()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._wake()
        super().changeEvent(event)

    # settings -----------------------------------------------------------------------------

    def _show_settings(self, settings: Settings, names: set[str]) -> None:
        if names & _SOUND:
            self.player.set_sound(settings.volume, muted=settings.muted, loop=settings.loop)
