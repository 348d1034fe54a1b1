"""Wires the window: settings, jobs, controllers, pages; then lets the person begin.

Nothing heavy is imported before the first paint. After it the sound devices and the models are
opened on their own lanes.
"""

from __future__ import annotations

import faulthandler
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from genredesk import __version__
from genredesk.audio.quiet import libraries_silent
from genredesk.core import heap, paths
from genredesk.core import settings as store
from genredesk.core.settings import Settings
from genredesk.ui.listen.outputs.publishing import LANE, Publishing
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look import theme, translations
from genredesk.ui.look.text import tr
from genredesk.ui.services.collector import GarbageCollector
from genredesk.ui.services.jobs import JobRunner
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.shell.mainwindow import MainWindow
from genredesk.ui.widgets.notices import Notice, Severity, about_defect

log = logging.getLogger(__name__)

DEMO_SUFFIX = ".ogg"


@dataclass(slots=True)
class App:
    """The parts of a running window."""

    jobs: JobRunner
    memory: SettingsStore
    listening: ListenSession
    window: MainWindow
    publishing: Publishing
    closed: bool = False

    def close(self) -> bool:
        """Stop everything, save the settings; return whether every thread ended."""
        if self.closed:
            return True
        self.closed = True
        self.memory.flush()
        self.window.training.close_desk()
        self.window.library.close_jobs()
        self.window.models.close_jobs()
        self.publishing.close()
        self.listening.close()
        clean = self.jobs.close(but_finish=("closing", LANE))
        self.window.library.shelf.close()
        return clean


def assemble(settings: Settings, message: str = "") -> App:
    """Make the window and what is behind it; nothing is opened yet.

    Parameters
    ----------
    settings
        What was remembered.
    message
        What was wrong with the settings file, to be shown.
    """
    jobs = JobRunner()
    memory = SettingsStore(settings, jobs)
    listening = ListenSession(jobs, memory)
    window = MainWindow(listening)
    memory.changed.connect(window.show_settings_change)
    jobs.defect.connect(
        lambda text, error: window.notices.show_notice(about_defect("defect", text, error))
    )
    if message:
        window.notices.show_notice(Notice("settings", message, Severity.WARNING))
    return App(jobs, memory, listening, window, window.publishing)


def demo() -> list[Path]:
    """Return the pieces that are ready to play on the first start."""
    folder = paths.resources_dir() / "demo"
    return sorted(p for p in folder.glob(f"*{DEMO_SUFFIX}") if p.is_file())


def application(language: str = "") -> QApplication:
    """Make Qt's application object with our name and language, or return the one there is."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    QApplication.setApplicationName("GenreDesk")
    QApplication.setApplicationDisplayName("GenreDesk")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("genredesk")
    app = QApplication(sys.argv[:1])
    translations.install(app, translations.locale_of(language))
    app.setWindowIcon(QIcon(str(paths.resources_dir() / "genredesk.svg")))
    return app


def main(files: Sequence[str] = (), on_first_paint: Callable[[App], None] | None = None) -> int:
    """Open the window and return the exit status when it is closed.

    Parameters
    ----------
    files
        Music or folders to play instead of the demo.
    on_first_paint
        Called when the window stands, before anything is opened.
    """
    heap.set_switch_interval()
    settings, message = store.load()
    app = application(settings.language)  # before the first widget
    with libraries_silent():  # not before: Qt says there why it cannot open a window
        return _run(app, settings, message, files, on_first_paint)


def _run(
    app: QApplication,
    settings: Settings,
    message: str,
    files: Sequence[str],
    on_first_paint: Callable[[App], None] | None,
) -> int:
    if sys.stderr is not None:
        faulthandler.enable()
    collector = GarbageCollector(app)
    theme.apply(app, settings.theme, settings.text_scale)
    desk = assemble(settings, message)
    hook, sys.excepthook = sys.excepthook, _Defects(desk)

    def begin() -> None:
        if on_first_paint is not None:
            on_first_paint(desk)
        heap.tune_malloc()
        ready = desk.listening.naming.ready
        ready.connect(heap.freeze_gc)  # the last heavy room is loaded then
        ready.connect(desk.window.training.prepare)
        desk.listening.start([Path(f).absolute() for f in files], demo())
        desk.window.training.flow.offer_resuming()

    desk.window.painted.connect(begin)
    desk.window.closing.connect(app.quit)
    stop = _on_signals(app, desk.window.close)
    desk.window.show()
    status = app.exec()
    desk.close()
    stop()
    collector.stop()
    sys.excepthook = hook
    return status


class _Defects:
    """Shows a defect in the window and writes it to the log instead of dying from it."""

    def __init__(self, desk: App) -> None:
        self._desk = desk

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        log.critical("Unexpected", exc_info=(kind, error, trace))
        text = tr(
            "Something unexpected happened ({0}). GenreDesk keeps running; restart it if "
            "something no longer works."
        ).format(f"{kind.__name__}: {error}")
        self._desk.window.notices.show_notice(about_defect("defect", text, error))


def _on_signals(app: QApplication, close: Callable[[], object]) -> Callable[[], None]:
    """Close in order on Ctrl-C or a polite kill; return what takes the handlers away again.

    Python's handlers only run when the interpreter does; the socket wakes Qt's loop for them.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno())
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda: ours.recv(64))
    old = {
        number: signal.signal(number, lambda *_: close())
        for number in (signal.SIGINT, signal.SIGTERM)
    }

    def undo() -> None:
        notifier.setEnabled(False)
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        ours.close()
        theirs.close()

    return undo
