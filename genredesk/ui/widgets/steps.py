"""The steps of a way through: where a person is, what is done, where they may go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from genredesk.ui.look import icons, theme
from genredesk.ui.widgets.base import ReturnClicks, filled, focus_ring, one_stop, smooth, text_width
from genredesk.ui.widgets.layouts import HBox


class _Step(ReturnClicks, QAbstractButton):
    """One step: a numbered disc and its name."""

    def __init__(self, number: int, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self.done = False
        self.setText(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Step {0}: {1}").format(number, name))

    def sizeHint(self) -> QSize:
        """Disc, name and air."""
        wide = text_width(theme.font(13, bold=True), self.text())
        return QSize(round(wide) + theme.px(54), theme.px(36))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw plate, disc and name."""
        painter = smooth(self)
        tokens = theme.current()
        rect = QRectF(self.rect())
        here, lively = self.isChecked(), self.isEnabled()
        if here or (self.underMouse() and lively):
            filled(painter, rect, rect.height() / 2, tokens.control if here else tokens.hover)
        if self.hasFocus():
            focus_ring(painter, rect, rect.height() / 2 - 1)
        size = theme.px(22)
        disc = QRectF(theme.px(8), (rect.height() - size) / 2, size, size)
        plate = tokens.accent if here else tokens.pressed
        filled(painter, disc, size / 2, plate if lively else tokens.control)
        ink = QColor(tokens.on_accent if here else tokens.text if lively else tokens.quiet)
        if self.done and not here:
            icons.paint(painter, "check", disc.adjusted(4, 4, -4, -4), tokens.good)
        else:
            painter.setFont(theme.font(11, bold=True))
            painter.setPen(ink)
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.setFont(theme.font(13, bold=here))
        painter.setPen(QColor(tokens.text if lively else tokens.quiet))
        words = rect.adjusted(theme.px(38), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())


class Steps(QWidget):
    """The steps in a row.

    Signals
    -------
    chosen(int)
        The person wants to go there.
    """

    chosen = Signal(int)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Steps"))
        self._group = QButtonGroup(self)
        row = HBox(parent=self, gap=4)
        for i, name in enumerate(names):
            step = _Step(i + 1, name, self)
            self._group.addButton(step, i)
            row.addWidget(step)
        self._group.idClicked.connect(self.chosen)

    def step(self, index: int) -> QAbstractButton:
        """Return the button of a step."""
        return self._group.button(index)

    def current(self) -> int:
        """Return the current step, -1 for none."""
        return self._group.checkedId()

    def set_current(self, index: int) -> None:
        """Show where the person is; -1: at none of them."""
        self._group.setExclusive(index >= 0)
        for button in self._group.buttons():
            button.setChecked(self._group.id(button) == index)
            button.update()
        self._set_stops()

    def set_state(self, index: int, *, enabled: bool, done: bool, why: str = "") -> None:
        """Say whether a step can be gone to and whether it is done; ``why`` not, as tooltip."""
        step = self._group.button(index)
        step.setEnabled(enabled)
        step.setToolTip("" if enabled else why)
        step.done = done  # type: ignore[attr-defined]
        step.update()
        self._set_stops()

    def _set_stops(self) -> None:
        """One stop of the Tab key while a step is chosen; else the arrow keys lead nowhere."""
        if self._group.exclusive():
            one_stop(self._group.buttons())
            return
        for button in self._group.buttons():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
