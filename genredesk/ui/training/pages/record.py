"""Teach what is playing now: the last seconds of the open source become a song with a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from genredesk.core.genres import genre_word
from genredesk.ui.look.text import tr
from genredesk.ui.services.jobs import Job
from genredesk.ui.training.pages.wizard_page import words
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.notices import Severity
from genredesk.ui.widgets.popover import Popover

LAST_S = 30.0
LEAST_S = 4.0


class RecordPanel(Popover):
    """Asks what it is called, then keeps it."""

    def __init__(self, desk: TrainingSession, parent: QWidget) -> None:
        self._timer = QTimer(interval=300)
        super().__init__(parent, 400)
        self._timer.setParent(self)
        self.setAccessibleName(self.tr("Teach what is playing"))
        self._desk = desk
        title = QLabel(self.tr("TEACH WHAT IS PLAYING"))
        title.setProperty("tone", "heading")
        self.what = words("", "quiet")
        self.label = Combo(self.tr("What is it called?"))
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.tr("Name of the genre"))
        self.line.setAccessibleName(self.tr("Name of the genre"))
        self.label.setLineEdit(self.line)
        self.keep = Button(self.tr("Keep the last 30 seconds"), "primary", icon="check")
        self.where = words(
            self.tr(
                "It is written as a WAV file into the folder “{0}” among your data and stays there "
                "until you delete it."
            ).format(desk.recordings.name),
            "quiet",
        )
        self.where.setToolTip(str(desk.recordings))
        self.column.addWidget(title)
        self.column.addWidget(self.what)
        self.column.addWidget(self.label)
        self.column.addWidget(self.keep)
        self.column.addWidget(self.where)
        self._timer.timeout.connect(self._look)
        self.keep.clicked.connect(self.keep_now)
        self.line.returnPressed.connect(self.keep_now)
        self.label.editTextChanged.connect(lambda _text: self._look())

    def showEvent(self, event) -> None:
        """Offer the classes there are."""
        super().showEvent(event)
        text = self.label.currentText()
        self.label.clear()
        for group in self._desk.music.classes():
            if group.label:
                self.label.addItem(group.label)
        self.label.setEditText(text)
        self._look()
        self._timer.start()

    def hideEvent(self, event) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._timer.stop()

    def available_s(self) -> float:
        """Return how many seconds without a gap can be kept."""
        source = self._desk.listening.sound.source
        return _span(source)[2] if source is not None else 0.0

    def _look(self) -> None:
        source = self._desk.listening.sound.source
        seconds = self.available_s()
        if source is None or seconds < LEAST_S:
            self.what.setText(
                tr(
                    "Play something first, on the Listen page or from any other source: at least "
                    "%Ln second(s) of it are needed.",
                    "",
                    round(LEAST_S),
                )
            )
        else:
            self.what.setText(
                tr("The last %Ln second(s) of {0}", "", round(min(LAST_S, seconds))).format(
                    source.info.name
                )
            )
        self.keep.setText(
            tr("Keep the last %Ln second(s)", "", round(min(LAST_S, max(seconds, LEAST_S))))
        )
        named = bool(self.label.currentText().strip())
        self.keep.setEnabled(seconds >= LEAST_S and named)

    def keep_now(self) -> None:
        """Write the last seconds into the recordings and look through them."""
        label = self.label.currentText().strip()
        source = self._desk.listening.sound.source
        if not label or source is None or self.available_s() < LEAST_S:
            return
        start, stop, _seconds = _span(source)
        sound = source.ring.read(start, stop)
        rate, name = source.sample_rate, source.info.name
        folder = self._desk.recordings

        def work(_job: Job) -> Path:
            from genredesk.training.data import examples  # noqa: PLC0415

            return examples.write(label, sound, rate, name)

        def done(path: Path) -> None:
            text = self.tr("{0} was added to {1}.").format(path.name, genre_word(label))
            self._desk.say("record", text, Severity.INFO, 6.0)
            self._desk.add_folders([folder])

        self._desk.jobs.start(
            self.tr("keeping a recording"),
            work,
            lane="saving",
            on_done=done,
            on_failed=lambda text, _error: self._desk.say("record", text, Severity.ERROR),
        )
        self.close_plate()


def _span(source: Any) -> tuple[int, int, float]:
    """Return start, stop and seconds of what can be kept: heard, held, without a gap."""
    ring, rate = source.ring, source.sample_rate
    stop = min(source.now(), ring.end)
    start = max(ring.start, stop - round(LAST_S * rate), 0)
    gaps = [g for g in ring.gaps(start) if g < stop]
    start = max([start, *gaps])
    return start, stop, max(0.0, (stop - start) / rate)
