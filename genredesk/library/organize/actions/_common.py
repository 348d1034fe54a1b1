"""What several actions share: looking at files before planning, and finding places for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_in_sentence
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.shares import sureness
from genredesk.library.catalogue import roots
from genredesk.library.organize import beside, fsops, template
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import (
    ActionOptions,
    Fingerprint,
    Item,
    Plan,
    PlanError,
    Step,
    StepKind,
)
from genredesk.library.row_state import TO_CHECK, Answer, named_by

_TICK = 50
_ABOUT_GENRE = {"genre", "genres", "heard"}


def watched(items: Sequence[Item], ctx: JobContext) -> Iterator[Item]:
    """Give the items one by one, telling how far it is."""
    for index, item in enumerate(items):
        if index % _TICK == 0:
            ctx.progress(index, len(items), os.path.basename(item.path))  # noqa: PTH119
        yield item
    ctx.progress(len(items), len(items))


def examine(item: Item) -> tuple[Fingerprint | None, str, str]:
    """Return how a file looks now, what is in the way of changing it, and what is doubtful."""
    try:
        found = fsops.look(item.path)
    except OSError as error:
        return None, say("It cannot be looked at: {reason}.", reason=fsops.explain(error)), ""
    if found is None:
        if item.away == "offline":
            return None, say("Its drive is not connected."), ""
        return None, say("It is no longer there. Scan its folder again."), ""
    now = Fingerprint.of(found)
    conflict = doubt = ""
    if fsops.is_link(found):
        conflict = say("It is a link. Add the folder its file lies in instead.")
    elif not fsops.is_plain(found):
        conflict = say("It is no longer a file. Scan its folder again.")
    elif not item.fingerprint.same(now):
        doubt = say("It was changed since it was scanned: is it still this piece?")
    return now, conflict, doubt


def closed(path: str) -> str:
    """Return why nothing can be written beside a path, or nothing; folders yet to be made pass."""
    folder = os.path.dirname(path)  # noqa: PTH120
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):  # noqa: PTH112, PTH120
        folder = os.path.dirname(folder)  # noqa: PTH120
    if os.access(folder, os.W_OK | os.X_OK):
        return ""
    return say("Its folder is write-protected: {folder}.", folder=folder)


def genre_doubt(item: Item) -> str:
    """Return why the genre of an item is doubtful, or nothing."""
    if item.corrected or item.state is Answer.SURE:
        return ""
    if item.state in TO_CHECK:
        named = named_by(item.state, item.heard, item.runner_up)
        word = certainty.word(Strength(item.state.value), named)
        guess = "" if named else say("; perhaps {heard}", heard=genre_in_sentence(item.heard))
        known = {item.runner_up: item.runner_score, item.heard: item.score}
        score = sureness(*(known[label] for label in named or [item.heard]))
        return f"{word}{guess}, {score}."
    if item.state is Answer.SILENCE:
        return say("Nothing but silence was heard.")
    return say("It was not listened to yet.")


def score_of(item: Item) -> float:
    """Return how likely the genre of an item is, 0 where a person set it."""
    return 0.0 if item.corrected else item.score


def target_folder(options: ActionOptions) -> str:
    """Return the folder a plan goes to, absolute.

    Raises
    ------
    PlanError
        When none was chosen, or it is a file.
    """
    if options.to is None:
        raise PlanError(say("Choose a folder to put the files into."))
    to = os.path.abspath(options.to)  # noqa: PTH100 - links stay as the person named them
    if os.path.lexists(to) and not os.path.isdir(to):  # noqa: PTH112
        raise PlanError(say("{to}: this is a file. Choose a folder.", to=to))
    return to


def place_all(
    action: str, kind: StepKind, items: Sequence[Item], options: ActionOptions, ctx: JobContext
) -> Plan:
    """Plan to give every file its place below a folder, by the template."""
    to = target_folder(options)
    pattern = template.parse(options.template)
    about_genre = bool(pattern.fields & _ABOUT_GENRE)
    places = FolderNames(to, number=options.number)
    steps: list[Step] = []
    ends: dict[str, str] = {}
    unchanged = 0
    drive = roots.drive_of(to)
    for item in watched(items, ctx):
        now, conflict, doubt = examine(item)
        parts = template.render(pattern, item)
        target, taken, long = places.place(parts, item.path if kind is StepKind.MOVE else "")
        ends[item.path] = target
        if target == item.path:
            unchanged += 1
            continue
        if kind is StepKind.MOVE and now is not None and now.n_links > 1 and now.dev != drive:
            doubt = doubt or (
                say(
                    "It has {n_links} names (hard links). On another drive it becomes a file of "
                    "its own, beside the others.",
                    n_links=now.n_links,
                )
            )
        conflict = conflict or (closed(item.path) if kind is StepKind.MOVE else "")
        conflict = conflict or taken or closed(target)
        doubt = doubt or (genre_doubt(item) if about_genre else "") or long
        steps.append(
            Step(kind, item.path, target, item.path, target, now, conflict=conflict, doubt=doubt,
                 file_id=item.file_id, score=score_of(item) if about_genre else 0.0)
        )  # fmt: skip
    notes: tuple[str, ...] = ()
    if kind is StepKind.MOVE:
        steps, stays = beside.gone_along(steps, ends, places, to)
        if stays:
            notes = (_left_beside(stays),)
    told = {"files": "{files}", "folder": Path(to).name or to}
    moves = kind is StepKind.MOVE
    title = (
        say("Move {files} into {folder}", **told)
        if moves
        else say("Copy {files} into {folder}", **told)
    )
    return Plan(action, title, tuple(steps), unchanged, to, notes)


def _left_beside(n: int) -> str:
    if n == 1:
        return say(
            "1 file that lies beside music (cue sheets, covers and the like) will not go along."
        )
    return say(
        "{n:,} files that lie beside music (cue sheets, covers and the like) will not go along.",
        n=n,
    )
