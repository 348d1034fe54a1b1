"""What is written of files: as they lie, and what workers report about them.

Every function runs inside the caller's transaction, so that a batch is kept whole or not at all.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from genredesk.core.certainty import Strength
from genredesk.core.heard import TrackScores
from genredesk.library.catalogue import recordings, roots, several
from genredesk.library.records import AnalysisReport, Found

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Known:
    """A file as the catalogue knows it."""

    id: int
    path: bytes
    size: int
    mtime_ns: int
    dev: int
    inode: int
    away: str
    root_id: int
    ctime_ns: int
    state: str

    def same(self, found: Found) -> bool:
        """Whether its contents are taken to be what they were."""
        return self.size == found.size and self.mtime_ns == found.mtime_ns

    def touched(self, found: Found) -> bool:
        """Whether something was done to a file that has kept its size and time.

        Where the system keeps no time that cannot be set back, a file that was put in its place
        shows by its inode.
        """
        if found.ctime_ns and self.ctime_ns > 0:
            return self.ctime_ns != found.ctime_ns
        known = bool(self.inode and found.inode and not found.ctime_ns)
        return known and self.dev == found.dev and self.inode != found.inode


_KNOWN = "SELECT id, path, size, mtime_ns, dev, inode, away, root_id, ctime_ns, state FROM file"
READ_AGAIN = -1
"""Stands for ``ctime_ns`` while a file's tags are to be read again."""


def known_files(connection: Connection, paths: Sequence[bytes]) -> dict[bytes, Known]:
    """Return the files that are known under these paths."""
    found = {}
    for start in range(0, len(paths), _CHUNK):
        part = paths[start : start + _CHUNK]
        marks = ",".join("?" * len(part))
        for raw in connection.execute(f"{_KNOWN} WHERE path IN ({marks})", part):
            found[raw[1]] = Known(*raw)
    return found


def twin(connection: Connection, found: Found) -> Known | None:
    """Return a known file that is the same one on the disk, under another name."""
    if not found.inode:
        return None
    raw = connection.execute(
        f"{_KNOWN} WHERE inode = ? AND dev = ? AND size = ? AND mtime_ns = ? AND path <> ?"
        " ORDER BY away = '' LIMIT 1",
        (found.inode, found.dev, found.size, found.mtime_ns, found.path),
    ).fetchone()
    return Known(*raw) if raw else None


def text_of(path: bytes) -> str:
    """Return a path as text that can be stored and searched; broken bytes become "�"."""
    return path.decode("utf-8", "replace")


def add_file(connection: Connection, found: Found, root_id: int) -> int:
    """Add a file nobody knows."""
    made = connection.execute(
        "INSERT INTO file (root_id, path, path_text, size, mtime_ns, dev, inode, ctime_ns,"
        " added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (root_id, found.path, text_of(found.path), found.size, found.mtime_ns, found.dev,
         found.inode, found.ctime_ns, time.time()),
    ).lastrowid  # fmt: skip
    assert made is not None  # noqa: S101 - SQLite gives every row a number
    return made


def add_link(connection: Connection, found: Found, root_id: int, other: Known) -> int:
    """Add another name of a file that is known: what was learned holds for both."""
    made = add_file(connection, found, root_id)
    connection.execute(
        "UPDATE file SET (track_id, state, note, title, artist, album, album_artist, track_no,"
        " disc_no, year, tag_genre, cover_id) = (SELECT track_id, state, note, title, artist,"
        " album, album_artist, track_no, disc_no, year, tag_genre, cover_id FROM file"
        " WHERE id = ?) WHERE id = ?",
        (other.id, made),
    )
    return made


