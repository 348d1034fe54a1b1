"""From what a person asked to see to files in order, headings and counts; no thread, no window."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genredesk.ui.library.tracks.groups import Headings

if TYPE_CHECKING:
    from genredesk.library.index.index import RowGroups
    from genredesk.library.library import Library


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a person asked to see.

    Parameters
    ----------
    text
        The filter.
    sort, descending
        See :data:`genredesk.library.index.index.SORTS`.
    group
        By what the sidebar counts; see :data:`genredesk.library.index.index.GROUPS`.
    headed
        Whether the table shows these groups with headings.
    within
        One group of one kind: ``("answer", "probable")``; ``None``: all of them.
    root
        One folder of the library; ``None``: all of them.
    only, title
        Just these files, in this order (lassoed, or near another), and what they are called.
    """

    text: str = ""
    sort: str = "artist"
    descending: bool = False
    group: str = "heard"
    headed: bool = False
    within: tuple[str, str] | None = None
    root: Path | None = None
    only: NDArray[np.int64] | None = field(default=None, compare=False)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer: files in order, and their headings; ``total``: files of the whole catalogue."""

    view: ListRequest
    ids: NDArray[np.int64]
    headings: Headings
    total: int


@dataclass(frozen=True, slots=True)
class ListCounts:
    """What stands beside a list.

    Parameters
    ----------
    seconds
        How long the files in view play together.
    tallies
        For each kind of group the files of each group, see ``Index.tally``.
    """

    view: ListRequest
    seconds: float
    tallies: dict[str, dict[str, int]]


def _condition(view: ListRequest) -> Any:
    from genredesk.library.index.conditions import All, Contains  # noqa: PLC0415
    from genredesk.library.index.query import parse  # noqa: PLC0415

    condition = parse(view.text)
    if view.root is not None:
        condition = All((condition, Contains("path", str(view.root))))
    return condition


def find(catalogue: Library, view: ListRequest) -> Listing:
    """Answer a question.

    Raises
    ------
    QueryError
        When the filter cannot be read.
    """
    index = catalogue.index
    condition = _condition(view)
    group = view.group if view.headed else ""
    if view.only is not None:
        return Listing(view, view.only, Headings(), len(index))
    groups: RowGroups | None = None
    if group:
        ids, groups = index.grouped(condition, view.sort, view.descending, group)
    else:
        ids = index.query(condition, view.sort, view.descending)
    if view.within is not None:
        kind, name = view.within
        ids = ids[np.isin(ids, index.members(kind, name))]
        groups = index.groups(ids, group) if group else None
    headings = Headings() if groups is None else Headings(group, groups.names, groups.counts)
    return Listing(view, ids, headings, len(index))


def held(old: Listing, new: Listing, pinned: Collection[int]) -> Listing:
    """Return ``new`` with the files ``pinned`` where they were in ``old``, also if they left it.

    With headings, where a place would be under another group, the old list stays as a whole as
    long as no file came or went but those.
    """
    mine = np.fromiter(pinned, np.int64, len(pinned))
    places = np.flatnonzero(np.isin(old.ids, mine))
    if len(old.headings) or len(new.headings):
        others = np.array_equal(
            np.sort(old.ids[~np.isin(old.ids, mine)]), np.sort(new.ids[~np.isin(new.ids, mine)])
        )
        return replace(new, ids=old.ids, headings=old.headings) if others else new
    rest = new.ids[~np.isin(new.ids, old.ids[places])]
    at = np.minimum(places - np.arange(len(places)), len(rest))
    return replace(new, ids=np.insert(rest, at, old.ids[places]))


def count(catalogue: Library, listing: Listing, checkpoint: Callable[[], None]) -> ListCounts:
    """Count what stands beside a list; ``checkpoint`` may stop it between two counts."""
    index, view = catalogue.index, listing.view
    condition = _condition(view)
    tallies = {}
    for kind in ("answer", "state", "disagreement", view.group):
        if kind not in tallies:
            checkpoint()
            tallies[kind] = index.tally(kind, condition)
    checkpoint()
    return ListCounts(view, index.seconds(listing.ids), tallies)
