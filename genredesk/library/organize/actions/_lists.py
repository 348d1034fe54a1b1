"""What actions that write lists of the selection share: who is in which, and whose a file is.

A list that we wrote carries a SHA-256 of the rest of it, so that one nobody has changed since can
be written anew, and every other file is left alone.
"""

from __future__ import annotations

import collections
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.library.organize import template
from genredesk.library.organize.actions import _common
from genredesk.library.organize.fsops import fingerprint, fold, is_plain, look
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import ActionOptions, Item, Plan, Step, StepKind
from genredesk.library.records import Answer

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 may hold."""


@dataclass(frozen=True, slots=True)
class Marked:
    """How files of one kind begin, and where our mark stands in them.

    Parameters
    ----------
    head
        What comes before the mark: the line that says what the file is.
    before, after
        What stands around the SHA-256.
    """

    head: bytes
    before: bytes
    after: bytes

    def headed(self, rest: bytes) -> bytes:
        """Return a whole file of ours."""
        mark = hashlib.sha256(rest).hexdigest().encode()
        return self.head + self.before + mark + self.after + rest

    def rest_of_ours(self, data: bytes) -> bytes | None:
        """Return what follows the head of a file that we wrote, ``None`` when it is not ours."""
        if not data.startswith(self.head + self.before):
            return None
        return data[len(self.head) :].partition(self.after)[2]


XML = Marked(b'<?xml version="1.0" encoding="UTF-8"?>\n', b"<!-- GENREDESK:", b" -->\n")


def by_genre(
    items: Sequence[Item], options: ActionOptions, ctx: JobContext
) -> tuple[dict[str, list[Item]], tuple[str, ...]]:
    """Return the lists by name, and sentences about those that are in none.

    Lists of a genre hold what was named or corrected, in the order of the selection; files that
    are not there, and those whose names hold a line break, are left out.
    """
    lists: dict[str, tuple[str, list[Item]]] = {}
    left_out: collections.Counter[str] = collections.Counter()
    for item in _common.watched(items, ctx):
        genres = lists_of(item, options)
        if why := _left_out(item, genres):
            left_out[why] += 1
        for genre in () if why else genres:
            lists.setdefault(fold(genre), (genre, []))[1].append(item)
    notes = tuple(say("In no list: {n:,} {why}.", n=n, why=why) for why, n in left_out.items())
    return {lists[key][0]: lists[key][1] for key in sorted(lists)}, notes


def plan(
    items: Sequence[Item],
    options: ActionOptions,
    ctx: JobContext,
    *,
    action: str,
    ending: str,
    marked: Marked,
    content: Callable[[str, str, Sequence[Item]], bytes],
) -> Plan:
    """Return the lists of the selection that would be written, one file each.

    Parameters
    ----------
    content
        Returns a whole file, given the folder it goes to, the list's name and its members.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    to = _common.target_folder(options)
    lists, notes = by_genre(items, options, ctx)
    places = FolderNames(to, number=options.number)
    planned = [
        step(
            places, path_in(to, name, ending), content(to, name, members), told=pieces(members),
            marked=marked,
        )
        for name, members in lists.items()
    ]  # fmt: skip
    steps = tuple(one for one in planned if one is not None)
    return Plan(action, say("Write {playlists}"), steps, len(planned) - len(steps), to, notes)


def lists_of(item: Item, options: ActionOptions) -> tuple[str, ...]:
    """Return the names of the lists an item belongs to."""
    if not options.per_genre:
        return (options.name,)
    return item.genres if item.corrected or item.state is Answer.SURE else ()


def _left_out(item: Item, genres: tuple[str, ...]) -> str:
    if item.away == "missing":
        return say("no longer there")
    if "\n" in item.path or "\r" in item.path:
        return say("with a line break in the name")
    return "" if genres else say("without a genre that was named or set")


def step(
    places: FolderNames, path: str, content: bytes, *, told: str, marked: Marked
) -> Step | None:
    """Return the step that writes a list, ``None`` when it is there already as it would be.

    Parameters
    ----------
    path
        Where the list belongs, in the folder of ``places``.
    told
        What the preview says of it: "12 pieces".
    """
    name = os.path.basename(path)  # noqa: PTH119
    there = _read(path)
    rest = marked.rest_of_ours(there)
    if rest is None:
        target, conflict, doubt = places.place((name,))
        return Step(
            StepKind.WRITE, "", target, "", f"{os.path.basename(target)}: {told}",  # noqa: PTH119
            content=content, conflict=conflict, doubt=doubt,
        )  # fmt: skip
    if there == content:
        return None
    places.place((name,), path)
    edited = there != marked.headed(rest)
    return Step(
        StepKind.WRITE, path, path, name, say(
            "{name}: {told}, renewed",
            name=name, told=told
        ), fingerprint(path),
        content=content,
        doubt=say("It was changed since it was written; what was changed would be gone.")
        if edited
        else "",
    )  # fmt: skip


def path_in(to: str, name: str, ending: str) -> str:
    """Return the path of a list, with a name that every system takes."""
    return os.path.join(to, template.clean(name, ending))  # noqa: PTH118


def pieces(items: Sequence[Item]) -> str:
    """Say how many there are."""
    return say("1 piece") if len(items) == 1 else say("{n:,} pieces", n=len(items))


def _read(path: str) -> bytes:
    try:
        found = look(path)
        if found is None or not is_plain(found):
            return b""
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def xml_text(text: str) -> str:
    """Return a text such as XML may hold: what it may not becomes a question mark."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def xml_file(root: ET.Element) -> bytes:
    """Return a document with our mark, indented, as UTF-8."""
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return XML.headed(text.encode() + b"\n")
