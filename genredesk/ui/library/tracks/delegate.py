"""Draws the table's cells: cover and title, dots and scores, the strip over time, small marks.

Everything it needs lies at hand (row, pictures); a row that is not there yet is drawn as quiet
bars, so that scrolling never waits.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_word
from genredesk.core.shares import sureness
from genredesk.library.records import TrackRow
from genredesk.library.row_state import AWAY, TO_CHECK, FileState, tags_agree
from genredesk.ui.library.tracks import columns
from genredesk.ui.library.tracks.columns import Column
from genredesk.ui.library.tracks.pictures import Pictures
from genredesk.ui.library.tracks.tracks_model import HEADING_ROLE, ROW_ROLE, Heading
from genredesk.ui.look import icons, strengths, theme
from genredesk.ui.look.text import thousands
from genredesk.ui.widgets.base import filled
from genredesk.ui.widgets.elided import OneForm

Index = QModelIndex | QPersistentModelIndex

ROW_PX = 40
_COVER_PX = 28
_PAD = 8
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class TrackDelegate(QStyledItemDelegate):
    """Draws rows of a :class:`~genredesk.ui.library.tracks.tracks_model.TracksModel`.

    Parameters
    ----------
    pictures
        Covers and strips at hand.
    """

    def __init__(self, pictures: Pictures, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._pictures = pictures
        self._form = OneForm(view)
        self._fonts: dict[str, tuple[QFont, QFontMetrics]] = {}
        self.hovered = -1
        self.previewed: int | None = None

    def retheme(self) -> None:
        """Forget fonts of another scale."""
        self._fonts.clear()

    def _font(self, name: str) -> tuple[QFont, QFontMetrics]:
        if name not in self._fonts:
            size = 11 if name == "small" else 13
            font = theme.font(size, bold=name in ("bold", "heading"))
            self._fonts[name] = font, QFontMetrics(font)
        return self._fonts[name]

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(theme.px(80), theme.px(ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        heading = index.data(HEADING_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if heading is not None:
            self._heading(painter, rect, heading, option.widget)  # type: ignore[attr-defined]
            painter.restore()
            return
        tokens = theme.current()
        state = option.state  # type: ignore[attr-defined]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, QColor(tokens.pressed))
        elif index.row() == self.hovered:
            painter.fillRect(rect, QColor(tokens.control))
        column = Column(index.column())
        if state & QStyle.StateFlag.State_HasFocus and column is Column.TITLE:
            bar = QRectF(rect.left(), rect.top() + 6, 3, rect.height() - 12)
            filled(painter, bar, 1.5, tokens.accent)
        row = index.data(ROW_ROLE)
        if row is None:
            self._not_yet(painter, rect, column)
        else:
            if row.state in AWAY:
                painter.setOpacity(0.5)
            self._cell(painter, rect, column, row)
        painter.restore()

    # ------------------------------------------------------------ kinds of cells

    def _heading(self, painter: QPainter, rect: QRectF, heading: Heading, view) -> None:
        """Draw this cell's part of a line that goes over the whole width."""
        tokens = theme.current()
        painter.setClipRect(rect)
        painter.fillRect(rect, QColor(tokens.card))
        left = theme.px(14) - (view.horizontalScrollBar().value() if view is not None else 0)
        font, metrics = self._font("heading")
        baseline = QRectF(left, rect.top() + theme.px(6), 4000, rect.height() - theme.px(6))
        dot = QRectF(left, baseline.center().y() - theme.px(5), theme.px(10), theme.px(10))
        filled(painter, dot, theme.px(5), theme.genre_colour(heading.key or None))
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        name = baseline.adjusted(theme.px(18), 0, 0, 0)
        painter.drawText(name, _LEFT, heading.name)
        painter.setFont(self._font("plain")[0])
        painter.setPen(QColor(tokens.quiet))
        count = name.adjusted(metrics.horizontalAdvance(heading.name) + theme.px(10), 0, 0, 0)
        painter.drawText(count, _LEFT, thousands(heading.count))
        line = QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1)
        painter.fillRect(line, QColor(tokens.line))

    def _not_yet(self, painter: QPainter, rect: QRectF, column: Column) -> None:
        if column in (Column.STATE, Column.ADDED, Column.LENGTH, Column.TAG, Column.GENRE):
            return
        left = theme.px(48) if column is Column.TITLE else _PAD
        width = max(0.0, min(rect.width() - left - 2 * _PAD, theme.px(90)))
        bar = QRectF(rect.left() + left, rect.center().y() - 4, width, 8)
        filled(painter, bar, 4, theme.current().control)

    def _cell(self, painter: QPainter, rect: QRectF, column: Column, row: TrackRow) -> None:
        tokens = theme.current()
        inner = rect.adjusted(_PAD, 0, -_PAD, 0)
        if column is Column.TITLE:
            self._title(painter, rect, row)
        elif column is Column.GENRE:
            self._genre(painter, inner, row)
        elif column is Column.HEARD:
            self._heard(painter, inner, row)
        elif column is Column.RIBBON:
            self._ribbon(painter, inner, row)
        elif column is Column.STATE:
            self._state(painter, rect, row)
        elif column is Column.TAG:
            self._tags(painter, inner, row)
        else:
            quiet = column in (Column.ADDED, Column.ALBUM)
            side = _RIGHT if column is Column.LENGTH else _LEFT
            tone = tokens.quiet if quiet else tokens.text
            self._text(painter, inner, columns.text(row, column), tone, side=side)

    def _text(
        self,
        painter: QPainter,
        rect: QRectF,
        text: str,
        tone: str | QColor,
        *,
        font: str = "plain",
        side: Qt.AlignmentFlag = _LEFT,
    ) -> None:
        if not text:
            return
        made, metrics = self._font(font)
        painter.setFont(made)
        painter.setPen(QColor(tone))
        if metrics.horizontalAdvance(text) > rect.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.drawText(rect, side, text)

    def _title(self, painter: QPainter, rect: QRectF, row: TrackRow) -> None:
        tokens = theme.current()
        size = theme.px(_COVER_PX)
        box = QRectF(rect.left() + _PAD + 2, rect.center().y() - size / 2, size, size)
        cover = self._pictures.cover(row.cover_id)
        if cover is not None:
            path = QPainterPath()
            path.addRoundedRect(box, 5, 5)
            painter.save()
            painter.setClipPath(path)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, cover)
            painter.restore()
        else:
            filled(painter, box, 5, tokens.control)
            note = box.adjusted(size * 0.24, size * 0.24, -size * 0.24, -size * 0.24)
            icons.paint(painter, "listen", note, theme.blend(tokens.quiet, tokens.control, 0.6))
        if row.id == self.previewed:
            filled(painter, box, 5, theme.colour("#0B0D10", 0.62))
            icons.paint(painter, "volume", box.adjusted(6, 6, -6, -6), "#FFFFFF")
        words = QRectF(box.right() + theme.px(10), rect.top(), 0, rect.height())
        words.setRight(rect.right() - _PAD)
        failed = row.state is FileState.FAILED
        tone = tokens.error if failed else tokens.text
        font = "bold" if row.id == self.previewed else "plain"
        self._text(painter, words, columns.title_of(row), tone, font=font)

    def _tags(self, painter: QPainter, rect: QRectF, row: TrackRow) -> None:
        tokens = theme.current()
        text = columns.text(row, Column.TAG)
        agrees = not row.words or tags_agree(row.genres, row.words)
        tone = tokens.text if agrees else tokens.warning
        if text:
            self._text(painter, rect, text, tone)
        else:
            self._text(painter, rect, "–", tokens.quiet)

    def _genre(self, painter: QPainter, rect: QRectF, row: TrackRow) -> None:
        """Draw the genre that is used, with a lock where a person set it."""
        tokens = theme.current()
        text = columns.genre_words(row)
        if not text:
            self._text(painter, rect, "–", tokens.quiet)
            return
        label = row.corrected[0] if row.corrected else row.heard or text
        dot = self._dot(rect)
        strengths.paint_dot(painter, dot, Strength.SURE, (label,))
        right = rect.right()
        if row.locked:
            size = theme.px(14)
            mark = QRectF(right - size, rect.center().y() - size / 2, size, size)
            icons.paint(painter, "lock", mark, tokens.quiet)
            right -= theme.px(18)
        words = QRectF(dot.right() + theme.px(8), rect.top(), 0, rect.height())
        words.setRight(right)
        self._text(painter, words, text, tokens.text)

    def _dot(self, rect: QRectF) -> QRectF:
        size = theme.px(10)
        return QRectF(rect.left(), rect.center().y() - size / 2, size, size)

    def _heard(self, painter: QPainter, rect: QRectF, row: TrackRow) -> None:
        """Draw what the network says, by fill and word as everywhere, and its score."""
        tokens, strength = theme.current(), row.network.strength
        if strength is None:
            return
        dot = self._dot(rect)
        strengths.paint_dot(painter, dot, strength, row.named)
        right, (font, metrics) = rect.right(), self._font("plain")
        short = strengths.short(strength, row.named)
        if row.heard:
            score = sureness(*row.shares) if row.named else sureness(row.score)
            width = metrics.horizontalAdvance(score) + theme.px(8)
            room = right - width - dot.right() - theme.px(8)
            if len(row.named) < 2 or metrics.horizontalAdvance(short) <= room:
                box = QRectF(right - width, rect.top(), width + 1, rect.height())
                self._text(painter, box, score, tokens.quiet, side=_RIGHT)
                right -= width
        words = QRectF(dot.right() + theme.px(8), rect.top(), 0, rect.height())
        words.setRight(right)
        certain = strength is Strength.SURE
        name = strengths.word(strength, row.named)
        fits = metrics.horizontalAdvance(name) <= words.width()
        if self._form.short(font, rect.width(), fits=fits):
            name = short
        more = row.all_heard[1:] if certain else ()
        if more:
            words = self._chips(painter, words, more, name)
        self._text(painter, words, name, tokens.text if certain else tokens.quiet)

    def _chips(self, painter: QPainter, rect: QRectF, more: tuple[str, ...], name: str) -> QRectF:
        """Draw the other words that hold as chips at the right, "+2" for those without room.

        Returns
        -------
        QRectF
            Where the first word stands.
        """
        tokens = theme.current()
        font, metrics = self._font("small")
        pad, gap = theme.px(6), theme.px(4)
        room = rect.width() - self._font("plain")[1].horizontalAdvance(name) - 2 * gap
        rest = metrics.horizontalAdvance(f"+{len(more)}") + 2 * pad
        chips: list[tuple[str, str, float]] = []
        for at, word in enumerate(more):
            width = metrics.horizontalAdvance(genre_word(word)) + 2 * pad
            left = len(more) - at - 1
            if width + gap + (rest + gap if left else 0) > room:
                break
            chips.append((genre_word(word), word, width))
            room -= width + gap
        if len(chips) < len(more):
            chips.append((f"+{len(more) - len(chips)}", "", rest))
        right = rect.right()
        painter.setFont(font)
        for text, word, width in reversed(chips):
            high = theme.px(20)
            box = QRectF(right - width, rect.center().y() - high / 2, width, high)
            colour = theme.genre_colour(word) if word else QColor(tokens.line)
            filled(painter, box, high / 2, theme.blend(colour, tokens.card, 0.22))
            painter.setPen(QColor(tokens.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            right -= width + gap
        return QRectF(rect.left(), rect.top(), max(0.0, right - rect.left()), rect.height())

    def _ribbon(self, painter: QPainter, rect: QRectF, row: TrackRow) -> None:
        image = self._pictures.drawn(row.track_id)
        high = theme.px(14)
        box = QRectF(rect.left(), rect.center().y() - high / 2, rect.width(), high)
        if image is None and row.state is not FileState.FOUND:
            return
        path = QPainterPath()
        path.addRoundedRect(box, 3, 3)
        painter.setClipPath(path)
        # alone it is what was not analyzed yet; silence is a line on it
        painter.fillRect(box, QColor(theme.current().control))
        if image is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, image)

    def _state(self, painter: QPainter, rect: QRectF, row: TrackRow) -> None:
        tokens = theme.current()
        name, tone = {
            FileState.FOUND: ("clock", tokens.quiet),
            FileState.ANALYSED: ("check", tokens.good),
            FileState.FAILED: ("warning", tokens.error),
            FileState.MISSING: ("help", tokens.warning),
            FileState.OFFLINE: ("unplugged", tokens.quiet),
        }[row.state]
        if row.answer in TO_CHECK and row.answer.strength and row.state is FileState.ANALYSED:
            name, tone = strengths.LOOKS[row.answer.strength].icon, tokens.warning
        size = theme.px(16)
        box = QRectF(rect.left() + _PAD, rect.center().y() - size / 2, size, size)
        icons.paint(painter, name, box, tone)
