"""Messages: a banner that stays until it is dealt with, a toast that goes by itself."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QHideEvent,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import DARK, GRID, RADIUS
from genredesk.ui.widgets.base import StaysInPlace, Themed, filled, smooth, text_width
from genredesk.ui.widgets.controls import Button, IconButton
from genredesk.ui.widgets.layouts import HBox, paragraph, plain_label

KINDS = ("info", "warning", "error")


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Have a screen reader say ``text``; ``urgent`` interrupts what it is saying."""
    event = QAccessibleAnnouncementEvent(widget, text)
    levels = QAccessible.AnnouncementPoliteness
    event.setPoliteness(levels.Assertive if urgent else levels.Polite)
    QAccessible.updateAccessibility(event)


def _tone(kind: str) -> str:
    tokens = theme.current()
    return {"warning": tokens.warning, "error": tokens.error}.get(kind, tokens.accent)


class Banner(Themed):
    """What happened, to which file or device, and one thing to do about it.

    Hidden until there is a message. Screen readers are told.
    """

    action_triggered = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._kind = "info"
        self.setObjectName("banner")  # for the style sheet: its buttons are lower
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(self.tr("Message"))
        self._words = paragraph()
        flags = Qt.TextInteractionFlag.TextSelectableByMouse
        self._words.setTextInteractionFlags(flags)
        self._action = Button("", parent=self)
        self._action.clicked.connect(self.action_triggered)
        self._action.hide()
        self._close = IconButton("close", self.tr("Close this message"), self, size=14)
        self._close.clicked.connect(self._closed)
        HBox(
            (self._words, 1),
            self._action,
            self._close,
            parent=self,
            gap=GRID,
            margins=(theme.px(48), GRID // 4, GRID, GRID // 4),
        )
        self.hide()

    def show_message(self, text: str, kind: str = "info", action: str = "") -> None:
        """Show a message; an empty text hides the banner.

        Parameters
        ----------
        text
            Plain sentences.
        kind
            ``info``, ``warning`` or ``error``.
        action
            Words of the one button; empty for none.
        """
        if not text:
            self.hide()
            self._words.clear()
            return
        kind = kind if kind in KINDS else "info"
        if self.isVisible() and (text, kind, action) == (self.text(), self._kind, self.action()):
            return
        self._kind = kind
        self._words.setText(text)
        self._words.setAccessibleName(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        spoken = {
            "info": self.tr("Note"),
            "warning": self.tr("Warning"),
            "error": self.tr("Error"),
        }[kind]
        self.setAccessibleName(f"{spoken}: {text}")
        self.show()
        self.update()
        announce(self, f"{spoken}: {text}", urgent=kind == "error")

    def wanted(self) -> int:
        """Return the width in which the message stands on one line."""
        self.ensurePolished()
        layout = self.layout()
        rest = layout.minimumSize().width() - self._words.minimumSizeHint().width() if layout else 0
        return rest + math.ceil(text_width(self._words.font(), self._words.text())) + GRID

    def text(self) -> str:
        """Return the message shown, empty while hidden."""
        return self._words.text()

    def kind(self) -> str:
        """Return the kind of the message."""
        return self._kind

    def action(self) -> str:
        """Return the words of the button."""
        return self._action.text()

    def _closed(self) -> None:
        self.show_message("")
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plate in a breath of the kind's tone, and its icon."""
        painter = smooth(self)
        tokens = theme.current()
        tone = _tone(self._kind)
        rect = QRectF(self.rect())
        bright = {"warning": DARK.warning, "error": DARK.error}.get(self._kind, DARK.accent)
        filled(
            painter,
            rect,
            RADIUS,
            theme.blend(bright, tokens.card, 0.15 if tokens.is_dark else 0.22),
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)  # it lies over a page: an edge tells where it ends
        painter.setPen(QPen(theme.blend(bright, tokens.card, 0.5), 1))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        size = theme.px(20)
        box = QRectF(theme.px(18), (rect.height() - size) / 2, size, size)
        icons.paint(painter, self._kind, box, tone)


class Toast(StaysInPlace, Themed):
    """A short message over the foot of its parent that goes by itself.

    Signals
    -------
    gone()
        It went.
    """

    gone = Signal()
    SHOWN_MS = 3500

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = "check"
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Message"))
        self._words = plain_label()
        HBox(
            self._words,
            parent=self,
            margins=(theme.px(44), theme.px(9), theme.px(20), theme.px(9)),
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._over = parent
        parent.installEventFilter(self)
        self.hide()

    def show_message(self, text: str, icon: str = "check", ms: int | None = None) -> None:
        """Show ``text`` for a few seconds."""
        self._icon = icon
        self._words.setText(text)
        self.setAccessibleName(text)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self.update()
        self._timer.start(self.SHOWN_MS if ms is None else ms)
        announce(self, text)

    def text(self) -> str:
        """Return the message shown last."""
        return self._words.text()

    def hideEvent(self, event: QHideEvent) -> None:
        """Make room for what stood here."""
        super().hideEvent(event)
        self.gone.emit()

    def place(self) -> None:
        """Stand over the foot of the parent."""
        parent = self._over
        size = self.size().boundedTo(QSize(parent.width() - 4 * GRID, parent.height()))
        self.resize(size)
        self.move(
            (parent.width() - self.width()) // 2,
            parent.height() - self.height() - theme.px(4),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plate and its icon."""
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        filled(painter, rect, RADIUS, tokens.pressed)
        size = theme.px(18)
        box = QRectF(theme.px(16), (rect.height() - size) / 2, size, size)
        icons.paint(painter, self._icon, box, QColor(tokens.text))
