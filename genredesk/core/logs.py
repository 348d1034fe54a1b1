"""The log file: what went wrong, kept for whoever has to find out why.

One file a command in :func:`~genredesk.core.paths.log_dir`, half a megabyte at most, with one
older part. The user's folder is written as ``~``, so that a log that is sent to somebody says no
more of a person than names of files.
"""

from __future__ import annotations

import contextlib
import logging
import platform
import re
import sys
import threading
import traceback
from collections.abc import Generator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from genredesk import __version__
from genredesk.core import paths
from genredesk.core.errors import GenreDeskError

MOST_BYTES = 512 * 1024
LIBRARIES = ("numpy", "onnxruntime", "PySide6-Essentials", "sounddevice", "av", "torch")
"""What a report of a defect names the versions of."""

log = logging.getLogger("genredesk")


def without_home(text: str) -> str:
    """Return ``text`` with the user's own folder written as ``~``; others that begin alike stay."""
    home = str(Path.home())
    if len(home) < 2:
        return text
    spelled = {home, home.replace("\\", "\\\\")}  # as it is, and as Python quotes it
    alternatives = "|".join(map(re.escape, spelled))
    return re.sub(rf"(?<![\w.~-])(?:{alternatives})(?![\w-]|\.\w)", "~", text)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_home(super().format(record))


class _LogFile(RotatingFileHandler):
    """A rotating file that never disturbs the work it tells of: a full disk only ends the log."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: a log that cannot be written is no reason to write to the terminal."""

    def close(self) -> None:
        """Let the file go; what a full disk does not take is lost."""
        with contextlib.suppress(OSError):
            super().close()

    def doRollover(self) -> None:
        """Begin a new part; where another process holds the file (Windows), go on in this one."""
        try:
            super().doRollover()
        except OSError:
            if self.stream is None:
                self.stream = self._open()


def log_file(command: str) -> Path:
    """Return the log of a command; ``gui`` is the window."""
    return paths.log_dir() / ("genredesk.log" if command == "gui" else f"genredesk-{command}.log")


@contextlib.contextmanager
def kept(command: str) -> Generator[Path]:
    """Write the log of ``command`` to its file within the block; yield the file.

    Warnings of libraries and exceptions that nobody caught (in threads too) are written down as
    well. What is a warning or worse still reaches the terminal, as without a log file.
    """
    path = log_file(command)
    file = _LogFile(path, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8", delay=True)
    file.setFormatter(
        _Formatter("%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s")
    )
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    root = logging.getLogger()
    # With a handler on the root, Python's own way to the terminal is no longer taken by itself.
    terminal = None if root.handlers else logging.lastResort
    handlers = [file] if terminal is None else [file, terminal]
    level = log.level
    for handler in handlers:
        root.addHandler(handler)
    log.setLevel(logging.INFO)
    logging.captureWarnings(True)
    hooks = sys.excepthook, threading.excepthook

    def defect(where: str, error: BaseException | None) -> None:
        exc_info = None if error is None else (type(error), error, error.__traceback__)
        record = log.makeRecord(log.name, logging.CRITICAL, "", 0, where, (), exc_info)
        file.handle(record)  # the terminal gets it from the hook that follows

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        defect("Uncaught", error)
        hooks[0](kind, error, trace)

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            defect(f"Uncaught in thread {args.thread.name if args.thread else '?'}", args.exc_value)
        hooks[1](args)

    sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
    about = f"GenreDesk {__version__}, {command}, Python {platform.python_version()}, "
    begun = log.makeRecord(log.name, logging.INFO, "", 0, about + platform.platform(), (), None)
    file.handle(begun)
    try:
        yield path
    except GenreDeskError as error:
        file.handle(log.makeRecord(log.name, logging.ERROR, "", 0, str(error), (), None))
        raise
    except Exception as error:
        defect("Uncaught", error)
        raise
    finally:
        sys.excepthook, threading.excepthook = hooks
        logging.captureWarnings(False)
        log.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
        file.close()


def versions() -> list[str]:
    """Return lines with the versions of what a report needs: ours, Python's, libraries', system."""
    from importlib import metadata  # noqa: PLC0415 - slow to import, and seldom needed

    lines = [f"GenreDesk {__version__}", f"Python {platform.python_version()}"]
    lines.append(f"{platform.platform()}, {platform.machine()}")
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            lines.append(f"{name} {metadata.version(name)}")
    return lines


def details(error: BaseException) -> str:
    """Return what a report of ``error`` needs: versions, system, traceback; nothing personal."""
    return without_home("\n".join([*versions(), "", *traceback.format_exception(error)]))
