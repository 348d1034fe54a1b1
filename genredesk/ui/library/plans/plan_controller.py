"""Plans, applying and undoing as app-level jobs: one at a time, cancellable, owned by no page."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.columns import tr
from genredesk.ui.services.jobs import Job

if TYPE_CHECKING:
    from genredesk.core.job import JobContext
    from genredesk.library.catalogue.catalogue import Catalogue
    from genredesk.library.organize.apply import HistoryEntry, Outcome, Trouble
    from genredesk.library.organize.plan import ActionOptions, Plan

PLAN_LANE = "library-plan"
ACT_LANE = "library-act"
_PAGE = 2000


class PlanController(QObject):
    """Makes plans, applies them, takes them back.

    Signals
    -------
    planned(Plan), not_planned(str)
        What would happen; or why no plan can be made.
    began(str), progressed(Progress), ended()
        Files are being changed: a title, how far it is, and its end.
    applied(Outcome), undone(Outcome), stopped(str)
        What became of it; ``stopped`` when it was cancelled or could not be done.
    past(list[Past])
        The history, newest first.
    checked(int, list[Trouble])
        Which files of a plan are no longer as they were left.
    explained(int, list[Trouble])
        Which files of a plan were not changed, and why.
    """

    planned = Signal(object)
    not_planned = Signal(str)
    began = Signal(str)
    progressed = Signal(object)
    ended = Signal()
    applied = Signal(object)
    undone = Signal(object)
    stopped = Signal(str)
    past = Signal(object)
    checked = Signal(int, object)
    explained = Signal(int, object)

    def __init__(self, tracks: CatalogueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tracks = tracks
        self._planning: Job | None = None
        self._doing: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether files are being changed."""
        return self._doing is not None

    # planning -----------------------------------------------------------------------------

    def plan(self, action: str, ids: NDArray[np.int64], options: ActionOptions) -> None:
        """Work out what an action would do; an earlier question is dropped."""
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return
        self.forget()

        def work(job: Job) -> Plan:
            from genredesk.library.organize import actions, items  # noqa: PLC0415

            found = items.load(catalogue, ids.tolist())
            job.context.checkpoint()
            return actions.get(action).plan(found, options, job.context)

        def done(plan: Plan) -> None:
            self._planning = None
            self.planned.emit(plan)

        def failed(text: str, _error: Exception) -> None:
            self._planning = None
            self.not_planned.emit(text)

        self._planning = self._tracks.jobs.start(
            self.tr("planning"), work, lane=PLAN_LANE, on_done=done, on_failed=failed
        )

    def forget(self) -> None:
        """Drop a question nobody wants answered any more."""
        if self._planning is not None:
            self._planning.cancel()
            self._planning = None

    # doing --------------------------------------------------------------------------------

    def apply(self, plan: Plan, ticked: Iterable[int]) -> None:
        """Do these steps of a plan, and no others."""
        wanted = list(ticked)

        def work(catalogue: Catalogue, ctx: JobContext) -> Outcome:
            from genredesk.library.organize import apply  # noqa: PLC0415

            return apply.apply(catalogue, plan, ctx, wanted)

        self._do(plan.named(len(wanted)), work, self.applied)

    def undo(self, past: HistoryEntry) -> None:
        """Take a plan back; what is no longer as we left it stays and is named."""

        def work(catalogue: Catalogue, ctx: JobContext) -> Outcome:
            from genredesk.library.organize import apply  # noqa: PLC0415

            return apply.undo(catalogue, past.plan_id, ctx)

        self._do(self.tr("Undoing: {0}").format(past.title), work, self.undone)

    def cancel(self) -> None:
        """Stop after the files at hand; what was done can be undone."""
        if self._doing is not None:
            self._doing.cancel()

    def _do(self, title: str, work: Any, told: Any) -> None:
        catalogue = self._tracks.catalogue
        if catalogue is None or self._doing is not None:
            return

        def done(outcome: Outcome) -> None:
            self._tracks.touch()
            told.emit(outcome)

        def stopped(text: str) -> None:
            self._tracks.touch()
            self.stopped.emit(text)

        def ended() -> None:
            self._doing = None
            self.ended.emit()
            self.look_back()

        job = self._tracks.jobs.start(
            title,
            lambda job: work(catalogue, job.context),
            lane=ACT_LANE,
            on_done=done,
            on_failed=lambda text, _error: stopped(text),
            on_progress=self.progressed.emit,
        )
        self._doing = job
        job.cancelled.connect(
            lambda: stopped(self.tr("Stopped. What was done is whole and can be undone."))
        )
        job.ended.connect(ended)
        self.began.emit(title)

    # looking back -------------------------------------------------------------------------

    def look_back(self) -> None:
        """Ask for the history."""
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return

        def work(_job: Job) -> list[HistoryEntry]:
            from genredesk.library.organize import apply  # noqa: PLC0415

            return apply.history(catalogue)

        self._tracks.jobs.start(
            self.tr("reading the history"),
            work,
            lane="library",
            on_done=self.past.emit,
            on_failed=lambda text, _error: self.stopped.emit(text),
        )

    def explain(self, plan_id: int) -> None:
        """Ask which files a plan left as they were."""
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return

        def work(_job: Job) -> list[Trouble]:
            from genredesk.library.organize import apply  # noqa: PLC0415

            return apply.troubles(catalogue, plan_id)

        self._tracks.jobs.start(
            self.tr("reading the history"),
            work,
            lane=PLAN_LANE,
            on_done=lambda troubles: self.explained.emit(plan_id, troubles),
            on_failed=lambda text, _error: self.stopped.emit(text),
        )

    def check(self, plan_id: int) -> None:
        """Compare the files of a plan with how they were left; nothing is changed."""
        catalogue = self._tracks.catalogue
        if catalogue is None:
            return
        self._tracks.jobs.start(
            self.tr("comparing files"),
            lambda job: _changed_since(catalogue, plan_id, job.context),
            lane=PLAN_LANE,
            on_done=lambda troubles: self.checked.emit(plan_id, troubles),
            on_failed=lambda text, _error: self.stopped.emit(text),
        )


def _changed_since(catalogue: Catalogue, plan_id: int, ctx: JobContext) -> list[Trouble]:
    """Return what undoing would leave alone: files that are not as the plan left them."""
    from genredesk.library.organize.apply import Trouble  # noqa: PLC0415
    from genredesk.library.organize.journal import Journal, StepState  # noqa: PLC0415
    from genredesk.library.organize.plan import Fingerprint, StepKind  # noqa: PLC0415

    journal = Journal(catalogue)
    found: list[Trouble] = []
    after: int | None = None
    while page := journal.entries(plan_id, StepState.DONE, limit=_PAGE, after=after):
        ctx.checkpoint()
        after = page[-1].n
        for entry in page:
            if entry.kind is StepKind.FOLDER:
                continue
            left = entry.result or entry.fingerprint
            try:
                now = Fingerprint.of(os.stat(entry.target))  # noqa: PTH116 - as it is kept
            except OSError:
                found.append(Trouble(entry.n, entry.target, tr("It is no longer there.")))
                continue
            if not left.same(now):
                found.append(Trouble(entry.n, entry.target, tr("It was changed since.")))
    return found
