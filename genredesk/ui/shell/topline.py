"""The line over every page: what is heard, how loud, what names it, where that runs, its state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QMenu, QWidget

from genredesk.ui.look import icons, theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Chip, ChipButton
from genredesk.ui.widgets.charts.level_meter import LevelMeter
from genredesk.ui.widgets.controls import Combo, Field
from genredesk.ui.widgets.layouts import STRETCH, HBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genredesk.audio.devices import Device
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.engine import EngineStats
    from genredesk.inference.runtime import DeviceChoice

FILE, OPEN, OPEN_FOLDER, HINT = "file", "open", "open_folder", "hint"
_PREFIX = {"microphone": "mic", "system": "system"}
_ROLE = Qt.ItemDataRole.UserRole


def address_of(device: Device) -> str:
    """Return the address under which ``open_source`` opens an input."""
    return f"{_PREFIX[device.kind]}:{device.id}"


class TopLine(QWidget):
    """Source, level, model, device and state.

    Signals
    -------
    source_chosen(str)
        An address, or ``file``.
    open_files(), open_folder(), hint_asked()
        The other entries of the source's list.
    bundle_chosen(str), device_chosen(str)
        An id.
    """

    source_chosen = Signal(str)
    open_files = Signal()
    open_folder = Signal()
    hint_asked = Signal()
    bundle_chosen = Signal(str)
    device_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._address = FILE
        self._file_name = ""
        self._inputs: Sequence[Device] = ()
        self._hint = ""
        self._names: dict[str, str] = {}
        self._choices: Sequence[DeviceChoice] = ()
        self._device = "auto"
        self.source = Combo(self.tr("Source of the sound"))
        self.model = Combo(self.tr("Model that names the genre"))
        self.meter = LevelMeter()
        self.device = ChipButton()
        self.device.set_state(self.tr("Starting …"), "quiet")
        self.state = Chip()
        self.state.setAccessibleName(self.tr("State"))
        for combo in (self.source, self.model):
            combo.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            combo.setModel(QStandardItemModel(combo))
            combo.setMaxVisibleItems(24)
        self._fields = (
            Field(self.tr("SOURCE"), self.source),
            Field(self.tr("MODEL"), self.model),
        )
        HBox(
            (self._fields[0], 5),
            self.meter,
            (self._fields[1], 6),
            STRETCH,
            self.device,
            self.state,
            parent=self,
            gap=2 * GRID,
        )
        self.source.activated.connect(self._source_activated)
        self.model.activated.connect(self._model_activated)
        self.device.clicked.connect(self._show_devices)
        theme.signals().changed.connect(self._fill_sources)  # its icons are tinted
        self.set_state("closed", live=False)
        self._fill_sources()
        self.set_bundles([], None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the headings' room to the choices where there is little."""
        super().resizeEvent(event)
        for field in self._fields:
            field.heading.setVisible(self.width() >= theme.px(960))

    # source -------------------------------------------------------------------------------

    def set_inputs(self, inputs: Sequence[Device], hint: str) -> None:
        """Show another list of devices; what is chosen stays chosen."""
        self._inputs, self._hint = inputs, hint
        self._names |= {address_of(device): device.name for device in inputs}
        self._fill_sources()

    def set_source(self, address: str, file: Path | None) -> None:
        """Show what is heard: an address, and the file of the player."""
        name = file.name if file is not None else ""
        if (address, name) != (self._address, self._file_name):
            self._address, self._file_name = address, name
            self._fill_sources()

    def _fill_sources(self) -> None:
        model = self.source.model()
        assert isinstance(model, QStandardItemModel)  # noqa: S101 - set in __init__
        model.clear()
        if self._file_name:
            _heading(model, self.tr("Player"))
            _entry(model, self._file_name, FILE, "file")
        for kind, title, icon in (
            ("microphone", self.tr("Microphones and inputs"), "microphone"),
            ("system", self.tr("What the computer plays"), "speaker"),
        ):
            devices = [d for d in self._inputs if d.kind == kind]
            if devices or (kind == "system" and self._hint):
                _heading(model, title)
            for device in devices:
                _entry(model, device.name, address_of(device), icon)
            if kind == "system" and self._hint and not devices:
                _entry(model, self.tr("How to hear it …"), HINT, "info")
        known = {model.item(i).data(_ROLE) for i in range(model.rowCount())}
        if self._address not in known and self._address != FILE:
            _heading(model, self.tr("Not connected"))
            name = self._names.get(self._address) or self._address.partition(":")[2]
            _entry(model, name or self._address, self._address, "unplugged")
        _heading(model, self.tr("Open"))
        _entry(model, self.tr("Files …"), OPEN, "file")
        _entry(model, self.tr("Folder …"), OPEN_FOLDER, "folder")
        self._show_address()

    def _show_address(self) -> None:
        row = self.source.findData(self._address, _ROLE)
        self.source.setCurrentIndex(row)
        self.source.setPlaceholderText(self.tr("Choose what to listen to"))
        chosen = self.source.currentText()
        self.source.setToolTip(self.tr("Source of the sound: {0}").format(chosen))

    def _source_activated(self, row: int) -> None:
        chosen = self.source.itemData(row, _ROLE)
        if chosen in (OPEN, OPEN_FOLDER, HINT):
            self._show_address()
            signals = {OPEN: self.open_files, OPEN_FOLDER: self.open_folder, HINT: self.hint_asked}
            signals[chosen].emit()
        elif chosen and chosen != self._address:
            self.source_chosen.emit(chosen)

    # model --------------------------------------------------------------------------------

    def set_bundles(self, bundles: Sequence[Bundle], active: Bundle | None) -> None:
        """Show the installed models and which one is active."""
        model = self.model.model()
        assert isinstance(model, QStandardItemModel)  # noqa: S101 - set in __init__
        model.clear()
        for bundle in bundles:
            genres = tr("%Ln genre(s)", "", len(bundle.card.labels))
            title = bundle.card.title  # of a training without a name it says the genres already
            _entry(model, title if genres in title else f"{title} · {genres}", bundle.id, "")
        self.model.setEnabled(bool(bundles))
        self.model.setPlaceholderText(self.tr("No model"))
        self.model.setCurrentIndex(
            self.model.findData(active.id, _ROLE) if active is not None else -1
        )
        self.model.setToolTip(
            self.tr("Model that names the genre: {0}").format(
                self.model.currentText() or self.tr("none")
            )
        )

    def _model_activated(self, row: int) -> None:
        self.bundle_chosen.emit(self.model.itemData(row, _ROLE))

    # device and state ---------------------------------------------------------------------

    def set_devices(self, choices: Sequence[DeviceChoice], chosen: str) -> None:
        """Keep what the device chip offers."""
        self._choices, self._device = choices, chosen

    def set_stats(self, stats: EngineStats) -> None:
        """Show the device and the reason for it; how fast it is the status line says."""
        if not stats.device:
            return
        self.device.set_state(
            short_device(stats.device),
            "good",
            self.tr("{0}. {1} Click to choose another device.").format(stats.device, stats.why),
        )

    def set_no_device(self, text: str, why: str) -> None:
        """Say that nothing can be computed."""
        self.device.set_state(text, "warning", why)

    def _show_devices(self) -> None:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for choice in self._choices:
            action = menu.addAction(choice.name)
            action.setToolTip(choice.why)
            action.setCheckable(True)
            action.setChecked(choice.id == self._device)
            action.setEnabled(choice.available)
            action.triggered.connect(lambda _on, c=choice.id: self.device_chosen.emit(c))
        if not self._choices:
            menu.addAction(self.tr("The devices are being tested …")).setEnabled(False)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.device.mapToGlobal(QPoint(0, self.device.height() + 4)))

    def set_state(self, state: str, *, live: bool, why: str = "") -> None:
        """Show the source's state; ``live`` distinguishes a device from a file."""
        text, tone = {
            "closed": (self.tr("Nothing open"), "quiet"),
            "opening": (self.tr("Opening …"), "quiet"),
            "running": (self.tr("Live"), "error") if live else (self.tr("Playing"), "good"),
            "paused": (self.tr("Paused"), "quiet"),
            "lost": (self.tr("Lost"), "warning"),
            "ended": (self.tr("At the end"), "quiet"),
            "failed": (self.tr("Can't play"), "warning"),
        }[state]
        strong = state in ("running", "lost", "failed")
        self.state.keep_room_for(self.tr("At the end"))
        self.state.set_state(text, tone, why, strong=strong)


def short_device(name: str) -> str:
    """Return a device's name short enough for a chip: what stands before a bracket."""
    short = name.partition("(")[0].strip() or name
    return {"Processor": "CPU"}.get(short, short)


def _heading(model: QStandardItemModel, text: str) -> None:
    item = QStandardItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setFont(theme.font(11, bold=True))
    model.appendRow(item)


def _entry(model: QStandardItemModel, text: str, data: str, icon: str) -> None:
    item = QStandardItem(text)
    item.setData(data, _ROLE)
    item.setToolTip(text)
    if icon:
        item.setIcon(icons.icon(icon))
    model.appendRow(item)
