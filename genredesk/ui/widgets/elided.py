"""Words where there is little room: a line that ends in an ellipsis, a column in a shorter form."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QLabel, QSizePolicy

from genredesk.ui.widgets import base


class Elided(QLabel):
    """One line of text that ends in an ellipsis instead of widening the window."""

    def __init__(
        self,
        tone: str = "",
        where: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._where = where
        self._text = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        if tone:
            self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str, tip: str = "") -> None:
        """Show ``text``; all of it is in the tooltip, or else ``tip``."""
        self._text = text
        self.setToolTip(base.tip(tip or text))
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        fitted = self.fontMetrics().elidedText(self._text, self._where, max(0, self.width()))
        self.setText(fitted)


class OneForm:
    """Has all rows of a column written short as soon as one of them has no room for its words.

    Else "Probably jazz" would stand above "Classical?", as if they were two things.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        self._view = view
        self._narrow: set[tuple[str, int]] = set()

    def short(self, font: QFont, width: float, *, fits: bool) -> bool:
        """Return whether words are short in a column this wide, where a row's fit or do not."""
        key = font.key(), round(width)
        if not fits and key not in self._narrow:
            self._narrow.add(key)
            self._view.viewport().update()
        return key in self._narrow
