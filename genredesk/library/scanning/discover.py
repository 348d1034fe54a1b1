"""What is there, compared with what is known: the first half of a scan.

Nothing that cannot be found is forgotten. It is missing; or offline, when its whole folder is; and
what lies in a folder that cannot be looked into is left as it is.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection

from genredesk.core.job import JobContext
from genredesk.library.catalogue import file_writes
from genredesk.library.catalogue.catalogue import Catalogue, Root
from genredesk.library.records import Found, described
from genredesk.library.scanning.walk import is_music, walk

log = logging.getLogger(__name__)

_PAGE = 400
_TELL_S = 0.2

OnBatch = Callable[[list[int]], None]
"""Called with the ids of files that were just kept."""


@dataclass(slots=True)
class ScanReport:
    """What a scan did.

    Parameters
    ----------
    found
        Files that are there.
    new, changed, moved, returned, missing
        How they differ from what was known; ``moved`` counts files known again by their place on
        the disk or by their sound.
    analysed, failed
        Files listened to, and those that could not be read.
    offline
        Folders whose drive is not there; their files are kept.
    unreadable
        Sentences about folders that could not be looked into.
    passed_over
        How many files were no music by their names, by their endings.
    replaced
        Workers that had to be replaced.
    seconds
        How long it took.
    """

    found: int = 0
    new: int = 0
    changed: int = 0
    moved: int = 0
    returned: int = 0
    missing: int = 0
    analysed: int = 0
    failed: int = 0
    offline: list[Path] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    replaced: int = 0
    seconds: float = 0.0


def _found_at(path: Path) -> list[Found]:
    """Return what music there is at a path, be it a file or a folder."""
    if path.is_dir():
        return [found for page in walk(path, lambda *_: None) for found in page]
    try:
        raw = os.fsencode(path)
        what = path.stat()
        good = is_music(os.path.basename(raw)) and stat.S_ISREG(what.st_mode)  # noqa: PTH119
    except OSError:
        return []
    return [described(raw, what)] if good else []


class Discovery:
    """Walks folders and notes what is there, new, changed, moved or missing."""

    def __init__(
        self,
        catalogue: Catalogue,
        ctx: JobContext,
        report: ScanReport,
        on_batch: OnBatch | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.ctx = ctx
        self.report = report
        self.on_batch: OnBatch = on_batch or (lambda _: None)
        self._told = time.monotonic()

    def at_folders(self, wanted: Sequence[int] | None) -> None:
        """Look at folders of the library; ``None``: all of them."""
        roots = [r for r in self.catalogue.roots() if wanted is None or r.id in wanted]
        arrivals: list[tuple[Found, int]] = []
        absent = [(root, self._look_at(root, arrivals)) for root in roots]
        self._settle(arrivals, absent)

    def at_paths(self, paths: Sequence[Path]) -> None:
        """Look at some files and folders only."""
        roots = [(file_writes.under(os.fsencode(r.path))[0], r) for r in self.catalogue.roots()]
        arrivals: list[tuple[Found, int]] = []
        absent: list[tuple[Root, list[int]]] = []
        for path in paths:
            raw = os.fsencode(path)
            root = next((r for base, r in roots if raw.startswith(base)), None)
            if root is None:
                continue
            found = _found_at(path)
            if found:
                self._compare(found, root, set(), arrivals)
            elif root.path.is_dir() and not os.path.lexists(path):
                absent.append((root, self._known_at(raw)))
        self._settle(arrivals, absent)

    def _known_at(self, path: bytes) -> list[int]:
        """Return the ids of a file that is known, or of all that were in a folder."""
        low, high = file_writes.under(path)
        with self.catalogue.read() as connection:
            found = connection.execute(
                "SELECT id FROM file WHERE (path = ? OR (path >= ? AND path < ?)) AND away = ''",
                (path, low, high),
            ).fetchall()
        return [i for (i,) in found]

    def _settle(
        self, arrivals: list[tuple[Found, int]], absent: list[tuple[Root, list[int]]]
    ) -> None:
        # What is new is compared with what is missing only when every folder was walked: a file
        # may have moved from any folder to any other.
        for root, missing in absent:
            self._note_missing(root, missing)
        for start in range(0, len(arrivals), _PAGE):
            self.ctx.progress(0, 0, f"{self.report.found} files found")
            with self.catalogue.write() as connection:
                touched = [
                    self._arrive(connection, found, root_id)
                    for found, root_id in arrivals[start : start + _PAGE]
                ]
            self.on_batch(touched)

    def _look_at(self, root: Root, arrivals: list[tuple[Found, int]]) -> list[int]:
        """Walk one folder; return the ids of its files that were not met."""
        blind: list[bytes] = []

        def unreadable(folder: bytes, error: OSError) -> None:
            blind.append(folder)
            name = file_writes.text_of(folder)
            self.report.unreadable.append(
                f"{name}: it cannot be looked into ({error.strerror or error}). "
                "Its files are left as they are."
            )

        seen: set[int] = set()
        met = 0
        page: list[Found] = []
        if root.path.is_dir():
            for files in walk(root.path, unreadable, self.report.passed_over):
                page += files
                met += len(files)
                self._tell(len(page))
                if len(page) >= _PAGE:
                    self._compare(page, root, seen, arrivals)
                    page = []
        if page:
            self._compare(page, root, seen, arrivals)
        return self._not_met(root, seen, met, blind)

    def _tell(self, n_more: int) -> None:
        """Say how far the walk is, and stop if that is wanted: a folder may be slow."""
        self.ctx.checkpoint()
        if time.monotonic() - self._told > _TELL_S:
            self._told = time.monotonic()
            self.ctx.progress(0, 0, f"{self.report.found + n_more} files found")

    def _compare(
        self, page: list[Found], root: Root, seen: set[int], arrivals: list[tuple[Found, int]]
    ) -> None:
        self.report.found += len(page)
        self.ctx.progress(0, 0, f"{self.report.found} files found")
        with self.catalogue.read() as connection:
            known = file_writes.known_files(connection, [f.path for f in page])
        touched = []
        changed = [
            (old, found)
            for found in page
            if (old := known.get(found.path)) is not None
            and (
                old.away
                or old.root_id != root.id
                or not old.same(found)
                or (old.dev, old.inode) != (found.dev, found.inode)
            )
        ]
        seen.update(old.id for old in known.values())
        arrivals += [(found, root.id) for found in page if found.path not in known]
        if changed:
            with self.catalogue.write() as connection:
                for old, found in changed:
                    again = file_writes.see_again(connection, old, found, root.id)
                    self.report.changed += again
                    self.report.returned += bool(old.away)
                    touched.append(old.id)
            self.on_batch(touched)

    def _not_met(self, root: Root, seen: set[int], met: int, blind: list[bytes]) -> list[int]:
        """Return files that are gone; note whether the folder's drive is there at all."""
        with self.catalogue.read() as connection:
            (n_known,) = connection.execute(
                "SELECT count(*) FROM file WHERE root_id = ?", (root.id,)
            ).fetchone()
        # A mount point without its drive is an empty folder, not one whose music was deleted.
        offline = not root.path.is_dir() or bool(n_known and not met)
        if os.fsencode(root.path) in blind:
            offline = True
        with self.catalogue.write() as connection:
            connection.execute(
                "UPDATE root SET offline = ?, scanned_at = coalesce(?, scanned_at) WHERE id = ?",
                (offline, None if offline else time.time(), root.id),
            )
        if offline:
            self._note_offline(root)
            return []
        hidden = [file_writes.under(folder) for folder in blind]
        with self.catalogue.read() as connection:
            return [
                file_id
                for file_id, path in connection.execute(
                    "SELECT id, path FROM file WHERE root_id = ?", (root.id,)
                )
                if file_id not in seen and not any(low <= path < high for low, high in hidden)
            ]

    def _note_offline(self, root: Root) -> None:
        self.report.offline.append(root.path)
        with self.catalogue.write() as connection:
            found = connection.execute(
                "SELECT id FROM file WHERE root_id = ? AND away <> 'offline'", (root.id,)
            ).fetchall()
            ids = [i for (i,) in found]
            file_writes.set_away(connection, ids, "offline")
        self.on_batch(ids)

    def _note_missing(self, root: Root, missing: list[int]) -> None:
        if not missing:
            return
        with self.catalogue.write() as connection:
            file_writes.set_away(connection, missing, "missing")
        self.report.missing += len(missing)
        log.info("%d files of %s are missing", len(missing), root.path)
        self.on_batch(missing)

    def _arrive(self, connection: Connection, found: Found, root_id: int) -> int:
        """Add a file, unless it is a known one under another name."""
        taken = file_writes.known_files(connection, [found.path])
        if taken:  # told twice, or put there by our own hand meanwhile
            return taken[found.path].id
        other = file_writes.twin(connection, found)
        if other is None:
            self.report.new += 1
            return file_writes.add_file(connection, found, root_id)
        if other.away == "missing":
            file_writes.place_file(connection, other.id, found, root_id)
            self.report.moved += 1
            self.report.missing -= 1
            return other.id
        self.report.new += 1
        if other.away:
            return file_writes.add_file(connection, found, root_id)
        return file_writes.add_link(connection, found, root_id, other)
