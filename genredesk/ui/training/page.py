"""The Train place: five pages from folders of music to a model, and the history of trainings.

Its parts are made when it is looked at for the first time; until then it costs nothing.
"""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.services.jobs import Job
from genredesk.ui.training import offers
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.notices import Notice, Severity
from genredesk.ui.widgets.steps import Steps

if TYPE_CHECKING:
    from genredesk.ui.training.pages.wizard_page import WizardPage
    from genredesk.ui.training.runs import TrainingRun
    from genredesk.ui.training.session import TrainingSession

MUSIC, MODEL, TRAIN, RESULT, USE, HISTORY = range(6)


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

    def __init__(self, listening: ListenSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._listening = listening
        self._desk: TrainingSession | None = None
        self.setAcceptDrops(True)
        self._built = False
        self._seen = 0
        self._offered = ""

    # ------------------------------------------------------------ building

    @property
    def desk(self) -> TrainingSession:
        """What the pages share; made when it is asked for the first time."""
        if self._desk is None:
            from genredesk.ui.training.session import TrainingSession  # noqa: PLC0415 - not at the start

            self._desk = TrainingSession(self._listening, self)
            self._desk.notice.connect(self.notice)
        return self._desk

    def prepare(self) -> None:
        """Load what the place is made of on another thread; who looks does not wait for it then."""

        def work(_job: Job) -> None:
            from genredesk.ui.training.pages import page_stack  # noqa: F401, PLC0415 - see above

        self._listening.jobs.start(self.tr("loading the Train place"), work, lane="loading")

    def build(self) -> None:
        """Make everything, once."""
        if self._built:
            return
        self._built = True
        self._make_pages()
        self._lay_out()
        self._connect()
        self.pages.page(MUSIC)  # hears what is loaded
        self.desk.load()
        self.go(self.desk.step)
        self.pages.make_rest()

    def _make_pages(self) -> None:
        from genredesk.ui.training.pages import page_stack as kinds  # noqa: PLC0415 - not at the start

        self.steps = Steps(
            (
                self.tr("Music"),
                self.tr("Model"),
                self.tr("Train"),
                self.tr("Result"),
                self.tr("Use it"),
            )
        )
        self.history_button = Button(self.tr("History"), "flat", icon="refresh")
        self.history_button.setCheckable(True)
        self.pages = kinds.Pages(self.desk, self.history_button)
        self.hint = kinds.words("", "quiet")
        self.back = Button(self.tr("Back"))
        self.next = Button("", "primary")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.steps)
        head.addStretch(1)
        head.addWidget(self.history_button)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(GRID)
        foot.addWidget(self.back)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        column.addLayout(head)
        column.addWidget(self.pages, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        desk = self.desk
        self.steps.chosen.connect(self.go)
        self.history_button.clicked.connect(self.toggle_history)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.pages.made.connect(self._on_made)
        desk.trainer.began.connect(self._on_began)
        desk.trainer.ended.connect(self._on_ended)
        desk.result_changed.connect(lambda _r: self._show_steps())
        desk.music.changed.connect(self._soon)
        desk.choice_changed.connect(self._soon)
        desk.installed.connect(lambda _id: self._show_steps())
        self._timer = QTimer(self, singleShot=True, interval=150)
        self._timer.timeout.connect(self._show_steps)

    def _on_made(self, name: str, page: Any) -> None:
        if name == "history":
            page.looked.connect(self._look_at)
            page.resumed.connect(self._resume)
            page.repeated.connect(self._repeat)
            return
        page.next_changed.connect(self._show_foot)
        if name == "result":
            page.again.clicked.connect(self.train_again)

    def _wizard_page(self, step: int) -> WizardPage | None:
        """Return a page of the way through, ``None`` for the history."""
        page: Any = self.pages.page(step)
        return page if step <= USE else None

    def showEvent(self, event) -> None:
        """Make what is looked at."""
        super().showEvent(event)
        self.build()

    # ------------------------------------------------------------ going

    @property
    def step(self) -> int:
        """The page that is shown."""
        return self.pages.currentIndex()

    def go(self, step: int) -> None:
        """Show a page."""
        page = self.pages.page(step)
        self.desk.preview.stop()
        self.pages.setCurrentIndex(step)
        self.history_button.setChecked(step == HISTORY)
        if step in (MUSIC, MODEL):
            self.desk.step = step
            self.desk.choice_changed.emit()
        if step != MODEL:
            self.desk.estimates.pause()
        if step != HISTORY:
            self._seen = step
        entered = getattr(page, "entered", None)
        if entered is not None:
            entered()
        self._show_steps()

    def toggle_history(self) -> None:
        """Show the history, or go back to where the person was."""
        self.go(self._seen if self.step == HISTORY else HISTORY)

    def go_back(self) -> None:
        """Show the page before."""
        if self.step == HISTORY:
            self.go(self._seen)
        elif self.step > 0 and self._can_go(self.step - 1):
            self.go(self.step - 1)

    def go_on(self) -> None:
        """Do what the page's button says."""
        step = self.step
        page = self._wizard_page(step)
        if step >= USE or page is None or not page.can_next():
            return
        if step == MODEL:
            self.start()
        else:
            self.go(step + 1)

    def start(self) -> None:
        """Begin to train on the music as chosen."""
        if self.desk.start():
            self.go(TRAIN)

    def train_again(self) -> None:
        """Train again with the songs as they were changed; the recipe stays."""
        result = self.desk.result
        if result is not None:
            self.desk.repeat(result.run)
        if self.music.can_next():
            self.start()
        else:
            self.go(MUSIC)

    def _can_go(self, step: int) -> bool:
        desk = self.desk
        if step == MODEL:
            return bool(desk.music.tracks) and self.music.can_next()
        if step == TRAIN:
            return desk.trainer.run is not None
        if step in (RESULT, USE):
            return desk.result is not None
        return True

    # ------------------------------------------------------------ showing

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _show_steps(self) -> None:
        desk = self.desk
        run = desk.trainer.run
        result = desk.result
        done = (
            bool(desk.music.n) and self.music.can_next(),
            run is not None,
            run is not None and run.state == "done",
            result is not None,
            result is not None and bool(result.run.installed),
        )
        reasons = (
            "",
            self.tr("Choose the music first."),
            self.tr("Choose music and model first."),
            self.tr("There is no result yet."),
            self.tr("There is no result yet."),
        )
        self.steps.set_current(self.step if self.step <= USE else -1)
        for i in range(5):
            enabled = self._can_go(i) or i == self.step
            self.steps.set_state(i, enabled=enabled, done=done[i], why=reasons[i])
        self._show_foot()

    def _show_foot(self) -> None:
        if not self._built or self.step < 0:
            return
        step = self.step
        self.back.setVisible(step > 0)
        page = self._wizard_page(step)
        text = page.next_text() if page is not None else ""
        useful = page is not None and page.can_next()
        if self.next.hasFocus() and not useful:
            self.setFocus()  # Qt would give the keys to the next control, which is the rail
        self.next.setVisible(bool(text))
        self.next.setText(text)
        self.next.setAccessibleName(text)
        self.next.setEnabled(useful)
        sentence, tone = page.hint() if page is not None else ("", "quiet")
        self.hint.setText(sentence)
        _set_tone(self.hint, tone)
        empty = page is self.music and not self.desk.music.tracks and not self.desk.music.roots
        self.next.setVisible(bool(text) and not empty)

    # ------------------------------------------------------------ trainings

    def _on_began(self, run: TrainingRun) -> None:
        if run.id == self._offered:
            self.dismissed.emit(offers.RESUME)
        self.go(TRAIN)

    def _on_ended(self, run: TrainingRun) -> None:
        self._show_steps()
        if run.state == "done" and not self.isVisible():
            text = self.tr("The training is done: {0} is ready on the Train page.")
            self.notice.emit(Notice("training-done", text.format(run.title), lasting_s=20.0))
        elif run.state == "failed" and not self.run_page.isVisible():
            self.desk.say("train", run.message, Severity.ERROR)

    def _look_at(self, run: TrainingRun) -> None:
        self.desk.show_result(run)
        self.run_page.show_run(run)
        self.go(RESULT)

    def _resume(self, run: TrainingRun) -> None:
        if self.desk.resume(run):
            self.go(TRAIN)

    def _repeat(self, run: TrainingRun) -> None:
        self.desk.repeat(run)
        self.go(MODEL if self.music.can_next() else MUSIC)

    def offer_resuming(self) -> None:
        """Say that a training was interrupted, if one was; asked for at the start."""
        if not offers.anything_to_resume():
            return
        self.desk.load()
        run = self.desk.interrupted()
        if run is None:
            return
        self._offered = run.id

        def resume() -> None:
            self.asked.emit()
            self.build()
            self._resume(run)

        self.notice.emit(offers.to_resume(run.title, resume))

    # ------------------------------------------------------------ drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Folders are welcome."""
        if self._built and offers.folders_of(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look through the folders."""
        event.acceptProposedAction()
        self._add_folders(offers.folders_of(event))

    def offer_teaching(self, dropped: list[Path]) -> None:
        """Offer to learn from a folder of folders that was dropped elsewhere in the window."""

        def teach(folders: list[Path]) -> None:
            self.asked.emit()
            self.build()
            self._add_folders(folders)

        notice = offers.to_teach(dropped, teach)
        if notice is not None:
            self.notice.emit(notice)

    def _add_folders(self, folders: list[Path]) -> None:
        self.go(MUSIC)
        self.music.add_folders(folders)

    # ------------------------------------------------------------ end

    def ask_to_close(self, parent: QWidget, close) -> bool:
        """Return whether the window can be closed now; else ask and call ``close`` on yes."""
        if self._desk is None or not self._desk.trainer.running:
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
        )
        return False

    def close_desk(self) -> None:
        """End every process and keep what was done: the program ends."""
        if self._desk is not None:
            self._desk.close()


def _set_tone(label: QLabel, tone: str) -> None:
    from genredesk.ui.training.pages.wizard_page import set_tone  # noqa: PLC0415 - not at the start

    set_tone(label, tone)
