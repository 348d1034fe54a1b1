"""Run a plan, take it back, and set right what a crash left half done.

Above the journal (what was meant and what became of it) and ``acts`` (what happens to one file).
Each step is in the journal, on the disk, before anything happens; nothing is ever overwritten.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genredesk.core.errors import Cancelled
from genredesk.core.job import JobContext
from genredesk.library.catalogue.lock import FileLock, Held
from genredesk.library.organize import fsops
from genredesk.library.organize.executor import PlanRun
from genredesk.library.organize.journal import Journal, PlanRow, StepState
from genredesk.library.organize.plan import Plan, PlanError, Step, StepKind
from genredesk.library.organize.recovery import settle
from genredesk.library.organize.steps import StepExecutor

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

STOPPED = "GenreDesk was stopped before it came to this file."
FULL = "The disk was full before it came to this file."


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
        Whether this is the plan that is taken back next: the newest with something to take back.
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
            journal.mark[:8], back=False, contents=lambda e: contents.get(e.n, b"")
        )
        run = PlanRun(journal, hands, plan_id, len(steps), ctx)
        try:
            problem = run.everything()
        except Cancelled:
            _end_of_apply(journal, plan, run, STOPPED)
            raise Cancelled(f"Stopped after {run.done} of {len(steps)} files.") from None
        _end_of_apply(journal, plan, run, FULL if problem else STOPPED)
        return _outcome(journal, run, problem)


def undo(catalogue: Catalogue, plan_id: int | None, ctx: JobContext) -> Outcome:
    """Take a plan back, last step first (``None``: the newest that can be).

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
        plan_id = plan.plan_id
        journal.reopen(plan_id)
        hands = StepExecutor(journal.mark[:8], back=True, contents=journal.patch)
        run = PlanRun(journal, hands, plan_id, plan.steps, ctx)
        try:
            problem = run.everything()
        except Cancelled:
            journal.close(plan_id, "applied", STOPPED)
            raise Cancelled(f"Stopped after {run.done} of {plan.steps} files.") from None
        if not problem:
            journal.disown(plan_id)
        journal.close(plan_id, "applied" if problem else "undone", FULL if problem else STOPPED)
        return _outcome(journal, run, problem)


def recover(catalogue: Catalogue) -> list[str]:
    """After a kill: complete or roll back each half-done step; return a sentence for each plan.

    Cheap when there is nothing to do. Does nothing while another instance is at work.
    """
    try:
        with _alone(catalogue, settled=False) as journal:
            return _settle_all(journal)
    except Held:
        return []


def history(catalogue: Catalogue) -> list[HistoryEntry]:
    """Return every plan that was applied, newest first."""
    plans = Journal(catalogue).plans()
    first = next((p.plan_id for p in plans if p.done), None)
    return [
        HistoryEntry(p.plan_id, p.action, p.title, p.created_at, p.state, p.steps, p.done, p.left,
             p.plan_id == first)
        for p in plans
    ]  # fmt: skip


def troubles(catalogue: Catalogue, plan_id: int) -> list[Trouble]:
    """Return the steps of a plan that were not done or not taken back, with the reasons."""
    return _troubles(Journal(catalogue), plan_id)


# ---------------------------------------------------------------- folders and words


def _new_folders(steps: Sequence[Step]) -> list[str]:
    """Return the folders that have to be made, parents first."""
    wanted: set[str] = set()
    known: set[str] = set()
    for step in steps:
        if step.kind is StepKind.TAG:
            continue
        place = os.path.dirname(step.target)  # noqa: PTH120
        while place not in known:
            known.add(place)
            if os.path.isdir(place):  # noqa: PTH112
                break
            wanted.add(place)
            place = os.path.dirname(place)  # noqa: PTH120
    return sorted(wanted, key=lambda folder: (folder.count(os.sep), folder))


