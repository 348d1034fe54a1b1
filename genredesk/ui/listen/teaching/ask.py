"""A plate that asks what a stretch of sound is called, while the sound goes on."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import paragraph, plain_label
from genredesk.ui.widgets.popover import Popover

LAST_S = 30.0
"""At most so much of what was heard is taken."""
LEAST_S = 4.0
"""Less sound than this teaches nothing."""


class AskWord(Popover):
    """What there is, its name, a button and what becomes of it; looks again while it is shown.

    Parameters
    ----------
    width
        Of the plate, in pixels at usual text size.
    hint
        Stands in the empty line.
    go
        The button; :meth:`act` is called by it and by Enter.
    note
        Below it.
    """

    def __init__(self, parent: QWidget, width: int, hint: str, go: Button, note: str) -> None:
        self._timer = QTimer(interval=300)
        super().__init__(parent, width)
        self._timer.setParent(self)
        self.setAccessibleName(self.tr("Teach what is playing"))
        title = plain_label(self.tr("TEACH WHAT IS PLAYING"), "heading")
        self.what, self.note = paragraph("", "quiet"), paragraph("", "quiet")
        self.note.setText(note)
        self.word = Combo(self.tr("What is it called?"))
        line = QLineEdit()
        line.setPlaceholderText(hint)
        line.setAccessibleName(hint)
        self.word.setLineEdit(line)
        self.go = go
        for widget in (title, self.what, self.word, self.go, self.note):
            self.column.addWidget(widget)
        self._timer.timeout.connect(self.look)
        self.go.clicked.connect(self.act)
        line.returnPressed.connect(self.act)
        self.word.editTextChanged.connect(lambda _text: self.look())

    def words(self) -> list[tuple[str, str]]:
        """Return the words to choose from: what is shown, and what is meant."""
        raise NotImplementedError

    def look(self) -> None:
        """Say what there is now, and whether it may be taken."""
        raise NotImplementedError

    def act(self) -> None:
        """Take it."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        """Offer the words there are."""
        super().showEvent(event)
        text = self.word.currentText()
        self.word.clear()
        for shown, label in self.words():
            self.word.addItem(shown, label)
        self.word.setEditText(text)
        self.look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
