"""Takes the genres of another program's collection as the person's own words for their tracks.

Nothing that a person said here is overwritten, and no file is touched: what is taken are
corrections in the catalogue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genredesk.library.organize.fsops import fold
from genredesk.library.rekordbox import RekordboxTrack, labels_of

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class LabelsIn:
    """What would be taken from a collection.

    Parameters
    ----------
    taken
        Genres and the numbers of the files that get them, by genres.
    own
        How many tracks have the person's own genres already and keep them.
    same
        How many have just these already.
    unheard
        How many are in the library, but their sound is not known yet.
    unknown
        Tracks that are not in the library.
    without
        How many have no genre there, or are in no list.
    """

    taken: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
    own: int = 0
    same: int = 0
    unheard: int = 0
    unknown: tuple[Path, ...] = ()
    without: int = 0

    @property
    def n_taken(self) -> int:
        """How many files get genres."""
        return sum(len(files) for _, files in self.taken)


def plan(
    catalogue: Catalogue, tracks: Sequence[RekordboxTrack], *, playlists: bool = False
) -> LabelsIn:
    """Return what would be taken; ``playlists``: the names of lists instead of genres."""
    known = _files(catalogue)
    taken: dict[tuple[str, ...], list[int]] = {}
    own = same = unheard = without = 0
    unknown: list[Path] = []
    for track in tracks:
        genres = labels_of(track, playlists=playlists)
        found = known.get(fold(str(track.path)))
        if not genres:
            without += 1
        elif found is None:
            unknown.append(track.path)
        elif found.track_id is None:
            unheard += 1
        elif found.genres == genres:
            same += 1
        elif found.genres:
            own += 1
        else:
            taken.setdefault(genres, []).append(found.file_id)
    return LabelsIn(
        tuple((genres, tuple(files)) for genres, files in sorted(taken.items())),
        own, same, unheard, tuple(unknown), without,
    )  # fmt: skip


def take(catalogue: Catalogue, labels: LabelsIn) -> int:
    """Set the genres, all or none; return how many tracks were set."""
    with catalogue.db.write():
        return sum(catalogue.corrections.set(files, genres) for genres, files in labels.taken)


@dataclass(frozen=True, slots=True)
class _Known:
    file_id: int
    track_id: int | None
    genres: tuple[str, ...]


def _files(catalogue: Catalogue) -> dict[str, _Known]:
    """Return every file by its folded path: systems differ in how they write accents."""
    with catalogue.db.read() as connection:
        found: Iterable[tuple[int, bytes, int | None, str | None]] = connection.execute(
            "SELECT id, path, file.track_id, labels FROM file LEFT JOIN correction USING (track_id)"
        ).fetchall()
    return {
        fold(os.fsdecode(path)): _Known(i, track, tuple(json.loads(labels or "[]")))
        for i, path, track, labels in found
    }
