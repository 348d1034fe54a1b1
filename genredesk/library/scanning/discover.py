"""What is there, compared with what is known: the first half of a scan.

Nothing that cannot be found is forgotten. It is missing; or offline, when its whole folder is; and
what lies in a folder that cannot be looked into is left as it is.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection

from genredesk.audio import endings
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.library.catalogue import file_writes, roots
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.catalogue.roots import Root
from genredesk.library.records import Found, described, signed
from genredesk.library.scanning.walk import Passed, is_music, walk

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
    passed_folders
        How many folders were not looked into, by name: hidden ones and the system's own.
    followed
        Folders that are not there any more and whose files were all found elsewhere: they are no
        folders of the library any more.
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
    passed_over: dict[str, int] = field(default_factory=dict)
    passed_folders: dict[str, int] = field(default_factory=dict)
    followed: list[Path] = field(default_factory=list)
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


@dataclass(frozen=True, slots=True)
class _Walk:
    """How many files a walk met, and the folders it could not look into."""

    met: int
    blind: tuple[bytes, ...]


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return device and inode of a folder, ``None`` when it is not there."""
    try:
        what = folder.stat()
    except OSError:
        return None
    return (signed(what.st_dev), signed(what.st_ino)) if stat.S_ISDIR(what.st_mode) else None


