"""The map: a point for every track, coloured and shaped by genre; zoom, lasso, click to hear."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsPathItem, QToolTip

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_word
from genredesk.library.row_state import ANSWERS, Answer
from genredesk.ui.library.map.map_data import MapPoints, Maps
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.text import thousands, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import Themed, smooth
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Button, IconButton, ProgressStrip
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, plain_label

DRAWN = 16_000
"""More points than that are not drawn at once: they would only cover each other."""
SHAPES = ("o", "s", "t1", "d", "t", "p", "t2", "h", "star", "t3", "x", "+")
NEAR_PX = 9.0
_CORNERS = 96


class _Field(pg.ViewBox):
    """Pans and zooms; with the lasso a drag draws a loop."""

    looped = Signal(object)

    def __init__(self) -> None:
        super().__init__(lockAspect=True, enableMenu=False)
        self.lasso = False
        self._points: list[QPointF] = []
        self._loop = QGraphicsPathItem()
        self._loop.setZValue(100)
        self.addItem(self._loop, ignoreBounds=True)

    def mouseDragEvent(self, ev, axis=None) -> None:  # type: ignore[no-untyped-def]
        """Draw a loop, or move the map."""
        shift = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if ev.button() != Qt.MouseButton.LeftButton or not (self.lasso or shift or self._points):
            super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        if ev.isStart():
            self._points = [self.mapToView(ev.buttonDownPos())]
        self._points.append(self.mapToView(ev.pos()))
        path = QPainterPath()
        path.addPolygon(QPolygonF(self._points))
        path.closeSubpath()
        pen = QPen(QColor(theme.current().accent), 2)
        pen.setCosmetic(True)
        self._loop.setPen(pen)
        self._loop.setBrush(theme.colour(theme.current().accent, 0.12))
        self._loop.setPath(path)
        if ev.isFinish():
            points = np.array([(p.x(), p.y()) for p in self._points])
            step = max(1, len(points) // _CORNERS)
            self._points = []
            self._loop.setPath(QPainterPath())
            self.looped.emit(points[::step])


class Legend(Themed):
    """Shapes, colours and names of the genres, with their counts."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[str, str, int]] = []
        self.setAccessibleName(self.tr("Legend"))

    def set_lines(self, lines: list[tuple[str, str, int]]) -> None:
        """Show shape, label and count of each genre."""
        self._lines = lines
        words = [f"{genre_word(label)} {n}" for _, label, n in lines if label]
        self.setAccessibleDescription(", ".join(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(140), theme.px(24) * max(1, len(self._lines)) + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        high = theme.px(24)
        whole = int(self.height() / high)
        for n, (shape, label, count) in enumerate(self._lines[:whole]):
            line = QRectF(0, n * high, self.width(), high)
            painter.save()
            painter.translate(theme.px(10), line.center().y())
            painter.scale(theme.px(11), theme.px(11))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.genre_colour(label or None))
            painter.drawPath(_symbol(shape))
            painter.restore()
            painter.setFont(theme.font(13))
            painter.setPen(QColor(tokens.text))
            name = genre_word(label) if label else self.tr("Not analyzed")
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line.adjusted(theme.px(24), 0, 0, 0), middle, name)
            painter.setFont(theme.font(11))
            painter.setPen(QColor(tokens.quiet))
            right = middle | Qt.AlignmentFlag.AlignRight
            painter.drawText(line.adjusted(0, 0, -2, 0), right, thousands(count))


def _symbol(shape: str) -> QPainterPath:
    from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols  # noqa: PLC0415

    return Symbols[shape]


def _filled_as(answer: Answer, label: str, card: QColor) -> tuple[QColor | None, QPen]:
    """Return fill and outline of a point, as sure as everywhere: solid, pale or empty."""
    tone = theme.genre_colour(label or None)
    match answer.strength:
        case Strength.PROBABLE:
            return strengths.pale(label), pg.mkPen(tone, width=1.5)
        case Strength.BETWEEN:
            return strengths.pale(label), pg.mkPen(tone, width=1.5, style=Qt.PenStyle.DotLine)
        case Strength.OPEN:
            return None, pg.mkPen(theme.genre_colour(None), width=1.5)
        case Strength.SILENCE:
            return None, pg.mkPen(theme.genre_colour(None), width=1)
    return tone, pg.mkPen(card, width=1)


