"""Rows of the catalogue as actions need them: path, tags, and the genres to give.

From ``db`` to ``plan``: one pass over the tables, however many files are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genredesk.library.plan import Item


def load(catalogue: Any, file_ids: Iterable[int]) -> list[Item]:
    """Return the files in the order asked for; numbers without a row are left out."""
    raise NotImplementedError
