"""Wires the window: settings, jobs, controllers, pages; then lets the person begin.

Nothing heavy is imported before the first paint. After it the sound devices and the models are
opened on their own lanes.
"""

from __future__ import annotations

import atexit
import logging
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from genredesk import __version__
from genredesk.audio import switch
from genredesk.audio.quiet import libraries_silent
from genredesk.core import heap, paths
from genredesk.core import settings as store
from genredesk.core.settings import Settings
from genredesk.ui.listen.dropzone import told_apart
from genredesk.ui.listen.outputs.publishing import LANE, Publishing
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look import theme, translations
from genredesk.ui.look.text import tr
from genredesk.ui.services.collector import GarbageCollector
from genredesk.ui.services.instance import Instance
from genredesk.ui.services.jobs import JobRunner, wait_for_threads
from genredesk.ui.services.mark import RunMark, bad_ends
from genredesk.ui.services.settings_store import SettingsStore
from genredesk.ui.shell.mainwindow import MainWindow
from genredesk.ui.widgets.notices import Notice, Severity, about_defect

log = logging.getLogger(__name__)

DEMO_SUFFIX = ".ogg"

_POLITE = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""Ctrl-C, a kill that may be answered, and the end of the terminal it was started in."""


@dataclass(slots=True)
class App:
    """The parts of a running window."""

    jobs: JobRunner
    memory: SettingsStore
    listening: ListenSession
    window: MainWindow
    publishing: Publishing
    closed: bool = False
    played: bool = False  # a file was playing when it was closed

    def close(self) -> bool:
        """Stop everything, save the settings; return whether every thread ended."""
        if self.closed:
            return True
        self.closed = True
        self.memory.flush()
        self.window.places.close()
        self.publishing.close()
        self.listening.close()
        clean = self.jobs.close(but_finish=("closing", LANE))
        self.window.places.close_library()
        return clean


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the window is opened.

    Parameters
    ----------
    safe
        With default settings, which are not kept, and without sound.
    new_window
        Beside a window that is open, in place of handing the files over to it.
    """

    safe: bool = False
    new_window: bool = False


def assemble(
    settings: Settings, message: str = "", save: Callable[[Settings], None] = store.save
) -> App:
    """Make the window and what is behind it; nothing is opened yet.

    Parameters
    ----------
    settings
        What was remembered.
    message
        What was wrong with the settings file, to be shown.
    save
        Keeps changed settings.
    """
    jobs = JobRunner()
    memory = SettingsStore(settings, jobs, save)
    listening = ListenSession(jobs, memory)
    with theme.made_bare(application()):
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


class Application(QApplication):
    """Qt's application object, which on macOS is told of files that are opened with it.

    Signals
    -------
    file_opened(Path)
        The system asks for this file to be opened.
    """

    file_opened = Signal(object)

    def event(self, event: QEvent) -> bool:
        """Take files from the system; everything else is Qt's."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_opened.emit(Path(event.file()))
            return True
        return super().event(event)


def application(language: str = "") -> QApplication:
    """Make Qt's application object with our name and language, or return the one there is."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    QApplication.setApplicationName("GenreDesk")
    QApplication.setApplicationDisplayName("GenreDesk")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("genredesk")
    app = Application(sys.argv[:1])
    translations.install(app, translations.locale_of(language))
    app.setWindowIcon(QIcon(str(paths.resources_dir() / "genredesk.svg")))
    return app


def main(
    files: Sequence[str] = (),
    on_first_paint: Callable[[App], None] | None = None,
    how: Beginning = Beginning(),
) -> int:
    """Open the window and return the exit status when it is closed.

    Parameters
    ----------
    files
        Music or folders to play instead of the demo, and models to import.
    on_first_paint
        Called when the window stands, before anything is opened.
    how
        See :class:`Beginning`.
    """
    heap.set_switch_interval()
    atexit.register(wait_for_threads)
    settings, message = (Settings(), "") if how.safe else store.load()
    if how.safe or message:  # settings that were set aside are no first start
        settings = settings.replace(welcomed=True)
    app = application(settings.language)  # before the first widget
    named = [Path(file).absolute() for file in files]
    instance = Instance(app)
    if how.safe or how.new_window:
        instance.listen_alone()
    elif instance.hand_over(named):
        return 0
    if how.safe:
        switch.turn_off(
            tr(
                "Safe mode: there is no sound, and settings are neither read nor kept. Start "
                "GenreDesk without --safe-mode to have both again."
            )
        )
    ended, mark = bad_ends(), RunMark()
    mark.begin()
    app.commitDataRequest.connect(lambda _session: mark.excuse())
    start = _Start(named, ended, message, store.save if not how.safe else _unsaved)
    try:
        with libraries_silent():  # not before: Qt says there why it cannot open a window
            status = _run(app, settings, start, instance, on_first_paint)
    except Exception as error:
        mark.failed(error)
        raise
    except KeyboardInterrupt:
        mark.end()
        raise
    finally:
        instance.close()
    mark.end()
    return status


