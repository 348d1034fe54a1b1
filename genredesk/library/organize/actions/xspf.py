"""Write playlists in XSPF, the XML playlist of VLC, Audacious, Strawberry and others.

The format is XSPF version 1 of the Xiph.Org Foundation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from genredesk.core.job import JobContext
from genredesk.core.messages import mark
from genredesk.library.organize.actions import _lists
from genredesk.library.organize.plan import ActionOptions, Item, Plan

title = mark("Write XSPF playlists")
uses = ("to", "per_genre", "name", "number")

NAMESPACE = "http://xspf.org/ns/0/"


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return the playlists that would be written, as :mod:`.playlists` does for M3U8.

    Raises
    ------
    PlanError
        When no folder was chosen.
    """
    return _lists.plan(
        items, options, ctx, action="xspf", ending=".xspf", marked=_lists.XML,
        content=lambda _to, name, members: _content(name, members),
    )  # fmt: skip


def _content(name: str, items: Sequence[Item]) -> bytes:
    root = ET.Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    _add(root, "title", name)
    tracks = ET.SubElement(root, "trackList")
    for item in items:
        track = ET.SubElement(tracks, "track")
        _add(track, "location", Path(item.path).as_uri())
        _add(track, "title", item.title)
        _add(track, "creator", item.artist)
        _add(track, "album", item.album)
        _add(track, "trackNum", str(item.track_no) if item.track_no > 0 else "")
        _add(track, "duration", str(round(1000 * item.seconds)) if item.seconds > 0 else "")
    return _lists.xml_file(root)


def _add(parent: ET.Element, name: str, text: str) -> None:
    if text:
        ET.SubElement(parent, name).text = _lists.xml_text(text)
