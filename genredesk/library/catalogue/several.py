"""Where several words may hold at once: the scores of all that are near, and which of them hold.

What holds is judged by the network's thresholds and the person's own, of further words and parents
as of the first; it is judged anew whenever one of these changes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from sqlite3 import Connection

import numpy as np

from genredesk.core import certainty
from genredesk.core.certainty import Bounds
from genredesk.core.heard import TrackScores
from genredesk.core.names import nfc

_NEAR = 24
"""So many words are kept of each track, the likeliest; further ones hold at no threshold."""

_AT_ONCE = 1000


def near(heard: TrackScores, labels: Sequence[str]) -> str:
    """Return the scores of the likeliest words as JSON, the likeliest first."""
    p = heard.probabilities
    order = np.argsort(-p, kind="stable")[:_NEAR].tolist()
    order += [i for i in heard.words if i not in order]
    return json.dumps({labels[i]: round(float(p[i]), 4) for i in order}, ensure_ascii=False)


def judge(connection: Connection, bundle_id: int, track_id: int | None = None) -> None:
    """Write down which words hold now, of one track or of all that a network was asked about.

    A result whose words change is updated, so that whoever follows the catalogue reads it again.
    """
    found = connection.execute(
        "SELECT labels, bounds FROM bundle WHERE id = ?", (bundle_id,)
    ).fetchone()
    if found is None or (bounds := Bounds.from_json(found[1])).several is None:
        return
    labels: list[str] = json.loads(found[0])
    own = dict(connection.execute("SELECT label, value FROM threshold"))
    sure = zip(labels, bounds.several.sure, strict=True)
    sure = tuple(own.get(nfc(label), value) for label, value in sure)
    bounds = dataclasses.replace(bounds, several=dataclasses.replace(bounds.several, sure=sure))
    place = {label: i for i, label in enumerate(labels)}
    for part in _parts(connection, bundle_id, track_id):
        p = np.zeros((len(part), len(labels)))
        for row, (_track, _words, kept) in zip(p, part, strict=True):
            for label, score in kept.items():
                row[place[label]] = score
        verdicts = certainty.judge_all(p, bounds)
        for (track, before, kept), said in zip(part, verdicts, strict=True):
            words = [labels[i] for i in (said.first, *said.also)]
            if words != before:
                _keep(connection, (track, bundle_id), words, kept)


_Part = list[tuple[int, list[str], dict[str, float]]]
"""Tracks, the words that held, and the scores that are kept."""


def _parts(connection: Connection, bundle_id: int, track_id: int | None) -> Iterator[_Part]:
    first = -1 if track_id is None else track_id - 1
    last = (1 << 62) if track_id is None else track_id
    while True:
        rows = connection.execute(
            "SELECT track_id, words, near FROM result_words WHERE bundle_id = ? AND near <> ''"
            " AND track_id > ? AND track_id <= ? ORDER BY track_id LIMIT ?",
            (bundle_id, first, last, _AT_ONCE),
        ).fetchall()
        if not rows:
            return
        yield [(track, json.loads(words), json.loads(kept)) for track, words, kept in rows]
        first = rows[-1][0]


def _keep(
    connection: Connection, whose: tuple[int, int], words: Sequence[str], scores: dict[str, float]
) -> None:
    """Write down the words that hold of a track now; the first two stand in its result, too."""
    connection.execute(
        "UPDATE result_words SET words = ? WHERE track_id = ? AND bundle_id = ?",
        (json.dumps(list(words), ensure_ascii=False), *whose),
    )
    first, second = [*words, None][:2]
    connection.execute(
        "UPDATE result SET label = ?, score = ?, runner_up = ?, runner_score = ?"
        " WHERE track_id = ? AND bundle_id = ?",
        (first, scores.get(first or "", 0.0), second, scores.get(second or "", 0.0), *whose),
    )
