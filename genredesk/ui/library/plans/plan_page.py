"""A plan before it runs: choices on the left, every file before and after on the right.

Nothing happens until the button below is pressed; then the same page shows how far it is, what
became of it, and the way back.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QWidget

from genredesk.library.organize.plan import ActionOptions, StepKind
from genredesk.ui.library.plans import action_texts
from genredesk.ui.library.plans.choices import Choices
from genredesk.ui.library.plans.plan_controller import PlanController
from genredesk.ui.library.plans.plan_model import PlanModel
from genredesk.ui.library.plans.plan_table import PlanTable
from genredesk.ui.look import theme
from genredesk.ui.look.text import thousands, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card, ChipButton, EmptyState
from genredesk.ui.widgets.controls import Button, IconButton, ProgressStrip
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.flow import Flow
from genredesk.ui.widgets.layouts import HBox, VBox, paragraph, plain_label

if TYPE_CHECKING:
    from genredesk.core.job import Progress
    from genredesk.library.organize.apply import Outcome
    from genredesk.library.organize.plan import Plan


class PlanPage(QWidget):
    """Choose, look, let it run.

    Signals
    -------
    left()
        Back to the table.
    history_asked()
        Show the way back.
    """

    left = Signal()
    history_asked = Signal()

    def __init__(self, plans: PlanController) -> None:
        super().__init__()
        self.plans = plans
        self.action = ""
        self.folder = ""
        """Where the files are that were written last."""
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._asked: dict[str, ActionOptions] = {}
        self.model = PlanModel(self)
        self.table = PlanTable(self.model)
        self.choices = Choices()
        self.back = IconButton("back", self.tr("Back to the tracks"), size=20)
        self.title = plain_label("", "title")
        self.scope = Elided("quiet")
        self.sorts = {sort: ChipButton() for sort in ("all", "ready", "doubt", "conflict")}
        self.unchanged = plain_label("", "quiet")
        self.tick_all = Button(self.tr("All"), "flat")
        self.tick_none = Button(self.tr("None"), "flat")
        for button, text in (
            (self.tick_all, self.tr("Select all rows that are shown")),
            (self.tick_none, self.tr("Select none of the rows that are shown")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        self.state = EmptyState("clock", self.tr("Planning …"), " ")
        self.summary = paragraph()
        self.go = Button(self.tr("Do it"), "primary", icon="check")
        self.undo = Button(self.tr("Undo …"), icon="undo")
        self.show_folder = Button(self.tr("Show folder"), icon="folder")
        self.done = Button(self.tr("Back to the tracks"), "primary", icon="back")
        for button in (self.show_folder, self.done):
            button.hide()
        self.progress = ProgressStrip()
        self.progress.hide()
        self._show_chips()
        self._lay_out()
        self._connect()

    def _fit_choices(self) -> None:
        """Give the choices the room their words need."""
        card = self.choices_card
        card.setFixedWidth(max(theme.px(272), card.minimumSizeHint().width()))

    def _lay_out(self) -> None:
        head = HBox(self.back, self.title, (self.scope, 1), gap=GRID)
        left = Card(self.tr("WHAT AND WHERE"), margin=2 * GRID)
        left.setFixedWidth(theme.px(272))
        left.body.addWidget(self.choices, 1)
        self.choices_card = left
        right = Card("", margin=0)
        right.layout().setContentsMargins(theme.px(6), theme.px(10), theme.px(6), 0)  # type: ignore[union-attr]
        chips = Flow()
        chips.setContentsMargins(theme.px(8), 0, theme.px(8), 0)
        for chip in self.sorts.values():
            chips.addWidget(chip)
        chips.addWidget(self.unchanged)
        ticks = QWidget()  # the two never come apart where the line is too short
        HBox(self.tick_all, self.tick_none, parent=ticks)
        chips.addWidget(ticks)
        right.body.addLayout(chips)
        self.body = QStackedWidget()
        self.body.addWidget(self.table)
        self.body.addWidget(self.state)
        right.body.addWidget(self.body, 1)
        middle = HBox(left, (right, 1), gap=2 * GRID)
        foot = Card("", margin=GRID + 4)
        foot.body.addLayout(
            HBox(
                (self.summary, 3),
                (self.progress, 2),
                self.undo,
                self.show_folder,
                self.go,
                self.done,
                gap=GRID,
            )
        )
        VBox(head, (middle, 1), foot, parent=self, gap=GRID + 4)

    def _connect(self) -> None:
        plans = self.plans
        self.back.clicked.connect(self.leave)
        self.choices.changed.connect(self._plan)
        self.model.ticks_changed.connect(self._show_summary)
        for sort, chip in self.sorts.items():
            chip.clicked.connect(lambda s=sort: self._show_sort(s))
        self.tick_all.clicked.connect(lambda: self.model.tick_all(True))
        self.tick_none.clicked.connect(lambda: self.model.tick_all(False))
        self.go.clicked.connect(self.apply)
        self.undo.clicked.connect(self.history_asked)
        self.done.clicked.connect(self.leave)
        self.show_folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self.folder))
        )
        self.progress.cancelled.connect(plans.cancel)
        plans.planned.connect(self._show_plan)
        plans.not_planned.connect(self._show_reason)
        plans.began.connect(self._began)
        plans.progressed.connect(self._progressed)
        plans.applied.connect(self._applied)
        plans.stopped.connect(self._stopped)
        plans.ended.connect(self._ended)

    # planning -----------------------------------------------------------------------------

    def show_action(
        self,
        action: str,
        ids: NDArray[np.int64],
        options: ActionOptions,
        *,
        exactly: bool = False,
    ) -> None:
        """Plan ``action`` for these files, as it was chosen last unless ``exactly`` by these."""
        from genredesk.library.organize import actions  # noqa: PLC0415

        self.action, self._ids = action, ids
        choice = action_texts.choice(action)
        self.title.setText(choice.title)
        n = len(ids)
        self.scope.set_text(tr("%Ln track(s)", "", n))
        options = options if exactly else self._asked.get(action, options)
        uses = actions.get(action).uses
        self.choices_card.setVisible(bool(uses))
        self.choices.show_for(uses, options)
        self._fit_choices()
        self._show_ways(done=False)
        self.go.setText(choice.deed)
        self.go.setAccessibleName(choice.deed)
        self._plan()

    def leave(self) -> None:
        """Back to the table; a plan that was not applied is forgotten."""
        self.plans.forget()
        if not self.plans.busy:
            self.model.set_plan(None)
        self.left.emit()

    def _show_ways(self, *, done: bool, undo: bool = False) -> None:
        """Show the button that begins; or, when it is done, the ways on from here."""
        self.go.setVisible(not done)
        self.done.setVisible(done)
        self.undo.setVisible(undo)
        self.show_folder.setVisible(done and undo and bool(self.folder))

    def _plan(self) -> None:
        self._show_ways(done=False)
        options = self._asked[self.action] = self.choices.options()
        self.model.set_plan(None)
        self._say("clock", self.tr("Planning …"), "")
        self.plans.plan(self.action, self._ids, options)

    def _say(self, icon: str, title: str, text: str) -> None:
        self.state.say(icon, title, text)
        self.body.setCurrentWidget(self.state)
        self._show_summary()

    def _show_reason(self, text: str) -> None:
        self.model.set_plan(None)
        first, _, rest = text.partition(". ")
        self._say("info", first.rstrip("."), rest)

    def _show_plan(self, plan: Plan) -> None:
        self.model.set_plan(plan)
        totals = plan.totals
        self._show_scope(plan)
        self._show_sort("all")
        if not plan.steps:
            text = tr("%Ln file(s) are already as they should be.", "", totals.unchanged)
            lines = [text, *plan.notes]
            self._say("check", self.tr("Nothing to do"), "\n".join(lines))
            return
        kinds = {step.kind for step in plan.steps[:1]}
        paths = bool(kinds & {StepKind.MOVE, StepKind.COPY, StepKind.WRITE})
        before = not kinds & {StepKind.WRITE}
        note = bool(totals.doubts or totals.conflicts)
        score = any(step.score for step in plan.steps)
        self.table.show_columns(paths=paths, before=before, score=score, note=note)
        self.body.setCurrentWidget(self.table)
        self._show_chips()

    def _show_scope(self, plan: Plan) -> None:
        """Say from where to where, once instead of in every line."""
        n = len(self._ids)
        words = tr("%Ln track(s)", "", n)
        if (
            plan.to
            and self.model.common
            and plan.steps
            and plan.steps[0].kind in (StepKind.MOVE, StepKind.COPY)
        ):
            home = self.model.common.rstrip(os.sep)
            if home == plan.to:
                words = self.tr("{0}, within {1}").format(words, home)
            else:
                words = self.tr("{0}, from {1} into {2}").format(words, home, plan.to)
        elif plan.to:
            words = self.tr("{0}, into {1}").format(words, plan.to)
        self.scope.set_text(words)

    def _show_sort(self, sort: str) -> None:
        self.model.show_sort(sort)
        self._show_chips()

    def _show_chips(self) -> None:
        plan = self.model.plan
        totals = plan.totals if plan is not None else None
        words = {
            "all": (self.tr("All {0}"), totals.steps if totals else 0, "accent"),
            "ready": (self.tr("{0} ready"), totals.ready if totals else 0, "good"),
            "doubt": (self.tr("{0} to check"), totals.doubts if totals else 0, "warning"),
            "conflict": (self.tr("{0} conflicts"), totals.conflicts if totals else 0, "error"),
        }
        for sort, chip in self.sorts.items():
            text, n, tone = words[sort]
            chip.setVisible(n > 0)
            chip.set_state(text.format(thousands(n)), tone, strong=self.model.shown_sort == sort)
        n = totals.unchanged if totals else 0
        self.unchanged.setText(tr("%Ln unchanged", "", n) if n else "")
        for button in (self.tick_all, self.tick_none):
            button.setVisible(bool(totals and totals.steps))

    def _show_summary(self) -> None:
        n = self.model.n_ticked()
        self.go.setEnabled(n > 0 and not self.plans.busy)
        if self.plans.busy:
            return
        if self.model.plan is None:
            self.summary.setText("")
            self._show_chips()
            return
        words = self.tr("Nothing is selected.")
        if n:
            coming = action_texts.choice(self.action).coming(n)
            words = self.tr("{0} It can be undone at any time.").format(coming)
        self.summary.setText("\n".join((words, *self.model.plan.notes)))

    # running ------------------------------------------------------------------------------

    def apply(self) -> None:
        """Do what is ticked, exactly as shown."""
        plan = self.model.plan
        if plan is not None and self.model.n_ticked():
            first = plan.steps[self.model.ticked()[0]]
            self.folder = plan.to or os.path.dirname(first.target)  # noqa: PTH120 - kept as text
            self.plans.apply(plan, self.model.ticked())

    def _began(self, title: str) -> None:
        self.summary.setText(title)
        self.progress.set_progress("", None)
        self.progress.show()
        if self.go.hasFocus():  # a button that is switched off would pass it on to anybody
            self.progress.stop.setFocus()
        self.undo.hide()
        self.go.setEnabled(False)
        self.choices.setEnabled(False)
        self.table.setEnabled(False)

    def _progressed(self, progress: Progress) -> None:
        text = self.tr("{0} of {1}").format(
            thousands(int(progress.done)), thousands(int(progress.total))
        )
        self.progress.set_progress(text, progress.fraction)

    def _ended(self) -> None:
        if self.progress.stop.hasFocus():
            (self.done if self.done.isVisible() else self.go).setFocus()
        self.progress.hide()
        self.choices.setEnabled(True)
        self.table.setEnabled(True)
        self.go.setEnabled(self.model.n_ticked() > 0)

    def _applied(self, outcome: Outcome) -> None:
        self._show_ways(done=True, undo=outcome.done > 0)
        self.model.set_plan(None)
        self._show_chips()
        done = action_texts.choice(self.action).done(outcome.done)
        title = self.tr("Done: {0}").format(done[:1].lower() + done[1:])
        if not outcome.done:
            title = self.tr("Nothing was changed")
        lines = [outcome.problem] if outcome.problem else []
        if outcome.left:
            lines.append(tr("%Ln file(s) were skipped:", "", len(outcome.left)))
            lines += [f"{trouble.path}: {trouble.note}" for trouble in outcome.left[:6]]
            if len(outcome.left) > 6:
                lines.append("…")
        wrong = bool(outcome.problem or outcome.left)
        self._say("warning" if wrong else "check", title, "\n".join(lines))
        kept = self.tr("This can be undone at any time, also after the program was closed.")
        self.summary.setText(kept if outcome.done else "")

    def _stopped(self, text: str) -> None:
        if self.model.plan is not None:
            self.model.set_plan(None)
            self._show_chips()
            self._say("info", self.tr("Stopped"), text)
            self._show_ways(done=True, undo=True)
