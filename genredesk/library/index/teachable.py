"""Which tracks to ask a person about: those whose genre would teach a network most.

One after another the track is taken that is far from all that is known or was taken before (a
core-set: Sener and Savarese 2018) and about which the network is in doubt (the margin between its
first two words: Scheffer et al. 2001), more so where another network says another word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.library.index.neighbours import Neighbours

if TYPE_CHECKING:
    from genredesk.library.library import Library

DOUBT = 4.0
"""How much doubt counts beside distance alone; measured by ``benchmarks.active``."""
DISPUTE = 0.5
"""How much it counts that another network says another word."""


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
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(lengths > 0, lengths, 1)
    apart = np.full(len(unit), 2.0, np.float32)
    for row in np.flatnonzero(known):
        np.minimum(apart, 1 - unit @ unit[row], out=apart)
    worth = 1 + DOUBT * (1 - np.clip(margin, 0, 1)) + DISPUTE * disputed
    worth[known] = 0
    taken: list[int] = []
    for _ in range(min(n, int((~known).sum()))):
        score = worth * np.maximum(apart, 1e-6)
        best = int(score.argmax())
        taken.append(best)
        worth[best] = 0
        np.minimum(apart, 1 - unit @ unit[best], out=apart)
    return np.array(taken, np.intp)


def files(library: Library, text: str = "", n: int = 200) -> list[int]:
    """Return files of a library whose genre would teach most, the most first.

    Parameters
    ----------
    text
        A filter: only among these.
    """
    near = Neighbours.load(library)
    ids = library.index.query(text)
    tracks = library.index.track_ids(ids)
    first = dict(zip(tracks[::-1].tolist(), ids[::-1].tolist(), strict=True))
    wanted = np.array([track in first for track in near.track_ids.tolist()], np.bool_)
    if not wanted.any():
        return []
    margins, disputed = _doubts(library)
    corrected = set(library.index.track_ids(library.index.query("state:corrected")).tolist())
    rows = np.flatnonzero(wanted)
    picked = order(
        near.vectors[rows],
        np.array([margins.get(int(near.track_ids[r]), 1.0) for r in rows]),
        np.array([int(near.track_ids[r]) in disputed for r in rows], np.bool_),
        np.array([int(near.track_ids[r]) in corrected for r in rows], np.bool_),
        n,
    )
    return [first[int(near.track_ids[rows[i]])] for i in picked]


def _doubts(library: Library) -> tuple[dict[int, float], set[int]]:
    """Return the margin of every track, and the tracks that another network calls otherwise."""
    used = library.networks.used.id
    with library.db.read() as connection:
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
    return margins, {track for (track,) in disputed}
