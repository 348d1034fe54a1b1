"""Standard controls in our dress: icon buttons, choices with a label, sliders, progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from genredesk.core.scores import MOST_OTHERS
from genredesk.ui.look import icons, theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import Look, ReturnClicks, Sized, elided, filled, focus_ring
from genredesk.ui.widgets.layouts import HBox, plain_label

_GAP = "\N{EN SPACE}"
"""Between an icon and its words."""
_OPENING = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down}
"""Keys that open the list of a choice."""


class IconButton(ReturnClicks, Look, QToolButton):
    """A button that is an icon; its name is its tooltip and its accessible name."""

    def __init__(
        self, icon: str, name: str, parent: QWidget | None = None, *, size: int = 20
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "flat")
        self.setIconSize(QSize(theme.px(size), theme.px(size)))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icon = icon
        self._look: tuple[str, str, str] | None = None
        self.set_look(icon, name)

    def set_look(self, icon: str, name: str) -> None:
        """Change icon and name together (play becomes pause)."""
        self._icon = icon
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.retheme()

    def icon_name(self) -> str:
        """Return the name of the icon shown."""
        return self._icon

    def retheme(self) -> None:
        """Tint the icon as the theme has it."""
        tokens = theme.current()
        on = self.isCheckable() and self.isChecked()
        look = (self._icon, tokens.accent if on else tokens.text, tokens.name)
        if look != self._look:  # one change of theme is told several times
            self._look = look
            self.setIcon(icons.icon(*look[:2]))

    def checkStateSet(self) -> None:
        """Tint with the accent while checked."""
        super().checkStateSet()
        self.retheme()

    def nextCheckState(self) -> None:
        """Tint with the accent while checked."""
        super().nextCheckState()
        self.retheme()


class Button(ReturnClicks, Look, QPushButton):
    """A button with words; ``kind`` is ``plain``, ``primary``, ``flat`` or ``danger``."""

    def __init__(
        self, text: str, kind: str = "plain", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self._kind, self._icon = kind, icon
        self._look: tuple[str, str, str] | None = None
        self.retheme()

    def setText(self, text: str) -> None:
        """Show other words; they are said to a screen reader, too, unless it is told others."""
        if self.accessibleName() == self.text():
            self.setAccessibleName(text)
        super().setText(text)

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon = icon
        self.retheme()

    def retheme(self) -> None:
        """Tint the icon as the theme has it."""
        if self._icon:
            tokens = theme.current()
            tones = {"primary": tokens.on_accent, "danger": tokens.error}
            look = (self._icon, tones.get(self._kind, tokens.text), tokens.name)
            if look == self._look:  # one change of theme is told several times
                return
            self._look = look
            self.setIcon(icons.icon(*look[:2]))
            self.setIconSize(QSize(theme.px(18), theme.px(18)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the styled button, its words away from the icon: a style sheet has no such gap."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        if self._icon and option.text:
            option.text = _GAP + option.text
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)

    def sizeHint(self) -> QSize:
        """Room for the gap, too."""
        gap = self.fontMetrics().horizontalAdvance(_GAP) if self._icon and self.text() else 0
        return super().sizeHint() + QSize(gap, 0)

    def minimumSizeHint(self) -> QSize:
        """As large as it wants to be: words that are cut off help nobody."""
        return self.sizeHint()


class Combo(QComboBox):
    """A choice; the arrow is our own icon and long texts end in an ellipsis."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setIconSize(QSize(theme.px(18), theme.px(18)))

    def showPopup(self) -> None:
        """Open the list as wide as its longest words, as far as the window goes."""
        wanted = self.view().sizeHintForColumn(0) + theme.px(28)
        room = self.window().width() - self.mapTo(self.window(), QPoint()).x() - GRID
        self.view().setMinimumWidth(max(self.width(), min(wanted, room)))
        super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return and the arrows open the list, as Space does: nothing is chosen in passing."""
        if event.key() in _OPENING and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the styled box, the words as far as they fit, and our own arrow."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        icon = 0 if option.currentIcon.isNull() else self.iconSize().width() + theme.px(6)
        if self.currentIndex() < 0:
            option.currentText = self.placeholderText()
        option.currentText = elided(self.font(), option.currentText, room.width() - icon)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        size = theme.px(14)
        box = QRectF(self.width() - size - theme.px(10), (self.height() - size) / 2, size, size)
        icons.paint(painter, "chevron-down", box, theme.current().quiet)


class Field(QWidget):
    """A small heading and the control it belongs to, side by side."""

    def __init__(self, label: str, control: QWidget) -> None:
        super().__init__()
        self.heading = QLabel(label, self)
        self.heading.setProperty("tone", "heading")
        self.heading.setBuddy(control)
        if not control.accessibleName():
            control.setAccessibleName(label)
        HBox(self.heading, (control, 1), parent=self, gap=GRID)


class Slider(Sized, QSlider):
    """A horizontal slider; a click goes to where it was clicked."""

    wanted = (120, 24)
    least = (64, 24)

    def __init__(self, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _knob(self) -> float:
        return theme.px(7)

    def _value_at(self, x: float) -> int:
        radius = self._knob()
        share = (x - radius) / max(1.0, self.width() - 2 * radius)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1 - share
        return round(self.minimum() + min(1.0, max(0.0, share)) * (self.maximum() - self.minimum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there at once."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self.setSliderPosition(self._value_at(event.position().x()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current()
        radius = self._knob()
        span = max(1.0, self.width() - 2 * radius)
        share = (self.sliderPosition() - self.minimum()) / max(1, self.maximum() - self.minimum())
        middle = self.height() / 2
        thick = theme.px(6)
        groove = QRectF(radius, middle - thick / 2, span, thick)
        filled(painter, groove, thick / 2, tokens.pressed)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            share = 1 - share
            part = groove.adjusted(span * share, 0, 0, 0)
        else:
            part = groove.adjusted(0, 0, -span * (1 - share), 0)
        lively = self.isEnabled()
        filled(painter, part, thick / 2, tokens.accent if lively else tokens.line)
        knob = QRectF(span * share, middle - radius, 2 * radius, 2 * radius)
        edge = tokens.text if tokens.is_dark else tokens.accent
        filled(painter, knob, radius, edge if lively else theme.blend(edge, tokens.card, 0.4))
        if self.hasFocus():
            around = knob.adjusted(-3, -3, 3, 3)
            focus_ring(painter, around, radius + 3)


class ProgressStrip(QWidget):
    """What a job is doing, how far it is, and a way to stop it."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = plain_label("", "quiet")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress"))
        # no focus proxy: the Tab key would come to it once more at the place of the strip itself
        self.stop = IconButton("close", self.tr("Cancel"), self, size=14)
        self.stop.clicked.connect(self.cancelled)
        HBox(self._words, (self._bar, 1), self.stop, parent=self, gap=GRID)
        self.set_progress("", None)

    def set_progress(self, text: str, fraction: float | None) -> None:
        """Show a text and a share 0..1 (``None``: not known)."""
        self._words.setText(text)
        self._words.setVisible(bool(text))
        self.setAccessibleName(text)
        if fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * min(1.0, max(0.0, fraction))))

    def fraction(self) -> float | None:
        """Return the share shown, ``None`` while it is not known."""
        return self._bar.value() / 1000 if self._bar.maximum() else None


