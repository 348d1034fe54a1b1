"""A mark that the program runs: the next start finds it where a run did not end as it should.

One file a run, locked as long as the process lives, so that a mark without its process is known
for certain; a crash writes its tracebacks into it. A shut-down of the computer is no crash.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import logging
import os
import sys
import time
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import cast

from genredesk import __version__
from genredesk.core import paths
from genredesk.library.catalogue.lock import FileLock

log = logging.getLogger(__name__)

_ENDED = "ended"
_NO_TRACE = (
    "It left no trace: it was killed, perhaps because the computer had no memory left, or it hung."
)


def _folder() -> Path:
    return paths.log_dir() / "running"


def _boot() -> str:
    """Return what is another word after each start of the computer; empty where nothing tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


class RunMark:
    """The mark of this run."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None
        self._file: TextIOWrapper | None = None

    def begin(self) -> None:
        """Leave the mark; in a folder that cannot be written there is none."""
        path = _folder() / f"{os.getpid()}-{time.time_ns()}.txt"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path)
            if not lock.take():
                return
            self._lock = lock
            self._file = path.open("a", encoding="utf-8")
            began = time.strftime("%Y-%m-%d %H:%M:%S")
            header = {"version": __version__, "began": began, "boot": _boot()}
            self._file.write(f"\n{json.dumps(header)}\n")
            self._file.flush()
        except OSError as error:
            log.warning("No mark of this run can be left: %s", error)
            return
        faulthandler.enable(self._file)

    def failed(self, error: BaseException) -> None:
        """Write down what the program ends of; the mark stays."""
        if self._file is not None:
            with contextlib.suppress(OSError, ValueError):
                self._file.writelines(traceback.format_exception(error))
                self._file.flush()

    def excuse(self) -> None:
        """Let any end from now on be a good one: the person's session ends."""
        if self._file is not None:
            with contextlib.suppress(OSError, ValueError):
                self._file.write(f"\n{_ENDED}\n")
                self._file.flush()

    def end(self) -> None:
        """Take the mark away: all ended as it should."""
        if sys.stderr is not None:
            faulthandler.enable()
        else:
            faulthandler.disable()
        self.excuse()  # whoever looks before the file is gone
        file, self._file = self._file, None
        lock, self._lock = self._lock, None
        if file is None or lock is None:
            return
        with contextlib.suppress(OSError):
            file.close()
        lock.release()  # Windows deletes no open file
        with contextlib.suppress(OSError):
            lock.path.unlink()


def bad_ends() -> list[str]:
    """Return what is known of each run that did not end as it should, oldest first; tell once."""
    marks = sorted(_folder().glob("*.txt"), key=lambda path: path.name.partition("-")[2])
    told = [_looked_at(path) for path in marks]
    return [text for text in told if text is not None]


def _looked_at(path: Path) -> str | None:
    lock = FileLock(path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        if not lock.take():  # it runs
            return None
        lock.release()
        path.unlink()
    except OSError as error:
        log.warning("%s cannot be read or removed: %s", path.name, error)
        return None
    return _told(text)


def _told(text: str) -> str | None:
    """Say how a run ended, from its mark; ``None`` where nothing went wrong."""
    _process, header, *trace = [*text.split("\n", 2), "", ""][:3]
    traced = trace[0].strip()
    if traced.endswith(_ENDED):
        return None
    try:
        about = cast("object", json.loads(header))
    except ValueError:
        return None  # it was killed before it had begun
    if not isinstance(about, dict):
        return None
    facts = cast("dict[str, object]", about)
    if facts.get("boot") != _boot() and not traced:
        return None  # the computer went down
    first = f"GenreDesk {facts.get('version')}, begun {facts.get('began')}, did not end properly."
    return f"{first}\n{traced or _NO_TRACE}"
