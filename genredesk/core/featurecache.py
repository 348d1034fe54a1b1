"""Features of sounds on disk, with one limit for all who keep some; safe against a kill.

A file is named by the front end and the sound, and is complete or absent (written beside, then
renamed). Several processes may share the folder, and everything in it may be deleted at any time.
The library keeps whole windows there, training columns and what it learned about files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from genredesk.core import paths, settings

OLD_FOLDER = "library-features"
"""Where scans from the command line kept theirs before there was one folder; it is removed."""
REMOVABLE = (".npy", ".npz", ".u4", ".tmp")
_SPARED_S = 7 * 86400.0
"""What was used within a week may be in use by somebody else."""
_SWEEP = 16
"""Room is made when this share of the limit was written: looking through the folder takes time."""


def usual_limit() -> int:
    """Return the limit in bytes that the settings name."""
    return settings.load()[0].kept_features_gb << 30


class FeatureCache:
    """A folder of features; several threads and processes may use it.

    Parameters
    ----------
    folder
        Where it is; ``None``: the person's own.
    limit_bytes
        About how large it may become; 0 keeps nothing, ``None``: what the settings say.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int | None = None) -> None:
        if folder is None:
            folder = paths.cache_dir() / "features"
            shutil.rmtree(paths.cache_dir() / OLD_FOLDER, ignore_errors=True)
        self.folder = folder
        self.limit_bytes = usual_limit() if limit_bytes is None else limit_bytes
        self._written = 0

    def file(self, kind: str, sound: str, suffix: str) -> Path:
        """Return where something is kept of a sound; ``kind``: the front end's fingerprint."""
        return Path(self.folder, kind[:16], sound[:2], f"{sound[:40]}{suffix}")

    def used(self, path: Path) -> None:
        """Note that a file was used just now: the others go first."""
        with contextlib.suppress(OSError):
            os.utime(path)

    def put(self, path: Path, *parts: bytes | memoryview) -> None:
        """Write a file as a whole or not at all.

        Raises
        ------
        OSError
            When the disk is full or the folder cannot be written.
        """
        temp = Path(f"{path}.{os.getpid()}-{threading.get_ident()}.tmp")
        try:
            with opened(temp, "wb") as file:
                for part in parts:
                    self._written += file.write(part)
            temp.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temp.unlink()
            raise

    def trim_soon(self) -> None:
        """Make room where much was written since it was made last."""
        if self._written > self.limit_bytes // _SWEEP:
            self.trim(spare_s=_SPARED_S)

    def _files(self) -> Iterator[tuple[float, int, str]]:
        """Walk over everything kept: when it was used, its bytes, and its path."""
        folders = [str(self.folder)]
        while folders:
            with contextlib.suppress(OSError), os.scandir(folders.pop()) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    with contextlib.suppress(OSError):  # removed meanwhile
                        info = entry.stat(follow_symlinks=False)
                        yield info.st_mtime, info.st_size, entry.path

    def size(self) -> int:
        """Return the bytes on disk."""
        return sum(size for _, size, _ in self._files())

    def trim(
        self, keep: set[str] | frozenset[str] = frozenset(), *, spare_s: float | None = None
    ) -> int:
        """Remove what was used least lately until the limit holds; return the bytes left.

        Parameters
        ----------
        keep
            Hashes of sounds in use now, which stay whatever the limit.
        spare_s
            What others wrote and somebody used within so many seconds stays, too: a training may
            go on beside a scan. ``None``: nothing is spared.
        """
        self._written = 0
        files = list(self._files())
        total = sum(size for _, size, _ in files)
        if total <= self.limit_bytes:
            return total
        # a little more than needed, so that not every song looks through everything again
        wanted = self.limit_bytes - self.limit_bytes // _SWEEP
        since = None if spare_s is None else time.time() - spare_s
        in_use = {sound[:40] for sound in keep}
        for when, size, name in sorted(files):
            path = Path(name)
            if total <= wanted:
                break
            others = since is not None and when > since and path.suffix not in (".npz", ".tmp")
            if path.suffix in REMOVABLE and path.stem not in in_use and not others:
                with contextlib.suppress(OSError):
                    path.unlink()
                    total -= size
        return total


def opened(path: Path, mode: str) -> IO[bytes]:
    """Open a file for writing; its folder is only made when that fails, for speed."""
    try:
        return path.open(mode)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open(mode)
