"""Every field of the recipe, the device, the seed and the search: for those who know the field."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.training.plan.changed import version_of
from genredesk.training.plan.plan import NET
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.messages import NetworkFacts
from genredesk.ui.look import theme
from genredesk.ui.look.text import pointed, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.training.choice import QUICK
from genredesk.ui.training.fields import RecipeField, fields
from genredesk.ui.training.pages.architecture import ArchitectureField
from genredesk.ui.training.pages.wizard_page import set_tone
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label


class FieldRow:
    """One field: its name, its control, its sentence."""

    def __init__(self, field: RecipeField, grid: QGridLayout, at: int, changed: Any) -> None:
        self.field = field
        self._changed = changed
        self._default: Any = None
        self.problem = ""
        self.name = plain_label(field.name)
        self.note = paragraph(field.sentence, "quiet")
        self.control: QWidget = QLineEdit()
        if field.options or field.names_model:
            combo = Combo(field.name)
            combo.activated.connect(lambda _i: self._said(combo.currentData()))
            self.control = combo
            self.set_options([(option, option) for option in field.options])
        elif field.name == "penalty":
            box = QCheckBox()
            box.toggled.connect(self._said)
            self.control = box
        else:
            line = QLineEdit()
            line.textEdited.connect(self._typed)
            self.control = line
        self.control.setAccessibleName(field.name)
        self.control.setToolTip(field.sentence)
        self.control.setAccessibleDescription(field.sentence)
        self.control.setFixedWidth(theme.px(130))
        grid.addWidget(self.name, at, 0)
        grid.addWidget(self.control, at, 1)
        grid.addWidget(self.note, at, 2)

    def set_options(self, options: list[tuple[str, str]]) -> None:
        """Offer these: what a person reads, and the value."""
        if isinstance(self.control, Combo):
            self.control.clear()
            for text, value in options:
                self.control.addItem(text, value)

    def show_value(self, recipe: Recipe, changes: Any) -> None:
        """Show the recipe's value, or the person's own."""
        self._default = self.field.value(recipe)
        value = changes.get(self.field.name, self._default)
        own = self.field.name in changes
        font = self.name.font()
        font.setBold(own)
        self.name.setFont(font)
        control = self.control
        control.blockSignals(True)
        if isinstance(control, Combo):
            if control.findData(value) < 0:  # a model that is gone
                control.addItem(value, value)
            control.setCurrentIndex(control.findData(value))
        elif isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, QLineEdit) and not (control.hasFocus() and own):
            control.setText(pointed(f"{value:g}") if isinstance(value, float) else str(value))
            self._complain("")
        control.blockSignals(False)

    def _typed(self, text: str) -> None:
        kind = type(self._default)
        try:
            value = kind(text.replace(",", ".")) if kind is float else kind(text)
        except ValueError:
            whole = self._complain_words(kind)
            self._complain(whole)
            return
        if not self.field.low <= value <= self.field.high:
            text = tr("{0} must be between {1} and {2}.")
            low, high = (pointed(f"{bound:g}") for bound in (self.field.low, self.field.high))
            self._complain(text.format(self.field.name, low, high))
            return
        self._complain("")
        self._said(value)

    def _complain_words(self, kind: type) -> str:
        if kind is int:
            return tr("{0} must be a whole number.").format(self.field.name)
        return tr("{0} must be a number, such as 0.001 or 1e-3.").format(self.field.name)

    def _complain(self, text: str) -> None:
        if text != self.problem:
            self.problem = text
            self.note.setText(text or self.field.sentence)
            set_tone(self.note, "error" if text else "quiet")
            self._changed(None, None)

    def _said(self, value: Any) -> None:
        same = value == self._default and type(value) is type(self._default)
        self._changed(self.field.name, None if same else value)


class Advanced(QWidget):
    """Every field of a recipe, and what cannot be trained with them.

    Signals
    -------
    problem_changed()
        :attr:`problem` is another.
    """

    problem_changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self._session = session
        self.device = Combo(self.tr("Device"))
        for name, text in (
            ("auto", self.tr("Automatic")),
            ("cpu", self.tr("Processor")),
            ("cuda", self.tr("NVIDIA or AMD graphics card")),
            ("mps", self.tr("Apple graphics")),
        ):
            self.device.addItem(text, name)
        self.why = paragraph("", "quiet")
        self.frontend = Combo(self.tr("Front end"))
        self.frontend.addItem(self.tr("its own"), "")
        for name in PAPER_FRONTENDS:
            self.frontend.addItem(name, name)
        self.frontend_note = paragraph("", "quiet")
        self.seed = QSpinBox()
        self.seed.setRange(0, 2_000_000_000)
        self.seed.setAccessibleName(self.tr("Seed"))
        self.minutes = QSpinBox()
        self.minutes.setRange(0, 10_000)
        self.minutes.setSuffix(self.tr(" min"))
        self.minutes.setSpecialValueText(self.tr("off"))
        self.minutes.setAccessibleName(self.tr("Search for a better recipe, minutes"))
        for spin in (self.seed, self.minutes):
            spin.lineEdit().setTextMargins(GRID, 0, 0, 0)
        self.search_note = paragraph("", "quiet")
        self.reset = Button(self.tr("Reset to the recipe's values"))
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(2 * GRID)
        self.grid.setVerticalSpacing(GRID)
        self.grid.setColumnStretch(2, 1)
        self._row(0, self.tr("device"), self.device, self.why)
        self._row(1, self.tr("search"), self.minutes, self.search_note)
        seed_note = paragraph(
            self.tr("Random seed: the same seed gives the same network."),
            "quiet",
        )
        self._row(2, self.tr("seed"), self.seed, seed_note)
        self._row(3, self.tr("front end"), self.frontend, self.frontend_note)
        self.network = ArchitectureField(self._on_network)
        self._row(4, self.tr("network"), self.network, self.network.note)
        self.rows = [
            FieldRow(field, self.grid, i + 5, self._on_field) for i, field in enumerate(fields())
        ]
        VBox(self.grid, HBox(self.reset, STRETCH), parent=self)
        self.device.activated.connect(lambda _i: session.choose(device=self.device.currentData()))
        self.frontend.activated.connect(
            lambda _i: session.choose(frontend=self.frontend.currentData())
        )
        self.seed.valueChanged.connect(lambda value: session.choose(seed=value))
        self.minutes.valueChanged.connect(lambda value: session.choose(minutes=float(value)))
        self.reset.clicked.connect(self._reset)

    def _row(self, at: int, name: str, control: QWidget, note: QWidget) -> None:
        control.setFixedWidth(theme.px(130))
        self.grid.addWidget(plain_label(name), at, 0, Qt.AlignmentFlag.AlignVCenter)
        self.grid.addWidget(control, at, 1)
        self.grid.addWidget(note, at, 2)

    @property
    def problem(self) -> str:
        """What cannot be used as it is typed, empty when all can."""
        return next((row.problem for row in (self.network, *self.rows) if row.problem), "")

    def show_choice(self, net: NetworkFacts | None, why: str) -> None:
        """Show the values of the chosen preset.

        Parameters
        ----------
        net
            What is known of the chosen network, ``None`` before it is.
        """
        choice = self._session.choice
        base = choice.recipe(net.recipe if net is not None else "")
        version = str(choice.changes.get("version", base.version))
        recipe = version_of(base, version) if base.version else base
        quick = choice.preset == QUICK
        for control, value in ((self.seed, choice.seed), (self.minutes, round(choice.minutes))):
            control.blockSignals(True)
            control.setValue(value)
            control.blockSignals(False)
        self.device.setCurrentIndex(max(0, self.device.findData(choice.device)))
        fresh = not choice.from_bundle
        self.frontend.setEnabled(fresh)
        frontend = choice.frontend if fresh else ""
        self.frontend.setCurrentIndex(max(0, self.frontend.findData(frontend)))
        self.frontend_note.setText(
            self.tr("How sound becomes what the network sees.")
            if fresh
            else self.tr("That of the model it continues from.")
        )
        self.why.setText(why or self.tr("The fastest that works is taken."))
        self.minutes.setEnabled(not quick)
        self.search_note.setText(
            self.tr("Quick mode finds its one value by itself.")
            if quick
            else self.tr("Tries other recipes for that long and keeps the best network.")
        )
        self.network.show_fields(net.fields if net is not None and fresh else {}, choice.changes)
        voices = [b for b in self._session.listening.engine.bundles if b.card.makes_sound]
        for row in self.rows:
            if row.field.names_model:
                none = (self.tr("none"), "")
                row.set_options([none, *((b.card.title, b.id) for b in voices)])
            row.control.setEnabled(not quick and self._can(row.field.name, base, fresh=fresh))
            # the version chosen is the one that differs from the paper's first
            shown = base if row.field.name == "version" else recipe
            row.show_value(shown, {} if quick else choice.changes)
        self.reset.setEnabled(bool(choice.changes) and not quick)

    @staticmethod
    def _can(field: str, recipe: Recipe, *, fresh: bool) -> bool:
        """Tell whether a field can have another value for what is chosen."""
        if field == "version":
            return bool(recipe.version)
        return fresh or field != "segment_s"

    def _on_field(self, name: str | None, value: Any) -> None:
        if name is not None:
            changes = {k: v for k, v in self._session.choice.changes.items() if k != name}
            if value is not None:
                changes[name] = value
            self._session.choose(changes=changes)
        self.problem_changed.emit()

    def _on_network(self, values: dict[str, Any]) -> None:
        changes = {k: v for k, v in self._session.choice.changes.items() if not k.startswith(NET)}
        self._session.choose(changes=changes | {f"{NET}{k}": v for k, v in values.items()})
        self.problem_changed.emit()

    def _reset(self) -> None:
        for row in self.rows:
            row.problem = ""
        self.setFocus()
        self._session.choose(changes={})
        self.problem_changed.emit()
