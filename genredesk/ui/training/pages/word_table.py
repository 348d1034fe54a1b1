"""The result of a training on several words a song, word by word."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from genredesk.core.genres import genre_word
from genredesk.core.shares import measured, percent
from genredesk.ui.look import theme
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.controls import Dot
from genredesk.ui.widgets.layouts import plain_label


def fill(grid: QGridLayout, evaluation: dict[str, Any], most: int) -> None:
    """Show precision, recall and the threshold of at most so many words."""
    heads = (
        "", "", tr("Precision"), tr("Recall"), tr("Ranked"),
        tr("Sure from"), tr("Songs"),
    )  # fmt: skip
    tips = {
        "precision": tr("{0} of the songs surely called {1} have it, over {2} with it"),
        "recall": tr("{0} of the {2} songs with {1} are surely called so"),
        "average_precision": tr(
            "Average precision: {0}. How far the {2} songs with {1} come before the others"
        ),
        "threshold": tr("From {0} on {1} is sure, by {2} songs with it"),
    }
    for column, text in enumerate(heads):
        grid.addWidget(cell_of(text, "quiet", left=column < 2), 0, column)
    every = list(evaluation["per_label"].items())
    if left := len(every[most:]):
        text = tr("%Ln more are in the report.", "", left)
        grid.addWidget(cell_of(text, "quiet", left=True), most + 1, 1)
    for i, (label, row) in enumerate(every[:most], 1):
        name = genre_word(label)
        grid.addWidget(Dot(partial(theme.genre_colour, label)), i, 0)
        grid.addWidget(cell_of(name, left=True), i, 1)
        for column, (key, tip) in enumerate(tips.items(), 2):
            write = percent if key == "threshold" else measured
            nothing = key == "precision" and not row[key] and not row["recall"]
            cell = cell_of("–" if nothing else write(row[key]))
            cell.setToolTip(tip.format(write(row[key]), name, row["n"]))
            grid.addWidget(cell, i, column)
        grid.addWidget(cell_of(str(row["n"])), i, len(heads) - 1)


def rules(evaluation: dict[str, Any]) -> tuple[tuple[str, float, int, Any], ...]:
    """Return what was measured in all: words, the share, of how many, its interval."""
    songs, windows = evaluation["songs"], evaluation["windows"]
    macro, micro, n = evaluation["macro"], evaluation["micro"], songs["n"]
    return (
        (tr("First word of a song is one of its own"), songs["first"], n, songs["interval"]),
        (
            tr("First word of a window is one of its song's"),
            windows["accuracy"],
            windows["n"],
            None,
        ),
        (tr("Precision, mean over words"), macro["precision"], n, None),
        (tr("Recall, mean over words"), macro["recall"], n, None),
        (tr("Average precision, mean over words"), macro["average_precision"], n, None),
        (tr("Precision of all answers"), micro["precision"], n, None),
        (tr("Recall of all answers"), micro["recall"], n, None),
    )


def cell_of(text: str, tone: str = "", *, left: bool = False) -> QLabel:
    """Return a cell of a table."""
    label = plain_label(text, tone)
    side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
    label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return label


def emptied(grid: QGridLayout) -> None:
    """Take everything out of a grid."""
    while grid.count():
        item = grid.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
