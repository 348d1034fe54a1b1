"""Bars of what was decided in the last minute: height is the score, fill how sure, color what.

Of two that lead together the bar is as high as both.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip

from genredesk.core.certainty import Strength
from genredesk.core.scores import Decision
from genredesk.core.shares import sureness
from genredesk.ui.look import strengths, theme
from genredesk.ui.widgets.base import Sized, ThemedText, filled, number, smooth

SPAN_S = 60.0
BARS = 20
_SLOT_S = SPAN_S / BARS
_JUMP_S = 5.0  # a larger step of a source's time is a seek, not listening


@dataclass(slots=True)
class _Slot:
    """What was decided within three seconds: the latest word counts, scores are averaged."""

    state: Strength
    named: tuple[str, ...]
    totals: tuple[float, ...]
    count: int

    @property
    def shares(self) -> tuple[float, ...]:
        """Mean of each genre that is named, or of the likeliest."""
        return tuple(total / self.count for total in self.totals)


class LastMinute(Sized, ThemedText):
    """History of decisions; add each decision as it is made.

    Signals
    -------
    changed()
        It shows something else.
    """

    changed = Signal()

    wanted = (220, 130)
    least = (120, 60)

    def __init__(self) -> None:
        super().__init__()
        self.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Genres of the last minute"))
        self._slots: deque[_Slot | None] = deque([None] * BARS, maxlen=BARS)
        self._filled_s = 0.0
        self._last_time: float | None = None
        self._leader: LastMinute | None = None

    def follow(self, other: LastMinute) -> None:
        """Show what another one shows, from now on."""
        self._leader = other
        other.changed.connect(self._mirror)
        self._mirror()

    def _mirror(self) -> None:
        if self._leader is not None:
            self._slots = self._leader._slots
            self._describe()
            self.update()

    def clear(self) -> None:
        """Forget everything."""
        self._slots = deque([None] * BARS, maxlen=BARS)
        self._filled_s, self._last_time = 0.0, None
        self.update()
        self.changed.emit()

    def add_decision(self, decision: Decision) -> None:
        """Add one decision; its ``time`` says how much of the minute has passed since the last."""
        if decision.state is None:
            self._last_time = decision.time
            return
        step = 0.0 if self._last_time is None else decision.time - self._last_time
        self._last_time = decision.time
        if not 0 <= step <= _JUMP_S:
            step = 0.5
        self._filled_s += step
        state, named = decision.state, decision.named
        shares = decision.shares or (decision.score,)
        slot = self._slots[-1]
        passed = int(self._filled_s // _SLOT_S) if slot else 1
        self._filled_s %= _SLOT_S
        for _ in range(passed):
            self._slots.append(_Slot(state, named, shares, 1))
        if slot is not None and not passed:
            if (slot.state, slot.named) != (state, named):
                slot.state, slot.named, slot.totals, slot.count = state, named, shares, 1
            else:
                slot.totals = tuple(map(sum, zip(slot.totals, shares, strict=True)))
                slot.count += 1
        self._describe()
        self.update()
        self.changed.emit()

    def slots_shown(self) -> list[tuple[Strength, tuple[str, ...], float] | None]:
        """Return the bars, oldest first: strength, genres, height; ``None``: empty."""
        return [s and (s.state, s.named, sum(s.shares)) for s in self._slots]

    def _describe(self) -> None:
        words: list[str] = []
        for slot in self._slots:
            if slot is not None:
                word = strengths.word(slot.state, slot.named)
                if not words or words[-1] != word:
                    words.append(word)
        self.setAccessibleDescription(", ".join(words))

    def bar_at(self, x: float) -> int:
        """Return the index of the bar at ``x``."""
        return min(BARS - 1, max(0, int(x / max(1, self.width()) * BARS)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say what a bar means when the pointer rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.bar_at(event.pos().x())
            slot = self._slots[index]
            if slot is not None:
                ago = number(-(BARS - 1 - index) * _SLOT_S)
                text = self.tr("{0} s: {1}").format(ago, strengths.word(slot.state, slot.named))
                if slot.named:
                    text += f" {sureness(*slot.shares)}"
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        font = theme.font(11)
        foot = QFontMetricsF(font).height() + theme.px(8)
        tall = max(1.0, self.height() - foot)
        pitch = self.width() / BARS
        width = max(2.0, pitch * 0.74)
        radius = min(3.0, width / 3)
        for i, slot in enumerate(self._slots):
            if slot is None:
                filled(painter, QRectF(i * pitch, tall - 3, width, 3), 1.5, tokens.line)
                continue
            height = max(4.0, tall * sum(slot.shares))
            bar = QRectF(i * pitch, tall - height, width, height)
            strengths.paint_bar(painter, bar, slot.state, slot.named, radius)
        painter.setFont(font)
        painter.setPen(QColor(tokens.quiet))
        line = QRectF(0, tall, self.width(), foot)
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(line, bottom | Qt.AlignmentFlag.AlignLeft, self.tr("−60 s"))
        painter.drawText(line, bottom | Qt.AlignmentFlag.AlignRight, self.tr("now"))
