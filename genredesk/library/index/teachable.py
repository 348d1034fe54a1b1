"""Which tracks to ask a person about: those whose genre would teach a network most.

One after another the track is taken that brings the others nearest to something known (a core-set
by facility location: Wei, Iyer and Bilmes 2015), where those count more that the network is in
doubt about (the margin between its first two words: Scheffer et al. 2001) and that another network
calls otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.library.index.neighbours import Neighbours

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue
    from genredesk.library.index.index import Index

DOUBT = 1.0
"""How much doubt counts beside standing for others alone (``benchmarks.accuracy.active``)."""
DISPUTE = 0.5
"""How much it counts that another network says another word."""
_ASKED, _STOOD_FOR = 4000, 2000
"""Of more tracks than this only so many, drawn at random, may be asked about or are stood for."""


def order(
    vectors: FloatArray,
    margin: NDArray[np.floating],
    disputed: NDArray[np.bool_],
    known: NDArray[np.bool_],
    n: int,
) -> NDArray[np.intp]:
    """Return the ``n`` rows that teach most, the most first.

    Parameters
    ----------
    vectors
        What a network makes of every track, ``(tracks, d)``.
    margin
        Between the probabilities of its first two words, in [0, 1], ``(tracks,)``.
    disputed
        Whether another network says another word, ``(tracks,)``.
    known
        Tracks whose genre is known already, ``(tracks,)``; they are not asked about.
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    rng = np.random.default_rng(0)
    asked = _some(rng, np.flatnonzero(~known), _ASKED)
    others = _some(rng, np.arange(len(unit)), _STOOD_FOR)
    apart = np.full(len(others), 2.0)
    for row in np.flatnonzero(known):
        np.minimum(apart, 1 - unit[others] @ unit[row], out=apart)
    doubt = DOUBT * (1 - np.clip(margin, 0, 1)) + DISPUTE * disputed
    worth = 1 + doubt[others]
    between = 1 - unit[asked] @ unit[others].T
    taken: list[int] = []
    free = np.ones(len(asked), np.bool_)
    for _ in range(min(n, len(asked))):
        gain = np.maximum(0, apart - between) @ worth
        best = int(np.where(free, gain + 1e-9 * doubt[asked], -1.0).argmax())
        taken.append(int(asked[best]))
        free[best] = False
        np.minimum(apart, between[best], out=apart)
    return np.array(taken, np.intp)


def _some(rng: np.random.Generator, rows: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def files(catalogue: Catalogue, index: Index, text: str = "", n: int = 100) -> list[int]:
    """Return files of a library whose genre would teach most, the most first.

    Parameters
    ----------
    text
        A filter: only among these.
    """
    near = Neighbours.load(catalogue)
    ids = index.query(text)
    tracks = index.track_ids(ids)
    first = dict(zip(tracks[::-1].tolist(), ids[::-1].tolist(), strict=True))
    rows = np.flatnonzero([track in first for track in near.track_ids.tolist()])
    if not len(rows):
        return []
    chosen = near.track_ids[rows]
    margins, disputed = _doubts(catalogue)
    picked = order(
        near.vectors[rows],
        np.array([margins.get(track, 1.0) for track in chosen.tolist()]),
        np.isin(chosen, disputed),
        np.isin(chosen, index.track_ids(index.query("state:corrected"))),
        n,
    )
    return [first[track] for track in chosen[picked].tolist()]


def _doubts(catalogue: Catalogue) -> tuple[dict[int, float], NDArray[np.int64]]:
    """Return the margin of every track, and the tracks that another network calls otherwise."""
    used = catalogue.networks.used.id
    with catalogue.db.read() as connection:
        margins = dict(
            connection.execute(
                "SELECT track_id, score - runner_score FROM result WHERE bundle_id = ?", (used,)
            ).fetchall()
        )
        disputed = connection.execute(
            "SELECT DISTINCT other.track_id FROM result AS other JOIN result AS mine"
            " ON mine.track_id = other.track_id AND mine.bundle_id = ?"
            " WHERE other.bundle_id <> ? AND other.label <> mine.label",
            (used, used),
        ).fetchall()
    return margins, np.array([track for (track,) in disputed], np.int64)
