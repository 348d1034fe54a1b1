"""Stretches of sound that a person kept under a word: one folder among their data, one a word."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genredesk.audio import wav
from genredesk.audio.decode import find_audio
from genredesk.core import atomic, paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.core.names import nfc
from genredesk.core.scores import FloatArray

REFERRED = "from-library.json"
"""Songs that stand where they are, as word and path."""


@dataclass(frozen=True, slots=True)
class Example:
    """A file and the word it is kept under."""

    label: str
    path: Path

    @property
    def digest(self) -> str:
        """Names its sound among what networks heard of it: by size and time, as files are known."""
        what = self.path.stat()
        return hashlib.sha256(
            f"{self.path}|{what.st_size}|{what.st_mtime_ns}".encode()
        ).hexdigest()[:24]


def folder() -> Path:
    """Return where they lie."""
    return paths.data_dir() / "recordings"


def kept() -> list[Example]:
    """Return all of them, by word and name; also the songs that :func:`refer` named."""
    place = folder()
    if not place.is_dir():
        return []
    found = [
        Example(nfc(path.relative_to(place).parts[0]), path)
        for path in find_audio([place])
        if path.parent != place
    ]
    with contextlib.suppress(OSError, ValueError):
        named = json.loads((place / REFERRED).read_text(encoding="utf-8"))
        found += [Example(label, Path(path)) for label, path in named if Path(path).is_file()]
    return sorted(found, key=lambda example: (example.label, example.path))


def refer(songs: Sequence[tuple[str, Path]]) -> None:
    """Have songs of the library stand for words, too, where they lie; others do no longer.

    Raises
    ------
    GenreDeskError
        When that cannot be written.
    """
    try:
        atomic.write_json(folder() / REFERRED, [[label, str(path)] for label, path in songs])
    except OSError as error:
        raise GenreDeskError(
            say(
                "{folder} cannot be written ({reason}). Make room there.",
                folder=folder(),
                reason=error.strerror or error,
            )
        ) from error


def folder_name(label: str) -> str:
    """Return a label as a name every file system takes."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "-", label).strip(" .")[:100] or "unnamed"


def write(label: str, sound: FloatArray, rate: int, name: str) -> Path:
    """Keep mono ``sound`` under a word, as 16-bit WAV; return its path.

    Parameters
    ----------
    name
        What it was heard from.

    Raises
    ------
    GenreDeskError
        When it cannot be written.
    """
    now = dt.datetime.now().astimezone()
    word = re.sub(r"[^\w-]+", " ", Path(name).stem).strip()[:40] or "recording"
    path = folder() / folder_name(label) / f"{word} {now:%Y-%m-%d %H.%M.%S.%f}"[:-4]
    path = path.with_name(path.name + ".wav")
    try:
        wav.write(path, sound, rate)
    except OSError as error:
        raise GenreDeskError(
            say(
                "{path} cannot be written ({reason}). Make room there.",
                path=path,
                reason=error.strerror or error,
            )
        ) from error
    return path


def forget(path: Path) -> None:
    """Take an example away again; its folder, too, when it was the only one."""
    path.unlink(missing_ok=True)
    if path.parent.parent == folder() and not any(path.parent.iterdir()):
        path.parent.rmdir()
