"""The confusion matrix: rows are what is true, columns what was said; cells can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip

from genredesk.core.genres import genre_word
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.base import Themed, elided, filled, focus_ring, smooth, text_width

_WIDEST_NAME = 90
_WIDEST_CELL, _WIDEST_SMALL = 64, 40
_WIDEST_ALL = 370
"""All cells together, so that the whole square is seen at once."""
MOST_LABELS = 100
"""More are not drawn: their cells would be smaller than a pointer can meet."""


class ConfusionMatrix(Themed):
    """A square of cells, darker the larger a row's share in it.

    Signals
    -------
    chosen(str, str)
        A cell was chosen: what is true, what was said.
    """

    chosen = Signal(str, str)

    def __init__(self, *, small: bool = False) -> None:
        super().__init__()
        self._small = small
        self._labels: list[str] = []
        self._table: list[list[int]] = []
        self._too_many = 0
        self._together = False
        self._cell: tuple[int, int] | None = None
        self._over: tuple[int, int] | None = None
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        if not small:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._describe()

    def sizeHint(self) -> QSize:
        """Room for the names and a square."""
        return QSize(theme.px(260), theme.px(220)) if self._small else QSize(520, 440)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(180), theme.px(150))

    def set_table(
        self, labels: Sequence[str], table: Sequence[Sequence[int]], *, together: bool = False
    ) -> None:
        """Show counts ``(classes, classes)``; of more than :data:`MOST_LABELS` only say so.

        With ``together`` a song may have several of the words, and none of the cells is a mistake.
        """
        self._together = together
        self._too_many = len(labels) if len(labels) > MOST_LABELS else 0
        if self._too_many:
            labels, table = [], []
        if list(labels) != self._labels:
            self._cell = None
        self._labels = list(labels)
        self._table = [list(map(int, row)) for row in table]
        self._describe()
        self.update()

    def is_drawn(self) -> bool:
        """Whether there are cells to choose."""
        return bool(self._labels)

    def cell(self) -> tuple[str, str] | None:
        """Return the chosen cell: what is true, what was said."""
        if self._cell is None:
            return None
        return self._labels[self._cell[0]], self._labels[self._cell[1]]

    def choose(self, truth: str, answer: str) -> None:
        """Choose a cell."""
        if truth in self._labels and answer in self._labels:
            self._choose(self._labels.index(truth), self._labels.index(answer))

    def forget(self) -> None:
        """Choose no cell: other songs are shown than one has."""
        self._cell = None
        self._describe()
        self.update()

    def _choose(self, row: int, column: int) -> None:
        self._cell = (row, column)
        self._describe()
        self.update()
        self.chosen.emit(self._labels[row], self._labels[column])

    def _sentence_instead(self) -> str:
        return tr(
            "%Ln genre(s) are too many to draw. The list names the songs.", "", self._too_many
        )

    def _describe(self) -> None:
        if self._too_many:
            self.setAccessibleDescription(self._sentence_instead())
            return
        n = sum(map(sum, self._table))
        right = sum(row[i] for i, row in enumerate(self._table))
        text = tr("{0} of %Ln song(s) correct", "", n).format(right)
        if self._together:
            text = tr("Words that songs have, and words they are surely called")
        if self._cell is not None:
            text = f"{self.sentence(*self._cell)}. {text}"
        self.setAccessibleDescription(text)

    def sentence(self, row: int, column: int) -> str:
        """Return what a cell says."""
        count, n = self._table[row][column], sum(self._table[row])
        true, said = (genre_word(self._labels[i]) for i in (row, column))
        if self._together:
            text = tr("%Ln song(s) with {0} are surely called {1}", "", count)
            return text.format(true, said)
        if row == column:
            return tr("{0} of %Ln {1} song(s) were correct", "", n).format(count, true)
        return tr("{0} of %Ln {1} song(s) were called {2}", "", n).format(count, true, said)

    # ------------------------------------------------------------ geometry

    def _square(self) -> tuple[QRectF, float]:
        """Return where the cells are, and how wide one is."""
        n = max(1, len(self._labels))
        left, top = self._margins()
        right, foot = 4.0, float(theme.px(18))
        wide = min((self.width() - left - right) / n, (self.height() - top - foot) / n)
        wide = max(4.0, min(wide, self._widest()))
        spare = self.width() - left - right - wide * n
        shift = max(0.0, min(spare, (spare - left) / 2))
        return QRectF(left + shift, top, wide * n, wide * n), wide

    def _widest(self) -> float:
        """How wide a cell may be."""
        if self._small:
            return theme.px(_WIDEST_SMALL)
        return theme.px(max(18, min(_WIDEST_CELL, _WIDEST_ALL / max(1, len(self._labels)))))

    def _margins(self) -> tuple[float, float]:
        font = theme.font(11)
        widest = max((text_width(font, genre_word(x)) for x in self._labels), default=0)
        names = min(widest, theme.px(_WIDEST_NAME)) + theme.px(12)
        return names + theme.px(16), names if self._steep() else float(theme.px(22))

    def _steep(self) -> bool:
        """Whether the names above the columns have to stand upright."""
        n = max(1, len(self._labels))
        font = theme.font(11)
        widest = max((text_width(font, genre_word(x)) for x in self._labels), default=0)
        names = min(widest, theme.px(_WIDEST_NAME)) + theme.px(28)
        room = min(
            (self.width() - names) / n,
            (self.height() - theme.px(40)) / n,
            self._widest(),
        )  # as wide as a cell can be
        return widest + 6 > room

    def _at(self, place: QPointF) -> tuple[int, int] | None:
        square, wide = self._square()
        if not self._labels or not square.contains(place):
            return None
        n = len(self._labels)
        row = min(n - 1, int((place.y() - square.top()) / wide))
        return row, min(n - 1, int((place.x() - square.left()) / wide))

    # ------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        if self._too_many:
            painter.setFont(theme.font(13))
            painter.setPen(QColor(theme.current().quiet))
            centre = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect(), centre, self._sentence_instead())
        if not self._labels:
            return
        square, wide = self._square()
        self._draw_names(painter, square, wide)
        for i, row in enumerate(self._table):
            for j, count in enumerate(row):
                box = QRectF(square.left() + j * wide, square.top() + i * wide, wide, wide)
                self._draw_cell(painter, box.adjusted(0.5, 0.5, -0.5, -0.5), (i, j), count)
        if self._cell is not None:
            i, j = self._cell
            box = QRectF(square.left() + j * wide, square.top() + i * wide, wide, wide)
            focus_ring(painter, box, 4)
        elif self.hasFocus():
            focus_ring(painter, square, 4)

    def _draw_cell(
        self, painter: QPainter, box: QRectF, place: tuple[int, int], count: int
    ) -> None:
        tokens = theme.current()
        n = max(1, sum(self._table[place[0]]))
        share = count / n
        right = place[0] == place[1] or self._together
        tone = tokens.accent if right else tokens.error
        strength = 0.0 if not count else 0.18 + 0.72 * share
        plate = theme.blend(tone, tokens.control, strength)
        if self._over == place:
            plate = theme.blend(tokens.text, plate, 0.1)
        filled(painter, box, 3, plate)
        if count and box.width() >= theme.px(13):
            size = 13 if box.width() >= theme.px(26) else 11
            painter.setFont(theme.font(size, bold=place[0] == place[1]))
            dark, light = QColor("#101317"), QColor("#FFFFFF")
            better = theme.contrast(light, plate) >= theme.contrast(dark, plate)
            painter.setPen(light if better else dark)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))

    def _draw_names(self, painter: QPainter, square: QRectF, wide: float) -> None:
        tokens = theme.current()
        font = theme.font(11)
        painter.setFont(font)
        room = theme.px(_WIDEST_NAME)
        steep = self._steep()
        for i, label in enumerate(self._labels):
            name = elided(font, genre_word(label), room)
            here = self._cell is not None and i in self._cell
            painter.setPen(QColor(tokens.text if here else tokens.quiet))
            row = QRectF(0, square.top() + i * wide, square.left() - theme.px(6), wide)
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(row, side, name)
            middle = square.left() + (i + 0.5) * wide
            if steep:
                painter.save()
                painter.translate(middle, square.top() - 5)
                painter.rotate(-90)
                tall = QRectF(0, -wide / 2, room, wide)
                left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
                painter.drawText(tall, left, name)
                painter.restore()
            else:
                box = QRectF(middle - wide / 2, square.top() - theme.px(24), wide, theme.px(20))
                foot = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
                painter.drawText(box, foot, name)
        painter.setPen(QColor(tokens.quiet))
        foot = QRectF(square.left(), square.bottom() + 2, square.width(), theme.px(16))
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, self.tr("said"))
        painter.save()
        painter.translate(square.left() - self._margins()[0] + theme.px(8), square.center().y())
        painter.rotate(-90)
        side_box = QRectF(-square.height() / 2, -theme.px(8), square.height(), theme.px(16))
        painter.drawText(side_box, Qt.AlignmentFlag.AlignCenter, self.tr("true"))
        painter.restore()

    # ------------------------------------------------------------ mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the cell under the pointer means."""
        over = self._at(event.position())
        if over != self._over:
            self._over = over
            self.update()
        text = self.sentence(*over) if over is not None else ""
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._over = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell."""
        place = self._at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton and not self._small:
            self._choose(*place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from cell to cell."""
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or not self._labels:
            super().keyPressEvent(event)
            return
        row, column = self._cell or (0, 0)
        last = len(self._labels) - 1
        if self._cell is not None:
            row, column = row + move[0], column + move[1]
        self._choose(min(last, max(0, row)), min(last, max(0, column)))
