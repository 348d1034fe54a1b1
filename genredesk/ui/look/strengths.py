"""How the five strengths of an answer look: word, fill and icon, the same wherever one is shown.

Color says the genre; how sure it is, the fill and the words say, so nothing rests on color alone.
Widgets that show an answer ask here and know no strength themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_word
from genredesk.core.messages import say
from genredesk.ui.look import theme

_PALE = 0.32
"""Share of the genre's color in a pale fill."""

_MUTED = 0.8
"""Share of the genre's color in a muted word."""

_TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
_NARROW = 5.0  # logical pixels
_STEP = 7.0  # from one line of a hatch to the next, logical pixels


class Fill(Enum):
    """How an area is filled."""

    SOLID = auto()
    PALE = auto()
    """A pale fill within an outline."""
    TWO = auto()
    """Two pale fills, each within its outline."""
    HATCH = auto()
    EMPTY = auto()


_PLAIN = (Fill.SOLID, Fill.PALE, Fill.TWO, Fill.HATCH)


@dataclass(frozen=True, slots=True)
class StrengthLook:
    """What one strength looks like; ``icon`` is a name of :mod:`genredesk.ui.look.icons`."""

    fill: Fill
    icon: str


LOOKS: dict[Strength, StrengthLook] = {
    Strength.SURE: StrengthLook(Fill.SOLID, "sure"),
    Strength.PROBABLE: StrengthLook(Fill.PALE, "probable"),
    Strength.BETWEEN: StrengthLook(Fill.TWO, "between"),
    Strength.OPEN: StrengthLook(Fill.HATCH, "open"),
    Strength.SILENCE: StrengthLook(Fill.EMPTY, "silence"),
}


class Piece(NamedTuple):
    """A part of a word, and the genre it names; ``None`` for what stands between."""

    text: str
    label: str | None


def pieces(state: Strength, named: Sequence[str]) -> list[Piece]:
    """Return an answer's word in parts, so that each genre can have its own color."""
    inside = certainty.genre_in(state)
    made: list[Piece] = []
    for literal, field, _spec, _conversion in Formatter().parse(say(certainty.WORDS[state])):
        if literal:
            made.append(Piece(literal, None))
        if field:
            label = named[int(field)]
            made.append(Piece(inside(label), label))
    return made


def word(state: Strength, named: Sequence[str]) -> str:
    """Return what a person reads: "Jazz", "Probably jazz", "Between reggae and rock"."""
    return "".join(piece.text for piece in pieces(state, named))


def short_pieces(state: Strength, named: Sequence[str]) -> list[Piece]:
    """Return the word where it has no room: the genres alone, and "?" behind what is not sure."""
    made: list[Piece] = []
    for label in named:
        made += [Piece("/", None)] * bool(made) + [Piece(genre_word(label), label)]
    if state is not Strength.SURE:
        made.append(Piece("?", None))
    return made if named else pieces(state, named)


def short(state: Strength, named: Sequence[str]) -> str:
    """Return :func:`short_pieces` as text: "Jazz?", "Reggae/Rock?"."""
    return "".join(piece.text for piece in short_pieces(state, named))


def ink(state: Strength | None, label: str | None) -> QColor:
    """Return the color of a part of a word on a card: text, a muted genre, or quiet."""
    tokens = theme.current()
    if state is Strength.SURE:
        return QColor(tokens.text)
    if label is None:
        return QColor(tokens.quiet)
    muted = theme.blend(theme.genre_colour(label), tokens.card, _MUTED)
    return theme.legible(muted, tokens.card, _TEXT_CONTRAST)


def pale(label: str) -> QColor:
    """Return the pale color of a genre."""
    return QColor(_pale(theme.genre_colour(label).name(), theme.current().card))


@lru_cache(maxsize=512)
def _pale(tone: str, card: str) -> str:
    return theme.blend(tone, card, _PALE).name()


