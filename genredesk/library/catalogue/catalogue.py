"""The catalogue as the rest of the program sees it: folders, corrections, words, results, rows.

Everything a person decided is kept here and never overwritten by an analysis. What a person looks
at goes through :class:`~genredesk.library.index.index.Index`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Self

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import GenreDeskError
from genredesk.core.names import nfc, no_path
from genredesk.library.catalogue import file_writes, roots
from genredesk.library.catalogue.db import Database, default_path
from genredesk.library.catalogue.mapping import Words
from genredesk.library.catalogue.row_queries import fetch_rows
from genredesk.library.records import TrackRow, described, path_of

__all__ = ["Catalogue", "Root", "SavedFilter", "Timeline", "TrackRow"]


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


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter with a name, and how its rows are sorted and grouped."""

    name: str
    text: str
    sort: str = "artist"
    descending: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was heard when, for a ribbon.

    Parameters
    ----------
    labels
        The genres, in the order of the columns.
    probabilities
        ``uint8 (windows, labels)``, 255 meaning 1; silent windows are all zero.
    hop_s, window_s
        Window ``k`` covers ``[k * hop_s, k * hop_s + window_s)`` seconds.
    """

    labels: tuple[str, ...]
    probabilities: NDArray[np.uint8]
    hop_s: float
    window_s: float

    def typical_s(self, label: str | None) -> float:
        """Return where a preview should begin: the window that sounds most like ``label``."""
        if label not in self.labels or not len(self.probabilities):
            return 0.0
        return int(np.argmax(self.probabilities[:, self.labels.index(label)])) * self.hop_s


class Catalogue:
    """One person's library.

    Any thread may use it; each reads and writes through a connection of its own.

    Parameters
    ----------
    path
        The file; ``None``: the person's own.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.db = Database(Path(path) if path is not None else default_path())
        self._words: Words | None = None

    @classmethod
    def open(cls, path: str | Path | None = None) -> Self:
        """Open a catalogue; it is made when it is not there.

        Raises
        ------
        CatalogueError
            When it is broken, from a newer version, or cannot be written.
        """
        return cls(path)

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The catalogue's file."""
        return self.db.path

    def read(self) -> AbstractContextManager[Connection]:
        """See :meth:`Database.read`."""
        return self.db.read()

    def write(self, *, durable: bool = False) -> AbstractContextManager[Connection]:
        """See :meth:`Database.write`."""
        return self.db.write(durable=durable)

    def check(self) -> list[str]:
        """See :meth:`Database.check`."""
        return self.db.check()

    def rows(self, file_ids: Sequence[int] | NDArray[np.int64]) -> list[TrackRow]:
        """Return rows in the order asked for; files that are gone are left out."""
        return fetch_rows(self, [int(i) for i in file_ids])

    # -------------------------------------------------------------- folders

    def roots(self) -> list[Root]:
        """Return the folders of the library by path."""
        with self.read() as connection:
            found = connection.execute(
                "SELECT id, path, added_at, watched, offline, scanned_at,"
                " (SELECT count(*) FROM file WHERE root_id = root.id) FROM root ORDER BY path"
            ).fetchall()
        return [
            Root(i, path_of(path), added, bool(watched), bool(offline), scanned, n)
            for i, path, added, watched, offline, scanned, n in found
        ]

    def add_root(self, folder: str | Path) -> Root:
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
                f"{path}: {reason or 'this is not a folder'}. "
                f"{fix or 'Choose one that holds music.'}"
            )
        with self.write() as connection:
            added = roots.add(connection, {root.id: root.path for root in self.roots()}, path)
        return self._root(added)

    def rename_root(self, root_id: int, folder: str | Path) -> Root:
        """Say that a folder of the library has another name or place now; its files go with it.

        Raises
        ------
        GenreDeskError
            When the new place is no folder, or part of the library already.
        """
        path = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as the person named them
        if not path.is_dir():
            raise GenreDeskError(f"{path}: this is not a folder. Name the one it is now.")
        with self.write() as connection:
            known = {root.id: root.path for root in self.roots()}
            before = known.pop(root_id)
            for other in known.values():
                if roots.inside(path, other) is not None or roots.inside(other, path) is not None:
                    raise GenreDeskError(
                        f"{path}: it is part of the library already, as {other}. "
                        "Forget that one first."
                    )
            roots.follow(connection, root_id, before, path)
        return self._root(root_id)

    def _root(self, root_id: int) -> Root:
        return next(root for root in self.roots() if root.id == root_id)

    def remove_root(self, root_id: int) -> int:
        """Forget a folder and its files; what was heard and corrected stays for their return.

        Nothing on the disk is touched. Returns how many files were forgotten.
        """
        with self.write() as connection:
            n = connection.execute("DELETE FROM file WHERE root_id = ?", (root_id,)).rowcount
            connection.execute("DELETE FROM root WHERE id = ?", (root_id,))
        return n

    def watch_root(self, root_id: int, watched: bool) -> None:
        """Say whether new files in a folder are to be noticed."""
        with self.write() as connection:
            connection.execute("UPDATE root SET watched = ? WHERE id = ?", (watched, root_id))

    # -------------------------------------------------------------- networks

    @property
    def bundle(self) -> tuple[int, str, tuple[str, ...]]:
        """The network whose results are shown: ``(id, fingerprint, labels)``; id 0: none yet."""
        with self.read() as connection:
            found = connection.execute(
                "SELECT id, fingerprint, labels FROM bundle"
                " WHERE id = (SELECT value FROM meta WHERE key = 'bundle')"
            ).fetchone()
        return (found[0], found[1], tuple(json.loads(found[2]))) if found else (0, "", ())

    def bundles(self) -> list[tuple[str, str, int]]:
        """Return ``(fingerprint, name, tracks it answered)`` of every network, newest first."""
        with self.read() as connection:
            return connection.execute(
                "SELECT fingerprint, name,"
                " (SELECT count(*) FROM result WHERE bundle_id = bundle.id)"
                " FROM bundle ORDER BY id DESC"
            ).fetchall()

    def use_bundle(self, fingerprint: str, name: str, labels: Sequence[str]) -> int:
        """Show the results of this network from now on and return its id here."""
        with self.write() as connection:
            connection.execute(
                "INSERT INTO bundle (fingerprint, name, labels) VALUES (?, ?, ?)"
                " ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name",
                (fingerprint, name, json.dumps(list(labels))),
            )
            (found,) = connection.execute(
                "SELECT id FROM bundle WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
            connection.execute("UPDATE meta SET value = ? WHERE key = 'bundle'", (found,))
        return found

    def timeline(self, track_id: int) -> Timeline | None:
        """Return what the network in use heard when, or ``None`` when it was not asked yet."""
        bundle_id, _, labels = self.bundle
        with self.read() as connection:
            found = connection.execute(
                "SELECT timeline, hop_s, window_s FROM result_detail"
                " WHERE track_id = ? AND bundle_id = ?",
                (track_id, bundle_id),
            ).fetchone()
        if found is None:
            return None
        table = np.frombuffer(found[0], np.uint8).reshape(-1, max(1, len(labels)))
        return Timeline(labels, table, found[1], found[2])

    def files_of(self, track_id: int) -> list[int]:
        """Return the files that hold a sound, those that are there first."""
        with self.read() as connection:
            found = connection.execute(
                "SELECT id FROM file WHERE track_id = ? ORDER BY away <> '', id", (track_id,)
            ).fetchall()
        return [i for (i,) in found]

    def cover(self, cover_id: int | None) -> bytes | None:
        """Return a small JPEG."""
        with self.read() as connection:
            found = connection.execute(
                "SELECT data FROM cover WHERE id = ?", (cover_id,)
            ).fetchone()
        return found[0] if found else None

    # -------------------------------------------------------------- what a person decides

    def correct(self, file_ids: Iterable[int], labels: Sequence[str]) -> int:
        """Set the genres of files' tracks for good; no labels takes a correction back.

        Analysis never changes them. Files whose sound is not known yet are passed over.
        Returns how many tracks were set.
        """
        wanted = json.dumps(list(dict.fromkeys(map(nfc, labels))), ensure_ascii=False)
        now, n = time.time(), 0
        with self.write() as connection:
            for file_id in file_ids:
                if labels:
                    n += connection.execute(
                        "INSERT INTO correction SELECT track_id, ?, ? FROM file"
                        " WHERE id = ? AND track_id IS NOT NULL ON CONFLICT (track_id)"
                        " DO UPDATE SET labels = excluded.labels, at = excluded.at",
                        (wanted, now, int(file_id)),
                    ).rowcount
                else:
                    n += connection.execute(
                        "DELETE FROM correction"
                        " WHERE track_id = (SELECT track_id FROM file WHERE id = ?)",
                        (int(file_id),),
                    ).rowcount
        return n

    def corrections(self) -> list[tuple[Path, tuple[str, ...]]]:
        """Return ``(file, genres)`` of every corrected track, one file each: material to learn."""
        with self.read() as connection:
            found = connection.execute(
                "SELECT min(path), labels FROM correction JOIN file USING (track_id)"
                " WHERE away = '' GROUP BY track_id ORDER BY 1"
            ).fetchall()
        return [(path_of(path), tuple(json.loads(labels))) for path, labels in found]

    @property
    def words(self) -> Words:
        """The person's words for genres, and how sure the network must be."""
        if self._words is None:
            self._words = Words.load(self.db)
        return self._words

    def set_words(self, words: Words) -> None:
        """Keep other words and thresholds."""
        words.save(self.db)
        self._words = words

    def saved_filters(self) -> list[SavedFilter]:
        """Return the filters with a name, by name."""
        with self.read() as connection:
            found = connection.execute(
                "SELECT name, text, sort, descending, grouping FROM saved_filter ORDER BY name"
            ).fetchall()
        return [SavedFilter(n, t, s, bool(d), g) for n, t, s, d, g in found]

    def save_filter(self, saved: SavedFilter) -> None:
        """Keep a filter under its name."""
        with self.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO saved_filter VALUES (?, ?, ?, ?, ?)",
                (nfc(saved.name), saved.text, saved.sort, saved.descending, saved.group),
            )

    def delete_filter(self, name: str) -> None:
        """Forget a filter."""
        with self.write() as connection:
            connection.execute("DELETE FROM saved_filter WHERE name = ?", (nfc(name),))

    # -------------------------------------------------------------- when files change by our hand

    def file_moved(self, file_id: int, path: str | Path) -> None:
        """Note that a file lies elsewhere now and is otherwise what it was."""
        self.files_moved([(file_id, path)])

    def files_moved(self, moves: Iterable[tuple[int, str | Path]]) -> None:
        """Note that files ``(id, new path)`` lie elsewhere now and are otherwise what they were.

        Raises
        ------
        OSError
            When a file is not there; nothing is noted then.
        """
        with self.write() as connection:
            for file_id, path in moves:
                target = os.path.abspath(os.fsencode(path))  # noqa: PTH100 - bytes
                found = described(target, os.stat(target))  # noqa: PTH116
                file_writes.place_file(connection, file_id, found)

    def file_rewritten(self, file_id: int, genres: Sequence[str] | None = None) -> None:
        """Note that a file's tags were written by us: its sound is what it was, so no new scan."""
        self.files_rewritten([(file_id, genres)])

    def files_rewritten(self, written: Iterable[tuple[int, Sequence[str] | None]]) -> None:
        """Note that tags were written: ``(id, its genres now, or None for as they were)``.

        Raises
        ------
        OSError
            When a file is not there; nothing is noted then.
        """
        with self.write() as connection:
            for file_id, genres in written:
                (path,) = connection.execute(
                    "SELECT path FROM file WHERE id = ?", (file_id,)
                ).fetchone()
                found = described(path, os.stat(path))  # noqa: PTH116 - bytes
                file_writes.rewrite_file(connection, file_id, found, genres)
