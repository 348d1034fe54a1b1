"""Everything that was done to files, newest first, and the way back, also after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from genredesk.ui.library.plans import action_texts
from genredesk.ui.library.plans.plan_controller import PlanController
from genredesk.ui.look import icons, theme
from genredesk.ui.look.text import moment, thousands, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.widgets.base import Sized, Themed, smooth
from genredesk.ui.widgets.card import Card, Chip, EmptyState
from genredesk.ui.widgets.controls import Button, IconButton, ProgressStrip
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.core.job import Progress
    from genredesk.library.organize.apply import HistoryEntry, Outcome, Trouble

SHOWN = 200
"""So many plans have a line; older ones stay in the catalogue and come up as these are undone."""

NAMED = 6
"""So many files are named one by one."""


class _Mark(Themed):
    """The icon of an action."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(theme.px(24), theme.px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        icons.paint(smooth(self), self._icon, box, theme.current().quiet)


class HistoryRow(QFrame):
    """One plan that was applied: what, when, how many, and what can be done about it."""

    undo_asked = Signal(object)
    check_asked = Signal(object)
    why_asked = Signal(object)

    def __init__(self, past: HistoryEntry) -> None:
        super().__init__()
        self.past = past
        undone = past.state == "undone"
        self.title = Elided("quiet" if undone else "")
        self.title.setFont(theme.font(14, bold=True))
        self.title.set_text(past.title)
        self.line = Elided("quiet")
        self.line.set_text(self._words())
        self.state = Chip()
        self.state.set_state(*_state(past))
        self.check = Button(self.tr("Check"), "flat")
        self.check.setToolTip(self.tr("Check whether the files have changed since"))
        self.undo = Button(self.tr("Undo"), icon="undo")
        self.undo.setEnabled(past.undoable)
        why = (
            self.tr("Undo it, file by file")
            if past.undoable
            else self.tr("Newer ones have to be undone first: they may build on this one.")
        )
        self.undo.setToolTip(why)
        row = HBox(
            _Mark(action_texts.choice(past.action).icon),
            (VBox(self.title, self.line, gap=2), 1),
            self.state,
            self.check,
            self.undo,
            parent=self,
            gap=theme.px(12),
            margins=(theme.px(12), theme.px(8), theme.px(8), theme.px(8)),
        )
        self.why = Button(self.tr("Which files?"), "flat")
        self.why.setToolTip(self.tr("Files that were skipped, and why"))
        row.insertWidget(3, self.why)
        self.why.clicked.connect(lambda: self.why_asked.emit(past))
        self.why.setVisible(past.left > 0)
        self.check.setVisible(past.done > 0)
        self.undo.setVisible(past.done + past.stuck > 0)
        self.setAccessibleName(f"{past.title}, {self.line.toolTip()}, {self.state.text()}")
        self.check.clicked.connect(lambda: self.check_asked.emit(past))
        self.undo.clicked.connect(lambda: self.undo_asked.emit(past))

    def _words(self) -> str:
        past = self.past
        parts = [moment(past.created_at)]
        parts.append(tr("%Ln file(s)", "", past.steps))
        if past.left:
            parts.append(tr("%Ln skipped", "", past.left))
        return "  ·  ".join(parts)

    def say(self, text: str, *, good: bool) -> None:
        """Show what a check found."""
        self.line.set_text(f"{self._words()}  ·  {text}")
        self.state.set_state(self.state.text(), "good" if good else "warning", text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        line = QRectF(theme.px(12), self.height() - 1, self.width() - theme.px(24), 1)
        painter.fillRect(line, theme.colour(theme.current().line))


def _state(past: HistoryEntry) -> tuple[str, str]:
    from genredesk.ui.library.tracks.columns import tr  # noqa: PLC0415

    if past.state == "undone":
        return (tr("Undone in part"), "warning") if past.stuck else (tr("Undone"), "quiet")
    if past.state in ("applying", "undoing"):
        return tr("Interrupted"), "warning"
    if not past.done:
        return tr("Nothing done"), "quiet"
    return (tr("Done"), "good") if not past.left else (tr("Done in part"), "warning")


class UndoHistoryPage(Sized, QWidget):
    """The undo list.

    Signals
    -------
    left()
        Back to the table.
    """

    wanted = (800, 500)

    left = Signal()

    def __init__(self, plans: PlanController) -> None:
        super().__init__()
        self.plans = plans
        self.rows: list[HistoryRow] = []
        self.back = IconButton("back", self.tr("Back to the tracks"), size=20)
        title = plain_label(self.tr("History"), "title")
        words = plain_label(
            self.tr("Newest first. Each can be undone as long as the files are there."), "quiet"
        )
        self.progress = ProgressStrip()
        self.progress.hide()
        self.outcome = paragraph()
        self.outcome.hide()
        self.empty = EmptyState(
            "undo",
            self.tr("Nothing was changed yet"),
            self.tr("Whatever is written, moved or copied from now on can be undone here."),
        )
        holder = QWidget()
        self._list = VBox(STRETCH, parent=holder, gap=0, margins=None)
        self.area = scrolled(holder, self.tr("History"))
        head = HBox(self.back, title, (words, 1), gap=GRID)
        card = Card("", margin=GRID + 4)
        card.body.add(self.progress, self.outcome, (self.empty, 1), (self.area, 1))
        VBox(head, (card, 1), parent=self, gap=GRID + 4)
        self.back.clicked.connect(self.left)
        self.progress.cancelled.connect(plans.cancel)
        plans.past.connect(self.show_past)
        plans.checked.connect(self._checked)
        plans.explained.connect(lambda _plan_id, troubles: self._name(troubles))
        plans.began.connect(self._began)
        plans.progressed.connect(self._progressed)
        plans.ended.connect(self._ended)
        plans.undone.connect(self._undone)
        plans.stopped.connect(self._say)

    def show_past(self, past: Sequence[HistoryEntry]) -> None:
        """Show these plans."""
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = [HistoryRow(one) for one in past[:SHOWN]]
        for i, row in enumerate(self.rows):
            self._list.insertWidget(i, row)
            row.undo_asked.connect(self.ask_undo)
            row.check_asked.connect(lambda one: self.plans.check(one.plan_id))
            row.why_asked.connect(lambda one: self.plans.explain(one.plan_id))
        self.empty.setVisible(not self.rows)
        self.area.setVisible(bool(self.rows))
        self._enable()

    def _enable(self) -> None:
        for row in self.rows:
            row.undo.setEnabled(row.past.undoable and not self.plans.busy)

    def ask_undo(self, past: HistoryEntry) -> None:
        """Ask once more, then take a plan back."""
        dialogs.confirm(
            self,
            self.tr("Undo “{0}”?").format(past.title),
            tr(
                "%Ln file(s) go back to what they were. Files changed since then are skipped and "
                "listed.",
                "",
                past.done + past.stuck,
            ),
            self.tr("Undo"),
            lambda: self.plans.undo(past),
            no=self.tr("Keep as it is"),
        )

    def _checked(self, plan_id: int, troubles: Sequence[Trouble]) -> None:
        for row in self.rows:
            if row.past.plan_id == plan_id:
                if not troubles:
                    row.say(self.tr("no file has changed since"), good=True)
                else:
                    row.say(tr("%Ln were changed since", "", len(troubles)), good=False)
        if troubles:
            self._name(troubles)

    def _name(self, troubles: Sequence[Trouble]) -> None:
        more = len(troubles) - NAMED
        lines = [f"{t.path}: {t.note}" for t in troubles[:NAMED]]
        if more > 0:
            lines.append(tr("… and %Ln more", "", more))
        self._say("\n".join(lines))

    def _began(self, title: str) -> None:
        self.outcome.hide()
        self.progress.set_progress(title, None)
        self.progress.show()
        self._enable()

    def _progressed(self, progress: Progress) -> None:
        text = self.tr("{0} of {1}").format(
            thousands(int(progress.done)), thousands(int(progress.total))
        )
        self.progress.set_progress(text, progress.fraction)

    def _ended(self) -> None:
        self.progress.hide()
        self._enable()

    def _undone(self, outcome: Outcome) -> None:
        text = tr("Restored %Ln file(s).", "", outcome.done)
        lines = [text, outcome.problem] if outcome.problem else [text]
        lines += [f"{trouble.path}: {trouble.note}" for trouble in outcome.left[:6]]
        self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        self.outcome.setText(text)
        self.outcome.setVisible(bool(text))
