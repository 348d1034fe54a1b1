"""Shares with their intervals on one axis: what overlaps cannot be told apart by them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from genredesk.core.shares import measured, percent, ranged
from genredesk.ui.look import theme
from genredesk.ui.widgets.base import Themed, elided, filled, smooth, text_width

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class MeasuredShare:
    """A share in [0, 1] with its 95 % interval, and whose it is; ``strong`` is drawn in accent."""

    name: str
    value: float
    interval: tuple[float, float]
    strong: bool = False

    @property
    def words(self) -> str:
        """What it says: ``91 % (73–98 %)``, ``all (84 % or more)``."""
        return f"{measured(self.value)} ({ranged(self.interval)})"


class IntervalChart(Themed):
    """A line for each share: its name, its interval as a bar, the share as a dot, its words."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: list[MeasuredShare] = []
        self.setAccessibleName(self.tr("Songs correct, with 95 % intervals"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, shares: Sequence[MeasuredShare]) -> None:
        """Show these, the first on top."""
        self._shares = list(shares)
        said = [f"{share.name}: {share.words}" for share in shares]
        self.setAccessibleDescription("; ".join(said))
        self.setToolTip("\n".join(said))
        self.setVisible(bool(shares))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line each, and the axis."""
        return QSize(theme.px(420), theme.px(26) * len(self._shares) + theme.px(22))

    def minimumSizeHint(self) -> QSize:
        """As high, but narrow."""
        return QSize(theme.px(260), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tokens = smooth(self), theme.current()
        font, small = theme.font(13), theme.font(11)
        high = theme.px(26)
        words = max((text_width(font, s.words) for s in self._shares), default=0) + theme.px(8)
        names = max((text_width(font, s.name) for s in self._shares), default=0) + theme.px(12)
        names = min(names, 0.38 * self.width())
        axis = QRectF(names, 0, max(40.0, self.width() - names - words - theme.px(14)), 0)
        foot = high * len(self._shares)
        painter.setFont(small)
        room = axis.width() / (len(_TICKS) - 1) > text_width(small, percent(1.0))
        for at in _TICKS if room else (_TICKS[0], _TICKS[-1]):
            x = axis.left() + at * axis.width()
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, foot))
            painter.setPen(QColor(tokens.quiet))
            box = QRectF(x - 40, foot + 2, 80, theme.px(18))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, percent(at))
        for i, share in enumerate(self._shares):
            middle = high * (i + 0.5)
            low, top = (axis.left() + x * axis.width() for x in share.interval)
            tone = QColor(tokens.accent if share.strong else tokens.quiet)
            pale = theme.blend(tone, tokens.card, 0.4)
            filled(painter, QRectF(low, middle - 3, max(4.0, top - low), 6), 3, pale)
            x = axis.left() + share.value * axis.width()
            filled(painter, QRectF(x - 5, middle - 5, 10, 10), 5, tone)
            painter.setFont(font)
            painter.setPen(QColor(tokens.text))
            side = Qt.AlignmentFlag.AlignVCenter
            name = QRectF(0, middle - high / 2, names - theme.px(8), high)
            painter.drawText(name, side, elided(font, share.name, name.width()))
            said = QRectF(self.width() - words, middle - high / 2, words, high)
            painter.drawText(said, side | Qt.AlignmentFlag.AlignRight, share.words)
