"""What all our own widgets share: themed repainting, focus rings, times written out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from genredesk.ui.look import theme
from genredesk.ui.look.text import decimal

if TYPE_CHECKING:
    _Mixin, _ButtonMixin = QWidget, QAbstractButton
else:
    _Mixin = _ButtonMixin = object

_LOOK_EVENTS = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)


def one_stop(buttons: Sequence[QAbstractButton]) -> None:
    """Let the Tab key stop once at buttons of which one is chosen: the arrow keys go on from there.

    It stops at the chosen one, else at the first that can be used. Qt sees to that where a button
    was clicked; this is for those that were chosen or disabled by the program.
    """
    usable = [button for button in buttons if button.isEnabled()]
    chosen = [button for button in usable if button.isChecked()]
    for button in buttons:
        policy = button.focusPolicy() & ~Qt.FocusPolicy.TabFocus
        here = button in (chosen or usable)[:1]
        button.setFocusPolicy(policy | Qt.FocusPolicy.TabFocus if here else policy)


def tip(text: str) -> str:
    """Return a text with names in it as a tooltip, which would take ``<b>`` for a command."""
    return QtText.convertFromPlainText(text) if QtText.mightBeRichText(text) else text


def tab_order(*widgets: QWidget) -> None:
    """Have the Tab key go from each of these to the next."""
    for before, after in itertools.pairwise(widgets):
        QWidget.setTabOrder(before, after)


class Look(_Mixin):
    """Calls :meth:`retheme` when tones or type changed."""

    def changeEvent(self, event: QEvent) -> None:
        """React to a change of theme."""
        if event.type() in _LOOK_EVENTS:
            self.retheme()
        super().changeEvent(event)

    def retheme(self) -> None:
        """Forget what was computed from the theme; overridden by widgets that keep something."""
        self.update()


class Sized(_Mixin):
    """Asks for a size that does not depend on what it shows."""

    wanted: tuple[int, int]
    """Width and height in pixels at usual text size."""
    least: tuple[int, int] | None = None
    """It still serves when it is as small as this."""

    def sizeHint(self) -> QSize:
        """What is wanted."""
        return QSize(*map(theme.px, self.wanted))

    def minimumSizeHint(self) -> QSize:
        """The least, where that is said."""
        return (
            super().minimumSizeHint() if self.least is None else QSize(*map(theme.px, self.least))
        )


class StaysInPlace(_Mixin):
    """Lies over another widget, whose events it filters, and moves when that is resized."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in place."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Go where it belongs."""
        raise NotImplementedError


class ReturnClicks(_ButtonMixin):
    """A button that Return clicks, as Space does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Click."""
        if event.key() in (
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):
            self.click()
        else:
            super().keyPressEvent(event)


class Themed(Look, QWidget):
    """A widget that draws itself."""


class ThemedText(Look, QLabel):
    """A widget that draws itself and is text to a screen reader: name and description are read."""


def smooth(widget: QWidget) -> QPainter:
    """Return an antialiased painter on ``widget``."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def focus_ring(painter: QPainter, rect: QRectF, radius: float) -> None:
    """Draw the ring that shows where the keyboard is."""
    pen = QPen(QColor(theme.current().accent), 2)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


def filled(painter: QPainter, rect: QRectF, radius: float, tone: str | QColor) -> None:
    """Fill a rounded rectangle without an outline."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tone))
    painter.drawRoundedRect(rect, radius, radius)


def text_width(font: QFont, text: str) -> float:
    """Advance of ``text`` in logical pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)


def elided(font: QFont, text: str, width: float) -> str:
    """Return ``text`` shortened with an ellipsis to fit ``width``."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)


def clock(seconds: float) -> str:
    """Write a position or duration: ``1:23``, ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def times(factor: float) -> str:
    """Write how many times as fast something is: ``0.3``, ``4.2``, ``1,650``."""
    return decimal(factor, 0 if factor >= 10 else 1)


def number(value: float, digits: int = 0) -> str:
    """Write a number with a true minus sign."""
    return decimal(value, digits).replace("-", "\u2212")
