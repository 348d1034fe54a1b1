"""Plates that hold other things: cards, the empty state, small state chips."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QSizePolicy,
    QWidget,
)

from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import GRID, RADIUS
from genredesk.ui.widgets.base import (
    Look,
    ReturnClicks,
    Themed,
    elided,
    filled,
    focus_ring,
    smooth,
    text_width,
)
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox


class Card(Themed):
    """A rounded plate with an optional small heading; put content into ``body``."""

    def __init__(
        self, title: str = "", parent: QWidget | None = None, *, margin: int = 3 * GRID
    ) -> None:
        super().__init__(parent)
        self.head = HBox(gap=GRID)
        self.title = QLabel(title, self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("tone", "heading")
        self.title.setVisible(bool(title))
        self.head.add(self.title, STRETCH)
        column = VBox(
            self.head, parent=self, gap=GRID, margins=(margin, margin - 4, margin, margin - 4)
        )
        self.body = VBox(gap=GRID)
        column.addLayout(self.body, 1)
        if title:
            self.setAccessibleName(title)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plate."""
        painter = smooth(self)
        filled(painter, QRectF(self.rect()), RADIUS, theme.current().card)


class EmptyState(Themed):
    """What a place says while there is nothing in it, with one inviting action."""

    activated = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        text: str = "",
        action: str = "",
    ) -> None:
        super().__init__()
        self._icon = icon
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        column = VBox(STRETCH, theme.px(64), parent=self, gap=GRID, margins=None)
        self.title = QLabel(title, self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("tone", "title")
        self.text = QLabel(text, self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("tone", "quiet")
        self.text.setWordWrap(True)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        self.text.setVisible(bool(text))
        self.button = Button(action, "primary", parent=self)
        self.button.clicked.connect(self.activated)
        self.button.setVisible(bool(action))
        column.add(GRID, (self.button, 0, Qt.AlignmentFlag.AlignCenter), STRETCH)

    def say(self, icon: str, title: str, text: str = "") -> None:
        """Say something else in the same place."""
        self._icon = icon
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        width = self.text.width()
        self.text.setMinimumHeight(self.text.heightForWidth(width) if text and width > 0 else 0)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.update()

    def add(self, widget: QWidget) -> None:
        """Put something else a person could do below the action."""
        column = self.layout()
        if isinstance(column, VBox):
            column.insertWidget(column.count() - 1, widget, 0, Qt.AlignmentFlag.AlignCenter)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the large quiet icon above the words."""
        painter = smooth(self)
        size = theme.px(48)
        top = self.title.y() - size - theme.px(12)
        box = QRectF((self.width() - size) / 2, top, size, size)
        icons.paint(painter, self._icon, box, theme.current().quiet)


class _Pill(Look):
    """Look of a small pill with a dot (or an icon) and a few words."""

    _words = ""
    _tone = ""
    _mark = ""
    _strong = False
    _room = ""

    def set_state(
        self, text: str, tone: str = "", why: str = "", *, icon: str = "", strong: bool = False
    ) -> None:
        """Show a state.

        Parameters
        ----------
        text
            A few words ("CPU · 1.1 ms").
        tone
            ``good``, ``warning``, ``error``, ``accent``, ``quiet``, a ``#rrggbb``, or empty for
            no dot.
        why
            The whole story, as tooltip and accessible description.
        icon
            An icon instead of the dot.
        strong
            Words in bold and in the tone of the dot.
        """
        new = (text, tone, icon, strong)
        if new != (self._words, self._tone, self._mark, self._strong):
            other_width = len(text) != len(self._words) or strong != self._strong
            self._words, self._tone, self._mark, self._strong = new
            self.setAccessibleName(text)
            if other_width:
                self.updateGeometry()
            self.update()
        if why != self.toolTip():
            self.setToolTip(why)
            self.setAccessibleDescription(why)

    def keep_room_for(self, text: str) -> None:
        """Never be narrower than with these words, so that what is beside it stays where it is."""
        self._room = text

    def text(self) -> str:
        """Return the words shown."""
        return self._words

    def _colour(self) -> QColor:
        tokens = theme.current()
        named = {
            "good": tokens.good,
            "warning": tokens.warning,
            "error": tokens.error,
            "accent": tokens.accent,
            "quiet": tokens.quiet,
        }
        return QColor(named.get(self._tone, self._tone or tokens.quiet))

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        wide = text_width(theme.font(13, bold=self._strong), self._words)
        wide = max(wide, text_width(theme.font(13, bold=True), self._room))
        mark = theme.px(20) if self._tone or self._mark else 0
        return QSize(math.ceil(wide) + mark + theme.px(30), theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """Many words may end in an ellipsis."""
        return self.sizeHint().boundedTo(QSize(theme.px(180), theme.px(32)))

    def _draw(self, plate: str) -> None:
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        filled(painter, rect, rect.height() / 2, plate)
        if self.hasFocus():
            focus_ring(painter, rect, rect.height() / 2 - 1)
        left, middle = theme.px(15), rect.center().y()
        if self._mark:
            size = theme.px(16)
            box = QRectF(left - 3, middle - size / 2, size, size)
            icons.paint(painter, self._mark, box, self._colour())
            left += theme.px(20)
        elif self._tone:
            size = theme.px(10)
            filled(painter, QRectF(left, middle - size / 2, size, size), size / 2, self._colour())
            left += theme.px(19)
        font = theme.font(13, bold=self._strong)
        painter.setFont(font)
        painter.setPen(self._colour() if self._strong and self._tone else QColor(tokens.text))
        line = QRectF(left, 0, rect.width() - left - theme.px(12), rect.height())
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(line, side, elided(font, self._words, line.width() + 1))


class Chip(_Pill, QLabel):
    """A state in a few words."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_state(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pill."""
        self._draw(theme.current().control)


class ChipButton(_Pill, ReturnClicks, QAbstractButton):
    """A state in a few words that can be clicked, with the mouse or from the keyboard."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_state(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pill, lighter under the pointer."""
        tokens = theme.current()
        plate = tokens.hover if self.underMouse() else tokens.control
        self._draw(tokens.pressed if self.isDown() else plate)
