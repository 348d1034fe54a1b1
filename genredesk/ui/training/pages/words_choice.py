"""One genre a song or several words: what the table and the tags say, and the choice."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from genredesk.core.genres import genre_word
from genredesk.ui.look.text import tr
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.controls import Combo
from genredesk.ui.widgets.layouts import VBox, paragraph


class WordsChoice(QWidget):
    """The choice, seen only where a song has several words.

    Signals
    -------
    changed()
        The person chose.
    """

    changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self._session = session
        self.kind = Combo(self.tr("What a song has"))
        self.kind.setMinimumContentsLength(36)
        self.found = paragraph("", "quiet")
        VBox((self.kind, 0, Qt.AlignmentFlag.AlignLeft), self.found, parent=self)
        self.kind.activated.connect(lambda i: self.use_words(self.kind.itemData(i)))

    def show_offers(self) -> None:
        """Offer several words a song where the table or the tags name them, with what they say."""
        music = self._session.music
        offers = music.offers()
        self.kind.clear()
        self.kind.addItem(self.tr("One genre a song: its folder"), "")
        texts = {
            "table": self.tr("Several words a song: from tracks.csv"),
            "tags": self.tr("Several words a song: from the files' genre tags"),
        }
        for source in offers:
            self.kind.addItem(texts[source], source)
        if music.words and music.words not in offers and not self._session.scanning.running:
            music.use_words("")
        self.kind.setCurrentIndex(max(0, self.kind.findData(music.words)))
        self.setVisible(bool(offers))
        source = music.words or next(iter(offers), "")
        if source in offers:
            offer, where = offers[source], {"table": "tracks.csv", "tags": self.tr("The tags")}
            most = ", ".join(f"{genre_word(word)} {n}" for word, n in offer.words[:6])
            more = len(offer.words) - 6
            text = tr("{0}: several words for {1} of %Ln song(s): {2}", "", offer.songs)
            text = text.format(where[source], offer.several, most)
            if more > 0:
                text = tr("{0} and %Ln more", "", more).format(text)
            self.found.setText(text)

    def use_words(self, source: str) -> None:
        """Let songs have the words of ``source``, or with an empty one their folder's genre."""
        self._session.music.use_words(source)
        self.show_offers()
        self.changed.emit()
