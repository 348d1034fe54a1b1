"""The check of the installation in the window: what ``genredesk doctor`` finds, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from genredesk.core.messages import say
from genredesk.doctor.finding import TITLES
from genredesk.ui.look import icons, theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services.jobs import Job, JobRunner
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.popover import Popover
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.doctor.elsewhere import CheckProcess
    from genredesk.doctor.finding import Finding, Health

_WIDTH = 720

_ROUND = 180  # of the window's height is for what is above and below the findings


class DoctorPage(Popover):
    """The plate with one line a finding; it checks when it is opened."""

    def __init__(self, jobs: JobRunner, parent: QWidget) -> None:
        super().__init__(parent, _WIDTH)
        self.setAccessibleName(self.tr("Check of the installation"))
        self._jobs = jobs
        self._job: Job | None = None
        self._checking: CheckProcess | None = None
        self.findings: list[Finding] = []
        title = QLabel(self.tr("Check of the installation"))
        title.setFont(theme.font(16, bold=True))
        self.summary = paragraph("", "quiet")
        self.column.addWidget(title)
        self.column.addWidget(self.summary)
        self._inside = QWidget()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GRID + 4)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(2, 1)
        VBox(self._grid, STRETCH, parent=self._inside, margins=(0, 0, GRID, 0))
        self.area = scrolled(self._inside, self.tr("Findings"))
        self.column.addWidget(self.area, 1)
        self.again = Button(self.tr("Check again"), icon="refresh")
        self.copy = Button(self.tr("Copy"), icon="copy")
        self.close_button = Button(self.tr("Close"))
        self.column.addLayout(HBox(self.again, self.copy, STRETCH, self.close_button))
        self.again.clicked.connect(self.check)
        self.copy.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.close_plate)

    def open(self) -> None:
        """Show the plate and check."""
        room = self._over.height() - theme.px(_ROUND)
        self.area.setMinimumHeight(min(theme.px(420), room))
        self.open_in_middle()
        self.again.setFocus(Qt.FocusReason.PopupFocusReason)
        self.check()

    def check(self) -> None:
        """Make every check again."""
        self.again.setEnabled(False)
        self.summary.setText(self.tr("Checking … Output and microphone are opened for a moment."))
        if self._job is not None:
            return
        self._clear()
        self._job = self._jobs.start(
            self.tr("checking the installation"), self._examine, lane="doctor", on_part=self._add
        )
        self._job.ended.connect(self._ended)

    def _add(self, finding: Finding) -> None:
        row = self._grid.rowCount()
        if not self.findings or self.findings[-1].group != finding.group:
            heading = plain_label(say(TITLES[finding.group]).upper(), "heading")
            heading.setContentsMargins(0, 0 if not self.findings else GRID, 0, 0)
            self._grid.addWidget(heading, row, 0, 1, 3)
            row += 1
        self.findings.append(finding)
        name = plain_label(finding.name)
        name.setFont(theme.font(13, bold=True))
        fact = paragraph(finding.fact, selectable=True)
        fact.setAccessibleName(
            f"{self._state(finding.health)}. {finding.name}: {finding.fact} {finding.fix}".strip()
        )
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(_mark(finding.health, self._state(finding.health)), row, 0, top)
        self._grid.addWidget(name, row, 1, top)
        self._grid.addWidget(fact, row, 2, top)
        if finding.fix:
            fix = paragraph(finding.fix, selectable=True)
            fix.setProperty("tone", "quiet")
            self._grid.addWidget(fix, row + 1, 2, top)

    def _state(self, health: Health) -> str:
        words = {"ok": self.tr("Works"), "note": self.tr("Note"), "broken": self.tr("Broken")}
        return words[health.value]

    def _ended(self) -> None:
        job, self._job = self._job, None
        if job is not None and job.context.cancelled:
            if self.isVisible():  # opened again meanwhile
                self.check()
            return
        self.again.setEnabled(True)
        broken = [finding.name for finding in self.findings if finding.health == "broken"]
        if not broken:
            self.summary.setText(self.tr("Everything works."))
        else:
            count = tr("%Ln part(s) need attention:", "", len(broken))
            self.summary.setText(f"{count} {', '.join(broken)}")

    def _clear(self) -> None:
        self.findings = []
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _copy(self) -> None:
        from genredesk.doctor import report  # noqa: PLC0415 - loaded with the checks

        QGuiApplication.clipboard().setText(report.compose(self.findings))

    def _examine(self, job: Job) -> None:
        """Run the checks in another process (on the lane's thread)."""
        from genredesk.doctor.elsewhere import CheckProcess  # noqa: PLC0415 - seldom needed

        self._checking = checking = CheckProcess()
        try:
            job.context.checkpoint()
            for finding in checking.findings():
                job.part(finding)
            job.context.checkpoint()
        finally:
            checking.close()

    def hideEvent(self, event: QHideEvent) -> None:
        """Check no further while nobody looks."""
        super().hideEvent(event)
        if self._job is not None:
            self._job.cancel()
        if self._checking is not None:
            self._checking.stop()


def _mark(health: Health, words: str) -> QLabel:
    tokens = theme.current()
    looks = {
        "ok": ("check", tokens.good),
        "note": ("info", tokens.quiet),
        "broken": ("error", tokens.error),
    }
    label = QLabel()
    size = theme.px(16)
    label.setPixmap(icons.icon(*looks[health.value]).pixmap(QSize(size, size)))
    label.setToolTip(words)
    label.setAccessibleName(words)
    return label
