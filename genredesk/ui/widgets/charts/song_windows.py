"""A song as its windows: the spectrogram of all of it, and under it what each window was called.

A window is chosen with the mouse or the arrows and can be played; the wrong ones stand out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip

from genredesk.core.genres import genre_word
from genredesk.core.shares import sureness
from genredesk.ui.look import theme
from genredesk.ui.widgets.base import Sized, Themed, clock, elided, filled, focus_ring, smooth
from genredesk.ui.widgets.spectrogram import colour_maps

Piece = tuple[float, float, str, float]
"""Start and end in seconds, what it was called, how surely."""


class SongWindows(Sized, Themed):
    """One song's picture and answers.

    Signals
    -------
    chosen(int)
        Another window is chosen.
    play(int)
        The person wants to hear this window.
    """

    wanted = (460, 200)
    least = (220, 130)

    chosen = Signal(int)
    play = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._truth: tuple[str, ...] = ()
        self._pieces: list[Piece] = []
        self._seconds = 1.0
        self._picture: QImage | None = None
        self._chosen = -1
        self._position = -1.0
        self._words = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Windows of the song"))

    def set_song(self, truth: str, pieces: Sequence[Piece], also: Sequence[str] = ()) -> None:
        """Show a song's windows; its picture comes later.

        ``also`` are the other words of a song that has several.
        """
        self._truth, self._pieces = (truth, *also), list(pieces)
        self._seconds = max((p[1] for p in self._pieces), default=1.0)
        self._picture, self._chosen, self._position = None, -1, -1.0
        self._words = self.tr("drawing the spectrogram …") if self._pieces else ""
        wrong = [i for i, p in enumerate(self._pieces) if p[2] not in self._truth]
        if wrong:
            self.choose(max(wrong, key=lambda i: self._pieces[i][3]))
        self.update()

    def set_problem(self, text: str) -> None:
        """Say why there is no picture."""
        self._words = text
        self.update()

    def set_picture(self, columns: NDArray[np.floating], seconds: float) -> None:
        """Show a spectrogram: dB ``(bands, n)``, lowest band first, over ``seconds``."""
        self._picture = picture_of(columns)
        self._seconds = max(seconds, self._pieces[-1][1] if self._pieces else 0.0)
        self.update()

    def has_picture(self) -> bool:
        """Whether the spectrogram is drawn."""
        return self._picture is not None

    def set_position(self, seconds: float) -> None:
        """Show what is heard now; negative for nothing."""
        if seconds != self._position:
            self._position = seconds
            self.update()

    def choose(self, index: int) -> None:
        """Choose a window."""
        if 0 <= index < len(self._pieces) and index != self._chosen:
            self._chosen = index
            self.setAccessibleDescription(self.sentence(index))
            self.update()
            self.chosen.emit(index)

    def current(self) -> int:
        """Return the chosen window, -1 for none."""
        return self._chosen

    def sentence(self, index: int) -> str:
        """Return what a window was called."""
        start, end, answer, score = self._pieces[index]
        words = self.tr("{0}–{1}: called {2} ({3}), it is {4}")
        if answer in self._truth:
            words = self.tr("{0}–{1}: called {2} ({3}), correct")
        name = genre_word(answer)
        own = ", ".join(map(genre_word, self._truth))
        return words.format(clock(start), clock(end), name, sureness(score), own)

    # ------------------------------------------------------------ painting

    def _rows(self) -> tuple[QRectF, QRectF]:
        """Return where the picture and the answers are."""
        high = theme.px(26)
        foot = theme.px(18)
        rect = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        picture = QRectF(rect.left(), rect.top(), rect.width(), rect.height() - high - foot - 6)
        answers = QRectF(rect.left(), picture.bottom() + 6, rect.width(), high)
        return picture, answers

    def _x(self, seconds: float) -> float:
        return 2 + seconds / self._seconds * (self.width() - 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        picture, answers = self._rows()
        filled(painter, picture, 4, tokens.control)
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(picture, self._picture)
        elif self._words:
            painter.setFont(theme.font(13))
            painter.setPen(QColor(tokens.quiet))
            painter.drawText(picture, Qt.AlignmentFlag.AlignCenter, self._words)
        self._draw_answers(painter, answers)
        self._draw_chosen(painter, picture, answers)
        painter.setFont(theme.font(11))
        painter.setPen(QColor(tokens.quiet))
        foot = QRectF(2, answers.bottom() + 2, self.width() - 4, theme.px(16))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, "0:00")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, clock(self._seconds))
        if self._position >= 0:
            x = self._x(self._position)
            painter.setPen(QPen(QColor("#FFFFFF"), 1.5))
            painter.drawLine(QPointF(x, picture.top()), QPointF(x, picture.bottom()))
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), 6)

    def _spans(self) -> list[tuple[float, float]]:
        """Where each window is the newest answer: windows overlap, their answers must not."""
        starts = [p[0] for p in self._pieces]
        ends = [*starts[1:], self._pieces[-1][1]] if self._pieces else []
        return list(zip(starts, ends, strict=True))

    def _draw_answers(self, painter: QPainter, row: QRectF) -> None:
        tokens = theme.current()
        font = theme.font(11)
        painter.setFont(font)
        for (start, end), (_s, _e, answer, _score) in zip(self._spans(), self._pieces, strict=True):
            left, right = self._x(start), self._x(end)
            box = QRectF(left + 0.5, row.top(), max(1.0, right - left - 1), row.height())
            right_answer = answer in self._truth
            colour = theme.genre_colour(answer)
            tone = colour if not right_answer else theme.blend(colour, tokens.card, 0.35)
            painter.fillRect(box, tone)
            name = genre_word(answer)
            if not right_answer and box.width() > theme.px(38):
                dark = theme.contrast("#101317", tone) >= theme.contrast("#FFFFFF", tone)
                painter.setPen(QColor("#101317" if dark else "#FFFFFF"))
                words = elided(font, name, box.width() - 4)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_chosen(self, painter: QPainter, picture: QRectF, answers: QRectF) -> None:
        if not 0 <= self._chosen < len(self._pieces):
            return
        start, end, _answer, _score = self._pieces[self._chosen]
        left, right = self._x(start), self._x(end)
        box = QRectF(left, picture.top(), right - left, picture.height())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#101317"), 4))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QPen(QColor("#FFFFFF"), 2))
        painter.drawRoundedRect(box, 3, 3)
        span = self._spans()[self._chosen]
        mark = QRectF(
            self._x(span[0]), answers.bottom() - 3, self._x(span[1]) - self._x(span[0]), 3
        )
        painter.fillRect(mark, QColor(theme.current().text))

    # ------------------------------------------------------------ mouse and keys

    def _at(self, x: float) -> int:
        seconds = (x - 2) / max(1, self.width() - 4) * self._seconds
        spans = self._spans()
        return next((i for i, (a, b) in enumerate(spans) if a <= seconds < b), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the window under the pointer was called."""
        i = self._at(event.position().x())
        text = self.sentence(i) if i >= 0 else ""
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a window."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self._at(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Play the window under the pointer."""
        i = self._at(event.position().x())
        if i >= 0:
            self.choose(i)
            self.play.emit(i)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose, Return and Space play."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.choose(self._chosen + (1 if key == Qt.Key.Key_Right else -1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._chosen >= 0:
            self.play.emit(self._chosen)
        else:
            super().keyPressEvent(event)


def picture_of(columns: NDArray[np.floating]) -> QImage:
    """Return dB columns ``(bands, n)``, lowest band first, as a picture, highest band on top."""
    top = float(columns.max()) if columns.size else 0.0
    place = np.clip((columns[::-1] - (top - 80.0)) * (255.0 / 80.0), 0, 255).astype(np.uint8)
    words = np.ascontiguousarray(colour_maps.words("magma")[place])
    high, wide = words.shape
    image = QImage(words.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
    return image.copy()
