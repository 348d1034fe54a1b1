"""The five most probable genres as bars with names and numbers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_word
from genredesk.core.scores import Decision
from genredesk.core.shares import sureness
from genredesk.ui.look import strengths, theme
from genredesk.ui.widgets.base import Sized, ThemedText, elided, filled, smooth

_ROWS = 5
_LEAST_PX = 14  # of a row; where there is less room for five, fewer are shown


class TopFive(Sized, ThemedText):
    """Bars of the best five; those the large word names come first, in bold, filled as sure as it.

    The others are pale without an outline, so that a guess does not look stronger than the answer.
    """

    wanted = (360, _ROWS * 29)
    least = (220, _ROWS * 20)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Five most probable genres"))
        self._rows: list[tuple[str, float]] = []
        self._state: Strength | None = None
        self._named: tuple[str, ...] = ()

    def set_decision(self, decision: Decision) -> None:
        """Show the distribution behind a decision; silence and waiting leave the bars empty."""
        heard = decision.label is not None
        rows = decision.ranked(_ROWS) if heard else []
        shown = rows, decision.state, decision.named
        if shown == (self._rows, self._state, self._named):
            return
        self._rows, self._state, self._named = shown
        said = ", ".join(f"{genre_word(label)} {sureness(p)}" for label, p in rows)
        self.setAccessibleDescription(said or self.tr("nothing heard"))
        self.update()

    def clear(self) -> None:
        """Empty the bars."""
        self._rows, self._state, self._named = [], None, ()
        self.setAccessibleDescription(self.tr("nothing heard"))
        self.update()

    def rows(self) -> list[tuple[str, float]]:
        """Return the labels and scores shown, best first."""
        return list(self._rows)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = smooth(self)
        tokens = theme.current()
        rows = min(_ROWS, max(1, int(self.height() / theme.px(_LEAST_PX))))
        pitch = self.height() / rows
        size = 14 if pitch >= theme.px(21) else 13 if pitch >= theme.px(18) else 11
        plain, strong = theme.font(size), theme.font(size, bold=True)
        metrics = QFontMetricsF(strong)
        name_w = min(theme.px(94), self.width() * 0.32)
        number_w = metrics.horizontalAdvance("100\u202f%") + theme.px(6)
        left = name_w
        bar_w = max(8.0, self.width() - left - number_w)
        bar_h = min(theme.px(16), pitch * 0.6)
        for i in range(rows):
            middle = (i + 0.5) * pitch
            track = QRectF(left, middle - bar_h / 2, bar_w, bar_h)
            filled(painter, track, bar_h / 2, tokens.control)
            if i >= len(self._rows):
                continue
            label, share = self._rows[i]
            named = label in self._named
            if share >= 0.005:
                bar = QRectF(track.left(), track.top(), max(bar_h / 2, bar_w * share), bar_h)
                radius = min(bar_h, bar.width()) / 2
                if named and self._state is not None:
                    # Each bar is of one genre: half of "between" is as pale as "probably".
                    alone = Strength.SURE if self._state is Strength.SURE else Strength.PROBABLE
                    strengths.paint_bar(painter, bar, alone, (label,), radius)
                else:
                    filled(painter, bar, radius, strengths.pale(label))
            font = strong if named else plain
            painter.setFont(font)
            painter.setPen(QColor(tokens.text if named else tokens.quiet))
            line = QRectF(0, i * pitch, name_w - theme.px(8), pitch)
            name = elided(font, genre_word(label), line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            line = QRectF(self.width() - number_w, i * pitch, number_w, pitch)
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(line, side, sureness(share))
