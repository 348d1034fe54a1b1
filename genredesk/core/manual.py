"""Where the manual is: beside the installed program, or where ``make docs`` builds it."""

from __future__ import annotations

from pathlib import Path

from genredesk.core import paths
from genredesk.core.messages import mark

MISSING = mark("The manual is not built yet: run `make docs` in GenreDesk's folder.")
"""What to do where :func:`page` finds nothing; it is so with a copy of the source only."""


def page() -> Path | None:
    """Return the manual's first page, to be opened in a web browser; None where there is none."""
    found = paths.manual_dir() / "index.html"
    return found if found.is_file() else None
