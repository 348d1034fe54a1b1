"""Tracks whose tag and answer differ, one after another, and what a second model says of them.

The queue knows no widget. A second model listens only when somebody asks it: to the track that is
looked at, and to the next one, so that walking on does not wait.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_key
from genredesk.ui.library.tracks.catalogue_model import LANE, CatalogueModel
from genredesk.ui.services.jobs import Job

if TYPE_CHECKING:
    from genredesk.core.scores import Decision
    from genredesk.inference.bundle import Bundle
    from genredesk.library.records import TrackRow
    from genredesk.ui.listen.session import ListenSession

SECOND_LANE = "library-second"
FILTER = "tag:!=heard NOT state:corrected"
CONFLICTS, TEACHING = "conflicts", "teaching"
"""What is in the queue: where tag and answer differ, or what would teach a model most."""
AHEAD = 1
"""So many tracks after the one that is looked at are listened to already."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model says of a track: strength, the genres of its word, the likeliest, its score."""

    strength: Strength
    named: tuple[str, ...]
    label: str | None
    score: float


def opinion_of(decision: Decision) -> Opinion:
    """Return what a decision about a whole file says."""
    state = decision.state or Strength.OPEN
    return Opinion(state, decision.named, decision.label, decision.score)


class ConflictQueue(QObject):
    """The conflicts of a library in a row.

    Signals
    -------
    listed()
        The queue was read; :attr:`ids` is another list.
    moved()
        Another track is looked at, or what is known of it changed.
    said(str, bool)
        Something to tell; whether it is an error.
    """

    listed = Signal()
    moved = Signal()
    said = Signal(str, bool)

    def __init__(
        self, tracks: CatalogueModel, listening: ListenSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tracks = tracks
        self._listening = listening
        self.ids: list[int] = []
        self.at = 0
        self.row: TrackRow | None = None
        self.second: Bundle | None = None
        self.kind = CONFLICTS
        self.decided: dict[int, tuple[str, ...]] = {}
        self._heard: dict[tuple[int, str], Opinion | str] = {}
        self._asking: dict[tuple[int, str], Job] = {}

    @property
    def file_id(self) -> int | None:
        """The file that is looked at; ``None`` at the end."""
        return self.ids[self.at] if self.at < len(self.ids) else None

    def open(self) -> None:
        """Read the queue anew; of conflicts the surest answers come first."""
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return

        def work(_job: Job) -> list[int]:
            if self.kind == CONFLICTS:
                return catalogue.index.query(FILTER, "sure", True).tolist()
            from genredesk.library.index import teachable  # noqa: PLC0415 - reads every embedding

            return teachable.files(catalogue, catalogue.index)

        def done(ids: list[int]) -> None:
            self.ids, self.at, self.decided = ids, 0, {}
            self.listed.emit()
            self._look()

        self._tracks.jobs.start(
            self.tr("looking for conflicts"),
            work,
            lane=LANE,
            on_done=done,
            on_failed=lambda text, _error: self.said.emit(text, True),
        )

    def go(self, step: int) -> None:
        """Look at the next track (1) or the one before (-1)."""
        self.at = min(max(0, self.at + step), len(self.ids))
        self._look()

    def _look(self) -> None:
        self.row = None
        catalogue, file_id = self._tracks.catalogue, self.file_id
        self.moved.emit()
        if catalogue is None or file_id is None:
            return
        wanted = self.ids[self.at : self.at + 1 + AHEAD]

        def done(rows: list[TrackRow]) -> None:
            if self.file_id == file_id and rows and rows[0].id == file_id:
                self.row = rows[0]
                self.moved.emit()
                for row in rows:
                    self._ask(row)

        self._tracks.jobs.start(
            self.tr("reading a track"),
            lambda _job: catalogue.files.rows(wanted),
            lane="library-rows",
            on_done=done,
        )

    # deciding -----------------------------------------------------------------------------

    def choices(self) -> tuple[str, str, str]:
        """Return the genre of tag, answer and second answer, empty where there is none.

        A tag that is one of the model's genres is written as the model writes it.
        """
        row = self.row
        if row is None:
            return "", "", ""
        bundle = self._listening.engine.bundle
        labels = {genre_key(label): label for label in bundle.card.labels} if bundle else {}
        tag = row.genres[0] if row.genres else ""
        second = self.opinion()
        other = second.label if isinstance(second, Opinion) else ""
        return labels.get(genre_key(tag), tag), row.heard or "", other or ""

    def decide(self, *labels: str) -> None:
        """Give the track these genres for good, and go on; it is then learned from, too."""
        file_id = self.file_id
        if file_id is not None and any(labels):
            self.decided[file_id] = labels
            self._tracks.correct([file_id], list(labels))
            self.go(1)

    def take_back(self) -> None:
        """Forget what was decided about the track that is looked at."""
        file_id = self.file_id
        if file_id is not None and self.decided.pop(file_id, None) is not None:
            self._tracks.correct([file_id], [])
            self.moved.emit()

    # a second model -----------------------------------------------------------------------

    def ask_second(self, bundle: Bundle | None) -> None:
        """Have this model listen, too; ``None``: none."""
        self.second = bundle
        for job in self._asking.values():
            job.cancel()
        self._asking.clear()
        self._look()

    def opinion(self) -> Opinion | str | None:
        """Return what the second model says; why it cannot, or ``None`` while it listens."""
        if self.file_id is None or self.second is None:
            return None
        return self._heard.get((self.file_id, self.second.id))

    def _ask(self, row: TrackRow) -> None:
        bundle = self.second
        if bundle is None:
            return
        key = (row.id, bundle.id)
        if key in self._heard or key in self._asking:
            return
        care = self._listening.memory.settings.care

        def work(job: Job) -> Opinion:
            from genredesk.inference.runtime import open_runtime  # noqa: PLC0415
            from genredesk.inference.track import analyse_track  # noqa: PLC0415

            with contextlib.closing(open_runtime(bundle, "cpu")) as runtime:
                found = analyse_track(row.path, bundle, runtime, job.context, care=care)
            return opinion_of(found.decision)

        def done(found: Opinion | str) -> None:
            self._heard[key] = found
            if self.file_id == row.id:
                self.moved.emit()

        job = self._asking[key] = self._listening.jobs.start(
            self.tr("listening with {0}").format(bundle.card.title),
            work,
            lane=SECOND_LANE,
            on_done=done,
            on_failed=lambda text, _error: done(text),
        )
        job.ended.connect(lambda: self._asking.pop(key, None))

    def close(self) -> None:
        """Listen no more."""
        for job in self._asking.values():
            job.cancel()
