"""The line over the library that tells how the scan goes, and holds it, stops it, limits it."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressBar

from genredesk.ui.library.scanning import LibraryScan, Pace
from genredesk.ui.look import theme
from genredesk.ui.look.text import decimal, thousands, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Combo, IconButton
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import HBox, plain_label

PATIENCE_MS = 700
"""A look that finds nothing new is over before anybody has to see it."""


class ScanStrip(Card):
    """Hidden while nothing runs."""

    def __init__(self, scanning: LibraryScan) -> None:
        super().__init__(margin=GRID + 4)
        self._scanning = scanning
        self.setAccessibleName(self.tr("Scan"))
        self.layout().setContentsMargins(theme.px(18), 6, theme.px(8), 6)  # type: ignore[union-attr]
        self.head_line = plain_label()
        self.head_line.setFont(theme.font(13, bold=True))
        self.facts = plain_label("", "quiet")
        self.facts.setFont(theme.font(13))
        self.file = Elided("quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the scan"))
        self.bar.setMinimumWidth(theme.px(120))
        self.cores = Combo(self.tr("Processor cores the scan may use"))
        self.cores.setMinimumContentsLength(6)
        for n in range(1, (os.cpu_count() or 1) + 1):
            self.cores.addItem(tr("%Ln core(s)", "", n), n)
        self.pause = IconButton("pause", self.tr("Pause the scan"), size=18)
        self.stop = IconButton("close", self.tr("Stop the scan; it can be resumed later"), size=16)
        self.body.addLayout(
            HBox(
                self.head_line,
                self.facts,
                (self.bar, 3, Qt.AlignmentFlag.AlignVCenter),
                (self.file, 2),
                self.cores,
                self.pause,
                self.stop,
                gap=theme.px(12),
            )
        )
        self.pause.clicked.connect(lambda: scanning.pause(not scanning.paused))
        self.stop.clicked.connect(scanning.stop)
        self.cores.activated.connect(lambda _i: scanning.set_cores(self.cores.currentData()))
        scanning.changed.connect(self._show)
        scanning.paced.connect(self._show_pace)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.setVisible(scanning.running))
        self.hide()
        self._show()

    def _show(self) -> None:
        scanning = self._scanning
        if scanning.running and not self.isVisible():
            self._patience.start()
        elif not scanning.running:
            self._patience.stop()
            self.hide()
        if not scanning.running:
            self.facts.clear()
            self.head_line.setText("")
            return
        self.cores.setCurrentIndex(self.cores.findData(scanning.cores))
        if scanning.paused:
            self.pause.set_look("play", self.tr("Resume the scan"))
            self.head_line.setText(self.tr("Paused"))
        else:
            self.pause.set_look("pause", self.tr("Pause the scan"))
            self.head_line.setText(self.tr("Listening"))
            if not self.facts.text():
                self.bar.setRange(0, 0)

    def _show_pace(self, pace: Pace) -> None:
        if pace.total <= 0:
            self.head_line.setText(self.tr("Looking for music"))
            self.bar.setRange(0, 0)
            found = tr("%Ln file(s)", "", pace.done) if pace.done else ""
            self.facts.setText(found)
        else:
            if not self._scanning.paused:
                self.head_line.setText(self.tr("Listening"))
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * min(1.0, pace.done / pace.total)))
            self.facts.setText(pace_words(pace))
        self.file.set_text(pace.message)


def pace_words(pace: Pace) -> str:
    """Write how far and how fast: ``120 of 3 000  ·  6.1 a second  ·  8 min left``."""
    parts = [tr("{0} of {1}").format(thousands(pace.done), thousands(pace.total))]
    if pace.rate >= 0.95:
        parts.append(tr("{0} a second").format(decimal(pace.rate)))
    elif pace.rate > 0:
        parts.append(tr("{0} a minute").format(round(60 * pace.rate)))
    if pace.left_s is not None:
        parts.append(left_words(pace.left_s))
    return "  ·  ".join(parts)


def left_words(seconds: float) -> str:
    """Write a time left as people say it."""
    if seconds < 50:
        return tr("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 90:
        return tr("{0} min left").format(minutes)
    return tr("{0} h left").format(round(minutes / 60))