def place_file(
    connection: Connection, file_id: int, found: Found, *, ctime_ns: int | None = None
) -> None:
    """Note that a file lies under another name and is otherwise what it was.

    It belongs to the folder of the library that it lies in now; outside of all of them it stays
    with the one it came from. A row of a file that was known there gives way.

    Parameters
    ----------
    ctime_ns
        What to note instead of the file's own time, as :data:`READ_AGAIN`.
    """
    folders = connection.execute("SELECT id, path FROM root").fetchall()
    connection.execute("DELETE FROM file WHERE path = ? AND id <> ?", (found.path, file_id))
    connection.execute(
        "UPDATE file SET root_id = coalesce(?, root_id), path = ?, path_text = ?, size = ?,"
        " mtime_ns = ?, dev = ?, inode = ?, ctime_ns = ?, away = '' WHERE id = ?",
        (roots.owner(folders, found.path), found.path, text_of(found.path), found.size,
         found.mtime_ns, found.dev, found.inode,
         found.ctime_ns if ctime_ns is None else ctime_ns, file_id),
    )  # fmt: skip


def rewrite_file(
    connection: Connection, file_id: int, found: Found, genres: Sequence[str] | None
) -> None:
    """Note that a file's tags were written by us; ``genres``: its own now, ``None``: as before."""
    text = None if genres is None else json.dumps(list(genres), ensure_ascii=False)
    connection.execute(
        "UPDATE file SET size = ?, mtime_ns = ?, dev = ?, inode = ?, ctime_ns = ?,"
        " tag_genre = coalesce(?, tag_genre) WHERE id = ? AND path = ?",
        (found.size, found.mtime_ns, found.dev, found.inode, found.ctime_ns, text, file_id,
         found.path),
    )  # fmt: skip


def follow_file(connection: Connection, known: Known, found: Found) -> None:
    """Note that a known file was found under another name; was it touched, its tags are read."""
    touched = known.touched(found) and known.state != "found"
    place_file(connection, known.id, found, ctime_ns=READ_AGAIN if touched else None)


def see_again(connection: Connection, known: Known, found: Found, root_id: int) -> bool:
    """Bring a known file up to date; return whether it has to be listened to again.

    A file that has kept its size and time but was touched has its tags read again; was it no
    music before, it is tried again.
    """
    touched = known.touched(found)
    if known.same(found) and not (touched and known.state == "failed"):
        if known.away or known.root_id != root_id:
            connection.execute(
                "UPDATE file SET away = '', root_id = ? WHERE id = ?", (root_id, known.id)
            )
        waits = known.ctime_ns == READ_AGAIN or (touched and known.state == "analysed")
        connection.execute(
            "UPDATE file SET dev = ?, inode = ?, ctime_ns = ? WHERE id = ?",
            (found.dev, found.inode, READ_AGAIN if waits else found.ctime_ns, known.id),
        )
        return False
    connection.execute(
        "UPDATE file SET size = ?, mtime_ns = ?, dev = ?, inode = ?, ctime_ns = ?, away = '',"
        " state = 'found', note = '', root_id = ? WHERE id = ?",
        (found.size, found.mtime_ns, found.dev, found.inode, found.ctime_ns, root_id, known.id),
    )
    return True


def read_again(connection: Connection, root_ids: Iterable[int]) -> None:
    """Have the tags of every file of these folders read again by the next scan."""
    connection.executemany(
        "UPDATE file SET ctime_ns = ? WHERE root_id = ? AND away = '' AND state = 'analysed'",
        [(READ_AGAIN, root_id) for root_id in root_ids],
    )


def set_away(connection: Connection, file_ids: Iterable[int], away: str) -> None:
    """Note that files are not there (``missing`` or ``offline``), or are again (empty)."""
    connection.executemany(
        "UPDATE file SET away = ? WHERE id = ? AND away <> ?",
        [(away, file_id, away) for file_id in file_ids],
    )


# ---------------------------------------------------------------- reports


