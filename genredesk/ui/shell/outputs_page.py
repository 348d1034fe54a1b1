"""Settings of the outputs: which other programs are told what is heard, and how they are doing."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from genredesk.core.errors import GenreDeskError
from genredesk.outputs import PeerKind, kinds, split
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.shell.output_texts import FieldText, KindText, field_texts, kind_texts
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Button, Dot
from genredesk.ui.widgets.layouts import HBox, VBox, paragraph
from genredesk.ui.widgets.popover import Popover
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.core.settings import Settings
    from genredesk.outputs import OutputState
    from genredesk.ui.listen.outputs.publishing import Publishing

_WIDTH = 620


class OutputsPage(Popover):
    """The plate with one card an output."""

    def __init__(self, memory: SettingsStore, publishing: Publishing, parent: QWidget) -> None:
        super().__init__(parent, _WIDTH)
        self.setAccessibleName(self.tr("Other programs"))
        self._memory = memory
        self._publishing = publishing
        title = QLabel(self.tr("Other programs"))
        title.setFont(theme.font(16, bold=True))
        about = paragraph(
            self.tr(
                "Tell them what is heard. Nothing leaves this program before you switch it on."
            ),
            "quiet",
        )
        self.column.addWidget(title)
        self.column.addWidget(about)
        texts = kind_texts()
        there = [name for name, kind in kinds().items() if sys.platform.startswith(kind.system)]
        names = sorted(there, key=lambda name: list(texts).index(name) if name in texts else 99)
        self.cards = {
            name: OutputCard(kinds()[name], texts.get(name, KindText(name, ""))) for name in names
        }
        inside = QWidget()
        column = _column(inside)
        for card in self.cards.values():
            column.addWidget(card)
            card.switched.connect(self._store)
            card.changed.connect(self._store)
            card.test_asked.connect(publishing.test)
        column.addStretch(1)
        self.area = scrolled(inside)
        self._inside = inside
        self.column.addWidget(self.area, 1)
        memory.changed.connect(self._on_settings)
        publishing.state_changed.connect(self._on_state)
        publishing.tested.connect(self._on_tested)
        self._show(memory.settings)

    def place(self) -> None:
        """Show every program where the window is high enough, and stay inside it where not."""
        room = self._over.height() - theme.px(150)
        self.area.setFixedHeight(max(theme.px(120), min(self._inside.sizeHint().height(), room)))
        super().place()

    def _store(self) -> None:
        """Remember what is set; what is on is opened at once."""
        on = tuple(card.address for card in self.cards.values() if card.on)
        off = tuple(card.address for card in self.cards.values() if not card.on and card.is_set)
        self._memory.update(outputs=on, outputs_off=off)

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        if names & {"outputs", "outputs_off"}:
            self._show(settings)

    def _show(self, settings: Settings) -> None:
        for on, addresses in ((False, settings.outputs_off), (True, settings.outputs)):
            for address in addresses:
                try:
                    kind, options = split(address)
                except GenreDeskError:
                    continue  # a kind of a newer version
                if kind.name in self.cards:
                    self.cards[kind.name].show_options(options, on=on)
        for card in self.cards.values():
            self._show_state(card)

    def _show_state(self, card: OutputCard) -> None:
        states = self._publishing.states
        found = [state for address, state in states.items() if card.has(address)]
        card.show_state(found[0] if card.on and found else None)

    def _on_state(self, address: str, _state: OutputState) -> None:
        for card in self.cards.values():
            if card.has(address):
                self._show_state(card)

    def _on_tested(self, address: str, text: str) -> None:
        for card in self.cards.values():
            if card.has(address):
                card.say(text)


class OutputCard(Card):
    """One output: a switch, its fields, a test, and a sentence that says how it is doing.

    Signals
    -------
    switched(), changed()
        The person switched it, or set something of it.
    test_asked(str)
        A test of this address is wanted.
    """

    switched = Signal()
    changed = Signal()
    test_asked = Signal(str)

    def __init__(self, kind: PeerKind, text: KindText) -> None:
        super().__init__("", margin=2 * GRID)
        self.kind = kind
        self.setAccessibleName(text.title)
        self.switch = QCheckBox(text.title)
        self.switch.setFont(theme.font(14, bold=True))
        self.switch.setToolTip(text.about)
        self.test = Button(self.tr("Test"))
        self.test.setAccessibleName(self.tr("Test {0}").format(text.title))
        self.head.insertWidget(0, self.switch)
        self.head.addWidget(self.test)
        about = paragraph(text.about, "quiet")
        self.body.addWidget(about)
        self.controls: dict[str, QLineEdit | QCheckBox] = {}
        self._shown: list[QWidget] = []
        self._fields()
        self._state = ""
        self.dot = Dot(self._tone)
        self.state = paragraph(selectable=True)
        self.state.setAccessibleName(self.tr("State of {0}").format(text.title))
        self.body.addLayout(
            HBox((self.dot, 0, Qt.AlignmentFlag.AlignVCenter), (self.state, 1), gap=GRID)
        )
        self.switch.clicked.connect(self._on_switch)
        self.test.clicked.connect(lambda: self.test_asked.emit(self.address))
        self.show_state(None)

    def _fields(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(1, 1)
        texts = field_texts()
        for row, field in enumerate(dataclasses.fields(self.kind.options)):
            text = texts.get((self.kind.name, field.name)) or texts.get(("", field.name))
            text = text or FieldText(field.name)
            control = self._control(field, text)
            label = QLabel(text.title)
            label.setBuddy(control)
            control.setAccessibleName(text.title)
            control.setToolTip(text.hint)
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1)
            self.controls[field.name] = control
            self._shown += [label, control]
            if self.kind.whole:
                choose = Button(self.tr("Choose …"))
                choose.clicked.connect(self._choose)
                grid.addWidget(choose, row, 2)
                self._shown.append(choose)
        self.body.addLayout(grid)

    def _control(self, field: dataclasses.Field[Any], text: FieldText) -> QLineEdit | QCheckBox:
        if isinstance(field.default, bool):
            box = QCheckBox(text.hint)
            box.clicked.connect(self.changed)
            return box
        line = QLineEdit(str(field.default))
        line.setPlaceholderText(text.placeholder)
        if isinstance(field.default, int):
            line.setValidator(QIntValidator(1, 65535, line))
        if text.secret:
            line.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        line.editingFinished.connect(self.changed)
        return line

    # what is set --------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        """Whether it is switched on."""
        return self.switch.isChecked()

    @property
    def address(self) -> str:
        """The address of what is set."""
        values: dict[str, object] = {}
        for field in dataclasses.fields(self.kind.options):
            control = self.controls[field.name]
            if isinstance(control, QCheckBox):
                values[field.name] = control.isChecked()
            else:
                text = control.text() if self.kind.whole else control.text().strip()
                default: object = field.default
                valid = control.hasAcceptableInput()
                port = isinstance(default, int)
                values[field.name] = (int(text) if valid else default) if port else text
        return self.kind.write(self.kind.options(**values))

    def has(self, address: str) -> bool:
        """Tell whether ``address`` says what is set here, however it is written."""
        try:
            kind, options = split(address)
        except GenreDeskError:
            return False
        return kind.name == self.kind.name and kind.write(options) == self.address

    @property
    def is_set(self) -> bool:
        """Whether anything is not as it comes."""
        return self.address != self.kind.write(self.kind.options())

    def show_options(self, options: Any, *, on: bool) -> None:
        """Show what is remembered."""
        self.switch.setChecked(on)
        for name, control in self.controls.items():
            value = getattr(options, name)
            if isinstance(control, QCheckBox):
                control.setChecked(value)
            elif control.text() != str(value):
                control.setText(str(value))

    def _on_switch(self, on: bool) -> None:
        if on and self.kind.whole and not self.is_set:
            self.switch.setChecked(False)  # nothing counts before a file is chosen
            self._choose()
            return
        self.switched.emit()

    def _choose(self) -> None:
        dialogs.save_file(
            self.window(),
            self.tr("Write the genre to"),
            self.tr("Text (*.txt)"),
            self.tr("genre") + ".txt",
            lambda path, _kind: self.write_to(path),
        )

    def write_to(self, path: Path) -> None:
        """Write the genre of the moment to ``path`` from now on."""
        line = next(iter(self.controls.values()))
        if isinstance(line, QLineEdit):
            line.setText(str(path))
        self.switch.setChecked(True)
        self.switched.emit()

    # how it is doing ----------------------------------------------------------------------

    def _tone(self) -> str:
        tokens = theme.current()
        return {"on": tokens.good, "lost": tokens.warning}.get(self._state, tokens.line)

    def show_state(self, state: OutputState | None) -> None:
        """Say how it is doing; ``None``: it is off, or just being switched on."""
        for widget in self._shown:
            widget.setVisible(self.on)
        self.test.setEnabled(self.on)
        self._state = state.state if state else ""
        self.dot.update()
        if state is not None:
            self.say(state.text)
        else:
            self.say(self.tr("Connecting …") if self.on else self.tr("Off"))

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.state.setText(text)


def _column(parent: QWidget) -> VBox:
    return VBox(parent=parent, gap=GRID, margins=(0, 0, GRID, 0))
