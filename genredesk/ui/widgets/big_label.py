"""The one large word: what is heard now, how sure, and for how long."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_in_sentence
from genredesk.core.scores import Decision
from genredesk.core.shares import sureness
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.strengths import Piece
from genredesk.ui.widgets.base import Sized, ThemedText, elided, smooth, text_width

_FADE_MS = 180
_MAX_PX = 400
_MIN_PX = 15
_QUIET = 0.7  # words that name no genre are smaller
_GAP = 4
_DOT = 18  # room for the smallest dot and what is before it

_BESIDE = " · "
"""Before for how long it has been so, which is left out where there is no room for it."""

_Key = tuple[Strength | None, tuple[str, ...]]
"""Strength and genres of what is shown; no strength for what is not an answer."""


class BigLabel(Sized, ThemedText):
    """Says the genre in the largest type that fits, with a short cross-fade.

    How sure it is, the word itself says and the dot behind it shows; silence and waiting are said
    in plain words. A change is announced to screen readers.

    Signals
    -------
    changed()
        It shows something else.
    """

    changed = Signal()

    wanted = (320, 140)
    least = (160, 64)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Genre heard now"))
        self._key: _Key | None = None
        self._word, self._old_word = "", ""
        self._old_key: _Key = (None, ())
        self._sub = ""
        self._leader: BigLabel | None = None
        self.window_s = 3.0
        self.only_ranks = False
        """Whether the model's scores are no probabilities of being right."""
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.valueChanged.connect(lambda _value: self.update())
        self.clear()

    def clear(self) -> None:
        """Nothing is being listened to."""
        self._show((None, ()), self.tr("Ready"), self.tr("Press play to listen"))

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
        if decision.state is None:
            self._show(
                (None, ()),
                self.tr("Listening …"),
                self.tr("needs {0} s of sound").format(round(self.window_s)),
            )
            return
        word = strengths.word(decision.state, decision.named)
        sub = self._sub_of(decision, max(0.0, steady))
        self._show((decision.state, decision.named), word, sub)

    def follow(self, other: BigLabel) -> None:
        """Show what another one shows, from now on."""
        self._leader = other
        other.changed.connect(self._mirror)
        self._mirror()

    def _mirror(self) -> None:
        if (other := self._leader) is not None:
            self._show(other._key or (None, ()), other._word, other._sub)

    def word(self) -> str:
        """Return the large word as shown."""
        return self._word

    def sub_line(self) -> str:
        """Return the line below it as shown."""
        return self._sub

    def _sub_of(self, decision: Decision, steady: float) -> str:
        """Return how sure it is in numbers, and for how long it has been so."""
        if self.only_ranks and decision.named:
            return self._lasting(self.tr("score {0}").format(sureness(*decision.shares)), steady)
        first, score = decision.label, decision.score
        match decision.state:
            case Strength.SURE:
                said = self.tr("{0} sure").format(sureness(score))
            case Strength.PROBABLE:
                said = self.tr("{0} likely").format(sureness(score))
            case Strength.BETWEEN:
                pairs = zip(decision.named, decision.shares, strict=True)
                both = [f"{genre_in_sentence(label)} {sureness(p)}" for label, p in pairs]
                said = self.tr("{0} or {1}").format(*both)
                said = said[:1].upper() + said[1:]
            case Strength.OPEN if first:
                return self.tr("perhaps {0}, {1}").format(genre_in_sentence(first), sureness(score))
            case Strength.OPEN:
                return self.tr("no genre stands out")
            case _ if steady < 1:
                return self.tr("nothing to hear")
            case _:
                return self.tr("nothing to hear for {0} s").format(int(steady))
        return self._lasting(said, steady)

    def _lasting(self, said: str, steady: float) -> str:
        """Add for how long it has been so."""
        if steady < 1:
            return said
        return said + _BESIDE + self.tr("steady for {0} s").format(int(steady))

    def _show(self, key: _Key, word: str, sub: str) -> None:
        if (key, word) == (self._key, self._word):
            if sub != self._sub:
                self._sub = sub
                self.setAccessibleDescription(sub)
                self.update()
                self.changed.emit()
            return
        first = self._key is None
        self._old_word, self._old_key = self._word, self._key or (None, ())
        self._key, self._word, self._sub = key, word, sub
        self.setAccessibleName(self.tr("Genre heard now: {0}").format(word))
        self.setAccessibleDescription(sub)
        if not first:
            self._announce(f"{word}, {sub}" if key[1] else word)
        self._fade.stop()
        if self.isVisible() and not first and not theme.reduce_motion():
            self._fade.start()
        else:
            self._fade.setCurrentTime(_FADE_MS)
            self.update()
        self.changed.emit()

    def _announce(self, text: str) -> None:
        """Tell a screen reader, politely: it finishes its sentence first."""
        event = QAccessibleAnnouncementEvent(self, text)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
        QAccessible.updateAccessibility(event)

    def _word_font(self, word: str, *, quiet: bool, room: float) -> QFont:
        """Return the largest type at which the word and its dot fit into the width and ``room``."""
        font = theme.font(100, bold=True)
        metrics = QFontMetricsF(font)
        advance = metrics.horizontalAdvance(word or "M") / font.pixelSize()
        wide = min(self.width() / (advance + 0.3), (self.width() - _DOT) / advance)
        tall = font.pixelSize() / (metrics.capHeight() + metrics.descent())
        size = min(theme.px(_MAX_PX), wide, 0.88 * room * tall)
        font.setPixelSize(int(max(theme.px(_MIN_PX), size) * (_QUIET if quiet else 1.0)))
        return font

    def _fitted(self, font: QFont) -> str:
        """Return the word, shortened where it is too long even for the smallest type."""
        return elided(font, self._word, self.width() - _GAP)

    def _baseline(self, font: QFont, sub_height: float) -> float:
        """Return where a word in this type stands, in the middle with the line below it."""
        metrics = QFontMetricsF(font)
        block = metrics.capHeight() + metrics.descent() + theme.px(_GAP) + sub_height
        return max(0.0, (self.height() - block) / 2) + metrics.capHeight()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        sub_font = theme.font(16)
        sub_height = QFontMetricsF(sub_font).height()
        running = self._fade.state() == QVariantAnimation.State.Running
        share = float(self._fade.currentValue() or 0.0) if running else 1.0
        room = max(1.0, self.height() - sub_height - theme.px(_GAP))
        key = self._key or (None, ())
        font = self._word_font(self._word, quiet=_quiet(key), room=room)
        baseline = self._baseline(font, sub_height)
        if share < 1.0:
            old = self._word_font(self._old_word, quiet=_quiet(self._old_key), room=room)
            painter.setOpacity(1 - share)
            where = self._baseline(old, sub_height)
            _draw_word(painter, self._old_word, self._old_key, where, old)
        painter.setOpacity(share)
        _draw_word(painter, self._fitted(font), key, baseline, font)
        painter.setOpacity(1.0)
        painter.setFont(sub_font)
        painter.setPen(QColor(theme.current().quiet))
        top = baseline + QFontMetricsF(font).descent() + theme.px(_GAP)
        line = QRectF(0, top, self.width(), sub_height)
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        said = self._sub
        if text_width(sub_font, said) > line.width():
            said = said.partition(_BESIDE)[0]
        painter.drawText(line, side, elided(sub_font, said, line.width()))


def _quiet(key: _Key) -> bool:
    return not key[1]


def _draw_word(painter: QPainter, word: str, key: _Key, baseline: float, font: QFont) -> None:
    """Draw a word flush left on its baseline, each genre in its tone, and its dot behind it."""
    state, named = key
    metrics = QFontMetricsF(font)
    x = -metrics.tightBoundingRect(word).left()
    painter.setFont(font)
    parts = [Piece(word, None)]
    if state is not None and word == strengths.word(state, named):  # else it was shortened
        parts = strengths.pieces(state, named)
    for text, label in parts:
        painter.setPen(strengths.ink(state, label))
        painter.drawText(QPointF(x, baseline), text)
        x += metrics.horizontalAdvance(text)
    if state is not None and parts[-1].label is not None:
        radius = max(5.0, font.pixelSize() * 0.09)
        centre = QPointF(x + radius * 2.1, baseline - metrics.xHeight() / 2)
        reach = QPointF(radius, radius)
        dot = QRectF(centre - reach, centre + reach)
        if dot.right() <= painter.viewport().width() - _GAP:
            strengths.paint_dot(painter, dot, state, named)
