"""Every key in one table: the window acts by it, the keyboard map shows it.

Keys without a modifier are only seen by the window when the focused control has no use for them,
so that a list keeps its arrows and a button its space bar.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from genredesk.ui.widgets.help_overlay import Group


@dataclass(frozen=True, slots=True)
class Key:
    """One or several keys, the name of what they do, and how that is described."""

    keys: tuple[str, ...]
    action: str
    text: str

    @property
    def shown(self) -> str:
        """The keys as this system writes them."""
        native = QKeySequence.SequenceFormat.NativeText
        return " / ".join(QKeySequence(k).toString(native) for k in self.keys)


def tr(text: str) -> str:
    """Translate a description."""
    return QCoreApplication.translate("shortcuts", text)


def table() -> dict[str, tuple[Key, ...]]:
    """Return all keys by heading, in the person's language."""
    return {
        tr("Playing"): (
            Key(("Space",), "toggle", tr("Play or pause; hold a live source")),
            Key(("Left",), "back", tr("Back 5 seconds")),
            Key(("Right",), "forward", tr("Forward 5 seconds")),
            Key(("N",), "next", tr("Next file")),
            Key(("P",), "previous", tr("Start of the file, then the file before")),
            Key(("L",), "loop", tr("Loop the file")),
            Key(("Up",), "louder", tr("Louder")),
            Key(("Down",), "quieter", tr("Quieter")),
            Key(("M",), "mute", tr("Mute")),
        ),
        tr("Everything else"): (
            Key(("Ctrl+O",), "open", tr("Open files")),
            Key(("Ctrl+Shift+O",), "open_folder", tr("Open a folder")),
            Key(("Ctrl+S",), "save", tr("Save picture, scores or labels")),
            Key(("Ctrl+L",), "list", tr("Show the list of files")),
            Key(("Ctrl+1",), "go_listen", tr("Go to Listen")),
            Key(("Ctrl+2",), "go_library", tr("Go to Library")),
            Key(("Ctrl+3",), "go_train", tr("Go to Train")),
            Key(("Ctrl+4",), "go_models", tr("Go to Models")),
            Key(("Ctrl+,",), "settings", tr("Settings")),
            Key(("F5",), "stage", tr("Stage: a window with only the genre")),
            Key(("F11",), "fullscreen", tr("Full screen")),
            Key(("?", "F1"), "help", tr("This map")),
            Key(("Ctrl+Q",), "quit", tr("Quit")),
        ),
    }


def groups() -> list[Group]:
    """Return the table as the keyboard map wants it."""
    found = [(title, [(k.shown, k.text) for k in keys]) for title, keys in table().items()]
    return [*found, (tr("In the library's table"), library_keys())]


def library_keys() -> list[tuple[str, str]]:
    """Return the keys the table of tracks acts by itself, as the keyboard map shows them."""
    return [
        ("1 – 9", tr("Set the genre of the chosen tracks")),
        (tr("A letter"), tr("Set any genre by its first letters")),
        (_native("Return"), tr("What was heard is right")),
        (_native("Del"), tr("Take my genre back")),
        (f"{_native('F3')} / {_native('Shift+F3')}", tr("Next or last doubtful track")),
        (_native("Space"), tr("Preview here, or stop")),
    ]


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def action_of(event: QKeyEvent) -> str:
    """Return the action of a key press, empty when it is none of ours."""
    if event.text() == "?":
        return "help"
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    pressed = QKeySequence(QKeyCombination(plain, Qt.Key(event.key())))
    for keys in table().values():
        for key in keys:
            if any(QKeySequence(k) == pressed for k in key.keys):
                return key.action
    return ""
