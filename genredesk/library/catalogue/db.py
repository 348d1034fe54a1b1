"""The catalogue's file: opened, brought up to date, written in whole transactions.

SQLite in WAL mode. Every thread has a connection of its own, so that a window that reads never
waits for a scan that writes; several instances of the program may share one file.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from genredesk.core import paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.library.catalogue.lock import FileLock

BUSY_S = 20.0
"""How long to wait for another instance that is writing."""

APPLICATION_ID = 0x67644C31
"""Marks our files in SQLite's header ("gdL1"), so that no other database is taken for one."""

_BACKUPS = 3


class CatalogueError(GenreDeskError):
    """A catalogue that cannot be opened, read or written; the text names the way out."""


def default_path() -> Path:
    """Return where the person's own catalogue is kept."""
    return paths.data_dir() / "library.db"


def migrations() -> list[tuple[int, str]]:
    """Return the steps by number: ``(version, script)``, each a whole transaction."""
    found = []
    for entry in resources.files("genredesk.library.catalogue").joinpath("migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_\w+\.sql", entry.name)
        if match:
            found.append((int(match[1]), entry.read_text(encoding="utf-8")))
    return sorted(found)


def explained(path: Path, error: sqlite3.Error | OSError) -> CatalogueError:
    """Put what SQLite says about the file into words."""
    text = str(error)
    if "full" in text and "disk" in text:
        why = say("the disk is full. Make room there and start again; what was done stays")
    elif "locked" in text or "busy" in text:
        why = say("another GenreDesk is writing to it and does not finish. Close it and try again")
    elif "readonly" in text or "unable to open" in text or isinstance(error, OSError):
        why = say(
            "it cannot be opened or written ({text}). Check its folder's permissions", text=text
        )
    elif "malformed" in text or "not a database" in text:
        why = say(
            "it is damaged or no catalog. Put it aside and restore a backup from the same folder"
        )
    else:
        why = say(
            "{text}. Start again; if that does not help, restore a backup from its folder",
            text=text,
        )
    return CatalogueError(f"{path.name}: {why}.")


def examined(path: Path) -> int:
    """Return the version of a catalogue that is sound; nothing in it is changed.

    Raises
    ------
    CatalogueError
        When it is damaged, no catalogue, or from a newer version.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=BUSY_S, uri=True)
        ) as connection:
            _refuse_foreign(path, connection)
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            _refuse_newer(path, version, migrations()[-1][0])
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise sqlite3.DatabaseError(say("malformed: {said}", said=said))
    except (sqlite3.Error, OSError) as error:
        raise explained(path, error) from error
    return version


class Database:
    """One catalogue file and its connections.

    Parameters
    ----------
    path
        The file; it is made, with its folder, when it is not there.

    Raises
    ------
    CatalogueError
        When it is broken, no catalogue, from a newer version, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._upgrade()
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise explained(path, error) from error
        except BaseException:
            self.close()
            raise

    # -------------------------------------------------------------- connections

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection (autocommit; see :meth:`write` for changes)."""
        thread = threading.current_thread()
        with self._mutex:
            found = self._connections.get(thread)
            if found is not None:
                return found
            if self._closed:
                raise CatalogueError(say("{path}: the catalog is closed.", path=self.path.name))
            for other in [t for t in self._connections if not t.is_alive()]:
                self._connections.pop(other).close()
            connection = self._connections[thread] = self._connect()
            return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            _refuse_foreign(self.path, connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close every connection; no thread may be using the catalogue any more."""
        with self._mutex:
            self._closed = True
            for connection in self._connections.values():
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._connections.clear()

    # -------------------------------------------------------------- reading and writing

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection; what SQLite complains about becomes a sentence."""
        try:
            yield self.connection()
        except sqlite3.Error as error:
            raise explained(self.path, error) from error

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Give a connection on which several queries see the same moment."""
        with self.read() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    @contextlib.contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one transaction; an error inside the block undoes all of it.

        Parameters
        ----------
        durable
            The transaction is on the disk, not only with the operating system, when the block has
            ended: for what must be known after a power cut, as the journal of file operations.

        Raises
        ------
        CatalogueError
            When the disk is full, another instance does not finish, or the file is damaged.
        """
        connection = self.connection()
        if connection.in_transaction:  # part of a larger one
            yield connection
            return
        try:
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
            finally:
                if durable:
                    connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise explained(self.path, error) from error

    def check(self) -> list[str]:
        """Return what SQLite's integrity check and foreign-key check find; empty when sound."""
        with self.read() as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            strays = connection.execute("PRAGMA foreign_key_check").fetchall()
        problems = [] if said == ["ok"] else said
        return problems + [f"a row of {table} points nowhere" for table, *_ in strays]

    # -------------------------------------------------------------- versions

    @property
    def version(self) -> int:
        """Number of the last step that was applied."""
        return self.connection().execute("PRAGMA user_version").fetchone()[0]

    def _upgrade(self) -> None:
        steps = migrations()
        newest = steps[-1][0]
        _refuse_newer(self.path, self.version, newest)
        if self.version == newest:
            return
        with FileLock(self.path.with_name(self.path.name + ".upgrade")).held(BUSY_S):
            have = self.version
            _refuse_newer(self.path, self.version, newest)
            if 0 < have < newest:
                self._back_up(have)
            for number, script in steps:
                if number > have:
                    self._apply(number, script)

    def _apply(self, number: int, script: str) -> None:
        connection = self.connection()
        try:
            if number == 1:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.executescript(script)
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if self.version != number:
            raise CatalogueError(
                say(
                    "{path}: step {number} did not say its number.",
                    path=self.path.name,
                    number=number,
                )
            )

    def _back_up(self, version: int) -> Path:
        """Copy the catalogue beside itself before it is changed; keep the newest few copies."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        target = self.path.with_name(f"{self.path.name}.v{version}-{stamp}.backup")
        part = target.with_name(target.name + ".tmp")
        part.unlink(missing_ok=True)
        copy = sqlite3.connect(part)
        try:
            self.connection().backup(copy)
        finally:
            copy.close()
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        old = sorted(self.path.parent.glob(f"{self.path.name}.v*.backup"))
        for stale in old[:-_BACKUPS]:
            stale.unlink(missing_ok=True)
        return target


def _refuse_newer(path: Path, have: int, newest: int) -> None:
    if have > newest:
        raise CatalogueError(
            say(
                "{path}: it was written by a newer GenreDesk (version {have} of the catalog, "
                "this program knows {newest}). Install the newer one; a backup made before it "
                "was brought up to date may lie beside it.",
                path=path.name,
                have=have,
                newest=newest,
            )
        )


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse another program's database before anything of it is changed."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark == APPLICATION_ID:
        return
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise CatalogueError(
            say("{path}: this is another program's database. Choose another.", path=path.name)
        )
