"""Write genres into the files' own tags, each format in its own way, several where there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.library.organize import fsops, tags
from genredesk.library.organize.actions import _common
from genredesk.library.organize.plan import ActionOptions, Item, Plan, Step, StepKind
from genredesk.library.scanning import metadata
from genredesk.library.scanning.metadata import FileTag

title = mark("Write genre tags")
uses = ("keep",)


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return which genres would be written where; files that have them already are counted only.

    What a file has is read from the file itself: another program may have written it since the
    scan. A file whose tags could not be written is a conflict, with the reason.
    """
    steps: list[Step] = []
    unchanged = 0
    for item in _common.watched(items, ctx):
        step = _step(item, options)
        if step is None:
            unchanged += 1
        else:
            steps.append(step)
    return Plan("tag_genre", say("Write the genre of {files}"), tuple(steps), unchanged)


def _step(item: Item, options: ActionOptions) -> Step | None:
    """Return what happens to a file; ``None``: nothing, all its tags say so already."""
    now, conflict, doubt = _common.examine(item)
    found = [] if conflict else [t for t in metadata.tags(Path(item.path)) if t.facts.genres]
    has = item.tag_genres if conflict else metadata.together(found).genres
    genres = _wanted(item, has, options)
    others = [tag for tag in found[1:] if not _says(tag, genres)]
    if genres and genres == has and not others:
        return None
    about_genre = _common.genre_doubt(item)
    if not genres:
        conflict = conflict or f"{say('There is no genre to write.')} {about_genre}".rstrip()
    conflict = conflict or _conflict(item.path, genres)
    doubt = doubt or ("" if conflict else _surprise(item, has)) or about_genre
    if now is not None and now.n_links > 1:
        doubt = doubt or (
            say(
                "It has {n_links} names (hard links). Only this one gets the new tag; "
                "afterwards they are separate files.",
                n_links=now.n_links,
            )
        )
    shown = [", ".join(has), *(f"{tag.name}: {', '.join(tag.facts.genres)}" for tag in others)]
    return Step(
        StepKind.TAG, item.path, item.path, "; ".join(filter(None, shown)), ", ".join(genres),
        now, genres, conflict=conflict, doubt=doubt, file_id=item.file_id,
        score=_common.score_of(item),
    )  # fmt: skip


def _wanted(item: Item, has: tuple[str, ...], options: ActionOptions) -> tuple[str, ...]:
    """Return the genres to write; what is kept may stand in one text: "Rock; Folk"."""
    if not (options.keep and item.genres):
        return item.genres
    kept = [piece.strip() for genre in has for piece in genre.split(";") if piece.strip()]
    known = {piece.strip().casefold() for genre in kept for piece in (genre, *genre.split("/"))}
    new = [genre for genre in item.genres if genre.casefold() not in known]
    if not new:
        return has
    seen: dict[str, str] = {}
    for genre in (*kept, *new):
        seen.setdefault(genre.casefold(), genre)
    return tuple(seen.values())


def _says(tag: FileTag, genres: tuple[str, ...]) -> bool:
    """Return whether a tag that may hold fewer genres names no other one."""
    return {g.casefold() for g in tag.facts.genres} <= {g.casefold() for g in genres}


def _conflict(path: str, genres: tuple[str, ...]) -> str:
    """Return why the tags of a file would be left alone, as a sentence, or nothing."""
    try:
        found = fsops.look(path)
        if found is not None and fsops.is_protected(found):
            return say("It is write-protected.")
        reason = tags.refusal(path, genres)
    except OSError as error:
        return say("It cannot be read: {reason}.", reason=fsops.explain(error))
    if reason:
        return say("Its tags cannot be written: {reason}.", reason=reason)
    return _common.closed(path)


def _surprise(item: Item, has: tuple[str, ...]) -> str:
    """Return that a file's genre is another than when it was scanned, or nothing."""
    if not item.tag_genres or item.tag_genres == has:
        return ""
    now, then = ", ".join(has) or "nothing", ", ".join(item.tag_genres)
    return say("Its tag says {now} now; when it was scanned it said {then}.", now=now, then=then)
