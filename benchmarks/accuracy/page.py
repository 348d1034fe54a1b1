"""``benchmarks/ACCURACY.md``: a part's numbers between its two marks, everything else by hand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import table
from benchmarks.table import Row
from genredesk.core import atomic
from genredesk.inference.bundle import MODEL, Bundle

PAGE = Path(__file__).resolve().parent.parent / "ACCURACY.md"


def marks(part: str) -> tuple[str, str]:
    """Return the lines a part's numbers stand between."""
    return f"<!-- part {part} -->", f"<!-- /part {part} -->"


def origin(bundle: Bundle, part: str) -> str:
    """Return a line that says what was measured, when and how."""
    digest = hashlib.sha256(bundle.read(MODEL)).hexdigest()[:12]
    day = datetime.now(UTC).date().isoformat()
    return f"`{bundle.id}` ({MODEL} {digest}), {day}, `python -m benchmarks.accuracy {part}`"


def with_part(text: str, part: str, rows: Iterable[Row], said: str) -> str:
    """Return a page with the numbers of one part replaced.

    Raises
    ------
    ValueError
        When the page has no place for them.
    """
    first, last = marks(part)
    place = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"{PAGE.name} has no place for {part}: add the lines {first} and {last}")
    body = f"{first}\n\n{said}\n\n{table.markdown(rows)}\n{last}"
    return place.sub(lambda _: body, text, count=1)


def write(part: str, rows: Iterable[Row], bundle: Bundle, page: Path = PAGE) -> None:
    """Put the numbers of a part into the page."""
    text = page.read_text(encoding="utf-8")
    atomic.write_bytes(page, with_part(text, part, rows, origin(bundle, part)).encode())
