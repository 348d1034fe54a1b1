"""The genres of a whole track as a coloured ribbon: where is what, and click to hear it.

The ribbon fills while the track is being analysed. It is painted once into a picture; a moving
playhead only repaints the few pixels it left and entered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip

from genredesk.core import messages
from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_word
from genredesk.core.scores import Scores
from genredesk.core.shares import sureness
from genredesk.inference.stretches import Stretch
from genredesk.ui.look import strengths, theme
from genredesk.ui.widgets.base import Sized, clock, focus_ring
from genredesk.ui.widgets.charts.ribbon_segments import Judged, Segment, judge

_STEP_S, _PAGE_S = 5.0, 30.0
_FILL_MS = 60
_LEAST_WORD = 16  # logical pixels; two letters need more
_MARGIN = 4  # room for playhead and focus ring, logical pixels


@dataclass(frozen=True, slots=True)
class _Hover:
    """Where the pointer is."""

    x: float
    seconds: float


class GenreRibbon(Sized, QAbstractSlider):
    """A seek bar that shows what genre is where.

    Signals
    -------
    seek(float)
        The person asked for this position, in seconds.
    """

    wanted = (480, 34)
    least = (160, 34)

    seek = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setAccessibleName(self.tr("Genres along the track"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._duration = 0.0
        self._position = 0.0
        self._scores: list[Scores] = []
        self._judged: Judged | None = None
        self._picture: QPixmap | None = None
        self._hover: _Hover | None = None
        self._dragging = False
        self._fill = QTimer(self)  # windows arrive faster than anyone can see them
        self._fill.setSingleShot(True)
        self._fill.setInterval(_FILL_MS)
        self._fill.timeout.connect(self._forget)

    # ------------------------------------------------------------ data

    def set_duration(self, seconds: float | None) -> None:
        """Set the length of the track; ``None`` or 0 while it is not known."""
        self._duration = max(0.0, seconds or 0.0)
        self.setRange(0, round(self._duration))
        self._forget()

    def set_scores(self, scores: Iterable[Scores]) -> None:
        """Show these windows instead of what was shown."""
        self._scores = sorted(scores, key=lambda s: s.start)
        self._forget()

    def add_scores(self, scores: Iterable[Scores] | Scores) -> None:
        """Add windows that were just analysed."""
        more = [scores] if isinstance(scores, Scores) else list(scores)
        if not more:
            return
        ordered = not self._scores or more[0].start >= self._scores[-1].start
        self._scores.extend(more)
        if not ordered:
            self._scores.sort(key=lambda s: s.start)
        self._judged = None
        if not self._fill.isActive():
            self._fill.start()

    def clear(self) -> None:
        """Forget the track."""
        self._scores = []
        self._position = 0.0
        self.set_duration(0.0)

    def duration(self) -> float:
        """Return the length of the track in seconds."""
        return self._duration

    def position(self) -> float:
        """Return where the playhead is, in seconds."""
        return self._position

    def segments(self) -> list[Segment | Stretch]:
        """Return the stretches of one genre, in order."""
        return self._judgement().segments()

    def _judgement(self) -> Judged:
        if self._judged is None:
            self._judged = judge(self._scores, self._duration)
        return self._judged

    def set_position(self, seconds: float) -> None:
        """Move the playhead; repaints only when it moves by a device pixel."""
        if self._dragging:
            return
        seconds = min(max(0.0, seconds), self._duration) if self._duration else 0.0
        ratio = self.devicePixelRatioF()
        old, new = self.x_of(self._position), self.x_of(seconds)
        self._position = seconds
        if self.value() != round(seconds):
            self.setValue(round(seconds))
            text = self.tr("{0} of {1}").format(clock(seconds), clock(self._duration))
            self.setAccessibleDescription(text)
        if round(old * ratio) != round(new * ratio):
            for x in (old, new):
                self.update(QRect(int(x) - 5, 0, 11, self.height()))

    # ------------------------------------------------------------ geometry

    def _bar(self) -> QRectF:
        high = theme.px(20)
        return QRectF(_MARGIN, (self.height() - high) / 2, max(1, self.width() - 2 * _MARGIN), high)

    def x_of(self, seconds: float) -> float:
        """Return where a time is, in logical pixels."""
        bar = self._bar()
        return bar.left() + bar.width() * (seconds / self._duration if self._duration else 0.0)

    def seconds_at(self, x: float) -> float:
        """Return which time is at ``x``, within the track."""
        bar = self._bar()
        return self._duration * min(1.0, max(0.0, (x - bar.left()) / bar.width()))

    def text_at(self, seconds: float) -> str:
        """Return what a pointer at ``seconds`` is told: ``1:23 Jazz 82 %``."""
        found = self._judgement().at(seconds)
        if found is None:
            words = self.tr("not analyzed yet") if self._duration else ""
        else:
            state, named, shares = found
            words = strengths.word(state, named) + (f" {sureness(*shares)}" if named else "")
        return f"{clock(seconds)} {words}".strip()

    # ------------------------------------------------------------ input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there; dragging goes on."""
        if event.button() == Qt.MouseButton.LeftButton and self._duration:
            self._dragging = True
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the pointer; drag the playhead when the button is down."""
        x = event.position().x()
        if self._dragging:
            self._drag_to(x)
        if self._duration:
            self._hover = _Hover(x, self.seconds_at(x))
            QToolTip.showText(
                event.globalPosition().toPoint(), self.text_at(self._hover.seconds), self
            )
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Seek to where the playhead was dropped."""
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._drag_to(event.position().x())
            self._dragging = False
            self.seek.emit(self._position)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows by 5 s, page keys by 30 s, home and end."""
        steps = {
            Qt.Key.Key_Left: -_STEP_S,
            Qt.Key.Key_Right: _STEP_S,
            Qt.Key.Key_PageUp: -_PAGE_S,
            Qt.Key.Key_PageDown: _PAGE_S,
            Qt.Key.Key_Home: -self._duration,
            Qt.Key.Key_End: self._duration,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._duration:
            event.ignore()
            return
        target = min(self._duration, max(0.0, self._position + step))
        self.set_position(target)
        self.seek.emit(target)

    def _drag_to(self, x: float) -> None:
        dragging, self._dragging = self._dragging, False
        self.set_position(self.seconds_at(x))
        self._dragging = dragging

    # ------------------------------------------------------------ painting

    def _forget(self) -> None:
        self._judged, self._picture = None, None
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._picture = None
            self.update()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = self._paint_picture(ratio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        tokens = theme.current()
        bar = self._bar()
        if self._hover is not None and not self._dragging:
            painter.fillRect(
                QRectF(self._hover.x - 0.5, bar.top(), 1, bar.height()),
                theme.colour(tokens.text, 0.6),
            )
        if self._duration:
            head = QRectF(self.x_of(self._position) - 1.5, bar.top() - 5, 3, bar.height() + 10)
            painter.setPen(QPen(QColor(tokens.card), 2))
            painter.setBrush(QColor(tokens.text))
            painter.drawRoundedRect(head.adjusted(-1, -1, 1, 1), 2.5, 2.5)
        if self.hasFocus():
            focus_ring(painter, bar.adjusted(-4, -4, 4, 4), 8)

    def _paint_picture(self, ratio: float) -> QPixmap:
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = self._bar()
        path = QPainterPath()
        path.addRoundedRect(bar, 4, 4)
        painter.setClipPath(path)
        painter.fillRect(bar, QColor(theme.current().control))
        for segment in self.segments():
            left = self.x_of(segment.start)
            right = self.x_of(segment.end)
            box = QRectF(left, bar.top(), max(1.0, right - left - 1), bar.height())
            paint_segment(painter, box, segment.state, segment.named)
        painter.end()
        return picture


def paint_segment(painter: QPainter, box: QRectF, state: Strength, named: tuple[str, ...]) -> None:
    """Paint one stretch and write into it as much of its word as there is room for."""
    strengths.paint_bar(painter, box, state, named)
    if not named or box.width() < _LEAST_WORD:
        return
    font = theme.font(11, bold=state is Strength.SURE)
    for text, wide in _words(state, named, messages.language(), font.key()):
        if wide + 10 <= box.width():
            painter.setFont(font)
            painter.setPen(strengths.ink_inside(state, named[0]))
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(box.adjusted(5, 0, 0, 0), side, text)
            break


@lru_cache(maxsize=512)
def _words(
    state: Strength, named: tuple[str, ...], _language: str, font: str
) -> tuple[tuple[str, float], ...]:
    """Return what may be written into a stretch, the longest first, and how wide it is."""
    made = QFont()
    made.fromString(font)
    metrics = QFontMetricsF(made)
    names = "/".join(genre_word(label) for label in named)
    # One letter would be Reggae's and Rock's.
    texts = (strengths.word(state, named), names, names[:2] * (len(named) == 1))
    return tuple((text, metrics.horizontalAdvance(text)) for text in texts if text)
