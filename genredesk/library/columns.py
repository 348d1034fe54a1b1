"""The catalogue's rows as columns in memory, some tens of bytes a row, kept up with the file.

Built from SQL once, then brought up to date with the rows that changed. What is written to disk
beside the catalogue is only a shortcut: a copy that does not fit is ignored.
"""

from __future__ import annotations

import contextlib
import logging
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genredesk.core import atomic
from genredesk.library.texts import Codes, Packed, Parts, fold, pack, unpack

log = logging.getLogger(__name__)

FORMAT = 1

NUMBERS = {
    "id": np.int64,
    "track": np.int64,  # -1: the sound is not known yet
    "root": np.int32,
    "state": np.uint8,  # FOUND, ANALYSED, FAILED
    "away": np.uint8,  # HERE, MISSING, OFFLINE
    "answer": np.uint8,  # NONE, NAMED, UNSURE, SILENCE: as the network recommends
    "score": np.float32,  # NaN: nothing heard
    "seconds": np.float32,  # NaN: not known
    "year": np.int16,
    "track_no": np.int16,
    "disc_no": np.int16,
    "added": np.float64,
    "artist": np.int32,
    "album_artist": np.int32,
    "album": np.int32,
    "folder": np.int32,
    "genres": np.int32,  # the tags, a code of ``lists``
    "heard": np.int32,  # what the network says, a code of ``lists``; -1: nothing
    "fixed": np.int32,  # the correction, a code of ``lists``; -1: none
}
CODES = ("artists", "albums", "folders", "lists")
TEXTS = ("title", "name")

FOUND, ANALYSED, FAILED = range(3)
HERE, MISSING, OFFLINE = range(3)
NONE, NAMED, UNSURE, SILENCE = range(4)
_STATES = {"found": FOUND, "analysed": ANALYSED, "failed": FAILED}
_AWAY = {"": HERE, "missing": MISSING, "offline": OFFLINE}
_ANSWERS = {None: NONE, "named": NAMED, "unsure": UNSURE, "silence": SILENCE}

_SELECT = """
SELECT file.id, coalesce(file.track_id, -1), root_id, file.state, away, result.state,
       iif(label IS NULL, NULL, score), seconds, year, track_no, disc_no, added_at,
       artist, album_artist, album, path_text, tag_genre, json_array(label), correction.labels,
       title
FROM file
LEFT JOIN track ON track.id = file.track_id
LEFT JOIN result ON result.track_id = file.track_id AND result.bundle_id = :bundle
LEFT JOIN correction ON correction.track_id = file.track_id
"""
_CHUNK = 5_000

Rows = list[tuple]


