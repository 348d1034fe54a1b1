"""Duplicates: compare all tracks, then show each recording's files, the spare ones selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from genredesk.library.index.saved_filters import SavedFilter
from genredesk.ui.library.scanning import LibraryScan
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.listing import Listing
from genredesk.ui.look.text import tr
from genredesk.ui.services.jobs import Job, JobRunner

if TYPE_CHECKING:
    from numpy.typing import NDArray

DUPLICATES = SavedFilter("", "state:duplicate", group="recording")
SPARE = "state:spare"
LANE = "library-plan"


class DuplicateFinder(QObject):
    """Finds the files that are one recording.

    Signals
    -------
    found(int)
        So many recordings have several files.
    selected(object)
        They are listed; ids of the spare files, ``(n,)``: of each all but the best copy.
    said(str, bool)
        Something to tell; whether it is an error.
    """

    found = Signal(int)
    selected = Signal(object)
    said = Signal(str, bool)

    def __init__(
        self, tracks: CatalogueModel, scanning: LibraryScan, jobs: JobRunner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._tracks, self._scanning, self._jobs = tracks, scanning, jobs
        self._waits = False
        self._spare: NDArray[np.int64] | None = None
        tracks.listed.connect(self._on_listed)
        scanning.changed.connect(self._on_scan)

    def find(self) -> None:
        """Read what was never fingerprinted, then compare all tracks."""
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return
        if self._scanning.running:
            self._waits = True
            self.said.emit(self.tr("Duplicates are looked for when the scan is done."), False)
            return

        def known(missing: int) -> None:
            if missing and self._scanning.model is not None:
                self._waits = True
                self._scanning.start(fingerprints=True)
                text = tr("%Ln track(s) are read once more first.", "", missing)
                self.said.emit(text, False)
            else:
                self._search()

        self._jobs.start(
            self.tr("looking for duplicates"),
            lambda _job: catalogue.recordings.unknown(),
            lane=LANE,
            on_done=known,
            on_failed=lambda text, _error: self.said.emit(text, True),
        )

    def _on_scan(self) -> None:
        if self._waits and not self._scanning.running:
            self._waits = False
            self._search()

    def _on_listed(self, listing: Listing) -> None:
        if self._spare is not None and listing.view.text == DUPLICATES.text:
            spare, self._spare = self._spare, None
            self.selected.emit(spare)

    def _search(self) -> None:
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return

        def work(job: Job) -> tuple[int, NDArray[np.int64]]:
            from genredesk.library.index import recordings  # noqa: PLC0415 - compares all tracks

            recordings.search(catalogue, job.context)
            catalogue.index.refresh()
            n = len(catalogue.index.grouped(DUPLICATES.text, "added", False, DUPLICATES.group)[1])
            return n, catalogue.index.query(SPARE)

        def done(result: tuple[int, NDArray[np.int64]]) -> None:
            n, spare = result
            if not n:
                self.said.emit(self.tr("No duplicates: every recording is there once."), False)
                return
            text = tr("%Ln recording(s) with several files.", "", n)
            more = tr("%Ln spare copy(ies) selected; Organize moves them.", "", len(spare))
            self.said.emit(f"{text} {more}", False)
            self._spare = spare
            self.found.emit(n)

        self._jobs.start(
            self.tr("looking for duplicates"),
            work,
            lane=LANE,
            on_done=done,
            on_failed=lambda text, _error: self.said.emit(text, True),
        )
