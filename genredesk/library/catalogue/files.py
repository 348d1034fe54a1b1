"""The files of the library: their rows by id, a few hundred at a time, and their covers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from genredesk.library.catalogue.mapping import Words
from genredesk.library.records import TrackRow, path_of
from genredesk.library.row_state import ANSWERS, FILE_STATE_SQL, FILE_STATES, Answer, AnswerRule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genredesk.library.catalogue.db import Database
    from genredesk.library.catalogue.networks import Networks
    from genredesk.library.catalogue.words import WordStore

CHUNK = 500
"""Parameters in one statement; SQLite's own limit is higher everywhere."""


_SELECT = f"""
SELECT file.id, file.track_id, root_id, path, title, artist, album, album_artist, track_no,
       disc_no, year, tag_genre, {FILE_STATE_SQL}, note, seconds, size, mtime_ns, added_at,
       cover_id, label, score, runner_up, runner_score, majority_share, correction.labels, inode,
       dev, result_words.words
FROM file
LEFT JOIN track ON track.id = file.track_id
LEFT JOIN result ON result.track_id = file.track_id AND result.bundle_id = ?
LEFT JOIN result_words ON result_words.track_id = result.track_id
     AND result_words.bundle_id = result.bundle_id
LEFT JOIN correction ON correction.track_id = file.track_id
"""  # noqa: S608 - our own words


_LABEL = 19
"""Where in a row ``label`` stands; its score, and the second and its score, follow."""


class Files:
    """Reads what is known of files.

    Parameters
    ----------
    networks, words
        The network whose answers are shown, and the person's words for them.
    """

    def __init__(self, db: Database, networks: Networks, words: WordStore) -> None:
        self._db = db
        self._networks = networks
        self._words = words

    def rows(self, file_ids: Sequence[int] | NDArray[np.int64]) -> list[TrackRow]:
        """Return rows in the order asked for; files that are gone are left out."""
        wanted = [int(i) for i in file_ids]
        used, words, rule = self._networks.used.id, self._words.current, self.rule
        found: dict[int, TrackRow] = {}
        with self._db.read() as connection:
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                marks = ",".join("?" * len(part))
                raws = connection.execute(
                    f"{_SELECT} WHERE file.id IN ({marks})", (used, *part)
                ).fetchall()
                for raw, code in zip(raws, _codes(rule, raws), strict=True):
                    found[raw[0]] = _row(words, raw, ANSWERS[code])
        return [found[i] for i in wanted if i in found]

    @property
    def rule(self) -> AnswerRule:
        """How the answers of the network in use are judged now."""
        used = self._networks.used
        return AnswerRule.of(used.bounds, used.labels, self._words.current.thresholds)

    def of_track(self, track_id: int) -> list[int]:
        """Return the files that hold a sound, those that are there first."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT id FROM file WHERE track_id = ? ORDER BY away <> '', id", (track_id,)
            ).fetchall()
        return [i for (i,) in found]

    def cover(self, cover_id: int | None) -> bytes | None:
        """Return a small JPEG."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT data FROM cover WHERE id = ?", (cover_id,)
            ).fetchone()
        return found[0] if found else None


def _codes(rule: AnswerRule, raws: Sequence[tuple]) -> list[int]:
    """Return the answers of rows as places in ``ANSWERS``."""
    return rule.codes(
        np.array([rule.sure_from(raw[_LABEL]) for raw in raws], np.float64),
        np.array([raw[_LABEL + 1] for raw in raws], np.float64),  # None becomes NaN
        np.array([raw[_LABEL + 3] for raw in raws], np.float64),
    ).tolist()


def _row(words: Words, raw: tuple, answer: Answer) -> TrackRow:
    (file_id, track_id, root_id, path, title, artist, album, album_artist, track_no, disc_no,
     year, tag_genre, state, note, seconds, size, mtime_ns, added_at, cover_id,
     label, score, runner_up, runner_score, share, corrected, inode, dev,
     several) = raw  # fmt: skip
    mine, network = tuple(json.loads(corrected)) if corrected else (), answer
    if mine:
        answer = Answer.CORRECTED
    heard = tuple(json.loads(several)) if several else (label,) if label else ()
    written = words.written(heard) if answer is Answer.SURE else words.of_all(mine)
    return TrackRow(
        id=file_id, track_id=track_id, root_id=root_id, path=path_of(path), title=title,
        artist=artist, album=album, album_artist=album_artist, track_no=track_no, disc_no=disc_no,
        year=year, genres=tuple(json.loads(tag_genre)), heard=label, score=score or 0.0,
        runner_up=runner_up, runner_score=runner_score or 0.0, majority_share=share or 0.0,
        answer=answer, corrected=mine, words=written,
        state=FILE_STATES[state], note=note, seconds=seconds, size=size, mtime_ns=mtime_ns,
        added_at=added_at, cover_id=cover_id, inode=inode, dev=dev, all_heard=heard,
        network=network,
    )  # fmt: skip