def _end_of_apply(journal: Journal, plan: Plan, run: PlanRun, why: str) -> None:
    if run.done < run.total:
        _remove_empty_folders(journal, run.plan_id)
    if plan.to and any(step.kind is StepKind.MOVE for step in plan.steps) and run.done:
        journal.adopt(run.plan_id, plan.to)
    journal.close(run.plan_id, "applied", why)


def _remove_empty_folders(journal: Journal, plan_id: int) -> None:
    """Take away folders that were made for steps which were then not done, or were taken back."""
    made = journal.entries(plan_id, StepState.DONE, limit=1 << 31)
    folders = [entry for entry in made if entry.kind is StepKind.FOLDER]
    gone = [e for e in reversed(folders) if fsops.remove_folder(e.target)]
    if gone:
        journal.advance([e.became(StepState.UNDONE) for e in gone], (), StepState.DOING)


def _outcome(journal: Journal, run: PlanRun, problem: str) -> Outcome:
    left = tuple(_troubles(journal, run.plan_id))
    file_ids = journal.file_ids(run.plan_id, StepState.DONE) + journal.file_ids(
        run.plan_id, StepState.UNDONE
    )
    return Outcome(run.plan_id, run.done, left, file_ids, problem)


def _troubles(journal: Journal, plan_id: int) -> list[Trouble]:
    return [Trouble(e.n, e.source or e.target, e.note) for e in journal.troubled(plan_id)]


# ---------------------------------------------------------------- one at a time, nothing half done


@contextlib.contextmanager
def _alone(catalogue: Catalogue, *, settled: bool = True) -> Iterator[Journal]:
    """Give the journal while no other instance changes files, with nothing half done in it."""
    lock = FileLock(catalogue.path.with_name(catalogue.path.name + ".files"))
    with lock.held():
        journal = Journal(catalogue)
        if settled:
            _settle_all(journal)
        yield journal


def _settle_all(journal: Journal) -> list[str]:
    told: list[str] = []
    if not journal.interrupted():
        return told
    for plan in journal.plans():
        if plan.state not in {"applying", "undoing"}:
            continue
        for state in (StepState.DOING, StepState.UNDOING):
            half = journal.entries(plan.plan_id, state, limit=1 << 31)
            try:
                found = [settle(entry, journal.mark[:8]) for entry in half]
            except OSError as error:
                raise PlanError(
                    f"“{plan.title}” was interrupted, and what became of it cannot be looked at: "
                    f"{fsops.explain(error)}. Connect its drive and start again."
                ) from error
            journal.advance(found, (), state)
        _remove_empty_folders(journal, plan.plan_id)
        done = _done(journal, plan.plan_id)
        is_undone = plan.state == "undoing" and not done
        if is_undone:
            journal.disown(plan.plan_id)
        journal.close(plan.plan_id, "undone" if is_undone else "applied", STOPPED)
        told.append(
            f"“{plan.title}” was interrupted. Every file is whole: {done} of {plan.steps} are done"
            + (" and can be undone." if done else ".")
        )
    return told


def _done(journal: Journal, plan_id: int) -> int:
    return next(p.done for p in journal.plans() if p.plan_id == plan_id)


def _undoable(plans: Sequence[PlanRow], plan_id: int | None) -> PlanRow:
    open_ = [p for p in plans if p.done]
    if plan_id is None:
        if not open_:
            raise PlanError("There is nothing to undo.")
        return open_[0]
    chosen = next((p for p in plans if p.plan_id == plan_id), None)
    if chosen is None:
        raise PlanError(f"There is no plan {plan_id}. `genredesk undo --list` shows them all.")
    if not chosen.done and not (chosen.state == "undone" and chosen.left):
        raise PlanError(f"“{chosen.title}” is undone already.")
    newer = [p for p in open_ if p.plan_id > plan_id]
    if newer:
        raise PlanError(f"“{newer[0].title}” is newer. Undo it first; the newest goes first.")
    return chosen
