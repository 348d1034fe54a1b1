"""The scrolling mel spectrogram: the picture of the music.

The page pushes new columns; nothing is repainted when none arrive. The plot is built after the
first paint, because pyqtgraph is the dearest import of the window; until then columns are kept.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from genredesk.core.errors import GenreDeskError
from genredesk.ui.look import theme
from genredesk.ui.widgets.base import Themed, filled, number, smooth
from genredesk.ui.widgets.spectrogram import colour_maps
from genredesk.ui.widgets.spectrogram.picture import SILENT_DB, ColumnRing

if TYPE_CHECKING:
    from genredesk.ui.widgets.spectrogram.plot import SpectrogramPlot

SPAN_S = 12.0
PALETTES = colour_maps.PALETTES


class SpectrogramView(Themed):
    """Twelve seconds of sound as a picture, the newest at the right.

    Signals
    -------
    hovered(float, float, float)
        Frequency in Hz, seconds ago, dB under the pointer.
    """

    hovered = Signal(float, float, float)

    def __init__(self, parent: QWidget | None = None, span_s: float = SPAN_S) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Spectrogram"))
        self.setAccessibleDescription(
            self.tr("Mel spectrogram of the last {0} seconds").format(round(span_s))
        )
        self._span_s = span_s
        self._frequencies: NDArray[np.float64] = np.linspace(0, 11025, 128)
        self._ring = ColumnRing(128, 0.0232, span_s)
        self._palette = "magma"
        self._range = (-80.0, 0.0)
        self._window_s = 0.0
        self._pointer: tuple[float, float] | None = None
        self._plot: SpectrogramPlot | None = None
        self._asked = False
        self._readout = QLabel(self)
        self._readout.setObjectName("readout")
        self._readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._readout.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def sizeHint(self) -> QSize:
        """As wide as the window, a third of its height."""
        return QSize(theme.px(880), theme.px(340))

    def minimumSizeHint(self) -> QSize:
        """Small, but readable."""
        return QSize(theme.px(280), theme.px(140))

    # ------------------------------------------------------------ data

    def set_axis(self, frequencies: NDArray[np.floating], hop_s: float) -> None:
        """Set what the columns mean; forgets the history.

        Parameters
        ----------
        frequencies
            Centre of each band in Hz, rising, shape ``(bands,)``.
        hop_s
            Seconds from one column to the next.
        """
        self._frequencies = np.asarray(frequencies, dtype=np.float64)
        self._ring = ColumnRing(len(self._frequencies), hop_s, self._span_s)
        if self._plot is not None:
            self._plot.set_ring(self._ring)
            self._plot.hz_axis.set_frequencies(self._frequencies)
            self._colour()

    def append(self, columns: NDArray[np.floating]) -> None:
        """Add columns, shape ``(bands, n)``, in dB, oldest first."""
        if columns.shape[1] == 0:
            return
        self._ring.append(columns)
        if self._plot is not None:
            self._plot.refresh()
            if self._pointer is not None:
                self._read_out()

    def mark_gap(self) -> None:
        """Mark that sound is missing here (a seek, a lost device)."""
        if self._ring.total:
            self._ring.mark_gap()

    def clear(self) -> None:
        """Forget the history."""
        ring = self._ring
        self._ring = ColumnRing(ring.n_bands, ring.hop_s, ring.span_s)
        if self._plot is not None:
            self._plot.set_ring(self._ring)
            self._colour()

    # ------------------------------------------------------------ look

    def set_palette(self, name: str) -> None:
        """Choose one of :data:`PALETTES`; the history changes at once."""
        if name in PALETTES and name != self._palette:
            self._palette = name
            self._colour()

    def palette_name(self) -> str:
        """Return the palette in use."""
        return self._palette

    def set_range(self, floor: float, ceiling: float) -> None:
        """Set the dB shown as the darkest and the brightest colour."""
        if (floor, ceiling) != self._range:
            self._range = (floor, ceiling)
            self._colour()

    def set_window_s(self, seconds: float) -> None:
        """Frame the last ``seconds``, the window the network hears; 0 for no frame."""
        self._window_s = seconds
        self._mark()

    def show_all(self) -> None:
        """Undo any zoom."""
        if self._plot is not None:
            self._plot.show_all()

    def ensure_plot(self) -> SpectrogramPlot:
        """Build the plot now, if it is not there yet."""
        if self._plot is None:
            module = import_module("genredesk.ui.widgets.spectrogram.plot")
            plot: SpectrogramPlot = module.SpectrogramPlot(self._ring, self.tr("now"), self)
            plot.hz_axis.set_frequencies(self._frequencies)
            plot.setAccessibleName(self.tr("Spectrogram"))
            plot.viewport().setAccessibleName(self.tr("Spectrogram"))
            plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            plot.pointed.connect(self._point)
            self._column.addWidget(plot)
            self._plot = plot
            self._column.activate()
            self._colour()
            self._mark()
            self._readout.raise_()
        return self._plot

    def save_png(self, path: str | Path) -> None:
        """Save the picture with its axes as PNG.

        Raises
        ------
        GenreDeskError
            When the file cannot be written.
        """
        plot = self.ensure_plot()
        if not plot.grab().save(str(path), "PNG"):
            raise GenreDeskError(
                self.tr(
                    "The picture cannot be saved as {0}. Choose a folder you may write to."
                ).format(path)
            )

    def _colour(self) -> None:
        if self._plot is not None:
            lut = colour_maps.words(self._palette)
            empty = QColor(theme.current().control).rgb()
            self._plot.item.picture.set_colours(lut, *self._range, empty)
            self._plot.viewport().update()

    def _mark(self) -> None:
        if self._plot is not None:
            item = self._plot.item
            item.window_s = self._window_s
            item.window_text = self.tr("{0} s window").format(f"{self._window_s:.0f}")
            item.gap_text = self.tr("gap")
            self._plot.viewport().update()

    def retheme(self) -> None:
        """Give the plot the tones of the theme."""
        if self._plot is not None:
            self._plot.retheme()
            self._colour()
        super().retheme()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Before the plot is there, draw its place and ask for it."""
        if self._plot is None:
            painter = smooth(self)
            box = QRectF(self.rect()).adjusted(theme.px(54), 0, 0, -theme.px(28))
            filled(painter, box, 2, theme.current().control)
            if not self._asked:
                self._asked = True
                QTimer.singleShot(0, self.ensure_plot)

    # ------------------------------------------------------------ reading

    def read(self, seconds: float, band_place: float) -> tuple[float, float, float] | None:
        """Return ``(Hz, seconds ago, dB)`` at a place of the plot, ``None`` where nothing is."""
        bands = np.arange(len(self._frequencies)) + 0.5
        hz = float(np.interp(band_place, bands, self._frequencies))
        band = min(len(self._frequencies) - 1, max(0, int(band_place)))
        db = self._ring.at(seconds, band)
        if db is None or db <= SILENT_DB:
            return None
        return hz, -seconds, db

    def _point(self, place: tuple[float, float] | None) -> None:
        self._pointer = place
        self._read_out()

    def _read_out(self) -> None:
        found = self.read(*self._pointer) if self._pointer is not None else None
        if found is None or self._plot is None:
            self._readout.hide()
            return
        hz, ago, db = found
        text = self.tr("{0} Hz   {1} s   {2} dB").format(
            f"{hz:,.0f}".replace(",", "\u202f"), number(-ago, 1), number(db)
        )
        if text != self._readout.text():
            self._readout.setText(text)
            self._readout.adjustSize()
        corner = self._plot.item.place().topLeft()
        self._readout.move(round(corner.x()) + 8, round(corner.y()) + 8)
        self._readout.show()
        self.hovered.emit(hz, ago, db)
