"""Page 3, Train: the curves as they grow, the songs named wrongly now, pause, stop, cancel."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from genredesk.core.job import Progress
from genredesk.core.shares import measured, sureness
from genredesk.training.data.split import protocol_said
from genredesk.training.runs import store
from genredesk.training.runs.messages import (
    EpochEvent,
    Event,
    FinishingEvent,
    NoteEvent,
    SplitEvent,
    TrialEvent,
    ValidEvent,
)
from genredesk.training.runs.store import TrainingRun
from genredesk.training.runs.wire import valid_event
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.training.pages.trials import TrialTable
from genredesk.ui.training.pages.wizard_page import WizardPage, duration, genre, songs
from genredesk.ui.training.results import Result
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.charts.confusion import ConfusionMatrix
from genredesk.ui.widgets.charts.curves import Curves
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.song_list import SongList, SongRow

CLOCK_MS = 500
_MOST_SHOWN = 200


class RunPage(WizardPage):
    """The Train page."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self.curves = Curves()
        self.trials = TrialTable()
        self.state = plain_label("", "title")
        self.note = paragraph("", "quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.state.setToolTip(
            self.tr("The time left is estimated from the speed so far; it may end earlier")
        )
        self.pause = Button(self.tr("Pause"), icon="pause")
        self.keep = Button(self.tr("Stop and keep the best"), icon="check")
        self.cancel = Button(self.tr("Cancel …"), "danger", icon="close")
        self.resume = Button(self.tr("Resume"), "primary", icon="play")
        self.waiting = paragraph(self.tr("They are tested after each epoch."), "quiet")
        self.matrix = ConfusionMatrix(small=True)
        self.wrong = SongList(self.tr("Songs that are wrong now"))
        self.empty = EmptyState(
            "train",
            self.tr("No training is running"),
            self.tr("Choose the music and the model first; the curves grow here."),
        )
        self._epochs: list[EpochEvent] = []
        self._paths: dict[str, str] = {}
        self._fraction: tuple[float, float] | None = None
        self._search_began = 0.0
        self._finishing = False
        self._timer = QTimer(self, interval=CLOCK_MS)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        self._connect()
        if session.trainer.running and session.trainer.run is not None:
            self._on_began(session.trainer.run)  # it began just now
        self._show_state()

    def _lay_out(self) -> None:
        self.curve_card = Card("", margin=2 * GRID)
        self.curve_card.body.add((self.curves, 1), self.trials)
        self.trials.hide()
        status = Card("", margin=2 * GRID)
        status.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        status.body.add(
            self.state,
            self.bar,
            self.note,
            HBox(self.resume, self.pause, self.keep, self.cancel, STRETCH, gap=GRID),
        )
        self.matrix_card = Card(self.tr("HELD-BACK SONGS"), margin=2 * GRID)
        self.matrix_card.body.add(self.waiting, (self.matrix, 1))
        self.wrong_card = Card(self.tr("WRONG NOW"), margin=2 * GRID)
        self.wrong_card.body.addWidget(self.wrong, 1)
        right = VBox(status, (self.matrix_card, 5), (self.wrong_card, 3), gap=2 * GRID)
        self.full = QWidget()
        HBox((self.curve_card, 7), (right, 5), parent=self.full, gap=2 * GRID)
        self.bare = Card()
        self.bare.body.addWidget(self.empty)
        VBox(self.full, self.bare, parent=self)

    def _connect(self) -> None:
        trainer = self.session.trainer
        trainer.began.connect(self._on_began)
        trainer.said.connect(self._on_event)
        trainer.ended.connect(self._on_ended)
        trainer.paused.connect(lambda _on: self._show_state())
        self.session.result_changed.connect(self._show_kept)
        self.pause.clicked.connect(lambda: trainer.pause(not trainer.is_paused))
        self.keep.clicked.connect(self._keep)
        self.cancel.clicked.connect(self.ask_cancel)
        self.resume.clicked.connect(self._resume)
        self.wrong.play.connect(self._play)
        self.session.preview.changed.connect(
            lambda: self.wrong.songs.set_playing(self.session.preview.path)
        )

    # ------------------------------------------------------------ following

    def _on_began(self, run: TrainingRun) -> None:
        self._epochs = store.epochs(run) if run.seconds else []
        self._fraction = None
        self._search_began = 0.0
        self._finishing = False
        self.curves.set_quick(run.plan.get("mode") == "quick")
        self.curves.set_epochs(self._epochs)
        self.trials.clear()
        self.trials.setVisible(bool(run.plan.get("minutes")))
        self.waiting.show()
        self.matrix.set_table([], [])
        self.wrong.songs.set_rows([])
        self.wrong_card.title.setText(self.tr("WRONG NOW"))
        self.bar.setRange(0, 0)
        self.note.setText(self.tr("Starting the training process …"))
        self._timer.start()
        self._show_state()

    def _on_event(self, event: Event) -> None:
        match event:
            case EpochEvent():
                self._on_epoch(event)
            case ValidEvent():
                self._on_valid(event)
            case Progress():
                self._on_progress(event)
            case NoteEvent(text):
                self.note.setText(text)
            case SplitEvent(protocol, train, valid, folds=folds):
                text = self.tr("{0} for training, {1} held back ({2}).")
                if folds:
                    text = self.tr("{0} for training, {1} of them held back once ({2}).")
                held = valid if folds else songs(valid)
                self.note.setText(text.format(songs(train), held, protocol_said(protocol)))
            case FinishingEvent():
                self._finishing = True
                self._show_state()
            case TrialEvent():
                self._search_began = self._search_began or time.monotonic()
                self.trials.set_trial(event)

    def _on_epoch(self, event: EpochEvent) -> None:
        again = self._epochs and event.epoch <= self._epochs[-1].epoch
        if again and event.trial:
            self._epochs = []
        elif again:
            self._epochs = [e for e in self._epochs if e.epoch < event.epoch]
        self._epochs.append(event)
        self.curves.set_epochs(self._epochs)
        self._show_state()

    def _on_valid(self, event: ValidEvent) -> None:
        run = self.session.trainer.run
        several = run is not None and bool(run.plan.get("words"))
        self.waiting.hide()
        self.matrix.set_table(list(event.labels), event.confusion, together=several)
        rows = [
            SongRow(
                self._path(row.song),
                row.song.rpartition("/")[2],
                self.tr("is {0}, called {1}").format(
                    ", ".join(map(genre, row.truth.split(", ") if several else [row.truth])),
                    genre(row.answer),
                ),
                sureness(row.score),
                "quiet",
                row.answer,
            )
            for row in event.wrong[:_MOST_SHOWN]
        ]
        self.wrong.songs.set_rows(rows)
        self.wrong_card.title.setText(
            self.tr("WRONG NOW: {0} OF {1}").format(event.n_wrong, event.n)
        )

    def _show_kept(self, result: Result | None) -> None:
        """Show what the network that was kept gets wrong: it need not be the last one."""
        run = self.session.trainer.run
        if result is not None and run is not None and run.id == result.run.id:
            self._on_valid(valid_event(0, result.evaluation))

    def _path(self, name: str) -> str:
        """Find a song's file by its name in reports, the end of its path."""
        if not self._paths:
            self._paths = {"/".join(p.replace("\\", "/").split("/")[-2:]): p
                           for p in self.session.music.tracks}  # fmt: skip
        return self._paths.get("/".join(name.split("/")[-2:]), name)

    def _on_progress(self, progress: Progress) -> None:
        done, total, message = progress.done, progress.total, progress.message
        if total <= 0:
            self.bar.setRange(0, 0)
            return
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * done / total))
        if self._epochs or "epoch" in message:
            if self._fraction is None:
                self._fraction = (done / total, time.monotonic())
            self._tick()
        elif message:
            self.note.setText(message)

    def _tick(self) -> None:
        if not self.session.trainer.is_paused:
            self._show_state()

    def epochs(self) -> list[EpochEvent]:
        """Return the epochs shown."""
        return list(self._epochs)

    def left_s(self) -> float | None:
        """Return about how long it still takes, ``None`` while that cannot be told."""
        run = self.session.trainer.run
        if run is not None and run.plan.get("minutes"):
            since = time.monotonic() - self._search_began
            left = 60 * run.plan["minutes"] - since
            return left if self._search_began and left > 0 else None
        if self._fraction is None or self.bar.maximum() == 0:
            return None
        begin, since = self._fraction
        now = self.bar.value() / 1000
        passed = time.monotonic() - since
        if now - begin < 0.01 or passed < 1:
            return None
        return (1 - now) * passed / (now - begin)

    def _show_state(self) -> None:
        trainer = self.session.trainer
        run = trainer.run
        self.bare.setVisible(run is None)
        self.full.setVisible(run is not None)
        running = trainer.running
        for button in (self.pause, self.cancel):
            button.setVisible(running)
        # once the last epoch is done, a run can only be cancelled
        learning = not trainer.stopping and not self._finishing
        self.pause.setEnabled(learning)
        self.cancel.setEnabled(not trainer.stopping)
        quick = run is not None and run.plan.get("mode") == "quick"
        self.keep.setVisible(running and not quick)
        self.keep.setEnabled(bool(self._epochs) and learning)
        self.resume.setVisible(not running and run is not None and run.resumable)
        self.bar.setVisible(running)
        self.pause.setText(self.tr("Resume") if trainer.is_paused else self.tr("Pause"))
        self.pause.set_icon("play" if trainer.is_paused else "pause")
        if run is not None:
            self.state.setText(self._sentence(run, running=running))

    def _sentence(self, run: TrainingRun, *, running: bool) -> str:
        if not running:
            ends = {
                store.DONE: self.tr("Done after {0}"),
                store.FAILED: self.tr("It failed after {0}"),
                store.CANCELLED: self.tr("Canceled after {0}"),
                store.INTERRUPTED: self.tr("Interrupted after {0}"),
            }
            return ends.get(run.state, "{0}").format(duration(run.seconds))
        trainer = self.session.trainer
        if trainer.stopping:
            keep = trainer.stopping == "keep"
            return self.tr("Stopping after this epoch …") if keep else self.tr("Canceling …")
        if trainer.is_paused:
            return self.tr("Paused")
        left = self.left_s()
        if self._epochs:
            last = self._epochs[-1]
            text = self.tr("Epoch {0} of {1}")
            if run.plan.get("mode") == "quick":
                text = self.tr("Trial {0} of {1}")
            elif last.trial:
                text = self.tr("Trial {2}, epoch {0} of {1}")
            text = text.format(last.epoch, last.epochs, last.trial)
        else:
            text = self.tr("Preparing, {0}").format(duration(trainer.seconds))
        return self.tr("{0} · about {1} left").format(text, duration(left)) if left else text

    def _on_ended(self, run: TrainingRun) -> None:
        self._timer.stop()
        self._paths = {}
        self._show_state()
        if run.state == store.DONE:
            best = tr("{0} of the %Ln held-back song(s) are correct.", "", run.n)
            words = best.format(measured(run.score))
            self.note.setText(words[:1].upper() + words[1:])
        elif run.state == store.FAILED:
            self.note.setText(run.message)
        elif run.has_checkpoint:
            self.note.setText(self.tr("Everything up to the last whole epoch is kept."))
        else:
            self.note.setText(self.tr("Nothing was kept but the choice of music and model."))
        self.next_changed.emit()

    def show_run(self, run: TrainingRun) -> None:
        """Show a run that ended: its curves, and whether it can go on."""
        if self.session.trainer.running:
            return
        self.session.trainer.run = run
        self._epochs = store.epochs(run)
        self.curves.set_quick(run.plan.get("mode") == "quick")
        self.curves.set_epochs(self._epochs)
        self._on_ended(run)

    # ------------------------------------------------------------ doing

    def _keep(self) -> None:
        self.session.trainer.keep_best()
        self._show_state()

    def ask_cancel(self) -> None:
        """Ask once more, then cancel."""
        dialogs.confirm(
            self,
            self.tr("Stop training without a model?"),
            self.tr(
                "It doesn't produce a model. What was learned up to the last whole epoch is "
                "kept, so that it can be resumed."
            ),
            self.tr("Stop training"),
            self.cancel_now,
            no=self.tr("Keep training"),
        )

    def cancel_now(self) -> None:
        """Cancel."""
        self.session.trainer.cancel()
        self._show_state()

    def _resume(self) -> None:
        run = self.session.trainer.run
        if run is not None:
            self.session.resume(run)

    def _play(self, path: str) -> None:
        if path in self.session.music.tracks:
            self.session.preview.toggle(path)

    # ------------------------------------------------------------ the way on

    def next_text(self) -> str:
        """Return the words on the button that goes on."""
        return self.tr("See the result")

    def can_next(self) -> bool:
        """Whether there is a result."""
        run = self.session.trainer.run
        return run is not None and run.state == store.DONE and self.session.result is not None