class Discovery:
    """Walks folders and notes what is there, new, changed, moved or missing.

    Attributes
    ----------
    added, lost
        Ids of files that nobody knew, and of those that were noted as missing, by this object.
    """

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
        self.added: set[int] = set()
        self.lost: set[int] = set()
        self._roots = catalogue.roots.all()
        self._met: set[int] = set()
        self._passed = Passed()
        self._told = time.monotonic()

    def at_folders(self, wanted: Sequence[int] | None, *, reread: bool = False) -> None:
        """Look at folders of the library; ``None``: all of them."""
        looked = [r for r in self._roots if wanted is None or r.id in wanted]
        if reread:
            with self.catalogue.db.write() as connection:
                file_writes.read_again(connection, [root.id for root in looked])
        for root in self._roots:
            if root not in looked and not root.path.is_dir():
                self._note_offline(root)  # what is new may be what was in it
        arrivals: list[tuple[Found, int]] = []
        walks = [(root, self._walk(root, arrivals)) for root in looked]
        self.report.passed_over = dict(self._passed.files)
        self.report.passed_folders = dict(self._passed.folders)
        # Only now: a file that was met anywhere is not missing, whichever folder it belonged to.
        self._settle(arrivals, [(root, self._not_met(root, walk)) for root, walk in walks])

    def at_paths(self, paths: Sequence[Path]) -> None:
        """Look at some files and folders only."""
        arrivals: list[tuple[Found, int]] = []
        absent: list[tuple[Root, list[int]]] = []
        for path in paths:
            raw = os.fsencode(path)
            owner = roots.owner([(r.id, os.fsencode(r.path)) for r in self._roots], raw)
            root = next((r for r in self._roots if r.id == owner), None)
            if root is None or not all(
                endings.is_walked(part) for part in path.relative_to(root.path).parts
            ):
                continue
            found = _found_at(path)
            if found:
                self._compare(found, root, arrivals)
            elif root.path.is_dir() and not os.path.lexists(path):
                absent.append((root, self._known_at(raw)))
        self._settle(arrivals, absent)

    def drop_left_folders(self) -> None:
        """Let folders go that are not there any more and whose files were all found elsewhere."""
        before = {root.id for root in self._roots if root.n_files}
        for root in self.catalogue.roots.all():
            if root.id in before and not root.n_files and not root.path.is_dir():
                self.catalogue.roots.remove(root.id)
                self.report.followed.append(root.path)

    def _known_at(self, path: bytes) -> list[int]:
        """Return the ids of a file that is known, or of all that were in a folder."""
        low, high = roots.under(path)
        with self.catalogue.db.read() as connection:
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
            self.ctx.progress(0, 0, say("{found} files found", found=self.report.found))
            with self.catalogue.db.write() as connection:
                touched = [
                    self._arrive(connection, found, root_id)
                    for found, root_id in arrivals[start : start + _PAGE]
                ]
            self.on_batch(touched)

    def _walk(self, root: Root, arrivals: list[tuple[Found, int]]) -> _Walk:
        """Walk one folder and bring up to date what is known of it."""
        blind: list[bytes] = []

        def unreadable(folder: bytes, error: OSError) -> None:
            blind.append(folder)
            name = file_writes.text_of(folder)
            self.report.unreadable.append(
                say(
                    "{name}: it cannot be looked into ({reason}). Its files are left as they are.",
                    name=name,
                    reason=error.strerror or error,
                )
            )

        met = 0
        page: list[Found] = []
        others = [other.path for other in self._roots if other.id != root.id]
        if root.path.is_dir():
            for files in walk(root.path, unreadable, elsewhere=others, passed=self._passed):
                page += files
                met += len(files)
                self._tell(len(page))
                if len(page) >= _PAGE:
                    self._compare(page, root, arrivals)
                    page = []
        if page:
            self._compare(page, root, arrivals)
        return _Walk(met, tuple(blind))

    def _tell(self, n_more: int) -> None:
        """Say how far the walk is, and stop if that is wanted: a folder may be slow."""
        self.ctx.checkpoint()
        if time.monotonic() - self._told > _TELL_S:
            self._told = time.monotonic()
            self.ctx.progress(0, 0, say("{found} files found", found=self.report.found + n_more))

    def _compare(self, page: list[Found], root: Root, arrivals: list[tuple[Found, int]]) -> None:
        self.report.found += len(page)
        self.ctx.progress(0, 0, say("{found} files found", found=self.report.found))
        with self.catalogue.db.read() as connection:
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
                or old.ctime_ns not in {found.ctime_ns, file_writes.READ_AGAIN}
            )
        ]
        self._met.update(old.id for old in known.values())
        arrivals += [(found, root.id) for found in page if found.path not in known]
        if changed:
            with self.catalogue.db.write() as connection:
                for old, found in changed:
                    again = file_writes.see_again(connection, old, found, root.id)
                    self.report.changed += again
                    self.report.returned += bool(old.away)
                    touched.append(old.id)
            self.on_batch(touched)

    def _not_met(self, root: Root, walked: _Walk) -> list[int]:
        """Return files that are gone; note whether the folder's drive is there at all."""
        low, high = roots.under(os.fsencode(root.path))
        with self.catalogue.db.read() as connection:
            known = connection.execute(
                "SELECT id, path FROM file WHERE root_id = ?", (root.id,)
            ).fetchall()
            before = connection.execute(
                "SELECT dev, inode FROM root WHERE id = ?", (root.id,)
            ).fetchone()
        now = _identity(root.path)
        n_known = sum(low <= path < high for _, path in known)
        # A mount point without its drive is an empty folder, not one whose music was deleted.
        emptied = bool(now and now[1] and now == before)
        offline = now is None or bool(n_known and not walked.met and not emptied)
        if os.fsencode(root.path) in walked.blind:
            offline = True
        with self.catalogue.db.write() as connection:
            connection.execute(
                "UPDATE root SET offline = ?, scanned_at = coalesce(?, scanned_at), dev = ?,"
                " inode = ? WHERE id = ?",
                (offline, None if offline else time.time(),
                 *(before if offline or now is None else now), root.id),
            )  # fmt: skip
        if offline:
            self.report.offline.append(root.path)
            self._note_offline(root)
            return []
        hidden = [roots.under(folder) for folder in walked.blind]
        return [
            file_id
            for file_id, path in known
            if file_id not in self._met
            and not any(first <= path < last for first, last in hidden)
            # Outside of its folder it is only by our own hand, and no walk comes by.
            and (low <= path < high or not os.path.lexists(path))
        ]

    def _note_offline(self, root: Root) -> None:
        with self.catalogue.db.write() as connection:
            found = connection.execute(
                "SELECT id FROM file WHERE root_id = ? AND away <> 'offline'", (root.id,)
            ).fetchall()
            ids = [i for (i,) in found if i not in self._met]
            file_writes.set_away(connection, ids, "offline")
        self.on_batch(ids)

    def _note_missing(self, root: Root, missing: list[int]) -> None:
        if not missing:
            return
        with self.catalogue.db.write() as connection:
            file_writes.set_away(connection, missing, "missing")
        self.lost.update(missing)
        self.report.missing += len(missing)
        log.info("%d files of %s are missing", len(missing), root.path)
        self.on_batch(missing)

    def _arrive(self, connection: Connection, found: Found, root_id: int) -> int:
        """Add a file, unless it is a known one under another name."""
        taken = file_writes.known_files(connection, [found.path])
        if taken:  # told twice, or put there by our own hand meanwhile
            return taken[found.path].id
        other = file_writes.twin(connection, found)
        if other is not None and (other.away == "missing" or not os.path.lexists(other.path)):
            file_writes.follow_file(connection, other, found)
            self.report.moved += 1
            self.report.missing -= other.id in self.lost
            self.lost.discard(other.id)
            return other.id
        self.report.new += 1
        if other is None or other.away:
            made = file_writes.add_file(connection, found, root_id)
        else:
            made = file_writes.add_link(connection, found, root_id, other)
        self.added.add(made)
        return made
