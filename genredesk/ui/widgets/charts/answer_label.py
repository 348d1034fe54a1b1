"""An answer on one line: the dot of its strength, its word, and how sure it is."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from genredesk.core.genres import genre_in_sentence
from genredesk.core.scores import Decision
from genredesk.core.shares import sureness
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.strengths import Piece
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.base import ThemedText, elided, smooth

_DOT = 12
_LEFT = 22


class AnswerLabel(ThemedText):
    """Shows a decision as the large word does, small; or a few quiet words instead."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._decision: Decision | None = None
        self._words = ""

    def sizeHint(self) -> QSize:
        """Room for "Probably classical 70 %"."""
        return QSize(theme.px(210), math.ceil(QFontMetricsF(theme.font(14)).height()) + theme.px(8))

    def minimumSizeHint(self) -> QSize:
        """Room for the beginning of it."""
        return QSize(theme.px(120), self.sizeHint().height())

    def set_decision(self, decision: Decision) -> None:
        """Show a decision that has a state; where none stands out, the best guess with it."""
        if decision.state is None:
            return
        self._decision = decision
        word, score = strengths.word(decision.state, decision.named), ""
        if decision.named:
            score = sureness(sum(p for _label, p in decision.ranked(len(decision.named))))
        elif decision.label is not None:
            guess = genre_in_sentence(decision.label)
            score = tr("perhaps {0}, {1}").format(guess, sureness(decision.score))
        self._tell(word, score)

    def say(self, words: str) -> None:
        """Show a few quiet words."""
        self._decision = None
        self._tell(words, "")

    def _tell(self, word: str, more: str) -> None:
        self._words = f"{word}, {more}" if more else word
        if self.accessibleName() != self._words:
            self.setAccessibleName(self._words)
            self.setToolTip(self._words)
        self._word, self._more = word, more
        self.update()

    def words(self) -> str:
        """Return what is shown, as it is read out."""
        return self._words

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw dot, word and number."""
        if not self._words:
            return
        painter = smooth(self)
        font = theme.font(14, bold=self._decision is not None and bool(self._decision.named))
        metrics = QFontMetricsF(font)
        baseline = (self.height() + metrics.capHeight()) / 2
        parts, x, state = [Piece(self._word, None)], 0.0, None
        if (decision := self._decision) is not None and (state := decision.state) is not None:
            size = theme.px(_DOT)
            dot = QRectF(1, (self.height() - size) / 2, size, size)
            strengths.paint_dot(painter, dot, state, decision.named)
            parts, x = strengths.pieces(state, decision.named), float(theme.px(_LEFT))
        painter.setFont(font)
        for text, label in parts:
            shown = elided(font, text, self.width() - x)
            painter.setPen(strengths.ink(state, label))
            painter.drawText(QPointF(x, baseline), shown)
            x += metrics.horizontalAdvance(shown)
        self._draw_more(painter, x + theme.px(8), baseline)

    def _draw_more(self, painter: QPainter, x: float, baseline: float) -> None:
        font = theme.font(13)
        room = self.width() - x
        if self._more and room > theme.px(30):
            painter.setFont(font)
            painter.setPen(QColor(theme.current().quiet))
            painter.drawText(QPointF(x, baseline), elided(font, self._more, room))
