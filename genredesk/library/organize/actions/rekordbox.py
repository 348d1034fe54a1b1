"""Write the selection as a rekordbox XML: a collection with its genres, and a playlist for each.

rekordbox shows it under "rekordbox xml" (Preferences, Advanced, Database); Engine DJ and Lexicon
read it, too. The format is AlphaTheta's "rekordbox XML format". The program's own database is never
touched.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from genredesk import __version__
from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.library.organize.actions import _common, _lists
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import ActionOptions, Item, Plan
from genredesk.library.rekordbox import location_of

title = mark("Export to rekordbox")
uses = ("to", "name", "number")

_KINDS = {
    ".mp3": "MP3 File", ".wav": "WAV File", ".aif": "AIFF File", ".aiff": "AIFF File",
    ".flac": "FLAC File", ".m4a": "M4A File", ".mp4": "M4A File", ".aac": "AAC File",
    ".alac": "ALAC File", ".ogg": "OGG File",
}  # fmt: skip
_ROOT, _FOLDER, _LIST = "0", "0", "1"
"""Types of a node; the keys of a list are track numbers where ``KeyType`` is 0."""


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return the file that would be written.

    One that we wrote before and nobody has changed since is renewed; any other file of that name,
    one of rekordbox above all, is a conflict. Every file of the selection that is there is in the
    collection: with the genre that was named or set, else with that of its tags.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    to = _common.target_folder(options)
    there = [item for item in items if item.away != "missing"]
    lists, notes = _lists.by_genre(there, ActionOptions(per_genre=True), ctx)
    if gone := len(items) - len(there):
        notes = (say("Left out: {gone:,} no longer there.", gone=gone), *notes)
    step = _lists.step(
        FolderNames(to, number=options.number),
        _lists.path_in(to, options.name, ".xml"),
        _content(options.name, there, lists),
        told=f"{_lists.pieces(there)}, {_playlists(len(lists))}",
        marked=_lists.XML,
    )
    steps = () if step is None else (step,)
    return Plan("rekordbox", say("Write a rekordbox XML"), steps, 1 - len(steps), to, notes)


def _playlists(n: int) -> str:
    return say("1 playlist") if n == 1 else say("{n:,} playlists", n=n)


def _content(name: str, items: Sequence[Item], lists: dict[str, list[Item]]) -> bytes:
    root = ET.Element("DJ_PLAYLISTS", Version="1.0.0")
    ET.SubElement(root, "PRODUCT", Name="GenreDesk", Version=__version__, Company="GenreDesk")
    collection = ET.SubElement(root, "COLLECTION", Entries=str(len(items)))
    numbers = {}
    for number, item in enumerate(items, 1):
        numbers[item.path] = str(number)
        ET.SubElement(collection, "TRACK", _track(number, item))
    playlists = ET.SubElement(root, "PLAYLISTS")
    top = ET.SubElement(playlists, "NODE", Type=_ROOT, Name="ROOT", Count="1")
    folder = ET.SubElement(
        top, "NODE", Name=_lists.xml_text(name), Type=_FOLDER, Count=str(len(lists))
    )
    for genre, members in lists.items():
        node = ET.SubElement(
            folder, "NODE", Name=_lists.xml_text(genre), Type=_LIST, KeyType="0",
            Entries=str(len(members)),
        )  # fmt: skip
        for item in members:
            ET.SubElement(node, "TRACK", Key=numbers[item.path])
    return _lists.xml_file(root)


def _track(number: int, item: Item) -> dict[str, str]:
    """Return the attributes of a track; what is not known is left out."""
    genres = _lists.lists_of(item, ActionOptions()) or item.tag_genres
    stem, ending = os.path.splitext(os.path.basename(item.path))  # noqa: PTH119, PTH122
    about = {
        "TrackID": str(number),
        "Name": item.title or stem,
        "Artist": item.artist,
        "Album": item.album,
        "Genre": ", ".join(genres),
        "Kind": _KINDS.get(ending.lower(), ""),
        "Size": str(item.fingerprint.size),
        "TotalTime": str(round(item.seconds)) if item.seconds > 0 else "",
        "DiscNumber": str(item.disc_no) if item.disc_no > 0 else "",
        "TrackNumber": str(item.track_no) if item.track_no > 0 else "",
        "Year": str(item.year) if item.year > 0 else "",
        "Location": location_of(Path(item.path)),
    }
    return {name: _lists.xml_text(value) for name, value in about.items() if value}