class MapView(Card):
    """The map with its legend and what can be done with it.

    Signals
    -------
    picked(int)
        A point was clicked: play it.
    chosen(object)
        Files inside the loop.
    table_asked(object)
        Show these files in the table.
    hovered(int)
        The pointer rests on this file; answer with :meth:`show_tip`.
    """

    picked = Signal(int)
    chosen = Signal(object)
    table_asked = Signal(object)
    hovered = Signal(int)

    def __init__(self, maps: Maps) -> None:
        super().__init__(margin=2 * GRID)
        self._places: MapPoints | None = None
        self._shown: NDArray[np.intp] = np.empty(0, np.intp)
        self.selected: NDArray[np.int64] = np.empty(0, np.int64)
        self._at = -1
        self._size = theme.px(9)
        self.words = Elided("quiet")
        self.lasso = IconButton("lasso", self.tr("Lasso: draw a loop around tracks"), size=18)
        self.lasso.setCheckable(True)
        self.whole = IconButton("fullscreen", self.tr("Show the whole map"), size=18)
        self.again = IconButton("refresh", self.tr("Redraw the map"), size=18)
        self.to_table = Button(self.tr("Show in the table"), icon="table")
        self.to_table.hide()
        self.progress = ProgressStrip()
        self.progress.setMaximumWidth(theme.px(300))
        self.progress.hide()
        self.field = _Field()
        self.plot = pg.PlotWidget(viewBox=self.field)
        self.plot.setAccessibleName(self.tr("Map of the tracks"))
        self.plot.setMouseTracking(True)
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        self.plot.hideButtons()
        self.legend = Legend()
        self.fills = plain_label(
            self.tr("Solid: sure\nPale: probable\nDotted: between two\nEmpty: can't tell"), "quiet"
        )
        self._items: list[pg.ScatterPlotItem] = []
        self._ring = pg.ScatterPlotItem(pxMode=True)
        self._ring.setZValue(50)
        self.plot.addItem(self._ring)
        self._lay_out()
        scene = cast("Any", self.plot.scene())  # pyqtgraph's own
        scene.sigMouseMoved.connect(self._moved)
        scene.sigMouseClicked.connect(self._clicked)
        self.field.looped.connect(maps.lasso)
        self.field.sigRangeChanged.connect(lambda *_: self._later())
        self.lasso.toggled.connect(lambda on: setattr(self.field, "lasso", on))
        self.whole.clicked.connect(self.show_whole)
        self.again.clicked.connect(maps.draw)
        self.progress.cancelled.connect(maps.stop)
        self.to_table.clicked.connect(lambda: self.table_asked.emit(self.selected))
        maps.placed.connect(self.show_places)
        maps.working.connect(self._show_work)
        maps.lassoed.connect(self.select)
        self.retheme()

    def _lay_out(self) -> None:
        self.body.add(
            HBox((self.words, 1), self.to_table, self.lasso, self.whole, self.again, gap=GRID),
            self.progress,
            (HBox((self.plot, 1), VBox(self.legend, GRID, self.fills, STRETCH)), 1),
        )
        from PySide6.QtCore import QTimer  # noqa: PLC0415

        self._timer = QTimer(self, singleShot=True, interval=90)
        self._timer.timeout.connect(self._thin)
        self._rest = QTimer(self, singleShot=True, interval=120)
        self._rest.timeout.connect(self._rested)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_items"):
            self.retheme()

    def retheme(self) -> None:
        """Take over the tones."""
        if not hasattr(self, "plot"):
            return
        self.plot.setBackground(QColor(theme.current().card))
        self._draw()

    # ------------------------------------------------------------ points

    def show_places(self, places: MapPoints) -> None:
        """Show these points; the part of the map in view stays when only places moved."""
        first = self._places is None or len(self._places.xy) != len(places.xy)
        self._places = places
        if first or places.better:
            self.show_whole()
        self._thin()
        n = len(places.file_ids)
        how = self.tr("by t-SNE") if places.better else self.tr("by principal components")
        if not n:
            self.words.set_text(self.tr("Nothing was analyzed yet"))
        else:
            text = tr("%Ln track(s), {0}, as {1} hears them", "", n)
            self.words.set_text(text.format(how, places.network))
        counts = np.bincount(places.codes, minlength=len(places.labels)).tolist()
        self.legend.set_lines(
            [
                (SHAPES[i % len(SHAPES)], label, counts[i])
                for i, label in enumerate(places.labels[:16])
                if counts[i]
            ]
        )

    def show_whole(self) -> None:
        """Show all of the map."""
        self.field.setRange(QRectF(-1.08, -1.08, 2.16, 2.16), padding=0)

    def _later(self) -> None:
        places = self._places
        if places is not None and len(places.xy) > DRAWN:
            self._timer.start()

    def _thin(self) -> None:
        """Choose the points to draw: all, or an even share of those in view."""
        places = self._places
        if places is None:
            return
        rows = np.arange(len(places.xy))
        if len(rows) > DRAWN:
            (left, right), (low, high) = self.field.viewRange()
            x, y = places.xy[:, 0], places.xy[:, 1]
            rows = np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))
            if len(rows) > DRAWN:
                mixed = (rows * np.int64(2654435761)) % np.int64(1 << 32)
                rows = rows[np.argpartition(mixed, DRAWN)[:DRAWN]]
        self._shown = rows
        self._draw()

    def _draw(self) -> None:
        for item in self._items:
            self.plot.removeItem(item)
        self._items = []
        places = self._places
        if places is None:
            return
        n = len(self._shown)
        size = theme.px(12 if n < 400 else 9 if n < 3000 else 7 if n < 9000 else 5)
        card = QColor(theme.current().card)
        for code in reversed(range(len(places.labels))):
            mine = self._shown[places.codes[self._shown] == code]
            label = places.labels[code]
            for answer in np.unique(places.answers[mine]).tolist():
                rows = mine[places.answers[mine] == answer]
                brush, pen = _filled_as(ANSWERS[answer], label, card)
                item = pg.ScatterPlotItem(
                    x=places.xy[rows, 0], y=places.xy[rows, 1], pxMode=True, size=size,
                    symbol=SHAPES[code % len(SHAPES)], brush=brush, pen=pen,
                )  # fmt: skip
                self._items.append(item)
                self.plot.addItem(item)
        self._size = size
        self._draw_ring()

    def _draw_ring(self) -> None:
        places = self._places
        if places is None or not len(self.selected):
            self._ring.setData(x=[], y=[])
            return
        rows = self._shown[np.isin(places.file_ids[self._shown], self.selected)]
        pen = pg.mkPen(QColor(theme.current().text), width=1.6)
        self._ring.setData(
            x=places.xy[rows, 0], y=places.xy[rows, 1], symbol="o", size=self._size + theme.px(5),
            brush=None, pen=pen,
        )  # fmt: skip

    def select(self, file_ids: NDArray[np.int64]) -> None:
        """Ring these tracks."""
        self.selected = file_ids
        n = len(file_ids)
        self.to_table.setVisible(n > 0)
        if n:
            self.to_table.setText(tr("Show %Ln track(s) in the table", "", n))
        self._draw_ring()
        self.chosen.emit(file_ids)

    # ------------------------------------------------------------ the pointer

    def _near(self, at: QPointF) -> int:
        """Return the file under a point of the scene, -1 for none."""
        places = self._places
        if places is None or not len(self._shown):
            return -1
        here = self.field.mapSceneToView(at)
        width, height = self.field.viewPixelSize()
        xy = places.xy[self._shown]
        far = np.hypot((xy[:, 0] - here.x()) / width, (xy[:, 1] - here.y()) / height)
        best = int(np.argmin(far))
        return int(places.file_ids[self._shown[best]]) if far[best] <= NEAR_PX else -1

    def _moved(self, at: QPointF) -> None:
        self._pointer = at
        self._rest.start()

    def _rested(self) -> None:
        file_id = self._near(self._pointer)
        if file_id != self._at:
            self._at = file_id
            if file_id < 0:
                QToolTip.hideText()
            else:
                self.hovered.emit(file_id)

    def show_tip(self, file_id: int, text: str) -> None:
        """Say what is under the pointer, if it is still there."""
        if file_id == self._at and self.isVisible():
            at = self.plot.mapToGlobal(self.plot.mapFromScene(self._pointer))
            QToolTip.showText(at, text, self.plot)

    def _clicked(self, event) -> None:  # type: ignore[no-untyped-def]
        file_id = self._near(event.scenePos())
        if file_id >= 0:
            self.picked.emit(file_id)

    def _show_work(self, text: str, share: float | None) -> None:
        self.progress.setVisible(bool(text))
        if text:
            self.progress.set_progress(text, share)
