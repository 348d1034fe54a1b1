"""Write playlists (M3U8): one for each genre, or one of everything that was selected."""

from __future__ import annotations

import collections
import functools
import hashlib
import os
from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.library.organize import template
from genredesk.library.organize.actions import _common
from genredesk.library.organize.fsops import fingerprint, fold, is_plain, look
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import ActionOptions, Item, Plan, Step, StepKind
from genredesk.library.row_state import Answer

title = "Write playlists"
uses = ("to", "per_genre", "name", "number")


_HEAD = b"#EXTM3U\n"
_MARK = b"#GENREDESK:"
"""Begins the second line: a SHA-256 of the rest, by which a list is known as ours and unchanged."""


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return the playlists that would be written.

    One that we wrote before and nobody has changed since is renewed; any other file of that name is
    a conflict. Lists of a genre hold what was named or corrected, in the order of the selection;
    files that are not there, and those whose names hold a line break, are left out, which the
    plan's notes say.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    to = _common.target_folder(options)
    lists: dict[str, tuple[str, list[Item]]] = {}
    left_out: collections.Counter[str] = collections.Counter()
    for item in _common.watched(items, ctx):
        genres = _lists_of(item, options)
        if why := _left_out(item, genres):
            left_out[why] += 1
        for genre in () if why else genres:
            name = template.clean(genre, ".m3u8")
            lists.setdefault(fold(name), (name, []))[1].append(item)
    places = FolderNames(to, number=options.number)
    planned = [_step(places, to, *lists[key]) for key in sorted(lists)]
    steps = tuple(step for step in planned if step is not None)
    notes = tuple(f"In no list: {n:,} {why}." for why, n in left_out.items())
    return Plan("playlists", "Write {playlists}", steps, len(planned) - len(steps), to, notes)


def _lists_of(item: Item, options: ActionOptions) -> tuple[str, ...]:
    if not options.per_genre:
        return (options.name,)
    return item.genres if item.corrected or item.state is Answer.SURE else ()


def _left_out(item: Item, genres: tuple[str, ...]) -> str:
    if item.away == "missing":
        return "not there any more"
    if "\n" in item.path or "\r" in item.path:
        return "with a line break in the name"
    return "" if genres else "without a genre that was named or set"


def _step(places: FolderNames, to: str, name: str, items: Sequence[Item]) -> Step | None:
    """Return the step that writes a list, ``None`` when it is there already as it would be."""
    content = _content(to, items)
    path = os.path.join(to, name)  # noqa: PTH118
    there = _read(path)
    rest = _rest_of_ours(there)
    if rest is None:
        target, conflict, doubt = places.place((name,))
        return Step(
            StepKind.WRITE, "", target, "", _told(target, items), content=content,
            conflict=conflict, doubt=doubt,
        )  # fmt: skip
    if there == content:
        return None
    places.place((name,), path)
    edited = there != _headed(rest)
    return Step(
        StepKind.WRITE, path, path, name, f"{_told(path, items)}, renewed", fingerprint(path),
        content=content,
        doubt="It was changed since it was written; what was changed would be gone." * edited,
    )  # fmt: skip


def _told(path: str, items: Sequence[Item]) -> str:
    pieces = "1 piece" if len(items) == 1 else f"{len(items):,} pieces"
    return f"{os.path.basename(path)}: {pieces}"  # noqa: PTH119


def _read(path: str) -> bytes:
    try:
        found = look(path)
        if found is None or not is_plain(found):
            return b""
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def _rest_of_ours(data: bytes) -> bytes | None:
    """Return what follows the head of a list that we wrote, ``None`` when it is not ours."""
    if not data.startswith(_HEAD + _MARK):
        return None
    return data[len(_HEAD) :].partition(b"\n")[2]


def _headed(rest: bytes) -> bytes:
    mark = hashlib.sha256(rest).hexdigest().encode()
    return _HEAD + _MARK + mark + b"\n" + rest


def _content(to: str, items: Sequence[Item]) -> bytes:
    """Return the list; paths are relative to it, so that it can move together with the music."""
    lines: list[bytes] = []
    straight = functools.cache(functools.partial(_is_straight, to))
    for item in items:
        shown = " - ".join(text for text in (item.artist, item.title) if text)
        head = f"#EXTINF:{round(item.seconds) or -1},{' '.join(shown.split())}"
        relative = straight(os.path.dirname(item.path))  # noqa: PTH120
        path = _relative(item.path, to) if relative else item.path
        lines += [head.encode("utf-8", "replace"), os.fsencode(path)]
    return _headed(b"\n".join(lines) + b"\n")


def _is_straight(to: str, folder: str) -> bool:
    """Whether the relative way from a list to a folder leads there also where links are followed.

    ``..`` of a folder that is a link is what lies above its target: systems go that way, while some
    players shorten the path as text.
    """
    try:
        way = os.path.join(to, os.path.relpath(folder, to))  # noqa: PTH118
    except ValueError:  # another drive of Windows
        return False
    return os.path.realpath(way) == os.path.realpath(folder)


def _relative(path: str, to: str) -> str:
    found = os.path.relpath(path, to)
    if os.sep == "\\":
        found = found.replace("\\", "/")
    return f"./{found}" if found.startswith("#") else found
