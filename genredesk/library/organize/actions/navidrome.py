"""Write smart playlists for Navidrome (.nsp): one for each genre, which the server keeps filled.

A smart playlist asks for the genre in the files' own tags, so write those first. Put the files into
the music folder or Navidrome's ``PlaylistsPath``; they are read with the next scan.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.library.organize.actions import _common, _lists
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import ActionOptions, Item, Plan, Step, StepKind

title = mark("Write Navidrome smart playlists")
uses = ("to", "number")


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return a smart playlist for each genre that was named or set in the selection.

    A file of that name that says anything else is a conflict.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    to = _common.target_folder(options)
    lists, notes = _lists.by_genre(items, replace(options, per_genre=True), ctx)
    places = FolderNames(to, number=options.number)
    steps, unchanged = [], 0
    untagged = 0
    for genre, members in lists.items():
        untagged += sum(genre not in item.tag_genres for item in members)
        content = _content(genre)
        path = Path(_lists.path_in(to, genre, ".nsp"))
        if path.is_file() and path.read_bytes() == content:
            unchanged += 1
            continue
        target, conflict, doubt = places.place((path.name,))
        told = say("{target}: the genre {genre}", target=os.path.basename(target), genre=genre)  # noqa: PTH119
        steps.append(
            Step(StepKind.WRITE, "", target, "", told, content=content, conflict=conflict,
                 doubt=doubt)
        )  # fmt: skip
    if untagged:
        notes = (*notes, _untagged(untagged))
    return Plan("navidrome", say("Write {playlists}"), tuple(steps), unchanged, to, notes)


def _content(genre: str) -> bytes:
    rules = {
        "name": genre,
        "comment": say("{genre}, as GenreDesk heard it", genre=genre),
        "all": [{"is": {"genre": genre}}],
        "sort": "artist",
        "order": "asc",
    }
    return (json.dumps(rules, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _untagged(n: int) -> str:
    if n == 1:
        return say(
            "1 file does not have the genre in its tags yet; Navidrome finds it once it is "
            "written there."
        )
    return say(
        "{n:,} files do not have the genre in their tags yet; Navidrome finds them once it is "
        "written there.",
        n=n,
    )
