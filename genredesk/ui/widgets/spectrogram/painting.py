"""How a timeline is drawn: geometry, picture, ribbon, axes, marks, and the words at the pointer."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPixmap, QRegion

from genredesk.core.notes import note_name
from genredesk.core.shares import sureness
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.text import thousands
from genredesk.ui.widgets.base import Themed, focus_ring, number
from genredesk.ui.widgets.spectrogram import colour_maps, marks
from genredesk.ui.widgets.spectrogram.scale import (
    RELATIVE_S,
    TimeScale,
    clock_of_day,
    clock_of_song,
    frequency_ticks,
    hertz_at,
    midnight,
    time_step,
    time_ticks,
)
from genredesk.ui.widgets.spectrogram.strip import PixelStrip, StripView, lookup

if TYPE_CHECKING:
    from genredesk.inference.heard import HeardPart

SPAN_S = 30.0


class TimelinePainting(Themed):
    """A timeline that draws itself; what a person does to it is added by the view."""

    def __init__(self, span_s: float = SPAN_S) -> None:
        super().__init__()
        self.scale = TimeScale(span_s)
        self.frozen = False
        self.selection: tuple[float, float] | None = None
        self._part: HeardPart | None = None
        self._strip = PixelStrip()
        self._palette = "magma"
        self._range = (-80.0, 0.0)
        self._coloured = self._ready = self._asked = False
        self._window_s = 0.0
        self._rows: tuple[float, float] | None = None
        self._pointer: QPointF | None = None
        self._held = False
        self._ribbon: QPixmap | None = None
        self._ribbon_key: tuple[object, ...] = ()

    def retheme(self) -> None:
        """Give everything the tones of the theme."""
        self._coloured = False
        self._ribbon = None
        super().retheme()

    def rows(self) -> tuple[float, float]:
        """Return the rows of the picture that are seen."""
        return self._rows or (0.0, self._n_rows())

    def _n_rows(self) -> float:
        picture = self._part.picture if self._part is not None else None
        return float(picture.n_rows) if picture is not None else 1.0

    # ------------------------------------------------------------ geometry

    def ribbon_box(self) -> QRectF:
        """Return where the ribbon lies."""
        box = self.picture_box()
        return QRectF(box.left(), 1, box.width(), theme.px(22))

    def picture_box(self) -> QRectF:
        """Return where the picture lies, on whole device pixels."""
        ratio = self.devicePixelRatioF()
        top, foot = theme.px(22) + 5, theme.px(24)
        metrics = QFontMetricsF(theme.font(11))
        right = marks.legend_width(metrics) + 6 if self.width() >= theme.px(520) else 0
        left = theme.px(54)
        width = max(8, int((self.width() - left - right) * ratio))
        height = max(8, int((self.height() - top - foot) * ratio))
        return QRectF(left, top, width / ratio, height / ratio)

    def _seconds_per_pixel(self) -> float:
        width = max(1, round(self.picture_box().width() * self.devicePixelRatioF()))
        return self.scale.span_s / width

    def time_at(self, x: float) -> float:
        """Return the time at a place."""
        box = self.picture_box()
        return self.scale.left + (x - box.left()) / box.width() * self.scale.span_s

    def x_of(self, seconds: float) -> float:
        """Return where a time is."""
        box = self.picture_box()
        return box.left() + (seconds - self.scale.left) / self.scale.span_s * box.width()

    def _row_at(self, y: float) -> float:
        box = self.picture_box()
        low, high = self.rows()
        return high - (y - box.top()) / box.height() * (high - low)

    def read(self, seconds_ago: float, place: float) -> tuple[float, float, float] | None:
        """Return ``(Hz, seconds ago, dB)`` at a place in rows, ``None`` where nothing is known.

        Parameters
        ----------
        seconds_ago
            Counted from the moment that is heard, the past negative.
        place
            In rows; row ``k`` reaches from ``k`` to ``k + 1``.
        """
        part = self._part
        if part is None or part.picture is None or part.axis is None:
            return None
        row = min(part.picture.n_rows - 1, max(0, int(place)))
        level = part.picture.at(self.scale.now_s + seconds_ago, row)
        if level is None:
            return None
        return hertz_at(place, part.axis.frequencies), -seconds_ago, level

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ribbon, picture, axes and marks; of those that do not move only what was lost."""
        painter = QPainter(self)
        covered = QRegion(self.picture_box().toRect()) + QRegion(self.ribbon_box().toRect())
        painter.setClipRegion(event.region().subtracted(covered))
        painter.fillRect(event.rect(), QColor(theme.current().card))
        painter.setClipping(False)
        painter.setFont(theme.font(11))
        if self._ready:
            self.paint(painter, event.rect())
        else:
            painter.fillRect(self.picture_box(), QColor(theme.current().control))
            if not self._asked:
                self._asked = True
                QTimer.singleShot(0, self.get_ready)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            focus_ring(painter, QRectF(self.rect()), 8)

    def get_ready(self) -> None:
        """Load the color maps; not before the window stands, for that takes a fifth of a second."""
        colour_maps.words(self._palette)
        self._ready = True
        self.update()

    def paint(self, painter: QPainter, lost: QRect) -> None:
        """Draw everything but the ground, as far as it lies in ``lost``."""
        box, scale = self.picture_box(), self.scale
        left, right = self._paint_picture(painter, box)
        if lost.bottom() > box.bottom() + 1:
            self._paint_time(painter, box, left, right)
        if lost.left() < box.left() - 1:
            self._paint_sides(painter, box)
        self._paint_ribbon(painter, left, right)
        painter.setFont(theme.font(11))  # the last word of the ribbon may be bold
        painter.save()
        painter.setClipRect(QRectF(box.left(), 0, box.width(), box.bottom()))
        if self._part is not None:
            words = self.tr("gap")
            marks.paint_gaps(painter, box, self._part.gaps, left, right, text=words)
        self._paint_now(painter, box)
        if self.selection is not None:
            self._paint_selection(painter, box)
        painter.restore()
        if self._pointer is not None and not self._held:
            self._paint_reading(painter, box)
        if not scale.following and self._part is not None:
            self._paint_state(painter, box)

    def _paint_picture(self, painter: QPainter, box: QRectF) -> tuple[float, float]:
        """Draw the picture; return the times of its edges, which lie on whole pixels."""
        if not self._coloured:
            self._coloured = True
            empty = QColor(theme.current().control).rgb()
            words = colour_maps.words(self._palette)
            self._strip.set_colours(lookup(words, *self._range, empty))
        per_pixel = self._seconds_per_pixel()
        ratio = self.devicePixelRatioF()
        width, height = round(box.width() * ratio), round(box.height() * ratio)
        first = int(np.floor(self.scale.right / per_pixel)) - width
        part = self._part
        if part is None or part.picture is None:
            painter.fillRect(box, QColor(theme.current().control))
        else:
            low, high = self.rows()
            view = StripView(width, height, per_pixel, low, high)
            self._strip.show(part.picture, view, first)
            self._strip.draw(painter, box)
        return first * per_pixel, (first + width) * per_pixel

    def _paint_time(self, painter: QPainter, box: QRectF, left: float, right: float) -> None:
        part = self._part
        if part is None:
            return
        room = theme.px(84 if part.began is not None else 70)
        ticks = time_ticks(self.scale, box.width(), room, part.began, self.tr("now"))
        foot = QRectF(box.left(), box.bottom() + 2, box.width(), theme.px(22))
        marks.paint_time_axis(painter, foot, ticks, left, right)

    def _paint_sides(self, painter: QPainter, box: QRectF) -> None:
        """Write the frequencies on the left and the decibels on the right."""
        part = self._part
        if part is not None and part.axis is not None:
            low, high = self.rows()
            rows = theme.px(19) * (high - low) / box.height()
            named = frequency_ticks(part.axis.name, part.axis.frequencies, low, high, rows)
            side = QRectF(0, box.top(), box.left(), box.height())
            marks.paint_frequency_axis(painter, side, named, low, high)
        if box.right() + theme.px(30) < self.width():
            legend = QRectF(box.right() + 6, box.top(), theme.px(8), box.height())
            marks.paint_legend(painter, legend, colour_maps.words(self._palette), *self._range)

    def moving_area(self) -> QRect:
        """Return what has to be painted again while time goes on and nothing else happens."""
        box = self.picture_box().toRect()
        still = self.scale.following and not self.scale.centred
        part = self._part
        still = (
            still
            and part is not None
            and part.began is not None
            and self.scale.span_s <= RELATIVE_S
        )
        foot = 0 if still else theme.px(24)
        return QRect(box.left(), 0, box.width() + 1, box.bottom() + 1 + foot)

    def _paint_ribbon(self, painter: QPainter, left: float, right: float) -> None:
        """Draw the ribbon from a picture of twice its width, renewed when answers came."""
        box, part = self.ribbon_box(), self._part
        painter.fillRect(box, QColor(theme.current().control))
        if part is None:
            return
        ratio = self.devicePixelRatioF()
        span = right - left
        block = int(np.floor(left / span)) if span else 0
        key = (id(part), part.answers.changes, block, span, box.width(), box.height(), ratio)
        if self._ribbon is None or key != self._ribbon_key:
            self._ribbon_key = key
            size = QSize(round(2 * box.width() * ratio), round(box.height() * ratio))
            self._ribbon = QPixmap(size)
            self._ribbon.setDevicePixelRatio(ratio)
            self._ribbon.fill(QColor(theme.current().control))
            inner = QPainter(self._ribbon)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            whole = QRectF(0, 0, 2 * box.width(), box.height())
            start = block * span
            marks.paint_ribbon(inner, whole, part.answers.stretches, start, start + 2 * span)
            inner.end()
        shift = round((left - block * span) / span * box.width() * ratio)
        source = QRectF(shift, 0, box.width() * ratio, box.height() * ratio)
        painter.drawPixmap(box, self._ribbon, source)
        # The word of a stretch that began further left would be cut: it is written anew.
        first = bisect_left(part.answers.stretches, left, key=lambda one: one.start) - 1
        if first >= 0:
            marks.paint_ribbon(painter, box, [part.answers.stretches[first]], left, right)

    def _paint_now(self, painter: QPainter, box: QRectF) -> None:
        part, scale = self._part, self.scale
        if part is None:
            return
        x = self.x_of(scale.now_s)
        if self._window_s > 0 and box.left() < x <= box.right() + 1 and not self.frozen:
            start = max(self.x_of(scale.now_s - self._window_s), box.left())
            window = QRectF(round(start) + 0.5, box.top() + 0.5, 0, box.height() - 1)
            window.setRight(min(round(x), round(box.right())) - 0.5)
            words = self.tr("{0} s window").format(f"{self._window_s:.0f}")
            wide = QFontMetricsF(painter.font()).horizontalAdvance(words) + 24
            if window.width() > 12:
                marks.dashed_box(painter, window)
            if window.width() > wide:
                marks.plate(painter, window.topLeft() + QPointF(5, 5), words)
        if part.path is not None and box.left() <= x <= box.right():
            marks.paint_playhead(painter, x, 0, box.bottom())

    def _paint_selection(self, painter: QPainter, box: QRectF) -> None:
        if self.selection is None:
            return
        x0, x1 = (self.x_of(t) for t in self.selection)
        accent = theme.colour(theme.current().accent, 0.28)
        area = QRectF(x0, 0, max(1.0, x1 - x0), box.bottom())
        painter.fillRect(area, accent)
        for x in (x0, x1):
            painter.fillRect(QRectF(x - 1, 0, 2, box.bottom()), QColor(theme.current().accent))

    def _paint_state(self, painter: QPainter, box: QRectF) -> None:
        """Say that it is frozen, or how long ago what is seen was."""
        scale = self.scale
        if self.frozen:
            words = self.tr("Frozen")
        elif scale.centred:
            return
        else:
            ago = max(0.0, scale.now_s - scale.right)
            words = self.tr("{0} ago").format(clock_of_song(ago))
        painter.setFont(theme.font(13, bold=True))
        wide = QFontMetricsF(painter.font()).horizontalAdvance(words) + 12
        marks.plate(painter, QPointF(box.right() - wide - 8, box.top() + 8), words)
        painter.setFont(theme.font(11))

    # ------------------------------------------------------------ reading

    def reading_at(self, at: QPointF) -> str:
        """Return what a pointer is told: time, and frequency and decibels or the answer."""
        part = self._part
        box = self.picture_box()
        if part is None or not box.left() <= at.x() <= box.right():
            return ""
        seconds = self.time_at(at.x())
        said = self._time_words(seconds)
        answer = part.answers.answer_at(seconds)
        word = strengths.word(answer.state, answer.named) if answer is not None else ""
        if answer is not None and answer.named:
            word += f" {sureness(*answer.shares)}"
        if not box.top() <= at.y() <= box.bottom():
            return "\n".join(filter(None, (said, word)))
        found = self.read(seconds - self.scale.now_s, self._row_at(at.y()))
        if found is None:
            return "\n".join(filter(None, (said, word)))
        hertz, _ago, level = found
        text = thousands(round(hertz))
        sound = self.tr("{0} Hz  {1}  {2} dB").format(text, note_name(hertz), number(level))
        return "\n".join(filter(None, (said, sound, word)))

    def _time_words(self, seconds: float) -> str:
        step = time_step(self.scale.span_s, self.picture_box().width(), 20)
        began = self._part.began if self._part is not None else None
        if began is None:
            return clock_of_song(max(0.0, seconds), step)
        return clock_of_day(seconds + midnight(began), max(step, 0.1))

    def _paint_reading(self, painter: QPainter, box: QRectF) -> None:
        at = self._pointer
        if at is None or not QRectF(box.left(), 0, box.width(), box.bottom()).contains(at):
            return
        text = self.reading_at(at)
        if not text:
            return
        painter.fillRect(QRectF(round(at.x()), 0, 1, box.bottom()), QColor(255, 255, 255, 90))
        metrics = QFontMetricsF(painter.font())
        lines = text.split("\n")
        wide = max(metrics.horizontalAdvance(line) for line in lines) + 12
        tall = metrics.height() * len(lines) + 6
        x = at.x() + 14 if at.x() + 14 + wide < box.right() else at.x() - 14 - wide
        y = min(max(at.y() + 14, 2), box.bottom() - tall)
        if y < at.y() < y + tall:
            y = at.y() - 14 - tall
        marks.plate(painter, QPointF(x, max(2.0, y)), text)
