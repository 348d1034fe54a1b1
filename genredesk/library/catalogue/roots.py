"""The folders of the library: which of them a file belongs to, and how one is known again.

A folder is what it is on the disk, not what it is called: a link to it is the same one, and one
with another name is followed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.core.names import no_path
from genredesk.library.catalogue.db import Database
from genredesk.library.records import path_of

_WHOLE = 1 << 64  # SQLite holds devices and inodes as signed numbers
_SAMPLE = 200
"""Files that are compared to find out whether a folder is one that lay elsewhere before."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the library.

    Parameters
    ----------
    offline
        Its drive was not there when it was last looked for; its tracks are kept.
    watched
        New files in it are noticed while the program runs.
    n_files
        How many of its files the catalogue knows.
    scanned_at
        When it was last walked to its end, in seconds since 1970; ``None``: never.
    """

    id: int
    path: Path
    added_at: float
    watched: bool
    offline: bool
    scanned_at: float | None
    n_files: int


class Roots:
    """The folders of the library."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> list[Root]:
        """Return the folders of the library by path."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT id, path, added_at, watched, offline, scanned_at,"
                " (SELECT count(*) FROM file WHERE root_id = root.id) FROM root ORDER BY path"
            ).fetchall()
        return [
            Root(i, path_of(path), added, bool(watched), bool(offline), scanned, n)
            for i, path, added, watched, offline, scanned, n in found
        ]

    def add(self, folder: str | Path) -> Root:
        """Add a folder of music.

        One that lies in a folder of the library, be it by a link, gives that one back; folders of
        the library that lie in the new one become part of it. One that holds the files of a folder
        that is not there any more is that folder under its new name, and is followed.

        Raises
        ------
        GenreDeskError
            When it is not a folder that can be read.
        """
        path = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as the person named them
        if not path.is_dir():
            reason, fix = no_path(path)
            raise GenreDeskError(
                f"{path}: {reason or say('this is not a folder')}. "
                f"{fix or say('Choose one that holds music.')}"
            )
        with self._db.write() as connection:
            added = _take_in(connection, {root.id: root.path for root in self.all()}, path)
        return self._one(added)

    def rename(self, root_id: int, folder: str | Path) -> Root:
        """Say that a folder of the library has another name or place now; its files go with it.

        Raises
        ------
        GenreDeskError
            When the new place is no folder, or part of the library already.
        """
        path = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as the person named them
        if not path.is_dir():
            raise GenreDeskError(
                say("{path}: this is not a folder. Name the one it is now.", path=path)
            )
        with self._db.write() as connection:
            known = {root.id: root.path for root in self.all()}
            before = known.pop(root_id)
            for other in known.values():
                if inside(path, other) is not None or inside(other, path) is not None:
                    raise GenreDeskError(
                        say(
                            "{path}: it is part of the library already, as {other}. Forget that "
                            "one first.",
                            path=path,
                            other=other,
                        )
                    )
            follow(connection, root_id, before, path)
        return self._one(root_id)

    def _one(self, root_id: int) -> Root:
        return next(root for root in self.all() if root.id == root_id)

    def remove(self, root_id: int) -> int:
        """Forget a folder and its files; what was heard and corrected stays for their return.

        Nothing on the disk is touched. Returns how many files were forgotten.
        """
        with self._db.write() as connection:
            n = connection.execute("DELETE FROM file WHERE root_id = ?", (root_id,)).rowcount
            connection.execute("DELETE FROM root WHERE id = ?", (root_id,))
        return n

    def watch(self, root_id: int, watched: bool) -> None:
        """Say whether new files in a folder are to be noticed."""
        with self._db.write() as connection:
            connection.execute("UPDATE root SET watched = ? WHERE id = ?", (watched, root_id))


# ---------------------------------------------------------------- inside a transaction


def under(folder: bytes) -> tuple[bytes, bytes]:
    """Return the range of paths below a folder, for ``path >= ? AND path < ?``."""
    separator = os.fsencode(os.sep)
    base = folder if folder.endswith(separator) else folder + separator
    return base, base[:-1] + bytes([base[-1] + 1])


def owner(roots: Iterable[tuple[int, bytes]], path: bytes) -> int | None:
    """Return which of ``(id, folder)`` a file lies in; ``None`` when in none of them."""
    return next((i for i, folder in roots if path.startswith(under(folder)[0])), None)


def inside(path: Path, folder: Path) -> Path | None:
    """Return where ``path`` lies in ``folder`` (``.``: it is the same), or ``None``.

    Links, and names that a system takes for one, are seen through where both are there.
    """
    if path == folder or path.is_relative_to(folder):
        return path.relative_to(folder)
    real = Path(os.path.realpath(path))
    for above in (real, *real.parents):
        try:
            if above.samefile(folder):
                return real.relative_to(above)
        except OSError:
            continue
    return None


def drive_of(path: str | Path) -> int:
    """Return the device of ``path``, or of the nearest folder above it that is there.

    Where nothing of it is there, 0, which is no drive's.
    """
    here = Path(path)
    for place in (here, *here.parents):
        try:
            return place.stat().st_dev % _WHOLE
        except OSError:
            continue
    return 0


def is_gone(folder: Path, dev: int) -> bool:
    """Return whether a folder is not there although the drive ``dev`` that held it is."""
    return not folder.is_dir() and drive_of(folder) == dev % _WHOLE


def _holds_the_files_of(connection: Connection, folder: Path, root_id: int, known_as: Path) -> bool:
    """Return whether ``folder`` is the one that was ``known_as``, which is not there any more.

    It is when most files lie in it as they lay there: the very same files (a new name, or a drive
    that was mounted elsewhere); or files of the same size and time, unless the old folder's drive
    may come back with the originals.
    """
    before, beyond = under(os.fsencode(known_as))
    now = under(os.fsencode(folder))[0]
    files = connection.execute(
        "SELECT path, size, mtime_ns, inode, dev FROM file WHERE root_id = ? AND away <> 'missing'"
        " AND path >= ? AND path < ? ORDER BY path LIMIT ?",
        (root_id, before, beyond, _SAMPLE),
    ).fetchall()
    alike = same = 0
    for path, size, mtime_ns, inode, _ in files:
        try:
            what = os.stat(now + path[len(before) :])  # noqa: PTH116 - bytes
        except OSError:
            continue
        if (what.st_size, what.st_mtime_ns) == (size, mtime_ns):
            alike += 1
            same += bool(inode) and what.st_ino % _WHOLE == inode % _WHOLE
    if same * 2 > len(files):
        return True
    devices = {dev % _WHOLE for *_, dev in files}
    return alike * 2 > len(files) and drive_of(known_as) in devices


def _take_in(connection: Connection, known: Mapping[int, Path], folder: Path) -> int:
    """Make a folder part of the library; return the id of the one it is, or is part of, now.

    Parameters
    ----------
    known
        The folders of the library by their ids.
    """
    for root_id, path in known.items():
        if inside(folder, path) is not None:
            return root_id
    for root_id, path in known.items():
        if not path.is_dir() and _holds_the_files_of(connection, folder, root_id, path):
            follow(connection, root_id, path, folder)
            return root_id
    made = connection.execute(
        "INSERT INTO root (path, added_at) VALUES (?, ?)", (os.fsencode(folder), time.time())
    ).lastrowid
    assert made is not None  # noqa: S101 - SQLite gives every row a number
    for root_id, path in known.items():
        place = inside(path, folder)
        if place is not None:
            _rename(connection, root_id, path, folder / place, made)
            connection.execute("DELETE FROM root WHERE id = ?", (root_id,))
    _claim(connection, made, folder)
    return made


def follow(connection: Connection, root_id: int, known_as: Path, folder: Path) -> None:
    """Give a folder of the library, and all files below it, another name or place."""
    _rename(connection, root_id, known_as, folder, root_id)
    connection.execute(
        "UPDATE root SET path = ?, offline = 0 WHERE id = ?", (os.fsencode(folder), root_id)
    )
    connection.execute(
        "UPDATE file SET away = '' WHERE root_id = ? AND away = 'offline'", (root_id,)
    )
    _claim(connection, root_id, folder)


def _claim(connection: Connection, root_id: int, folder: Path) -> None:
    """Let every file below a folder belong to it, whatever it belonged to before."""
    low, high = under(os.fsencode(folder))
    connection.execute(
        "UPDATE file SET root_id = ? WHERE path >= ? AND path < ? AND root_id <> ?",
        (root_id, low, high, root_id),
    )


def _rename(connection: Connection, root_id: int, known_as: Path, folder: Path, to_id: int) -> None:
    """Give the files of a folder of the library the paths they have below its new name.

    A row that is known there already gives way to the older one.
    """
    before, now = under(os.fsencode(known_as))[0], under(os.fsencode(folder))[0]
    moves = [
        (now + path[len(before) :], file_id)
        for file_id, path in connection.execute(
            "SELECT id, path FROM file WHERE root_id = ?", (root_id,)
        )
        if path.startswith(before)
    ]
    connection.executemany("DELETE FROM file WHERE path = ? AND id <> ?", moves)
    connection.executemany(
        "UPDATE file SET path = ?, path_text = ? WHERE id = ?",
        [(path, path.decode("utf-8", "replace"), file_id) for path, file_id in moves],
    )
    connection.execute("UPDATE file SET root_id = ? WHERE root_id = ?", (to_id, root_id))
