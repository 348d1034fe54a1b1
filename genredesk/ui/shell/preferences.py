"""The settings: look, picture, and how carefully it listens; every change counts at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from genredesk.core import paths
from genredesk.core.settings import Settings
from genredesk.core.shares import measured, percent
from genredesk.core.trust import Care
from genredesk.ui.look import theme, translations
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.widgets.base import number
from genredesk.ui.widgets.controls import Button, Combo, Slider
from genredesk.ui.widgets.flow import Flow
from genredesk.ui.widgets.layouts import paragraph, plain_label
from genredesk.ui.widgets.popover import Popover
from genredesk.ui.widgets.scrolled import scrolled
from genredesk.ui.widgets.spectrogram.view import PALETTES

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.card import ModelCard


def show_log() -> None:
    """Open the folder of the log files in the system's file manager."""
    folder = paths.log_dir()
    with contextlib.suppress(OSError):  # then the file manager says what is wrong with it
        folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


_CARE = 31
"""Letters beside a level of care: "Balanced: names 59 %, 90 % correct"."""


class Amount:
    """A slider for a float setting with its value written beside it.

    Parameters
    ----------
    low, high, step
        Range and step of the value.
    text
        Writes the value for a person.
    """

    def __init__(
        self, name: str, low: float, high: float, step: float, text: Callable[[float], str]
    ) -> None:
        self._low, self._step, self._text = low, step, text
        self.slider = Slider(name)
        self.slider.setRange(0, round((high - low) / step))
        self.label = QLabel()
        self.label.setFont(theme.font(13))
        self.label.setMinimumWidth(self.label.fontMetrics().horizontalAdvance("as chosen"))

    def value(self) -> float:
        """The value as set."""
        return round(self._low + self.slider.value() * self._step, 6)

    def show(self, value: float) -> None:
        """Show ``value`` without telling anybody."""
        self.slider.blockSignals(True)
        self.slider.setValue(round((value - self._low) / self._step))
        self.slider.blockSignals(False)
        self.label.setText(self._text(value))