def _unsaved(_settings: Settings) -> None:
    """Keep nothing."""


@dataclass(frozen=True, slots=True)
class _Start:
    """What a window begins with."""

    files: list[Path]
    ended: list[str]
    message: str
    save: Callable[[Settings], None]
    play: bool = False


def _run(
    app: QApplication,
    settings: Settings,
    start: _Start,
    instance: Instance,
    on_first_paint: Callable[[App], None] | None,
) -> int:
    """Show a window until it is closed for good: another language needs another window."""
    collector = GarbageCollector(app)
    while True:
        theme.apply(app, settings.theme, settings.text_scale)
        desk = assemble(settings, start.message, start.save)
        status, again = _shown(app, desk, start, instance, on_first_paint)
        if not again:
            break
        settings = desk.memory.settings
        for part in (desk.window, desk.listening, desk.memory, desk.jobs):
            part.deleteLater()
        start = _Start([], [], "", start.save, play=desk.played)
        translations.install(app, translations.locale_of(settings.language))
    instance.close()
    collector.stop()
    return status


def _shown(
    app: QApplication,
    desk: App,
    start: _Start,
    instance: Instance,
    on_first_paint: Callable[[App], None] | None,
) -> tuple[int, bool]:
    """Show one window; return the status, and whether it is to be opened anew."""
    window = desk.window
    hook, sys.excepthook = sys.excepthook, _Defects(desk)
    again: list[bool] = []
    begun: list[bool] = []

    def begin() -> None:
        if on_first_paint is not None:
            on_first_paint(desk)
        begun.append(True)
        heap.tune_malloc()
        ready = desk.listening.engine.ready
        ready.connect(heap.freeze_gc)  # the last heavy room is loaded then
        ready.connect(window.places.prepare)
        models, music = told_apart(start.files)
        first = not (start.files or desk.memory.settings.welcomed)  # first what was asked for
        desk.listening.start(music, demo(), play_demo=first or start.play)
        if models:
            window.files.open_paths(models)
        window.training.flow.offer_resuming()
        if first:
            window.show_welcome()
        if start.ended:
            told = "\n\n".join(start.ended)  # after what is said of the sound, which would hide it
            desk.listening.devices.ready.connect(lambda _text: window.offer_report(told))

    def come(files: list[Path]) -> None:
        if not begun:
            start.files.extend(files)
        elif files:
            if window.welcome is not None:  # first what was asked for
                window.welcome.close_plate()
            window.files.open_paths(files)
        window.come_to_front()

    asked = instance.asked.connect(come)
    opened = (
        app.file_opened.connect(lambda path: come([path])) if isinstance(app, Application) else None
    )
    window.painted.connect(begin)
    window.closing.connect(app.quit)
    window.again_asked.connect(lambda: again.append(True))
    stop = _on_signals(app, window.close)
    window.show()
    status = app.exec()
    stop()
    instance.asked.disconnect(asked)
    if opened is not None:
        QObject.disconnect(opened)
    desk.played = desk.listening.state == "running" and desk.listening.sound.is_file
    desk.close()
    sys.excepthook = hook
    return status, bool(again)


class _Defects:
    """Shows a defect in the window and writes it to the log instead of dying from it."""

    def __init__(self, desk: App) -> None:
        self._desk = desk

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        # Its painter would be kept with the error, and Qt does not survive that.
        traceback.clear_frames(trace)
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
    old = {number: signal.signal(number, lambda *_: close()) for number in _POLITE}

    def undo() -> None:
        notifier.setEnabled(False)
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        ours.close()
        theirs.close()

    return undo
