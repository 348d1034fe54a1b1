"""Which network's embeddings say best what sounds alike: of those that heard the library.

What a library was heard with before stays in it, so the network in use need not be the one to
compare by. The measure is a person's own: how often the most alike track by another artist has a
genre in common, as set by the person or else as tagged.
"""

from __future__ import annotations

import json
from sqlite3 import Connection
from typing import NamedTuple

import numpy as np

from genredesk.core.names import fold
from genredesk.core.scores import FloatArray

_COVERED = 0.95
"""A network must have heard so much of what the one that heard most has."""

_SAMPLE = 1500
_FEWEST = 40
"""So many tracks with a genre that another artist has, too, are needed to tell."""

_LEAD = 0.02
"""By so much a network must be better than the one in use."""


class Ear(NamedTuple):
    """A network by which tracks are compared."""

    id: int
    name: str


def best(connection: Connection, used: int) -> Ear:
    """Return the network to compare by; that in use where nothing speaks for another."""
    heard = connection.execute(
        "SELECT bundle.id, name, count(*) FROM bundle JOIN result_detail ON bundle_id = bundle.id"
        " WHERE length(embedding) > 0 GROUP BY bundle.id"
    ).fetchall()
    most = max((n for *_, n in heard), default=0)
    ears = [Ear(i, name) for i, name, n in heard if n >= _COVERED * most]
    ears.sort(key=lambda ear: ear.id != used)
    if len(ears) < 2:
        return ears[0] if ears else Ear(used, "")
    tracks = _labelled(connection, [ear.id for ear in ears])
    if not tracks:
        return ears[0]
    shares = [_alike(_unit(connection, ear.id, tracks), list(tracks.values())) for ear in ears]
    first, *others = shares
    if first is None or max((s for s in others if s is not None), default=0.0) < first + _LEAD:
        return ears[0]
    return ears[int(np.argmax([s or 0.0 for s in shares]))]


class _Known(NamedTuple):
    """What is known of a track besides its sound."""

    artist: str
    genres: frozenset[str]


def _labelled(connection: Connection, ears: list[int]) -> dict[int, _Known]:
    """Return tracks that all of these heard and whose genre is known, by id: a sample of many."""
    marks = ",".join("?" * len(ears))
    rows = connection.execute(
        "SELECT file.track_id, artist, coalesce(correction.labels, tag_genre) FROM file"  # noqa: S608
        " LEFT JOIN correction ON correction.track_id = file.track_id WHERE artist <> ''"
        " AND (SELECT count(*) FROM result_detail WHERE result_detail.track_id = file.track_id"
        f" AND bundle_id IN ({marks}) AND length(embedding) > 0) = ?"
        " GROUP BY file.track_id ORDER BY file.track_id",
        (*ears, len(ears)),
    ).fetchall()
    known = [(i, _Known(fold(artist), _genres(text))) for i, artist, text in rows]
    known = [(i, one) for i, one in known if one.genres]
    if len(known) > _SAMPLE:
        chosen = np.random.default_rng(0).choice(len(known), _SAMPLE, replace=False)
        known = [known[i] for i in np.sort(chosen)]
    return dict(known)


def _genres(text: str | None) -> frozenset[str]:
    return frozenset(fold(genre) for genre in json.loads(text or "[]"))


def _unit(connection: Connection, ear: int, tracks: dict[int, _Known]) -> FloatArray:
    """Return the embeddings of tracks in their order, ``(n, d)``, of unit length around 0."""
    rows = dict(
        connection.execute(
            "SELECT track_id, embedding FROM result_detail WHERE bundle_id = ?"
            " AND track_id IN (SELECT value FROM json_each(?))",
            (ear, json.dumps(list(tracks))),
        )
    )
    raw = b"".join(rows[i] for i in tracks)
    table = np.frombuffer(raw, np.float16).reshape(len(tracks), -1).astype(np.float32)
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    table -= table.mean(axis=0)
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)


def _alike(unit: FloatArray, known: list[_Known]) -> float | None:
    """Return how often the nearest track by another artist shares a genre; ``None``: too few."""
    by: dict[str, set[str]] = {}
    for one in known:
        for genre in one.genres:
            by.setdefault(genre, set()).add(one.artist)
    _, artists = np.unique([one.artist for one in known], return_inverse=True)
    likeness = unit @ unit.T
    likeness[artists[:, None] == artists[None, :]] = -2
    pairs = zip(known, likeness.argmax(axis=1).tolist(), strict=True)
    hits = [
        bool(one.genres & known[k].genres)
        for one, k in pairs
        if any(len(by[genre]) > 1 for genre in one.genres)  # else nothing could be right
    ]
    return float(np.mean(hits)) if len(hits) >= _FEWEST else None
