"""The plate that asks which word the sound that is held or selected shall teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from genredesk.core.genres import genre_word
from genredesk.ui.listen.teaching.ask import LAST_S, LEAST_S, AskWord
from genredesk.ui.listen.teaching.teacher import Teacher
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.controls import Button

if TYPE_CHECKING:
    from genredesk.ui.listen.heard.card import TimelineCard
    from genredesk.ui.listen.session import ListenSession


class TeachPanel(AskWord):
    """Asks for the word and says what it is taught from."""

    def __init__(
        self, listening: ListenSession, timeline: TimelineCard, teacher: Teacher, parent: QWidget
    ) -> None:
        self._listening, self._timeline, self._teacher = listening, timeline, teacher
        super().__init__(
            parent,
            380,
            tr("A new word, or one of the model's"),
            Button(tr("Teach this word"), "primary", icon="train"),
            tr(
                "The sound is kept among your recordings. The model in use learns from all of "
                "them in a moment and listens for the word; nothing leaves this computer."
            ),
        )
        teacher.changed.connect(self.look)

    def span(self) -> tuple[float, float]:
        """Return what is taught from: the selected time, else the last seconds of what is held."""
        selected = self._timeline.view.selection
        if selected is not None:
            return selected
        sound, kept = self._listening.sound, self._listening.timeline.kept
        now = sound.position if sound.is_file else kept.drawn_until
        first = kept.held.start if kept.held is not None else 0.0
        return max(first, now - LAST_S), now

    def words(self) -> list[tuple[str, str]]:
        """Return the words of the model in use."""
        bundle = self._listening.engine.bundle
        return [(genre_word(label), label) for label in bundle.card.labels] if bundle else []

    def look(self) -> None:
        """Say what is taught from."""
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

    def act(self) -> None:
        """Teach the word that is written, from the sound as it is now."""
        word = self.word.currentText().strip()
        self.look()
        if not self.go.isEnabled():
            return
        at = self.word.findText(word)
        label = self.word.itemData(at) if at >= 0 else word
        self._teacher.teach(str(label), self._listening.timeline.heard(self.span()))
        self.word.setEditText("")
        self.close_plate()
