"""What the map shows: every track's place, genre and file; worked out in the background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from genredesk.library.records import Answer
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.services.jobs import Job

if TYPE_CHECKING:
    from genredesk.library.index.index import RowGroups
    from genredesk.library.index.neighbours import Neighbours
    from genredesk.library.library import Library

LANE = "library-map"
ANSWERS = tuple(Answer)
"""What the numbers of :attr:`MapPoints.answers` stand for."""
ALIKE = 100
"""So many tracks are listed as being like another."""


@dataclass(frozen=True, slots=True)
class MapPoints:
    """All points.

    Parameters
    ----------
    file_ids
        One file of each track, shape ``(n,)``.
    xy
        Places in [-1, 1], ``(n, 2)``.
    codes
        Each one's genre as a place in ``labels``, ``(n,)``.
    labels
        Genres by how many tracks have them; an empty one: not heard.
    answers
        How sure each genre is, places in :data:`ANSWERS`, ``(n,)``.
    better
        Whether t-SNE drew it.
    network
        By whose ear it is.
    """

    file_ids: NDArray[np.int64]
    xy: NDArray[np.float32]
    codes: NDArray[np.intp]
    labels: tuple[str, ...]
    answers: NDArray[np.intp]
    better: bool = False
    network: str = ""


def inside(xy: NDArray[np.float32], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points ``(n, 2)`` lie in a closed polygon ``(m, 2)`` (even-odd rule)."""
    found = np.zeros(len(xy), bool)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    near = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
    x, y = xy[near, 0].astype(np.float64), xy[near, 1].astype(np.float64)
    odd = np.zeros(len(near), bool)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        odd ^= crosses
    found[near[odd]] = True
    return found


