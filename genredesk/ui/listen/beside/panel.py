"""Up to four models on the same sound, a row each, and which of them disagree.

Closed, it is one button above the picture: no network is open, nothing is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from genredesk.core.scores import Agreement, agreement
from genredesk.ui.listen.beside.controller import BesideController, BesideRow
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card, Chip
from genredesk.ui.widgets.charts.answer_label import AnswerLabel
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.controls import IconButton, ModelsMenu
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import plain_label

if TYPE_CHECKING:
    from genredesk.core.scores import Decision, Scores
    from genredesk.inference.bundle import Bundle
    from genredesk.ui.listen.analysis import Named
    from genredesk.ui.listen.session import ListenSession


class _Row:
    """What is shown of one model."""

    def __init__(self, seek: Any) -> None:
        self.title = Elided()
        self.answer = AnswerLabel()
        self.mark = Chip()
        self.ribbon = GenreRibbon()
        self.ribbon.seek.connect(seek)
        self.widgets: tuple[QWidget, ...] = (self.title, self.answer, self.mark, self.ribbon)
        self.said: Agreement | None = None

    def show_model(self, bundle: Bundle) -> None:
        """Name the model."""
        self.title.set_text(bundle.card.title)
        self.ribbon.setAccessibleName(tr("Genres along the track, {0}").format(bundle.card.title))

    def show_answer(self, decision: Decision | None, problem: str, window_s: float) -> None:
        """Show what it says now."""
        if problem:
            self.answer.say(problem)
        elif decision is None:
            self.answer.say("–")
        elif decision.state is None:
            self.answer.say(tr("needs {0} s of sound").format(round(window_s)))
        else:
            self.answer.set_decision(decision)

    def show_agreement(self, found: Agreement | None) -> None:
        """Mark whether it says the same as the model in use; ``None``: it is that model."""
        self.said = found
        if found is Agreement.SAME:
            self.mark.set_state(tr("Agrees"), "good", icon="check")
        elif found is Agreement.OTHER:
            self.mark.set_state(tr("Disagrees"), "warning", icon="warning", strong=True)
        elif found is Agreement.UNTOLD:
            self.mark.set_state(tr("Can't compare"), "quiet", icon="open")
        else:
            self.mark.set_state(tr("In use"), "accent")


class BesidePanel(Card):
    """A panel of the Listen page, shown while :attr:`button`, which lies elsewhere, is down.

    Signals
    -------
    seek(float)
        The person wants to hear this time of the file.
    shown(bool)
        It was opened or closed.
    """

    seek = Signal(float)
    shown = Signal(bool)

    def __init__(self, listening: ListenSession) -> None:
        super().__init__(tr("COMPARE MODELS"), margin=GRID + 4)
        self._listening = listening
        self._shown: tuple[Decision | None, float | None, bool] = (None, None, False)
        self.others = BesideController(listening, self)
        self.button = IconButton("compare", self.tr("Compare models on what is heard"), size=18)
        self.button.setCheckable(True)
        self.summary = plain_label(tone="quiet")
        self.menu = ModelsMenu(self.tr("Compare with other models on the same sound"))
        self.head.insertWidget(1, self.summary)
        self.close_button = IconButton("close", self.tr("Compare no longer"), size=18)
        self.head.add(self.menu, self.close_button)
        self.main = _Row(self.seek.emit)
        self.rows: list[_Row] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * GRID)
        self._grid.setVerticalSpacing(0)
        for column, share in enumerate((3, 5, 0, 7)):
            self._grid.setColumnStretch(column, share)
        self.body.addLayout(self._grid)
        self._put(self.main, 0)
        self.main.show_agreement(None)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        listening, others, ribbon = self._listening, self.others, self.main.ribbon
        self.button.toggled.connect(self.setVisible)
        self.button.toggled.connect(self.shown)
        self.close_button.clicked.connect(lambda: self.button.setChecked(False))
        self.menu.changed.connect(lambda: others.choose(self.menu.chosen()))
        others.rows_changed.connect(self._show_rows)
        others.answered.connect(self._show_answers)
        others.scored.connect(self._on_scored)
        others.analysed.connect(self._on_analysed)
        listening.engine.bundle_changed.connect(self._on_models)
        listening.engine.bundles_changed.connect(self._on_models)
        listening.timeline_reset.connect(self._on_reset)
        listening.timeline_scored.connect(ribbon.add_scores)
        listening.timeline_done.connect(lambda named: self._fill(self.main, named))
        listening.opened.connect(lambda _source: self._show_ribbons())

    # open and closed ----------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:
        """Ask the others."""
        super().showEvent(event)
        self.others.open(True)
        if not self.others.rows:  # else they came, and were shown
            self._show_rows()

    def hideEvent(self, event: Any) -> None:
        """Nobody sees it: nothing is open."""
        super().hideEvent(event)
        self.others.open(False)

    def _on_models(self, *_: object) -> None:
        bundle = self._listening.engine.bundle
        if bundle is not None:
            self.main.show_model(bundle)
            chosen = self._listening.memory.settings.beside
            self.menu.offer(self.others.offered(), chosen)
            self.menu.show_chosen(chosen)

    # rows ---------------------------------------------------------------------------------

    def _put(self, row: _Row, at: int) -> None:
        for column, widget in enumerate(row.widgets):
            self._grid.addWidget(widget, at, column)
        self._grid.setRowMinimumHeight(at, theme.px(34))

    def _show_rows(self) -> None:
        """Show a row for each of the others."""
        self._on_models()
        for row in self.rows:
            for widget in row.widgets:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self.rows = [_Row(self.seek.emit) for _ in self.others.rows]
        for at, (row, model) in enumerate(zip(self.rows, self.others.rows, strict=True), 1):
            self._put(row, at)
            row.show_model(model.bundle)
            row.ribbon.set_duration(self._listening.sound.seconds)
            named = self._known(model)
            if named is not None:
                self._fill(row, named)
        named = self._known(None)
        if named is not None:
            self._fill(self.main, named)
        self._show_ribbons()
        self._show_answers()

    def _known(self, model: BesideRow | None) -> Named | None:
        """Return what is known of the open file by one of the others, or by the model in use."""
        path = self._listening.sound.path
        analysis = self._listening.analysis if model is None else model.analysis
        return analysis.named(path) if path is not None else None

    def _fill(self, row: _Row, named: Named) -> None:
        row.ribbon.set_scores(named.ribbon)
        if not row.ribbon.duration():
            row.ribbon.set_duration(named.result.seconds)
        self._show_answers()

    def _row_of(self, model: BesideRow) -> _Row | None:
        pairs = zip(self.others.rows, self.rows, strict=False)
        return next((row for one, row in pairs if one is model), None)

    def _on_scored(self, model: BesideRow, scores: list[Scores]) -> None:
        if (row := self._row_of(model)) is not None:
            row.ribbon.add_scores(scores)

    def _on_analysed(self, model: BesideRow, named: Named) -> None:
        if (row := self._row_of(model)) is not None:
            self._fill(row, named)

    def _on_reset(self, seconds: float | None) -> None:
        for row in (self.main, *self.rows):
            row.ribbon.clear()
            row.ribbon.set_duration(seconds)

    def _show_ribbons(self) -> None:
        """Along a file each has its ribbon; live sound has none."""
        for row in (self.main, *self.rows):
            row.ribbon.setVisible(self._listening.sound.is_file)

    # answers ------------------------------------------------------------------------------

    def show_beside(
        self, decision: Decision | None, at: float | None, *, from_analysis: bool
    ) -> None:
        """Show what the model in use says, and the others of the same moment.

        Parameters
        ----------
        decision
            What the large word says; ``None`` while nothing is heard.
        at
            Time of the file it is about, ``None``: now.
        from_analysis
            Whether the analysis of the file says it, which knows what comes after, too.
        """
        self._shown = decision, at, from_analysis
        if self.isVisible():
            self._show_answers()

    def set_position(self, seconds: float) -> None:
        """Move the playheads of the file."""
        if self.isVisible():
            for row in (self.main, *self.rows):
                row.ribbon.set_position(seconds)

    def _show_answers(self) -> None:
        decision, at, from_analysis = self._shown
        bundle = self._listening.engine.bundle
        self.main.show_answer(decision, "", bundle.card.frontend.window_s if bundle else 0.0)
        same = other = 0
        for row, model in zip(self.rows, self.others.rows, strict=True):
            said = None
            if decision is not None:
                said = self.others.decision(model, at, rather_known=from_analysis)
            row.show_answer(said, model.problem, model.bundle.card.frontend.window_s)
            found = Agreement.UNTOLD
            if decision is not None and said is not None and not model.problem:
                found = agreement(decision, said)
            row.show_agreement(found)
            same += found is Agreement.SAME
            other += found is Agreement.OTHER
        if at is not None:
            self.set_position(at)
        self.summary.setText(self._sum(same, other))

    def _sum(self, same: int, other: int) -> str:
        """Say in a sentence how the others stand to the model in use."""
        if not self.rows:
            return self.tr("Choose up to three models that hear the same sound.")
        if other:
            return tr("%Ln of {0} disagree(s)", "", other).format(len(self.rows))
        return self.tr("All that answer agree") if same else ""
