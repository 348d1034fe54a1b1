"""The Train place: five pages from folders of music to a model, and the history of trainings.

Its parts are made when it is looked at for the first time; until then it costs nothing.
"""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from genredesk.ui.listen.session import ListenSession
from genredesk.ui.services import dialogs
from genredesk.ui.services.jobs import Job
from genredesk.ui.training.flow import TrainingFlow
from genredesk.ui.training.folder_drops import FolderDrops
from genredesk.ui.training.steps import HISTORY, MODEL, MUSIC, TRAIN, USE

if TYPE_CHECKING:
    from genredesk.ui.training.session import TrainingSession


class TrainPage(QWidget):
    """The Train place.

    Signals
    -------
    notice(Notice)
        Something to tell.
    dismissed(str)
        The notice of this key is not true any more.
    asked()
        It wants to be looked at: a training can be resumed.
    """

    notice = Signal(object)
    dismissed = Signal(str)
    asked = Signal()

    # its pages, each made when it is asked for
    music = property(attrgetter("pages.music"))
    model = property(attrgetter("pages.model"))
    run_page = property(attrgetter("pages.run_page"))
    result = property(attrgetter("pages.result"))
    use = property(attrgetter("pages.use"))
    history = property(attrgetter("pages.history"))

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self._listening = listening
        self._session: TrainingSession | None = None
        self.built = False
        self._seen = 0
        self.flow = TrainingFlow(self)
        self.drops = FolderDrops(self)

    # ------------------------------------------------------------ building

    @property
    def session(self) -> TrainingSession:
        """What the pages share; made when it is asked for the first time."""
        if self._session is None:
            from genredesk.ui.training.session import TrainingSession  # noqa: PLC0415 - not at the start

            self._session = TrainingSession(self._listening, self)
            self._session.notice.connect(self.notice)
        return self._session

    def prepare(self) -> None:
        """Load what the place is made of on another thread; who looks does not wait for it then."""

        def work(_job: Job) -> None:
            from genredesk.ui.training import navigation  # noqa: F401, PLC0415 - see above

        self._listening.jobs.start(self.tr("loading the Train place"), work, lane="loading")

    def build(self) -> None:
        """Make everything, once."""
        if self.built:
            return
        from genredesk.ui.training.navigation import Navigation  # noqa: PLC0415 - not at the start

        way = Navigation(self.session, self)
        self.built, self.navigation = True, way
        self.steps, self.hint, self.pages = way.steps, way.hint, way.pages
        self.history_button, self.back, self.next = way.history_button, way.back, way.next
        self._connect()
        self.pages.page(MUSIC)  # hears what is loaded
        self.session.load()
        self.go(self.session.step)
        self.pages.make_rest()

    def _connect(self) -> None:
        session = self.session
        self.steps.chosen.connect(self.go)
        self.history_button.clicked.connect(self.toggle_history)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.pages.made.connect(self._on_made)
        session.trainer.began.connect(self.flow.on_began)
        session.trainer.ended.connect(self.flow.on_ended)

    def _on_made(self, name: str, page: Any) -> None:
        if name == "history":
            page.looked.connect(self.flow.look_at)
            page.resumed.connect(self.flow.resume)
            page.repeated.connect(self.flow.repeat)
            return
        page.next_changed.connect(self.navigation.show_foot)
        if name == "result":
            page.again.clicked.connect(self.train_again)
            page.anyway.clicked.connect(lambda: self.go(USE))

    def showEvent(self, event) -> None:
        """Make what is looked at."""
        super().showEvent(event)
        self.build()

    # ------------------------------------------------------------ going

    @property
    def step(self) -> int:
        """The page that is shown."""
        return self.navigation.step

    def go(self, step: int) -> None:
        """Show a page."""
        self.session.preview.stop()
        if step != HISTORY:
            self._seen = step
        self.navigation.show_page(step)

    def toggle_history(self) -> None:
        """Show the history, or go back to where the person was."""
        self.go(self._seen if self.step == HISTORY else HISTORY)

    def go_back(self) -> None:
        """Show the page before."""
        if self.step == HISTORY:
            self.go(self._seen)
        elif self.step > 0 and self.navigation.can_go(self.step - 1):
            self.go(self.step - 1)

    def go_on(self) -> None:
        """Do what the page's button says."""
        step = self.step
        page = self.navigation.page()
        if step >= USE or page is None or not page.can_next():
            return
        if step == MODEL:
            self.start()
        else:
            self.go(page.follow(step))

    def start(self) -> None:
        """Begin to train on the music as chosen."""
        if self.session.start():
            self.go(TRAIN)

    def train_again(self) -> None:
        """Train again with the songs as they were changed; the recipe stays."""
        result = self.session.result
        if result is not None:
            self.session.repeat(result.run)
        if self.music.can_next():
            self.start()
        else:
            self.go(MUSIC)

    def add_folders(self, folders: list[Path]) -> None:
        """Have folders looked through on the first page."""
        self.go(MUSIC)
        self.music.add_folders(folders)

    # ------------------------------------------------------------ end

    def ask_to_close(self, parent: QWidget, close) -> bool:
        """Return whether the window can be closed now; else ask and call ``close`` on yes."""
        if self._session is None or not self._session.trainer.running:
            return True
        dialogs.confirm(
            parent,
            self.tr("A training is running"),
            self.tr(
                "If you quit now it stops. Everything up to its last whole epoch is kept, and you "
                "can resume it when you start GenreDesk again."
            ),
            self.tr("Quit and resume later"),
            close,
            no=self.tr("Keep training"),
        )
        return False

    def close_session(self) -> None:
        """End every process and keep what was done: the program ends."""
        if self._session is not None:
            self._session.close()
