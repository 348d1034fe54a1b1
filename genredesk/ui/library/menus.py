"""The menus of the Library page: what can be done with the chosen tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from genredesk.ui.library.plans.action_texts import choices
from genredesk.ui.look import icons
from genredesk.ui.look.text import thousands, tr

Deed = tuple[str, str, Callable[..., object]]
"""Icon, words, and what is done."""


def menu_of(parent: QWidget, *parts: Sequence[Deed]) -> QMenu:
    """Make a menu that is gone when it is closed; empty parts leave no line behind."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for part in parts:
        if part and menu.actions():
            menu.addSeparator()
        for icon, words, deed in part:
            entry = menu.addAction(icons.icon(icon), words)
            entry.triggered.connect(lambda _on=False, run=deed: run())
    return menu


def actions(n: int, ask: Callable[[str], object]) -> list[Deed]:
    """Return the library's actions for ``n`` tracks; ``ask`` is called with an action's name."""
    count = thousands(n)
    return [
        (choice.icon, choice.menu.format(count), lambda name=choice.name: ask(name))
        for choice in choices()
    ]


def of_track(play: Callable[[], object], preview: Callable[[], object],
             alike: Callable[[], object]) -> list[Deed]:  # fmt: skip
    """Return what can be done with one track."""
    return [
        ("play", tr("Play on the Listen page"), play),
        ("volume", tr("Preview here"), preview),
        ("map", tr("More like this"), alike),
    ]


def of_genre(confirm: Callable[[], object], ask: Callable[[], object],
             take_back: Callable[[], object]) -> list[Deed]:  # fmt: skip
    """Return what can be said about the genre of the chosen tracks."""
    return [
        ("check", tr("Confirm"), confirm),
        ("tags", tr("Set the genre …"), ask),
        ("undo", tr("Clear my genre"), take_back),
    ]
