"""Our own icons: SVG outlines of one stroke weight, tinted with the theme's tones when drawn."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from genredesk.core import paths
from genredesk.ui.look import theme

_SIZES = (16, 20, 24, 32, 40, 48, 64, 96)


def names() -> list[str]:
    """Return the names of all icons."""
    return sorted(p.stem for p in (paths.resources_dir() / "icons").glob("*.svg"))


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (paths.resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def _renderer(name: str, tint: str) -> QSvgRenderer:
    text = _source(name).replace("currentColor", tint)
    return QSvgRenderer(QByteArray(text.encode()))


def paint(painter: QPainter, name: str, rect: QRectF, tint: str | QColor) -> None:
    """Draw an icon into ``rect``, sharp at any scale."""
    _renderer(name, QColor(tint).name()).render(painter, rect)


def pixmap(name: str, size: int, tint: str | QColor, ratio: float = 1.0) -> QPixmap:
    """Return an icon of ``size`` logical pixels for a screen of ``ratio`` device pixels each."""
    pixels = max(1, round(size * ratio))
    made = QPixmap(QSize(pixels, pixels))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, name, QRectF(0, 0, pixels, pixels), tint)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, tint: str | QColor | None = None) -> QIcon:
    """Return an icon tinted with the theme's text (or ``tint``), greyed when disabled.

    Ask again after a change of theme; :class:`~genredesk.ui.widgets.controls.IconButton` does.
    """
    tokens = theme.current()
    plain = QColor(tint if tint is not None else tokens.text).name()
    grey = theme.blend(tokens.quiet, tokens.card, 0.5).name()
    return _icon(name, plain, grey)


@lru_cache(maxsize=256)
def _icon(name: str, plain: str, grey: str) -> QIcon:
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(pixmap(name, size, plain), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, size, grey), QIcon.Mode.Disabled)
    return made
