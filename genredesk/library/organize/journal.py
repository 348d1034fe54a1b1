"""What was meant to happen to files and what became of it, on the disk before it happens.

Between ``apply`` and the catalogue's tables ``plan``, ``step`` and ``original``. The catalogue's
rows of files change in the same transaction that notes a step as done.
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from genredesk.library.catalogue import file_writes
from genredesk.library.organize.plan import Fingerprint, Plan, Step, StepKind
from genredesk.library.records import Found, described, signed

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

_FINGERPRINT = struct.Struct("<qqQQQ")


class StepState(StrEnum):
    """Where a step is; ``doing`` and ``undoing`` after a kill mean: look at the disk."""

    PENDING = "pending"
    DOING = "doing"
    DONE = "done"
    SKIPPED = "skipped"
    UNDOING = "undoing"
    UNDONE = "undone"
    LEFT = "left"
    """Done, and could not be taken back."""


class Direction(Enum):
    """Which way a run goes through the steps of a plan, and their states on that way.

    Attributes
    ----------
    waiting, doing, finished, refused
        Of a step the run has not come to, is at, has done, and has left alone.
    """

    FORWARD = StepState.PENDING, StepState.DOING, StepState.DONE, StepState.SKIPPED
    BACK = StepState.DONE, StepState.UNDOING, StepState.UNDONE, StepState.LEFT

    def __init__(
        self, waiting: StepState, doing: StepState, finished: StepState, refused: StepState
    ) -> None:
        self.waiting, self.doing, self.finished, self.refused = waiting, doing, finished, refused


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One step as the journal keeps it; see the table ``step``."""

    plan_id: int
    n: int
    kind: StepKind
    file_id: int
    source: str
    target: str
    genres: tuple[str, ...]
    fingerprint: Fingerprint
    result: Fingerprint | None
    digest: bytes
    state: StepState
    note: str = ""

    @property
    def rewrites(self) -> bool:
        """Whether it puts other content into a file that is there and keeps its name."""
        return self.kind is StepKind.TAG or (self.kind is StepKind.WRITE and bool(self.source))

    def became(
        self, state: StepState, note: str = "", result: Fingerprint | None = None
    ) -> JournalEntry:
        """Return it in another state."""
        return replace(self, state=state, note=note, result=result or self.result)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of the table ``plan`` with the number of its steps (folders not counted).

    ``left``: skipped, or (``stuck`` of them) done and not to be taken back so far.
    """

    plan_id: int
    action: str
    title: str
    created_at: float
    state: str
    root_id: int | None
    steps: int
    done: int
    left: int
    stuck: int


def pack(fingerprint: Fingerprint | None) -> bytes:
    """Return a fingerprint as the journal stores it; none is empty."""
    if fingerprint is None:
        return b""
    f = fingerprint
    whole = 1 << 64
    return _FINGERPRINT.pack(f.size, f.mtime_ns, f.inode % whole, f.dev % whole, f.n_links)


def unpack(raw: bytes) -> Fingerprint | None:
    """Return what :func:`pack` stored."""
    return Fingerprint(*_FINGERPRINT.unpack(raw)) if raw else None


_NOTHING = Fingerprint(0, 0)
_COLUMNS = (
    "plan_id, n, kind, file_id, source, target, genres, fingerprint, result, digest, state, note"
)


def _entry(row: tuple) -> JournalEntry:
    plan_id, n, kind, file_id, source, target, genres, before, after, digest, state, note = row
    return JournalEntry(
        plan_id, n, StepKind(kind), file_id, os.fsdecode(source), os.fsdecode(target),
        tuple(json.loads(genres)) if genres else (), unpack(before) or _NOTHING, unpack(after),
        digest, StepState(state), note,
    )  # fmt: skip


class Journal:
    """The journal of one catalogue; a writing method is one transaction, synced when it returns."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._db = catalogue.db
        self._roots = catalogue.roots
        with self._db.read() as connection:
            (self.mark,) = connection.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()

    def begin(self, plan: Plan, folders: Sequence[str], steps: Sequence[Step]) -> int:
        """Write down a plan with everything it will do; return its number."""
        rows = [
            (n, StepKind.FOLDER, 0, b"", os.fsencode(f), "", b"") for n, f in enumerate(folders)
        ]
        rows += [
            (
                n, step.kind, step.file_id, os.fsencode(step.source), os.fsencode(step.target),
                json.dumps(step.genres, ensure_ascii=False) if step.genres else "",
                pack(step.fingerprint),
            )
            for n, step in enumerate(steps, len(folders))
        ]  # fmt: skip
        with self._db.write(durable=True) as connection:
            moves = any(step.kind is StepKind.MOVE for step in steps)
            plan_id = connection.execute(
                "INSERT INTO plan (action, title, created_at, state, place)"
                " VALUES (?, ?, ?, 'applying', ?)",
                (plan.action, plan.named(len(steps)), time.time(),
                 os.fsencode(plan.to) if moves else b""),
            ).lastrowid  # fmt: skip
            assert plan_id is not None  # noqa: S101 - an INSERT has one
            connection.executemany(
                "INSERT INTO step (plan_id, n, kind, file_id, source, target, genres, fingerprint,"
                " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')",
                ((plan_id, *row) for row in rows),
            )
        return plan_id

    # -------------------------------------------------------------- reading

    def entries(
        self, plan_id: int, state: StepState, *, limit: int, after: int | None = None,
        backwards: bool = False,
    ) -> list[JournalEntry]:  # fmt: skip
        """Return up to ``limit`` steps in a state, in their order or ``backwards``.

        ``after``: number of the last step that was returned before.
        """
        order, beyond, start = ("DESC", "<", 1 << 62) if backwards else ("ASC", ">", -1)
        with self._db.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM step WHERE plan_id = ? AND state = ?"  # noqa: S608
                f" AND n {beyond} ? ORDER BY n {order} LIMIT ?",
                (plan_id, state, start if after is None else after, limit),
            ).fetchall()
        return [_entry(row) for row in rows]

    def troubled(self, plan_id: int, states: Iterable[StepState]) -> list[JournalEntry]:
        """Return the steps that were skipped, or could not be taken back."""
        wanted = list(states)
        marks = ",".join("?" * len(wanted))
        with self._db.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM step WHERE plan_id = ?"  # noqa: S608
                f" AND state IN ({marks}) AND kind <> 'folder' ORDER BY n",
                (plan_id, *wanted),
            ).fetchall()
        return [_entry(row) for row in rows]

    def file_ids(self, plan_id: int, state: StepState) -> tuple[int, ...]:
        """Return the catalogue's numbers of the files whose steps are in a state."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT DISTINCT file_id FROM step WHERE plan_id = ? AND state = ? AND file_id > 0",
                (plan_id, state),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def patch(self, entry: JournalEntry) -> bytes:
        """Return what brings a tagged file's bytes back."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT patch FROM original WHERE plan_id = ? AND n = ?", (entry.plan_id, entry.n)
            ).fetchone()
        return found[0] if found else b""

    def interrupted(self) -> bool:
        """Return whether a plan was being applied or undone when its program ended."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT 1 FROM plan WHERE state IN ('applying', 'undoing')"
            ).fetchone()
        return found is not None

    def plans(self) -> list[PlanRow]:
        """Return every plan, newest first."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT id, action, title, created_at, plan.state, root_id, count(n),"
                " count(CASE step.state WHEN 'done' THEN 1 WHEN 'doing' THEN 1 WHEN 'undoing'"
                " THEN 1 END), count(CASE step.state WHEN 'skipped' THEN 1 WHEN 'left' THEN 1 END),"
                " count(CASE step.state WHEN 'left' THEN 1 END)"
                " FROM plan LEFT JOIN step ON plan_id = id AND kind <> 'folder'"
                " GROUP BY id ORDER BY id DESC"
            ).fetchall()
        return [PlanRow(*row) for row in rows]

    # -------------------------------------------------------------- writing

    def advance(
        self, finished: Sequence[JournalEntry], started: Iterable[JournalEntry], state: StepState
    ) -> None:
        """Note what became of steps, and that others are about to be touched.

        Parameters
        ----------
        finished
            Steps with the state they have now; the catalogue's rows of their files follow.
        started, state
            Steps that get ``state`` before anything of them happens.
        """
        changed = [(entry, _as_it_lies(entry)) for entry in finished if _changes_a_row(entry)]
        with self._db.write(durable=True) as connection:
            connection.executemany(
                "UPDATE step SET state = ?, note = ?, result = ?, digest = ?"
                " WHERE plan_id = ? AND n = ?",
                [(e.state, e.note, pack(e.result), e.digest, e.plan_id, e.n) for e in finished],
            )
            for entry, found in changed:
                if entry.kind is StepKind.TAG:
                    file_writes.rewrite_file(connection, entry.file_id, found, entry.genres)
                else:
                    _moved(connection, entry, found)
            connection.executemany(
                "UPDATE step SET state = ?, note = '' WHERE plan_id = ? AND n = ?",
                [(state, e.plan_id, e.n) for e in started],
            )

    def prepared(self, entries: Iterable[tuple[JournalEntry, bytes]]) -> None:
        """Note what finished files of ours, still under hidden names, will look like.

        Each comes with the patch that brings the original back (tag steps), else nothing.
        """
        with self._db.write(durable=True) as connection:
            for entry, patch in entries:
                connection.execute(
                    "UPDATE step SET result = ?, digest = ? WHERE plan_id = ? AND n = ?",
                    (pack(entry.result), entry.digest, entry.plan_id, entry.n),
                )
                if patch:
                    connection.execute(
                        "INSERT OR REPLACE INTO original VALUES (?, ?, ?)",
                        (entry.plan_id, entry.n, patch),
                    )

    def close(self, plan_id: int, state: str, note: str = "") -> None:
        """End a run: give the plan its state; steps that were not reached are skipped."""
        with self._db.write(durable=True) as connection:
            connection.execute("UPDATE plan SET state = ? WHERE id = ?", (state, plan_id))
            if state in {"applied", "undone"}:
                connection.execute(
                    "UPDATE step SET state = 'skipped', note = ?"
                    " WHERE plan_id = ? AND state = 'pending'",
                    (note, plan_id),
                )
            if state == "undone":
                connection.execute("DELETE FROM original WHERE plan_id = ? AND n NOT IN (SELECT n"
                                   " FROM step WHERE plan_id = ? AND state = 'left')",
                                   (plan_id, plan_id))  # fmt: skip

    def reopen(self, plan_id: int) -> None:
        """Begin to undo: steps that could not be taken back before are tried again."""
        with self._db.write(durable=True) as connection:
            connection.execute("UPDATE plan SET state = 'undoing' WHERE id = ?", (plan_id,))
            connection.execute(
                "UPDATE step SET state = 'done' WHERE plan_id = ? AND state = 'left'", (plan_id,)
            )

    # -------------------------------------------------------------- the catalogue follows

    def adopt(self, plan_id: int) -> None:
        """Make the folder a plan moved files into part of the library, if it is not yet."""
        with self._db.write() as connection:
            (raw, n_moved) = connection.execute(
                "SELECT place, (SELECT count(*) FROM step WHERE plan_id = id AND kind = 'move'"
                " AND state = 'done') FROM plan WHERE id = ?",
                (plan_id,),
            ).fetchone()
            folder = Path(os.fsdecode(raw))
            if not raw or not n_moved or not folder.is_dir():
                return
            before = {root.id for root in self._roots.all()}
            root = self._roots.add(folder)
            if root.id not in before:
                connection.execute("UPDATE plan SET root_id = ? WHERE id = ?", (root.id, plan_id))

    def disown(self, plan_id: int) -> None:
        """Take the folder out of the library again that came with a plan, if it is empty now."""
        with self._db.write() as connection:
            connection.execute(
                "DELETE FROM root WHERE id = (SELECT root_id FROM plan WHERE id = ?)"
                " AND NOT EXISTS (SELECT 1 FROM file WHERE file.root_id = root.id)",
                (plan_id,),
            )


def _changes_a_row(entry: JournalEntry) -> bool:
    done = entry.state in {StepState.DONE, StepState.UNDONE}
    return bool(entry.file_id) and done and entry.kind in {StepKind.MOVE, StepKind.TAG}


def _as_it_lies(entry: JournalEntry) -> Found:
    """Return how the file of a step lies now; what was seen before if it is gone or another."""
    place = os.fsencode(entry.source if entry.state is StepState.UNDONE else entry.target)
    left = entry.result or entry.fingerprint
    try:
        what = os.stat(place)  # noqa: PTH116 - bytes
    except OSError:
        what = None
    if what is not None and left.same(Fingerprint.of(what)):
        return described(place, what)
    return Found(place, left.size, left.mtime_ns, signed(left.dev), signed(left.inode))


def _moved(connection: Connection, entry: JournalEntry, found: Found) -> None:
    here = entry.target if entry.state is StepState.UNDONE else entry.source
    row = connection.execute("SELECT path FROM file WHERE id = ?", (entry.file_id,)).fetchone()
    if row is not None and row[0] == os.fsencode(here):  # else a scan has followed it already
        file_writes.place_file(connection, entry.file_id, found)
