"""Tones, type and genre colours: the only place that decides what anything looks like.

Widgets ask :func:`current` while painting and repaint on Qt's own ``PaletteChange`` event, so a
change of theme needs no wiring. The tokens are those of the design; the light ones mirror them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import lru_cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from genredesk.core.genres import colour_of, genre_key
from genredesk.ui.look import motion, style
from genredesk.ui.look.tokens import DARK, LIGHT, TOKENS, Tokens

_WCAG_KNEE, _WCAG_GAMMA = 0.04045, 2.4
_OWN_PX = "own_px"
_ENDLESS = (1 << 24) - 1  # QWIDGETSIZE_MAX
TEXT_SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""Sizes of text a person can choose from."""
_BAR_CONTRAST = 3.0  # WCAG 2.2, 1.4.11: graphics that carry meaning


class Signals(QObject):
    """Announces a change of theme to those that cannot wait for ``PaletteChange``."""

    changed = Signal()


class _Look:
    """What is in use now."""

    choice = "system"
    tokens = DARK
    scale = 1.0
    system_scale = 1.0
    reduce_motion: bool | None = None
    signals: Signals | None = None
    followed: QApplication | None = None


def current() -> Tokens:
    """Return the tokens in use."""
    return _Look.tokens


def choice() -> str:
    """Return what was asked for: ``system``, ``light`` or ``dark``."""
    return _Look.choice


def signals() -> Signals:
    """Return the object whose ``changed`` is emitted after every change of theme."""
    if _Look.signals is None:
        _Look.signals = Signals()
    return _Look.signals


def next_scale(scale: float, step: int) -> float:
    """Return the size of text a step above or below ``scale``; of no step the usual one."""
    if step == 0:
        return 1.0
    if step > 0:
        return min((s for s in TEXT_SCALES if s > scale + 0.01), default=TEXT_SCALES[-1])
    return max((s for s in TEXT_SCALES if s < scale - 0.01), default=TEXT_SCALES[0])


def apply(app: QApplication, name: str = "system", text_scale: float | None = None) -> None:
    """Give the whole application the theme ``system``, ``light`` or ``dark``.

    Parameters
    ----------
    app
        The application.
    name
        ``system`` follows the desktop while the program runs; one that says nothing gets dark.
    text_scale
        Size of the text, times that of the person's desktop; ``None`` leaves it.
    """
    if name not in ("system", *TOKENS):
        name = "system"
    _Look.choice = name
    hints = app.styleHints()
    if _Look.followed is not app:
        _Look.followed = app
        app.setStyle("Fusion")
        _Look.system_scale = _Look.scale = _font_scale(app)
        hints.colorSchemeChanged.connect(lambda _scheme: _refollow(app))
    factor, own = 1.0, []
    if text_scale is not None:
        scale = min(max(text_scale, TEXT_SCALES[0]), TEXT_SCALES[-1]) * _Look.system_scale
        factor = scale / _Look.scale
        own = _own_fonts(app, _Look.scale) if factor != 1 else []
        _Look.scale = scale
    tokens = TOKENS[name] if name in TOKENS else _system_tokens(app)
    changed = tokens is not _Look.tokens
    _Look.tokens = tokens
    sheet = style.sheet(tokens, _Look.scale)
    if app.styleSheet() != sheet:  # each of these makes every widget look at itself again
        app.setFont(font(13))
        app.setPalette(palette(tokens))
        app.setStyleSheet(sheet)
    if factor != 1:
        _rescale(app, factor, own)
    if changed:
        signals().changed.emit()


@contextlib.contextmanager
def made_bare(app: QApplication) -> Iterator[None]:
    """Give what is made meanwhile its style all at once, at the end.

    With a style sheet Qt looks at a widget and all within it again whenever it is put into another:
    a window of a thousand takes twice as long to make.
    """
    sheet = app.styleSheet()
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)


def _own_fonts(app: QApplication, scale: float) -> list[QWidget]:
    """Return the widgets that have a font of their own; each notes its size at a scale of 1."""
    own = [w for w in app.allWidgets() if w.testAttribute(Qt.WidgetAttribute.WA_SetFont)]
    for widget in own:
        if widget.property(_OWN_PX) is None:
            widget.setProperty(_OWN_PX, widget.font().pixelSize() / scale)
    return own


def _rescale(app: QApplication, factor: float, own: list[QWidget]) -> None:
    """Scale what widgets have fixed already: own fonts, icons, bounds of their size."""
    for widget in own:
        size = round(widget.property(_OWN_PX) * _Look.scale)
        now = widget.font()
        if size > 0 and now.pixelSize() != size:  # a style sheet may have put the first one back
            now.setPixelSize(max(8, size))
            widget.setFont(now)
    for widget in app.allWidgets():
        if widget.isWindow():
            continue
        if not widget.minimumSize().isNull():
            widget.setMinimumSize(widget.minimumSize() * factor)
        most = widget.maximumSize()
        wide, tall = (
            side if side == _ENDLESS else round(side * factor)
            for side in (most.width(), most.height())
        )
        widget.setMaximumSize(wide, tall)
        if isinstance(widget, QAbstractButton):
            widget.setIconSize(widget.iconSize() * factor)


