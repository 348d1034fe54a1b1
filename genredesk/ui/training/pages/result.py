"""Page 4, Result: is it better than what is in use, how good is it, and why to believe that."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QSizePolicy, QWidget

from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import genre_word
from genredesk.core.messages import say
from genredesk.core.shares import measured, percent, ranged
from genredesk.ui.listen.heard import exports
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.training import sentences, steps, verdict
from genredesk.ui.training.pages import word_table
from genredesk.ui.training.pages.mistakes import MistakesCard
from genredesk.ui.training.pages.wizard_page import WizardPage, set_tone, songs
from genredesk.ui.training.pages.word_table import cell_of, emptied
from genredesk.ui.training.results import Result
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.charts.confusion import ConfusionMatrix
from genredesk.ui.widgets.charts.intervals import IntervalChart
from genredesk.ui.widgets.charts.reliability import ReliabilityDiagram
from genredesk.ui.widgets.controls import Button, Dot
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph
from genredesk.ui.widgets.notices import Severity
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.ui.services.jobs import Job


MOST_GENRES = 100
"""So many rows of the table of genres are shown: thousands would stop the window."""


NARROW = 980


class ResultPage(WizardPage):
    """The Result page."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self.verdict = paragraph("")
        self.verdict.setFont(theme.font(22, bold=True))
        self.comparison = paragraph("")
        self.intervals = IntervalChart()
        self.sentence = paragraph("")
        self.basis = paragraph("", "quiet")
        self.guessing = paragraph("", "quiet")
        self.flatters = VBox()
        self.matrix = ConfusionMatrix()
        self.matrix.setMinimumHeight(theme.px(300))
        self.choose = paragraph(self.tr("Choose a cell to see and hear its songs."), "quiet")
        self.mistakes = MistakesCard(session)
        self.per_class = QGridLayout()
        self.rules = QGridLayout()
        self.diagram = ReliabilityDiagram()
        self.calibration = paragraph("", "quiet")
        self.leak = paragraph("")
        self.anyway = Button(self.tr("Use it anyway"), "flat", icon="check")
        self.again = Button(self.tr("Train again"), icon="refresh")
        self.report = Button(self.tr("Save the report …"), "flat", icon="export")
        self.empty = EmptyState(
            "table",
            self.tr("There is no result yet"),
            self.tr("When a training is done, this page says how good it is."),
        )
        self._lay_out()
        self._connect()
        self._show(session.result)

    def _lay_out(self) -> None:
        self.inside = QWidget()
        head = Card("")
        line = HBox(
            (self.verdict, 1),
            HBox(
                *(
                    (button, 0, Qt.AlignmentFlag.AlignTop)
                    for button in (self.anyway, self.report, self.again)
                )
            ),
        )
        head.body.addLayout(line)
        told, caveats = VBox(), VBox()
        told.setSpacing(GRID)
        for widget in (
            self.comparison, self.intervals, self.sentence, self.basis, self.guessing,
        ):  # fmt: skip
            told.addWidget(widget)
        told.addStretch(1)
        self.flatters.setSpacing(GRID)
        caveats.addLayout(self.flatters)
        caveats.addStretch(1)
        both = HBox((told, 3), (caveats, 2), gap=2 * GRID)
        head.body.addLayout(both)
        head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = VBox(head, parent=self.inside, gap=2 * GRID)
        matrix = self.matrix_card = Card(self.tr("WHAT IT CONFUSES"), margin=2 * GRID)
        self.together = paragraph(
            self.tr(
                "Of the songs that have the word of a row, how many are surely called by the word "
                "of a column. Songs have several words, so numbers off the diagonal need not be "
                "mistakes."
            ),
            "quiet",
        )
        matrix.body.add(self.together, (self.matrix, 1), self.choose)
        self.mistakes.setMinimumHeight(theme.px(440))
        middle = HBox((matrix, 1), (self.mistakes, 1), gap=2 * GRID)
        column.addLayout(middle)
        foot = self._foot()
        column.addLayout(foot)
        self._beside = (line, both, middle, foot)
        column.addStretch(1)
        self.full = scrolled(self.inside, self.tr("Result"))
        self.bare = Card()
        self.bare.body.addWidget(self.empty)
        VBox(self.full, self.bare, parent=self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window stands below what else stands beside."""
        super().resizeEvent(event)
        narrow = event.size().width() < theme.px(NARROW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        for row in self._beside:
            row.setDirection(down if narrow else across)

    def _foot(self) -> HBox:
        classes = self.classes_card = Card(self.tr("GENRE BY GENRE"), margin=2 * GRID)
        self.per_class.setHorizontalSpacing(2 * GRID)
        self.per_class.setVerticalSpacing(6)
        self.per_class.setColumnStretch(1, 1)
        classes.body.add(self.per_class, STRETCH)
        trust = Card(self.tr("HOW FAR TO TRUST ITS SCORES"), margin=2 * GRID)
        trust.body.add((self.diagram, 1), self.calibration)
        honest = Card(self.tr("BY EVERY RULE"), margin=2 * GRID)
        self.rules.setHorizontalSpacing(2 * GRID)
        self.rules.setVerticalSpacing(6)
        self.rules.setColumnStretch(0, 1)
        honest.body.add(self.rules, GRID, self.leak, STRETCH)
        return HBox((classes, 5), (trust, 4), (honest, 5), gap=2 * GRID)

    def _connect(self) -> None:
        self.session.result_changed.connect(self._show)
        self.matrix.chosen.connect(self.mistakes.show_cell)
        self.mistakes.which.activated.connect(lambda _row: self.matrix.forget())
        self.mistakes.changed.connect(self.next_changed)
        self.report.clicked.connect(self.ask_save)

    # ------------------------------------------------------------ showing

    def _show(self, result: Result | None) -> None:
        self.full.setVisible(result is not None)
        self.bare.setVisible(result is None)
        self.next_changed.emit()
        if result is None:
            self.mistakes.show_result(None)
            return
        evaluation = result.evaluation
        n = evaluation["songs"]["n"]
        said = verdict.of(result)
        self.verdict.setText(said.headline)
        self.comparison.setText(said.detail)
        self.intervals.set_shares(said.shares)
        self.anyway.setVisible(said.advice is not verdict.Advice.USE)
        self.sentence.setText(sentences.expectation(result))
        tip = self.tr("95 % interval of the song accuracy, over {0}")
        self.sentence.setToolTip(tip.format(songs(n)))
        self.basis.setText(sentences.basis(result))
        self.guessing.setText(sentences.guessing(result))
        self._show_caveats(result)
        self.matrix.set_table(result.labels, result.table, together=result.several)
        several = result.several
        self.matrix_card.title.setText(
            self.tr("WORDS TOGETHER") if several else self.tr("WHAT IT CONFUSES")
        )
        self.classes_card.title.setText(
            self.tr("WORD BY WORD") if several else self.tr("GENRE BY GENRE")
        )
        self.together.setVisible(result.several)
        self.choose.setVisible(self.matrix.is_drawn())
        self.mistakes.show_result(result)
        if result.several:
            emptied(self.per_class)
            word_table.fill(self.per_class, evaluation, MOST_GENRES)
        else:
            self._show_classes(evaluation)
        self._show_rules(evaluation)
        bins = evaluation["reliability"]
        self.diagram.set_bins(bins["edges"], bins["count"], bins["confidence"], bins["accuracy"])
        text = self.tr(
            "On the line, a score means what it says. Expected calibration error {0}, over {1} "
            "windows."
        )
        self.calibration.setText(
            text.format(percent(evaluation["ece"]), evaluation["windows"]["n"])
        )
        sentence, well = sentences.leak(result)
        self.leak.setText(sentence)
        set_tone(self.leak, "" if well else "error")
        self.next_changed.emit()

    def _show_caveats(self, result: Result) -> None:
        while self.flatters.count():
            item = self.flatters.takeAt(0)
            if item is not None and (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        certain = result.heard > 0 or not sentences.leak(result)[1]
        for i, text in enumerate(sentences.caveats(result)):
            self.flatters.addWidget(paragraph(text, "warning" if certain and not i else "quiet"))

    def _show_classes(self, evaluation: dict[str, Any]) -> None:
        emptied(self.per_class)
        heads = ("", "", self.tr("Precision"), self.tr("Recall"), "F1", self.tr("Songs"))
        for column, text in enumerate(heads):
            self.per_class.addWidget(cell_of(text, "quiet", left=column < 2), 0, column)
        every = list(evaluation["per_class"].items())
        shown = every[:MOST_GENRES]
        if left := len(every) - len(shown):
            text = tr("%Ln more are in the report.", "", left)
            self.per_class.addWidget(cell_of(text, "quiet", left=True), len(shown) + 1, 1)
        for i, (label, row) in enumerate(shown, 1):
            self.per_class.addWidget(Dot(partial(theme.genre_colour, label)), i, 0)
            self.per_class.addWidget(cell_of(genre_word(label), left=True), i, 1)
            name, n = genre_word(label), int(row["n"])
            said = tr("{0} of the songs called {1} are {1}, over %Ln true one(s)", "", n)
            found = tr("{0} of the %Ln {1} song(s) were found", "", n)
            tips = {
                "precision": said.format(measured(row["precision"]), name),
                "recall": found.format(measured(row["recall"]), name),
                "f1": tr("Harmonic mean of the two, over %Ln song(s)", "", n),
            }
            for column, (key, tip) in enumerate(tips.items(), 2):
                write = percent if key == "f1" else measured
                cell = cell_of(write(row[key]) if n else "–")
                cell.setToolTip(tip)
                self.per_class.addWidget(cell, i, column)
            songs_ = cell_of(str(n))
            songs_.setToolTip(self.tr("Songs of {0} that were held back").format(name))
            self.per_class.addWidget(songs_, i, 5)

    def _show_rules(self, evaluation: dict[str, Any]) -> None:
        emptied(self.rules)
        both = evaluation["songs"]
        n, windows = both["n"], evaluation["windows"]
        rows = (
            word_table.rules(evaluation)
            if "per_label" in evaluation
            else (
                (self.tr("Songs, summed probability"), both["sum"], n, both["interval"]),
                (self.tr("Songs, majority vote"), both["majority"], n, None),
                (self.tr("Right genre among the first three"), both["top3"], n, None),
                (self.tr("Windows, each for itself"), windows["accuracy"], windows["n"], None),
            )
        )
        for i, (text, value, count, interval) in enumerate(rows):
            self.rules.addWidget(cell_of(text, "quiet", left=True), i, 0)
            cell = cell_of(measured(value))
            tip = self.tr("over {0}").format(count)
            if interval is not None:
                tip = self.tr("over {0}; 95 % interval: {1}").format(count, ranged(interval))
            cell.setToolTip(tip)
            self.rules.addWidget(cell, i, 1)
            self.rules.addWidget(cell_of(self.tr("of {0}").format(count), "quiet"), i, 2)

    # ------------------------------------------------------------ doing

    def ask_save(self) -> None:
        """Ask where to save the report or a picture."""
        dialogs.save_file(
            self,
            self.tr("Save the report"),
            ";;".join(
                (
                    self.tr("Report (*.html)"),
                    self.tr("Picture of this page (*.png)"),
                    self.tr("Every window as a table (*.csv)"),
                    self.tr("All numbers for programs (*.json)"),
                )
            ),
            self.tr("report"),
            lambda path, _kind: self.save_to(path),
        )

    def save_to(self, path: Path) -> None:
        """Save what the suffix says."""
        result = self.session.result
        if result is None:
            return
        kept = {
            ".html": result.run.report / "report.html",
            ".csv": result.run.report / "windows.csv",
            ".json": result.run.report / "evaluation.json",
        }
        suffix = path.suffix.lower()
        picture = self.picture() if suffix == ".png" else None

        def work(_job: Job) -> Path:
            if picture is not None:
                return exports.write_picture(picture, path)
            if suffix not in kept:
                raise GenreDeskError(
                    say(
                        "“{ending}” is not a format for a report. Use .html, .png, .csv or .json.",
                        ending=suffix or say("no ending"),
                    )
                )
            try:
                shutil.copyfile(kept[suffix], path)
            except OSError as error:
                raise exports.cannot_write(path, error) from error
            return path

        self.session.jobs.start(
            self.tr("saving the report"),
            work,
            lane="saving",
            on_done=lambda p: self.session.say(
                "report", self.tr("Saved as {0}").format(p), Severity.INFO, 8.0
            ),
            on_failed=lambda text, _error: self.session.say("report", text, Severity.ERROR),
        )

    def picture(self) -> QImage:
        """Return all of the page as a picture."""
        return self.inside.grab().toImage()

    # ------------------------------------------------------------ the way on

    def next_text(self) -> str:
        """Return the words on the button that goes on."""
        result = self.session.result
        return verdict.of(result).button if result is not None else self.tr("Use it")

    def follow(self, step: int) -> int:  # noqa: ARG002 - as every page has it
        """Follow the verdict: use the model, go on with the old one, or add songs."""
        result = self.session.result
        advice = verdict.of(result).advice if result is not None else verdict.Advice.USE
        if advice is verdict.Advice.KEEP and result is not None:
            text = self.tr("{0} stays in use. The new model is kept in the history.")
            title = result.evaluation["start"]["title"]
            self.session.say("kept", text.format(title), lasting_s=8.0)
        return {
            verdict.Advice.USE: steps.USE,
            verdict.Advice.KEEP: steps.HISTORY,
            verdict.Advice.ADD: steps.MUSIC,
        }[advice]

    def can_next(self) -> bool:
        """Whether there is a result."""
        return self.session.result is not None

    def hint(self) -> tuple[str, str]:
        """Say that songs were changed."""
        return self.mistakes.summary(), "quiet"
