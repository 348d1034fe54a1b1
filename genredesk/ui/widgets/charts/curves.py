"""The curves of a training: loss, accuracy of windows and songs, learning rate; the best epoch.

pyqtgraph is imported when the first curve is shown, not before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from genredesk.core.shares import percent
from genredesk.training.fit.epoch import EpochReport
from genredesk.ui.look import theme
from genredesk.ui.look.text import pointed, significant
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import Look
from genredesk.ui.widgets.controls import Dot
from genredesk.ui.widgets.flow import Flow
from genredesk.ui.widgets.layouts import HBox, VBox, plain_label

TURN_MS = 40
"""A plot needs about 25 ms to be built, and 5 to be drawn."""


class Plot(Look, QWidget):
    """One small plot with a heading and a legend in words; x is the epoch.

    Parameters
    ----------
    title
        Its heading.
    lines
        Key of an epoch's value, its name, and the name of its tone.
    share
        Whether the values are shares of one, drawn from 0 to 100 %.
    log
        Whether y is logarithmic.
    after
        The plot beside it that is built and drawn first: one after another, so that no turn of
        the event loop is long.

    Signals
    -------
    drawn()
        What was to be seen is drawn.
    """

    drawn = Signal()

    def __init__(
        self,
        title: str,
        lines: Sequence[tuple[str, str, str]],
        *,
        share: bool = False,
        after: Plot | None = None,
    ) -> None:
        super().__init__()
        self._title, self._lines, self._share, self._log = title, list(lines), share, False
        self._epochs: list[EpochReport] = []
        self._others: list[EpochReport] = []
        self._plot: Any = None
        self._timer = QTimer(self, singleShot=True, interval=TURN_MS if after else 0)
        self._timer.timeout.connect(self._take_turn)
        self._after = after
        if after is not None:
            after.drawn.connect(self._timer.start)
        self._curves: dict[str, Any] = {}
        self.setAccessibleName(title)
        head = Flow()
        self.heading = plain_label(title, "heading")
        head.addWidget(self.heading)
        self._values: dict[str, QLabel] = {}
        for key, name, tone in self._lines:
            dot = Dot(partial(_tone, tone))
            words = plain_label(name, "quiet")
            self._values[key] = words
            pair = QWidget()
            HBox(dot, words, parent=pair, gap=GRID)
            head.addWidget(pair)
        column = VBox(head, parent=self, gap=2)
        self._column = column
        self.setMinimumHeight(theme.px(110))

    def set_epochs(self, epochs: Sequence[EpochReport], others: Sequence[EpochReport] = ()) -> None:
        """Show these epochs; ``others`` are another run's, drawn dashed."""
        self._epochs, self._others = list(epochs), list(others)
        self._describe()
        self._draw_soon()

    def set_log(self, log: bool) -> None:
        """Draw y on a logarithmic scale, or not."""
        self._log = log
        if self._plot is not None:
            self._plot.setLogMode(y=log)

    def rename(self, title: str, line: str) -> None:
        """Give it another heading, and its only line another name."""
        self.heading.setText(title)
        self.setAccessibleName(title)
        key, _name, tone = self._lines[0]
        self._lines[0] = (key, line, tone)
        self._describe()

    def _describe(self) -> None:
        parts = []
        for key, name, _tone_name in self._lines:
            words = self._values[key]
            if not self._epochs:
                words.setText(name)
                continue
            value = _value(self._epochs[-1], key)
            if value is None:
                words.setText(name)
                words.setToolTip(self.tr("This network doesn't report it while it trains."))
                continue
            shown = percent(value) if self._share else significant(value)
            words.setText(f"{name} {shown}")
            words.setToolTip(self._tip(key, name))
            parts.append(f"{name} {shown}")
        if self._epochs:
            number = self._epochs[-1].epoch
            self.setAccessibleDescription(
                self.tr("After epoch {0}: {1}").format(number, ", ".join(parts))
            )

    def _tip(self, key: str, name: str) -> str:
        best = next((e for e in reversed(self._epochs) if e.best), self._epochs[-1])
        value = _value(best, key) or 0.0
        shown = percent(value) if self._share else significant(value, 4)
        return self.tr("{0}: {1} after the best epoch, {2}").format(name, shown, best.epoch)

    def showEvent(self, event) -> None:
        """Build the plot when it is looked at."""
        super().showEvent(event)
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self._after is None and self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _take_turn(self) -> None:
        if self._plot is None:
            self._build()
        self._draw()
        self.drawn.emit()

    def _build(self) -> None:
        pg = import_module("pyqtgraph")
        plot = pg.PlotWidget(self)
        plot.setAntialiasing(True)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setAccessibleName(self._title)
        plot.viewport().setAccessibleName(self._title)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        if self._share:
            plot.setYRange(0, 1.04, padding=0)
            axis = plot.getAxis("left")
            axis.setTicks([[(v, f"{round(100 * v)}") for v in (0, 0.25, 0.5, 0.75, 1)]])
        if self._log:
            plot.setLogMode(y=True)
        for side in ("left", "bottom"):
            _speak_numbers(plot.getAxis(side))
        plot.getAxis("left").setWidth(theme.px(50))
        plot.getAxis("left").enableAutoSIPrefix(False)
        self._plot = plot
        self._best = pg.InfiniteLine(angle=90, movable=False)
        if self._share:  # said once, above the others
            self._best.label = pg.InfLineLabel(self._best, self.tr("best"), position=0.06)
            self._best.label.setFont(theme.font(11))
        plot.addItem(self._best)
        for key, _name, _tone_name in self._lines:
            self._curves[key] = plot.plot([], [])
            self._curves[f"other {key}"] = plot.plot([], [])
        self._column.addWidget(plot, 1)
        self._dress()

    def _dress(self) -> None:
        pg = import_module("pyqtgraph")
        tokens = theme.current()
        self._plot.setBackground(QColor(tokens.card))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.quiet))
            axis.setTickFont(theme.font(11))
        self._plot.showGrid(x=False, y=True, alpha=0.12)
        self._best.setPen(pg.mkPen(tokens.good, width=1, style=Qt.PenStyle.DashLine))
        if self._share:
            self._best.label.setColor(QColor(tokens.good))
        for key, _name, tone in self._lines:
            colour = QColor(_tone(tone))
            pen = pg.mkPen(colour, width=2)
            self._curves[key].setPen(pen)
            self._curves[key].setSymbol("o")
            self._curves[key].setSymbolSize(4)
            self._curves[key].setSymbolBrush(pg.mkBrush(colour))
            self._curves[key].setSymbolPen(pen)
            faint = QColor(colour)
            faint.setAlphaF(0.6)
            self._curves[f"other {key}"].setPen(
                pg.mkPen(faint, width=1.5, style=Qt.PenStyle.DashLine)
            )

    def _draw(self) -> None:
        floor = 1e-9 if self._log else None
        values: set[float] = set()
        for prefix, epochs in (("", self._epochs), ("other ", self._others)):
            for key, _name, _tone_name in self._lines:
                known = [(e.epoch, v) for e in epochs if (v := _value(e, key)) is not None]
                x, y = [n for n, _ in known], [v for _, v in known]
                if floor:
                    y = [max(floor, value) for value in y]
                self._curves[f"{prefix}{key}"].setData(x, y)
                values.update(y)
        self._fit(values)
        best = next((e for e in reversed(self._epochs) if e.best), None)
        self._best.setVisible(best is not None)
        if best is not None:
            self._best.setValue(best.epoch)
        every = [*self._epochs, *self._others]
        last = max(2, *(e.epochs for e in every), 2)
        self._plot.setXRange(1, last, padding=0.02)
        step = max(1, -(-last // 10))
        ticks = [(n, str(n)) for n in range(step, last + 1, step)]
        self._plot.getAxis("bottom").setTicks([ticks])
        if not self._share:
            self._plot.getAxis("left").setStyle(showValues=bool(every))

    def _fit(self, values: set[float]) -> None:
        """Choose the span of y; one value for all epochs lies in the middle, and above zero."""
        if self._share:
            return
        if self._log and values:
            ticks = [
                (math.log10(at), significant(at)) for at in log_ticks(min(values), max(values))
            ]
            self._plot.getAxis("left").setTicks([ticks])
        if len(values) == 1 and not self._log and (value := min(values)) > 0:
            self._plot.setYRange(0, 2 * value, padding=0)
        else:
            self._plot.enableAutoRange(y=True)

    def retheme(self) -> None:
        """Take the tones of the theme."""
        if self._plot is not None:
            self._dress()
        super().retheme()


def log_ticks(low: float, high: float) -> list[float]:
    """Return at most five round values from ``low`` to ``high``; ``low`` where there is none."""
    factors = (1, 2, 5) if high < 30 * low else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [float(f"{factor}e{decade}") for decade in decades for factor in factors]
    found = [at for at in every if 0.99 * low <= at <= 1.01 * high]
    return found[:: -(-len(found) // 5)] if found else [low]


def _speak_numbers(axis: Any) -> None:
    """Let an axis of pyqtgraph write its numbers as the person's language does."""
    write = axis.tickStrings
    axis.tickStrings = lambda *at: [pointed(text) for text in write(*at)]


def _value(epoch: EpochReport, key: str) -> float | None:
    """Return a number of an epoch, ``None`` when there is none by nature."""
    return getattr(epoch, key)


def _tone(name: str) -> str:
    tokens = theme.current()
    return {
        "accent": tokens.accent,
        "good": tokens.good,
        "warning": tokens.warning,
        "quiet": tokens.quiet,
    }.get(name, tokens.text)


class Curves(QWidget):
    """All curves of a training, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accuracy = Plot(
            self.tr("ACCURACY %"),
            [
                ("train_accuracy", self.tr("Training windows"), "quiet"),
                ("valid_windows", self.tr("Held-back windows"), "accent"),
                ("valid_songs", self.tr("Held-back songs"), "warning"),
            ],
            share=True,
        )
        self.loss = Plot(
            self.tr("LOSS"), [("loss", self.tr("Training loss"), "accent")], after=self.accuracy
        )
        rate = [("lr", self.tr("Rate"), "accent")]
        self.rate = Plot(self.tr("LEARNING RATE"), rate, after=self.loss)
        VBox((self.accuracy, 5), (self.loss, 3), (self.rate, 2), parent=self, gap=GRID)

    def set_quick(self, quick: bool) -> None:
        """Say what the last plot shows: quick mode has no rate, it tries how free to let go."""
        if quick:
            self.rate.rename(self.tr("REGULARIZATION"), self.tr("Weight decay"))
        else:
            self.rate.rename(self.tr("LEARNING RATE"), self.tr("Rate"))
        self.rate.set_log(quick)

    def set_epochs(self, epochs: Sequence[EpochReport], others: Sequence[EpochReport] = ()) -> None:
        """Show these epochs; ``others`` are another run's, drawn dashed."""
        for plot in (self.accuracy, self.loss, self.rate):
            plot.set_epochs(epochs, others)
