"""A report for whoever is to find out what went wrong: read first, then saved; nothing is sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from genredesk.core.errors import GenreDeskError
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.services.jobs import Job, JobRunner
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.layouts import STRETCH, HBox, paragraph, plain_label
from genredesk.ui.widgets.notices import Notice, Severity
from genredesk.ui.widgets.popover import Popover

_WIDTH = 760


class ReportPage(Popover):
    """The plate with the whole text and where to save it.

    Signals
    -------
    notice(Notice)
        It was saved, or why it was not.
    """

    notice = Signal(object)

    def __init__(self, jobs: JobRunner, parent: QWidget) -> None:
        super().__init__(parent, _WIDTH)
        self.setAccessibleName(self.tr("Report"))
        self._jobs = jobs
        title = QLabel(self.tr("Report"))
        title.setFont(theme.font(16, bold=True))
        about = paragraph(
            self.tr(
                "This is all that is saved: versions, devices, and the end of the log, in which "
                "names of your files may stand. Nothing is sent; you decide who gets it."
            ),
            "quiet",
        )
        self.hint = plain_label(
            self.tr("If it ends like that at every start, begin with {0}.").format(
                "genredesk --safe-mode".replace("-", "\N{NON-BREAKING HYPHEN}")
            ),
            "quiet",
        )
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Text of the report"))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme.px(12))
        self.text.setFont(font)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setMinimumHeight(theme.px(360))
        self.save = Button(self.tr("Save report …"), "primary")
        self.copy = Button(self.tr("Copy"), icon="copy")
        self.leave = Button(self.tr("Don't save"))
        row = HBox(self.copy, STRETCH, self.leave, self.save, gap=GRID)
        self.column.addWidget(title)
        self.column.addWidget(about)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.text, 1)
        self.column.addLayout(row)
        self.save.clicked.connect(self._ask)
        self.copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.text.toPlainText())
        )
        self.leave.clicked.connect(self.close_plate)

    def open(self, ended: str = "") -> None:
        """Show the plate; the text comes as soon as it is known.

        Parameters
        ----------
        ended
            How a run ended that did not end as it should.
        """
        self.text.setPlainText(self.tr("Looking at versions and devices …"))
        self.save.setEnabled(False)
        self.hint.setVisible(bool(ended))
        self.open_in_middle()
        self.leave.setFocus(Qt.FocusReason.PopupFocusReason)
        self._jobs.start(
            self.tr("writing a report"),
            lambda job: _compose(job, ended),
            lane="doctor",
            on_done=self._show,
        )

    def _show(self, text: str) -> None:
        self.text.setPlainText(text)
        self.save.setEnabled(True)

    def _ask(self) -> None:
        from genredesk.doctor import report  # noqa: PLC0415 - loaded with the text

        dialogs.save_file(
            self.window(),
            self.tr("Save report"),
            self.tr("Text (*.txt)"),
            report.file_name(),
            lambda path, _kind: self.save_to(path),
        )

    def save_to(self, path: Path) -> None:
        """Write what is shown to ``path``."""
        from genredesk.doctor import report  # noqa: PLC0415 - loaded with the text

        try:
            report.save(path, self.text.toPlainText())
        except GenreDeskError as error:
            self.notice.emit(Notice("report", str(error), Severity.ERROR))
            return
        self.close_plate()
        self.notice.emit(Notice("report", self.tr("The report is saved as {0}.").format(path)))


def _compose(job: Job, ended: str) -> str:
    from genredesk.doctor import report  # noqa: PLC0415 - every room, seldom needed
    from genredesk.doctor.examine import examine  # noqa: PLC0415

    return report.compose(list(examine(job.context, quick=True)), ended)