def keep_report(connection: Connection, report: AnalysisReport, bundle_id: int) -> tuple[int, bool]:
    """Keep what a worker found out.

    Returns
    -------
    (file id, complete)
        The id under which the file is known now: a file that was moved takes its old row back.
        Not complete: its sound is new, and the network has still to be asked.
    """
    file_id = report.job.file_id
    row = connection.execute("SELECT path FROM file WHERE id = ?", (file_id,)).fetchone()
    if row is None or row[0] != report.job.path:
        return file_id, True  # forgotten or moved in the meantime
    if report.gone:
        _note_gone(connection, file_id)
        return file_id, True
    if report.metadata is not None:
        _keep_facts(connection, file_id, report)
    if report.audio_hash is None:
        connection.execute(
            "UPDATE file SET state = 'failed', note = ? WHERE id = ?", (report.note, file_id)
        )
        return file_id, True
    track_id = _track(connection, report)
    if report.heard is not None:
        keep_heard(
            connection, track_id, bundle_id, report.heard, report_labels(connection, bundle_id)
        )
    elif not connection.execute(
        "SELECT 1 FROM result WHERE track_id = ? AND bundle_id = ?", (track_id, bundle_id)
    ).fetchone():
        connection.execute("UPDATE file SET track_id = ? WHERE id = ?", (track_id, file_id))
        return file_id, False
    connection.execute(
        "UPDATE file SET track_id = ?, state = 'analysed', note = '' WHERE id = ?",
        (track_id, file_id),
    )
    return _reunited(connection, file_id, track_id), True


def keep_tags(connection: Connection, report: AnalysisReport) -> bool:
    """Keep the tags of a file that was only to be read again; return whether they differ.

    A file that is not what it was by now is left for the next scan.
    """
    query = f"SELECT {_TAGS}, path, size, mtime_ns FROM file WHERE id = ?"  # noqa: S608
    file_id = report.job.file_id
    before = connection.execute(query, (file_id,)).fetchone()
    as_read = (report.job.path, report.size, report.mtime_ns)
    if before is None or report.metadata is None or before[-3:] != as_read:
        return False
    _keep_facts(connection, file_id, report)
    return before != connection.execute(query, (file_id,)).fetchone()


def _note_gone(connection: Connection, file_id: int) -> None:
    """Note that a file is not there any more, or that its drive is not."""
    (root,) = connection.execute(
        "SELECT root.path FROM root JOIN file ON root_id = root.id WHERE file.id = ?", (file_id,)
    ).fetchone()
    there = os.path.isdir(root)  # noqa: PTH112 - bytes
    set_away(connection, [file_id], "missing" if there else "offline")


_TAGS = "title, artist, album, album_artist, track_no, disc_no, year, tag_genre, cover_id"


def _keep_facts(connection: Connection, file_id: int, report: AnalysisReport) -> None:
    f, cover_id = report.metadata, None
    assert f is not None  # noqa: S101 - the caller has looked
    if report.cover is not None:
        connection.execute(
            "INSERT OR IGNORE INTO cover (hash, data) VALUES (?, ?)",
            (report.cover.digest, report.cover.data),
        )
        (cover_id,) = connection.execute(
            "SELECT id FROM cover WHERE hash = ?", (report.cover.digest,)
        ).fetchone()
    # The size and time of the file as it was read: a change since then is seen by the next scan.
    connection.execute(
        "UPDATE file SET title = ?, artist = ?, album = ?, album_artist = ?, track_no = ?,"
        " disc_no = ?, year = ?, tag_genre = ?, cover_id = ?, size = ?, mtime_ns = ?, ctime_ns = ?"
        " WHERE id = ?",
        (f.title, f.artist, f.album, f.album_artist, f.track_no, f.disc_no, f.year,
         json.dumps(list(f.genres), ensure_ascii=False), cover_id, report.size, report.mtime_ns,
         report.ctime_ns, file_id),
    )  # fmt: skip


