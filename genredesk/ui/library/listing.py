"""From what a person asked to see to files in order, headings and counts; no thread, no window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genredesk.ui import theme
from genredesk.ui.library import columns
from genredesk.ui.library.model import Heading

if TYPE_CHECKING:
    from genredesk.library.catalogue import Catalogue

_NO_IDS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class View:
    """What a person asked to see.

    Parameters
    ----------
    text
        The filter.
    sort, descending
        See :data:`genredesk.library.tracks.SORTS`.
    group
        By what the sidebar counts; see :data:`genredesk.library.tracks.GROUPS`.
    headed
        Whether the table shows these groups with headings.
    within
        One group of one kind: ``("answer", "unsure")``; ``None``: all of them.
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

    view: View
    ids: NDArray[np.int64]
    headings: tuple[Heading, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands beside a list.

    Parameters
    ----------
    seconds
        How long the files in view play together.
    tallies
        For each kind of group the files of each group, see ``Index.tally``.
    """

    view: View
    seconds: float
    tallies: dict[str, dict[str, int]]


def _condition(view: View) -> Any:
    from genredesk.library.query import All, Contains, parse  # noqa: PLC0415

    condition = parse(view.text)
    if view.root is not None:
        condition = All((condition, Contains("path", str(view.root))))
    return condition


def find(catalogue: Catalogue, view: View) -> Listing:
    """Answer a question.

    Raises
    ------
    QueryError
        When the filter cannot be read.
    """
    index = catalogue.tracks
    condition = _condition(view)
    group = view.group if view.headed else ""
    if view.only is not None:
        return Listing(view, view.only, (), len(index))
    groups: list[Any] = []
    if group:
        ids, groups = index.grouped(condition, view.sort, view.descending, group)
    else:
        ids = index.query(condition, view.sort, view.descending)
    if view.within is not None:
        kind, name = view.within
        if kind == group:
            ids, groups = _run(ids, groups, name), [g for g in groups if g.name == name]
        else:
            ids = ids[np.isin(ids, _members(index, condition, kind, name))]
            groups = index.groups(ids, group) if group else []
    headings = tuple(
        Heading(_colour_key(group, g.name), group_name(group, g.name), g.count) for g in groups
    )
    return Listing(view, ids, headings, len(index))


def count(catalogue: Catalogue, listing: Listing, checkpoint: Callable[[], None]) -> Counts:
    """Count what stands beside a list; ``checkpoint`` may stop it between two counts."""
    index, view = catalogue.tracks, listing.view
    condition = _condition(view)
    tallies = {}
    for kind in ("answer", "state", "disagreement", view.group):
        if kind not in tallies:
            checkpoint()
            tallies[kind] = index.tally(kind, condition)
    checkpoint()
    return Counts(view, index.seconds(listing.ids), tallies)


def _members(index: Any, condition: Any, kind: str, name: str) -> NDArray[np.int64]:
    ids, groups = index.grouped(condition, "added", False, kind)
    return _run(ids, groups, name)


def _run(ids: NDArray[np.int64], groups: Sequence[Any], name: str) -> NDArray[np.int64]:
    for group in groups:
        if group.name == name:
            return ids[group.start : group.start + group.count]
    return _NO_IDS


def _colour_key(kind: str, name: str) -> str:
    return name.split(", ", maxsplit=1)[0] if kind in ("heard", "tag") else ""


def group_name(kind: str, name: str) -> str:
    """Return a group's name as it is shown."""
    if kind in ("answer", "state", "disagreement"):
        return _fixed_name(name)
    if not name:
        return {
            "heard": columns.tr("Not heard yet"),
            "tag": columns.tr("No tag"),
            "artist": columns.tr("No artist"),
            "album": columns.tr("No album"),
        }.get(kind, columns.tr("None"))
    return ", ".join(theme.genre_name(n) for n in name.split(", ")) if kind == "heard" else name


def _fixed_name(name: str) -> str:
    return {
        "unsure": columns.tr("Unsure"),
        "named": columns.tr("Named"),
        "corrected": columns.tr("Set by you"),
        "silence": columns.tr("Silence"),
        "disagree": columns.tr("Tag differs"),
        "agree": columns.tr("Tag agrees"),
        "found": columns.tr("Waiting"),
        "analysed": columns.tr("Listened to"),
        "failed": columns.tr("Unreadable"),
        "missing": columns.tr("Missing"),
        "offline": columns.tr("Drive not there"),
    }.get(name, columns.tr("Not heard yet"))
