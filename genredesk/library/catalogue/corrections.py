"""Genres that a person set; an analysis never changes them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from genredesk.core.names import nfc
from genredesk.library.catalogue.db import Database
from genredesk.library.records import path_of


class Corrections:
    """What a person said the genre of tracks is."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def set(self, file_ids: Iterable[int], labels: Sequence[str]) -> int:
        """Set the genres of files' tracks for good; no labels takes a correction back.

        Analysis never changes them. Files whose sound is not known yet are passed over.
        Returns how many tracks were set.
        """
        wanted = json.dumps(list(dict.fromkeys(map(nfc, labels))), ensure_ascii=False)
        now, n = time.time(), 0
        with self._db.write() as connection:
            for file_id in file_ids:
                if labels:
                    n += connection.execute(
                        "INSERT INTO correction SELECT track_id, ?, ? FROM file"
                        " WHERE id = ? AND track_id IS NOT NULL ON CONFLICT (track_id)"
                        " DO UPDATE SET labels = excluded.labels, at = excluded.at",
                        (wanted, now, int(file_id)),
                    ).rowcount
                else:
                    n += connection.execute(
                        "DELETE FROM correction"
                        " WHERE track_id = (SELECT track_id FROM file WHERE id = ?)",
                        (int(file_id),),
                    ).rowcount
        return n

    def all(self) -> list[tuple[Path, tuple[str, ...]]]:
        """Return ``(file, genres)`` of every corrected track, one file each: material to learn."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT min(path), labels FROM correction JOIN file USING (track_id)"
                " WHERE away = '' GROUP BY track_id ORDER BY 1"
            ).fetchall()
        return [(path_of(path), tuple(json.loads(labels))) for path, labels in found]