def _refollow(app: QApplication) -> None:
    if _Look.choice == "system" and _system_tokens(app) is not _Look.tokens:
        apply(app, "system")


def _system_tokens(app: QApplication) -> Tokens:
    return LIGHT if app.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK


def _font_scale(app: QApplication) -> float:
    """How much larger than usual the person's interface font is."""
    pixels = QFontInfo(app.font()).pixelSize() or 13
    return min(2.0, max(1.0, pixels / 13))


def font(size: float = 13, *, bold: bool = False) -> QFont:
    """Return the interface font at one of :data:`SIZES` (or a display size).

    Its figures are of one width, so that changing numbers do not jitter.
    """
    made = QFont(QApplication.font())
    made.setPixelSize(max(8, round(size * _Look.scale)))
    made.setBold(bold)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def px(size: float) -> int:
    """Scale a length that belongs to text by the size of the person's interface font."""
    return round(size * _Look.scale)


def palette(tokens: Tokens) -> QPalette:
    """Return Qt's palette for ``tokens``."""
    made = QPalette()
    role = QPalette.ColorRole
    for key, value in (
        (role.Window, tokens.ground),
        (role.WindowText, tokens.text),
        (role.Base, tokens.card),
        (role.AlternateBase, tokens.control),
        (role.Text, tokens.text),
        (role.Button, tokens.control),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.error),
        (role.ToolTipBase, tokens.control),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.quiet),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.accent),
        (role.Mid, tokens.line),
        (role.Light, tokens.hover),
        (role.Dark, tokens.pressed),
        (role.Accent, tokens.accent),
    ):
        made.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, blend(tokens.quiet, tokens.card, 0.45))
    return made


# ---------------------------------------------------------------- motion


def reduce_motion() -> bool:
    """Whether the person asked the system for less motion (or :func:`set_reduce_motion` did).

    The first call asks the system; one that has to be waited for counts from its answer.
    """
    app = QApplication.instance()
    if _Look.reduce_motion is None and isinstance(app, QApplication):
        _Look.reduce_motion = motion.wants_less_at_once(app)
        if not _Look.reduce_motion:
            motion.ask(app, set_reduce_motion)
    return _Look.reduce_motion is not False


def set_reduce_motion(value: bool | None) -> None:
    """Decide about motion; ``None`` asks the system at the next occasion."""
    _Look.reduce_motion = value


# ---------------------------------------------------------------- colour


def colour(value: str, alpha: float = 1.0) -> QColor:
    """Return ``#rrggbb`` as a colour of the given opacity."""
    made = QColor(value)
    if alpha < 1.0:
        made.setAlphaF(alpha)
    return made


def blend(front: str | QColor, back: str | QColor, share: float) -> QColor:
    """Return ``share`` of ``front`` over ``back``."""
    a, b = QColor(front), QColor(back)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x * share + y * (1 - share)) for x, y in pairs))


def luminance(value: str | QColor) -> float:
    """Relative luminance, 0..1 (WCAG 2.2)."""
    made = QColor(value)
    parts = (made.redF(), made.greenF(), made.blueF())
    r, g, b = (
        c / 12.92 if c <= _WCAG_KNEE else ((c + 0.055) / 1.055) ** _WCAG_GAMMA for c in parts
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str | QColor, other: str | QColor) -> float:
    """Contrast ratio of two colours, 1..21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legible(value: str | QColor, ground: str | QColor, ratio: float) -> QColor:
    """Return ``value`` moved just far enough from ``ground`` to reach ``ratio``; hue stays."""
    made = QColor(value)
    step = 96 if luminance(ground) > 0.18 else 104
    for _ in range(80):
        if contrast(made.name(), ground) >= ratio:  # as it is kept, in eight bits
            break
        hue, sat, light = made.hslHueF(), made.hslSaturationF(), made.lightnessF()
        light = light * step / 100 if step < 100 else min(1.0, light * step / 100 + 0.004)
        made = QColor.fromHslF(max(hue, 0.0), sat, light)
    return made


def genre_colour(label: str | None) -> QColor:
    """Return the colour of a genre in the theme in use; ``None`` is the grey of unsure and silence.

    The ten known genres have fixed colours, any other label one that only depends on its name.
    On light cards they are darkened to 3 : 1.
    """
    return QColor(_genre_colour(genre_key(label) if label else None, _Look.tokens.name))


@lru_cache(maxsize=512)
def _genre_colour(key: str | None, theme: str) -> str:
    tokens = TOKENS[theme]
    if key is None:
        return blend(tokens.quiet, tokens.card, 0.35).name()
    return legible(colour_of(key), tokens.card, _BAR_CONTRAST).name()
