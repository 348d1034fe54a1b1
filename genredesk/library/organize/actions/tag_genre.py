"""Write genres into the files' own tags, each format in its own way, several where there are."""

from __future__ import annotations

import os
from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.library.organize.actions import _common
from genredesk.library.organize.plan import ActionOptions, Item, Plan, Step, StepKind

title = "Write genre tags"
uses = ("keep",)

_WITHOUT_TAGS = frozenset((".mka", ".mkv", ".webm", ".caf", ".aac"))


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return which genres would be written where; files that have them already are counted only."""
    steps: list[Step] = []
    unchanged = 0
    for item in _common.watched(items, ctx):
        genres = _wanted(item, options)
        if genres and genres == item.tag_genres:
            unchanged += 1
            continue
        now, conflict, doubt = _common.examine(item)
        doubt = doubt or _common.genre_doubt(item)
        if not genres:
            conflict = conflict or f"There is no genre to write. {doubt}".rstrip()
        elif os.path.splitext(item.path)[1].lower() in _WITHOUT_TAGS:  # noqa: PTH122
            conflict = conflict or "Files of this kind have no place for a genre."
        elif now is not None and now.n_links > 1:
            doubt = doubt or (
                f"It has {now.n_links} names (hard links). Only this one gets the new tag; "
                "afterwards they are separate files."
            )
        steps.append(
            Step(StepKind.TAG, item.path, item.path, ", ".join(item.tag_genres), ", ".join(genres),
                 now, genres, conflict=conflict, doubt=doubt, file_id=item.file_id,
                 score=_common.score_of(item))
        )  # fmt: skip
    return Plan("tag_genre", "Write the genre of {files}", tuple(steps), unchanged)


def _wanted(item: Item, options: ActionOptions) -> tuple[str, ...]:
    if not (options.keep and item.genres):
        return item.genres
    seen: dict[str, str] = {}
    for genre in (*item.tag_genres, *item.genres):
        seen.setdefault(genre.casefold(), genre)
    return tuple(seen.values())
