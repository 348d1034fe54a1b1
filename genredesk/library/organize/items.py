"""Rows of the catalogue as actions need them: path, tags, and the genres to give.

From ``catalogue`` to ``plan``: one pass over the tables, however many files are asked for.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from genredesk.library.catalogue.mapping import StoredResult
from genredesk.library.organize.plan import Fingerprint, Item
from genredesk.library.records import Answer

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

_CHUNK = 500
_SELECT = """
SELECT file.id, path, size, mtime_ns, inode, dev, title, artist, album, album_artist, track_no,
       disc_no, year, tag_genre, away, seconds, result.state, label, score, runner_up,
       runner_score, correction.labels, result_words.words
FROM file
LEFT JOIN track ON track.id = file.track_id
LEFT JOIN result ON result.track_id = file.track_id AND result.bundle_id = ?
LEFT JOIN result_words ON result_words.track_id = result.track_id
     AND result_words.bundle_id = result.bundle_id
LEFT JOIN correction ON correction.track_id = file.track_id
"""


def load(catalogue: Catalogue, file_ids: Iterable[int]) -> list[Item]:
    """Return the files in the order asked for; numbers without a row are left out."""
    wanted = [int(i) for i in file_ids]
    bundle_id, _, labels = catalogue.bundle
    words = functools.cache(catalogue.words.of_all)
    found: dict[int, Item] = {}
    with catalogue.read() as connection:
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            raws = connection.execute(
                f"{_SELECT} WHERE file.id IN ({marks})",
                (bundle_id, *part),
            ).fetchall()
            results = [StoredResult(raw[16], raw[17], raw[18], raw[20]) for raw in raws]
            answers = catalogue.words.judged(results, len(labels))
            for raw, answer in zip(raws, answers, strict=True):
                found[raw[0]] = _item(raw, words, answer)
    return [found[i] for i in wanted if i in found]


@functools.lru_cache(maxsize=4096)
def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()


def _item(
    raw: tuple,
    words: Callable[[tuple[str, ...]], tuple[str, ...]],
    answer: Answer,
) -> Item:
    (file_id, path, size, mtime_ns, inode, dev, title, artist, album, album_artist, track_no,
     disc_no, year, tag_genre, away, seconds, _state, label, score, runner_up, _second,
     corrected, several) = raw  # fmt: skip
    mine = _listed(corrected)
    heard = label or ""
    said = _listed(several) or ((heard,) if heard else ())
    return Item(
        file_id, os.fsdecode(path), Fingerprint(size, mtime_ns, inode, dev), title, artist, album,
        album_artist, track_no, disc_no, year, seconds or 0.0, _listed(tag_genre),
        words(mine or said), heard, score or 0.0, answer,
        bool(mine), away, runner_up or "",
    )  # fmt: skip
