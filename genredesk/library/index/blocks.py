"""The catalogue's rows, read as whole columns: SQLite writes each column of a block as one text.

Python makes no object for a cell and holds its lock for a moment only, so that half a million rows
are read in a second while a window goes on painting. Used by ``columns``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from genredesk.library.row_state import FILE_STATE_SQL

BLOCK = 8192
"""Rows of a block."""

SCORE_PARTS = 10**7
"""A score is a whole number of these parts; -1 stands for none."""

_NUMBERS = {
    "id": "file.id",
    "track": "coalesce(file.track_id, -1)",
    "recording": "coalesce(longest, file.track_id, -1)",
    "root": "root_id",
    "size": "size",
    "state": FILE_STATE_SQL,
    "score": f"coalesce(CAST(score * {SCORE_PARTS} + 0.5 AS INTEGER), -1)",
    "second": f"coalesce(CAST(runner_score * {SCORE_PARTS} + 0.5 AS INTEGER), -1)",
    "milliseconds": "coalesce(CAST(seconds * 1000 + 0.5 AS INTEGER), -1)",
    "year": "year",
    "track_no": "track_no",
    "disc_no": "disc_no",
    "added_ms": "CAST(added_at * 1000 AS INTEGER)",
}  # fmt: skip
_TEXTS = {
    "artist": "artist",
    "album_artist": "album_artist",
    "album": "album",
    "path": "path_text",
    "genres": "tag_genre",
    "label": "coalesce(result_words.words, label, '')",
    "fixed": "coalesce(correction.labels, '')",
    "title": "title",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows, as columns.

    Parameters
    ----------
    numbers
        Whole numbers, each ``(n,)``.
    texts
        The rows' texts, one a line.
    """

    numbers: dict[str, NDArray[np.int64]]
    texts: dict[str, str]

    def __len__(self) -> int:
        return len(self.numbers["id"])


def _statement(text: str) -> str:
    """Return the query for a block; ``text`` says how a text becomes one without line ends."""
    columns = [f"group_concat({value})" for value in _NUMBERS.values()]
    columns += [f"group_concat({text.format(value)}, char(10))" for value in _TEXTS.values()]
    return f"""
    SELECT {", ".join(columns)}
    FROM json_each(:ids) AS wanted
    CROSS JOIN file ON file.id = wanted.value
    LEFT JOIN track ON track.id = file.track_id
    LEFT JOIN result ON result.track_id = file.track_id AND result.bundle_id = :bundle
    LEFT JOIN result_words ON result_words.track_id = result.track_id
         AND result_words.bundle_id = result.bundle_id
    LEFT JOIN correction ON correction.track_id = file.track_id
    LEFT JOIN recording ON recording.track_id = file.track_id
    """  # noqa: S608 - our own names


_PLAIN = _statement("{}")
_CAREFUL = _statement("replace({}, char(10), ' ')")


def ids(connection: Connection, query: str, *values: int) -> NDArray[np.int64]:
    """Return the one column of whole numbers that a query gives, rising."""
    (text,) = connection.execute(
        f"SELECT group_concat(number) FROM (SELECT * FROM ({query}))",  # noqa: S608 - our own
        values,
    ).fetchone()
    return np.sort(_parsed(text))


def blocks(connection: Connection, wanted: NDArray[np.int64], bundle: int) -> Iterator[Block]:
    """Give the rows of the files ``wanted``, which are there, as one network hears them.

    ``connection`` is inside a read transaction.
    """
    for start in range(0, len(wanted), BLOCK):
        part = wanted[start : start + BLOCK]
        asked = {"ids": json.dumps(part.tolist()), "bundle": bundle}
        for statement in (_PLAIN, _CAREFUL):  # a line end inside a text is rare
            cells = connection.execute(statement, asked).fetchone()
            texts = dict(zip(_TEXTS, cells[len(_NUMBERS) :], strict=True))
            if all(text.count("\n") == len(part) - 1 for text in texts.values()):
                break
        numbers = [_parsed(cell) for cell in cells[: len(_NUMBERS)]]
        yield Block(dict(zip(_NUMBERS, numbers, strict=True)), texts)


def _parsed(text: object) -> NDArray[np.int64]:
    if text is None:
        return np.zeros(0, np.int64)
    return np.fromstring(str(text), np.int64, sep=",")  # a single number comes as one
