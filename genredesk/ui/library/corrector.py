"""What a person decides about the chosen tracks: by digit, by letters, by walking the doubts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from genredesk.ui.library.correcting import KEYS, GenrePicker
from genredesk.ui.library.tracks.catalogue_model import LANE, CatalogueModel
from genredesk.ui.library.tracks.table import TracksTable


class Corrector(QObject):
    """Joins keys, chips and the picker with the tracks.

    Parameters
    ----------
    chosen
        Returns the ids of the files that are chosen, in the table or on the map.
    """

    def __init__(
        self,
        tracks: CatalogueModel,
        table: TracksTable,
        chosen: Callable[[], NDArray[np.int64]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tracks = tracks
        self._table = table
        self._chosen = chosen
        self.labels: list[str] = []
        self.picker: GenrePicker | None = None
        self._walking = False

    def digit(self, digit: int) -> None:
        """Set the genre on this key."""
        if 1 <= digit <= len(self.labels[:KEYS]):
            self.set([self.labels[digit - 1]])

    def set(self, labels: Sequence[str]) -> None:
        """Give the chosen files these genres for good; while walking, go to the next doubt."""
        ids = self._chosen().tolist()
        if ids:
            self._tracks.correct(ids, labels)
            self._step_on()

    def confirm(self) -> None:
        """What was heard in the chosen files is right."""
        ids = self._chosen().tolist()
        if ids:
            self._tracks.confirm(ids)
            self._step_on()

    def take_back(self) -> None:
        """Forget the genre a person gave the chosen files."""
        ids = self._chosen().tolist()
        if ids:
            self._tracks.correct(ids, [])

    def _step_on(self) -> None:
        if self._walking:
            self.walk(1)

    def ask(self, window: QWidget, anchor: QWidget, text: str = "") -> None:
        """Ask for any genre, beginning with these letters."""
        n = len(self._chosen())
        if not n:
            return
        if self.picker is None:
            self.picker = GenrePicker(window)
            self.picker.picked.connect(self.set)
        known = list(self.labels)
        if self._tracks.counts is not None:
            heard = self._tracks.counts.tallies.get("heard", {})
            known += [name for name in heard if name and "," not in name]
        self.picker.ask(anchor, n, known, text)

    def walk(self, step: int) -> None:
        """Go to the next (1) or the last (-1) file of the list to check."""
        catalogue, ids = self._tracks.catalogue, self._tracks.model.ids
        if catalogue is None or not len(ids):
            return
        self._walking = True
        after = self._table.current_id()
        order = ids if step > 0 else ids[::-1]

        def done(found: int | None) -> None:
            if found is None:
                self._walking = False
                self._tracks.said.emit(self.tr("No track in this list needs checking."), False)
            else:
                self._table.go_to(found)
                self._table.setFocus()

        self._tracks.jobs.start(
            self.tr("looking for the next track to check"),
            lambda _job: catalogue.index.next_unsure(order, after),
            lane=LANE,
            on_done=done,
        )
