"""The icon in the forms that desktops ask for, drawn by Qt from ``resources/genredesk.svg``."""

from __future__ import annotations

import os
from pathlib import Path

from places import ROOT

SVG = ROOT / "resources" / "genredesk.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def write(path: Path, size: int) -> Path:
    """Draw the icon ``size`` pixels wide; the ending of the path says the format."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(path)):
        raise SystemExit(f"Qt here cannot write {path.name}.")
    return path