def _track(connection: Connection, report: AnalysisReport) -> int:
    connection.execute(
        "INSERT OR IGNORE INTO track (audio_hash, seconds) VALUES (?, ?)",
        (report.audio_hash, report.seconds),
    )
    (track_id,) = connection.execute(
        "SELECT id FROM track WHERE audio_hash = ?", (report.audio_hash,)
    ).fetchone()
    if report.fingerprint:
        recordings.keep(connection, track_id, report.fingerprint)
    return track_id


def report_labels(connection: Connection, bundle_id: int) -> list[str]:
    """Return a network's labels."""
    (labels,) = connection.execute(
        "SELECT labels FROM bundle WHERE id = ?", (bundle_id,)
    ).fetchone()
    return json.loads(labels)


def keep_words(
    connection: Connection, track_id: int, bundle_id: int, words: Sequence[str], near: str = ""
) -> None:
    """Keep which words hold together, in the transaction that keeps the result.

    Parameters
    ----------
    words
        Labels, the first one first; without ``near`` one or none says no more than the result.
    near
        Scores to judge them anew by, see :func:`genredesk.library.catalogue.several.near`.
    """
    whose = (track_id, bundle_id)
    connection.execute("DELETE FROM result_words WHERE track_id = ? AND bundle_id = ?", whose)
    if len(words) > 1 or near:
        text = json.dumps(list(words), ensure_ascii=False)
        connection.execute("INSERT INTO result_words VALUES (?, ?, ?, ?)", (*whose, text, near))


def keep_heard(
    connection: Connection, track_id: int, bundle_id: int, heard: TrackScores, labels: Sequence[str]
) -> None:
    """Keep what a network heard in a track; what a person corrected is not touched."""
    best = second = None
    order = list(heard.words) or np.argsort(-heard.probabilities, kind="stable").tolist()
    if heard.state is not Strength.SILENCE:
        best = int(order[0])
        second = int(order[1]) if len(order) > 1 else None
    near = several.near(heard, labels) if heard.words else ""
    keep_words(connection, track_id, bundle_id, [labels[i] for i in heard.words], near)
    voted, share = heard.majority
    connection.execute(
        "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            track_id,
            bundle_id,
            None if best is None else labels[best],
            0.0 if best is None else float(heard.probabilities[best]),
            None if second is None else labels[second],
            0.0 if second is None else float(heard.probabilities[second]),
            labels[voted] if voted >= 0 else None,
            share,
            time.time(),
        ),
    )
    connection.execute(
        "INSERT OR REPLACE INTO result_detail VALUES (?, ?, ?, ?, ?, ?)",
        (track_id, bundle_id, heard.hop_s, heard.window_s, heard.timeline.tobytes(),
         heard.embedding.tobytes()),
    )  # fmt: skip
    if near:
        several.judge(connection, bundle_id, track_id)


def _reunited(connection: Connection, file_id: int, track_id: int) -> int:
    """Let a moved file take its old row back, with its number and the day it was added."""
    away = connection.execute(
        "SELECT file.id, file.dev, away, root.path FROM file JOIN root ON root.id = root_id"
        " WHERE track_id = ? AND away <> '' AND file.id < ? ORDER BY file.id",
        (track_id, file_id),
    ).fetchall()
    old = next(
        (i for i, dev, why, folder in away
         if why == "missing" or roots.is_gone(Path(os.fsdecode(folder)), dev)),
        None,
    )  # fmt: skip
    if old is None:
        return file_id
    columns = (
        "root_id, path, path_text, size, mtime_ns, dev, inode, ctime_ns, track_id, state, away,"
        f" note, {_TAGS}"
    )
    values = connection.execute(  # our own names
        f"SELECT {columns} FROM file WHERE id = ?",  # noqa: S608
        (file_id,),
    ).fetchone()
    connection.execute("DELETE FROM file WHERE id = ?", (file_id,))
    marks = ", ".join(f"{name.strip()} = ?" for name in columns.split(","))
    connection.execute(f"UPDATE file SET {marks} WHERE id = ?", (*values, old))  # noqa: S608
    return old
