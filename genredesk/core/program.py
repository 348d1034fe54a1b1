"""What this program knows of its own installation: from source, installed, or packed (PyInstaller).

How it starts a process of its own, and where its manual is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from genredesk.core import paths
from genredesk.core.messages import mark

NO_MANUAL = mark("The manual is not built yet: run `make docs` in GenreDesk's folder.")
"""What to do where :func:`manual_page` finds nothing; it is so with a copy of the source only."""


def is_packed() -> bool:
    """Tell whether this is the packed program, which brings its Python along and has no pip."""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str) -> list[str]:
    """Return the command line that runs ``genredesk`` with ``arguments`` in another process."""
    front = [sys.executable] if is_packed() else [sys.executable, "-m", "genredesk"]
    return [*front, *arguments]


def manual_page() -> Path | None:
    """Return the manual's first page, to be opened in a web browser; None where there is none."""
    found = paths.manual_dir() / "index.html"
    return found if found.is_file() else None
