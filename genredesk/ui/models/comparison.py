"""Up to four models on the same songs: how they stand, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
)

from genredesk.core.genres import genre_key, genre_word
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.services.comparing import difference
from genredesk.ui.widgets.charts.intervals import MeasuredShare

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.ui.models.evidence import Evidence

MOST_ROWS = 200
"""So many songs on which they disagree are listed."""

_SHOWN_ROWS = 8


def shares(found: Evidence, title: str, bundle: Bundle | None) -> list[MeasuredShare]:
    """Return the models on the songs all know, the one that is shown first and in accent."""
    if found.together is not None and found.together["n"]:
        own = bundle.id if bundle is not None else ""
        rows = sorted(found.together["models"].items(), key=lambda item: item[0] != own)
        return [
            MeasuredShare(row["title"], row["right"], tuple(row["interval"]), strong=key == own)
            for key, row in rows
        ]
    if not found.versus:
        return []
    other = found.versus[0]
    mine, theirs = (tuple(other[f"{key}_interval"]) for key in ("mine", "other"))
    return [
        MeasuredShare(title, other["mine"], mine, strong=True),
        MeasuredShare(other["title"], other["other"], theirs),
    ]


def sentences(found: Evidence) -> list[str]:
    """Say how far the model is from each of the others, and by which words they were compared."""
    out = []
    for other in found.versus:
        text = difference(other["comparison"])
        out.append(f"{other['title']}: {text}" if len(found.versus) > 1 else text)
    if found.together is not None and found.together["n"]:
        words = ", ".join(genre_word(word) for word in found.together["words"])
        text = tr("Compared by the %Ln word(s) all of them know: {0}.", "",
                  len(found.together["words"]))  # fmt: skip
        out.append(text.format(words))
        for row in found.together["models"].values():
            if row["means"]:
                said = "; ".join(
                    tr("{0} as {1}").format(genre_word(word), ", ".join(map(genre_word, own)))
                    for word, own in row["means"].items()
                )
                out.append(tr("{0} counts {1}.").format(row["title"], said))
    return out


def apart(found: Evidence) -> str:
    """Say on how many songs models disagree; empty where they never do."""
    if found.together is None or not found.together["disagree"]:
        return ""
    text = tr("They disagree on {0} of %Ln song(s):", "", found.together["n"])
    return text.format(len(found.together["disagree"]))


class DisagreementTable(QTableWidget):
    """The songs that models call differently; an answer that is one of the song's own is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Songs they disagree on"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(28))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_rows(self, together: Mapping[str, Any] | None) -> None:
        """Show where models disagree; nothing where they were not compared, or never do."""
        rows = together["disagree"][:MOST_ROWS] if together else []
        self.setVisible(bool(rows))
        if not rows or together is None:
            return
        models = together["models"]
        titles = [row["title"] for row in models.values()]
        heads = [self.tr("Song"), self.tr("Yours"), *titles]
        self.setColumnCount(len(heads))
        self.setRowCount(len(rows))
        for i, row in enumerate(rows):
            name = row["song"].rpartition("/")[2]
            own = ", ".join(map(genre_word, row["truth"]))
            answers = [row["answers"][key] for key in models]
            for column, text in enumerate((name, own)):
                self.setItem(i, column, self._cell(text, row["song"]))
            for column, (key, word) in enumerate(zip(models, answers, strict=True), 2):
                means = models[key]["means"].get(word, [genre_key(word)])
                right = bool(set(means) & set(row["truth"]))
                cell = self._cell(f"{'✓ ' * right}{genre_word(word)}", row["song"])
                if right:
                    cell.setForeground(QColor(theme.current().good))
                self.setItem(i, column, cell)
        for column, title in enumerate(heads):
            item = QTableWidgetItem(title)
            item.setToolTip(title)
            self.setHorizontalHeaderItem(column, item)
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        shown = min(len(rows), _SHOWN_ROWS)
        self.setFixedHeight(head.sizeHint().height() + theme.px(28) * shown + theme.px(4))

    def _cell(self, text: str, tip: str) -> QTableWidgetItem:
        cell = QTableWidgetItem(text)
        cell.setToolTip(tip)
        cell.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return cell
