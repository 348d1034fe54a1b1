"""A lock between processes that cannot outlive its holder: the operating system lets it go.

Used for what only one instance of the program may do at a time (analyse, upgrade). A kill, a crash
or a power cut leaves nothing behind that would have to be cleaned up.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say

if sys.platform == "win32":
    import msvcrt

    def _take(fd: int) -> None:
        os.lseek(fd, 1 << 30, os.SEEK_SET)  # far behind the text, which stays readable
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Held(GenreDeskError):  # noqa: N818 - a state of things rather than a fault
    """Another process holds the lock; the text says which."""


class FileLock:
    """The right to do something, tied to an open file.

    Parameters
    ----------
    path
        The lock's file; it holds the number of the process that has it, for messages.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def take(self) -> bool:
        """Take it if nobody has it; return whether it is ours now."""
        if self._fd is not None:
            return True
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(fd)
        except OSError:
            os.close(fd)
            return False
        with contextlib.suppress(OSError):  # on a full disk it is held without its number
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            os.write(fd, str(os.getpid()).encode())
        self._fd = fd
        return True

    def release(self) -> None:
        """Let it go."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def holder(self) -> str:
        """Return the number of the process that has or had it, empty when nobody ever had."""
        try:
            return self.path.read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            return ""

    @contextlib.contextmanager
    def held(self, patience_s: float = 0.0) -> Iterator[None]:
        """Hold the lock during the block; wait up to ``patience_s`` for it.

        Raises
        ------
        Held
            When another process has it.
        """
        deadline = time.monotonic() + patience_s
        while not self.take():
            if time.monotonic() >= deadline:
                raise Held(
                    say(
                        "Another GenreDesk (process {pid}) is doing that already.",
                        pid=self.holder(),
                    )
                )
            time.sleep(0.05)
        try:
            yield
        finally:
            self.release()
