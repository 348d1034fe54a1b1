"""Fingerprints of tracks, and which tracks are one recording.

The fingerprints come with a scan; who compares them is
:mod:`genredesk.library.index.recordings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from sqlite3 import Connection

import numpy as np

from genredesk.features import fingerprint
from genredesk.features.fingerprint import Codes
from genredesk.library.catalogue.db import Database

STEP = 2
"""Every so many codes one is kept, 93 ms: a song of four minutes takes 10 kB."""

EDITION = f"{fingerprint.NAME}/{STEP}"
"""Changes whenever the same sound would be kept otherwise."""

LONGEST_S = 1800.0
"""Only so much of a track is looked at: what is longer is a set or a show."""

_PAGE = 400


def thinned(codes: Codes) -> bytes:
    """Return a whole fingerprint as it is kept."""
    return codes[::STEP].astype("<u4").tobytes()


def keep(connection: Connection, track_id: int, kept: bytes) -> None:
    """Keep a track's fingerprint, inside the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO fingerprint VALUES (?, ?, ?)", (track_id, EDITION, kept)
    )


class Recordings:
    """What is known of tracks that are one recording."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def fingerprints(self) -> Iterator[tuple[int, Codes]]:
        """Give every track's fingerprint, a few hundred of them read at a time."""
        last = 0
        while True:
            with self._db.read() as connection:
                page = connection.execute(
                    "SELECT track_id, codes FROM fingerprint WHERE track_id > ? AND edition = ?"
                    " ORDER BY track_id LIMIT ?",
                    (last, EDITION, _PAGE),
                ).fetchall()
            if not page:
                return
            last = page[-1][0]
            for track_id, blob in page:
                yield track_id, np.frombuffer(blob, "<u4")

    def fingerprint(self, track_id: int) -> Codes:
        """Return one track's fingerprint, empty where there is none."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT codes FROM fingerprint WHERE track_id = ? AND edition = ?",
                (track_id, EDITION),
            ).fetchone()
        return np.frombuffer(found[0], "<u4") if found else fingerprint.NOTHING

    def lengths(self) -> dict[int, float]:
        """Return how many seconds every track with a fingerprint lasts."""
        with self._db.read() as connection:
            return dict(
                connection.execute(
                    "SELECT id, seconds FROM track JOIN fingerprint ON track_id = id"
                ).fetchall()
            )

    def unknown(self) -> int:
        """Return how many tracks that are there have no fingerprint yet."""
        with self._db.read() as connection:
            return connection.execute(
                "SELECT count(DISTINCT track_id) FROM file WHERE state = 'analysed' AND away = ''"
                " AND track_id NOT IN (SELECT track_id FROM fingerprint WHERE edition = ?)",
                (EDITION,),
            ).fetchone()[0]

    def keep_groups(self, groups: Sequence[Sequence[int]]) -> None:
        """Keep which tracks are one recording, the longest of each first.

        What was known before is replaced; rows that stay the same are not touched.
        """
        wanted = {track: group[0] for group in groups for track in group}
        with self._db.write() as connection:
            have: Mapping[int, int] = dict(
                connection.execute("SELECT track_id, longest FROM recording").fetchall()
            )
            connection.executemany(
                "DELETE FROM recording WHERE track_id = ?",
                [(track,) for track, longest in have.items() if wanted.get(track) != longest],
            )
            connection.executemany(
                "INSERT INTO recording SELECT id, ? FROM track WHERE id = ?",
                [(longest, track) for track, longest in wanted.items()
                 if have.get(track) != longest],
            )  # fmt: skip
