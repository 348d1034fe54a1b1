"""Filters with a name."""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.core.names import nfc
from genredesk.library.catalogue.db import Database
from genredesk.library.index.query import parse


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter with a name, and how its rows are sorted and grouped."""

    name: str
    text: str
    sort: str = "artist"
    descending: bool = False
    group: str = ""


class SavedFilters:
    """The filters a person gave a name."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> list[SavedFilter]:
        """Return the filters with a name, by name."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT name, text, sort, descending, grouping FROM saved_filter ORDER BY name"
            ).fetchall()
        return [SavedFilter(n, t, s, bool(d), g) for n, t, s, d, g in found]

    def save(self, saved: SavedFilter) -> None:
        """Keep a filter under its name.

        Raises
        ------
        QueryError
            When it cannot be read.
        """
        parse(saved.text)
        with self._db.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO saved_filter VALUES (?, ?, ?, ?, ?)",
                (nfc(saved.name), saved.text, saved.sort, saved.descending, saved.group),
            )

    def delete(self, name: str) -> None:
        """Forget a filter."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM saved_filter WHERE name = ?", (nfc(name),))
