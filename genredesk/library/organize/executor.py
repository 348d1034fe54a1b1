"""One way through a plan, forwards or back, from its first step to its end in the journal.

Between ``apply`` and ``steps``: what became of one batch and what the next one touches is
journalled in one synced write, so that ten thousand renames wait for the disk ten times.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from genredesk.core.errors import Cancelled
from genredesk.core.job import JobContext
from genredesk.library.organize import fsops
from genredesk.library.organize.journal import Journal, JournalEntry, StepState
from genredesk.library.organize.plan import StepKind
from genredesk.library.organize.steps import DiskFull, Ready, StepExecutor

BATCH = 1000
"""Steps that are journalled in one synced transaction, and looked at after a kill."""
_FILES_AT_ONCE = 32
_BYTES_AT_ONCE = 256 << 20
"""Finished files under hidden names at one time: what a run needs of free space at most."""


STOPPED = "GenreDesk was stopped before it came to this file."
FULL = "The disk was full before it came to this file."


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
        self.total = total
        self._ctx = ctx
        self.plan_id = plan_id
        self.done = 0
        self._seen = 0

    def through(self) -> str:
        """Do all steps and end the plan in the journal; return why it ended early, or nothing.

        Raises
        ------
        Cancelled
            After the batch that was running; the plan is ended all the same.
        """
        back = self._hands.back
        try:
            problem = self._everything()
        except Cancelled:
            self._hands.clear_way()
            end(self._journal, self.plan_id, back=back, whole=False, why=STOPPED)
            raise Cancelled(f"Stopped after {self.done} of {self.total} files.") from None
        self._hands.clear_way()
        whole = not problem if back else self.done == self.total
        why = FULL if problem else STOPPED
        end(self._journal, self.plan_id, back=back, whole=whole, why=why)
        return problem

    def _everything(self) -> str:
        """Do all batches; return why it ended early, or nothing."""
        waiting = StepState.DONE if self._hands.back else StepState.PENDING
        doing = StepState.UNDOING if self._hands.back else StepState.DOING
        finished: list[JournalEntry] = []
        last: int | None = None
        problem = ""
        try:
            while not problem:
                self._ctx.progress(self._seen, self.total, _message(finished))
                batch = self._journal.entries(
                    self.plan_id, waiting, limit=BATCH, after=last, backwards=self._hands.back
                )
                if not batch:
                    break
                last = batch[-1].n
                # One synced write says both what became of the last batch and what comes now.
                self._journal.advance(finished, batch, doing)
                finished = []
                problem = self._batch(batch, finished, waiting)
        finally:
            # Also when cancelled: what was done is noted. After a kill `recover` finds it out.
            self._journal.advance(finished, (), doing)
        return problem

    def _batch(
        self, batch: Sequence[JournalEntry], out: list[JournalEntry], waiting: StepState
    ) -> str:
        """Do one batch; add every step of it to ``out`` as it is now."""
        to_prepare: list[JournalEntry] = []
        emptied: list[JournalEntry] = []
        problem = ""
        try:
            for entry in batch:
                if entry.kind is StepKind.FOLDER and self._hands.back:
                    emptied.append(entry)  # only when nothing of ours is in it any more
                    continue
                if entry.kind is not StepKind.MOVE:
                    self._ctx.checkpoint()
                done = self._hands.at_once(entry)
                if done is None:
                    to_prepare.append(entry)
                else:
                    out.append(done)
            for portion in _portions(to_prepare):
                self._ctx.checkpoint()
                self._publish(portion, out)
                self._ctx.progress(self._seen + len(out), self.total, portion[-1].source)
            out += [self._hands.folder(entry) for entry in emptied]
        except DiskFull as full:
            problem = str(full)
        except Cancelled:
            self._count(batch, out, waiting)
            raise
        self._count(batch, out, waiting)
        return problem

    def _count(
        self, batch: Sequence[JournalEntry], out: list[JournalEntry], waiting: StepState
    ) -> None:
        """Count what was done; steps the batch did not come to are waiting again."""
        reached = {entry.n for entry in out}
        out += [entry.became(waiting) for entry in batch if entry.n not in reached]
        files = [entry for entry in out if entry.kind is not StepKind.FOLDER]
        self._seen += len(files)
        self.done += sum(entry.state is self._hands.finished for entry in files)

    def _publish(self, portion: Sequence[JournalEntry], out: list[JournalEntry]) -> None:
        """Prepare a few files, journal what they will be, then give them their names.

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
                    out.append(made)
            self._journal.prepared((r.entry, r.patch) for r in ready)
            while ready:
                out.append(self._hands.publish(ready[0]))
                ready.pop(0)
            if full is not None:
                raise full
        except BaseException:
            for waiting in ready:
                with contextlib.suppress(OSError):
                    fsops.discard(waiting.temp)
            raise


def end(journal: Journal, plan_id: int, *, back: bool, whole: bool, why: str) -> None:
    """End a run, also one that was killed: its folders, the library's, and its line in the journal.

    Parameters
    ----------
    whole
        It came to its last step.
    why
        Noted with the steps it did not come to.
    """
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
