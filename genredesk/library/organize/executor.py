"""One way through a plan, forwards or back, from its first step to its end in the journal.

:meth:`PlanRun.through` reads from top to bottom. What became of one batch and what the next one
touches is journalled in one synced write, so that ten thousand renames wait for the disk ten times.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from genredesk.core.errors import Cancelled
from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.library.organize import fsops
from genredesk.library.organize.journal import Direction, Journal, JournalEntry, StepState
from genredesk.library.organize.plan import StepKind
from genredesk.library.organize.steps import DiskFull, Ready, StepExecutor

BATCH = 1000
"""Steps that are journalled in one synced transaction, and looked at after a kill."""
_FILES_AT_ONCE = 32
_BYTES_AT_ONCE = 256 << 20
"""Finished files under hidden names at one time: what a run needs of free space at most."""


STOPPED = mark("GenreDesk was stopped before it came to this file.")
FULL = mark("The disk was full before it came to this file.")


class PlanRun:
    """One way through the steps of a plan, batch by batch.

    Parameters
    ----------
    hands
        Know the way, and do one step.
    total
        Steps there are, folders not counted.

    Attributes
    ----------
    done
        Steps that were done (or taken back) so far.
    """

    def __init__(
        self, journal: Journal, hands: StepExecutor, plan_id: int, total: int, ctx: JobContext
    ) -> None:
        self._journal = journal
        self._hands = hands
        self.way = hands.way
        self.total = total
        self._ctx = ctx
        self.plan_id = plan_id
        self.done = 0
        self._seen = 0
        self._batch: Sequence[JournalEntry] = ()
        self._now: list[JournalEntry] = []
        """The steps of the batch that were come to, as they are now; not in the journal yet."""

    def through(self) -> str:
        """Do all steps and end the plan in the journal; return why it ended early, or nothing.

        Raises
        ------
        Cancelled
            After the batch that was running; the plan is ended all the same.
        """
        problem, stopped = "", False
        try:
            while self._begin():
                self._touch()
                self._make()
                self._empty()
        except DiskFull as full:
            problem = str(full)
        except Cancelled:
            stopped = True
        except BaseException:
            # What was done is noted; what was begun besides, `recover` asks the disk about.
            self._journal.advance(self._now, (), self.way.doing)
            raise
        self._count()
        self._journal.advance(self._now, (), self.way.doing)
        self._hands.clear_way()
        whole = not problem if self.way is Direction.BACK else self.done == self.total
        whole = whole and not stopped
        why = say(FULL if problem else STOPPED)
        end(self._journal, self.plan_id, self.way, whole=whole, why=why)
        if stopped:
            raise Cancelled(
                say("Stopped after {done} of {total} files.", done=self.done, total=self.total)
            )
        return problem

    # -------------------------------------------------------------- one batch

    def _begin(self) -> bool:
        """Note what became of the last batch and what the next touches; ``False``: none is left."""
        last = self._batch[-1].n if self._batch else None
        self._count()
        self._ctx.progress(self._seen, self.total, _message(self._now))
        batch = self._journal.entries(
            self.plan_id, self.way.waiting, limit=BATCH, after=last,
            backwards=self.way is Direction.BACK,
        )  # fmt: skip
        if batch:
            self._journal.advance(self._now, batch, self.way.doing)
            self._now = []
            self._batch = batch
        return bool(batch)

    def _touch(self) -> None:
        """Do what is one touch of the disk."""
        for entry in self._batch:
            if entry.kind is StepKind.FOLDER and self.way is Direction.BACK:
                continue  # only when nothing of ours is in it any more
            if entry.kind is not StepKind.MOVE:
                self._ctx.checkpoint()
            if (done := self._hands.at_once(entry)) is not None:
                self._now.append(done)

    def _make(self) -> None:
        """Do what makes a file, some at a time: prepared, journalled, then given their names."""
        reached = {entry.n for entry in self._now}
        left = [e for e in self._batch if e.n not in reached and e.kind is not StepKind.FOLDER]
        for portion in _portions(left):
            self._ctx.checkpoint()
            self._publish(portion)
            seen = self._seen + len(self._now)
            self._ctx.progress(seen, self.total, portion[-1].source)

    def _publish(self, portion: Sequence[JournalEntry]) -> None:
        """Make a few files under hidden names, journal what they are, then give them their names.

        When the disk is full half way, those that are ready still get theirs.
        """
        ready: list[Ready] = []
        full: DiskFull | None = None
        try:
            for entry in portion:
                try:
                    made = self._hands.prepare(entry)
                except DiskFull as error:
                    full = error
                    break
                if isinstance(made, Ready):
                    ready.append(made)
                else:
                    self._now.append(made)
            self._journal.prepared((r.entry, r.patch) for r in ready)
            while ready:
                self._now.append(self._hands.publish(ready[0]))
                ready.pop(0)
        finally:
            for waiting in ready:  # it was broken off
                with contextlib.suppress(OSError):
                    fsops.discard(waiting.temp)
        if full is not None:
            raise full

    def _empty(self) -> None:
        """On the way back take folders away that are empty by now."""
        if self.way is Direction.BACK:
            folders = [entry for entry in self._batch if entry.kind is StepKind.FOLDER]
            self._now += [self._hands.folder(entry) for entry in folders]

    def _count(self) -> None:
        """Count what was done of the batch; steps it did not come to are waiting again."""
        reached = {entry.n for entry in self._now}
        left = [entry for entry in self._batch if entry.n not in reached]
        files = [e for e in (*self._now, *left) if self._batch and e.kind is not StepKind.FOLDER]
        self._now += [entry.became(self.way.waiting) for entry in left]
        self._seen += len(files)
        self.done += sum(entry.state is self.way.finished for entry in files)
        self._batch = ()


def end(journal: Journal, plan_id: int, way: Direction, *, whole: bool, why: str) -> None:
    """End a run, also one that was killed: its folders, the library's, and its line in the journal.

    Parameters
    ----------
    whole
        It came to its last step.
    why
        Noted with the steps it did not come to.
    """
    back = way is Direction.BACK
    if back or not whole:
        _remove_empty_folders(journal, plan_id)
    if not back:
        journal.adopt(plan_id)
    elif whole:
        journal.disown(plan_id)
    journal.close(plan_id, "undone" if back and whole else "applied", why)


def _remove_empty_folders(journal: Journal, plan_id: int) -> None:
    """Take away folders that were made for steps which were then not done, or were taken back."""
    made = journal.entries(plan_id, StepState.DONE, limit=1 << 31)
    folders = [entry for entry in made if entry.kind is StepKind.FOLDER]
    gone = [e for e in reversed(folders) if fsops.remove_folder(e.target)]
    if gone:
        journal.advance([e.became(StepState.UNDONE) for e in gone], (), StepState.DOING)


def _portions(entries: Sequence[JournalEntry]) -> Iterator[list[JournalEntry]]:
    portion: list[JournalEntry] = []
    n_bytes = 0
    for entry in entries:
        if portion and (len(portion) == _FILES_AT_ONCE or n_bytes > _BYTES_AT_ONCE):
            yield portion
            portion, n_bytes = [], 0
        portion.append(entry)
        n_bytes += entry.fingerprint.size
    if portion:
        yield portion


def _message(finished: Sequence[JournalEntry]) -> str:
    return os.path.basename(finished[-1].source) if finished else ""  # noqa: PTH119
