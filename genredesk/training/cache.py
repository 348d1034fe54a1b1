"""Features on disk, so that a second run starts at once; safe against a kill at any moment.

A file of columns is named by the hash of the sound and the fingerprint of the front end, and is
complete or absent (written beside, then renamed; its size is checked when it is opened). What was
learned about a file (hash, length, level) is one line of an append-only list; a torn last line is
ignored. Everything here can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core import paths
from genredesk.core.errors import DataError
from genredesk.core.scores import FloatArray
from genredesk.features.frontend import FrontendSpec
from genredesk.training import fingerprint

LIMIT_BYTES = 20 << 30
_HALF = ("mel3", "mfcc_image")
"""Kinds kept in half precision: their windows are large and logarithmic."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about an audio file without opening it again.

    Parameters
    ----------
    audio
        Hash of its decoded sound, empty when it cannot be decoded.
    seconds, level_dbfs, peak_dbfs
        Of what was decoded.
    artist
        From its tags.
    reason, fix
        Why it cannot be used and what to do, empty when it can.
    """

    audio: str
    seconds: float = 0.0
    level_dbfs: float = -200.0
    artist: str = ""
    reason: str = ""
    fix: str = ""


class FeatureCache:
    """A folder of features; several threads may use one object.

    Parameters
    ----------
    folder
        Where it is; ``None``: the user's cache folder.
    limit_bytes
        Oldest files are removed by :meth:`trim` beyond this size.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder = folder or paths.cache_dir() / "features"
        self.limit_bytes = limit_bytes
        self._facts: dict[str, Facts] | None = None
        self._lock = threading.Lock()

    # -------------------------------------------------------------- facts

    @property
    def _list(self) -> Path:
        return self.folder / "files.jsonl"

    @staticmethod
    def _key(path: Path, sample_rate: int) -> str:
        info = path.stat()
        return f"{sample_rate}|{info.st_size}|{info.st_mtime_ns}|{path.resolve()}"

    def _read(self) -> dict[str, Facts]:
        known: dict[str, Facts] = {}
        with contextlib.suppress(OSError):
            for line in self._list.read_bytes().split(b"\n"):
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    entry = json.loads(line)
                    known[entry["key"]] = Facts(**entry["facts"])
        return known

    def facts(self, path: Path, sample_rate: int) -> Facts | None:
        """Return what is known about the file as it is now, or ``None``."""
        with self._lock:
            if self._facts is None:
                self._facts = self._read()
        try:
            return self._facts.get(self._key(path, sample_rate))
        except OSError:
            return None

    def remember(self, path: Path, sample_rate: int, facts: Facts) -> None:
        """Keep what was learned about a file."""
        key = self._key(path, sample_rate)
        line = json.dumps({"key": key, "facts": asdict(facts)}).encode() + b"\n"
        with self._lock:
            if self._facts is None:
                self._facts = self._read()
            self._facts[key] = facts
            with self._writing():
                self.folder.mkdir(parents=True, exist_ok=True)
                with self._list.open("ab") as file:
                    # the leading newline ends a line that a kill may have torn
                    file.write(b"\n" + line if _torn(self._list) else line)

    # -------------------------------------------------------------- arrays

    def _file(self, audio: str, spec: FrontendSpec) -> Path:
        return self.folder / spec.fingerprint[:16] / audio[:2] / f"{audio[:40]}.npy"

    def open(self, audio: str, spec: FrontendSpec) -> np.ndarray | None:
        """Return memory-mapped columns ``(channels, rows, n)``, or ``None`` when not there."""
        path = self._file(audio, spec)
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        channels, rows, _ = spec.column_shape
        if array.ndim != 3 or array.shape[:2] != (channels, rows):
            return None
        return array

    def has(self, audio: str, spec: FrontendSpec) -> bool:
        """Whether columns of this sound are there and whole."""
        return self.open(audio, spec) is not None

    def store(self, audio: str, spec: FrontendSpec, columns: FloatArray) -> None:
        """Keep columns.

        Raises
        ------
        DataError
            When the disk is full or the folder cannot be written.
        """
        kind = np.float16 if spec.kind in _HALF else np.float32
        self._put(self._file(audio, spec), columns.astype(kind, copy=False))

    def codes(self, audio: str) -> np.ndarray | None:
        """Return the stored fingerprint of a sound, or ``None``."""
        try:
            return np.load(self._codes_file(audio), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None

    def store_codes(self, audio: str, codes: np.ndarray) -> None:
        """Keep a fingerprint."""
        self._put(self._codes_file(audio), codes)

    def _codes_file(self, audio: str) -> Path:
        return self.folder / fingerprint.NAME / audio[:2] / f"{audio[:40]}.npy"

    def _put(self, path: Path, array: np.ndarray) -> None:
        with self._writing():
            try:
                fd, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
            except FileNotFoundError:  # asked first, an old folder would cost more than the file
                path.parent.mkdir(parents=True, exist_ok=True)
                fd, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
            try:
                with os.fdopen(fd, "wb") as file:
                    np.save(file, array, allow_pickle=False)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"Features cannot be kept in {self.folder} ({error.strerror or error}). Make room "
                "there and start again; what is done stays."
            ) from error

    # -------------------------------------------------------------- size

    def _files(self) -> list[tuple[float, int, Path]]:
        out = []
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):
                info = path.stat()
                if path.is_file():
                    out.append((info.st_mtime, info.st_size, path))
        return out

    def size(self) -> int:
        """Return the bytes on disk."""
        return sum(size for _, size, _ in self._files())

    def trim(self, keep: set[str] | frozenset[str] = frozenset()) -> int:
        """Remove the oldest columns until the limit holds; return the bytes left.

        Parameters
        ----------
        keep
            Hashes of sounds in use now; their columns stay whatever the limit.
        """
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        in_use = {audio[:40] for audio in keep}
        for _, size, path in files:
            if total <= self.limit_bytes:
                break
            if path.suffix in (".npy", ".tmp") and path.stem not in in_use:
                with contextlib.suppress(OSError):
                    path.unlink()
                    total -= size
        return total

    def describe(self) -> dict[str, Any]:
        """Return where the cache is, how large, and its limit."""
        return {"folder": str(self.folder), "bytes": self.size(), "limit": self.limit_bytes}


def _torn(path: Path) -> bool:
    """Whether a list does not end with a newline."""
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        return False
