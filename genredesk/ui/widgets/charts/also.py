"""The other words that hold beside the large one, as a row of chips."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from genredesk.core.genres import genre_word
from genredesk.core.scores import Decision
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import Sized, ThemedText, smooth

_MOST = 8


class AlsoChips(Sized, ThemedText):
    """Shows as many words as there is room for, the surest first; it takes no room without any."""

    wanted = (200, 26)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Also heard"))
        self._words: tuple[str, ...] = ()
        self.setVisible(False)

    def set_decision(self, decision: Decision | None, *, several: bool = True) -> None:
        """Show what holds beside the large word.

        Parameters
        ----------
        several
            Whether the model may name several words at all: its row keeps its place then.
        """
        words = decision.also[:_MOST] if decision is not None else ()
        self.setVisible(several)
        if words != self._words:
            self._words = words
            self.setAccessibleDescription(", ".join(map(genre_word, words)))
            self.setToolTip(", ".join(words))
            self.update()

    def words(self) -> tuple[str, ...]:
        """Return the labels shown, the surest first."""
        return self._words

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a chip a word, from the left, until there is no more room."""
        painter = smooth(self)
        font = theme.font(13)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        tokens = theme.current()
        x, height = 0.0, metrics.height() + theme.px(6)
        for word in self._words:
            text = genre_word(word)
            width = metrics.horizontalAdvance(text) + theme.px(30)
            if x + width > self.width():
                break
            box = QRectF(x, (self.height() - height) / 2, width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.control))
            painter.drawRoundedRect(box, height / 2, height / 2)
            dot = theme.px(8)
            painter.setBrush(QColor(theme.genre_colour(word)))
            painter.drawEllipse(QRectF(x + theme.px(9), box.center().y() - dot / 2, dot, dot))
            painter.setPen(QColor(tokens.text))
            side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box.adjusted(theme.px(21), 0, 0, 0), side, text)
            x += width + GRID
