"""Rows of the catalogue as actions need them: path, tags, and the genres to give."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from genredesk.library.organize.plan import Fingerprint, Item
from genredesk.library.records import TrackRow
from genredesk.library.row_state import AWAY

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue


def load(catalogue: Catalogue, file_ids: Iterable[int]) -> list[Item]:
    """Return the files in the order asked for; numbers without a row are left out."""
    words = catalogue.words.current
    mine, heard = functools.cache(words.of_all), functools.cache(words.written)
    rows = catalogue.files.rows(list(file_ids))
    return [_item(r, mine(r.corrected) if r.locked else heard(r.all_heard)) for r in rows]


def _item(row: TrackRow, genres: tuple[str, ...]) -> Item:
    return Item(
        row.id, os.fspath(row.path), Fingerprint(row.size, row.mtime_ns, row.inode, row.dev),
        row.title, row.artist, row.album, row.album_artist, row.track_no, row.disc_no, row.year,
        row.seconds or 0.0, row.genres, genres, row.heard or "",
        row.score, row.answer, row.state if row.state in AWAY else "",
        row.runner_up or "", row.runner_score,
    )  # fmt: skip
