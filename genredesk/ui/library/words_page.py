"""A person's own words for genres: what is written for each, under what, and how sure is sure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTreeView,
    QWidget,
)

from genredesk.core.genres import genre_word
from genredesk.core.names import nfc
from genredesk.core.shares import percent
from genredesk.library.catalogue.mapping import Words, WordsError
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.columns import tr
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import tab_order
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Dot, IconButton, Slider
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

REST_MS = 500
ARROW = "›"


class WordRow:
    """One heard genre: its threshold and the words for it, broad ones before narrow ones."""

    def __init__(self, label: str) -> None:
        self.label = label
        name = genre_word(label)
        self.dot = Dot(lambda: theme.genre_colour(label))
        self.name = plain_label(name)
        self.slider = Slider(tr("How sure it must be of {0}").format(name))
        self.slider.setRange(0, 20)
        self.amount = plain_label("", "quiet")
        self.amount.setFont(theme.font(13))
        self.amount.setMinimumWidth(
            self.amount.fontMetrics().horizontalAdvance(tr("as the model says") + "  ")
        )
        self.words = QLineEdit()
        self.words.setAccessibleName(tr("Names written for {0}").format(name))
        self.words.setPlaceholderText(tr("not written"))
        self.slider.valueChanged.connect(self._show_amount)

    def show(self, words: Words) -> None:
        """Show what was decided; the slider's left end is the model's own recommendation."""
        value = words.thresholds.get(self.label)
        self.slider.blockSignals(True)
        self.slider.setValue(0 if value is None else max(1, round(value * 20)))
        self.slider.blockSignals(False)
        self._show_amount()
        ways = [way for word in words.of(self.label) for way in words.paths(word)]
        self.words.setText(", ".join(f" {ARROW} ".join(way) for way in ways))

    def _show_amount(self) -> None:
        value = self.threshold()
        text = tr("as the model says") if value is None else percent(value)
        self.amount.setText(text)

    def threshold(self) -> float | None:
        """Return the score from which it counts, ``None``: as the model recommends."""
        return self.slider.value() / 20 if self.slider.value() else None


def read(rows: Sequence[WordRow], listed: str = "") -> Words:
    """Return what the rows say, and the list of names beside them.

    Raises
    ------
    WordsError
        When a word is empty or above itself.
    """
    mapping: dict[str, tuple[str, ...]] = {}
    parents: dict[str, tuple[str, ...]] = {}
    thresholds: dict[str, float] = {}
    for row in rows:
        found = []
        for part in row.words.text().split(","):
            steps = nfc(part).replace(">", ARROW).split(ARROW)
            path = [word.strip() for word in steps if word.strip()]
            for above, below in itertools.pairwise(path):
                parents[below] = (*parents.get(below, ()), above)
            if path:
                found.append(path[-1])
        mapping[row.label] = tuple(dict.fromkeys(found))
        threshold = row.threshold()
        if threshold is not None:
            thresholds[row.label] = threshold
    own = [word.strip() for word in nfc(listed).replace(",", "\n").split("\n")]
    return Words(mapping, parents, thresholds, tuple(word for word in own if word)).checked()


class WordsPage(QWidget):
    """Thresholds and words; every change counts at once.

    Signals
    -------
    left()
        Back to the table.
    """

    left = Signal()

    def __init__(self, tracks: CatalogueModel) -> None:
        super().__init__()
        self.tracks = tracks
        self.rows: list[WordRow] = []
        self.back = IconButton("back", self.tr("Back to the tracks"), size=20)
        title = plain_label(self.tr("Genre names and thresholds"), "title")
        self.error = paragraph("", "error")
        self.error.hide()
        help_text = paragraph(
            self.tr(
                "What is written for each genre: one name, or several separated by commas. "
                "“Jazz › Bebop” puts Bebop under Jazz; “Jazz › Fusion, Rock › Fusion” puts Fusion "
                "under both. A genre with an empty line is never written. An answer is sure from "
                "the score beside it."
            ),
            "quiet",
        )
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(14))
        self._grid.setVerticalSpacing(GRID)
        self._grid.setColumnStretch(2, 2)
        self._grid.setColumnStretch(4, 3)
        self._lay_out(title, help_text)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.save)
        self.back.clicked.connect(self._leave)
        self.listed.textChanged.connect(self._rest.start)

    def _lay_out(self, title: QLabel, help_text: QLabel) -> None:
        holder = QWidget()
        VBox(self._grid, STRETCH, parent=holder, margins=(0, GRID, GRID, 0))
        self._area = scrolled(holder)
        # names of genres may be long, in the person's language and in the list's
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.tree = QTreeView()
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(self.tr("Tree of the genre names"))
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIndentation(theme.px(18))
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._model = QStandardItemModel(self)
        self.tree.setModel(self._model)
        head = HBox(self.back, (title, 1), gap=GRID)
        left = Card("")
        left.body.add(help_text, self.error, (self._area, 1))
        right = Card(self.tr("AS A TREE"))
        right.setFixedWidth(theme.px(250))
        listed = paragraph(self.tr("ONLY THESE NAMES"), "heading")
        self.listed = QPlainTextEdit()
        self.listed.setAccessibleName(self.tr("Only these names are written"))
        self.listed.setPlaceholderText(
            self.tr(
                "Empty: every name is written. Else one a line: other genres go to the nearest "
                "name above them that is listed, or are left out."
            )
        )
        self.listed.setTabChangesFocus(True)
        right.body.add((self.tree, 3), listed, (self.listed, 2))
        VBox(head, (HBox((left, 1), right, gap=2 * GRID), 1), parent=self, gap=GRID + 4)

    def show_words(self, labels: Sequence[str]) -> None:
        """Ask for the words in the catalogue and show them for these genres."""
        self._make_rows(labels)
        self.tracks.change(lambda catalogue: catalogue.words.current, self._show)
        self.setFocus()

    def _make_rows(self, labels: Sequence[str]) -> None:
        if [row.label for row in self.rows] == list(labels):
            return
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        self.rows = [WordRow(label) for label in labels]
        middle = Qt.AlignmentFlag.AlignVCenter
        heads = (self.tr("Heard as"), self.tr("Sure from"), self.tr("Written as"))
        for column, text in zip((1, 2, 4), heads, strict=True):
            head = plain_label(text, "heading")
            self._grid.addWidget(head, 0, column)
        for n, row in enumerate(self.rows, 1):
            for m, widget in enumerate((row.dot, row.name, row.slider, row.amount, row.words)):
                self._grid.addWidget(widget, n, m, middle)
            row.slider.valueChanged.connect(lambda _value: self._rest.start())
            row.words.textEdited.connect(lambda _text: self._rest.start())
            row.words.editingFinished.connect(self._hasten)
        stops = [(row.slider, row.words) for row in self.rows]
        tab_order(self.back, *itertools.chain.from_iterable(stops))

    def _show(self, words: Words) -> None:
        for row in self.rows:
            row.show(words)
        self.listed.blockSignals(True)
        self.listed.setPlainText("\n".join(words.listed))
        self.listed.blockSignals(False)
        self._show_tree(words)

    def _show_tree(self, words: Words) -> None:
        from genredesk.library.catalogue.mapping import tree  # noqa: PLC0415

        self._model.clear()
        above: list[QStandardItem] = [self._model.invisibleRootItem()]
        for depth, word in tree(words, [row.label for row in self.rows]):
            item = QStandardItem(word)
            item.setSizeHint(QSize(0, theme.px(26)))
            above = above[: depth + 1]
            above[-1].appendRow(item)
            above.append(item)
        self.tree.expandAll()

    def _hasten(self) -> None:
        if self._rest.isActive():
            self._rest.stop()
            self.save()

    def save(self) -> None:
        """Keep what is shown, or say why it cannot be kept."""
        self._rest.stop()
        try:
            words = read(self.rows, self.listed.toPlainText())
        except WordsError as error:
            self.error.setText(str(error))
            self.error.show()
            return
        self.error.hide()
        self._show_tree(words)

        def work(catalogue: Catalogue) -> None:
            catalogue.words.keep(words)

        def done(_value: object) -> None:
            self.tracks.model.forget()

        self.tracks.change(work, done, self.tr("saving the genre names"))

    def _leave(self) -> None:
        self._hasten()
        self.left.emit()
