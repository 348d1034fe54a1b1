"""The window: the rail, the line on top, the pages, messages, the status line, keys and drops."""

from __future__ import annotations

import base64
import contextlib
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from genredesk.ui.library.page import LibraryPage
from genredesk.ui.listen import saving
from genredesk.ui.listen.dropzone import MUSIC, DropZone, files_of, told_apart
from genredesk.ui.listen.listpanel import ListPanel
from genredesk.ui.listen.page import LivePage
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.listen.stage import Stage
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.models.page import ModelsPage
from genredesk.ui.services import dialogs
from genredesk.ui.shell import shortcuts
from genredesk.ui.shell.preferences import Preferences
from genredesk.ui.shell.statusline import StatusLine
from genredesk.ui.shell.topline import TopLine
from genredesk.ui.training.page import TrainPage
from genredesk.ui.widgets.controls import IconButton
from genredesk.ui.widgets.help_overlay import HelpOverlay
from genredesk.ui.widgets.notice_board import NoticeBoard
from genredesk.ui.widgets.notices import Notice, Severity
from genredesk.ui.widgets.rail import Rail

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.core.settings import Settings
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.engine import EngineStats

SEEK_S = 5.0
VOLUME_STEP = 0.05


class MainWindow(QMainWindow):
    """Everything a person sees.

    Signals
    -------
    painted()
        The window was drawn for the first time; only then anything heavy begins.
    closing()
        The person closed it.
    """

    painted = Signal()
    closing = Signal()

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self.listening = listening
        self._memory = listening.memory
        self._was_painted = False
        self._may_close = False
        self.stage: Stage | None = None
        self.setWindowTitle("GenreDesk")
        self.setAcceptDrops(True)
        self.setMinimumSize(theme.px(960), theme.px(600))
        self.resize(theme.px(1280), theme.px(800))
        self.top = TopLine()
        self.live = LivePage(listening)
        self.library = LibraryPage(listening)
        self.training = TrainPage(listening)
        self.models = ModelsPage(listening)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.live)
        self.pages.addWidget(self.library)
        self.pages.addWidget(self.training)
        self.pages.addWidget(self.models)
        self.notices = NoticeBoard()
        self.status = StatusLine()
        self.rail = Rail(
            [
                ("listen", "listen", self.tr("Listen")),
                ("library", "library", self.tr("Library")),
                ("train", "train", self.tr("Train")),
                ("models", "models", self.tr("Models")),
            ]
        )
        self.settings_button = IconButton("settings", self.tr("Settings (Ctrl+,)"), size=22)
        self.help_button = IconButton("keyboard", self.tr("Keyboard map (?)"), size=22)
        self.rail.add_bottom(self.help_button)
        self.rail.add_bottom(self.settings_button)
        self._lay_out()
        self.drop_zone = DropZone(self)
        self.help = HelpOverlay(self, shortcuts.groups())
        self.preferences = Preferences(self._memory, self)
        self.list_panel = ListPanel(listening, self)
        self._connect()
        self._restore_geometry()
        self.live.setFocus()

    def _lay_out(self) -> None:
        ground = QWidget()
        ground.setObjectName("ground")
        column = QVBoxLayout()
        column.setContentsMargins(3 * GRID, 2 * GRID + 4, 3 * GRID, GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self.top)
        column.addWidget(self.notices)
        column.addWidget(self.pages, 1)
        column.addWidget(self.status)
        row = QHBoxLayout(ground)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)
        self.setCentralWidget(ground)
        for page in (self.live, self.models):
            page.setFocusPolicy(
                Qt.FocusPolicy.ClickFocus
            )  # a click beside a control frees the keys

    def _connect(self) -> None:
        listening, top = self.listening, self.top
        self.rail.changed.connect(self.go)
        self.settings_button.clicked.connect(self.show_settings)
        self.help_button.clicked.connect(self.help.toggle)
        listening.notice.connect(self.notices.show_notice)
        listening.dismissed.connect(self.notices.dismiss)
        self.models.notice.connect(self.notices.show_notice)
        self.library.notice.connect(self.notices.show_notice)
        self.training.notice.connect(self.notices.show_notice)
        self.training.dismissed.connect(self.notices.dismiss)
        self.training.asked.connect(lambda: self.go("train"))
        for page in (self.library, self.models):
            page.play_asked.connect(lambda path: self.open_paths([path]))
        self.library.teach_asked.connect(self.teach)
        self._memory.unwritable.connect(
            lambda text: self.notices.show_notice(Notice("settings", text, Severity.WARNING))
        )
        listening.opened.connect(self._on_opened)
        listening.state_changed.connect(self._on_state)
        listening.sound.opening.connect(self._on_opening)
        listening.sound.devices_changed.connect(self._on_devices)
        listening.naming.bundles_changed.connect(self._show_bundles)
        listening.naming.bundle_changed.connect(self._on_bundle)
        listening.naming.bundle_changed.connect(self.preferences.set_bundle)
        listening.naming.stats.connect(self._on_stats)
        listening.naming.devices_changed.connect(self._show_compute)
        top.source_chosen.connect(listening.choose_source)
        top.open_files.connect(self.ask_files)
        top.open_folder.connect(self.ask_folder)
        top.hint_asked.connect(
            lambda: self.notices.show_notice(Notice("hint", listening.sound.hint))
        )
        top.bundle_chosen.connect(listening.naming.choose)
        top.device_chosen.connect(listening.naming.choose_device)
        self.live.level.connect(top.meter.set_level)
        self.live.save_asked.connect(self.ask_save)
        self.live.list_asked.connect(self.show_list)

    # places -------------------------------------------------------------------------------

    def go(self, place: str) -> None:
        """Show the page ``listen``, ``library``, ``train`` or ``models``."""
        places = {"library": self.library, "train": self.training, "models": self.models}
        page = places.get(place, self.live)
        self.pages.setCurrentWidget(page)
        self.rail.set_current(place)
        page.setFocus()

    def teach(self, folder: Path) -> None:
        """Train with the labelled folders in ``folder``."""
        self.go("train")
        self.training.desk.add_folders([folder])

    def show_settings(self) -> None:
        """Open the settings beside their button."""
        self.preferences.toggle_at(self.settings_button)

    def show_list(self) -> None:
        """Open the list of files over its button."""
        self.go("listen")
        self.list_panel.toggle_at(self.live.player.list)

    # what is heard ------------------------------------------------------------------------

    def _on_opening(self, address: str) -> None:
        path = self.listening.playlist.current_path
        self.top.set_source("file" if address.startswith("file:") else address, path)

    def _on_opened(self, source: Source) -> None:
        self._show_title(source)
        self._on_opening(self.listening.sound.address)

    def _show_title(self, source: Source) -> None:
        """Name the window after the file; its tags are known a moment after it was opened."""
        name = source.info.title or source.info.name
        self.setWindowTitle(f"{name} – GenreDesk" if source.info.kind == "file" else "GenreDesk")

    def _on_state(self, state: str) -> None:
        sound = self.listening.sound
        live = not sound.address.startswith("file:") and sound.address != ""
        why = sound.source.message if sound.source is not None else ""
        if sound.source is not None:
            self._show_title(sound.source)
        self.top.set_state(state, live=live, why=why)
        self.listening.naming.watch(state == "running")
        if state != "running":
            # Later than any held peak: what was loud is over.
            self.top.meter.set_level(-math.inf, -math.inf, time.monotonic() + 60)

    def _on_devices(self) -> None:
        sound = self.listening.sound
        self.top.set_inputs(sound.inputs, sound.hint)
        self.preferences.set_outputs([(d.id, d.name) for d in sound.outputs])

    def _show_bundles(self) -> None:
        naming = self.listening.naming
        self.top.set_bundles(naming.bundles, naming.bundle)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        self._show_bundles()
        if bundle is None:
            self.top.set_no_device(self.tr("No model"), self.tr("Import one on the Models page."))
            self.status.set_no_model()

    def _show_compute(self) -> None:
        settings = self._memory.settings
        self.top.set_devices(self.listening.naming.devices, settings.device)

    def _on_stats(self, stats: EngineStats) -> None:
        self.top.set_stats(stats)
        naming = self.listening.naming
        bundle = next((b for b in naming.bundles if b.id == stats.bundle_id), None)
        if bundle is not None:
            self.status.set_stats(stats, bundle)

    # files --------------------------------------------------------------------------------

    def ask_files(self) -> None:
        """Ask for music and play it."""
        kinds = self.tr("Music ({0})").format(MUSIC)
        folder = self._memory.settings.last_folder
        dialogs.open_files(self, self.tr("Open music"), kinds, folder, self.open_paths)

    def ask_folder(self) -> None:
        """Ask for a folder and play what is in it."""
        folder = self._memory.settings.last_folder
        dialogs.open_folder(
            self, self.tr("Open a folder"), folder, lambda path: self.open_paths([path])
        )

    def open_paths(self, paths: list[Path]) -> None:
        """Open what was dropped, chosen or named: music is played, models are imported."""
        models, music = told_apart(paths)
        if models:
            self.go("models")
            self.models.import_files(models)
        if music:
            self.go("listen")
            self._memory.update(last_folder=str(music[0].parent))
            self.listening.open_paths(music)

    def ask_save(self) -> None:
        """Ask where to save the picture, the scores or the labels."""
        saving.ask(self, self.listening, self.save_to)

    def save_to(self, path: Path) -> None:
        """Save to ``path`` what its suffix says."""
        self._memory.update(save_folder=str(path.parent))
        picture = None
        if path.suffix.lower() == ".png":
            picture = self.live.spectrogram.ensure_plot().grab().toImage()
        saving.save(self.listening, picture, path, self.notices)

    # keys and drops -----------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the table of keys says; nobody who has the focus wanted the key."""
        action = shortcuts.action_of(event)
        if not action or (event.isAutoRepeat() and action in ("toggle", "mute", "loop")):
            if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
                self.showNormal()
                return
            super().keyPressEvent(event)
            return
        self.act(action)

    def act(self, action: str) -> None:
        """Do one action of the table of keys."""
        listening, settings = self.listening, self._memory.settings
        deeds = {
            "toggle": listening.toggle,
            "back": lambda: self.seek_by(-SEEK_S),
            "forward": lambda: self.seek_by(SEEK_S),
            "next": listening.next,
            "previous": listening.previous,
            "louder": lambda: listening.set_volume(settings.volume + VOLUME_STEP),
            "quieter": lambda: listening.set_volume(settings.volume - VOLUME_STEP),
            "mute": lambda: listening.set_muted(not settings.muted),
            "loop": lambda: listening.set_loop(not settings.loop),
            "open": self.ask_files,
            "open_folder": self.ask_folder,
            "save": self.ask_save,
            "list": self.show_list,
            "go_listen": lambda: self.go("listen"),
            "go_library": lambda: self.go("library"),
            "go_train": lambda: self.go("train"),
            "go_models": lambda: self.go("models"),
            "settings": self.show_settings,
            "stage": self.toggle_stage,
            "fullscreen": self.toggle_full_screen,
            "help": self.help.toggle,
            "quit": self.close,
        }
        deeds[action]()

    def seek_by(self, seconds: float) -> None:
        """Jump forward or back in the file."""
        if self.listening.sound.is_file:
            self.live.seek(max(0.0, self.listening.sound.position + seconds))

    def toggle_stage(self) -> None:
        """Open the window with only the genre, or close it."""
        if self.stage is not None:
            self.stage.close()
            return
        self.stage = Stage(self.listening)
        self.stage.closed.connect(self._stage_closed)
        self.stage.show_decision(self.live.decision)
        self.stage.show()

    def _stage_closed(self) -> None:
        stage, self.stage = self.stage, None
        if stage is not None:
            stage.deleteLater()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        (self.showNormal if self.isFullScreen() else self.showFullScreen)()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what would happen with the files."""
        files = files_of(event)
        if files:
            _, music = told_apart(files)
            text = self.tr("Drop to play") if music else self.tr("Drop to install the model")
            self.drop_zone.open(text)
            event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """The files went elsewhere."""
        self.drop_zone.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.drop_zone.hide()
        files = files_of(event)
        if files:
            event.acceptProposedAction()
            self.open_paths(files)
            self.training.offer_teaching(told_apart(files)[1])

    # the window itself --------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window stands."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies over the window over all of it."""
        super().resizeEvent(event)
        self.drop_zone.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:
        """Stop drawing while minimised."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.live.window_state_changed()

    def _restore_geometry(self) -> None:
        with contextlib.suppress(ValueError):
            stored = base64.b64decode(self._memory.settings.geometry, validate=True)
            if stored:
                self.restoreGeometry(QByteArray(stored))

    def show_settings_change(self, settings: Settings, names: set[str]) -> None:
        """Apply what concerns the whole window."""
        app = QApplication.instance()
        if "theme" in names and isinstance(app, QApplication):
            theme.apply(app, settings.theme)
        if "device" in names:
            self._show_compute()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where the window was, then let everything end; a training asks first."""
        if not (self._may_close or self.training.ask_to_close(self, self._close_anyway)):
            event.ignore()
            return
        geometry = base64.b64encode(self.saveGeometry().data()).decode()
        self._memory.update(geometry=geometry)
        if self.stage is not None:
            self.stage.close()
        super().closeEvent(event)
        self.closing.emit()

    def _close_anyway(self) -> None:
        self._may_close = True
        self.close()
