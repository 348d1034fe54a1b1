"""The choice of models to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from genredesk.ui.look.text import tr
from genredesk.ui.widgets.controls import Button

MOST_OTHERS = 3
"""With the one that is shown, so many models are compared at once."""


class ModelsMenu(Button):
    """The choice of models to compare with: up to three, checked in a menu.

    Signals
    -------
    changed()
        The person chose others.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("", icon="models", parent=parent)
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
