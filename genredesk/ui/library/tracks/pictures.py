"""Small pictures of rows: covers and genre strips; made off the UI thread, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, qRgba

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_name
from genredesk.library.catalogue.networks import Timeline
from genredesk.ui.look import strengths, theme
from genredesk.ui.widgets.base import clock

COLUMNS = 120
"""A strip is that many pixels wide at most."""
ROWS = 14
UNSURE, SILENCE = 254, 255
_CLEAR = 253
_REACH_S = 2.5  # as in the player's ribbon: windows are averaged with neighbours this far
_SURE = 0.4  # below this no genre is drawn
_KEPT_STRIPS, _KEPT_COVERS = 2048, 512


@dataclass(frozen=True, slots=True)
class Strip:
    """What was heard when, in a few columns.

    Parameters
    ----------
    labels
        The network's genres.
    codes
        For each column the genre's place in ``labels``, :data:`UNSURE` or :data:`SILENCE`, shape
        ``(n,)``.
    seconds
        What all columns together cover.
    """

    labels: tuple[str, ...]
    codes: NDArray[np.uint8]
    seconds: float

    def words(self) -> str:
        """Return the stretches as text: ``0:00 Jazz``, a line each."""
        n = len(self.codes)
        cuts = [0, *(np.flatnonzero(np.diff(self.codes)) + 1).tolist()]
        lines = []
        for cut in cuts[:12]:
            code = int(self.codes[cut]) if n else SILENCE
            lines.append(f"{clock(self.seconds * cut / n)} {_name(self.labels, code)}")
        return "\n".join(lines + ["…"] * (len(cuts) > 12))


def _name(labels: tuple[str, ...], code: int) -> str:

    if code == SILENCE:
        return strengths.word(Strength.SILENCE, ())
    return genre_name(labels[code]) if code < len(labels) else strengths.word(Strength.OPEN, ())


def strip(timeline: Timeline, seconds: float | None = None) -> Strip:
    """Judge every window among its neighbours and thin them out to :data:`COLUMNS`."""
    table = timeline.probabilities.astype(np.float32) / 255
    n = len(table)
    length = seconds or (n * timeline.hop_s)
    if n == 0:
        return Strip(timeline.labels, np.empty(0, np.uint8), length)
    reach = int(_REACH_S / timeline.hop_s) if timeline.hop_s > 0 else 0
    sums = np.vstack([np.zeros((1, table.shape[1]), np.float32), np.cumsum(table, axis=0)])
    places = np.arange(n)
    low, high = np.maximum(0, places - reach), np.minimum(n, places + reach + 1)
    means = (sums[high] - sums[low]) / (high - low)[:, None]
    codes = np.argmax(means, axis=1).astype(np.uint8)
    codes[means.max(axis=1) < _SURE] = UNSURE
    codes[~timeline.probabilities.any(axis=1)] = SILENCE
    if n > COLUMNS:
        codes = codes[((np.arange(COLUMNS) + 0.5) * n / COLUMNS).astype(np.intp)]
    return Strip(timeline.labels, codes, length)


def picture(made: Strip) -> QImage:
    """Draw a strip in the theme in use.

    Full height for a genre, dots when unsure, a line when silent: not by colour alone.
    """
    n = max(1, len(made.codes))
    stride = (n + 3) // 4 * 4
    pixels = np.full((ROWS, stride), _CLEAR, np.uint8)
    codes = made.codes
    pixels[:, : len(codes)] = codes
    unsure = np.flatnonzero(codes == UNSURE)
    silent = np.flatnonzero(codes == SILENCE)
    pixels[:, unsure] = np.where(
        (np.arange(ROWS)[:, None] + unsure) % 3 == 0, UNSURE, _CLEAR
    ).astype(np.uint8)
    pixels[:, silent] = _CLEAR
    pixels[ROWS // 2 - 1 : ROWS // 2 + 1, silent] = SILENCE
    image = QImage(pixels.tobytes(), n, ROWS, stride, QImage.Format.Format_Indexed8)
    colours = [0] * 256
    for code, label in enumerate(made.labels[:_CLEAR]):
        colours[code] = theme.genre_colour(label).rgba()
    grey = theme.genre_colour(None).rgba()
    colours[UNSURE], colours[SILENCE] = grey, grey
    colours[_CLEAR] = qRgba(0, 0, 0, 0)
    image.setColorTable(colours)
    return image.copy()  # the bytes above are gone with this call


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
