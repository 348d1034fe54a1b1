"""The demo pieces that come with the program."""

from __future__ import annotations

from pathlib import Path

from genredesk.core import paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say


def pieces() -> list[Path]:
    """Return the demo pieces.

    Raises
    ------
    GenreDeskError
        When the installation lacks them.
    """
    folder = paths.resources_dir() / "demo"
    found = sorted(folder.glob("*.ogg"))
    if not found:
        raise GenreDeskError(
            say(
                "The demo pieces are missing from {folder}; install GenreDesk again.", folder=folder
            )
        )
    return found
