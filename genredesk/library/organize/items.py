"""Rows of the catalogue as actions need them: path, tags, and the genres to give."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from genredesk.library.organize.plan import Fingerprint, Item
from genredesk.library.records import TrackRow
from genredesk.library.row_state import AWAY

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue


def load(catalogue: Catalogue, file_ids: Iterable[int]) -> list[Item]:
    """Return the files in the order asked for; numbers without a row are left out."""
    words = functools.cache(catalogue.words.current.of_all)
    return [_item(row, words) for row in catalogue.files.rows(list(file_ids))]


def _item(row: TrackRow, words: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Item:
    heard = row.heard or ""
    return Item(
        row.id, os.fspath(row.path), Fingerprint(row.size, row.mtime_ns, row.inode, row.dev),
        row.title, row.artist, row.album, row.album_artist, row.track_no, row.disc_no, row.year,
        row.seconds or 0.0, row.genres, words(row.corrected or ((heard,) if heard else ())), heard,
        row.score, row.answer, row.state if row.state in AWAY else "",
        row.runner_up or "",
    )  # fmt: skip
