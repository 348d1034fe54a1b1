"""The fields of a network's own architecture, typed in one line: ``dropout=0.3 width=64``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QLineEdit

from genredesk.training.plan.plan import NET
from genredesk.ui.training.pages.wizard_page import set_tone
from genredesk.ui.widgets.layouts import paragraph


def written(values: Mapping[str, Any]) -> str:
    """Return fields as they are typed."""
    return " ".join(f"{k}={json.dumps(v, separators=(',', ':'))}" for k, v in values.items())


class ArchitectureField(QLineEdit):
    """A line for other values of a network's fields; what it can be stands beside it.

    Parameters
    ----------
    changed
        Called with the fields typed, by name, whenever they can be used.
    """

    def __init__(self, changed: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._changed = changed
        self._own: dict[str, Any] = {}
        self.problem = ""
        self.note = paragraph("", "quiet")
        self.setAccessibleName(self.tr("Fields of the network"))
        self.textEdited.connect(self._typed)

    def show_fields(self, own: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        """Show what a network has, and the person's own values.

        Parameters
        ----------
        own
            The network's fields and values; empty for one that goes on from a model.
        changes
            All changes of the choice; those of the network begin with ``net.``.
        """
        self._own = dict(own)
        self.setEnabled(bool(own))
        if not self.hasFocus():
            mine = {k.removeprefix(NET): v for k, v in changes.items() if k.startswith(NET)}
            self.setText(written(mine))
            self._complain("")

    def _typed(self, text: str) -> None:
        values: dict[str, Any] = {}
        for part in text.split():
            key, _, value = part.partition("=")
            if key not in self._own:
                self._complain(self.tr("This network has no field {0}.").format(key))
                return
            try:
                values[key] = json.loads(value)
            except ValueError:
                values[key] = value
            if not _fits(values[key], self._own[key]):
                said = self.tr("{0} cannot be {1}; it is {2} by itself.")
                self._complain(said.format(key, value, json.dumps(self._own[key])))
                return
        self._complain("")
        self._changed(values)

    def _complain(self, text: str) -> None:
        self.problem = text
        own = self.tr("The network's own: {0}").format(written(self._own))
        nothing = self.tr("This network has nothing to set, or continues from a model.")
        self.note.setText(text or (own if self._own else nothing))
        set_tone(self.note, "error" if text else "quiet")
        if text:
            self._changed({})


def _fits(value: Any, own: Any) -> bool:
    """Tell whether a value is of a field's type; a whole number may stand for any."""
    whole = isinstance(own, float) and type(value) is int
    return whole or type(value) is type(own)
