"""What was heard over time: of a file all of it, of a live source what was listened to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.core.scores import Decision, Scores
from genredesk.core.settings import Settings
from genredesk.ui.listen.analysis import Analysis, Named, Rules
from genredesk.ui.listen.engine_controller import EngineController
from genredesk.ui.listen.heard.exports import ListenExport
from genredesk.ui.listen.heard.memory import HeardMemory
from genredesk.ui.listen.playback import PlaybackController
from genredesk.ui.listen.playlist import Playlist
from genredesk.ui.services.jobs import JobRunner
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.audio.sources import Source


class ListenTimeline(QObject):
    """Has the open file and the list analysed in the background, and keeps what was heard.

    Signals
    -------
    reset(object), scored(list[Scores]), done(Named)
        The background analysis of the open file; the first carries its length or ``None``.
    notice(Notice)
        Something to tell.
    """

    reset = Signal(object)
    scored = Signal(object)
    done = Signal(object)
    notice = Signal(object)

    def __init__(
        self,
        parent: QObject,
        *,
        analysis: Analysis,
        sound: PlaybackController,
        engine: EngineController,
        playlist: Playlist,
        memory: SettingsStore,
        jobs: JobRunner,
    ) -> None:
        super().__init__(parent)
        self.analysis = analysis
        self._sound = sound
        self._engine = engine
        self._playlist = playlist
        self._memory = memory
        self.kept = HeardMemory(jobs, memory.settings.axis, self)
        analysis.scored.connect(self._on_timeline)
        analysis.finished.connect(self._on_analysed)
        analysis.failed.connect(self._on_not_analysed)
        sound.opening.connect(self._on_opening)
        memory.changed.connect(self._on_settings)
        # A threshold being dragged is judged once, when it rests.
        self._rejudge = QTimer(self, singleShot=True, interval=400)
        self._rejudge.timeout.connect(self.judge)

    def _on_opening(self, address: str) -> None:
        if address.startswith("file:"):
            self.reset.emit(None)

    def begin(self, source: Source) -> None:
        """Another source is heard: forget the last, analyse it when it is a file."""
        path = self._sound.path
        self.kept.open(source, path)
        if path is not None:
            self.kept.on_reset(path)
            self.reset.emit(source.info.seconds)
            self.analysis.analyse(path)
        else:
            self.analysis.stop()

    def judge(self) -> None:
        """Begin the background analysis anew: by another model or other thresholds."""
        bundle, kept = self._engine.bundle, self._memory.settings
        rules = bundle and Rules(bundle, kept.unsure_below, kept.smoothing_s, kept.care)
        self._playlist.forget_decisions()
        self.analysis.set_rules(rules)
        if self._sound.path is not None:
            self.kept.on_reset(self._sound.path)
            self.reset.emit(self._sound.seconds)
            self.analysis.analyse(self._sound.path)

    def close(self) -> None:
        """The program ends."""
        self.kept.close()

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        if "axis" in names:
            self.kept.set_axis(settings.axis)
        if names & {"unsure_below", "smoothing_s", "care"}:
            self._rejudge.start()

    def _on_timeline(self, path: Path, scores: list[Scores]) -> None:
        if path == self._sound.path:
            self.kept.on_windows(path, scores)
            self.scored.emit(scores)

    def _on_analysed(self, path: Path, named: Named) -> None:
        self._playlist.set_decision(path, named.result.decision)
        if path == self._sound.path:
            self.kept.on_done(path, named)
            self.done.emit(named)

    def _on_not_analysed(self, path: Path, text: str, was_current: bool) -> None:
        # Usually the player meets the same fault and says it; an empty file it plays to its end.
        known = self._playlist.is_broken(path)
        self._playlist.set_broken(path, text)
        if was_current and not known:
            self.notice.emit(Notice("file", text, Severity.ERROR, lasting_s=15.0))

    def known(self, seconds: float) -> Decision | None:
        """Return what the ribbon of the open file says at a time; ``None`` while it is not done."""
        path = self._sound.path
        named = self.analysis.named(path) if path is not None else None
        part = self.kept.current
        if named is None or part is None:
            return None
        here = part.answers.stretch_at(seconds)
        return named.at(seconds, here.start if here is not None else None)

    def name_list(self) -> None:
        """Name every file of the list in the background."""
        self.analysis.analyse_list([self._playlist[i].path for i in range(len(self._playlist))])

    def heard(self, span: tuple[float, float] | None = None) -> ListenExport:
        """Return what can be saved of the source that is heard: all of it, or the time ``span``."""
        from genredesk.inference.stretches import Heard, clipped  # noqa: PLC0415

        bundle = self._engine.bundle.id if self._engine.bundle is not None else ""
        part = self.kept.current
        if part is None:
            return ListenExport(Heard(self.tr("the source"), []), bundle, [])
        named = self.analysis.named(part.path) if part.path is not None else None
        first, last = span or (0.0, max(part.end, part.answers.end))
        if named is not None:
            windows = [s for s in named.result.scores if s.end > first and s.start < last]
        else:
            windows = part.answers.windows(first, last)
        stretches = clipped(part.answers.stretches, first, last)
        return ListenExport(
            Heard(str(part.path or part.name), stretches, part.path, part.began),
            bundle,
            windows,
            span,
            named.result if named is not None and span is None else None,
            self.kept.sound_of(part, first, last),
        )
