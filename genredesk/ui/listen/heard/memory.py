"""The memory of a session: of every source its answers, of the current one its picture.

Answers are kept as long as the program runs. Pictures are bounded: of a device every column of the
last half hour and coarser ones of the hours before, of a file all of it. Belongs to the UI thread;
whole files are drawn on a lane of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.core.scores import Decision, Scores
from genredesk.ui.listen.heard import pictures
from genredesk.ui.listen.spectrogram_feed import Gap, SpectrogramFeed
from genredesk.ui.services.jobs import Job, JobRunner

if TYPE_CHECKING:
    import numpy as np

    from genredesk.audio.held import HeldSound
    from genredesk.audio.sources import Source
    from genredesk.features.axes import DisplayAxis
    from genredesk.inference.heard import HeardPart
    from genredesk.ui.listen.analysis import Named

PARTS = 300
"""So many sources are remembered; the oldest file is forgotten first."""

UNSEEN_MS = 1000
"""While nobody looks, a live source is drawn this often."""
_CATCH_UP = 4
_NEAR_S = 0.5


class HeardMemory(QObject):
    """Keeps what was heard.

    Signals
    -------
    part_changed(HeardPart)
        Another source is heard, or the same with another picture; ``None`` before the first.
    drawn()
        There is more of a picture that is drawn in the background.
    answered(HeardPart)
        There are more answers about it.
    """

    part_changed = Signal(object)
    drawn = Signal()
    answered = Signal(object)

    def __init__(self, jobs: JobRunner, axis: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._axis = axis
        self._source: Source | None = None
        self._feed: SpectrogramFeed | None = None
        self._cursor: int | None = None
        self._offset = 0.0
        self._job: Job | None = None
        self.parts: list[HeardPart] = []
        self.current: HeardPart | None = None
        self.held: HeldSound | None = None
        self.holding = True
        self._timer = QTimer(self, interval=UNSEEN_MS)
        self._timer.timeout.connect(self._pull_unseen)
        self._seen_at = 0.0

    # ------------------------------------------------------------ sources

    def open(self, source: Source, path: Path | None) -> None:
        """Another source is heard from now on; ``path`` of a file."""
        from genredesk.audio.held import HeldSound  # noqa: PLC0415 - after the first paint
        from genredesk.inference.heard import HeardPart  # noqa: PLC0415

        self._stop()
        address = source.info.address
        part = next((p for p in self.parts if p.address == address), None)
        if part is None:
            began = time.time() if path is None else None
            part = HeardPart(address, source.info.name, path, began)
            self.parts.append(part)
            self._forget_oldest()
        part.name = source.info.name
        part.seconds = source.info.seconds
        self._source, self.current = source, part
        for other in self.parts:
            if other is not part and other.path is not None:
                other.picture = None
        if part.began is not None:
            now = time.time() - part.began
            self._offset = max(now - source.time_of(source.now()), 0.0)
            if part.end > 0:
                part.gaps.append(self._offset)
            self.held = HeldSound(source.sample_rate)
            self._timer.start()
        else:
            self.held = None
        self._draw(part, source.sample_rate)
        self.part_changed.emit(part)

    def _forget_oldest(self) -> None:
        files = [p for p in self.parts if p.path is not None and p is not self.current]
        if len(self.parts) > PARTS and files:
            self.parts.remove(files[0])

    def _stop(self) -> None:
        self._timer.stop()
        self._feed = None
        if self._job is not None:
            self._job.cancel()
            self._job = None
            if self.current is not None:
                self.current.picture = None  # half of one would never be finished

    def close(self) -> None:
        """The program ends."""
        self._stop()
        self._source = None

    # ------------------------------------------------------------ pictures

    def set_axis(self, name: str) -> None:
        """Look at the sound through another axis, as far back as there is sound."""
        if name == self._axis:
            return
        self._axis = name
        part, source = self.current, self._source
        if part is None or source is None:
            return
        if self._job is not None:
            self._job.cancel()
        self._draw(part, source.sample_rate)

    def _draw(self, part: HeardPart, rate: int) -> None:
        from genredesk.features.axes import display_axis  # noqa: PLC0415

        axis = display_axis(self._axis, rate)
        path = part.path
        if path is not None:
            if part.picture is None or part.axis is not axis:
                self._new_picture(part, axis, 0.0)
                self._begin(part, axis, lambda job: pictures.of_file(path, axis, job))
            return
        source, held = self._source, self.held
        if source is None or held is None:
            return
        if held.end > held.start:  # the axis changed: draw what is still held, then go on
            if self._feed is not None:
                self._cursor = self._feed.cursor
            self._feed = None
            start = held.start
            sound = held.read(start, held.end)
            self._new_picture(part, axis, start + axis.lead_s)
            self._begin(part, axis, lambda job: pictures.of_sound(sound, axis, job))
            return
        self._feed = SpectrogramFeed(source, axis)
        start = self._offset + self._feed.seconds + axis.lead_s
        if part.picture is None or part.axis is not axis:
            self._new_picture(part, axis, start)
        elif part.picture is not None:
            part.picture.skip_to(start)

    @staticmethod
    def _new_picture(part: HeardPart, axis: DisplayAxis, start: float) -> None:
        from genredesk.features.pyramid import Pyramid  # noqa: PLC0415

        whole = part.seconds if part.path is not None else None
        if part.path is not None:
            start = axis.lead_s
        part.axis = axis
        part.picture = Pyramid(len(axis.frequencies), axis.hop_s, start, whole)

    def _begin(self, part: HeardPart, axis: DisplayAxis, work: Callable[[Job], None]) -> None:
        start = part.picture.start_s if part.picture is not None else 0.0

        def add(value: object) -> None:
            if self._job is not job:
                return
            if value is pictures.ANEW:
                self._new_picture(part, axis, start)
                self.part_changed.emit(part)
            elif part.picture is not None:
                part.picture.append_cells(value)  # type: ignore[arg-type]
                self.drawn.emit()

        def done(_value: object = None) -> None:
            if self._job is job:
                self._job = None
                self._go_on(part, axis)

        # A file that cannot be drawn cannot be played either; the player says so.
        job = self._job = self._jobs.start(
            self.tr("drawing {0}").format(part.name),
            work,
            lane=pictures.LANE,
            on_part=add,
            on_done=done,
            on_failed=lambda _text, _error: done(),
        )

    def _go_on(self, part: HeardPart, axis: DisplayAxis) -> None:
        """After the held sound of a device was drawn anew, follow it again."""
        if part is self.current and part.path is None and self._source is not None:
            self._feed = SpectrogramFeed(self._source, axis, cursor=self._cursor)
            if part.picture is not None:
                part.picture.skip_to(self._offset + self._feed.seconds + axis.lead_s)

    def pull(self) -> None:
        """Draw what is new of a live source; somebody looks."""
        self._seen_at = time.monotonic()
        self._pull()

    def hold(self, on: bool) -> None:
        """A live source is held: what it plays meanwhile is not heard."""
        if self.holding != (not on):
            self.holding = not on
            if not on and self._feed is not None:
                self._feed.skip()
                self._gap(self._offset + self._feed.seconds)

    def _pull(self) -> None:
        part, feed = self.current, self._feed
        if part is None or feed is None or part.picture is None or not self.holding:
            return
        for piece in feed.pull():
            if isinstance(piece, Gap):
                self._gap(self._offset + piece.seconds)
                continue
            if self.held is not None:
                self.held.write(self._offset + piece.seconds, piece.samples)
            if piece.columns.shape[1]:
                part.picture.append(piece.columns)

    def _gap(self, seconds: float) -> None:
        part = self.current
        if part is not None and part.picture is not None and part.axis is not None:
            part.gaps.append(seconds)
            part.picture.skip_to(seconds + part.axis.lead_s)

    def _pull_unseen(self) -> None:
        if time.monotonic() - self._seen_at > _NEAR_S:
            for _ in range(_CATCH_UP):
                self._pull()

    @property
    def behind(self) -> bool:
        """Whether there is sound that was not drawn yet."""
        return self._feed is not None and self.holding and self._feed.behind > 0

    @property
    def drawn_until(self) -> float:
        """Time of the session up to which a live source is drawn."""
        part = self.current
        return part.picture.end_s if part is not None and part.picture is not None else 0.0

    def sound_of(
        self, part: HeardPart, start: float, end: float
    ) -> Callable[[], tuple[np.ndarray, int]]:
        """Return what reads the sound between two times; it may take long and be run anywhere."""
        rate = self._source.sample_rate if self._source is not None else 0
        held, path = self.held, part.path

        def read() -> tuple[np.ndarray, int]:
            import numpy as np  # noqa: PLC0415

            if path is not None:
                return _of_file(path, rate, start, end), rate
            if held is None or part is not self.current:
                return np.zeros(0, np.float32), rate
            return held.read(start, end), rate

        return read

    # ------------------------------------------------------------ answers

    def on_scores(self, window: Scores, decision: Decision) -> None:
        """Keep an answer about a live source."""
        part = self.current
        if part is not None and part.path is None:
            part.answers.add(window, decision, self._offset + window.end)
            self.answered.emit(part)

    def on_reset(self, path: Path | None) -> None:
        """The analysis of a file begins anew."""
        part = self._part_of(path)
        if part is not None:
            part.answers.clear()
            self.answered.emit(part)

    def on_windows(self, path: Path | None, windows: list[Scores]) -> None:
        """More of a file was analysed."""
        part = self._part_of(path)
        if part is not None:
            part.answers.extend(windows)
            self.answered.emit(part)

    def on_done(self, path: Path | None, named: Named) -> None:
        """All of a file was analysed."""
        part = self._part_of(path)
        if part is not None:
            part.answers.clear()
            part.answers.extend(named.ribbon)
            part.seconds = part.seconds or named.result.seconds
            self.answered.emit(part)

    def _part_of(self, path: Path | None) -> HeardPart | None:
        if path is None:
            return None
        return next((p for p in self.parts if p.path == path), None)


def _of_file(path: Path, rate: int, start: float, end: float) -> np.ndarray:
    """Return a stretch of a file, mono ``(n,)``.

    Raises
    ------
    AudioFileError
        When it cannot be read.
    """
    import numpy as np  # noqa: PLC0415

    from genredesk.audio.decode import decode  # noqa: PLC0415

    wanted = round((end - start) * rate)
    parts, have = [np.zeros(0, np.float32)], 0
    for block in decode(path, rate, start_s=start):
        parts.append(block)
        have += len(block)
        if have >= wanted:
            break
    return np.concatenate(parts)[:wanted]
