"""The window: the rail, the line on top, the pages, messages, the status line, keys and drops.

Only what is seen first is made with it; ``places`` has the rest.
"""

from __future__ import annotations

import base64
import contextlib
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from genredesk.ui.listen.listpanel import ListPanel
from genredesk.ui.listen.outputs.publishing import Publishing
from genredesk.ui.listen.page import LivePage
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.listen.stage import Stage
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.shell import actions
from genredesk.ui.shell.action_set import ActionSet
from genredesk.ui.shell.files import WindowFiles
from genredesk.ui.shell.menubar import MenuBar
from genredesk.ui.shell.places import Places, free_keys
from genredesk.ui.shell.readouts import Readouts
from genredesk.ui.shell.statusline import StatusLine
from genredesk.ui.shell.topline import TopLine
from genredesk.ui.training.page import TrainPage
from genredesk.ui.widgets.controls import IconButton
from genredesk.ui.widgets.layouts import HBox, VBox
from genredesk.ui.widgets.notice_board import NoticeBoard
from genredesk.ui.widgets.notices import Notice, Severity
from genredesk.ui.widgets.popover import Popover
from genredesk.ui.widgets.rail import Rail
from genredesk.ui.widgets.search_box import SearchBox

if TYPE_CHECKING:
    from genredesk.core.settings import Settings
    from genredesk.ui.shell.doctor_page import DoctorPage
    from genredesk.ui.shell.outputs_page import OutputsPage
    from genredesk.ui.shell.report_page import ReportPage
    from genredesk.ui.shell.welcome import WelcomePage


