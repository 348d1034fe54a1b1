"""What a filter is once it was read: a tree of conditions.

``query`` makes it of text, ``fields`` says what the leaves mean for rows, ``matching`` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genredesk.core.errors import GenreDeskError


class QueryError(GenreDeskError):
    """A filter that cannot be read; ``position`` is the character at which it goes wrong."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Everything:
    """No condition."""


@dataclass(frozen=True, slots=True)
class Text:
    """Every word begins a word of title, artist, album or path."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """A text or genre field holds ``value``; ``exact``: is ``value``."""

    field: str
    value: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Agrees:
    """Something was heard (or corrected), and the tags, where there are any, say so or not."""

    yes: bool = True
    field: ClassVar[str] = "tag"


@dataclass(frozen=True, slots=True)
class Number:
    """``field`` stands in the relation ``operator`` to ``value``."""

    field: str
    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class InState:
    """The row is in this state; see :data:`genredesk.library.index.fields.state.STATES`."""

    state: str
    field: ClassVar[str] = "state"


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


FieldCondition = Contains | Agrees | Number | InState
"""What a field makes of its text; ``field`` is its name."""

Condition = Everything | Text | Contains | Agrees | Number | InState | Not | All | Any
