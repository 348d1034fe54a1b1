"""Songs named one by one: what the window hands to a training after a person has sorted them.

:func:`look` walks dropped folders as they are found, :func:`read` opens the list that was made of
them (JSON: ``{"songs": [{"path", "label", "artist", "split"}]}``), :func:`open_list` returns it as
songs the engine trains on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from genredesk.audio.decode import find_audio
from genredesk.core import atomic
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.names import nfc
from genredesk.features.frontend import FrontendSpec
from genredesk.library import rekordbox
from genredesk.training.data import folders, scan
from genredesk.training.data.cache import TrainingFeatureCache
from genredesk.training.data.folders import FolderSongs
from genredesk.training.data.scan import LabeledFile
from genredesk.training.data.songs import BETWEEN, WORDS_COLUMN, words_in


def look(roots: Iterable[Path]) -> Iterator[LabeledFile]:
    """Give the audio files below ``roots`` as they are found, each with its label.

    The first folder below a root is the label. A root that holds music but no folders with music
    is a label itself, so that three genre folders can be given as well as the folder around them.
    A loose file beside genre folders has an empty label.

    Raises
    ------
    DataError
        When a root is missing.
    """
    for root in roots:
        scan.refuse_no_folder(root)
        table = scan.table(root)
        loose: list[Path] = []
        labelled = False
        for path in find_audio([root]):
            parts = path.relative_to(root).parts
            if len(parts) == 1:
                loose.append(path)
                continue
            labelled = True
            row = table.get(nfc("/".join(parts)), {})
            yield LabeledFile(path, _text(parts[0]), *_told(row))
        name = "" if labelled else _text(root.name)
        for path in loose:
            yield LabeledFile(path, name, *_told(table.get(nfc(path.name), {})))


def _told(row: Mapping[str, str]) -> tuple[str, str, str]:
    """Return artist, split and words of a song by its line of the table."""
    words = BETWEEN.join(words_in(row.get(WORDS_COLUMN) or ""))
    return row.get("artist") or "", row.get("split") or "", words


def _text(name: str) -> str:
    """Return a folder's name as a label, also when its bytes are no Unicode."""
    return os.fsencode(name).decode(errors="replace")


def write(path: Path, entries: Iterable[LabeledFile]) -> None:
    """Keep a list; a split is only kept when every song names one and no class lacks a side.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    songs = [
        {"path": str(e.path), "label": e.label, "artist": e.artist, "split": e.split}
        for e in entries
    ]
    if not _whole_split(songs):
        for song in songs:
            song["split"] = ""
    atomic.write_json(path, {"songs": songs})


def _whole_split(songs: list[dict[str, str]]) -> bool:
    sides: dict[str, set[str]] = {}
    for song in songs:
        sides.setdefault(song["label"], set()).add(song["split"])
    return all({"train", "valid"} <= found and "" not in found for found in sides.values())


COLLECTION = ".xml"
PLAYLISTS = "#playlists"
"""Behind the name of a rekordbox XML: the names of its lists are the labels, not its genres."""


def read(path: str | Path, *, several: bool = False) -> list[LabeledFile]:
    """Read a list of songs, or a rekordbox XML, see :data:`PLAYLISTS`.

    Parameters
    ----------
    several
        Songs of a collection may have several labels.

    Raises
    ------
    DataError
        When the file is missing, broken or empty.
    """
    name = str(path)
    if name.removesuffix(PLAYLISTS).lower().endswith(COLLECTION):
        xml, playlists = name.removesuffix(PLAYLISTS), name.endswith(PLAYLISTS)
        return collection(xml, playlists=playlists, several=several)
    try:
        songs = json.loads(Path(path).read_text(encoding="utf-8"))["songs"]
        entries = [
            LabeledFile(Path(s["path"]), str(s["label"]), str(s["artist"]), str(s["split"]))
            for s in songs
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            say("{path}: the list of songs cannot be read ({reason}).", path=path, reason=error)
        ) from error
    if not entries:
        raise DataError(
            say("No song is left to train on. Add music, or include what was left out.")
        )
    return entries


def collection(
    path: str | Path, *, playlists: bool = False, several: bool = False
) -> list[LabeledFile]:
    """Return the songs of a rekordbox XML that are there and have a label.

    Parameters
    ----------
    several
        They may have more than one.

    Raises
    ------
    DataError
        When the file is broken, or no song is left.
    """
    songs = []
    for track in rekordbox.read(path):
        labels = rekordbox.labels_of(track, playlists=playlists)
        if (len(labels) == 1 or (several and labels)) and track.path.is_file():
            songs.append(LabeledFile(track.path, BETWEEN.join(labels), track.artist, ""))
    if not songs:
        many = say("at least one") if several else say("exactly one")
        what = (
            say("is in {many} playlist", many=many)
            if playlists
            else say("has {many} genre", many=many)
        )
        raise DataError(say("{path}: no song that is there {what}.", path=path, what=what))
    return songs


def common_root(entries: Iterable[LabeledFile]) -> Path:
    """Return the folder all files lie in; names in reports are relative to it."""
    try:
        return Path(os.path.commonpath([entry.path.parent for entry in entries]))
    except ValueError:  # on several drives
        return Path()


def check_there(entries: Iterable[LabeledFile]) -> None:
    """Refuse to begin without all of the files.

    Raises
    ------
    DataError
        Names the first that is not there.
    """
    gone = next((entry.path for entry in entries if not entry.path.exists()), None)
    if gone is not None:
        raise DataError(
            say(
                "{gone} is gone, or its drive is not there. Plug the drive in again, or scan "
                "the music anew.",
                gone=gone,
            )
        )


def open_list(
    path: str | Path,
    spec: FrontendSpec,
    ctx: JobContext | None = None,
    *,
    several: bool = False,
) -> FolderSongs:
    """Open the songs of a list through the feature cache.

    Parameters
    ----------
    several
        See :func:`read`.

    Raises
    ------
    DataError
        When none can be used, or the drive they are on is gone.
    Cancelled
        When the job was cancelled.
    """
    entries = read(path, several=several)
    check_there(entries)
    root = common_root(entries)
    return folders.open_entries(root, entries, spec, ctx or JobContext(), TrainingFeatureCache())
