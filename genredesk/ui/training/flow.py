"""Where a training leads the person: to its page, its result, or back to what it began with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from genredesk.ui.training import offers
from genredesk.ui.training.steps import MODEL, MUSIC, RESULT, TRAIN
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.training.runs.store import TrainingRun
    from genredesk.ui.training.page import TrainPage


class TrainingFlow(QObject):
    """Follows trainings as they begin, end, are looked at, resumed and repeated."""

    def __init__(self, place: TrainPage) -> None:
        super().__init__(place)
        self._place = place
        self._offered = ""

    def on_began(self, run: TrainingRun) -> None:
        """A training runs: show it."""
        if run.id == self._offered:
            self._place.dismissed.emit(offers.RESUME)
        self._place.go(TRAIN)

    def on_ended(self, run: TrainingRun) -> None:
        """It is over; say so to who looks elsewhere."""
        place = self._place
        place.navigation.show_steps()
        if run.state == "done" and not place.isVisible():
            text = self.tr("The training is done: {0} is ready on the Train page.")
            place.notice.emit(Notice("training-done", text.format(run.title), lasting_s=20.0))
        elif run.state == "failed" and not place.run_page.isVisible():
            place.session.say("train", run.message, Severity.ERROR)

    def look_at(self, run: TrainingRun) -> None:
        """Show the result of a training."""
        self._place.session.show_result(run)
        self._place.run_page.show_run(run)
        self._place.go(RESULT)

    def resume(self, run: TrainingRun) -> None:
        """Go on with a training where it was."""
        if self._place.session.resume(run):
            self._place.go(TRAIN)

    def repeat(self, run: TrainingRun) -> None:
        """Begin with the music and the settings of a training."""
        self._place.session.repeat(run)
        self._place.go(MODEL if self._place.music.can_next() else MUSIC)

    def offer_resuming(self) -> None:
        """Say that a training was interrupted, if one was; asked for at the start."""
        if not offers.anything_to_resume():
            return
        place = self._place
        place.session.load()
        run = place.session.interrupted()
        if run is None:
            return
        self._offered = run.id

        def resume() -> None:
            place.asked.emit()
            place.build()
            self.resume(run)

        place.notice.emit(offers.to_resume(run.title, resume))
