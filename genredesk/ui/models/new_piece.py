"""Let an autoencoder make a new piece: which genre, how long, where to; a process makes it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from genredesk.core.genres import genre_word
from genredesk.core.job import Progress
from genredesk.training.runs.messages import (
    EndEvent,
    Event,
    FailedEvent,
    PieceDone,
    PieceTask,
)
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.services.worker_process import Child
from genredesk.ui.widgets.controls import Button, Combo, Field, ProgressStrip
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle

LONGEST_S = 600
_SEEDS = 1_000_000


class NewPiece(QWidget):
    """A row of controls for a bundle that makes sound; it hides itself for all others.

    Signals
    -------
    notice(Notice)
        Something to tell.
    play_asked(Path)
        The person wants to hear the piece.
    """

    notice = Signal(object)
    play_asked = Signal(object)

    def __init__(self, listening: ListenSession) -> None:
        super().__init__()
        self._listening = listening
        self._bundle: Bundle | None = None
        self._told: PieceTask | None = None
        self._child = Child(listening.jobs, "new piece", self)
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self.genre = Combo(self.tr("Genre of the new piece"))
        self.seconds = QSpinBox()
        self.seconds.setRange(1, LONGEST_S)
        self.seconds.setValue(10)
        self.seconds.setSuffix(self.tr(" s"))
        self.seconds.setAccessibleName(self.tr("Length of the new piece, seconds"))
        self.seconds.lineEdit().setTextMargins(GRID, 0, 0, 0)
        self.make = Button(self.tr("Make a piece …"), icon="export")
        self.make.setToolTip(
            self.tr("Ask where to save it, then make it; every piece is different")
        )
        self.make.clicked.connect(self.ask)
        self.strip = ProgressStrip()
        self.strip.cancelled.connect(self.cancel)
        VBox(
            HBox(
                Field(self.tr("NEW PIECE"), self.genre), self.seconds, self.make, STRETCH, gap=GRID
            ),
            self.strip,
            parent=self,
        )
        self._show_state()

    def show_bundle(self, bundle: Bundle | None) -> None:
        """Offer the genres of ``bundle``; nothing for one that makes no sound."""
        self.setVisible(bundle is not None and bundle.card.makes_sound)
        if bundle == self._bundle:
            return
        self._bundle = bundle
        self.genre.clear()
        if bundle is not None and bundle.card.makes_sound:
            for label in bundle.card.labels:
                self.genre.addItem(genre_word(label), label)

    # making -------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask where to save the piece, then make it."""
        dialogs.save_file(
            self,
            self.tr("Save the new piece"),
            self.tr("Sound (*.wav)"),
            f"{self.genre.currentText()}.wav",
            lambda path, _kind: self.make_to(path),
            folder=self._listening.memory.settings.save_folder,
        )

    def make_to(self, path: Path) -> None:
        """Make the piece and save it as ``path``."""
        if self._bundle is None or self._child.running:
            return
        self._told = PieceTask(
            bundle=str(self._bundle.path),
            genre=self.genre.currentData(),
            seconds=self.seconds.value(),
            out=str(path),
            seed=secrets.randbelow(_SEEDS),
        )
        name = self.tr("making a new piece")
        self._child.start(name, self._told)
        self.strip.set_progress(self.tr("Making {0} …").format(path.name), None)
        self._show_state()
        self.strip.setFocus()  # the button that was pressed cannot be pressed now

    def cancel(self) -> None:
        """Stop making it; no file is left."""
        self._child.cancel()

    def shut(self) -> None:
        """End the process: the window is being closed."""
        self._child.shut(0.5)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Progress) and event.total and self._told is not None:
            text = self.tr("Making {0} …").format(Path(self._told.out).name)
            self.strip.set_progress(text, event.done / event.total)

    def _on_end(self, event: EndEvent) -> None:
        had_keys = self.strip.isAncestorOf(self.focusWidget() or self)
        self._show_state()
        if had_keys:
            self.make.setFocus()
        if isinstance(event, FailedEvent):
            self.notice.emit(Notice("piece", event.message, Severity.ERROR))
        elif isinstance(event, PieceDone) and self._told is not None:
            path = Path(event.path)
            text = self.tr("{0} s of {1} made: {2} (random seed {3}).").format(
                round(event.seconds), genre_word(self._told.genre), path, self._told.seed,
            )  # fmt: skip
            text = f"{text} {event.about}"
            self.notice.emit(
                Notice(
                    "piece",
                    text,
                    action=self.tr("Listen to it"),
                    run=lambda: self.play_asked.emit(path),
                )
            )

    def _show_state(self) -> None:
        running = self._child.running
        self.strip.setVisible(running)
        for control in (self.genre, self.seconds, self.make):
            control.setEnabled(not running)
