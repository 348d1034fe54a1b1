"""Rules: what `genredesk watch` does by itself to tracks that a filter names; kept and tried."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from genredesk.ui.library.plans import action_texts
from genredesk.ui.library.plans.choices import Choices
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import tab_order
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.controls import Button, Combo, IconButton
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.library.organize.rules import Rule


class RuleRow(QWidget):
    """One rule: its switch, what it does, and the ways to try, change and forget it."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule
        self.on = QCheckBox()
        self.on.setAccessibleName(rule.name)
        self.on.setChecked(rule.enabled)
        self.on.setToolTip(self.tr("Run it after each scan of “genredesk watch”"))
        name, self.words = Elided(), Elided("quiet")
        name.set_text(rule.name)
        choice = action_texts.choice(rule.action)
        text = (rule.filter or self.tr("every track")) + f"  →  {choice.title}"
        self.words.set_text(f"{text}: {rule.options.to}" if rule.options.to else text)
        self.plan = Button(self.tr("Preview"), "flat")
        self.plan.setToolTip(self.tr("See what it would do now; nothing is changed yet"))
        self.edit = Button(self.tr("Edit"), "flat")
        self.delete = IconButton("trash", self.tr("Delete the rule {0}").format(rule.name), size=18)
        HBox(
            self.on,
            (VBox(name, self.words, gap=2), 1),
            self.plan,
            self.edit,
            self.delete,
            parent=self,
            gap=GRID,
            margins=(0, 0, 0, GRID // 2),
        )


class RulesPage(QWidget):
    """The rules that are kept, and a form for one.

    Signals
    -------
    left()
        Back to the table.
    preview_asked(rule)
        Show the plan it would make now.
    """

    left = Signal()
    preview_asked = Signal(object)

    def __init__(self, tracks: CatalogueModel) -> None:
        super().__init__()
        self.tracks = tracks
        self.rows: list[RuleRow] = []
        self.back = IconButton("back", self.tr("Back to the tracks"), size=20)
        self.none = EmptyState(
            "tags",
            self.tr("No rules yet"),
            self.tr("For example: heard:jazz state:sure → Write genre tags"),
        )
        self.name = self._line(self.tr("Name"))
        self.filter = self._line(self.tr("Which tracks: a filter as in the library"))
        self.action = Combo(self.tr("What is done to them"))
        self.choices = Choices()
        self.error = paragraph("", "error")
        self.save = Button(self.tr("Save rule"), "primary")
        self._list = VBox(gap=GRID)
        self._lay_out()
        self.back.clicked.connect(self.left)
        self.action.activated.connect(lambda _i: self._show_choices())
        self.save.clicked.connect(self._save)

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(name)
        return line

    def _lay_out(self) -> None:
        title = plain_label(self.tr("Rules"), "title")
        help_text = paragraph(
            self.tr(
                "A rule that is on runs after each scan of the service “genredesk watch”. Tracks "
                "that have to be checked are left alone, and History can undo all of it."
            ),
            "quiet",
        )
        head = HBox(self.back, (title, 1), gap=GRID)
        holder = QWidget()
        VBox(self._list, STRETCH, parent=holder, margins=(0, 0, GRID, 0))
        kept = Card("")
        kept.body.add(help_text, (self.none, 1))
        self.none.hide()  # until that is known
        self.area = scrolled(holder)
        kept.body.addWidget(self.area, 1)
        form = self.form = Card(self.tr("NEW RULE"))
        form.setFixedWidth(theme.px(320))
        form.body.add(
            self.name, self.filter, self.action, self.choices, self.error, self.save, STRETCH
        )
        VBox(head, (HBox((kept, 1), form, gap=2 * GRID), 1), parent=self, gap=GRID + 4)

    # showing ------------------------------------------------------------------------------

    def open(self, text: str) -> None:
        """Show the rules; the form begins with the filter ``text``."""
        from genredesk.library.organize import rules  # noqa: PLC0415 - not at the start

        if not self.action.count():
            for choice in action_texts.choices():
                self.action.addItem(choice.title, choice.name)
        self._fill(rules.Rule("", text, "tag_genre"))
        self._read()

    def _read(self) -> None:
        from genredesk.library.organize import rules  # noqa: PLC0415

        self.tracks.change(rules.load, self._show)

    def _show(self, found: Sequence[Rule]) -> None:
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = [RuleRow(rule) for rule in found]
        for row in self.rows:
            self._list.addWidget(row)
            row.on.toggled.connect(lambda on, rule=row.rule: self._keep(replace(rule, enabled=on)))
            row.plan.clicked.connect(lambda _on=False, rule=row.rule: self.preview_asked.emit(rule))
            row.edit.clicked.connect(lambda _on=False, rule=row.rule: self._fill(rule))
            row.delete.clicked.connect(lambda _on=False, rule=row.rule: self._forget(rule))
        stops = [(row.on, row.plan, row.edit, row.delete) for row in self.rows]
        tab_order(self.back, *itertools.chain.from_iterable(stops))
        self.none.setVisible(not self.rows)
        self.area.setVisible(bool(self.rows))

    def _fill(self, rule: Rule) -> None:
        self.form.title.setText(self.tr("EDIT RULE") if rule.name else self.tr("NEW RULE"))
        self.name.setText(rule.name)
        self.filter.setText(rule.filter)
        self.action.setCurrentIndex(self.action.findData(rule.action))
        self._show_choices(rule)
        self.error.setText("")

    def _show_choices(self, rule: Rule | None = None) -> None:
        from genredesk.library.organize import actions  # noqa: PLC0415

        options = self.choices.options() if rule is None else rule.options
        self.choices.show_for(actions.get(self.action.currentData()).uses, options)
        self.form.setFixedWidth(max(theme.px(320), self.form.minimumSizeHint().width()))

    # keeping ------------------------------------------------------------------------------

    def _save(self) -> None:
        from genredesk.library.organize.rules import Rule  # noqa: PLC0415

        name = self.name.text().strip()
        before = next((row.rule for row in self.rows if row.rule.name == name), None)
        enabled = before is None or before.enabled
        options = self.choices.options()
        self._keep(Rule(name, self.filter.text(), self.action.currentData(), options, enabled))

    def _keep(self, rule: Rule) -> None:
        from genredesk.core.errors import GenreDeskError  # noqa: PLC0415
        from genredesk.library.library import Library  # noqa: PLC0415
        from genredesk.library.organize import rules  # noqa: PLC0415

        def work(library: Library) -> str:
            try:
                rules.save(library, rule)
            except GenreDeskError as error:  # told beside the form, where it is mended
                return str(error)
            return ""

        def done(problem: str) -> None:
            self.error.setText(problem)
            if not problem:
                self._read()

        self.tracks.change(work, done, self.tr("saving a rule"))

    def _forget(self, rule: Rule) -> None:
        from genredesk.library.organize import rules  # noqa: PLC0415

        self.tracks.change(
            lambda library: rules.delete(library, rule.name),
            lambda _gone: self._read(),
            self.tr("deleting a rule"),
        )
