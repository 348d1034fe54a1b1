"""Write playlists (M3U8): one for each genre, or one of everything that was selected."""

from __future__ import annotations

import os
from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.library.organize import template
from genredesk.library.organize.actions import _common
from genredesk.library.organize.fsops import fold
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import ActionOptions, Item, Plan, Step, StepKind
from genredesk.library.records import Answer

title = "Write playlists"
uses = ("to", "per_genre", "name", "number")


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return the playlists that would be written; a file that is there already is a conflict.

    Lists of a genre hold what was named or corrected, in the order of the selection; files that
    are not there, and those whose names hold a line break, are left out.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    to = _common.target_folder(options)
    lists: dict[str, tuple[str, list[Item]]] = {}
    left_out = 0
    for item in _common.watched(items, ctx):
        genres = _lists_of(item, options)
        if not genres or item.away == "missing" or "\n" in item.path or "\r" in item.path:
            left_out += 1
            continue
        for genre in genres:
            name = template.clean(genre, ".m3u8")
            lists.setdefault(fold(name), (name, []))[1].append(item)
    places = FolderNames(to, number=options.number)
    steps = [_step(places, to, *lists[key]) for key in sorted(lists)]
    return Plan("playlists", "Write {playlists}", tuple(steps), left_out, to)


def _lists_of(item: Item, options: ActionOptions) -> tuple[str, ...]:
    if not options.per_genre:
        return (options.name,)
    return item.genres if item.corrected or item.state is Answer.SURE else ()


def _step(places: FolderNames, to: str, name: str, items: Sequence[Item]) -> Step:
    target, conflict, doubt = places.place((name,))
    pieces = "1 piece" if len(items) == 1 else f"{len(items):,} pieces"
    return Step(
        StepKind.WRITE, "", target, "", f"{os.path.basename(target)}: {pieces}",  # noqa: PTH119
        content=_content(to, items), conflict=conflict, doubt=doubt,
    )  # fmt: skip


def _content(to: str, items: Sequence[Item]) -> bytes:
    """Return the list; paths are relative to it, so that it can move together with the music."""
    lines = [b"#EXTM3U"]
    for item in items:
        shown = " - ".join(text for text in (item.artist, item.title) if text)
        head = f"#EXTINF:{round(item.seconds) or -1},{' '.join(shown.split())}"
        lines += [head.encode("utf-8", "replace"), os.fsencode(_relative(item.path, to))]
    return b"\n".join(lines) + b"\n"


def _relative(path: str, to: str) -> str:
    try:
        found = os.path.relpath(path, to)
    except ValueError:  # another drive of Windows
        return path
    if os.sep == "\\":
        found = found.replace("\\", "/")
    return f"./{found}" if found.startswith("#") else found
