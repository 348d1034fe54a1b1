"""The actions of one window, made from the table of commands.

Their keys are shortcuts of the window. A control that has the focus keeps the keys it has a use
for: a list its arrows, a button its space bar, a line of text everything that can be typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from genredesk.ui.shell.actions import EVERYWHERE, Command

_ARROWS = {
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End,
}  # fmt: skip
_PLAIN = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class ActionSet(QObject):
    """Every action of a window by the id of its command."""

    def __init__(self, window: QWidget, commands: Iterable[Command]) -> None:
        super().__init__(window)
        self._window = window
        self._place = EVERYWHERE
        self.commands = {c.id: c for c in commands}
        self.actions = {c.id: self._make(c) for c in self.commands.values()}
        window.installEventFilter(self)

    def _make(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setObjectName(command.id)
        action.setMenuRole(command.role)
        action.setAutoRepeat(command.repeats)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(self._deed(command))
        if command.place == EVERYWHERE:
            action.setShortcuts(_sequences(command))
        self._window.addAction(action)
        return action

    def _deed(self, command: Command) -> Callable[[], None]:
        def do() -> None:
            if command.goes:
                attrgetter("go")(self._window)(command.place)
            attrgetter(command.callback)(self._window)(*command.args)

        return do

    def show_place(self, place: str) -> None:
        """Give the keys of the page that is shown now to its actions, and take the others'."""
        self._place = place
        for command in self.commands.values():
            if command.place != EVERYWHERE:
                here = command.place == place
                self.actions[command.id].setShortcuts(_sequences(command) if here else [])
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Enable what can be done now."""
        for command in self.commands.values():
            if command.enabled:
                found = attrgetter(command.enabled)(self._window)
                self.actions[command.id].setEnabled(bool(found() if callable(found) else found))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave a key to the control that has the focus when it has a use for it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focused = QApplication.focusWidget()
            if focused is not None and keeps(focused, event):
                event.accept()
                return True
        return super().eventFilter(watched, event)


def _sequences(command: Command) -> list[QKeySequence]:
    return [QKeySequence(key) for key in (*command.keys, *command.also)]


def keeps(widget: QWidget, event: QKeyEvent) -> bool:
    """Return whether a control has a use of its own for a key without Ctrl, Alt or Meta."""
    if event.modifiers() & ~_PLAIN:
        return False
    key, typed = event.key(), event.text().isprintable() and event.text() != ""
    moves = key in _ARROWS
    if isinstance(widget, (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit)):
        return typed or moves
    if isinstance(widget, QComboBox):
        return moves or (typed and (widget.isEditable() or event.text() != "?"))
    if isinstance(widget, QAbstractItemView):
        return moves or (typed and event.text() != "?")
    if isinstance(widget, QAbstractButton):
        in_a_row = widget.group() is not None or widget.autoExclusive()
        return key == Qt.Key.Key_Space or (moves and in_a_row)
    return moves and isinstance(widget, (QAbstractSlider, QAbstractScrollArea, QMenuBar))