class Dot(QWidget):
    """A small coloured dot; what it means is said in words beside it.

    Its tone is asked for whenever it is painted, so that it is that of the theme in use.
    """

    def __init__(self, tone: Callable[[], str | QColor]) -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(theme.px(10), theme.px(10))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        filled(painter, QRectF(self.rect()), self.width() / 2, QColor(self._tone()))


class ModelsMenu(Button):
    """The choice of models to compare with: up to three, checked in a menu.

    Signals
    -------
    changed()
        The person chose others.
    """

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__("", icon="models")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._models: dict[str, str] = {}
        self._chosen: list[str] = []
        self.clicked.connect(self.open)
        self._say()

    def offer(self, models: Mapping[str, str], chosen: Sequence[str]) -> None:
        """Offer models by id and title; what was chosen stays, or ``chosen`` is at first."""
        first = not self._models
        self._models = dict(models)
        kept = [one for one in (chosen if first else self._chosen) if one in self._models]
        self._chosen = kept[:MOST_OTHERS]
        self._say()

    def show_chosen(self, ids: Sequence[str]) -> None:
        """Check these, wherever they were chosen."""
        self._chosen = [one for one in ids if one in self._models][:MOST_OTHERS]
        self._say()

    def chosen(self) -> list[str]:
        """Return the ids that were chosen."""
        return list(self._chosen)

    def choose(self, key: str, on: bool) -> None:
        """Compare with a model, or no longer."""
        self._chosen = [one for one in self._chosen if one != key]
        if on and len(self._chosen) < MOST_OTHERS:
            self._chosen.append(key)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        names = [self._models[one] for one in self._chosen]
        text = tr("Compare with %Ln model(s)", "", len(names))
        if not names:
            text = tr("Compare with …")
        self.setText(text)
        self.setAccessibleDescription(", ".join(names))

    def open(self) -> None:
        """Show the menu."""
        menu = QMenu(self)
        for key, title in self._models.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(key in self._chosen)
            action.setEnabled(key in self._chosen or len(self._chosen) < MOST_OTHERS)
            action.toggled.connect(lambda on, k=key: self.choose(k, on))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
