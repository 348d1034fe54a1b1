"""Small pictures of rows: covers and genre strips; made off the UI thread, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength
from genredesk.library.catalogue.networks import Timeline
from genredesk.ui.look import strengths, theme
from genredesk.ui.widgets.base import clock

COLUMNS = 120
"""A strip is judged at so many places at most."""
WIDE, HIGH = 240, 28
"""The picture of a strip, in pixels."""
_REACH_S = 2.5  # as in the player's ribbon: windows are averaged with neighbours this far
_KEPT_STRIPS, _KEPT_COVERS = 2048, 512
_MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Strip:
    """What was heard when, in a few columns.

    Parameters
    ----------
    labels
        The network's genres.
    states
        How sure each column is: places in :data:`genredesk.core.certainty.STRENGTHS`, ``(n,)``.
    leaders
        Each column's two likeliest genres, places in ``labels``, ``(n, 2)``; -1 for none.
    seconds
        What all columns together cover.
    """

    labels: tuple[str, ...]
    states: NDArray[np.int8]
    leaders: NDArray[np.intp]
    seconds: float

    def stretches(self) -> list[tuple[int, int, Strength, tuple[str, ...]]]:
        """Return first column, the one after the last, strength and named genres of each."""
        found: list[tuple[int, int, Strength, tuple[str, ...]]] = []
        for i, (code, pair) in enumerate(
            zip(self.states.tolist(), self.leaders.tolist(), strict=True)
        ):
            state = certainty.STRENGTHS[code]
            named = certainty.names(certainty.Verdict(state, *pair), self.labels)
            if found and found[-1][2:] == (state, named):
                found[-1] = (found[-1][0], i + 1, state, named)
            else:
                found.append((i, i + 1, state, named))
        return found

    def words(self) -> str:
        """Return the stretches as text: ``0:00 Jazz``, a line each."""
        n, found = len(self.states), self.stretches()
        lines = [
            f"{clock(self.seconds * first / n)} {strengths.word(state, named)}"
            for first, _after, state, named in found[:_MOST_LINES]
        ]
        return "\n".join(lines + ["…"] * (len(found) > _MOST_LINES))


def strip(timeline: Timeline, bounds: Bounds, seconds: float | None = None) -> Strip:
    """Judge every window among its neighbours and thin them out to :data:`COLUMNS`."""
    table = timeline.probabilities.astype(np.float32) / 255
    n = len(table)
    length = seconds or (n * timeline.hop_s)
    if n == 0:
        none = np.empty(0, np.int8), np.empty((0, 2), np.intp)
        return Strip(timeline.labels, *none, length)
    reach = int(_REACH_S / timeline.hop_s) if timeline.hop_s > 0 else 0
    sums = np.vstack([np.zeros((1, table.shape[1]), np.float32), np.cumsum(table, axis=0)])
    places = np.arange(n)
    low, high = np.maximum(0, places - reach), np.minimum(n, places + reach + 1)
    means = (sums[high] - sums[low]) / (high - low)[:, None]
    silent = ~timeline.probabilities.any(axis=1)
    means[silent] = 0
    states = certainty.along(means, bounds)
    states[silent] = certainty.SILENCE
    leaders = certainty.leaders(means)
    if n > COLUMNS:
        chosen = ((np.arange(COLUMNS) + 0.5) * n / COLUMNS).astype(np.intp)
        states, leaders = states[chosen], leaders[chosen]
    return Strip(timeline.labels, states, leaders, length)


def picture(made: Strip) -> QImage:
    """Draw a strip in the theme in use, each strength with the fill it has everywhere."""
    image = QImage(WIDE, HIGH, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    step = WIDE / max(1, len(made.states))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for first, after, state, named in made.stretches():
        box = QRectF(first * step, 0, (after - first) * step, HIGH)
        strengths.paint_bar(painter, box, state, named)
    painter.end()
    return image


def decode_cover(data: bytes | None, size: int) -> QImage | None:
    """Make a square thumbnail of ``size`` device pixels (any thread); ``None``: no picture."""
    if not data:
        return None
    image = QImage.fromData(data)
    if image.isNull():
        return None
    side = min(image.width(), image.height())
    cut = image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)
    return cut.scaled(
        size, size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


class Pictures:
    """Covers and strips at hand, by cover id and track id."""

    def __init__(self) -> None:
        self._covers: OrderedDict[int, QImage | None] = OrderedDict()
        self._strips: OrderedDict[int, Strip | None] = OrderedDict()
        self._drawn: dict[int, QImage] = {}
        self._theme = ""
        self._network = 0

    def put(
        self,
        covers: Mapping[int, QImage | None],
        strips: Mapping[int, Strip | None],
        network: int = 0,
    ) -> None:
        """Keep what was fetched; strips of another network than this one's are forgotten."""
        if network != self._network:
            self._network = network
            self._strips.clear()
            self._drawn.clear()
        for track_id in strips:
            self._drawn.pop(track_id, None)
        for kept, new, limit in (
            (self._covers, covers, _KEPT_COVERS),
            (self._strips, strips, _KEPT_STRIPS),
        ):
            kept.update(new)  # type: ignore[arg-type]
            while len(kept) > limit:
                gone, _ = kept.popitem(last=False)
                if kept is self._strips:
                    self._drawn.pop(gone, None)

    def forget_strips(self) -> None:
        """Have every strip judged anew."""
        self._strips.clear()
        self._drawn.clear()

    def knows_cover(self, cover_id: int) -> bool:
        """Whether it was looked for already."""
        return cover_id in self._covers

    def knows_strip(self, track_id: int, network: int) -> bool:
        """Whether there is one of this network at hand."""
        return network == self._network and self._strips.get(track_id) is not None

    def cover(self, cover_id: int | None) -> QImage | None:
        """Return a thumbnail that is at hand."""
        return self._covers.get(cover_id) if cover_id is not None else None

    def strip(self, track_id: int | None) -> Strip | None:
        """Return what was heard when, if it is at hand."""
        return self._strips.get(track_id) if track_id is not None else None

    def drawn(self, track_id: int | None) -> QImage | None:
        """Return the strip as a picture in the theme in use."""
        name = theme.current().name
        if name != self._theme:
            self._theme = name
            self._drawn.clear()
        made = self.strip(track_id)
        if made is None or track_id is None:
            return None
        found = self._drawn.get(track_id)
        if found is None:
            found = self._drawn[track_id] = picture(made)
        return found
