"""Run a plan, take it back, and set right what a crash left half done.

Above the journal (what was meant and what became of it), ``executor`` (a run through it) and
``steps`` (what happens to one file). Each step is in the journal, on the disk, before anything
happens; nothing is ever overwritten.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.library.catalogue.lock import FileLock, Held
from genredesk.library.organize import fsops
from genredesk.library.organize.executor import FULL, STOPPED, PlanRun
from genredesk.library.organize.journal import Direction, Journal, PlanRow, StepState
from genredesk.library.organize.plan import Plan, PlanError, Step
from genredesk.library.organize.recovery import settle_all
from genredesk.library.organize.steps import StepExecutor

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

__all__ = [
    "FULL", "STOPPED", "HistoryEntry", "Outcome", "Trouble", "apply", "history", "recover",
    "troubles", "undo",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that was not done, or not taken back, and why."""

    n: int
    path: str
    note: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan.

    Parameters
    ----------
    plan_id
        Its number in the journal; 0 when nothing was to be done.
    done
        Steps that were done (or taken back) in this run.
    left
        Steps that were skipped or could not be taken back, with the reason.
    file_ids
        Rows of the catalogue that changed.
    problem
        Why it ended early, as a sentence; empty when it ran to its end.
    """

    plan_id: int
    done: int
    left: tuple[Trouble, ...]
    file_ids: tuple[int, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history.

    Parameters
    ----------
    state
        ``applying``, ``applied``, ``undoing`` or ``undone``.
    done
        Steps that are done and not taken back.
    left
        Steps that were skipped or could not be taken back.
    undoable
        Whether it can be taken back now: something of it is left to be, and nothing newer.
    stuck
        How many of ``left`` could not be taken back so far; undoing tries them again.
    """

    plan_id: int
    action: str
    title: str
    created_at: float
    state: str
    steps: int
    done: int
    left: int
    undoable: bool
    stuck: int = 0


def apply(
    catalogue: Catalogue, plan: Plan, ctx: JobContext, ticked: Iterable[int] | None = None
) -> Outcome:
    """Do the ticked steps (default: those without conflict or doubt).

    A step whose file is not as it was when the plan was made is skipped with a note. The run ends
    early, with everything whole and undoable, when the disk is full.

    Raises
    ------
    Cancelled
        After the batch that was running; what was done is in the history and can be undone.
    PlanError, Held, CatalogueError
        Before anything happened; or, should the journal itself fail half way, with each file either
        as it was or as planned: :func:`recover` tells which.
    """
    steps = plan.chosen(ticked)
    if not steps:
        return Outcome(0, 0, (), ())
    with _alone(catalogue) as journal:
        folders = _new_folders(steps)
        plan_id = journal.begin(plan, folders, steps)
        contents = {n: s.content for n, s in enumerate(steps, len(folders)) if s.content}
        hands = StepExecutor(
            journal.mark[:8], Direction.FORWARD, contents=lambda e: contents.get(e.n, b"")
        )
        run = PlanRun(journal, hands, plan_id, len(steps), ctx)
        return _outcome(journal, run, run.through())


def undo(catalogue: Catalogue, plan_id: int | None, ctx: JobContext) -> Outcome:
    """Take a plan back, last step first (``None``: the newest of which something is left to be).

    A file that is not as we left it stays as it is and is named in the outcome.

    Raises
    ------
    PlanError
        When there is nothing to undo, or newer plans have to be undone first.
    Cancelled
        After the batch that was running; undoing goes on with the next call.
    """
    with _alone(catalogue) as journal:
        plan = _undoable(journal.plans(), plan_id)
        journal.reopen(plan.plan_id)
        hands = StepExecutor(journal.mark[:8], Direction.BACK, contents=journal.patch)
        run = PlanRun(journal, hands, plan.plan_id, plan.steps, ctx)
        return _outcome(journal, run, run.through())


def recover(catalogue: Catalogue) -> list[str]:
    """After a kill: complete or roll back each half-done step; return a sentence for each plan.

    Cheap when there is nothing to do. Does nothing while another instance is at work.
    """
    try:
        with _alone(catalogue, settled=False) as journal:
            return settle_all(journal)
    except Held:
        return []


def history(catalogue: Catalogue) -> list[HistoryEntry]:
    """Return every plan that was applied, newest first."""
    plans = Journal(catalogue).plans()
    newest = max((p.plan_id for p in plans if p.done), default=0)
    return [
        HistoryEntry(p.plan_id, p.action, p.title, p.created_at, p.state, p.steps, p.done, p.left,
             bool(p.done or p.stuck) and p.plan_id >= newest, p.stuck)
        for p in plans
    ]  # fmt: skip


def troubles(catalogue: Catalogue, plan_id: int) -> list[Trouble]:
    """Return the steps of a plan that were not done or not taken back, with the reasons."""
    return _troubles(Journal(catalogue), plan_id, StepState.SKIPPED, StepState.LEFT)


# ---------------------------------------------------------------- folders and words


def _new_folders(steps: Sequence[Step]) -> list[str]:
    """Return the folders that have to be made, parents first."""
    targets = [os.path.dirname(s.target) for s in steps if s.source != s.target]  # noqa: PTH120
    return fsops.missing_folders(targets)


def _outcome(journal: Journal, run: PlanRun, problem: str) -> Outcome:
    """Tell what a run did and left alone; ``problem``: why it ended early."""
    left = tuple(_troubles(journal, run.plan_id, run.way.refused))
    file_ids = journal.file_ids(run.plan_id, StepState.DONE) + journal.file_ids(
        run.plan_id, StepState.UNDONE
    )
    return Outcome(run.plan_id, run.done, left, file_ids, problem)


def _troubles(journal: Journal, plan_id: int, *states: StepState) -> list[Trouble]:
    found = journal.troubled(plan_id, states)
    return [Trouble(e.n, e.source or e.target, e.note) for e in found]


# ---------------------------------------------------------------- one at a time, nothing half done


@contextlib.contextmanager
def _alone(catalogue: Catalogue, *, settled: bool = True) -> Iterator[Journal]:
    """Give the journal while no other instance changes files, with nothing half done in it."""
    lock = FileLock(catalogue.db.path.with_name(catalogue.db.path.name + ".files"))
    with lock.held():
        journal = Journal(catalogue)
        if settled:
            settle_all(journal)
        yield journal


def _undoable(plans: Sequence[PlanRow], plan_id: int | None) -> PlanRow:
    if plan_id is None:
        # What could not be taken back comes first: it may be possible now.
        newest = next((p for p in plans if p.done or p.stuck), None)
        if newest is None:
            raise PlanError(say("There is nothing to undo."))
        return newest
    chosen = next((p for p in plans if p.plan_id == plan_id), None)
    if chosen is None:
        raise PlanError(
            say(
                "There is no plan {plan_id}. `genredesk undo --list` shows them all.",
                plan_id=plan_id,
            )
        )
    if not chosen.done and not chosen.stuck:
        raise PlanError(say("“{title}” is undone already.", title=chosen.title))
    newer = [p for p in plans if p.done and p.plan_id > plan_id]
    if newer:
        raise PlanError(
            say("“{title}” is newer. Undo it first; the newest goes first.", title=newer[0].title)
        )
    return chosen
