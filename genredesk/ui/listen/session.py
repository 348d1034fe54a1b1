"""What the Listen page shows and does, without a widget: source, player, names, timeline.

Joins the sound side, the engine side, the playlist and the background analysis. The pages call
its methods and draw what its signals say.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from genredesk.core.scores import NOTHING_YET, Decision, Scores
from genredesk.core.settings import Settings
from genredesk.ui.listen.analysis import Analysis
from genredesk.ui.listen.device_list import DeviceList
from genredesk.ui.listen.engine_controller import EngineController
from genredesk.ui.listen.file_walker import Walk
from genredesk.ui.listen.playback import PlaybackController
from genredesk.ui.listen.player_settings import PlayerSettings
from genredesk.ui.listen.playlist import Playlist
from genredesk.ui.listen.resuming import Resuming, remembered
from genredesk.ui.listen.timeline import ListenTimeline
from genredesk.ui.listen.transport import Transport
from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.jobs import JobRunner
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.inference.bundle import Bundle


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

    def __init__(self, jobs: JobRunner, memory: SettingsStore) -> None:
        super().__init__()
        self.jobs = jobs
        self.memory = memory
        self.bridge = Bridge(self)
        self._started = self._looked = False
        self.devices = DeviceList(self.bridge, jobs, self)
        self.sound = PlaybackController(self.bridge, jobs, memory, self)
        self.player = PlayerSettings(memory, self.sound)
        self.engine = EngineController(self.bridge, jobs, memory, self)
        self.analysis = Analysis(jobs, self)
        self.playlist = Playlist(self)
        self.walk = Walk(jobs, self)
        self.resuming = Resuming(jobs, self.playlist, self)
        self.transport = Transport(
            self,
            sound=self.sound,
            engine=self.engine,
            playlist=self.playlist,
            resuming=self.resuming,
            memory=memory,
        )
        self.timeline = ListenTimeline(
            self,
            analysis=self.analysis,
            sound=self.sound,
            engine=self.engine,
            playlist=self.playlist,
            memory=memory,
            jobs=jobs,
        )
        self._connect()

    def _connect(self) -> None:
        self.bridge.scored.connect(self._on_scores)
        self.bridge.problem.connect(self._on_problem)
        self.devices.ready.connect(self._on_sound_ready)
        self.devices.changed.connect(self._on_devices)
        self.engine.bundle_changed.connect(self._on_bundle)
        self.engine.failed.connect(lambda text: self._say("model", text, Severity.ERROR))
        transport, timeline = self.transport, self.timeline
        transport.state_changed.connect(self.state_changed)
        transport.opened.connect(self.opened)
        transport.opened.connect(timeline.begin)
        transport.state_changed.connect(lambda _state: timeline.kept.hold(transport.frozen))
        transport.dismissed.connect(self.dismissed)
        timeline.reset.connect(self.timeline_reset)
        timeline.scored.connect(self.timeline_scored)
        timeline.done.connect(self.timeline_done)
        for part in (transport, timeline):
            part.notice.connect(self.notice)
        self.bridge.waiting.connect(self._on_waiting)
        self.walk.first.connect(self._on_found)
        self.walk.more.connect(self.playlist.append)
        self.resuming.ready.connect(self._on_resumed)
        for told in (self.walk.nothing, self.walk.problem):
            told.connect(lambda text: self._say("file", text, Severity.WARNING, lasting_s=12.0))
        self.memory.changed.connect(self._on_settings)

    def _say(self, key: str, text: str, kind: Severity = Severity.INFO, **more: object) -> None:
        self.notice.emit(Notice(key, text, kind, **more))  # type: ignore[arg-type]

    # start and end ------------------------------------------------------------------------

    def start(
        self, files: Sequence[Path], demo: Sequence[Path], *, play_demo: bool = False
    ) -> None:
        """Begin after the first paint: with ``files`` if there are any, else as remembered.

        ``demo`` is the list that is ready to play when nothing else was asked for; with
        ``play_demo`` it plays at once.
        """
        self._demo = list(demo)
        self._files = list(files)
        if not (play_demo and demo) or files:
            self._look_around()
            return
        self._started = True
        once = Qt.ConnectionType.SingleShotConnection
        self.sound.opened.connect(lambda _source: self._look_around(), once)
        self.sound.failed.connect(lambda _address, _text: self._look_around(), once)
        self.playlist.replace(self._demo)
        self.transport.play_row(0)

    def _look_around(self) -> None:
        """Look for devices and models, once: a sample that plays at once does not wait for them."""
        if not self._looked:
            self._looked = True
            self.devices.start()
            self.engine.start()

    def _on_sound_ready(self, problem: str) -> None:
        if problem:
            self._say("sound", problem, Severity.WARNING)
        if self._files:
            self.open_paths(self._files)
            return
        if self._started:
            return
        settings = self.memory.settings
        if settings.source != "file" and not problem:
            self.transport.choose_source(settings.source)
        self.resuming.begin(settings.opened, settings.opened_file, self._demo)

    def _on_devices(self) -> None:
        if self.devices.inputs or self.devices.outputs:
            self.dismissed.emit("sound")

    def _on_resumed(self, row: int) -> None:
        """The list of the last time is there: its file waits in the player."""
        self.playlist.select(row)
        if self.sound.address:  # a microphone is heard
            return
        if row >= 0:
            self.transport.resume_current()
        else:
            self.transport.tell_state("closed")

    def close(self) -> None:
        """Stop everything; the threads are joined by the runner's ``close``."""
        self.bridge.close()
        self.walk.stop()
        self.resuming.stop()
        self.analysis.stop()
        self.analysis.stop_list()
        self.timeline.close()
        self.engine.close()
        self.sound.close()
        self.devices.close()

    @property
    def state(self) -> str:
        """State of the source; a live source that is held is ``paused``."""
        return self.transport.state

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Play ``paths`` (files and folders) in place of the list."""
        self.resuming.stop()
        self.memory.update(opened=remembered(paths), opened_file="")
        self.walk.start(paths)

    def _on_found(self, files: list[Path]) -> None:
        self.playlist.replace(files)
        self.transport.play_row(0)

    # engine -------------------------------------------------------------------------------

    def _on_scores(self, scores: Scores, decision: Decision, source: Source) -> None:
        # Else of the model before, while the chosen one is opened, or of the song before.
        if self.engine.answering and self.sound.is_current(source):
            self.timeline.kept.on_scores(scores, decision)
            self.scored.emit(scores, decision)

    def _on_waiting(self, decision: Decision, source: Source) -> None:
        if self.sound.is_current(source):
            self.waiting.emit(decision)

    def _on_problem(self, text: str) -> None:
        self._say("engine", text, Severity.WARNING, lasting_s=15.0)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        self.timeline.judge()
        if bundle is None:
            text = self.tr(
                "No model is installed, so nothing can be named. Import a .genredesk file on the "
                "Models page, or install GenreDesk again."
            )
            self._say("model", text, Severity.WARNING)
            return
        self.dismissed.emit("model")
        self.waiting.emit(NOTHING_YET)
        self.transport.match_rate(bundle.card.frontend.sample_rate)

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        if "output" in names:
            self.sound.apply(output=settings.output)
