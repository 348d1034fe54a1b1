"""The person's words and thresholds as the catalogue keeps them."""

from __future__ import annotations

from genredesk.library.catalogue import several
from genredesk.library.catalogue.db import Database
from genredesk.library.catalogue.mapping import Words


class WordStore:
    """Holds the words in memory; to ask for them again costs one small query."""

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
        words = self._words  # another thread may keep others meanwhile
        if words is None or networks != self._networks:
            words = Words.load(self._db)
            self._words, self._networks = words, networks
        return words

    def keep(self, words: Words) -> None:
        """Keep other words and thresholds; every row shows them from now on.

        Raises
        ------
        WordsError
            See :meth:`Words.checked`.
        """
        with self._db.write() as connection:
            before = dict(connection.execute("SELECT label, value FROM threshold"))
            words.save(connection)
            if before != words.thresholds:
                for (bundle_id,) in connection.execute("SELECT id FROM bundle").fetchall():
                    several.judge(connection, bundle_id)
        self._words = None
