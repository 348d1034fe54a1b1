"""The catalogue: one file, and a part of it for each thing a person may ask of or tell it.

Everything a person decided is kept here and never overwritten by an analysis. What a person looks
at goes through :class:`~genredesk.library.index.index.Index`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from genredesk.library.catalogue.corrections import Corrections
from genredesk.library.catalogue.db import Database, default_path
from genredesk.library.catalogue.files import Files
from genredesk.library.catalogue.networks import Networks
from genredesk.library.catalogue.recordings import Recordings
from genredesk.library.catalogue.roots import Roots
from genredesk.library.catalogue.words import WordStore


class Catalogue:
    """One person's library.

    Any thread may use it; each reads and writes through a connection of its own.

    Parameters
    ----------
    path
        The file; ``None``: the person's own.

    Attributes
    ----------
    db
        The file itself: transactions, its version, its soundness.
    roots, files
        The folders, and the files below them.
    networks, corrections, words
        What was heard, what a person set, and the person's own words for both.
    recordings
        Which tracks are one recording.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.db = Database(Path(path) if path is not None else default_path())
        self.roots = Roots(self.db)
        self.networks = Networks(self.db)
        self.corrections = Corrections(self.db)
        self.words = WordStore(self.db)
        self.recordings = Recordings(self.db)
        self.files = Files(self.db, self.networks, self.words)

    @classmethod
    def open(cls, path: str | Path | None = None) -> Self:
        """Open a catalogue; it is made when it is not there.

        Raises
        ------
        CatalogueError
            When it is broken, from a newer version, or cannot be written.
        """
        return cls(path)

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
