"""The catalogue's rows as columns in memory, some tens of bytes a row, kept up with the file.

Read in blocks once, then brought up to date with the rows that changed. What is written to disk
beside the catalogue is only a shortcut: a copy that does not fit is ignored.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import zipfile
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from genredesk.core import atomic
from genredesk.library.index import blocks
from genredesk.library.index.blocks import Block
from genredesk.library.index.texts import Codes, Packed, Parts, fold_lines, pack, pack_lines, unpack

log = logging.getLogger(__name__)

FORMAT = 4

NUMBERS = {
    "id": np.int64,
    "track": np.int64,  # -1: the sound is not known yet
    "recording": np.int64,  # the longest track of the same recording, mostly the track itself
    "root": np.int32,
    "size": np.int64,
    "lossless": np.uint8,
    "state": np.uint8,  # a place in FILE_STATES
    "score": np.float32,  # NaN: not asked; 0: silence
    "second": np.float32,  # the score of the second genre
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
LOSSLESS = (".flac", ".wav", ".aif", ".aiff", ".aifc", ".ape", ".wv", ".tta", ".w64", ".au")
"""Endings of files that hold every sample."""

CODES = ("artists", "albums", "folders", "lists")
TEXTS = ("title", "name")


def _as_list(label: str) -> str:
    """Return what was heard as the text of a list; several words come as one already."""
    if not label or label.startswith('["'):
        return label
    return json.dumps([label], ensure_ascii=False)


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
        self._room = {name: np.zeros(0, kind) for name, kind in NUMBERS.items()}
        self.codes = {name: Codes() for name in CODES}
        self.texts = {name: Packed.of(()) for name in TEXTS}

    def __getitem__(self, name: str) -> NDArray:
        return self._room[name][: self.n]

    # -------------------------------------------------------------- from SQL

    def read_all(self, connection: Connection, bundle: int) -> None:
        """Read every row; ``connection`` is inside a read transaction."""
        self.rev = _rev(connection)
        wanted = blocks.ids(connection, "SELECT id AS number FROM file")
        self._room = {name: np.zeros(len(wanted), kind) for name, kind in NUMBERS.items()}
        packed: dict[str, list[Parts]] = {name: [] for name in TEXTS}
        for block in blocks.blocks(connection, wanted, bundle):
            values, texts = self._values(block)
            for name, column in values.items():
                self._room[name][self.n : self.n + len(block)] = column
            self.n += len(block)
            for name, text in texts.items():
                packed[name].append(pack_lines(text))
        self.texts = {name: Packed.joined(parts) for name, parts in packed.items()}

    def read_changes(self, connection: Connection, bundle: int) -> NDArray[np.int64]:
        """Read the rows that changed since; return the ids of changed, new and deleted files."""
        now = _rev(connection)
        if now == self.rev:
            return np.zeros(0, np.int64)
        gone = blocks.ids(connection, "SELECT file_id AS number FROM gone WHERE rev > ?", self.rev)
        if len(gone):
            self._drop(gone)
        changed = blocks.ids(connection, "SELECT id AS number FROM file WHERE rev > ?", self.rev)
        for block in blocks.blocks(connection, changed, bundle):
            self._merge(block)
        self.rev = now
        for text in self.texts.values():
            text.settle(self.n)
        return np.union1d(gone, changed)

    def _merge(self, block: Block) -> None:
        """Put rows, sorted by id, over old ones or behind them (ids only grow)."""
        values, texts = self._values(block)
        ids = block.numbers["id"]
        last = int(self["id"][-1]) if self.n else -1
        n_new = int((ids > last).sum())
        where = np.searchsorted(self["id"], ids[: len(ids) - n_new])
        where = np.concatenate((where, self.n + np.arange(n_new)))
        self._reserve(self.n + n_new)
        self.n += n_new
        for name, column in values.items():
            self._room[name][where] = column
        for name, text in texts.items():
            for row, line in zip(where.tolist(), text.split("\n"), strict=True):
                self.texts[name].set(row, line)

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

    def _values(self, block: Block) -> tuple[dict[str, NDArray], dict[str, str]]:
        """Turn a block into columns, and folded titles and file names, one a line."""
        n, t = block.numbers, {name: text.split("\n") for name, text in block.texts.items()}
        who, lists = self.codes["artists"].code_all, self.codes["lists"].code_all
        paths = block.texts["path"].replace("\\", "/").split("\n")
        apart = [path.rpartition("/") for path in paths]
        heard = {label: _as_list(label) for label in set(t["label"])}
        values = {
            **{name: n[name] for name in ("id", "track", "recording", "root", "size", "state")},
            "lossless": [name.lower().endswith(LOSSLESS) for _, _, name in apart],
            "score": _known(n["score"], blocks.SCORE_PARTS),
            "second": _known(n["second"], blocks.SCORE_PARTS),
            "seconds": _known(n["milliseconds"], 1000),
            **{name: _small(n[name]) for name in ("year", "track_no", "disc_no")},
            "added": n["added_ms"] / 1000,
            "artist": who(t["artist"]),
            "album_artist": who(t["album_artist"]),
            "album": self.codes["albums"].code_all(t["album"]),
            "folder": self.codes["folders"].code_all([folder for folder, _, _ in apart]),
            "genres": lists(t["genres"]),
            "heard": lists([heard[label] for label in t["label"]], blank=-1),
            "fixed": lists(t["fixed"], blank=-1),
        }
        names = "\n".join([name for _, _, name in apart])
        return values, {"title": fold_lines(block.texts["title"]), "name": fold_lines(names)}

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


def _known(numbers: NDArray[np.int64], parts: int) -> NDArray[np.float64]:
    """Return numbers of so many parts as fractions, NaN where there is none (-1)."""
    return np.where(numbers < 0, np.nan, numbers / parts)


def _small(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what fits into 16 bits, 0 for the rest: nobody was born in the year 100,000."""
    return np.where(np.abs(numbers) <= np.iinfo(np.int16).max, numbers, 0)
