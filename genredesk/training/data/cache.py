"""What training keeps of sounds between runs, so that a second one starts at once.

Columns and fingerprints lie in the one folder of :mod:`genredesk.core.featurecache`. What was
learned about a file (hash, length, level) is one line of an append-only list beside them; a torn
last line is ignored.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from genredesk.core.errors import DataError
from genredesk.core.featurecache import FeatureCache, opened
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.features import fingerprint
from genredesk.features.frontend import FrontendSpec

_HALF = ("mel3", "mfcc_image")
"""Kinds kept in half precision: their windows are large and logarithmic."""
_HEADER_BYTES = 128
"""Of a ``.npy`` file of columns."""
_CODE = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What is known about an audio file without opening it again.

    Parameters
    ----------
    audio
        Hash of its decoded sound, empty when it cannot be decoded.
    seconds, level_dbfs
        Of what was decoded: its length, and its mean power in dB below full scale.
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


class TrainingFeatureCache(FeatureCache):
    """What training keeps; several threads may use one object."""

    def __init__(self, folder: Path | None = None, limit_bytes: int | None = None) -> None:
        super().__init__(folder, limit_bytes)
        self._facts: dict[str, AudioFacts] | None = None
        self._homes: dict[Path, str] = {}
        self._lock = threading.Lock()

    # -------------------------------------------------------------- facts

    @property
    def _list(self) -> Path:
        return self.folder / "files.jsonl"

    def _key(self, path: Path, sample_rate: int) -> str:
        info, parent = path.stat(), path.parent
        home = self._homes.get(parent)
        if home is None:  # to follow links costs more than all the rest
            home = self._homes[parent] = str(parent.resolve())
        return f"{sample_rate}|{info.st_size}|{info.st_mtime_ns}|{Path(home, path.name)}"

    def _read(self) -> dict[str, AudioFacts]:
        known: dict[str, AudioFacts] = {}
        with contextlib.suppress(OSError):
            for line in self._list.read_bytes().split(b"\n"):
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    entry = json.loads(line)
                    known[entry["key"]] = AudioFacts(**entry["facts"])
        return known

    def facts(self, path: Path, sample_rate: int) -> AudioFacts | None:
        """Return what is known about the file as it is now, or ``None``."""
        with self._lock:
            if self._facts is None:
                self._facts = self._read()
        try:
            return self._facts.get(self._key(path, sample_rate))
        except OSError:
            return None

    def remember(self, path: Path, sample_rate: int, facts: AudioFacts) -> None:
        """Keep what was learned about a file."""
        key = self._key(path, sample_rate)
        line = json.dumps({"key": key, "facts": asdict(facts)}).encode() + b"\n"
        with self._lock:
            if self._facts is None:
                self._facts = self._read()
            self._facts[key] = facts
            with self._writing(), opened(self._list, "a+b") as file:
                # the leading newline ends a line that a kill may have torn
                file.write(b"\n" + line if _torn(file) else line)

    # -------------------------------------------------------------- arrays

    def _file(self, audio: str, spec: FrontendSpec) -> Path:
        return self.file(spec.fingerprint, audio, ".npy")

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
        self.used(path)
        return array

    def has(self, audio: str, spec: FrontendSpec) -> bool:
        """Whether columns of this sound are there and, by their size, whole."""
        channels, rows, _ = spec.column_shape
        size = _size(self._file(audio, spec)) - _HEADER_BYTES
        return size > 0 and size % (channels * rows * _kind(spec).itemsize) == 0

    def store(self, audio: str, spec: FrontendSpec, columns: FloatArray) -> None:
        """Keep columns.

        Raises
        ------
        DataError
            When the disk is full or the folder cannot be written.
        """
        array = np.ascontiguousarray(columns, _kind(spec))
        self._put(self._file(audio, spec), _header(array), array.data)

    def has_codes(self, audio: str) -> bool:
        """Whether the fingerprint of a sound is there."""
        return _size(self._codes_file(audio)) >= 0

    def codes(self, audio: str) -> np.ndarray | None:
        """Return the stored fingerprint of a sound, or ``None``."""
        try:
            return np.frombuffer(self._codes_file(audio).read_bytes(), _CODE)
        except (OSError, ValueError):
            return None

    def store_codes(self, audio: str, codes: np.ndarray) -> None:
        """Keep a fingerprint."""
        self._put(self._codes_file(audio), np.ascontiguousarray(codes, _CODE).data)

    def _codes_file(self, audio: str) -> Path:
        return self.file(fingerprint.NAME, audio, ".u4")

    def _put(self, path: Path, *parts: bytes | memoryview) -> None:
        with self._writing():
            self.put(path, *parts)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                say(
                    "Features cannot be kept in {folder} ({reason}). Make room there and start "
                    "again; what is done stays.",
                    folder=self.folder,
                    reason=error.strerror or error,
                )
            ) from error

    def describe(self, size: int | None = None) -> dict[str, Any]:
        """Return where the cache is, how large (``size`` where that is known), and its limit."""
        known = self.size() if size is None else size
        return {"folder": str(self.folder), "bytes": known, "limit": self.limit_bytes}


def _kind(spec: FrontendSpec) -> np.dtype[Any]:
    return np.dtype(np.float16 if spec.kind in _HALF else np.float32)


def _header(array: np.ndarray) -> bytes:
    """Return what stands before the numbers in a ``.npy`` file."""
    header = io.BytesIO()
    described = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_1_0(header, described)
    return header.getvalue()


def _size(path: Path) -> int:
    """Return the bytes of a file, -1 when it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _torn(file: IO[bytes]) -> bool:
    """Whether a list does not end with a newline."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"
