"""What a filter means for rows: a condition in, a mask over the columns out."""

from __future__ import annotations

import sqlite3

import numpy as np

from genredesk.library.index.conditions import All, Any, Condition, Contains, Everything, Not, Text
from genredesk.library.index.context import Mask, MatchContext
from genredesk.library.index.fields.table import BY_NAME


def matches(view: MatchContext, condition: Condition) -> Mask:
    """Return which rows fit, shape ``(n,)``."""
    match condition:
        case Everything():
            return np.ones(view.columns.n, np.bool_)
        case Not(inner):
            return ~matches(view, inner)
        case All(parts):
            return np.logical_and.reduce([matches(view, part) for part in parts])
        case Any(parts):
            return np.logical_or.reduce([matches(view, part) for part in parts])
        case Text(words):
            return _text(view, words)
    return BY_NAME[condition.field].mask(view, condition)


def _text(view: MatchContext, words: tuple[str, ...]) -> Mask:
    """Look words up in the catalogue's full-text index; each begins a word of the row."""
    asked = " ".join(f'"{word}"*' for word in words)
    try:
        # One string instead of a row for each: Python makes no object for every hit.
        (found,) = (
            view.connect()
            .execute("SELECT group_concat(rowid) FROM file_text WHERE file_text MATCH ?", (asked,))
            .fetchone()
        )
    except sqlite3.OperationalError:
        # SQLite's idea of a letter is that of an older Unicode: look through the texts instead.
        return np.logical_and.reduce([_anywhere(view, word) for word in words])
    hit = np.zeros(view.columns.n, np.bool_)
    if found is None or not view.columns.n:
        return hit
    ids = np.fromstring(str(found), np.int64, sep=",")
    have = view.columns["id"]
    rows = np.minimum(np.searchsorted(have, ids), len(have) - 1)
    hit[rows[have[rows] == ids]] = True
    return hit


def _anywhere(view: MatchContext, word: str) -> Mask:
    fields = ("title", "artist", "album", "path")
    return np.logical_or.reduce([BY_NAME[f].mask(view, Contains(f, word)) for f in fields])
