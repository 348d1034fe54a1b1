"""Write playlists (M3U8): one for each genre, or one of everything that was selected."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.core.messages import mark
from genredesk.library.organize.actions import _lists
from genredesk.library.organize.actions._lists import Marked
from genredesk.library.organize.plan import ActionOptions, Item, Plan

title = mark("Write playlists")
uses = ("to", "per_genre", "name", "number")


M3U = Marked(b"#EXTM3U\n", b"#GENREDESK:", b"\n")


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return the playlists that would be written.

    One that we wrote before and nobody has changed since is renewed; any other file of that name is
    a conflict. Who is in no list, and why, the plan's notes say.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    return _lists.plan(
        items, options, ctx, action="playlists", ending=".m3u8", marked=M3U,
        content=lambda to, _name, members: _content(to, members),
    )  # fmt: skip


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
    return M3U.headed(b"\n".join(lines) + b"\n")


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
