"""What an action asks for before it can be planned; only the fields it says it looks at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from genredesk.library.organize.plan import ActionOptions
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.widgets.controls import Combo, IconButton
from genredesk.ui.widgets.layouts import HBox, VBox, paragraph, plain_label

TYPING_MS = 350


class Choices(QWidget):
    """The form of an action.

    Signals
    -------
    changed()
        Something else was chosen, a moment ago; see :meth:`options`.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._uses: frozenset[str] = frozenset()
        self.to = self._line(self.tr("Folder to put them in"))
        self.browse = IconButton("folder", self.tr("Choose the folder"), size=18)
        self.template = self._line(self.tr("How folders and files are named"))
        self.name = self._line(self.tr("Name"))
        self.number = QCheckBox(self.tr("Add (2), (3) to duplicate names"))
        self.replace, self.keep = self._pair(
            self.tr("Replace the genres in the tags"), self.tr("Add to the genres in the tags")
        )
        self.per_genre, self.one = self._pair(
            self.tr("One playlist for each genre"), self.tr("One playlist of everything")
        )
        self.format = Combo(self.tr("Format"))
        self.format.addItem(self.tr("CSV, for tables"), "csv")
        self.format.addItem(self.tr("JSON, for programs"), "json")
        self._parts: dict[str, list[QWidget]] = {}
        column = VBox(parent=self, gap=GRID)
        folder = QWidget()
        HBox((self.to, 1), self.browse, parent=folder, gap=4)
        help_text = self.tr(
            "Fields: {genre} {artist} {album} {title} {track:02} {disc} {year} {album_artist} "
            "{name}"
        )
        help_label = paragraph(help_text, "quiet")
        for key, title, widgets in (
            ("keep", "", [self.replace, self.keep]),
            ("per_genre", "", [self.per_genre, self.one]),
            ("to", self.tr("Folder"), [folder]),
            ("template", self.tr("Names"), [self.template, help_label]),
            ("number", "", [self.number]),
            ("name", self.tr("Name"), [self.name]),
            ("format", self.tr("Format"), [self.format]),
        ):
            parts = list(widgets)
            if title:
                label = plain_label(title, "heading")
                parts.insert(0, label)
            column.add(*parts)
            self._parts[key] = parts
        column.addStretch(1)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.changed)
        for line in (self.to, self.template, self.name):
            line.textEdited.connect(lambda _text: self._typing.start())
            line.returnPressed.connect(self._now)
        for button in (self.replace, self.keep, self.per_genre, self.one, self.number):
            button.clicked.connect(lambda _on: self.changed.emit())
        self.format.activated.connect(lambda _i: self.changed.emit())
        self.browse.clicked.connect(self._ask_folder)

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(name)
        return line

    def _pair(self, first: str, second: str) -> tuple[QRadioButton, QRadioButton]:
        group = QButtonGroup(self)
        buttons = QRadioButton(first), QRadioButton(second)
        for button in buttons:
            group.addButton(button)
        buttons[0].setChecked(True)
        return buttons

    def show_for(self, uses: Iterable[str], options: ActionOptions) -> None:
        """Ask for these fields, beginning with ``options``."""
        self._uses = frozenset(uses)
        for key, parts in self._parts.items():
            for part in parts:
                part.setVisible(key in self._uses)
        self.to.setText(str(options.to or ""))
        self.template.setText(options.template)
        self.template.setCursorPosition(0)
        self.name.setText(options.name)
        self.number.setChecked(options.number)
        (self.keep if options.keep else self.replace).setChecked(True)
        (self.per_genre if options.per_genre else self.one).setChecked(True)
        self.format.setCurrentIndex(self.format.findData(options.format))
        self._show_name()

    def _show_name(self) -> None:
        """The name of the one playlist is only asked for when there is one."""
        wanted = "name" in self._uses and not (
            "per_genre" in self._uses and self.per_genre.isChecked()
        )
        for part in self._parts["name"]:
            part.setVisible(wanted)

    def options(self) -> ActionOptions:
        """Return what was chosen."""
        self._show_name()
        defaults = ActionOptions()
        text = self.to.text().strip()
        return ActionOptions(
            to=Path(text).expanduser() if text else None,
            template=self.template.text().strip() or defaults.template,
            number=self.number.isChecked(),
            keep=self.keep.isChecked(),
            per_genre=self.per_genre.isChecked(),
            name=self.name.text().strip() or defaults.name,
            format=self.format.currentData(),
        )

    def _now(self) -> None:
        self._typing.stop()
        self.changed.emit()

    def _ask_folder(self) -> None:
        dialogs.open_folder(self, self.tr("Choose the folder"), self.to.text(), self._folder_chosen)

    def _folder_chosen(self, path: Path) -> None:
        self.to.setText(str(path))
        self.changed.emit()
