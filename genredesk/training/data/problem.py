"""Files of a person's music that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genredesk.core.messages import say


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is set aside, and why; ``other`` is the file it repeats."""

    file: str
    kind: str  # unreadable | short | silent | duplicate | ambiguous | misplaced | empty | other
    reason: str
    fix: str = ""
    other: str = ""


def aside(problems: Iterable[Problem]) -> list[str]:
    """Return a sentence for every file that is set aside."""
    return [
        say("set aside: {file}: {reason}. {fix}", file=p.file, reason=p.reason, fix=p.fix).rstrip()
        for p in problems
    ]
