"""Groups of files as a person reads them: headings in the table, lines in the sidebar.

There may be tens of thousands of them (folders, artists), so that they are kept as columns, and the
words of one are made when it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genredesk.core.genres import genre_word
from genredesk.library.index.keys import SEPARATOR
from genredesk.ui.look.text import tr


@dataclass(frozen=True, slots=True)
class Heading:
    """The line before a group: its key (empty: none), its name, and how many rows follow."""

    key: str
    name: str
    count: int


class Headings(Sequence[Heading]):
    """The headings of a list, in its order.

    Parameters
    ----------
    kind
        What the files are grouped by; see :data:`genredesk.library.index.index.GROUPS`.
    names
        The groups as the catalogue knows them.
    counts
        How many files each has, at least one, shape ``(n,)``.
    """

    def __init__(self, kind: str = "", names: Sequence[str] = (), counts: ArrayLike = ()) -> None:
        self.kind = kind
        self.names = list(names)
        self.counts: NDArray[np.int64] = np.asarray(counts, np.int64)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> Heading: ...
    @overload
    def __getitem__(self, at: slice) -> Headings: ...
    def __getitem__(self, at: int | slice) -> Heading | Headings:
        if isinstance(at, slice):
            return Headings(self.kind, self.names[at], self.counts[at])
        name = self.names[at]
        return Heading(colour_key(self.kind, name), group_name(self.kind, name),
                       int(self.counts[at]))  # fmt: skip

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headings):
            return NotImplemented
        return (
            self.kind == other.kind
            and self.names == other.names
            and np.array_equal(self.counts, other.counts)
        )

    __hash__ = None  # type: ignore[assignment]


def colour_key(kind: str, name: str) -> str:
    """Return the genre whose colour stands for a group; empty: none."""
    return name.split(", ", maxsplit=1)[0] if kind in ("heard", "tag") else ""


def group_name(kind: str, name: str) -> str:
    """Return a group's name as it is shown."""
    if kind == "disagreement" and not name:
        return tr("No tag, or no genre heard")
    if kind in ("answer", "check", "state", "disagreement"):
        return _fixed_name(name)
    if not name:
        return {
            "heard": tr("No genre heard"),
            "tag": tr("No tag"),
            "artist": tr("No artist"),
            "album": tr("No album"),
            "recording": tr("The only copy"),
        }.get(kind, tr("None"))
    if kind == "recording":
        return name.partition(SEPARATOR)[0]
    return ", ".join(genre_word(n) for n in name.split(", ")) if kind == "heard" else name


def _fixed_name(name: str) -> str:
    return {
        "check": tr("To check"),
        "sure": tr("Sure"),
        "probable": tr("Probable"),
        "between": tr("Between two"),
        "open": tr("Can't tell"),
        "corrected": tr("Set by you"),
        "silence": tr("Silence"),
        "disagree": tr("Tag differs"),
        "agree": tr("Tag agrees"),
        "found": tr("Waiting"),
        "analysed": tr("Listened to"),
        "failed": tr("Unreadable"),
        "missing": tr("Missing"),
        "offline": tr("Drive not connected"),
    }.get(name, tr("Not heard yet"))
