"""Run a plan, take it back, and set right what a crash left half done.

Above the journal (what was meant and what became of it) and ``fsops`` (what touches the disk). Each
step is in the journal, on the disk, before anything happens; nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from genredesk.core.job import JobContext
from genredesk.library.plan import Plan


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that was not done, and why."""

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
        Steps that were done (or taken back).
    left
        Steps that were skipped or failed, with the reason.
    file_ids
        Rows of the catalogue that changed.
    problem
        Why it ended early ("the disk is full …"); empty when it ran to its end.
    """

    plan_id: int
    done: int
    left: tuple[Trouble, ...]
    file_ids: tuple[int, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history."""

    plan_id: int
    action: str
    title: str
    created_at: float
    state: str
    """``applying``, ``applied``, ``undoing`` or ``undone``."""
    steps: int
    done: int
    left: int
    undoable: bool
    """Whether it is the newest that can be taken back (only that one can be undone now)."""


def apply(
    catalogue: Any, plan: Plan, ctx: JobContext, ticked: Iterable[int] | None = None
) -> Outcome:
    """Do the ticked steps (default: those without conflict or doubt)."""
    raise NotImplementedError


def undo(catalogue: Any, plan_id: int | None, ctx: JobContext) -> Outcome:
    """Take a plan back (default: the newest applied one not undone yet)."""
    raise NotImplementedError


def recover(catalogue: Any) -> list[str]:
    """After a kill: complete or roll back each half-done step; return a sentence for each plan."""
    raise NotImplementedError


def history(catalogue: Any) -> list[Past]:
    """Return every plan that was applied, newest first."""
    raise NotImplementedError


def troubles(catalogue: Any, plan_id: int) -> list[Trouble]:
    """Return the steps of a plan that were not done, with the reasons."""
    raise NotImplementedError