class Columns:
    """The columns; row ``r`` of each belongs to the file ``id[r]``, in the order of the ids.

    Parameters
    ----------
    key
        What the rows depend on besides themselves: the catalogue and the network in use.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.rev = -1
        self.n = 0
        self.n_gone = 0
        self._room = {name: np.zeros(0, kind) for name, kind in NUMBERS.items()}
        self.codes = {name: Codes() for name in CODES}
        self.texts = {name: Packed.of(()) for name in TEXTS}

    def __getitem__(self, name: str) -> NDArray:
        return self._room[name][: self.n]

    # -------------------------------------------------------------- from SQL

    def read_all(self, connection: Connection, bundle: int) -> None:
        """Read every row; ``connection`` is inside a read transaction."""
        self.rev = _rev(connection)
        titles: list[Parts] = []
        names: list[Parts] = []
        cursor = connection.execute(f"{_SELECT} ORDER BY file.id", {"bundle": bundle})
        while rows := cursor.fetchmany(_CHUNK):
            values, part_titles, part_names = self._values(rows)
            self._reserve(self.n + len(rows))
            for name, column in values.items():
                self._room[name][self.n : self.n + len(rows)] = column
            self.n += len(rows)
            titles.append(pack(part_titles))
            names.append(pack(part_names))
        for name, column in self._room.items():
            self._room[name] = column[: self.n].copy()
        self.texts = {"title": Packed.joined(titles), "name": Packed.joined(names)}

    def read_changes(self, connection: Connection, bundle: int) -> NDArray[np.int64]:
        """Read the rows that changed since; return the ids of changed, new and deleted files."""
        now = _rev(connection)
        if now == self.rev:
            return np.zeros(0, np.int64)
        gone = np.array(
            [
                i
                for (i,) in connection.execute(
                    "SELECT file_id FROM gone WHERE rev > ?", (self.rev,)
                )
            ],
            np.int64,
        )
        if len(gone):
            self._drop(gone)
        changed = [gone]
        cursor = connection.execute(
            f"{_SELECT} WHERE file.rev > :rev ORDER BY file.id",
            {"bundle": bundle, "rev": self.rev},
        )
        while rows := cursor.fetchmany(_CHUNK):
            changed.append(self._merge(rows))
        self.rev = now
        for text in self.texts.values():
            text.settle(self.n)
        return np.unique(np.concatenate(changed))

    def _merge(self, rows: Rows) -> NDArray[np.int64]:
        """Put rows, sorted by id, over old ones or behind them (ids only grow)."""
        values, titles, names = self._values(rows)
        ids = np.asarray(values["id"])
        last = int(self["id"][-1]) if self.n else -1
        n_new = int((ids > last).sum())
        where = np.searchsorted(self["id"], ids[: len(ids) - n_new])
        where = np.concatenate((where, self.n + np.arange(n_new)))
        self._reserve(self.n + n_new)
        self.n += n_new
        for name, column in values.items():
            self._room[name][where] = column
        for row, title, file in zip(where.tolist(), titles, names, strict=True):
            self.texts["title"].set(row, title)
            self.texts["name"].set(row, file)
        return ids

    def _drop(self, ids: NDArray[np.int64]) -> None:
        keep = ~np.isin(self["id"], ids)
        if keep.all():
            return
        for text in self.texts.values():
            text.repack(self.n, keep)
        for name in NUMBERS:
            self._room[name] = self[name][keep]
        self.n = int(keep.sum())

    def _reserve(self, n: int) -> None:
        have = len(self._room["id"])
        if n <= have:
            return
        room = max(n, have + have // 8 + 1024)
        for name, column in self._room.items():
            grown = np.zeros(room, column.dtype)
            grown[: self.n] = column[: self.n]
            self._room[name] = grown

    def _values(self, rows: Rows) -> tuple[dict[str, ArrayLike], list[str], list[str]]:
        """Turn SQL rows into columns, and folded titles and file names."""
        (ids, tracks, roots, states, away, answers, scores, seconds, years, track_nos, disc_nos,
         added, artists, album_artists, albums, paths, genres, heard, fixed, titles) = zip(
            *rows, strict=True
        )  # fmt: skip
        who, lists = self.codes["artists"].code, self.codes["lists"].code
        apart = [path.replace("\\", "/").rpartition("/") for path in paths]
        folder, album = self.codes["folders"].code, self.codes["albums"].code
        values: dict[str, ArrayLike] = {
            "id": np.array(ids, np.int64),
            "track": tracks,
            "root": roots,
            "state": [_STATES[s] for s in states],
            "away": [_AWAY[a] for a in away],
            "answer": [_ANSWERS[a] for a in answers],
            "score": _floats(scores),
            "seconds": _floats(seconds),
            "year": _small(years),
            "track_no": _small(track_nos),
            "disc_no": _small(disc_nos),
            "added": added,
            "artist": [who(a) for a in artists],
            "album_artist": [who(a) for a in album_artists],
            "album": [album(a) for a in albums],
            "folder": [folder(a) for a, _, _ in apart],
            "genres": [lists(g) for g in genres],
            "heard": [-1 if h == "[null]" else lists(h) for h in heard],
            "fixed": [-1 if f is None else lists(f) for f in fixed],
        }
        return values, [fold(t) for t in titles], [fold(a[2]) for a in apart]

    # -------------------------------------------------------------- the shortcut

    def save(self, path: Path, stamp: str) -> None:
        """Write the shortcut; when that is not possible there is none, and nothing is lost.

        Parameters
        ----------
        stamp
            Found in the catalogue, too, when the two belong together.
        """
        for text in self.texts.values():
            text.ranks(self.n)
        arrays: dict[str, NDArray] = {name: self[name] for name in NUMBERS}
        for name, codes in self.codes.items():
            arrays[f"codes_{name}"] = pack(t.replace("\n", " ") for t in codes.texts)[0]
        for name, text in self.texts.items():
            arrays[f"text_{name}"] = text.buffer
            arrays[f"offsets_{name}"] = text.offsets
            arrays[f"ranks_{name}"] = text.ranks(self.n)
        head = f"{FORMAT}|{self.key}|{stamp}|{self.rev}|{self.n}"
        arrays["head"] = np.frombuffer(head.encode(), np.uint8)
        try:
            with atomic.atomic_file(path) as file:
                np.savez(file, allow_pickle=False, **arrays)  # type: ignore[arg-type]
        except OSError as error:
            log.info("The quick start of %s cannot be kept: %s", path.name, error)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def load(self, path: Path, stamp: str) -> bool:
        """Read the shortcut; return whether there is one with the stamp the catalogue names."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return self._take(stored, stamp)
        except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile) as error:
            if os.path.lexists(path):
                log.info("The quick start %s is not used: %s", path.name, error)
            return False

    def _take(self, stored: np.lib.npyio.NpzFile, stamp: str) -> bool:
        head = bytes(stored["head"]).decode().split("|")
        version, key, rev, n = int(head[0]), "|".join(head[1:-2]), int(head[-2]), int(head[-1])
        if version != FORMAT or key != f"{self.key}|{stamp}":
            return False
        room = {name: stored[name].astype(kind, copy=False) for name, kind in NUMBERS.items()}
        codes = {name: Codes(unpack(stored[f"codes_{name}"])) for name in CODES}
        texts = {}
        for name in TEXTS:
            texts[name] = Packed(stored[f"text_{name}"], stored[f"offsets_{name}"])
            texts[name].give_ranks(stored[f"ranks_{name}"])
        if any(len(column) != n for column in room.values()):
            return False
        if any(text.n_packed != n for text in texts.values()):
            return False
        self._room, self.codes, self.texts, self.n, self.rev = room, codes, texts, n, rev
        return True


def _rev(connection: Connection) -> int:
    return connection.execute("SELECT value FROM meta WHERE key = 'rev'").fetchone()[0]


def _floats(values: Iterable[float | None]) -> list[float]:
    return [np.nan if v is None else v for v in values]


def _small(values: Iterable[int]) -> list[int]:
    return [v if -32768 <= v <= 32767 else 0 for v in values]
