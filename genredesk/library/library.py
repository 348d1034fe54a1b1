"""The library as the rest of the program holds it: the catalogue and its index, opened together."""

from __future__ import annotations

import threading
from pathlib import Path

from genredesk.library.catalogue.catalogue import Catalogue, SavedFilter
from genredesk.library.catalogue.mapping import Words
from genredesk.library.index.index import Index
from genredesk.library.index.query import parse


class Library(Catalogue):
    """A catalogue with the columns in memory that filter, sort and group it.

    Parameters
    ----------
    path
        The catalogue's file; ``None``: the person's own.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        super().__init__(path)
        self._index: Index | None = None
        self._index_lock = threading.Lock()

    @property
    def index(self) -> Index:
        """The index in memory; made at first use, see :meth:`Index.refresh`."""
        with self._index_lock:
            if self._index is None:
                self._index = Index(self)
            return self._index

    def close(self) -> None:
        """Keep the index for a quick start next time and let go of the file."""
        if self._index is not None:
            self._index.save()
        super().close()

    def set_words(self, words: Words) -> None:
        """Keep other words and thresholds; the rows show them at once."""
        super().set_words(words)
        if self._index is not None:
            self._index.forget_words()

    def save_filter(self, saved: SavedFilter) -> None:
        """Keep a filter under its name.

        Raises
        ------
        QueryError
            When it cannot be read.
        """
        parse(saved.text)
        super().save_filter(saved)
