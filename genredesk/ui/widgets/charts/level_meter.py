"""A level meter in dBFS segments with a peak that holds for a moment."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from genredesk.ui.look import theme
from genredesk.ui.look.tokens import CONTROL_RADIUS
from genredesk.ui.widgets.base import Sized, ThemedText, filled, number, smooth

SEGMENTS = 18
LOWEST_DBFS = -54.0
_STEP_DB = -LOWEST_DBFS / SEGMENTS
_WARN_DBFS, _CLIP_DBFS = -9.0, -3.0
_HOLD_S = 1.2


class LevelMeter(Sized, ThemedText):
    """Eighteen segments of 3 dB from −54 dBFS to full scale."""

    wanted = (136, 32)
    least = (136, 32)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Input level"))
        self._lit = 0
        self._peak = -1
        self._peak_until = 0.0
        self._said = ""
        self._say(-math.inf)

    def set_level(self, rms_dbfs: float, peak_dbfs: float, now: float | None = None) -> None:
        """Show a level; repaints only when a segment changes.

        Parameters
        ----------
        rms_dbfs, peak_dbfs
            Level in dB relative to full scale; ``-inf`` or NaN is silence.
        now
            Seconds of a monotonic clock, for the peak's hold.
        """
        now = time.monotonic() if now is None else now
        lit, peak = segment_of(rms_dbfs), segment_of(peak_dbfs) - 1
        if peak >= self._peak or now >= self._peak_until:
            if peak >= lit and peak >= self._peak:
                self._peak_until = now + _HOLD_S
            held = peak
        else:
            held = self._peak
        if (lit, held) != (self._lit, self._peak):
            self._lit, self._peak = lit, held
            self.update()
        self._say(rms_dbfs)

    def segments(self) -> tuple[int, int]:
        """Return how many segments are lit and the index of the held peak (-1: none)."""
        return self._lit, self._peak

    def _say(self, rms_dbfs: float) -> None:
        """Describe in steps of 6 dB, so that a screen reader is not flooded."""
        if not rms_dbfs > LOWEST_DBFS:
            said = self.tr("silent")
        else:
            said = self.tr("about {0} dBFS").format(number(6 * round(rms_dbfs / 6)))
        if said != self._said:
            self._said = said
            self.setAccessibleDescription(said)
            self.setToolTip(self.tr("Input level: {0}").format(said))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the segments on their plate."""
        painter = smooth(self)
        tokens = theme.current()
        filled(painter, QRectF(self.rect()), CONTROL_RADIUS, tokens.control)
        margin = theme.px(10)
        pitch = (self.width() - 2 * margin) / SEGMENTS
        height = self.height() - 2 * theme.px(10)
        for i in range(SEGMENTS):
            box = QRectF(margin + i * pitch, (self.height() - height) / 2, pitch - 2, height)
            on = i < self._lit or i == self._peak
            filled(painter, box, 1.5, _tone(i) if on else QColor(tokens.pressed))


def segment_of(dbfs: float) -> int:
    """Return how many segments a level lights."""
    if not dbfs > LOWEST_DBFS:
        return 0
    return min(SEGMENTS, max(0, math.ceil((min(dbfs, 0.0) - LOWEST_DBFS) / _STEP_DB)))


def _tone(segment: int) -> QColor:
    tokens = theme.current()
    top = LOWEST_DBFS + (segment + 1) * _STEP_DB
    if top > _CLIP_DBFS:
        return QColor(tokens.error)
    return QColor(tokens.warning if top > _WARN_DBFS else tokens.good)
