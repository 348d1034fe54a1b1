"""Rows of the catalogue as records: by id, a few hundred at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from genredesk.library.catalogue.mapping import StoredResult
from genredesk.library.records import Answer, FileState, TrackRow, path_of

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

CHUNK = 500
"""Parameters in one statement; SQLite's own limit is higher everywhere."""


_SELECT = """
SELECT file.id, file.track_id, root_id, path, title, artist, album, album_artist, track_no,
       disc_no, year, tag_genre, file.state, away, note, seconds, size, mtime_ns, added_at,
       cover_id, result.state, label, score, runner_up, runner_score, majority_share,
       correction.labels, result_words.words
FROM file
LEFT JOIN track ON track.id = file.track_id
LEFT JOIN result ON result.track_id = file.track_id AND result.bundle_id = ?
LEFT JOIN result_words ON result_words.track_id = result.track_id
     AND result_words.bundle_id = result.bundle_id
LEFT JOIN correction ON correction.track_id = file.track_id
"""


def fetch_rows(catalogue: Catalogue, file_ids: Sequence[int]) -> list[TrackRow]:
    """Return the rows of ``file_ids`` in that order; those that are gone are left out."""
    bundle_id, _, labels = catalogue.bundle
    found: dict[int, TrackRow] = {}
    with catalogue.read() as connection:
        for start in range(0, len(file_ids), CHUNK):
            part = file_ids[start : start + CHUNK]
            marks = ",".join("?" * len(part))
            raws = connection.execute(
                f"{_SELECT} WHERE file.id IN ({marks})",
                (bundle_id, *part),
            ).fetchall()
            results = [StoredResult(raw[20], raw[21], raw[22], raw[24]) for raw in raws]
            answers = catalogue.words.judged(results, len(labels))
            for raw, answer in zip(raws, answers, strict=True):
                found[raw[0]] = _row(catalogue, raw, answer)
    return [found[i] for i in file_ids if i in found]


def _row(catalogue: Catalogue, raw: tuple, answer: Answer) -> TrackRow:
    (file_id, track_id, root_id, path, title, artist, album, album_artist, track_no, disc_no,
     year, tag_genre, state, away, note, seconds, size, mtime_ns, added_at, cover_id, heard_state,
     label, score, runner_up, runner_score, share, corrected, several) = raw  # fmt: skip
    words = catalogue.words
    mine = tuple(json.loads(corrected)) if corrected else ()
    if mine:
        answer = Answer.CORRECTED
    said = tuple(json.loads(several)) if several else (label,)
    heard = said if answer is Answer.SURE and label else ()
    if state == FileState.ANALYSED and heard_state is None:
        state = FileState.FOUND  # another network is in use now
    return TrackRow(
        id=file_id, track_id=track_id, root_id=root_id, path=path_of(path), title=title,
        artist=artist, album=album, album_artist=album_artist, track_no=track_no, disc_no=disc_no,
        year=year, genres=tuple(json.loads(tag_genre)), heard=label, score=score or 0.0,
        runner_up=runner_up, runner_score=runner_score or 0.0, majority_share=share or 0.0,
        answer=answer, corrected=mine, words=words.of_all(mine or heard),
        state=FileState(away or state), note=note, seconds=seconds, size=size, mtime_ns=mtime_ns,
        added_at=added_at, cover_id=cover_id,
    )  # fmt: skip
