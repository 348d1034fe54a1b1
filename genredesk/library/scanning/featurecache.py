"""Network inputs on disk, so that another network of the same front end need not decode again.

A file is named by the sound and the front end; it is whole or absent, and everything may be
deleted at any time. The oldest give way when the limit is reached.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np

from genredesk.core import paths
from genredesk.core.heard import Features

LIMIT_BYTES = 4 << 30
"""Room for some three thousand songs; decoding one again takes a third of a second."""

_LARGEST = 64 << 20
"""A track whose features are larger (hours long) is decoded again instead."""

_SWEEP = 16
"""Room is made when this share of the limit was written: looking through the folder takes time."""


class FeatureCache:
    """A folder of network inputs; several processes may share it.

    Parameters
    ----------
    folder
        Where it is; ``None``: with the person's other caches.
    limit_bytes
        About how large it may become; 0 keeps nothing.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder = folder or paths.cache_dir() / "library-features"
        self.limit_bytes = limit_bytes
        self._written = 0

    @property
    def largest_bytes(self) -> int:
        """A track whose features are larger is not kept."""
        return min(_LARGEST, self.limit_bytes)

    def _file(self, audio_hash: bytes, features: str) -> Path:
        name = audio_hash.hex()
        return self.folder / features[:16] / name[:2] / f"{name}.npz"

    def load(self, audio_hash: bytes, features: str) -> Features | None:
        """Return what is kept of a sound for a front end (its fingerprint), or ``None``."""
        path = self._file(audio_hash, features)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                found = Features(stored["windows"], stored["levels"])
        except Exception:  # noqa: BLE001 - absent, torn, or something else under this name
            return None
        if found.windows.ndim != 4 or len(found.windows) != len(found.levels):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used lately
        return found

    def store(self, audio_hash: bytes, features: str, parts: list[Features]) -> bool:
        """Keep consecutive windows of a sound; return whether there was room.

        A full disk or a folder that cannot be written is no fault: nothing is kept then.
        """
        size = sum(p.windows.nbytes for p in parts)
        if not parts or size > self.largest_bytes:
            return False
        if self._written > self.limit_bytes // _SWEEP:
            self.trim()
        path = self._file(audio_hash, features)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd, temp = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
            try:
                with os.fdopen(fd, "wb") as file:
                    np.savez(
                        file,
                        windows=np.concatenate([p.windows for p in parts]),
                        levels=np.concatenate([p.levels for p in parts]),
                    )
                os.replace(temp, path)  # noqa: PTH105
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temp)  # noqa: PTH108
                raise
        except OSError:
            return False
        self._written += size
        return True

    def trim(self) -> int:
        """Remove the files used least lately until the limit holds; return the bytes left."""
        self._written = 0
        files = []
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):
                what = path.stat()
                if path.suffix in {".npz", ".tmp"}:
                    files.append((what.st_mtime, what.st_size, path))
        total = sum(size for _, size, _ in files)
        # A little more than needed, so that not every song looks through everything again.
        wanted = self.limit_bytes - self.limit_bytes // _SWEEP
        if total <= self.limit_bytes:
            return total
        for _, size, path in sorted(files):
            if total <= wanted:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
        return total