def ink_on(tone: QColor) -> QColor:
    """Return black or white, whichever is more legible on ``tone``."""
    return QColor(_ink_on(tone.name()))


@lru_cache(maxsize=512)
def _ink_on(tone: str) -> str:
    return max("#0B0D10", "#FFFFFF", key=lambda made: theme.contrast(made, tone))


def ink_inside(state: Strength, label: str) -> QColor:
    """Return the color of a name that is written upon :func:`paint_bar`."""
    return ink_on(theme.genre_colour(label) if state is Strength.SURE else pale(label))


def paint_bar(
    painter: QPainter, box: QRectF, state: Strength, named: Sequence[str], radius: float = 0.0
) -> None:
    """Fill a stretch of a ribbon or a bar; two genres lie one above the other."""
    _paint(painter, box, state, named, halves=_halves_above(box), radius=radius)


def paint_dot(painter: QPainter, box: QRectF, state: Strength, named: Sequence[str]) -> None:
    """Draw the dot of an answer into a square; two genres lie side by side."""
    if LOOKS[state].fill is Fill.EMPTY:
        painter.setPen(QPen(theme.genre_colour(None), max(1.2, box.width() / 8)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.adjusted(0.75, 0.75, -0.75, -0.75))
        return
    half = box.width() / 2
    halves = box.adjusted(0, 0, -half, 0), box.adjusted(half, 0, 0, 0)
    _paint(painter, box, state, named, halves=halves, radius=half)


def _halves_above(box: QRectF) -> tuple[QRectF, QRectF]:
    half = box.height() / 2
    return box.adjusted(0, 0, 0, -half), box.adjusted(0, half, 0, 0)


def _paint(
    painter: QPainter,
    box: QRectF,
    state: Strength,
    named: Sequence[str],
    *,
    halves: tuple[QRectF, QRectF],
    radius: float,
) -> None:
    fill = LOOKS[state].fill
    if radius <= 0 and box.width() < _NARROW and fill in _PLAIN:
        _paint_narrow(painter, box, state, named)
        return
    shape = QPainterPath()
    shape.addRoundedRect(box, radius, radius)
    painter.save()
    if fill is Fill.SOLID:
        painter.fillPath(shape, theme.genre_colour(named[0]))
    elif fill in (Fill.PALE, Fill.TWO):
        parts = zip(named, [box] if len(named) == 1 else halves, strict=False)
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        for label, part in parts:
            painter.save()
            painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
            painter.fillRect(part, pale(label))
            painter.setPen(QPen(theme.genre_colour(label), min(3.0, box.width() / 2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(shape)  # its outer half is cut off: 1.5 pixels remain
            painter.restore()
    elif fill is Fill.HATCH:
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        painter.fillPath(shape, QColor(theme.current().pressed))
        _hatch(painter, box)
    else:
        line = QRectF(box.left(), box.center().y() - 1, box.width(), 2)
        painter.fillRect(line, theme.genre_colour(None))
    painter.restore()


def _paint_narrow(painter: QPainter, box: QRectF, state: Strength, named: Sequence[str]) -> None:
    """Fill a stretch that has no room for an outline; a ribbon of hours has a thousand of them."""
    if LOOKS[state].fill is Fill.SOLID:
        painter.fillRect(box, theme.genre_colour(named[0]))
    elif not named:
        painter.fillRect(box, QColor(theme.current().pressed))
    else:
        high = box.height() / len(named)
        for at, label in enumerate(named):
            top = box.top() + at * high
            painter.fillRect(QRectF(box.left(), top, box.width(), high), pale(label))


def _hatch(painter: QPainter, box: QRectF) -> None:
    step = min(_STEP, max(3.0, box.width() / 3))
    painter.setPen(QPen(theme.genre_colour(None), 1.5))
    x = box.left() - box.height() - (box.left() % step)
    while x < box.right():
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()))
        x += step
