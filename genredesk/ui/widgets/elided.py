"""One line of text that ends in an ellipsis instead of widening the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

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
