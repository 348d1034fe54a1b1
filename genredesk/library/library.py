"""The library as the rest of the program holds it: the catalogue and its index, opened together."""

from __future__ import annotations

from pathlib import Path

from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.index.index import Index
from genredesk.library.index.saved_filters import SavedFilters


class Library(Catalogue):
    """A catalogue with the columns in memory that filter, sort and group it.

    Parameters
    ----------
    path
        The catalogue's file; ``None``: the person's own.

    Attributes
    ----------
    index
        The rows in memory; nothing is read before something is asked.
    filters
        Filters with a name.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        super().__init__(path)
        self.index = Index(self)
        self.filters = SavedFilters(self.db)

    def close(self) -> None:
        """Keep the index for a quick start next time and let go of the file."""
        self.index.save()
        super().close()
