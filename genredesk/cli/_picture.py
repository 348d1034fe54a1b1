"""The terminal's spectrogram: columns pulled from a source's ring, two mel rows a character."""

from __future__ import annotations

from collections import deque
from functools import lru_cache

import numpy as np
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from genredesk.audio.ring import RingOverrun
from genredesk.audio.source import Source
from genredesk.cli import _look
from genredesk.core.scores import FloatArray
from genredesk.features.frontend import DISPLAY_MEL
from genredesk.features.stream import FrontendStream, mel_frequencies

COLUMNS_A_CELL = 4
"""Columns of 23 ms that one character cell stands for, the loudest of them is shown."""

CELL_S = COLUMNS_A_CELL * DISPLAY_MEL.hop_s
RANGE_DB = 60.0
_QUIETEST_CEILING_DB = -20.0
_CEILING_FALLS_DB = 0.25  # a cell, so that a quiet passage becomes visible within seconds
_KEPT = 400
_GUTTER = 6


class TerminalPicture:
    """What the terminal shows of the sound: pulls from the ring, keeps the newest cells."""

    def __init__(self) -> None:
        self.cells: deque[FloatArray | None] = deque(maxlen=_KEPT)  # (bands,) dB, None: a gap
        self.ceiling = _QUIETEST_CEILING_DB
        self._stream = FrontendStream(DISPLAY_MEL)
        self._rest = np.empty((DISPLAY_MEL.n_bands, 0), np.float32)
        self._source: Source | None = None
        self._cursor = 0

    def pull(self, source: Source) -> None:
        """Take what was heard since the last call; a gap or another source starts afresh."""
        now = source.now()
        if source is not self._source:
            self._source, self._cursor = source, 0
            self._restart()
        for gap in source.ring.gaps(self._cursor + 1):
            if gap > now:
                break
            self._take(source, gap)
            self._restart()
        self._take(source, now)

    def _restart(self) -> None:
        self._stream.reset()
        self._rest = self._rest[:, :0]
        if self.cells and self.cells[-1] is not None:
            self.cells.append(None)

    def _take(self, source: Source, stop: int) -> None:
        if stop <= self._cursor:
            return
        start = max(
            self._cursor, source.ring.start, stop - round(_KEPT * CELL_S * source.sample_rate)
        )
        if start > self._cursor and self._cursor:
            self._restart()
        self._cursor = stop
        try:
            block = source.ring.read(start, stop)
        except RingOverrun:  # overtaken between the two lines; the next call goes on
            return
        columns = np.concatenate((self._rest, self._stream.push(block)[0]), axis=1)
        whole = columns.shape[1] // COLUMNS_A_CELL
        used = whole * COLUMNS_A_CELL
        self._rest = columns[:, used:]
        for cell in columns[:, :used].reshape(len(columns), whole, COLUMNS_A_CELL).max(axis=2).T:
            faded = self.ceiling - _CEILING_FALLS_DB
            self.ceiling = max(_QUIETEST_CEILING_DB, faded, float(cell.max()))
            self.cells.append(cell)


class Spectrogram:
    """Draws the newest cells of a :class:`TerminalPicture`, ``rows`` character rows high."""

    def __init__(self, picture: TerminalPicture, rows: int) -> None:
        self.picture = picture
        self.rows = rows

    def levels(self, width: int) -> np.ndarray:
        """Return palette places, shape ``(2 * rows, width)``, top first; -1 where no sound is."""
        bands = DISPLAY_MEL.n_bands
        edges = np.linspace(0, bands, 2 * self.rows + 1).astype(int)[:-1]
        newest = list(self.picture.cells)[-width:]
        out = np.full((2 * self.rows, width), -1)
        for place, cell in enumerate(newest, start=width - len(newest)):
            if cell is None:
                continue
            rows = np.maximum.reduceat(cell, edges)
            share = (rows - self.picture.ceiling) / RANGE_DB + 1
            out[:, place] = (np.clip(share, 0, 1) * (_look.LEVELS - 1)).round()[::-1]
        return out

    def axis(self) -> list[str]:
        """Return the label of every character row, empty where there is none."""
        frequencies = mel_frequencies(DISPLAY_MEL)
        labels = [""] * self.rows
        for hertz in (8000, 4000, 2000, 1000, 500, 100):
            band = int(np.argmin(np.abs(frequencies - hertz)))
            row = self.rows - 1 - band * self.rows // len(frequencies)
            if not labels[row]:
                labels[row] = f"{hertz // 1000} k" if hertz >= 1000 else str(hertz)
        return labels

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield one row after the other, as rich asks for it."""
        levels = self.levels(max(1, options.max_width - _GUTTER))
        quiet = console.get_style(_look.QUIET)
        for row, label in enumerate(self.axis()):
            yield Segment(f"{label:>{_GUTTER - 1}} ", quiet)
            for top, bottom in zip(levels[2 * row], levels[2 * row + 1], strict=True):
                yield _cell(int(top), int(bottom))
            yield Segment.line()


@lru_cache(maxsize=_look.LEVELS**2 + 1)
def _cell(top: int, bottom: int) -> Segment:
    if top < 0:
        return Segment(" ")
    red, green, blue = _look.magma()[top]
    under = _look.magma()[bottom]
    style = Style(
        color=Color.from_rgb(int(red), int(green), int(blue)),
        bgcolor=Color.from_rgb(*(int(channel) for channel in under)),
    )
    return Segment("▀", style)
