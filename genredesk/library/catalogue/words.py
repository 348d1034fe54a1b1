"""The person's words and thresholds as the catalogue keeps them."""

from __future__ import annotations

from genredesk.library.catalogue import several
from genredesk.library.catalogue.db import Database
from genredesk.library.catalogue.mapping import Words


class WordStore:
    """Holds the words in memory; what is read again and again costs nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._words: Words | None = None
        self._networks = 0
        """How many networks were asked when the words were read."""

    @property
    def current(self) -> Words:
        """The person's words for genres, and how sure the network must be."""
        with self._db.read() as connection:
            (networks,) = connection.execute("SELECT count(*) FROM bundle").fetchone()
        if self._words is None or networks != self._networks:
            self._words, self._networks = Words.load(self._db), networks
        return self._words

    def keep(self, words: Words) -> None:
        """Keep other words and thresholds; every row shows them from now on.

        Raises
        ------
        WordsError
            See :meth:`Words.checked`.
        """
        with self._db.write() as connection:
            words.save(connection)
            for (bundle_id,) in connection.execute("SELECT id FROM bundle").fetchall():
                several.judge(connection, bundle_id)
        self._words = None