class Maps(QObject):
    """Works out maps and neighbours as jobs.

    Signals
    -------
    placed(Places)
        The map at once, later the better one.
    working(str, object)
        What is being done and how far (a share or ``None``); empty: nothing.
    alike(object, int, str)
        Files that sound like one, the most alike first, beginning with itself; the one; and by
        whose ear.
    lassoed(object)
        Files inside a polygon.
    said(str)
        Why something could not be done.
    """

    placed = Signal(object)
    working = Signal(str, object)
    alike = Signal(object, int, str)
    lassoed = Signal(object)
    said = Signal(str)

    def __init__(self, tracks: CatalogueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tracks = tracks
        self._near: Neighbours | None = None
        self._rev = -1
        self._drawing: Job | None = None
        self.places: MapPoints | None = None

    def draw(self) -> None:
        """Draw the map of all tracks: at once by PCA, then better in the background."""
        catalogue = self._tracks.catalogue
        if catalogue is None or self._drawing is not None:
            return
        self.working.emit(self.tr("Placing the tracks"), None)

        def work(job: Job) -> tuple[Neighbours, MapPoints]:
            from genredesk.library.index import neighbours  # noqa: PLC0415 - heavy

            near = neighbours.Neighbours.load(catalogue, job.context)
            places = _places(catalogue, near)
            job.part((near, places))
            if not neighbours.can_place():
                return near, places
            better = neighbours.tsne(near, job.context)
            rows = np.searchsorted(near.track_ids, _tracks(catalogue, places.file_ids))
            return near, replace(places, xy=better[rows], better=True)

        def part(value: tuple[Neighbours, MapPoints]) -> None:
            self._near, self.places = value
            self.placed.emit(self.places)
            self.working.emit(self.tr("Drawing a better map"), None)

        def ended() -> None:
            self._drawing = None
            self.working.emit("", None)

        def done(value: tuple[Neighbours, MapPoints]) -> None:
            self._near, self.places = value
            self.placed.emit(self.places)

        self._drawing = self._tracks.jobs.start(
            self.tr("drawing the map"),
            work,
            lane=LANE,
            on_done=done,
            on_part=part,
            on_failed=lambda text, _error: self.said.emit(text),
        )
        self._drawing.ended.connect(ended)

    def stop(self) -> None:
        """Keep the map as it is."""
        if self._drawing is not None:
            self._drawing.cancel()

    def like(self, file_id: int) -> None:
        """List what sounds like a file."""
        catalogue, near = self._tracks.catalogue, self._near
        if catalogue is None:
            return

        def work(job: Job) -> tuple[Neighbours, NDArray[np.int64]]:
            from genredesk.library.index.neighbours import Neighbours  # noqa: PLC0415

            known = near if near is not None else Neighbours.load(catalogue, job.context)
            track = int(catalogue.index.track_ids(np.array([file_id]))[0])
            found = known.nearest(track, ALIKE)
            if not found and near is not None:  # it came after the last look
                known = Neighbours.load(catalogue, job.context)
                found = known.nearest(track, ALIKE)
            files = _files(catalogue, np.array([n.track_id for n in found], np.int64))
            return known, np.concatenate([[file_id], files[files >= 0]]).astype(np.int64)

        def done(value: tuple[Neighbours, NDArray[np.int64]]) -> None:
            self._near, files = value
            if len(files) < 2:
                self.said.emit(self.tr("Nothing to compare with: listen to more tracks first."))
            else:
                self.alike.emit(files, file_id, self._near.network)

        self._tracks.jobs.start(
            self.tr("looking for what sounds alike"),
            work,
            lane="library-alike",
            on_done=done,
            on_failed=lambda text, _error: self.said.emit(text),
        )

    def lasso(self, polygon: NDArray[np.float64]) -> None:
        """Find the files inside a polygon on the map."""
        places = self.places
        if places is None or len(polygon) < 3:
            return

        def work(_job: Job) -> Any:
            return places.file_ids[inside(places.xy, polygon)]

        self._tracks.jobs.start(
            self.tr("choosing on the map"), work, lane="library-alike", on_done=self.lassoed.emit
        )


# ---------------------------------------------------------------- on the lane's thread


def _tracks(catalogue: Library, file_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(catalogue.index.track_ids(file_ids), np.int64)


def _by_genre(catalogue: Library) -> tuple[NDArray[np.int64], NDArray[np.int64], RowGroups]:
    """Return all files, their tracks, and the runs of one genre in them."""
    index = catalogue.index
    ids = index.query("", "added", False, "heard")
    return ids, _tracks(catalogue, ids), index.groups(ids, "heard")


def _places(catalogue: Library, near: Neighbours) -> MapPoints:
    """Join places with one file and the genre of each track."""
    ids, tracks, groups = _by_genre(catalogue)
    codes = np.zeros(len(ids), np.intp)
    for n, group in enumerate(groups):
        codes[group.start : group.start + group.count] = n
    known, first = np.unique(tracks, return_index=True)
    if not len(known) or not len(near):
        nothing = np.empty(0, np.int64)
        none = nothing.astype(np.intp)
        return MapPoints(nothing, np.empty((0, 2), np.float32), none, (), none)
    at = np.minimum(np.searchsorted(known, near.track_ids), len(known) - 1)
    here = known[at] == near.track_ids
    files = first[at[here]]
    labels = [group.name.split(", ")[0] for group in groups]
    merged, codes_of = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
    mine = codes_of[codes[files]]
    order = np.argsort(-np.bincount(mine, minlength=len(merged)), kind="stable")
    rank = np.empty(len(merged), np.intp)
    rank[order] = np.arange(len(merged))
    names = tuple(str(merged[i]) for i in order)
    answers = _answers(catalogue, ids[files])
    return MapPoints(
        ids[files], near.plane()[here], rank[mine], names, answers, network=near.network
    )


def _answers(catalogue: Library, file_ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return how sure the genre of each file is, places in :data:`ANSWERS`."""
    ids, groups = catalogue.index.grouped("", "added", False, "answer")
    codes = np.repeat([ANSWERS.index(Answer(group.name)) for group in groups], groups.counts)
    order = np.argsort(ids)
    return codes[order[np.searchsorted(ids, file_ids, sorter=order)]].astype(np.intp)


def _files(catalogue: Library, track_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one file of each track, -1 where there is none."""
    ids = catalogue.index.query("", "added")
    tracks = _tracks(catalogue, ids)
    known, first = np.unique(tracks, return_index=True)
    if not len(known):
        return np.full(len(track_ids), -1, np.int64)
    at = np.minimum(np.searchsorted(known, track_ids), len(known) - 1)
    return np.where(known[at] == track_ids, ids[first[at]], -1)
