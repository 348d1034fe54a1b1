"""The narrow rail with the places of the program."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import CONTROL_RADIUS, GRID
from genredesk.ui.widgets.base import (
    ReturnClicks,
    Themed,
    elided,
    filled,
    focus_ring,
    one_stop,
    smooth,
    text_width,
)
from genredesk.ui.widgets.layouts import VBox

WIDTH = 76


class _Place(ReturnClicks, QAbstractButton):
    """One place: an icon over its name."""

    def __init__(self, icon: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setText(name)
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for icon and name."""
        wide = round(text_width(theme.font(11), self.text())) + theme.px(6)
        return QSize(max(theme.px(60), wide), theme.px(62))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        here = self.isChecked()
        if here or self.underMouse():
            filled(painter, rect, CONTROL_RADIUS, tokens.control if here else tokens.hover)
        if self.hasFocus():
            focus_ring(painter, rect, CONTROL_RADIUS - 1)
        tone = tokens.text if here else tokens.quiet
        size = theme.px(26)
        box = QRectF((rect.width() - size) / 2, theme.px(9), size, size)
        icons.paint(painter, self._icon, box, tone)
        font = theme.font(11)
        painter.setFont(font)
        painter.setPen(QColor(tone))
        line = QRectF(2, theme.px(39), rect.width() - 4, theme.px(18))
        name = elided(font, self.text(), line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)


class Rail(Themed):
    """The places, one of them current; up and down move between them.

    Parameters
    ----------
    places
        ``(id, icon, name)`` of each, top to bottom.
    """

    changed = Signal(str)

    def __init__(self, places: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        widest = max((text_width(theme.font(11), name) for *_rest, name in places), default=0)
        self.setFixedWidth(max(theme.px(WIDTH), round(widest) + theme.px(16)))
        self.setAccessibleName(self.tr("Places"))
        self._group = QButtonGroup(self)
        self._ids = [identity for identity, _icon, _name in places]
        self.column = VBox(parent=self, gap=GRID + 4, margins=(0, 2 * GRID, 0, 2 * GRID))
        for i, (_identity, icon, name) in enumerate(places):
            button = _Place(icon, name, self)
            self._group.addButton(button, i)
            self.column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column.addStretch(1)
        if self._ids:
            self._group.button(0).setChecked(True)
        one_stop(self._group.buttons())
        self._group.idToggled.connect(self._toggled)

    def add_bottom(self, widget: QWidget) -> None:
        """Put a small control at the foot of the rail."""
        self.column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def current(self) -> str:
        """Return the id of the current place."""
        return self._ids[self._group.checkedId()] if self._ids else ""

    def set_current(self, identity: str) -> None:
        """Go to a place; emits ``changed`` when it is another one."""
        self._group.button(self._ids.index(identity)).setChecked(True)

    def _toggled(self, index: int, checked: bool) -> None:
        self.update()
        if checked:
            one_stop(self._group.buttons())
            self.changed.emit(self._ids[index])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        painter.fillRect(self.rect(), QColor(tokens.card))
        button = self._group.checkedButton()
        if button is not None:
            middle, half = button.geometry().center().y() + 0.5, theme.px(19)
            filled(painter, QRectF(-3, middle - half, 6, 2 * half), 3, tokens.accent)
