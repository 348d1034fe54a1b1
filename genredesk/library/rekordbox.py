"""Reads a rekordbox XML: its tracks with their genres, and the playlists they are in.

The format is AlphaTheta's "rekordbox XML format": ``DJ_PLAYLISTS`` with ``COLLECTION`` and
``PLAYLISTS``; a list names tracks by number (``KeyType`` 0) or by place (1). Nothing is ever
written to the file.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes
from xml.parsers import expat

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.core.names import nfc

_HOST = "file://localhost"
_DRIVE = re.compile(r"/[A-Za-z]:/")
_BETWEEN = re.compile(r"\s*[;,]\s*")
"""What stands between the genres of one track; a slash belongs to a name ("R&B/Soul")."""

_BY_PLACE = "1"


@dataclass(slots=True)
class RekordboxTrack:
    """One track of the collection."""

    path: Path
    name: str = ""
    artist: str = ""
    genres: tuple[str, ...] = ()
    playlists: list[str] = field(default_factory=list)
    """Names of the lists it is in, each once, in the order of the file."""


def labels_of(track: RekordboxTrack, *, playlists: bool = False) -> tuple[str, ...]:
    """Return the labels of a track: its genres, or the names of the lists it is in."""
    return tuple(track.playlists) if playlists else track.genres


def location_of(path: Path) -> str:
    """Return how the place of a file is written: ``file://localhost/C:/Music/a%20b.mp3``."""
    text = path.as_posix()
    slash = "" if text.startswith("/") else "/"
    return _HOST + slash + quote(os.fsencode(text), safe="/:")


def path_of(location: str) -> Path:
    """Return the file that is meant by a place."""
    text = os.fsdecode(unquote_to_bytes(location.removeprefix(_HOST).removeprefix("file://")))
    return Path(text[1:] if _DRIVE.match(text) else text)


def read(path: str | Path) -> list[RekordboxTrack]:
    """Return the tracks of a collection in the order of the file.

    Raises
    ------
    DataError
        When the file is missing, is no rekordbox XML, or was not written to its end.
    """
    path = Path(path)
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            reader.parse(file)
    except OSError as error:
        raise DataError(
            say("{path} cannot be read ({reason}).", path=path, reason=error.strerror or error)
        ) from error
    except (expat.ExpatError, ValueError) as error:
        line = (
            say(" in line {lineno}", lineno=error.lineno)
            if isinstance(error, expat.ExpatError)
            else ""
        )
        raise DataError(
            say(
                "{path} ends or breaks{line}: it was not written to its end, or is no XML. "
                "Export the collection from rekordbox again.",
                path=path.name,
                line=line,
            )
        ) from error
    return reader.finish()


class _Reader:
    """Takes the file in as it is read; nothing of it is kept but the tracks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tracks: dict[str, RekordboxTrack] = {}
        self._places: dict[str, RekordboxTrack] = {}
        self._inside: list[str] = []
        self._lists: list[tuple[str, str, str]] = []  # name, type, key type of open nodes
        self._announced: int | None = None
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse  # rekordbox writes none; entities can explode

    def parse(self, file: object) -> None:
        self._parser.ParseFile(file)  # type: ignore[arg-type]

    def finish(self) -> list[RekordboxTrack]:
        if self._announced is None:
            raise self._foreign()
        tracks = list(self._tracks.values())
        if len(tracks) < self._announced:
            raise DataError(
                say(
                    "{path} holds {n_tracks:,} of the {announced:,} tracks it announces: it was "
                    "not written to its end. Export the collection again.",
                    path=self._path.name,
                    n_tracks=len(tracks),
                    announced=self._announced,
                )
            )
        return tracks

    def _foreign(self) -> DataError:
        return DataError(
            say(
                "{path} is no rekordbox collection. In rekordbox: File, Export Collection in "
                "xml format.",
                path=self._path.name,
            )
        )

    def _refuse(self, *_: object) -> None:
        raise self._foreign()

    def _begin(self, name: str, about: dict[str, str]) -> None:
        if not self._inside and name != "DJ_PLAYLISTS":
            raise self._foreign()
        around = self._inside[-1] if self._inside else ""
        self._inside.append(name)
        if name == "COLLECTION":
            entries = about.get("Entries", "0")
            self._announced = int(entries) if entries.isdecimal() else 0
        elif name == "NODE":
            self._lists.append(
                (about.get("Name", ""), about.get("Type", ""), about.get("KeyType", "0"))
            )
        elif name == "TRACK" and around == "COLLECTION":
            self._add(about)
        elif name == "TRACK" and self._lists:
            self._list(about.get("Key", ""))

    def _end(self, name: str) -> None:
        self._inside.pop()
        if name == "NODE":
            self._lists.pop()

    def _add(self, about: dict[str, str]) -> None:
        location = about.get("Location", "")
        genres = _BETWEEN.split(nfc(about.get("Genre", "")).strip())
        track = RekordboxTrack(
            path_of(location), about.get("Name", ""), about.get("Artist", ""),
            tuple(dict.fromkeys(genre for genre in genres if genre)),
        )  # fmt: skip
        self._tracks[about.get("TrackID") or f"#{len(self._tracks)}"] = track
        self._places[location] = track

    def _list(self, key: str) -> None:
        name, _, key_type = self._lists[-1]
        track = (self._places if key_type == _BY_PLACE else self._tracks).get(key)
        if track is not None and name and nfc(name) not in track.playlists:
            track.playlists.append(nfc(name))
