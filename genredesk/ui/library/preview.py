"""Plays a track in place, from the window that sounds most like what was heard.

It has a player of its own: the Listen page keeps its file and its list. A file that sounds there
is paused first, so that two songs never sound at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from genredesk.core import certainty
from genredesk.core.certainty import Bounds
from genredesk.core.scores import Scores
from genredesk.ui.library.tracks import columns
from genredesk.ui.listen.steady import steady
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.base import clock
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.controls import IconButton
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import HBox, plain_label

if TYPE_CHECKING:
    from genredesk.audio.sources import Playable, Source
    from genredesk.library.catalogue.catalogue import Catalogue
    from genredesk.library.catalogue.networks import Timeline
    from genredesk.library.records import TrackRow
    from genredesk.ui.listen.session import ListenSession

LANE = "preview"
TICK_MS = 100
BEFORE_S = 0.5
"""Begins a little before the typical window, so that its first beat is heard whole."""


@dataclass(frozen=True, slots=True)
class PlayingTrack:
    """What is being played: the row, its timeline, and where it began."""

    row: TrackRow
    scores: tuple[Scores, ...]
    start_s: float


def scores_of(timeline: Timeline, bounds: Bounds, smoothing_s: float) -> tuple[Scores, ...]:
    """Return a timeline as windows for the ribbon, as the Listen page shows them.

    Parameters
    ----------
    bounds
        Of the strengths.
    smoothing_s
        See :func:`genredesk.ui.listen.steady.steady`.
    """
    found = []
    for n, raw in enumerate(timeline.probabilities):
        p = raw.astype(np.float32) / 255
        said, start = certainty.judge(p, bounds), n * timeline.hop_s
        end = start + timeline.window_s
        found.append(Scores(start, end, said.strength, timeline.labels, p, 0.0, said))
    return tuple(steady(found, smoothing_s, bounds))


def _typical(catalogue: Catalogue, file_id: int, smoothing_s: float) -> PlayingTrack | None:
    """Return a file and where the word it is called is most typical; ``None``: it is gone."""
    rows = catalogue.files.rows([file_id])
    if not rows:
        return None
    row = rows[0]
    timeline = catalogue.networks.timeline(row.track_id) if row.track_id is not None else None
    if timeline is None:
        return PlayingTrack(row, (), 0.0)
    label = row.corrected[0] if row.corrected else row.heard
    start = timeline.typical_s(label)
    if start == 0.0 and label != row.heard:
        start = timeline.typical_s(row.heard)
    scores = scores_of(timeline, catalogue.networks.used.bounds, smoothing_s)
    return PlayingTrack(row, scores, max(0.0, start - BEFORE_S))


class TrackPreview(QObject):
    """One track at a time.

    Signals
    -------
    changed()
        Another track, or none (:attr:`piece`).
    moved(float)
        The position in seconds, while it sounds.
    said(str)
        Why it cannot be played.
    """

    changed = Signal()
    moved = Signal(float)
    said = Signal(str)

    def __init__(self, listening: ListenSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listening = listening
        self._bridge = Bridge(self)
        self._bridge.source_changed.connect(self._on_state)
        self._source: Playable | None = None
        self._asked: Job | None = None
        self.piece: PlayingTrack | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def file_id(self) -> int | None:
        """The file that is played."""
        return self.piece.row.id if self.piece is not None else None

    def toggle(self, catalogue: Catalogue, file_id: int) -> None:
        """Play a file from its most typical window, or stop it."""
        if self.file_id == file_id:
            self.stop()
            return
        self.stop()
        sound = self._listening.sound
        if sound.is_file and sound.state == "running":
            self._listening.transport.play_pause()
        settings = self._listening.memory.settings
        rate, on_state = sound.rate, self._bridge.on_state

        def work(job: Job) -> tuple[Playable, PlayingTrack] | None:
            from genredesk.audio.sources import open_file  # noqa: PLC0415

            track = _typical(catalogue, file_id, settings.smoothing_s)
            if track is None:
                return None
            source = open_file(Path(track.row.path), rate, on_state=on_state)
            source.volume, source.muted = settings.volume, settings.muted
            if settings.output:
                source.set_output(settings.output)
            if track.start_s > 0:
                source.seek(track.start_s)
            if job.context.cancelled:
                source.close()
                return None
            source.play()
            return source, track

        def done(made: tuple[Playable, PlayingTrack] | None) -> None:
            if self._asked is job:
                self._asked = None
                if made is not None:
                    self._source, self.piece = made
                    self._timer.start()
                    self.changed.emit()
            elif made is not None:
                self._close_later(made[0])

        def failed(text: str, _error: Exception) -> None:
            if self._asked is job:
                self._asked = None
                self.said.emit(text)

        job = self._asked = self._listening.jobs.start(
            self.tr("playing a track"), work, lane=LANE, on_done=done, on_failed=failed,
            on_lost=lambda made: made[0].close() if made is not None else None,
        )  # fmt: skip

    def stop(self) -> None:
        """Be quiet."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
        self._timer.stop()
        source, self._source = self._source, None
        had, self.piece = self.piece, None
        if source is not None:
            self._close_later(source)
        if had is not None:
            self.changed.emit()

    def seek(self, seconds: float) -> None:
        """Jump there."""
        if self._source is not None:
            self._source.seek(seconds)

    def _close_later(self, source: Playable) -> None:
        self._listening.jobs.start(
            self.tr("closing a source"), lambda _job: source.close(), lane="closing"
        )

    def _tick(self) -> None:
        if self._source is not None:
            self.moved.emit(self._source.position())

    def _on_state(self, source: Source) -> None:
        if source is not self._source:
            return
        name = source.state.name
        if name == "FAILED":
            text = source.message
            self.stop()
            self.said.emit(text)
        elif name == "ENDED":
            self.stop()

    def close(self) -> None:
        """The program ends."""
        self._bridge.close()
        self.stop()


class PreviewBar(QWidget):
    """What is played in place: its name, its genres over time, where it is; click to hear."""

    def __init__(self, preview: TrackPreview) -> None:
        super().__init__()
        self._preview = preview
        self.stop = IconButton("stop", self.tr("Stop (Space)"), size=18)
        self.name = Elided()
        self.name.setMinimumWidth(theme.px(150))
        self.ribbon = GenreRibbon()
        self.time = plain_label("", "quiet")
        self.time.setFont(theme.font(13))
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance("00:00 / 00:00"))
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        HBox(
            self.stop,
            (self.name, 2),
            (self.ribbon, 5),
            self.time,
            parent=self,
            gap=GRID,
            margins=(theme.px(8), theme.px(4), theme.px(14), 0),
        )
        self.stop.clicked.connect(preview.stop)
        self.ribbon.seek.connect(preview.seek)
        preview.changed.connect(self._show)
        preview.moved.connect(self._move)
        self.hide()

    def _show(self) -> None:
        piece = self._preview.piece
        self.setVisible(piece is not None)
        if piece is None:
            return
        row = piece.row
        name = " – ".join(part for part in (row.artist, columns.title_of(row)) if part)
        self.name.set_text(name)
        self.ribbon.set_duration(row.seconds)
        self.ribbon.set_scores(piece.scores)
        self._move(piece.start_s)

    def _move(self, seconds: float) -> None:
        piece = self._preview.piece
        if piece is not None:
            self.ribbon.set_position(seconds)
            self.time.setText(f"{clock(seconds)} / {clock(piece.row.seconds or 0)}")
