"""The filter box with its language, what is wrong with a filter, and filters with a name."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from genredesk.library.index.saved_filters import SavedFilter
from genredesk.ui.look import icons
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.controls import Button, IconButton
from genredesk.ui.widgets.layouts import HBox, VBox, paragraph
from genredesk.ui.widgets.search_box import SearchBox

TYPING_MS = 120
"""The list follows the typing after this pause."""


_WIDE = 64
"""Characters in a line of the tooltip."""


def language() -> str:
    """Return what the language of filters can do, by the table of its fields, for the tooltip."""
    from genredesk.library.index.fields.table import FIELDS  # noqa: PLC0415
    from genredesk.ui.look.text import tr  # noqa: PLC0415

    lines = [""]
    for example in (example for field in FIELDS for example in field.examples):
        longer = f"{lines[-1]}   {example}" if lines[-1] else example
        if len(longer) > _WIDE:
            lines.append(example)
        else:
            lines[-1] = longer
    return "\n".join(
        [
            tr("Words are looked for in title, artist, album and path."),
            *lines,
            tr("tag:!=heard: the tag says something else."),
            tr("OR, NOT (or -) and parentheses combine them."),
        ]
    )


class FilterBar(QWidget):
    """Asks for a filter and shows what is wrong with it right below.

    Signals
    -------
    changed(str)
        Another text, a moment after the last key.
    chosen(SavedFilter)
        A filter with a name.
    save_asked(str, str), delete_asked(str)
        Keep this name and text; forget this name.
    left()
        The keyboard wants to go to the table.
    """

    changed = Signal(str)
    chosen = Signal(object)
    save_asked = Signal(str, str)
    delete_asked = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._filters: list[SavedFilter] = []
        self._last = ""
        self.box = SearchBox(self.tr("Filter"), self.tr("Clear the filter (Escape)"))
        self.box.setPlaceholderText(self.tr("Filter: miles   heard:jazz   sure:<0.6   tag:!=heard"))
        self.box.setToolTip(language())
        self.saved = IconButton("bookmark", self.tr("Saved filters"))
        self.error = paragraph("", "error")
        self.error.hide()
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the filter"))
        self.name.setPlaceholderText(self.tr("Name it, then press Enter"))
        self.keep = Button(self.tr("Save"), "primary")
        self._naming = QWidget()
        HBox((self.name, 1), self.keep, parent=self._naming)
        self._naming.hide()
        VBox(
            HBox((self.box, 1), self.saved, gap=GRID // 2),
            self._naming,
            self.error,
            parent=self,
            gap=4,
        )
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._typed)
        self.box.textChanged.connect(lambda _text: self._typing.start())
        self.box.returnPressed.connect(self._typed)
        self.box.left_down.connect(self.left)
        self.saved.clicked.connect(self._open_menu)
        self.keep.clicked.connect(self._keep)
        self.name.returnPressed.connect(self._keep)

    def text(self) -> str:
        """Return the filter as typed."""
        return self.box.text()

    def set_text(self, text: str) -> None:
        """Put a filter into the box without asking for it."""
        self._last = text
        self.box.blockSignals(True)
        self.box.setText(text)
        self.box.blockSignals(False)
        self.box.erase.setVisible(bool(text))
        self.show_error("")

    def set_filters(self, filters: list[SavedFilter]) -> None:
        """Offer these."""
        self._filters = list(filters)

    def show_error(self, text: str) -> None:
        """Say what is wrong with the filter; empty: nothing is."""
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self.box.setAccessibleDescription(text)
        self.error.setAccessibleName(text)
        self.box.setProperty("wrong", bool(text))

    def _typed(self) -> None:
        self._typing.stop()
        text = self.box.text().strip()
        if text != self._last:
            self._last = text
            self.changed.emit(text)

    def menu(self) -> QMenu:
        """Make the menu of filters with a name."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for saved in self._filters:
            entry = menu.addAction(saved.name)
            entry.setToolTip(saved.text)
            entry.triggered.connect(lambda _on=False, s=saved: self.chosen.emit(s))
        if not self._filters:
            menu.addAction(self.tr("No saved filters yet")).setEnabled(False)
        menu.addSeparator()
        keep = menu.addAction(icons.icon("bookmark"), self.tr("Save this filter …"))
        keep.setEnabled(bool(self.box.text().strip()) and not self.error.text())
        keep.triggered.connect(self.ask_name)
        if self._filters:
            forget = menu.addMenu(icons.icon("trash"), self.tr("Delete"))
            for saved in self._filters:
                entry = forget.addAction(saved.name)
                entry.triggered.connect(lambda _on=False, n=saved.name: self.delete_asked.emit(n))
        return menu

    def _open_menu(self) -> None:
        self.menu().popup(self.saved.mapToGlobal(QPoint(0, self.saved.height() + 4)))

    def ask_name(self) -> None:
        """Ask for a name right below the box."""
        self._naming.show()
        self.name.clear()
        self.name.setFocus()

    def _keep(self) -> None:
        name, text = self.name.text().strip(), self.box.text().strip()
        if name and text:
            self.save_asked.emit(name, text)
        self._naming.hide()
        self.box.setFocus()