class MainWindow(QMainWindow):
    """Everything a person sees.

    Signals
    -------
    painted()
        The window was drawn for the first time; only then anything heavy begins.
    closing()
        The person closed it.
    again_asked()
        It is to be closed and opened anew, in another language.
    """

    painted = Signal()
    closing = Signal()
    again_asked = Signal()

    # each made when it is asked for
    library = property(attrgetter("places.library"))
    rekordbox = property(attrgetter("places.rekordbox"))
    models = property(attrgetter("places.models"))
    help = property(attrgetter("places.help"))
    preferences = property(attrgetter("places.preferences"))

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self.listening = listening
        self._memory = listening.memory
        self._was_painted = False
        self._may_close = False
        self.stage: Stage | None = None
        self.setWindowTitle("GenreDesk")
        self._fit()
        self.resize(self._bounded(QSize(theme.px(1280), theme.px(800))))
        self.top = TopLine()
        self.live = LivePage(listening)
        self.training = TrainPage(listening)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.live)
        self.pages.addWidget(self.training)
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
        self.publishing = Publishing(listening)
        self.outputs: OutputsPage | None = None
        self.doctor: DoctorPage | None = None
        self.report: ReportPage | None = None
        self.welcome: WelcomePage | None = None
        self.settings_button = IconButton("settings", self.tr("Settings (Ctrl+,)"), size=22)
        self.help_button = IconButton("keyboard", self.tr("Keyboard map (?)"), size=22)
        self.rail.add_bottom(self.help_button)
        self.rail.add_bottom(self.settings_button)
        self._lay_out()
        self.files = WindowFiles(self)
        self.places = Places(self)
        self.list_panel = ListPanel(listening, self)
        self.readouts = Readouts(self)
        self._connect()
        self.commands = ActionSet(self, actions.of_window())
        self.menus = MenuBar(self, self.commands)
        self.setMenuBar(self.menus)
        listening.state_changed.connect(self.commands.refresh)
        listening.playlist.size_changed.connect(self.commands.refresh)
        self.commands.show_place(actions.LISTEN)
        self._restore_geometry()
        self.live.setFocus()

    def _lay_out(self) -> None:
        ground = QWidget()
        ground.setObjectName("ground")
        for part in (self.rail, self.top, self.notices):  # before the pages for the Tab key, too
            part.setParent(ground)
        HBox(
            self.rail,
            (
                VBox(
                    self.top,
                    (self.pages, 1),
                    self.status,
                    gap=2 * GRID,
                    margins=(3 * GRID, 2 * GRID + 4, 3 * GRID, GRID),
                ),
                1,
            ),
            parent=ground,
            gap=0,
        )
        self.setCentralWidget(ground)
        self.notices.float_over(ground, above=self.pages)
        free_keys(self.live)

    def _connect(self) -> None:
        listening = self.listening
        self.rail.changed.connect(self.go)
        self.settings_button.clicked.connect(self.show_settings)
        self.help_button.clicked.connect(self.toggle_help)
        listening.notice.connect(self.notices.show_notice)
        listening.dismissed.connect(self.notices.dismiss)
        self.training.notice.connect(self.notices.show_notice)
        self.training.dismissed.connect(self.notices.dismiss)
        self.training.asked.connect(lambda: self.go("train"))
        self._memory.unwritable.connect(
            lambda text: self.notices.show_notice(Notice("settings", text, Severity.WARNING))
        )
        self.live.save_asked.connect(self.files.ask_save)
        self.live.list_asked.connect(self.show_list)
        self.publishing.keys.quit_asked.connect(self.close)
        self.publishing.keys.show_asked.connect(self.come_to_front)

    # places -------------------------------------------------------------------------------

    def go(self, place: str) -> None:
        """Show the page ``listen``, ``library``, ``train`` or ``models``."""
        names = {"library": "library", "train": "training", "models": "models"}
        page = getattr(self, names.get(place, "live"))
        if page is not self.pages.currentWidget():
            direct = Qt.FindChildOption.FindDirectChildrenOnly
            for plate in self.findChildren(Popover, options=direct):
                plate.close_plate()
        self.pages.setCurrentWidget(page)
        self.rail.set_current(place)
        page.setFocus()
        self.commands.show_place(place)

    def teach(self, folder: Path) -> None:
        """Train with the labelled folders in ``folder``."""
        self.go("train")
        self.training.session.add_folders([folder])

    def train_voice(self) -> None:
        """Show how to train a model that makes new pieces: an autoencoder, from scratch."""
        from genredesk.ui.training import choice  # noqa: PLC0415 - not at the start

        self.go("train")
        self.training.session.choose(start="", network="vae", preset=choice.SCRATCH)

    def toggle_help(self) -> None:
        """Show the keyboard map, or hide it."""
        self.help.toggle()

    def show_settings(self) -> None:
        """Open the settings beside their button."""
        self.preferences.toggle_at(self.settings_button)

    def show_outputs(self) -> None:
        """Open the settings of the outputs to other programs."""
        self.preferences.close_plate()
        if self.outputs is None:
            from genredesk.ui.shell.outputs_page import OutputsPage  # noqa: PLC0415 - rarely seen

            self.outputs = OutputsPage(self._memory, self.publishing, self)
        self.outputs.toggle_at(self.settings_button)

    def show_doctor(self) -> None:
        """Check the installation and show what is found."""
        self.preferences.close_plate()
        if self.doctor is None:
            from genredesk.ui.shell.doctor_page import DoctorPage  # noqa: PLC0415 - rarely seen

            self.doctor = DoctorPage(self.listening.jobs, self)
        self.doctor.open()

    def show_report(self, ended: str = "") -> None:
        """Show a report that can be saved; ``ended`` says how a run ended badly."""
        if self.report is None:
            from genredesk.ui.shell.report_page import ReportPage  # noqa: PLC0415 - rarely seen

            self.report = ReportPage(self.listening.jobs, self)
            self.report.notice.connect(self.notices.show_notice)
        self.report.open(ended)

    def offer_report(self, ended: str) -> None:
        """Say that a run did not end as it should, and offer a report of it."""
        text = self.tr(
            "GenreDesk ended unexpectedly the last time. You can read a report of it and save it; "
            "nothing is sent."
        )
        self.notices.show_notice(
            Notice(
                "ended",
                text,
                action=self.tr("Show report …"),
                run=lambda: self.show_report(ended),
            )
        )

    def show_welcome(self) -> None:
        """Show the first steps."""
        if self.welcome is None:
            from genredesk.ui.shell.welcome import WelcomePage  # noqa: PLC0415 - seen once

            self.welcome = WelcomePage(self.listening, self)
            self.welcome.folder_chosen.connect(self._add_music)
            self.welcome.language_chosen.connect(self._speak)
        self.welcome.open()

    def _add_music(self, folder: Path) -> None:
        """Add a folder to the library, also while its catalogue was never opened."""
        tracks = self.library.tracks
        if tracks.catalogue is not None:
            self.library.folders.add([folder])
            return
        once = Qt.ConnectionType.SingleShotConnection
        tracks.opened.connect(lambda: self.library.folders.add([folder]), once)
        self.library.open()

    def _speak(self, language: str) -> None:
        """Open the window anew in another language."""
        self._memory.update(language=language)
        self.again_asked.emit()
        self.close()

    def show_manual(self) -> None:
        """Show the manual in the web browser, or say how to get it."""
        from genredesk.ui.shell import manual_page  # noqa: PLC0415 - rarely seen

        if (notice := manual_page.open_manual()) is not None:
            self.notices.show_notice(notice)

    def show_list(self) -> None:
        """Open the list of files over its button."""
        self.go("listen")
        self.list_panel.toggle_at(self.live.player.list)

    def toggle_stage(self) -> None:
        """Open the window with only the genre, or close it."""
        if self.stage is not None:
            self.stage.close()
            return
        self.stage = Stage(self.listening, self.live.big)
        ActionSet(self.stage, actions.of_stage()).show_place(actions.STAGE)
        self.stage.closed.connect(self._stage_closed)
        self.stage.show()

    def _stage_closed(self) -> None:
        stage, self.stage = self.stage, None
        if stage is not None:
            stage.deleteLater()
            self.activateWindow()  # it has the keys again

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, when nothing that is open wanted it, leads back, then leaves the full screen."""
        if event.key() == Qt.Key.Key_Escape and self._went_back():
            return
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.showNormal()
        else:
            super().keyPressEvent(event)

    def _went_back(self) -> bool:
        """Leave the page beside the tracks that is seen, wherever the keyboard is."""
        return self.rail.current() == "library" and self.library.beside.leave()

    def focusNextPrevChild(self, onward: bool) -> bool:
        """Give the keyboard to the page where what had it was hidden or switched off.

        Qt would pass it on to whatever comes next, which may be anywhere.
        """
        here, page = self.focusWidget(), self.pages.currentWidget()
        if here is None or page is None or (here.isEnabled() and here.isVisible()):
            return super().focusNextPrevChild(onward)
        home = here.parentWidget()
        while home is not None and not (_takes_keys(home) and page.isAncestorOf(home)):
            home = home.parentWidget()
        (home or page).setFocus()
        return True

    def search(self) -> None:
        """Go to the search field of this page, if one is seen."""
        box = next((box for box in self.findChildren(SearchBox) if box.isVisible()), None)
        if box is not None:
            box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            box.selectAll()

    def scale_text(self, step: int) -> None:
        """Make the text a step larger or smaller; 0: the usual size."""
        self._memory.update(text_scale=theme.next_scale(self._memory.settings.text_scale, step))

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        (self.showNormal if self.isFullScreen() else self.showFullScreen)()

    # the window itself --------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window stands."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def changeEvent(self, event: QEvent) -> None:
        """Stop drawing while minimised."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.live.window_state_changed()

    def come_to_front(self) -> None:
        """Show the window before all others: another start or the desktop's player asks for it."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    def _bounded(self, size: QSize) -> QSize:
        """Return a size that fits the screen with its frame and panels."""
        screen = self.screen().availableGeometry().size()
        return size.boundedTo(screen - QSize(2 * GRID, 5 * GRID))

    def _fit(self) -> None:
        """Ask for the room the pages need at this size of text, but never more than there is."""
        self.setMinimumSize(self._bounded(QSize(theme.px(960), theme.px(600))))
        if not (self.isMaximized() or self.isFullScreen()):
            self.resize(self._bounded(self.size()))

    def _restore_geometry(self) -> None:
        with contextlib.suppress(ValueError):
            stored = base64.b64decode(self._memory.settings.geometry, validate=True)
            if stored:
                self.restoreGeometry(QByteArray(stored))
                self._fit()

    def show_settings_change(self, settings: Settings, names: set[str]) -> None:
        """Apply what concerns the whole window."""
        app = QApplication.instance()
        if names & {"theme", "text_scale"} and isinstance(app, QApplication):
            theme.apply(app, settings.theme, settings.text_scale)
            self._fit()
        if "device" in names:
            self.readouts.show_compute()

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


def _takes_keys(widget: QWidget) -> bool:
    """Return whether a widget can have the keyboard now."""
    wants = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    return wants and widget.isEnabled() and widget.isVisible()
