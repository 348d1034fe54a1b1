"""How good a model is, as pictures: recall by genre, what it confuses, how its scores hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from genredesk.core.job import Progress
from genredesk.training.runs.messages import (
    EndEvent,
    EvaluateDone,
    EvaluateTask,
    Event,
    FailedEvent,
)
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.tokens import GRID
from genredesk.ui.models import comparison, evidence
from genredesk.ui.models.comparison import DisagreementTable
from genredesk.ui.models.evidence import Evidence
from genredesk.ui.services import dialogs
from genredesk.ui.services.worker_process import Child
from genredesk.ui.widgets.charts.confusion import ConfusionMatrix
from genredesk.ui.widgets.charts.intervals import IntervalChart
from genredesk.ui.widgets.charts.reliability import ReliabilityDiagram
from genredesk.ui.widgets.controls import Button, ModelsMenu, ProgressStrip
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle

LANE = "evidence"
MOST_GENRES = 40
"""Of more genres no line each is drawn."""


class EvidenceView(QWidget):
    """Pictures of one model, and the way to measure it, alone or against another.

    Signals
    -------
    notice(Notice)
        Something to tell.
    lines_read(dict)
        Sentences about models that were trained here, by id.
    """

    notice = Signal(object)
    lines_read = Signal(object)

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self._listening = listening
        self._bundle: Bundle | None = None
        self.shown: Evidence | None = None
        self._child = Child(listening.jobs, LANE, self)
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self.versus = IntervalChart()
        self.difference = paragraph(selectable=True)
        self.recall = IntervalChart()
        self.recall.setAccessibleName(self.tr("Recall by genre, with 95 % intervals"))
        self.matrix = ConfusionMatrix(small=True)
        self.diagram = ReliabilityDiagram()
        self.on = paragraph("", "quiet", selectable=True)
        self.caveat = paragraph("", "quiet", selectable=True)
        self.measure = Button(self.tr("Measure on your songs …"), icon="table")
        self.measure.setToolTip(self.tr("Choose a folder with one folder of music for each genre"))
        self.others = ModelsMenu(self.tr("Compare with other models on the same songs"))
        self.apart = DisagreementTable()
        self.apart_words = paragraph(selectable=True)
        self.strip = ProgressStrip()
        self.strip.cancelled.connect(self._child.cancel)
        self.measure.clicked.connect(self.ask)
        self._lay_out()
        self._show_state()

    def _lay_out(self) -> None:
        rows = (HBox(button, STRETCH, gap=GRID) for button in (self.measure, self.others))
        self.recall_head = plain_label(self.tr("RECALL BY GENRE"), "heading")
        self.matrix_head = plain_label(self.tr("CONFUSIONS"), "heading")
        self.diagram_head = plain_label(self.tr("RELIABILITY"), "heading")
        pictures = QGridLayout()
        pictures.setHorizontalSpacing(2 * GRID)
        pictures.addWidget(self.matrix_head, 0, 0)
        pictures.addWidget(self.diagram_head, 0, 1)
        pictures.addWidget(self.matrix, 1, 0)
        pictures.addWidget(self.diagram, 1, 1)
        pictures.setColumnStretch(0, 3)
        pictures.setColumnStretch(1, 2)
        column = VBox(parent=self, gap=GRID, margins=(0, 0, 0, 2 * GRID))
        for widget in (
            self.versus, self.difference, self.apart_words, self.apart, self.recall_head,
            self.recall,
        ):  # fmt: skip
            column.addWidget(widget)
        column.add(pictures, self.on, self.caveat, *rows, self.strip)

    # showing ------------------------------------------------------------------------------

    def show_bundle(self, bundle: Bundle | None) -> None:
        """Show what is known of ``bundle``; the card at once, what is on the disk in a moment."""
        self.setVisible(bundle is not None)
        if bundle is None or bundle == self._bundle:
            return
        self._bundle = bundle
        self._offer(bundle)
        self._show(evidence.of_card(bundle.card))
        self._read()

    def _read(self) -> None:
        bundle = self._bundle
        if bundle is None:
            return

        def done(found: Evidence) -> None:
            if bundle == self._bundle:
                self._show(found)

        self._listening.jobs.start(
            self.tr("reading what was measured"),
            lambda _job: evidence.read(bundle),
            lane="bundles",
            on_done=done,
        )

    def _offer(self, bundle: Bundle) -> None:
        active = self._listening.engine.bundle
        found = {
            one.id: one.card.title for one in self._listening.engine.bundles if one.id != bundle.id
        }
        self.others.offer(found, [active.id] if active is not None else [])

    def _show(self, found: Evidence) -> None:
        self.shown = found
        whole = found.evaluation
        title = self._bundle.card.title if self._bundle is not None else ""
        self.versus.set_shares(comparison.shares(found, title, self._bundle))
        said = comparison.sentences(found)
        self.difference.setText("\n".join(said))
        self.difference.setVisible(bool(said))
        self.apart_words.setText(comparison.apart(found))
        self.apart_words.setVisible(bool(self.apart_words.text()))
        self.apart.show_rows(found.together)
        recall = found.recall if len(found.recall) <= MOST_GENRES else ()
        self.recall.set_shares(recall)
        self.recall_head.setVisible(bool(recall))
        several = whole is not None and "per_label" in whole
        self.matrix_head.setText(self.tr("WORDS TOGETHER") if several else self.tr("CONFUSIONS"))
        bins = (whole or {}).get("reliability")
        for widget in (self.matrix_head, self.matrix):
            widget.setVisible(whole is not None)
        for widget in (self.diagram_head, self.diagram):
            widget.setVisible(bins is not None)
        if whole is not None:
            table = whole["together" if several else "confusion"]
            self.matrix.set_table(whole["labels"], table, together=several)
        if bins is not None:
            self.diagram.set_bins(
                bins["edges"], bins["count"], bins["confidence"], bins["accuracy"]
            )
        self.on.setText(found.on)
        self.caveat.setText(found.caveat)
        self.caveat.setVisible(bool(found.caveat))

    def read_lines(self) -> None:
        """Read what trainings say of the models that were made here, for the list."""
        bundles = list(self._listening.engine.bundles)
        if self.isVisible() and bundles:
            self._listening.jobs.start(
                self.tr("reading what was measured"),
                lambda _job: evidence.lines(bundles),
                lane="bundles",
                on_done=self.lines_read.emit,
            )

    # measuring ----------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the songs, then measure."""
        dialogs.open_folder(
            self,
            self.tr("A folder with one folder for each genre"),
            self._listening.memory.settings.last_folder,
            self.measure_on,
        )

    def measure_on(self, folder: Path) -> None:
        """Measure the model that is shown on the songs of ``folder``, and the other beside it."""
        if self._bundle is None or self._child.running:
            return
        names = [self._bundle.id, *self.others.chosen()]
        self._child.start(self.tr("measuring a model"), EvaluateTask(names, str(folder)))
        self.strip.set_progress(self.tr("Listening to the songs …"), None)
        self._show_state()

    def shut(self) -> None:
        """End the process: the window is being closed."""
        self._child.shut(0.5)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Progress) and event.total:
            self.strip.set_progress(event.message, event.done / event.total)

    def _on_end(self, event: EndEvent) -> None:
        self._show_state()
        if isinstance(event, FailedEvent):
            self.notice.emit(Notice("measured", event.message, Severity.ERROR))
        elif isinstance(event, EvaluateDone):
            self._read()

    def _show_state(self) -> None:
        running = self._child.running
        self.strip.setVisible(running)
        self.measure.setEnabled(not running)
        self.others.setEnabled(not running)
