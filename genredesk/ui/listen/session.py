"""What the Listen page shows and does, without a widget: source, player, names, timeline.

Joins the sound side, the naming side, the playlist and the background analysis. The pages call
its methods and draw what its signals say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.core.scores import NOTHING_YET, Decision, Scores
from genredesk.core.settings import Settings
from genredesk.ui.listen.analysis import Analysis, Named, Rules
from genredesk.ui.listen.engine_controller import EngineController
from genredesk.ui.listen.exports import ListenExport
from genredesk.ui.listen.file_walker import Walk
from genredesk.ui.listen.playback import PlaybackController
from genredesk.ui.listen.playlist import Playlist
from genredesk.ui.listen.resuming import Resuming, remembered
from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.jobs import JobRunner
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.widgets.notices import Notice, Severity, about_source

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.inference.bundle import Bundle

LIVE_KEPT = 14_400
"""Windows of live listening that can be saved: two hours at two a second."""
RESTART_S = 3.0
""""Previous" goes to the beginning of the song first when more than this was heard."""


class ListenSession(QObject):
    """The one model behind the window.

    Signals
    -------
    state_changed(str)
        ``closed``, ``opening``, ``running``, ``paused``, ``lost``, ``ended`` or ``failed``.
    opened(Source)
        Another source is heard.
    scored(Scores, Decision)
        The network judged a window of it.
    waiting(Decision)
        A whole window must arrive first: after a new source, a gap or a jump.
    timeline_reset(object), timeline_scored(list[Scores]), timeline_done(Named)
        The background analysis of the open file; the first carries its length or ``None``.
    notice(Notice), dismissed(str)
        Something to tell; what was told under this key is no longer true.
    """

    state_changed = Signal(str)
    opened = Signal(object)
    scored = Signal(object, object)
    waiting = Signal(object)
    timeline_reset = Signal(object)
    timeline_scored = Signal(object)
    timeline_done = Signal(object)
    notice = Signal(object)
    dismissed = Signal(str)

    def __init__(
        self, jobs: JobRunner, memory: SettingsStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.memory = memory
        self.bridge = Bridge(self)
        self.sound = PlaybackController(self.bridge, jobs, memory, self)
        self.naming = EngineController(self.bridge, jobs, memory, self)
        self.analysis = Analysis(jobs, self)
        self.playlist = Playlist(self)
        self.walk = Walk(jobs, self)
        self.resuming = Resuming(jobs, self.playlist, self)
        self.live_scores: deque[Scores] = deque(maxlen=LIVE_KEPT)
        self.frozen = False
        self._wants_play = False
        self._skipped = 0
        self._last_state = "closed"
        self._resume_at = 0.0
        self._connect()

    def _connect(self) -> None:
        self.bridge.scored.connect(self._on_scores)
        self.bridge.problem.connect(self._on_problem)
        self.sound.ready.connect(self._on_sound_ready)
        self.sound.opening.connect(lambda _address: self._tell_state("opening"))
        self.sound.opened.connect(self._on_opened)
        self.sound.failed.connect(self._on_not_opened)
        self.sound.state_changed.connect(self._on_state)
        self.sound.devices_changed.connect(self._on_devices)
        self.naming.bundle_changed.connect(self._on_bundle)
        self.naming.failed.connect(lambda text: self._say("model", text, Severity.ERROR))
        self.analysis.scored.connect(self._on_timeline)
        self.analysis.finished.connect(self._on_analysed)
        self.analysis.failed.connect(self._on_not_analysed)
        self.bridge.waiting.connect(self.waiting)
        self.walk.first.connect(self._on_found)
        self.walk.more.connect(self.playlist.append)
        self.resuming.ready.connect(self._on_resumed)
        for told in (self.walk.nothing, self.walk.problem):
            told.connect(lambda text: self._say("file", text, Severity.WARNING, lasting_s=12.0))
        self.memory.changed.connect(self._on_settings)
        # A threshold being dragged is judged once, when it rests.
        self._rejudge = QTimer(self, singleShot=True, interval=400)
        self._rejudge.timeout.connect(self._judge)

    def _say(self, key: str, text: str, kind: Severity = Severity.INFO, **more: object) -> None:
        self.notice.emit(Notice(key, text, kind, **more))  # type: ignore[arg-type]

    # start and end ------------------------------------------------------------------------

    def start(self, files: Sequence[Path], demo: Sequence[Path]) -> None:
        """Begin after the first paint: with ``files`` if there are any, else as remembered.

        ``demo`` is the list that is ready to play when nothing else was asked for.
        """
        self._demo = list(demo)
        self._files = list(files)
        self.sound.start()
        self.naming.start()

    def _on_sound_ready(self, problem: str) -> None:
        if problem:
            self._say("sound", problem, Severity.WARNING)
        if self._files:
            self.open_paths(self._files)
            return
        settings = self.memory.settings
        if settings.source != "file" and not problem:
            self.choose_source(settings.source)
        self.resuming.begin(settings.opened, settings.opened_file, self._demo)

    def _on_devices(self) -> None:
        if self.sound.inputs or self.sound.outputs:
            self.dismissed.emit("sound")

    def _on_resumed(self, row: int) -> None:
        """The list of the last time is there: its file waits in the player."""
        self.playlist.select(row)
        if self.sound.address:  # a microphone is heard
            return
        if row >= 0:
            self._open_current(play=False)
        else:
            self._tell_state("closed")

    def close(self) -> None:
        """Stop everything; the threads are joined by the runner's ``close``."""
        self.bridge.close()
        self.walk.stop()
        self.resuming.stop()
        self.analysis.stop()
        self.analysis.stop_list()
        self.naming.close()
        self.sound.close()

    # sources ------------------------------------------------------------------------------

    def choose_source(self, address: str) -> None:
        """Listen to ``mic:…``, ``system:…`` or the ``file`` of the list."""
        if address == "file":
            self._open_current(play=False)
            return
        self._remember_position()
        self._wants_play = False
        self.memory.update(source=address)
        self.sound.open(address)

    def retry(self) -> None:
        """Try the source that failed once more."""
        if self.sound.address:
            self.sound.open(self.sound.address)

    def _open_current(self, *, play: bool, at_s: float | None = None) -> None:
        path = self.playlist.current_path
        if path is None:
            return
        if at_s is None:
            at_s = self._resume_at
        self._resume_at = 0.0
        self._wants_play = play
        self.memory.update(source="file")
        self.timeline_reset.emit(None)
        self.sound.open(f"file:{path}", play=play, at_s=at_s)

    def _remember_position(self) -> None:
        if self.sound.is_file:
            self._resume_at = self.sound.position

    def _on_opened(self, source: Source) -> None:
        self.frozen = False
        self.live_scores.clear()
        self.dismissed.emit("source")
        self.naming.set_source(source)
        self._last_state = "opening"
        self.opened.emit(source)
        path = self.sound.path
        if path is not None:
            self.timeline_reset.emit(source.info.seconds)
            self.analysis.analyse(path)
        else:
            self.analysis.stop()

    def _on_not_opened(self, address: str, text: str) -> None:
        if address.startswith("file:"):
            self._skip(text)
            return
        self._tell_state("failed")
        self._say("source", text, Severity.ERROR, action=self.tr("Try again"), run=self.retry)

    def _on_state(self, source: Source) -> None:
        state, before = self.sound.state, self._last_state
        self._tell_state(state)
        if source.message:
            self.dismissed.emit("sound")  # the source says it more exactly
        if state == "failed" and self.sound.is_file:
            if before != "failed":  # it may be told twice: when it happened and when it was opened
                self._skip(source.message)
        elif state == "failed" or source.message or (before == "lost" and state == "running"):
            self.notice.emit(about_source(source, state, self.retry))
        elif state != "opening":
            self.dismissed.emit("source")
        if state == "running":
            self._skipped = 0
        if state == "ended" and before != "ended" and self._wants_play:
            row = self.playlist.next_row()
            if row >= 0:
                self.play_row(row)
            else:
                self._wants_play = False

    def _tell_state(self, state: str) -> None:
        self._last_state = state
        self.state_changed.emit(self.state)

    @property
    def state(self) -> str:
        """State of the source; a live source that is held is ``paused``."""
        return "paused" if self.frozen and self._last_state == "running" else self._last_state

    # playing ------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Play ``paths`` (files and folders) in place of the list."""
        self.resuming.stop()
        self.memory.update(opened=remembered(paths), opened_file="")
        self.walk.start(paths)

    def _on_found(self, files: list[Path]) -> None:
        self.playlist.replace(files)
        self.play_row(0)

    def play_row(self, row: int, *, play: bool = True) -> None:
        """Open the file in ``row`` of the list and play it."""
        self.resuming.settle()
        self.playlist.select(row)
        self.memory.update(opened_file=str(self.playlist.current_path or ""))
        self._open_current(play=play, at_s=0.0)

    def toggle(self) -> None:
        """Space: play or pause the file; hold or go on with a live source."""
        if self.sound.is_file or self.sound.source is None:
            self.play_pause()
            return
        self.frozen = not self.frozen
        self.naming.set_source(None if self.frozen else self.sound.source)
        self._tell_state(self._last_state)

    def play_pause(self) -> None:
        """Play or pause the file of the player, whatever is heard at the moment."""
        if not self.sound.is_file:
            self._open_current(play=True)
        elif self._wants_play and self.sound.state in ("running", "opening"):
            self._wants_play = False
            self.sound.pause()
        else:
            self._wants_play = True
            if self.sound.state == "ended":
                self.sound.seek(0.0)
            self.sound.play()

    def next(self) -> None:
        """Go to the next file that can be played."""
        self._go(self.playlist.next_row(1))

    def previous(self) -> None:
        """Go to the beginning of the song; from there to the file before."""
        if self.sound.is_file and self.sound.position > RESTART_S:
            self.sound.seek(0.0)
        else:
            self._go(self.playlist.next_row(-1))

    def _go(self, row: int) -> None:
        if row >= 0:
            play = self._wants_play or self.sound.state in ("running", "ended")
            self.play_row(row, play=play if self.sound.is_file else True)

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds`` of the file; switches back to it from a live source."""
        if self.sound.is_file:
            self.sound.seek(seconds)
        elif self.playlist.current_path is not None:
            self._open_current(play=True, at_s=seconds)

    def seek_by(self, seconds: float) -> None:
        """Jump forward or back."""
        if self.sound.is_file:
            self.sound.seek(self.sound.position + seconds)

    def set_volume(self, volume: float) -> None:
        """Set the loudness, 0..1; turning it up ends muting."""
        volume = min(1.0, max(0.0, volume))
        muted = self.memory.settings.muted and volume <= self.memory.settings.volume
        self.memory.update(volume=volume, muted=muted)
        self.sound.apply(volume=volume, muted=muted)

    def set_muted(self, muted: bool) -> None:
        """Make it silent, or not."""
        self.memory.update(muted=muted)
        self.sound.apply(muted=muted)

    def set_loop(self, loop: bool) -> None:
        """Play the file over and over."""
        self.memory.update(loop=loop)
        self.sound.apply(loop=loop)

    def _skip(self, text: str) -> None:
        """A file cannot be played: say so and go on with the next."""
        path = self.playlist.current_path
        self._skipped += 1
        if path is not None:
            self.playlist.set_broken(path, text)
        if self._skipped > 1:
            text = self.tr("{0} ({1} files were skipped.)").format(text, self._skipped)
        self._say("file", text, Severity.ERROR, lasting_s=15.0)
        row = self.playlist.next_row()
        if row >= 0:
            self.play_row(row, play=self._wants_play)
        else:
            self._wants_play = False
            self._tell_state("failed")

    # naming -------------------------------------------------------------------------------

    def _on_scores(self, scores: Scores, decision: Decision) -> None:
        if self.naming.answering:  # else of the model before, while the chosen one is opened
            self.live_scores.append(scores)
            self.scored.emit(scores, decision)

    def _on_problem(self, text: str) -> None:
        self._say("engine", text, Severity.WARNING, lasting_s=15.0)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        self.live_scores.clear()
        self._judge()
        if bundle is None:
            text = self.tr(
                "No model is installed, so nothing can be named. Import a .genredesk file on the "
                "Models page, or install GenreDesk again."
            )
            self._say("model", text, Severity.WARNING)
            return
        self.dismissed.emit("model")
        self.waiting.emit(NOTHING_YET)
        self._match_rate(bundle.card.frontend.sample_rate)

    def _match_rate(self, rate: int) -> None:
        """Open the source again when the model listens at another rate."""
        if rate == self.sound.rate:
            return
        self.sound.rate = rate
        if self.sound.is_file:
            playing = self.sound.state == "running"
            self._open_current(play=playing, at_s=self.sound.position)
        elif self.sound.source is not None:
            self.sound.open(self.sound.address)

    def _judge(self) -> None:
        """Begin the background analysis anew: by another model or other thresholds."""
        bundle, kept = self.naming.bundle, self.memory.settings
        rules = bundle and Rules(bundle, kept.unsure_below, kept.smoothing_s, kept.care)
        self.playlist.forget_decisions()
        self.analysis.set_rules(rules)
        if self.sound.path is not None:
            self.timeline_reset.emit(self.sound.seconds)
            self.analysis.analyse(self.sound.path)

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        if names & {"unsure_below", "smoothing_s", "care"}:
            self._rejudge.start()
        if "output" in names:
            self.sound.apply(output=settings.output)

    def _on_timeline(self, path: Path, scores: list[Scores]) -> None:
        if path == self.sound.path:
            self.timeline_scored.emit(scores)

    def _on_analysed(self, path: Path, named: Named) -> None:
        self.playlist.set_decision(path, named.result.decision)
        if path == self.sound.path:
            self.timeline_done.emit(named)

    def _on_not_analysed(self, path: Path, text: str, was_current: bool) -> None:
        # Usually the player meets the same fault and says it; an empty file it plays to its end.
        known = self.playlist.is_broken(path)
        self.playlist.set_broken(path, text)
        if was_current and not known:
            self._say("file", text, Severity.ERROR, lasting_s=15.0)

    def name_list(self) -> None:
        """Name every file of the list in the background."""
        self.analysis.analyse_list([self.playlist[i].path for i in range(len(self.playlist))])

    def heard(self) -> ListenExport:
        """Return what can be saved: the whole file when it is analysed, else what was heard."""
        bundle = self.naming.bundle.id if self.naming.bundle is not None else ""
        path = self.sound.path
        if path is not None and (named := self.analysis.named(path)) is not None:
            return ListenExport(str(path), bundle, named.result.scores, named.ribbon, named.result)
        name = self.sound.source.info.name if self.sound.source is not None else ""
        scores = list(self.live_scores)
        return ListenExport(str(path or name), bundle, scores, scores)
