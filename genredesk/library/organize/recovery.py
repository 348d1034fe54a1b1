"""After a kill: what became of a step that was begun is read from the disk, and finished or undone.

Used by ``apply`` for steps in the states ``doing`` and ``undoing``. Every trace is unambiguous: a
rename either happened or not, a file under a hidden name was never published, and a published one
is known by its size, its time and the SHA-256 that was journalled before.
"""

from __future__ import annotations

import os
from dataclasses import replace

from genredesk.core.messages import mark, say
from genredesk.library.organize import fsops, tags
from genredesk.library.organize.executor import STOPPED, end
from genredesk.library.organize.journal import Direction, Journal, JournalEntry, StepState
from genredesk.library.organize.plan import Fingerprint, PlanError, StepKind

_GONE = mark("It is no longer there, neither where it was nor where it was to go.")


def settle_all(journal: Journal) -> list[str]:
    """Finish or take back every half-done step of every plan; return a sentence for each plan.

    Raises
    ------
    PlanError
        When the disk cannot be asked what became of one.
    """
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
                    say(
                        "“{title}” was interrupted, and what became of it cannot be looked at: "
                        "{reason}. Connect its drive and start again.",
                        title=plan.title,
                        reason=fsops.explain(error),
                    )
                ) from error
            journal.advance(found, (), state)
        done = next(p.done for p in journal.plans() if p.plan_id == plan.plan_id)
        way = Direction.BACK if plan.state == "undoing" else Direction.FORWARD
        whole = way is Direction.BACK and not done
        end(journal, plan.plan_id, way, whole=whole, why=say(STOPPED))
        told.append(
            say(
                "“{title}” was interrupted. Every file is whole: {done} of {steps} are done.",
                title=plan.title,
                done=done,
                steps=plan.steps,
            )
            + (" " + say("These can be undone.") if done else "")
        )
    return told


def settle(entry: JournalEntry, mark: str) -> JournalEntry:
    """Return a half-done step as it is: done, not begun, undone, or still to be undone.

    Parameters
    ----------
    mark
        The catalogue's own mark in the names of hidden files.

    Raises
    ------
    OSError
        When the disk cannot be asked; the step stays half done and is looked at next time.
    """
    for path in {entry.source, entry.target} - {""}:  # whichever way it was going
        fsops.discard(fsops.temp_beside(path, f"{mark}-{entry.plan_id}-{entry.n}"))
    way = Direction.BACK if entry.state is StepState.UNDOING else Direction.FORWARD
    if entry.kind is StepKind.FOLDER:
        there = fsops.look(entry.target) is not None
        begun = there is (way is Direction.FORWARD)
        return entry.became(way.finished if begun else way.waiting)
    if entry.kind is StepKind.MOVE:
        return _moved(entry, way)
    if entry.rewrites:
        return _rewritten(entry, way)
    return _made(entry, way)


def _moved(entry: JournalEntry, way: Direction) -> JournalEntry:
    here, there = (
        (entry.target, entry.source) if way is Direction.BACK else (entry.source, entry.target)
    )
    fsops.drop_placeholder(there)
    old, new = fsops.look(here), fsops.look(there)
    is_ours = new is not None and entry.fingerprint.same(Fingerprint.of(new))
    if old is None:
        if is_ours:
            return entry.became(way.finished)
        return entry.became(StepState.SKIPPED, say(_GONE))
    if new is None or not is_ours:
        return entry.became(way.waiting)
    if os.path.samestat(old, new):
        # Two names of one file: ours half way (one name more than before), or never touched.
        is_spare = new.st_nlink == entry.fingerprint.n_links + 1
    else:
        # A copy to another drive that was checked and published; its original was next.
        unchanged = entry.fingerprint.same(Fingerprint.of(old))
        is_spare = unchanged and bool(entry.digest) and fsops.digest(there) == entry.digest
    if is_spare:
        try:
            fsops.unlink(here)
        except OSError:  # the system does not let it go: then the new one is the spare
            fsops.unlink(there)
            is_spare = False
    return entry.became(way.finished if is_spare else way.waiting)


def _rewritten(entry: JournalEntry, way: Direction) -> JournalEntry:
    back = way is Direction.BACK
    found = fsops.look(entry.source)
    if found is None or not fsops.is_plain(found):
        return entry.became(way.waiting)  # whoever goes on says that it is gone
    now = Fingerprint.of(found)
    if not entry.digest:  # not even prepared
        return entry.became(way.waiting)
    if now.size == entry.fingerprint.size and fsops.digest(entry.source) == entry.digest:
        if back and entry.kind is StepKind.TAG:
            entry = replace(entry, genres=tags.genres_of(entry.source), result=now)
        return entry.became(StepState.UNDONE if back else StepState.PENDING)
    if entry.result is not None and entry.result.same(now):
        return entry.became(StepState.DONE)
    return entry.became(
        StepState.DONE if back else StepState.SKIPPED, say("It was changed by another program.")
    )


def _made(entry: JournalEntry, way: Direction) -> JournalEntry:
    """Return a copy or a written file as it is: made by us if it has our SHA-256, else not."""
    found = fsops.look(entry.target)
    if way is Direction.FORWARD:
        fsops.drop_placeholder(entry.target)
        found = fsops.look(entry.target)
    if found is None:
        return entry.became(StepState.UNDONE if way is Direction.BACK else StepState.PENDING)
    if way is Direction.BACK or not entry.digest or entry.result is None:
        return entry.became(way.waiting)
    is_ours = entry.result.same(Fingerprint.of(found)) and fsops.is_plain(found)
    if is_ours and fsops.digest(entry.target) == entry.digest:
        return entry.became(StepState.DONE)
    return entry.became(StepState.PENDING)
