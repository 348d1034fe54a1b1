"""Models: the installed networks with honest cards; import, export, delete and back, self-test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from genredesk.ui.listen.dropzone import SUFFIX
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.models.evidence_view import EvidenceView
from genredesk.ui.models.importing import ModelImport
from genredesk.ui.models.new_piece import NewPiece
from genredesk.ui.models.published import PublishedModels
from genredesk.ui.services import card_text, dialogs
from genredesk.ui.widgets.base import tab_order
from genredesk.ui.widgets.bundle_list import BundleList, BundleRow, DetailsList
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.flow import Flow
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.notices import Notice, Severity
from genredesk.ui.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.runtime import DeviceChoice
    from genredesk.ui.services.jobs import Job


@dataclass(frozen=True, slots=True)
class _Deleted:
    """A bundle that was deleted, where its files lie, and whether it was in use."""

    bundle: Bundle
    aside: Path
    was_active: bool


class ModelsPage(QWidget):
    """The Models page.

    Signals
    -------
    notice(Notice)
        Something to tell.
    play_asked(Path)
        The person wants to hear a piece that was made here.
    voice_asked()
        The person wants to train a model that makes pieces.
    """

    notice = Signal(object)
    play_asked = Signal(object)
    voice_asked = Signal()

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self._listening = listening
        self._engine = listening.engine
        self.list = BundleList(self.tr("Installed models"))
        self._shown = ""
        self._testing: Job | None = None
        self._deleted: list[_Deleted] = []  # the last one is brought back first
        self._awaited = ""  # the one that is used again as soon as it is found
        self.import_button = Button(self.tr("Import …"), icon="import")
        self.activate = Button(self.tr("Use this model"), "primary", icon="check")
        self.export = Button(self.tr("Export …"), icon="export")
        self.delete = Button(self.tr("Delete"), "danger", icon="trash")
        self.back = Button("", icon="undo")
        self.back.setToolTip(self.tr("Its files are kept until GenreDesk is closed"))
        self.back.hide()
        self.test = Button(self.tr("Test the devices"), icon="chip")
        self.title = paragraph("", "title")
        self.piece = NewPiece(listening)
        self.evidence = EvidenceView(listening)
        self.make_one = Button(self.tr("Train one for new pieces …"), "flat", icon="plus")
        self.make_one.setToolTip(
            self.tr("An autoencoder learns what each genre sounds like and makes new pieces of it")
        )
        self._lines: dict[str, str] = {}
        self.published = PublishedModels(listening)
        self.importing = ModelImport(self, listening)
        self.facts = DetailsList()
        self.devices = DetailsList()
        self.empty = EmptyState(
            "models",
            self.tr("No model is installed"),
            self.tr("A model comes as a .genredesk file. Import one to name music."),
            self.tr("Import …"),
        )
        self._lay_out()
        self._connect()
        self._show_bundles()
        self._show_devices()

    def _lay_out(self) -> None:
        left = Card(self.tr("INSTALLED"), margin=2 * GRID)
        left.head.addWidget(self.import_button)
        left.body.add((self.list, 1), self.published, self.back, self.make_one)
        self._detail = Card("")
        buttons = Flow()
        for button in (self.activate, self.export, self.delete):
            buttons.addWidget(button)
        self._detail.body.add(self.title, buttons, self.piece)
        holder = QWidget()
        tested = plain_label(self.tr("DEVICES"), "heading")
        VBox(
            self.evidence,
            self.facts,
            2 * GRID,
            HBox((tested, 1), self.test),
            self.devices,
            STRETCH,
            parent=holder,
            margins=(0, 0, GRID, 0),
        )
        self._detail.body.addWidget(scrolled(holder, self.tr("Card of the model")), 1)
        HBox(
            (left, 6),
            (VBox((self._detail, 1), (self.empty, 1), gap=2 * GRID), 8),
            parent=self,
            gap=2 * GRID,
        )
        tab_order(self.import_button, self.list.search)

    def _connect(self) -> None:
        engine = self._engine
        engine.bundles_changed.connect(self._show_bundles)
        engine.bundles_changed.connect(self.evidence.read_lines)
        self.evidence.lines_read.connect(self._show_lines)
        engine.bundle_changed.connect(self._on_active)
        engine.devices_changed.connect(self._show_devices)
        engine.speed_changed.connect(self._on_speed)
        self.list.chosen.connect(self.show_bundle)
        self.import_button.clicked.connect(self.importing.ask)
        self.empty.activated.connect(self.importing.ask)
        self.activate.clicked.connect(lambda: engine.choose(self._shown))
        self.export.clicked.connect(self.ask_export)
        self.delete.clicked.connect(self.delete_shown)
        self.back.clicked.connect(self.bring_back)
        self.test.clicked.connect(self.run_test)
        self.make_one.clicked.connect(self.voice_asked)
        self.evidence.notice.connect(self.notice)
        self.piece.notice.connect(self.notice)
        self.piece.play_asked.connect(self.play_asked)
        self.published.notice.connect(self.notice)
        self.importing.imported.connect(self._on_imported)
        self.importing.failed.connect(lambda text: self._say(text, Severity.ERROR))
        self.published.installed.connect(self.show_bundle)

    # showing ------------------------------------------------------------------------------

    def showEvent(self, event) -> None:
        """Measure what is shown, now that somebody looks."""
        super().showEvent(event)
        self._show_card()
        self.list.show_row(self._shown)
        self.evidence.read_lines()

    def _show_lines(self, lines: dict[str, str]) -> None:
        if lines != self._lines:
            self._lines = lines
            self._show_bundles()

    def _bundle(self) -> Bundle | None:
        return next((b for b in self._engine.bundles if b.id == self._shown), None)

    def _show_bundles(self) -> None:
        bundles = self._engine.bundles
        shipped = [card_text.row(b) for b in bundles if b.shipped]
        own = [card_text.row(b, self._lines.get(b.id, "")) for b in bundles if not b.shipped]
        broken = [
            BundleRow(str(folder), folder.name, reason, broken=True)
            for folder, reason in self._engine.problems
        ]
        self.list.set_groups(
            [
                (self.tr("Included with GenreDesk"), shipped),
                (self.tr("Yours"), own),
                (self.tr("Cannot be used"), broken),
            ]
        )
        if self._shown not in self.list.rows:
            active = self._engine.bundle
            self._shown = active.id if active is not None else next(iter(self.list.rows), "")
        self._show_active()
        self.list.show_row(self._shown)
        if any(bundle.id == self._awaited for bundle in bundles):
            awaited, self._awaited = self._awaited, ""
            self._engine.choose(awaited)

    def _on_active(self, bundle: Bundle | None) -> None:
        if bundle is not None:
            self._shown = bundle.id
        self._show_active()
        self.list.show_row(self._shown)

    def _show_active(self) -> None:
        active = self._engine.bundle
        for row in self.list.rows.values():
            here = active is not None and row.key == active.id
            row.set_mark(self.tr("In use") if here else "")
        self._show_card()

    def show_bundle(self, key: str) -> None:
        """Show the card of the bundle ``key``."""
        self._shown = key
        self._show_card()

    def _show_card(self) -> None:
        if not self.isVisible():  # showEvent asks again
            return
        self.list.select(self._shown)
        bundle, active = self._bundle(), self._engine.bundle
        self._detail.setVisible(bool(self.list.rows))
        self.empty.setVisible(not self.list.rows)
        for button in (self.activate, self.export, self.delete):
            button.setVisible(bundle is not None)
        self.piece.show_bundle(bundle)
        self.evidence.show_bundle(bundle)
        if bundle is None:
            folder = next((p for p in self._engine.problems if str(p[0]) == self._shown), None)
            self.title.setText(folder[0].name if folder else "")
            rows = []
            if folder is not None:
                rows = [(self.tr("Problem"), folder[1]), (self.tr("Folder"), str(folder[0]))]
            self.facts.set_rows(rows)
            return
        self.activate.setEnabled(active is None or active.id != bundle.id)
        self.delete.setEnabled(not bundle.shipped)
        self.delete.setToolTip(
            self.tr(
                "It is included with GenreDesk; only models you imported or trained can be deleted."
            )
            if bundle.shipped
            else self.tr("Delete its files; it can be restored until GenreDesk is closed")
        )
        self.title.setText(bundle.card.title)
        measured = self._engine.measured.get(bundle.id)
        self.facts.set_rows(card_text.rows(bundle.card, measured, bundle.again))
        if measured is None:
            self._engine.measure(bundle)

    def _on_speed(self, bundle_id: str) -> None:
        if bundle_id == self._shown:
            self._show_card()

    def _show_devices(self) -> None:
        chosen = self._listening.memory.settings.device
        self.devices.set_rows([_device_row(choice, chosen) for choice in self._engine.devices])

    # doing --------------------------------------------------------------------------------

    def close_jobs(self) -> None:
        """End the process that makes a piece, and delete for good: the window is being closed."""
        self.piece.shut()
        self.evidence.shut()
        self.published.shut()
        deleted, self._deleted = self._deleted, []

        def work(_job: Job) -> None:
            from genredesk.inference import trash  # noqa: PLC0415

            for one in deleted:
                trash.empty(one.aside)

        if deleted:
            self._listening.jobs.start(self.tr("closing"), work, lane="closing")

    def run_test(self) -> None:
        """Test every device with the active model."""
        if self._testing is not None:
            return
        self.test.setEnabled(False)
        self.test.setText(self.tr("Testing …"))
        self._testing = self._engine.test_devices(thoroughly=True)
        self._testing.ended.connect(self._tested)

    def _tested(self) -> None:
        self._testing = None
        self.test.setEnabled(True)
        self.test.setText(self.tr("Test the devices"))

    def import_files(self, files: list[Path]) -> None:
        """Install the bundles in ``files``."""
        self.importing.take(files)

    def _on_imported(self, key: str, text: str) -> None:
        self._shown = key
        self._engine.refresh()
        self._say(text, Severity.INFO)

    def ask_export(self) -> None:
        """Ask for a place and write the bundle there."""
        bundle = self._bundle()
        if bundle is not None:
            dialogs.save_file(
                self,
                self.tr("Export {0}").format(bundle.card.title),
                self.tr("GenreDesk models (*{0})").format(SUFFIX),
                bundle.id + SUFFIX,
                lambda path, _filter: self.export_to(path),
            )

    def export_to(self, path: Path) -> None:
        """Write the bundle that is shown to ``path``."""
        bundle = self._bundle()
        if bundle is None:
            return

        def work(_job: Job) -> Path:
            from genredesk.inference import bundle as bundles  # noqa: PLC0415

            return bundles.export(bundle, path)

        def done(target: Path) -> None:
            self._say(self.tr("Exported to {0}.").format(target), Severity.INFO)

        self._start(self.tr("exporting {0}").format(bundle.card.title), work, done)

    def delete_shown(self) -> None:
        """Delete the bundle that is shown; the default takes over if it was the active one."""
        bundle = self._bundle()
        if bundle is None or bundle.shipped:
            return
        active = self._engine.bundle
        was_active = active is not None and active.id == bundle.id

        def work(_job: Job) -> Path:
            from genredesk.inference import trash  # noqa: PLC0415

            return trash.discard(bundle)

        def done(aside: Path) -> None:
            self._deleted.append(_Deleted(bundle, aside, was_active))
            self._offer_back()
            self._engine.measured.pop(bundle.id, None)
            self._engine.refresh()
            self._say(self.tr("{0} was deleted.").format(bundle.card.title), Severity.INFO)

        self._start(self.tr("deleting {0}").format(bundle.card.title), work, done)

    def _offer_back(self) -> None:
        last = self._deleted[-1] if self._deleted else None
        self.back.setVisible(last is not None)
        if last is not None:
            self.back.setText(self.tr("Restore {0}").format(last.bundle.card.title))

    def bring_back(self) -> None:
        """Take the last deletion back; what was in use before is in use again."""
        if not self._deleted:
            return
        last = self._deleted.pop()
        self._offer_back()
        bundle = last.bundle

        def work(_job: Job) -> None:
            from genredesk.inference import trash  # noqa: PLC0415

            trash.restore(bundle, last.aside)

        def done(_: object) -> None:
            self._shown = bundle.id
            self._awaited = bundle.id if last.was_active else ""
            self._engine.refresh()
            self._say(self.tr("{0} was restored.").format(bundle.card.title), Severity.INFO)

        def failed(text: str, _error: Exception) -> None:
            self._deleted.append(last)
            self._offer_back()
            self._say(text, Severity.ERROR)

        name = self.tr("restoring {0}").format(bundle.card.title)
        self._listening.jobs.start(name, work, lane="bundles", on_done=done, on_failed=failed)

    def _start(self, name: str, work, done) -> None:
        self._listening.jobs.start(
            name,
            work,
            lane="bundles",
            on_done=done,
            on_failed=lambda text, _error: self._say(text, Severity.ERROR),
        )

    def _say(self, text: str, kind: Severity) -> None:
        lasting = 6.0 if kind is Severity.INFO else 0.0
        self.notice.emit(Notice("models", text, kind, lasting_s=lasting))


def _device_row(choice: DeviceChoice, chosen: str) -> tuple[str, str]:
    name = tr("{0} (in use)").format(choice.name) if choice.id == chosen else choice.name
    return name, choice.why
