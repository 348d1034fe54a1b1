"""What the Library page shows, without a widget: the open catalogue, the list in view, its rows.

Everything that reads or writes the catalogue happens in lanes of the job runner; this object
remembers what is in view, asks, and tells. Asking again before an answer came wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.core.certainty import Bounds
from genredesk.ui.library.tracks.listing import ListCounts, Listing, ListRequest, count, find, held
from genredesk.ui.library.tracks.pictures import Pictures, decode_cover, strip
from genredesk.ui.library.tracks.tracks_model import TracksModel
from genredesk.ui.services.jobs import Job, JobRunner

if TYPE_CHECKING:
    from genredesk.library.catalogue.roots import Root
    from genredesk.library.index.saved_filters import SavedFilter
    from genredesk.library.library import Library
    from genredesk.library.records import TrackRow

LANE = "library"
ROWS_LANE = "library-rows"
PAGE = 160
"""Rows fetched at once: several screens, a few milliseconds."""
SETTLE_MS = 700
"""While a scan finds and names files, what is in view is brought up to date this often."""
COVER_PX = 64
_USUAL_SURE = 0.7  # until the model in use is known


class CatalogueModel(QObject):
    """The catalogue as the window knows it.

    Signals
    -------
    opened()
        The catalogue is there.
    failed(str)
        It cannot be opened; the sentence says why and what to do.
    listed(Listing), counted(Counts)
        What is in view was asked for, or changed; a moment later what stands beside it.
    refused(str, int)
        The filter cannot be read: a sentence, and the character where it goes wrong.
    roots_changed(), filters_changed()
        :attr:`roots`, :attr:`filters` is another list.
    said(str, bool)
        Something to tell; whether it is an error.
    corrected(int)
        So many tracks have the genre the person gave them.
    """

    opened = Signal()
    failed = Signal(str)
    listed = Signal(object)
    counted = Signal(object)
    refused = Signal(str, int)
    roots_changed = Signal()
    filters_changed = Signal()
    said = Signal(str, bool)
    corrected = Signal(int)

    def __init__(self, jobs: JobRunner, path: Path | None = None, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs = jobs
        self.path = path
        self.catalogue: Library | None = None
        self.model = TracksModel(self)
        self.pictures = Pictures()
        self.view = ListRequest()
        self._sound = self.view  # the last one whose filter could be read
        self.listing: Listing | None = None
        self.counts: ListCounts | None = None
        self.roots: list[Root] = []
        self.filters: list[SavedFilter] = []
        self.moved = True
        """Whether the list was changed by looking elsewhere, not by what happened to the files."""
        self.bounds: Bounds | None = None
        """The bounds of the model in use; strips are judged by them."""
        self._pinned: set[int] = set()
        """Files a person edited in this view: they keep their place until another is asked for."""
        self._asking: Job | None = None
        self._counting: Job | None = None
        self._opening = False
        self._fetching = False
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._refresh)
        self.model.wanted.connect(self._wanted)

    # opening ------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the catalogue and list it; a second call does nothing while that goes on."""
        if self.catalogue is not None or self._opening:
            return
        self._opening = True
        view, path = self.view, self.path

        def work(_job: Job) -> tuple[Any, ...]:
            from genredesk.library.library import Library  # noqa: PLC0415
            from genredesk.library.organize import apply  # noqa: PLC0415

            catalogue = Library.open(path)
            try:
                said = apply.recover(catalogue)
                return (
                    catalogue, said, catalogue.roots.all(), catalogue.filters.all(),
                    find(catalogue, view),
                )  # fmt: skip
            except BaseException:
                catalogue.close()
                raise

        def done(found: tuple[Any, ...]) -> None:
            self._opening = False
            self.catalogue, said, self.roots, self.filters, listing = found
            self.opened.emit()
            self.roots_changed.emit()
            self.filters_changed.emit()
            self._show(listing)
            self._count(listing)
            for sentence in said:
                self.said.emit(sentence, False)

        def failed(text: str, _error: Exception) -> None:
            self._opening = False
            self.failed.emit(text)

        self.jobs.start(
            self.tr("opening the library"), work, lane=LANE, on_done=done, on_failed=failed
        )

    def close(self) -> None:
        """Let go of the file; every lane has ended."""
        catalogue, self.catalogue = self.catalogue, None
        if catalogue is not None:
            catalogue.close()

    # what is in view ----------------------------------------------------------------------

    def look(self, **changes: Any) -> None:
        """Look at something else (names of :class:`ListRequest` fields)."""
        self.view = replace(self.view, **changes)
        self._pinned.clear()
        self.ask()

    def set_bounds(self, bounds: Bounds) -> None:
        """Judge by these bounds from now on; what was drawn with others is drawn again."""
        if bounds != self.bounds:
            self.bounds = bounds
            self.pictures.forget_strips()
            self.model.forget(None)

    def ask(self) -> None:
        """List what is in view; an earlier question that was not answered yet is dropped."""
        catalogue, view = self.catalogue, self.view
        if catalogue is None:
            return
        for earlier in (self._asking, self._counting):
            if earlier is not None:
                earlier.cancel()

        def found(listing: Listing) -> None:
            self._asking = None
            self._show(listing)
            self._count(listing)

        def failed(text: str, error: Exception) -> None:
            self._asking = None
            position = getattr(error, "position", None)
            if position is None:
                self.said.emit(text, True)
            else:
                self.refused.emit(text, position)

        self._asking = self.jobs.start(
            self.tr("listing the library"),
            lambda _job: find(catalogue, view),
            lane=LANE,
            on_done=found,
            on_failed=failed,
        )

    def _count(self, listing: Listing) -> None:
        """Count in the background what stands beside the list; a newer list wins."""
        catalogue = self.catalogue
        if catalogue is None:
            return
        if self._counting is not None:
            self._counting.cancel()

        def done(counts: ListCounts) -> None:
            self._counting = None
            self.counts = counts
            self.counted.emit(counts)

        self._counting = self.jobs.start(
            self.tr("counting"),
            lambda job: count(catalogue, listing, job.context.checkpoint),
            lane=LANE,
            on_done=done,
        )

    def _show(self, listing: Listing) -> None:
        old = self.listing
        self._sound = listing.view
        self.moved = old is None or old.view != listing.view
        if old is not None and not self.moved and self._pinned:
            listing = held(old, listing, self._pinned)
        same = (
            old is not None
            and old.headings == listing.headings
            and np.array_equal(old.ids, listing.ids)
        )
        self.listing = listing
        if not same:
            self.model.set_list(listing.ids, listing.headings)
        self.listed.emit(listing)

    # keeping up ---------------------------------------------------------------------------

    def touch(self) -> None:
        """Something changed in the catalogue; look again in a moment."""
        if not self._settle.isActive():
            self._settle.start()

    def _refresh(self) -> None:
        self.change(lambda _catalogue: None)

    def change(
        self,
        work: Callable[[Library], Any],
        done: Callable[[Any], None] | None = None,
        name: str = "",
    ) -> None:
        """Change the catalogue in its lane, then list again what is in view."""
        catalogue = self.catalogue
        if catalogue is None:
            return

        def run(_job: Job) -> tuple[Any, NDArray[np.int64], Listing, list[Root]]:
            value = work(catalogue)
            changed = catalogue.index.refresh()
            return value, changed, find(catalogue, self._sound), catalogue.roots.all()

        def finished(found: tuple[Any, NDArray[np.int64], Listing, list[Root]]) -> None:
            value, changed, listing, roots = found
            if roots != self.roots:
                self.roots = roots
                self.roots_changed.emit()
            if len(changed):
                self.model.forget(changed.tolist() if len(changed) < 10_000 else None)
            if self._asking is None and listing.view == self._sound:
                self._show(listing)
                self._count(listing)
            if done is not None:
                done(value)

        self.jobs.start(
            name or self.tr("changing the library"),
            run,
            lane=LANE,
            on_done=finished,
            on_failed=lambda text, _error: self.said.emit(text, True),
        )

    # rows ---------------------------------------------------------------------------------

    def _wanted(self) -> None:
        if not self._fetching and self.catalogue is not None:
            self._fetching = True
            QTimer.singleShot(0, self._fetch)

    def _fetch(self) -> None:
        catalogue = self.catalogue
        ids = self.model.take_wanted(PAGE)
        if catalogue is None or not ids:
            self._fetching = False
            return
        pictures, bounds = self.pictures, self.bounds

        def work(_job: Job) -> tuple[Any, ...]:
            network = catalogue.networks.used.id
            rows = catalogue.files.rows(ids)
            covers = {
                row.cover_id: decode_cover(catalogue.files.cover(row.cover_id), COVER_PX)
                for row in rows
                if row.cover_id is not None and not pictures.knows_cover(row.cover_id)
            }
            strips = {
                row.track_id: _strip(catalogue, row, bounds)
                for row in rows
                if row.track_id is not None and not pictures.knows_strip(row.track_id, network)
            }
            if catalogue.networks.used.id != network:  # it changed meanwhile, and they are of both
                strips = {}
            return rows, covers, strips, network

        def done(found: tuple[Any, ...]) -> None:
            rows, covers, strips, network = found
            if bounds != self.bounds:
                strips = {}
            self.pictures.put(covers, strips, network)
            self._fetching = False
            self.model.put_rows(ids, rows)
            if self.model.wants:  # looked at while these were on their way
                self._wanted()

        def failed(text: str, _error: Exception) -> None:
            self._fetching = False
            self.said.emit(text, True)

        self.jobs.start(
            self.tr("reading tracks"), work, lane=ROWS_LANE, on_done=done, on_failed=failed
        )

    # what a person decides ----------------------------------------------------------------

    def correct(self, ids: Sequence[int], labels: Sequence[str]) -> None:
        """Give these files a genre for good; no labels takes that back."""
        wanted = list(ids)
        self._pinned.update(wanted)
        self.change(
            lambda catalogue: catalogue.corrections.set(wanted, labels),
            self.corrected.emit,
            self.tr("setting a genre"),
        )

    def confirm(self, ids: Sequence[int]) -> None:
        """What was heard in these files is right."""
        wanted = list(ids)
        self._pinned.update(wanted)

        def work(catalogue: Library) -> int:
            heard: dict[str, list[int]] = {}
            for row in catalogue.files.rows(wanted):
                if row.heard and not row.locked:
                    heard.setdefault(row.heard, []).append(row.id)
            return sum(catalogue.corrections.set(files, [label]) for label, files in heard.items())

        self.change(work, self.corrected.emit, self.tr("setting a genre"))

    def save_filter(self, saved: SavedFilter) -> None:
        """Keep a filter under its name."""
        self._filters_after(lambda catalogue: catalogue.filters.save(saved))

    def delete_filter(self, name: str) -> None:
        """Forget a filter."""
        self._filters_after(lambda catalogue: catalogue.filters.delete(name))

    def _filters_after(self, work: Callable[[Library], None]) -> None:
        def run(catalogue: Library) -> list[SavedFilter]:
            work(catalogue)
            return catalogue.filters.all()

        def done(filters: list[SavedFilter]) -> None:
            self.filters = filters
            self.filters_changed.emit()

        self.change(run, done, self.tr("saving a filter"))


# ---------------------------------------------------------------- on the lane's thread


def _strip(catalogue: Library, row: TrackRow, bounds: Bounds | None) -> Any:
    timeline = catalogue.networks.timeline(row.track_id) if row.track_id is not None else None
    if timeline is None:
        return None
    usual = Bounds.of(_USUAL_SURE, max(1, len(timeline.labels)))
    return strip(timeline, bounds or usual, row.seconds)
