"""Page 5, Use it: a name, a licence, notes; listen with it, give it away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from genredesk.core import paths
from genredesk.core.shares import measured, percent, ranged
from genredesk.ui.listen.dropzone import SUFFIX
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import card_text, dialogs
from genredesk.ui.training import sentences
from genredesk.ui.training.pages.wizard_page import WizardPage
from genredesk.ui.training.results import Result
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.bundle_list import DetailsList
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.notices import Severity
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.ui.services.jobs import Job

LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "GPL-3.0-or-later")


class UsePage(WizardPage):
    """The Use it page."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name"))
        self.name.setMaxLength(80)
        self.licence = Combo(self.tr("License"))
        self.licence.setEditable(True)
        self.licence.addItems([self.tr("For my own use only"), *LICENCES])
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName(self.tr("Notes"))
        self.notes.setPlaceholderText(
            self.tr("What it was trained for, what it is good at, what it confuses.")
        )
        self.notes.setTabChangesFocus(True)
        self.use = Button(self.tr("Use it now"), "primary", icon="listen")
        self.keep = Button(self.tr("Add to my models"), icon="check")
        self.export = Button(self.tr("Export …"), icon="export")
        self.where = paragraph("", "quiet")
        self.open_folder = Button(self.tr("Open the folder"), "flat", icon="folder")
        self.state = paragraph("", "title")
        self.facts = DetailsList()
        self.empty = EmptyState(
            "models",
            self.tr("There is no new model yet"),
            self.tr("Train one; then it gets its name here."),
        )
        self._lay_out()
        self._connect()
        self._show(session.result)

    def _lay_out(self) -> None:
        left = Card(self.tr("YOUR MODEL"))
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(2 * GRID)
        for text, control in (
            (self.tr("Name"), self.name),
            (self.tr("License"), self.licence),
            (self.tr("Notes"), self.notes),
        ):
            heading = plain_label(text, "quiet")
            heading.setBuddy(control)
            form.addRow(heading, control)
        left.body.addWidget(self.state)
        self.notes.setMaximumHeight(theme.px(180))
        left.body.add(
            GRID,
            form,
            GRID,
            HBox(self.use, self.keep, self.export, STRETCH, gap=GRID),
            HBox((self.where, 1), self.open_folder),
            STRETCH,
        )
        right = Card(self.tr("WHAT ITS CARD WILL SAY"))
        holder = QWidget()
        VBox(self.facts, STRETCH, parent=holder)
        right.body.addWidget(scrolled(holder, self.tr("Card of the model")), 1)
        self.full = QWidget()
        HBox((left, 6), (right, 5), parent=self.full, gap=2 * GRID)
        self.bare = Card()
        self.bare.body.addWidget(self.empty)
        VBox(self.full, self.bare, parent=self)

    def _connect(self) -> None:
        self.session.result_changed.connect(self._show)
        self.session.installed.connect(lambda _id: self._show(self.session.result))
        self.session.listening.engine.bundle_changed.connect(lambda _b: self._show_state())
        self.name.textChanged.connect(lambda _t: self._show_state())
        self.use.clicked.connect(lambda: self.install(use=True))
        self.keep.clicked.connect(lambda: self.install(use=False))
        self.export.clicked.connect(self.ask_export)
        self.open_folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder())))
        )

    # ------------------------------------------------------------ showing

    def _show(self, result: Result | None) -> None:
        self.full.setVisible(result is not None)
        self.bare.setVisible(result is None)
        if result is None:
            return
        run = result.run
        self.name.setText(run.title[:1].upper() + run.title[1:])
        self.licence.setCurrentText(run.licence or self.licence.itemText(0))
        if not self.notes.hasFocus():
            self.notes.setPlainText(run.notes)
        songs = result.evaluation["songs"]
        rows = [
            (self.tr("Genres"), card_text.genres(result.labels)),
            (
                self.tr("Songs"),
                tr("{0} of %Ln held-back song(s) correct (95 %: {1})", "", songs["n"]).format(
                    measured(songs["sum"]), ranged(songs["interval"])
                ),
            ),
            (
                self.tr("Windows"),
                tr("{0} of %Ln window(s)", "", result.evaluation["windows"]["n"]).format(
                    measured(result.evaluation["windows"]["accuracy"])
                ),
            ),
            (self.tr("Kept apart"), sentences.protocol(result)),
            (self.tr("Made from"), sentences.origin(result, self.session.start_of(run.plan))),
            (
                self.tr("Sure"),
                self.tr("from {0}").format(percent(result.evaluation.get("unsure_below", 0.0))),
            ),
        ]
        if result.makes_sound:
            text = self.tr("as one of your models it makes them, too, on the Models page")
            rows.append((self.tr("New pieces"), text))
        self.facts.set_rows(rows)
        self._show_state()

    def _folder(self) -> Path:
        result = self.session.result
        installed = result.run.installed if result is not None else ""
        return paths.user_models_dir() / installed if installed else paths.user_models_dir()

    def _show_state(self) -> None:
        result = self.session.result
        if result is None:
            return
        named = bool(self.name.text().strip())
        active = self.session.listening.engine.bundle
        installed = result.run.installed
        in_use = active is not None and bool(installed) and active.id == installed
        for button in (self.use, self.keep, self.export):
            button.setEnabled(named)
        self.keep.setText(self.tr("Save changes") if installed else self.tr("Add to my models"))
        if in_use:
            self.state.setText(self.tr("It is listening now."))
            self.where.setText(self.tr("Kept in {0}").format(self._folder()))
        elif installed:
            self.state.setText(self.tr("It is one of your models."))
            self.where.setText(self.tr("Kept in {0}").format(self._folder()))
        else:
            self.state.setText(self.tr("It is ready. Give it a name."))
            self.where.setText(self.tr("It will be kept in {0}").format(self._folder()))
        self.open_folder.setVisible(bool(installed))

    # ------------------------------------------------------------ doing

    def install(self, *, use: bool) -> None:
        """Make it one of the person's models; ``use``: listen with it."""
        result, title = self.session.result, self.name.text().strip()
        if result is None or not title:
            return
        self.session.install(
            result.run,
            title=title,
            licence=self.licence.currentText().strip(),
            notes=self.notes.toPlainText().strip(),
            use=use,
        )

    def ask_export(self) -> None:
        """Ask for a place and write the model there as one file."""
        dialogs.save_file(
            self,
            self.tr("Export the model"),
            self.tr("GenreDesk models (*{0})").format(SUFFIX),
            (self.name.text().strip() or "model") + SUFFIX,
            lambda path, _kind: self.export_to(path),
        )

    def export_to(self, path: Path) -> None:
        """Write the model to ``path``, with the name and notes of this page."""
        result = self.session.result
        if result is None:
            return
        run = result.run
        title, licence = self.name.text().strip(), self.licence.currentText().strip()
        notes = self.notes.toPlainText().strip()

        def work(_job: Job) -> Path:
            from genredesk.ui.training import using  # noqa: PLC0415 - imports inference

            return using.export(run, path, title=title, licence=licence, notes=notes)

        self.session.jobs.start(
            self.tr("exporting the model"),
            work,
            lane="saving",
            on_done=lambda target: self.session.say(
                "export", self.tr("Exported to {0}.").format(target), Severity.INFO, 8.0
            ),
            on_failed=lambda text, _error: self.session.say("export", text, Severity.ERROR),
        )