class Preferences(Popover):
    """The popover behind the settings button.

    Signals
    -------
    outputs_asked()
        The person wants to set which other programs are told what is heard.
    check_asked()
        The person wants to know whether all parts of the program work.
    """

    outputs_asked = Signal()
    check_asked = Signal()

    def __init__(self, memory: SettingsStore, parent: QWidget) -> None:
        super().__init__(parent, 420)
        self.setAccessibleName(self.tr("Settings"))
        self._memory = memory
        self.language = self._choice(
            self.tr("Language"),
            [("", self.tr("Match system")), *translations.languages()],
        )
        self._spoken = memory.settings.language
        self.language_note = paragraph(self.tr("GenreDesk speaks it from its next start."), "quiet")
        self.theme = self._choice(
            self.tr("Theme"),
            (
                ("system", self.tr("Match system")),
                ("light", self.tr("Light")),
                ("dark", self.tr("Dark")),
            ),
        )
        names = {
            "magma": self.tr("Magma"),
            "viridis": self.tr("Viridis"),
            "cividis": self.tr("Cividis"),
            "grey": self.tr("Gray"),
        }
        self.palette_choice = self._choice(
            self.tr("Palette"), [(p, names.get(p, p)) for p in PALETTES]
        )
        self.output = self._choice(self.tr("Play through"), [("", self.tr("System's default"))])
        names_of_care = self._names_of_care()
        self.care = self._choice(self.tr("How careful"), list(names_of_care.items()))
        self.care.setMinimumContentsLength(_CARE)
        self._card: ModelCard | None = None
        self.care_note = paragraph("", "quiet")
        self.amounts = self._amounts()
        self.outputs = Button(self.tr("Other programs …"), icon="export")
        self.outputs.setToolTip(
            self.tr("Tell lights, streams, home automation and media keys what is heard")
        )
        self.log = Button(self.tr("Show log"), icon="folder")
        self.log.setToolTip(self.tr("Opens the log, which tells what went wrong"))
        self.check = Button(self.tr("Check the installation …"), icon="check")
        self.check.setToolTip(
            self.tr("Try sound, file formats, models and folders, and say what to do")
        )
        self._lay_out()
        self._connect()
        memory.changed.connect(lambda settings, _names: self._show(settings))
        self._show(memory.settings)

    def _choice(self, name: str, entries: Sequence[tuple[str, str]]) -> Combo:
        combo = Combo(name)
        for data, text in entries:
            combo.addItem(text, data)
        return combo

    def _names_of_care(self) -> dict[str, str]:
        return {
            Care.CAREFUL: self.tr("Careful"),
            Care.BALANCED: self.tr("Balanced"),
            Care.BOLD: self.tr("Bold"),
        }

    def set_bundle(self, bundle: Bundle | None) -> None:
        """Say beside each level of care what it means for this network's answers."""
        self._card = bundle.card if bundle is not None else None
        for care, name in self._names_of_care().items():
            meant = self.meaning(Care(care))
            self.care.setItemText(self.care.findData(care), f"{name}: {meant}" if meant else name)
        self.care.setToolTip(self.tr("Lowest score of a sure answer"))
        self.care_note.setText(self._basis_of_care())
        self._show(self._memory.settings)

    def _basis_of_care(self) -> str:
        """Say on how many songs the levels of care were measured, or that they were not."""
        if self._card is None:
            return ""
        if self._card.certainty.curve and self._card.certainty.songs:
            n = self._card.certainty.songs
            return tr("Measured on %Ln song(s) the model had not learned from.", "", n)
        return self.tr(
            "Not measured for this model: how much it names and how often it is correct at each "
            "level is not known."
        )

    def meaning(self, care: Care) -> str:
        """Return what a level of care means for the network in use; empty while there is none."""
        if self._card is None:
            return ""
        level = self._card.level(care)
        if level.named is None or level.right is None:
            return self.tr("sure from {0}").format(percent(level.sure))
        return self.tr("names {0}, {1} correct").format(
            measured(level.named), measured(level.right)
        )

    def _amounts(self) -> dict[str, Amount]:
        def seconds(value: float) -> str:
            return self.tr("{0} s").format(number(value, 1))

        def decibels(value: float) -> str:
            return self.tr("{0} dB").format(number(value))

        def own(value: float) -> str:
            return percent(value) if value > 0 else self.tr("as chosen")

        def smooth(value: float) -> str:
            return seconds(value) if value > 0 else self.tr("off")

        return {
            "text_scale": Amount(self.tr("Text size"), 0.8, 2.0, 0.05, percent),
            "db_floor": Amount(self.tr("Darkest"), -120, -20, 5, decibels),
            "db_ceiling": Amount(self.tr("Brightest"), -40, 20, 5, decibels),
            "hop_s": Amount(self.tr("Answer every"), 0.1, 3.0, 0.1, seconds),
            "smoothing_s": Amount(self.tr("Smooth over"), 0.0, 15.0, 0.5, smooth),
            "silence_dbfs": Amount(self.tr("Silence below"), -90, -20, 1, decibels),
            "unsure_below": Amount(self.tr("Sure from"), 0.0, 0.95, 0.05, own),
        }

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, list[tuple[str, QWidget | Amount]]]] = [
            (
                self.tr("LOOK"),
                [
                    (self.tr("Language"), self.language),
                    ("", self.language_note),
                    (self.tr("Theme"), self.theme),
                    (self.tr("Text size"), self.amounts["text_scale"]),
                    (self.tr("Palette"), self.palette_choice),
                    (self.tr("Darkest"), self.amounts["db_floor"]),
                    (self.tr("Brightest"), self.amounts["db_ceiling"]),
                ],
            ),
            (
                self.tr("LISTENING"),
                [
                    (self.tr("Answer every"), self.amounts["hop_s"]),
                    (self.tr("Smooth over"), self.amounts["smoothing_s"]),
                    (self.tr("Silence below"), self.amounts["silence_dbfs"]),
                    (self.tr("How careful"), self.care),
                    ("", self.care_note),
                    (self.tr("Sure from"), self.amounts["unsure_below"]),
                ],
            ),
            (self.tr("SOUND"), [(self.tr("Play through"), self.output)]),
        ]
        line = 0
        for heading, controls in rows:
            title = plain_label(heading, "heading")
            title.setContentsMargins(0, GRID if line else 0, 0, 0)
            grid.addWidget(title, line, 0, 1, 3)
            line += 1
            for name, control in controls:
                if name:
                    grid.addWidget(QLabel(name), line, 0)
                if isinstance(control, Amount):
                    grid.addWidget(control.slider, line, 1)
                    grid.addWidget(control.label, line, 2)
                else:
                    grid.addWidget(control, line, 1, 1, 2)
                line += 1
        inside = QWidget()
        grid.setContentsMargins(0, 0, GRID, 0)
        inside.setLayout(grid)
        self.column.addWidget(scrolled(inside, whole=True), 1)
        buttons = Flow()
        for button in (self.outputs, self.log, self.check):
            buttons.addWidget(button)
        self.column.addLayout(buttons)
        wide = inside.minimumSizeHint().width() + 6 * GRID  # words may need more than usual
        self.plate.setFixedWidth(max(self.plate.width(), wide))

    def _connect(self) -> None:
        for combo, field in (
            (self.language, "language"),
            (self.theme, "theme"),
            (self.palette_choice, "palette"),
            (self.output, "output"),
            (self.care, "care"),
        ):
            combo.activated.connect(lambda _row, c=combo, f=field: self._set(f, c.currentData()))
        for field, amount in self.amounts.items():
            amount.slider.valueChanged.connect(
                lambda _value, a=amount, f=field: self._set(f, a.value())
            )

        self.outputs.clicked.connect(self.outputs_asked)
        self.log.clicked.connect(show_log)
        self.check.clicked.connect(self.check_asked)

    def _set(self, field: str, value: str | float) -> None:
        changes: dict[str, str | float] = {field: value}
        settings = self._memory.settings
        # The picture needs at least 10 dB from dark to bright: the other end gives way.
        if field == "db_floor" and float(value) > settings.db_ceiling - 10:
            changes["db_ceiling"] = float(value) + 10
        elif field == "db_ceiling" and float(value) < settings.db_floor + 10:
            changes["db_floor"] = float(value) - 10
        elif field == "care":
            changes["unsure_below"] = 0.0  # a threshold of one's own would win
        self._memory.update(**changes)

    def _show(self, settings: Settings) -> None:
        for combo, value in (
            (self.language, settings.language),
            (self.theme, settings.theme),
            (self.palette_choice, settings.palette),
            (self.output, settings.output),
            (self.care, settings.care),
        ):
            combo.setCurrentIndex(max(0, combo.findData(value)))
        self.language_note.setVisible(settings.language != self._spoken)
        for field, amount in self.amounts.items():
            amount.show(getattr(settings, field))

    def set_outputs(self, outputs: Sequence[tuple[str, str]]) -> None:
        """Offer these outputs: ids and names; a chosen one that is missing stays listed."""
        chosen = self._memory.settings.output
        self.output.clear()
        self.output.addItem(self.tr("System's default"), "")
        for identity, name in outputs:
            self.output.addItem(name, identity)
        if chosen and self.output.findData(chosen) < 0:
            self.output.addItem(self.tr("{0} (not connected)").format(chosen), chosen)
        self.output.setCurrentIndex(max(0, self.output.findData(chosen)))
