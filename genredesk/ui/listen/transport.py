"""What is heard: the source that is open, the file of the list that plays, and what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.ui.listen.engine_controller import EngineController
from genredesk.ui.listen.playback import PlaybackController
from genredesk.ui.listen.playlist import Playlist
from genredesk.ui.listen.resuming import Resuming
from genredesk.ui.look.text import tr
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.widgets.notices import Notice, Severity, about_source

if TYPE_CHECKING:
    from genredesk.audio.sources import Source

RESTART_S = 3.0
""""Previous" goes to the beginning of the song first when more than this was heard."""


class Transport(QObject):
    """Opens sources and plays the files of the list, one after another.

    Signals
    -------
    state_changed(str)
        ``closed``, ``opening``, ``running``, ``paused``, ``lost``, ``ended`` or ``failed``.
    opened(Source)
        Another source is heard.
    notice(Notice), dismissed(str)
        Something to tell; what was told under this key is no longer true.
    """

    state_changed = Signal(str)
    opened = Signal(object)
    notice = Signal(object)
    dismissed = Signal(str)

    def __init__(
        self,
        parent: QObject,
        *,
        sound: PlaybackController,
        engine: EngineController,
        playlist: Playlist,
        resuming: Resuming,
        memory: SettingsStore,
    ) -> None:
        super().__init__(parent)
        self._sound = sound
        self._engine = engine
        self._playlist = playlist
        self._resuming = resuming
        self._memory = memory
        self.frozen = False
        self._wants_play = False
        self._skipped = 0
        self._resumed = False
        self._last_state = "closed"
        self._resume_at = 0.0
        sound.opening.connect(lambda _address: self.tell_state("opening"))
        sound.opened.connect(self._on_opened)
        sound.failed.connect(self._on_not_opened)
        sound.state_changed.connect(self._on_state)

    # sources ------------------------------------------------------------------------------

    def choose_source(self, address: str) -> None:
        """Listen to ``mic:…``, ``system:…`` or the ``file`` of the list."""
        if address == "file":
            self.open_current(play=False)
            return
        self._remember_position()
        self._wants_play = False
        self._memory.update(source=address)
        self._sound.open(address)

    def retry(self) -> None:
        """Try the source that failed once more."""
        if self._sound.address:
            self._sound.open(self._sound.address)

    def resume_current(self) -> None:
        """Have the file of the last time ready; if it cannot be, the list shows that."""
        self.open_current(play=False)
        self._resumed = True

    def open_current(self, *, play: bool, at_s: float | None = None) -> None:
        """Open the chosen file of the list, where it was left or at ``at_s`` seconds."""
        self._resumed = False
        path = self._playlist.current_path
        if path is None:
            return
        if at_s is None:
            at_s = self._resume_at
        self._resume_at = 0.0
        self._wants_play = play
        self._memory.update(source="file")
        self._sound.open(f"file:{path}", play=play, at_s=at_s)

    def _remember_position(self) -> None:
        if self._sound.is_file:
            self._resume_at = self._sound.position

    def _on_opened(self, source: Source) -> None:
        self.frozen = False
        self.dismissed.emit("source")
        self._engine.set_source(source)
        self._last_state = "opening"
        self.opened.emit(source)

    def _on_not_opened(self, address: str, text: str) -> None:
        if address.startswith("file:"):
            self._skip(Path(address.removeprefix("file:")), text)
            return
        self.tell_state("failed")
        self.notice.emit(
            Notice("source", text, Severity.ERROR, action=self.tr("Try again"), run=self.retry)
        )

    def _on_state(self, source: Source) -> None:
        state, before = self._sound.state, self._last_state
        self.tell_state(state)
        if source.message:
            self.dismissed.emit("sound")  # the source says it more exactly
        if state == "failed" and self._sound.is_file:
            if before != "failed":  # it may be told twice: when it happened and when it was opened
                self._skip(self._sound.path, source.message)
        elif state == "failed" or source.message or (before == "lost" and state == "running"):
            self.notice.emit(about_source(source, state, self.retry))
        elif state != "opening":
            self.dismissed.emit("source")
        if state == "running":
            self._skipped, self._resumed = 0, False
        if state == "ended" and before != "ended" and self._wants_play:
            row = self._playlist.next_row()
            if row >= 0:
                self.play_row(row)
            else:
                self._wants_play = False

    def tell_state(self, state: str) -> None:
        """Take over the state of the source and tell it."""
        self._last_state = state
        self.state_changed.emit(self.state)

    @property
    def state(self) -> str:
        """State of the source; a live source that is held is ``paused``."""
        return "paused" if self.frozen and self._last_state == "running" else self._last_state

    # playing ------------------------------------------------------------------------------

    def play_row(self, row: int, *, play: bool = True) -> None:
        """Open the file in ``row`` of the list and play it."""
        self._skipped = 0
        self._play_row(row, play=play)

    def _play_row(self, row: int, *, play: bool) -> None:
        self._resuming.settle()
        self._playlist.select(row)
        self._memory.update(opened_file=str(self._playlist.current_path or ""))
        self.open_current(play=play, at_s=0.0)

    def play_at(self, path: Path, seconds: float) -> None:
        """Play a file of the session from ``seconds`` on; it joins the list if it has left it."""
        row = self._playlist.row_of(path)
        if row < 0:
            self._playlist.append([path])
            row = self._playlist.row_of(path)
        if row >= 0:
            self._resuming.settle()
            self._playlist.select(row)
            self._memory.update(opened_file=str(path))
            self.open_current(play=True, at_s=seconds)

    def toggle(self) -> None:
        """Space: play or pause the file; hold or go on with a live source."""
        if self._sound.is_file or self._sound.source is None:
            self.play_pause()
            return
        self.frozen = not self.frozen
        self._engine.set_source(None if self.frozen else self._sound.source)
        self.tell_state(self._last_state)

    def play_pause(self) -> None:
        """Play or pause the file of the player, whatever is heard at the moment."""
        if not self._sound.is_file:
            self.open_current(play=True)
        elif self._wants_play and self._sound.state in ("running", "opening"):
            self._wants_play = False
            self._sound.pause()
        else:
            self._wants_play = True
            if self._sound.state == "ended":
                self._sound.seek(0.0)
            self._sound.play()

    def next(self) -> None:
        """Go to the next file that can be played."""
        self._go(self._playlist.next_row(1))

    def previous(self) -> None:
        """Go to the beginning of the song; from there to the file before."""
        if self._sound.is_file and self._sound.position > RESTART_S:
            self._sound.seek(0.0)
        else:
            self._go(self._playlist.next_row(-1))

    def _go(self, row: int) -> None:
        if row >= 0:
            play = self._wants_play or self._sound.state in ("running", "ended")
            self.play_row(row, play=play if self._sound.is_file else True)

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds`` of the file; switches back to it from a live source."""
        if self._sound.is_file:
            self._sound.seek(seconds)
        elif self._playlist.current_path is not None:
            self.open_current(play=True, at_s=seconds)

    def _skip(self, path: Path | None, text: str) -> None:
        """A file cannot be played: say so and go on with the next."""
        self._skipped += 1
        if path is not None:
            self._playlist.set_broken(path, text)
        if self._resumed:
            # It lay in the player the last time; nobody has asked for it today.
            self._resumed = False
            self.tell_state("failed")
            return
        if self._skipped > 1:
            text = tr("{0} (%Ln file(s) were skipped.)", "", self._skipped).format(text)
        self.notice.emit(Notice("file", text, Severity.ERROR, lasting_s=15.0))
        row = self._playlist.next_row()
        if row >= 0:
            self._play_row(row, play=self._wants_play)
        else:
            self._wants_play = False
            self.tell_state("failed")

    # another rate ----------------------------------------------------------------------

    def match_rate(self, rate: int) -> None:
        """Open the source again when the model listens at another rate."""
        if rate == self._sound.rate:
            return
        self._sound.rate = rate
        if self._sound.is_file:
            playing = self._sound.state == "running"
            self.open_current(play=playing, at_s=self._sound.position)
        elif self._sound.source is not None:
            self._sound.open(self._sound.address)
