"""The menu bar from the table of commands: on top of the screen on macOS, elsewhere behind Alt."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMenuBar, QWidget

from genredesk.ui.shell.action_set import ActionSet


class MenuBar(QMenuBar):
    """Every command by its menu; where it is part of the window, Alt shows and hides it."""

    def __init__(self, window: QMainWindow, actions: ActionSet) -> None:
        super().__init__(window)
        self._alone = False  # Alt was pressed, and no other key since
        self._was_shown = False
        self._before: QWidget | None = None  # had the focus when the bar was shown
        self.setAccessibleName(self.tr("Menus"))
        for command in actions.commands.values():
            if command.menu:
                self._menu(command.menu, actions).addAction(actions.actions[command.id])
        if not self.isNativeMenuBar():
            self.hide()
            window.installEventFilter(self)
            for action in actions.actions.values():
                action.triggered.connect(self.hide)

    def _menu(self, title: str, actions: ActionSet) -> QMenu:
        for menu in self.findChildren(QMenu):
            if menu.title() == title:
                return menu
        menu = self.addMenu(title)
        menu.aboutToShow.connect(actions.refresh)
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show or hide the bar when Alt was pressed and let go without another key."""
        if isinstance(event, QKeyEvent):
            alt = event.key() == Qt.Key.Key_Alt
            if event.type() == QEvent.Type.ShortcutOverride:
                self._alone = alt
                self._was_shown = self.isVisible()
            elif event.type() == QEvent.Type.KeyRelease and alt and self._alone:
                self._alone = False
                self._toggle()
        return super().eventFilter(watched, event)

    def _toggle(self) -> None:
        if self._was_shown:
            self._leave()
        else:
            self._before = QApplication.focusWidget()
            self.show()
            self.setFocus(Qt.FocusReason.MenuBarFocusReason)

    def _leave(self) -> None:
        """Hide it; the keys act again where they did before."""
        if self._before is not None:
            self._before.setFocus()
        self.hide()

    def event(self, event: QEvent) -> bool:
        """Take the keys before the commands of the page do: L opens a menu and loops no file."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() != Qt.Key.Key_Alt
            and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape hides it, an arrow opens the first menu; the rest is Qt's."""
        if self.activeAction() is None and not self.isNativeMenuBar():
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
                self.setActiveAction(self.actions()[0])
                return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide it again when the person goes on elsewhere."""
        super().focusOutEvent(event)
        if not self.isNativeMenuBar() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.hide()
