"""The library a command works on: it is there already, and what was broken off in it is told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from genredesk.cli import _output
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.library.library import Library
from genredesk.library.organize import apply


def refuse_missing(path: Path | None) -> None:
    """Refuse a library that is named and not there: a mistyped name makes no empty one.

    Raises
    ------
    GenreDeskError
        When there is no such file.
    """
    if path is not None and not path.exists():
        raise GenreDeskError(
            say("{path}: there is no such catalog. `genredesk scan` makes one.", path=path)
        )


@contextlib.contextmanager
def opened(path: Path | None) -> Iterator[Library]:
    """Open a library (``None``: the person's own) and finish or undo what a crash left half done.

    Raises
    ------
    GenreDeskError
        When there is no such file.
    """
    refuse_missing(path)
    with Library.open(path) as catalogue:
        for sentence in apply.recover(catalogue):
            _output.warn(sentence)
        yield catalogue
