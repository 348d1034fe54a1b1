"""Files that are either whole or not there: written beside, synced, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, BinaryIO

os.umask(_UMASK := os.umask(0o077))  # it can only be read by setting it


def _mode(target: Path) -> int:
    """Return the permissions a file has, or would get if it were opened for writing."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        return 0o666 & ~_UMASK


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Generator[BinaryIO]:
    """Open a binary file that appears at ``path`` only when the block ends without an error.

    Raises
    ------
    OSError
        When the folder cannot be written or the disk is full; ``path`` is then untouched.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(target)
    fd, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
    temp = Path(name)
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temp.chmod(mode)
        temp.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temp.unlink()
        raise


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically."""
    with atomic_file(path) as file:
        file.write(data)


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path`` atomically."""
    write_bytes(path, text.encode())


def write_json(path: str | Path, value: Any) -> None:
    """Write ``value`` as indented UTF-8 JSON to ``path`` atomically.

    Text that is not Unicode, such as the name of a file from another system, is escaped.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = (json.dumps(value, indent=2) + "\n").encode()
    write_bytes(path, data)
