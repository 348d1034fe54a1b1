"""The one large word: what is heard now, how sure, and for how long."""

from __future__ import annotations

from PySide6.QtCore import (
    QEasingCurve,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QVariantAnimation,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_name
from genredesk.core.scores import Decision
from genredesk.ui.look import theme
from genredesk.ui.widgets.base import ThemedText, elided, smooth, sureness

_FADE_MS = 180
_MAX_PX = 400
_MIN_PX = 26
_QUIET = 0.7  # words that are not a genre are smaller
_GAP = 4

_Key = tuple[Strength | None, tuple[str, ...]]


class BigLabel(ThemedText):
    """Says the genre in the largest type that fits, with a short cross-fade.

    Unsure, silent and waiting are said in plain words. A change is announced to screen readers.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Genre heard now"))
        self._key: _Key | None = None
        self._word, self._old_word = "", ""
        self._tone: QColor | None = None
        self._old_tone: QColor | None = None
        self._quiet = self._old_quiet = True
        self._sub = ""
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.valueChanged.connect(lambda _value: self.update())
        self.clear()

    def sizeHint(self) -> QSize:
        """Room for a word of middling size."""
        return QSize(theme.px(320), theme.px(140))

    def minimumSizeHint(self) -> QSize:
        """Room for the smallest word and its sub line."""
        return QSize(theme.px(160), theme.px(64))

    def clear(self) -> None:
        """Nothing is being listened to."""
        self._show((None, ()), self.tr("Ready"), None, self.tr("Press play to listen"))

    def set_decision(self, decision: Decision, steady_s: float | None = None) -> None:
        """Show a decision.

        Parameters
        ----------
        decision
            What the engine decided.
        steady_s
            For how many seconds it has held; ``None`` takes it from the decision itself.
        """
        steady = decision.time - decision.since if steady_s is None else steady_s
        word, tone, sub = self._words(decision, max(0.0, steady))
        self._show((decision.state, decision.named), word, tone, sub)

    def word(self) -> str:
        """Return the large word as shown."""
        return self._word

    def sub_line(self) -> str:
        """Return the line below it as shown."""
        return self._sub

    def _words(self, decision: Decision, steady: float) -> tuple[str, QColor | None, str]:
        held = self.tr("for {0} s").format(int(steady))
        if decision.state is Strength.SURE and decision.label:
            sure = self.tr("{0} sure").format(sureness(decision.score))
            steadily = self.tr("steady for {0} s").format(int(steady))
            sub = f"{sure} · {steadily}" if steady >= 1 else sure
            return genre_name(decision.label), theme.genre_colour(decision.label), sub
        if decision.state and decision.named:
            named = [genre_name(name) for name in decision.named]
            return certainty.word(decision.state, named), None, sureness(decision.score)
        if decision.state is Strength.OPEN:
            guess = self.tr("no genre stands out")
            if decision.label:
                name = genre_name(decision.label)
                guess = self.tr("perhaps {0}, {1}").format(name, sureness(decision.score))
            return self.tr("I can't tell"), None, guess
        if decision.state is Strength.SILENCE:
            return self.tr("Silence"), None, self.tr("nothing to hear {0}").format(held)
        return self.tr("Listening…"), None, self.tr("needs 3 s of sound")

    def _show(self, key: _Key, word: str, tone: QColor | None, sub: str) -> None:
        if (key, word) == (self._key, self._word):
            if sub != self._sub:
                self._sub = sub
                self.setAccessibleDescription(sub)
                self.update()
            return
        first = self._key is None
        self._old_word, self._old_tone, self._old_quiet = self._word, self._tone, self._quiet
        self._key, self._word, self._tone, self._sub = key, word, tone, sub
        self._quiet = key[0] is not Strength.SURE
        self.setAccessibleName(self.tr("Genre heard now: {0}").format(word))
        self.setAccessibleDescription(sub)
        if not first:
            self._announce(f"{word}, {sub}" if key[0] is Strength.SURE else word)
        self._fade.stop()
        if self.isVisible() and not first and not theme.reduce_motion():
            self._fade.start()
        else:
            self._fade.setCurrentTime(_FADE_MS)
            self.update()

    def _announce(self, text: str) -> None:
        """Tell a screen reader, politely: it finishes its sentence first."""
        event = QAccessibleAnnouncementEvent(self, text)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
        QAccessible.updateAccessibility(event)

    def retheme(self) -> None:
        """Take the genre's colour of the new theme."""
        if self._key and self._key[0] is Strength.SURE:
            self._tone = theme.genre_colour(self._key[1][0])
        super().retheme()

    def _word_font(self, word: str, *, quiet: bool, room: float) -> QFont:
        """Return the largest type at which the word and its dot fit into the width and ``room``."""
        font = theme.font(100, bold=True)
        metrics = QFontMetricsF(font)
        per_px = (metrics.horizontalAdvance(word or "M") + 30) / font.pixelSize()
        tall = font.pixelSize() / (metrics.capHeight() + metrics.descent())
        size = min(theme.px(_MAX_PX), self.width() / per_px, 0.88 * room * tall)
        font.setPixelSize(int(max(theme.px(_MIN_PX), size) * (_QUIET if quiet else 1.0)))
        return font

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the word, its dot and the sub line, all of it centred in height."""
        painter = smooth(self)
        tokens = theme.current()
        sub_font = theme.font(16)
        sub_height = QFontMetricsF(sub_font).height()
        running = self._fade.state() == QVariantAnimation.State.Running
        share = float(self._fade.currentValue() or 0.0) if running else 1.0
        room = max(1.0, self.height() - sub_height - theme.px(_GAP))
        font = self._word_font(self._word, quiet=self._quiet, room=room)
        metrics = QFontMetricsF(font)
        block = metrics.capHeight() + metrics.descent() + theme.px(_GAP) + sub_height
        baseline = max(0.0, (self.height() - block) / 2) + metrics.capHeight()
        if share < 1.0:
            old = self._word_font(self._old_word, quiet=self._old_quiet, room=room)
            painter.setOpacity(1 - share)
            tone = tokens.quiet if self._old_quiet else tokens.text
            _draw_word(painter, self._old_word, baseline, font=old, tone=tone, dot=self._old_tone)
        painter.setOpacity(share)
        tone = tokens.quiet if self._quiet else tokens.text
        _draw_word(painter, self._word, baseline, font=font, tone=tone, dot=self._tone)
        painter.setOpacity(1.0)
        painter.setFont(sub_font)
        painter.setPen(QColor(tokens.quiet))
        top = baseline + metrics.descent() + theme.px(_GAP)
        line = QRectF(0, top, self.width(), sub_height)
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, side, elided(sub_font, self._sub, line.width()))


def _draw_word(
    painter: QPainter, word: str, baseline: float, *, font: QFont, tone: str, dot: QColor | None
) -> None:
    """Draw a word flush left on its baseline, and its dot behind it."""
    metrics = QFontMetricsF(font)
    ink = metrics.tightBoundingRect(word)
    painter.setFont(font)
    painter.setPen(QColor(tone))
    painter.drawText(QPointF(-ink.left(), baseline), word)
    if dot is not None:
        radius = max(4.0, font.pixelSize() * 0.09)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(dot)
        centre = QPointF(ink.width() + radius * 2.1, baseline - metrics.xHeight() / 2)
        painter.drawEllipse(centre, radius, radius)
