"""A choice as a tile: what it is, a sentence, and what it costs."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import CONTROL_RADIUS
from genredesk.ui.widgets.base import (
    ReturnClicks,
    Sized,
    elided,
    filled,
    focus_ring,
    smooth,
    text_width,
)


class Tile(ReturnClicks, Sized, QAbstractButton):
    """One of several choices."""

    wanted = (240, 112)
    least = (160, 112)

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__()
        self.setText(title)
        self._sentence = sentence
        self._cost = ""
        self._badge = ""
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._describe()

    def set_cost(self, text: str, why: str = "") -> None:
        """Say what it costs; ``why`` is the whole story, as tooltip."""
        self._cost = text
        self.setToolTip(why)
        self._describe()
        self.update()

    def cost(self) -> str:
        """Return what it is said to cost."""
        return self._cost

    def set_badge(self, text: str) -> None:
        """Show a word beside the title ("Recommended")."""
        self._badge = text
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleName(self.text())
        parts = (self._badge, self._sentence, self._cost)
        self.setAccessibleDescription(". ".join(p for p in parts if p))

    def hasHeightForWidth(self) -> bool:
        """The sentence takes as many lines as it needs."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Title, sentence, cost."""
        return max(theme.px(112), theme.px(66) + self._lines(width - theme.px(28)))

    def _lines(self, width: float) -> int:
        box = QRectF(0, 0, width, 10_000)
        metrics = QFontMetricsF(theme.font(13))
        return math.ceil(
            metrics.boundingRect(box, Qt.TextFlag.TextWordWrap, self._sentence).height()
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw plate, ring and words."""
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        lively, here = self.isEnabled(), self.isChecked()
        plate = tokens.hover if self.underMouse() and lively else tokens.control
        if here:
            filled(painter, rect, CONTROL_RADIUS, tokens.accent)
            mixed = theme.blend(tokens.accent, tokens.control, 0.12)
            filled(painter, rect.adjusted(2, 2, -2, -2), CONTROL_RADIUS - 2, mixed)
        else:
            filled(painter, rect, CONTROL_RADIUS, plate)
        if self.hasFocus() and not here:
            focus_ring(painter, rect, CONTROL_RADIUS)
        elif self.hasFocus():
            focus_ring(painter, rect.adjusted(3, 3, -3, -3), CONTROL_RADIUS - 3)
        inner = rect.adjusted(theme.px(14), theme.px(10), -theme.px(14), -theme.px(10))
        ink = QColor(tokens.text if lively else tokens.quiet)
        self._words(painter, inner, ink)

    def _words(self, painter, inner: QRectF, ink: QColor) -> None:
        tokens = theme.current()
        bold = theme.font(14, bold=True)
        painter.setFont(bold)
        painter.setPen(ink)
        line = QRectF(inner.left(), inner.top(), inner.width(), theme.px(20))
        small = theme.font(11, bold=True)
        room = line.width()
        if self._badge:
            room -= text_width(small, self._badge) + theme.px(8)
        words = line.adjusted(0, 0, room - line.width(), 0)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            words.moveRight(line.right())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided(bold, self.text(), room))
        if self._badge:
            painter.setFont(small)
            painter.setPen(QColor(tokens.good))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line, side, self._badge)
        painter.setFont(theme.font(13))
        painter.setPen(QColor(tokens.quiet))
        text = QRectF(inner.left(), line.bottom() + 3, inner.width(), self._lines(inner.width()))
        painter.drawText(text, Qt.TextFlag.TextWordWrap, self._sentence)
        foot = QRectF(inner.left(), inner.bottom() - theme.px(18), inner.width(), theme.px(18))
        font = theme.font(13, bold=True)
        left = foot.left()
        if self._cost:
            size = theme.px(14)
            box = QRectF(left, foot.center().y() - size / 2, size, size)
            icons.paint(painter, "clock", box, ink)
            left += size + theme.px(6)
        painter.setFont(font)
        painter.setPen(ink)
        room = QRectF(left, foot.top(), foot.right() - left, foot.height())
        painter.drawText(
            room, Qt.AlignmentFlag.AlignVCenter, elided(font, self._cost, room.width())
        )
