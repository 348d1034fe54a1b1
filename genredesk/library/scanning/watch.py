"""Notices new, changed and vanished music in the library's folders while the program runs.

The operating system tells about every write; nothing is handed on before a file has kept its size
for a while, so that a download or a copy is not listened to half way.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from genredesk.core.messages import say
from genredesk.library.scanning.walk import is_music

SETTLE_S = 3.0

_IGNORED = {"opened", "closed_no_write"}


@dataclass(slots=True)
class _Pending:
    """A path that something happened to, and since when it has been as it is."""

    looks: tuple[int, int] | None
    since: float


class Watcher:
    """Watches folders on threads of its own until it is closed.

    Parameters
    ----------
    folders
        What to watch, with everything in them.
    on_settled
        Called on the watcher's thread with files and folders that came, changed or went and have
        been quiet since; meant for :func:`genredesk.library.scanning.scan.scan`'s ``paths``.
    settle_s
        How long a file must keep its size.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        on_settled: Callable[[list[Path]], None],
        settle_s: float = SETTLE_S,
    ) -> None:
        self.problems: list[str] = []
        self._on_settled = on_settled
        self._settle_s = settle_s
        self._pending: dict[str, _Pending] = {}
        self._wake = threading.Condition()
        self._closed = False
        self._observer = Observer()
        handler = _Handler(self._happened)
        self._observer.start()
        for folder in folders:
            self._watch(folder, handler)
        self._thread = threading.Thread(target=self._run, name="genredesk-watch", daemon=True)
        self._thread.start()

    def _watch(self, folder: Path, handler: FileSystemEventHandler) -> None:
        try:
            self._observer.schedule(handler, str(folder), recursive=True)
        except OSError as error:
            # Linux limits how many folders may be watched (fs.inotify.max_user_watches).
            self.problems.append(
                say(
                    "{folder}: new files are not noticed by themselves ({reason}). Scan it now "
                    "and then.",
                    folder=folder,
                    reason=error.strerror or error,
                )
            )

    def close(self) -> None:
        """Stop watching; may be called twice."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()
        self._thread.join()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -------------------------------------------------------------- threads

    def _happened(self, path: str, *, is_folder: bool) -> None:
        """Note that something happened (watchdog's thread)."""
        name = os.fsencode(os.path.basename(path))  # noqa: PTH119 - kept as text
        if name.startswith(b".") or not (is_folder or is_music(name)):
            return
        with self._wake:
            self._pending[path] = _Pending(_looks(path), time.monotonic())
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                if self._closed:
                    return
                self._wake.wait(self._settle_s / 4 if self._pending else None)
                if self._closed:
                    return
                settled = self._settled()
            if settled:
                self._on_settled([Path(p) for p in settled])

    def _settled(self) -> list[str]:
        """Take out what has been quiet for long enough."""
        now = time.monotonic()
        ready = []
        for path, pending in self._pending.items():
            looks = _looks(path)
            if looks != pending.looks:
                pending.looks, pending.since = looks, now
            elif now - pending.since >= self._settle_s:
                ready.append(path)
        for path in ready:
            del self._pending[path]
        return sorted(ready)


def _looks(path: str) -> tuple[int, int] | None:
    """Return size and time of a file, ``None`` when it is not there."""
    with contextlib.suppress(OSError):
        what = os.stat(path)  # noqa: PTH116 - thousands of texts, no Path for each
        return what.st_size, what.st_mtime_ns
    return None


class _Handler(FileSystemEventHandler):
    """Passes watchdog's events on."""

    def __init__(self, happened: Callable[..., None]) -> None:
        self._happened_at = happened

    def on_any_event(self, event: FileSystemEvent) -> None:
        """See watchdog."""
        if event.event_type in _IGNORED:
            return
        if event.is_directory and event.event_type == "modified":
            return  # something in it happened, which is told apart
        for path in (event.src_path, event.dest_path):
            if path:
                self._happened(os.fsdecode(path), is_folder=event.is_directory)

    def _happened(self, path: str, *, is_folder: bool) -> None:
        self._happened_at(path, is_folder=is_folder)
