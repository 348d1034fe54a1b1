"""A picture of a timeline to be shown to others: title, genre, ribbon, sound, axes and scale."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from genredesk.core.shares import percent
from genredesk.inference.stretches import clipped
from genredesk.ui.listen.heard.exports import png_of
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.spectrogram import colour_maps, marks
from genredesk.ui.widgets.spectrogram.scale import TimeScale, frequency_ticks, time_ticks
from genredesk.ui.widgets.spectrogram.strip import PixelStrip, StripView, lookup

if TYPE_CHECKING:
    from genredesk.inference.heard import HeardPart

SIZE = QSize(1600, 800)
_MARGIN = 40


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """What a picture shows.

    Parameters
    ----------
    part
        Of what.
    span
        From when to when.
    title, foot
        What stands over and under it.
    palette, floor, ceiling
        Colors of the sound, and their decibels.
    """

    part: HeardPart
    span: tuple[float, float]
    title: str
    foot: str
    palette: str = "magma"
    floor: float = -80.0
    ceiling: float = 0.0


def png(spec: FigureSpec) -> bytes:
    """Return the picture as PNG, drawn at twice its size."""
    image = QImage(SIZE * 2, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2.0)
    painter = QPainter(image)
    _draw(painter, spec, 2.0)
    painter.end()
    return png_of(image)


def svg(spec: FigureSpec) -> bytes:
    """Return the picture as SVG: words and ribbon as shapes, the sound as an image in it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setSize(SIZE)
    made.setViewBox(QRectF(0, 0, SIZE.width(), SIZE.height()))
    made.setTitle(spec.title)
    painter = QPainter(made)
    _draw(painter, spec, 1.0)
    painter.end()
    return bytes(buffer.data().data())


def summary(part: HeardPart, span: tuple[float, float]) -> str:
    """Return what was heard most of the time, such as "Jazz, 82 % of the time"."""
    time: Counter[str] = Counter()
    for one in clipped(part.answers.stretches, *span):
        time[strengths.word(one.state, one.named)] += one.seconds  # type: ignore[assignment]
    if not time:
        return ""
    word, seconds = time.most_common(1)[0]
    share = seconds / max(sum(time.values()), 1e-9)
    return tr("{0}, {1} of the time").format(word, percent(share))


def _draw(painter: QPainter, spec: FigureSpec, ratio: float) -> None:
    tokens = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, SIZE.width(), SIZE.height()), QColor(tokens.card))
    inner = QRectF(_MARGIN, _MARGIN, SIZE.width() - 2 * _MARGIN, SIZE.height() - 2 * _MARGIN)
    title = theme.font(30, bold=True)
    painter.setFont(title)
    painter.setPen(QColor(tokens.text))
    tall = QFontMetricsF(title).height()
    line = QRectF(inner.left(), inner.top() - 8, inner.width(), tall)
    words = QFontMetricsF(title).elidedText(spec.title, Qt.TextElideMode.ElideMiddle, line.width())
    painter.drawText(line, marks.LEFT | marks.MIDDLE, words)
    painter.setFont(theme.font(18))
    painter.setPen(QColor(tokens.quiet))
    below = QRectF(inner.left(), line.bottom() + 2, inner.width(), theme.px(26))
    painter.drawText(below, marks.LEFT | marks.MIDDLE, summary(spec.part, spec.span))
    painter.setFont(theme.font(13))
    foot = QRectF(inner.left(), inner.bottom() - 6, inner.width(), theme.px(22))
    painter.drawText(foot, marks.LEFT | marks.MIDDLE, spec.foot)
    side, legend = theme.px(64), theme.px(76)
    ribbon = QRectF(inner.left() + side, below.bottom() + 14, 0, theme.px(30))
    ribbon.setRight(inner.right() - legend)
    picture = QRectF(ribbon.left(), ribbon.bottom() + 8, ribbon.width(), 0)
    picture.setBottom(foot.top() - theme.px(38))
    marks.paint_ribbon(painter, ribbon, spec.part.answers.stretches, *spec.span)
    _draw_sound(painter, spec, picture, ratio)


def _draw_sound(painter: QPainter, spec: FigureSpec, box: QRectF, ratio: float) -> None:
    part = spec.part
    left, right = spec.span
    painter.setFont(theme.font(13))
    scale = TimeScale(right - left, right, following=False)
    ticks = time_ticks(scale, box.width(), theme.px(96), part.began, "")
    foot = QRectF(box.left(), box.bottom() + 4, box.width(), theme.px(22))
    marks.paint_time_axis(painter, foot, ticks, left, right)
    palette = colour_maps.words(spec.palette)
    empty = QColor(theme.current().control)
    painter.fillRect(box, empty)
    if part.picture is None or part.axis is None:
        return
    rows = float(part.picture.n_rows)
    size = round(box.width() * ratio), round(box.height() * ratio)
    view = StripView(*size, (right - left) / size[0], 0.0, rows)
    strip = PixelStrip()
    strip.set_colours(lookup(palette, spec.floor, spec.ceiling, empty.rgb()))
    strip.show(part.picture, view, int(np.floor(left / view.seconds_per_pixel)))
    pixels = np.ascontiguousarray(strip.words())
    image = QImage(pixels.data, *size, 4 * size[0], QImage.Format.Format_RGB32)
    painter.drawImage(box, image.copy())
    room = theme.px(22) * rows / box.height()
    named = frequency_ticks(part.axis.name, part.axis.frequencies, 0.0, rows, room)
    side = QRectF(0, box.top(), box.left(), box.height())
    marks.paint_frequency_axis(painter, side, named, 0.0, rows)
    legend = QRectF(box.right() + 12, box.top(), theme.px(8), box.height())
    marks.paint_legend(painter, legend, palette, spec.floor, spec.ceiling)
