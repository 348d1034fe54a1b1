"""The plate that covers the window while something is dragged over it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QDropEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from genredesk.audio.endings import AUDIO_SUFFIXES
from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import GRID, RADIUS
from genredesk.ui.widgets.base import Themed, smooth

SUFFIX, CARD, FOREIGN = ".genredesk", "card.json", ".onnx"
"""Of a model as one file, what a model's folder holds, and of one from elsewhere."""
MUSIC = " ".join(f"*{suffix}" for suffix in sorted(AUDIO_SUFFIXES))
"""What an open dialog offers as music."""


class DropZone(Themed):
    """Says what happens when the mouse button is let go."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = ""
        self.hide()

    def open(self, text: str) -> None:
        """Cover the parent."""
        self._text = text
        self.setGeometry(self._parent.rect())
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim what is behind; draw a frame, an icon and the words."""
        painter = smooth(self)
        tokens = theme.current()
        painter.fillRect(self.rect(), theme.colour(tokens.ground, 0.88))
        pen = QPen(QColor(tokens.accent), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        margin = 2 * GRID
        frame = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        size = theme.px(56)
        middle = frame.center()
        box = QRectF(middle.x() - size / 2, middle.y() - size, size, size)
        icons.paint(painter, "import", box, tokens.accent)
        painter.setFont(theme.font(16, bold=True))
        painter.setPen(QColor(tokens.text))
        line = QRectF(frame.left(), middle.y() + theme.px(12), frame.width(), theme.px(32))
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self._text)


def told_apart(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return what is, or is meant to be, a model (its file, a zip, its folder), and the music.

    The JSON of a foreign model is read beside it, so it is neither.
    """
    graphs = {path.with_suffix("") for path in paths if path.suffix.lower() == FOREIGN}
    paths = [p for p in paths if p.suffix.lower() != ".json" or p.with_suffix("") not in graphs]
    models: list[Path] = []
    music: list[Path] = []
    for path in paths:
        model = path.suffix.lower() in (SUFFIX, ".zip", FOREIGN) or (path / CARD).is_file()
        (models if model else music).append(path)
    return models, music


def files_of(event: QDropEvent) -> list[Path]:
    """Return the files and folders that are being dragged; what is not on a disk is left out."""
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile() and url.toLocalFile()]
