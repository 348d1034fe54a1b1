"""The places and panels of the window that are not seen first: each is made when it is asked for.

At the latest that is once the engine runs (:meth:`Places.prepare`); nothing of it delays the first
paint.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from genredesk.ui.shell import actions

if TYPE_CHECKING:
    from genredesk.ui.library.page import LibraryPage
    from genredesk.ui.library.rekordbox_import import RekordboxImport
    from genredesk.ui.models.page import ModelsPage
    from genredesk.ui.services.jobs import Job
    from genredesk.ui.shell.mainwindow import MainWindow
    from genredesk.ui.shell.preferences import Preferences
    from genredesk.ui.widgets.help_overlay import HelpOverlay


class Places(QObject):
    """Makes the Library and Models places, the settings and the keyboard map for the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._listening = window.listening
        self._closed = False

    @cached_property
    def library(self) -> LibraryPage:
        """The Library place."""
        from genredesk.ui.library.page import LibraryPage  # noqa: PLC0415 - not at the start

        window, page = self._window, LibraryPage(self._listening)
        page.notice.connect(window.notices.show_notice)
        page.dismissed.connect(window.notices.dismiss)
        page.play_asked.connect(lambda path: window.files.open_paths([path]))
        page.teach_asked.connect(window.teach)
        window.pages.addWidget(page)
        return page

    @cached_property
    def rekordbox(self) -> RekordboxImport:
        """Takes genres of a rekordbox XML into the library."""
        from genredesk.ui.library.rekordbox_import import RekordboxImport  # noqa: PLC0415 - see above

        return RekordboxImport(self.library)

    @cached_property
    def models(self) -> ModelsPage:
        """The Models place."""
        from genredesk.ui.models.page import ModelsPage  # noqa: PLC0415 - not at the start

        window, page = self._window, ModelsPage(self._listening)
        page.notice.connect(window.notices.show_notice)
        page.voice_asked.connect(window.train_voice)
        page.play_asked.connect(lambda path: window.files.open_paths([path]))
        free_keys(page)
        window.pages.addWidget(page)
        return page

    @cached_property
    def help(self) -> HelpOverlay:
        """The keyboard map."""
        from genredesk.ui.widgets.help_overlay import HelpOverlay  # noqa: PLC0415 - see above

        overlay = HelpOverlay(self._window, actions.groups())
        overlay.manual.clicked.connect(self._window.show_manual)
        return overlay

    @cached_property
    def preferences(self) -> Preferences:
        """The settings."""
        from genredesk.ui.shell.preferences import Preferences  # noqa: PLC0415 - see above

        plate = Preferences(self._listening.memory, self._window)
        plate.outputs_asked.connect(self._window.show_outputs)
        plate.check_asked.connect(self._window.show_doctor)
        engine, devices = self._listening.engine, self._listening.devices

        def show_outputs() -> None:
            plate.set_outputs([(d.id, d.name) for d in devices.outputs])

        plate.set_bundle(engine.bundle)
        engine.bundle_changed.connect(plate.set_bundle)
        show_outputs()
        devices.changed.connect(show_outputs)
        return plate

    def prepare(self) -> None:
        """Load what the places are made of on another thread, then make them one by one."""

        def work(_job: Job) -> None:
            from genredesk.ui.library import page as _library  # noqa: F401, PLC0415 - see above
            from genredesk.ui.models import page as _models  # noqa: F401, PLC0415 - see above

        def make(names: tuple[str, ...]) -> None:
            if names and not self._closed:
                getattr(self, names[0])
                QTimer.singleShot(0, lambda: make(names[1:]))

        self._listening.jobs.start(
            self.tr("loading the other places"),
            work,
            lane="loading",
            on_done=lambda _: make(("library", "models", "preferences")),
        )
        self._window.training.prepare()

    def close(self) -> None:
        """Stop what the places do; the program ends."""
        self._closed = True
        self._window.training.close_session()
        if "library" in self.__dict__:
            self.library.close_jobs()
        if "models" in self.__dict__:
            self.models.close_jobs()

    def close_library(self) -> None:
        """Close the catalogue, when every thread has ended."""
        if "library" in self.__dict__:
            self.library.tracks.close()

    @property
    def has_folders(self) -> bool:
        """Whether the library has folders."""
        return "library" in self.__dict__ and bool(self.library.tracks.roots)

    @property
    def may_test(self) -> bool:
        """Whether the devices can be tested now."""
        return "models" not in self.__dict__ or self.models.test.isEnabled()


def free_keys(page: QWidget) -> None:
    """Let a click beside a control of a page free the keys."""
    page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
