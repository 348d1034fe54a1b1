"""The plate that asks which word the sound that is held or selected shall teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from genredesk.core.genres import genre_word
from genredesk.ui.listen.teaching.teacher import LEAST_S, Teacher
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.popover import Popover

if TYPE_CHECKING:
    from genredesk.ui.listen.heard.card import TimelineCard
    from genredesk.ui.listen.session import ListenSession

LAST_S = 30.0


class TeachPanel(Popover):
    """Asks for the word and says what it is taught from."""

    def __init__(
        self, listening: ListenSession, timeline: TimelineCard, teacher: Teacher, parent: QWidget
    ) -> None:
        self._timer = QTimer(interval=300)
        super().__init__(parent, 380)
        self._timer.setParent(self)
        self.setAccessibleName(self.tr("Teach what is playing"))
        self._listening, self._timeline, self._teacher = listening, timeline, teacher
        title = QLabel(self.tr("TEACH WHAT IS PLAYING"))
        title.setProperty("tone", "heading")
        self.what = _words()
        self.word = Combo(self.tr("What is it called?"))
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.tr("A new word, or one of the model's"))
        self.line.setAccessibleName(self.tr("What is it called?"))
        self.word.setLineEdit(self.line)
        self.go = Button(self.tr("Teach this word"), "primary", icon="train")
        self.note = _words()
        self.note.setText(
            self.tr(
                "The sound is kept among your recordings. The model in use learns from all of "
                "them in a moment and listens for the word; nothing leaves this computer."
            )
        )
        for widget in (title, self.what, self.word, self.go, self.note):
            self.column.addWidget(widget)
        self._timer.timeout.connect(self._look)
        self.go.clicked.connect(self.teach_now)
        self.line.returnPressed.connect(self.teach_now)
        self.word.editTextChanged.connect(lambda _text: self._look())
        teacher.changed.connect(self._look)

    def span(self) -> tuple[float, float]:
        """Return what is taught from: the selected time, else the last seconds of what is held."""
        selected = self._timeline.view.selection
        if selected is not None:
            return selected
        sound, kept = self._listening.sound, self._listening.timeline.kept
        now = sound.position if sound.is_file else kept.drawn_until
        first = kept.held.start if kept.held is not None else 0.0
        return max(first, now - LAST_S), now

    def showEvent(self, event: QShowEvent) -> None:
        """Offer the words there are."""
        super().showEvent(event)
        bundle = self._listening.naming.bundle
        text = self.word.currentText()
        self.word.clear()
        for label in bundle.card.labels if bundle is not None else ():
            self.word.addItem(genre_word(label), label)
        self.word.setEditText(text)
        self._look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._timer.stop()

    def _look(self) -> None:
        source, (start, end) = self._listening.sound.source, self.span()
        seconds = end - start
        enough = source is not None and seconds >= LEAST_S
        if not enough or source is None:
            self.what.setText(
                tr("Play or select at least %Ln second(s) of something.", "", round(LEAST_S))
            )
        elif self._timeline.view.selection is not None:
            self.what.setText(tr("The selected %Ln second(s)", "", round(seconds)))
        else:
            text = tr("The last %Ln second(s) of {0}", "", round(seconds))
            self.what.setText(text.format(source.info.title or source.info.name))
        word = self.word.currentText().strip()
        self.go.setEnabled(enough and bool(word) and not self._teacher.busy)

    def teach_now(self) -> None:
        """Teach the word that is written, from the sound as it is now."""
        word = self.word.currentText().strip()
        self._look()
        if not self.go.isEnabled():
            return
        at = self.word.findText(word)
        label = self.word.itemData(at) if at >= 0 else word
        self._teacher.teach(str(label), self._listening.timeline.heard(self.span()))
        self.word.setEditText("")
        self.close_plate()


def _words() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setProperty("tone", "quiet")
    return label
