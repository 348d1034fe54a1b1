"""What each preset would take on this machine: measured by the child process, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.training.runs.messages import (
    EarsScore,
    EndEvent,
    Event,
    FailedEvent,
    ListedSong,
    MeasuredEvent,
    MeasureTask,
    NetworkFacts,
    NetworksDone,
    NetworksTask,
    TriedEvent,
)
from genredesk.ui.services.jobs import Job, JobRunner
from genredesk.ui.services.worker_process import Child
from genredesk.ui.training.choice import PRESETS, TrainingChoice
from genredesk.ui.training.music import Music

WAIT_MS = 400


class Estimates(QObject):
    """Times of the presets.

    Parameters
    ----------
    scanned_with
        Returns the bundle whose front end the music was looked through with, empty for none.
    second
        Returns the bundle that can hear together with another one, empty for none.

    Signals
    -------
    changed()
        :attr:`found`, :attr:`ears`, :attr:`networks`, :attr:`unlisted` or :attr:`measuring` is
        another.
    """

    changed = Signal()

    def __init__(
        self,
        jobs: JobRunner,
        music: Music,
        scanned_with: Callable[[], str],
        second: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._music = music
        self._scanned_with = scanned_with
        self._second = second
        self._choice = TrainingChoice()
        self._asked: tuple[Any, ...] = ()
        self._again = False
        self._child = Child(jobs, "measuring", self)
        self._child.said.connect(self._on_event)
        self._child.ended.connect(self._on_end)
        self._names = Child(jobs, "networks", self)
        self._names.ended.connect(self._on_networks)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._start)
        self.found: dict[str, MeasuredEvent] = {}
        self.ears: tuple[EarsScore, ...] = ()
        self.networks: list[NetworkFacts] = []
        self._looking: Job | None = None
        self.unlisted = ""
        self.problem = ""

    @property
    def measuring(self) -> bool:
        """Whether numbers are still to come."""
        return self._child.running or self._timer.isActive()

    def list_networks(self) -> None:
        """Ask for the list of networks, once: as it was kept, else a process reads them all.

        When that fails, :attr:`unlisted` says why, and it can be asked for again.
        """
        if self.networks or self._names.running or self._looking is not None:
            return
        self.unlisted = ""
        self._looking = self._jobs.start(
            self.tr("listing the networks"),
            _kept,
            lane="networks",
            on_done=self._on_kept,
            on_failed=lambda _text, _error: self._on_kept([]),
        )
        self.changed.emit()

    def ask(self, choice: TrainingChoice) -> None:
        """Measure the presets of ``choice``, unless that was done already."""
        asked = self._key(choice)
        if asked == self._asked:
            return
        self._choice, self._asked = choice, asked
        self.found, self.ears = {}, ()
        self.problem = ""
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        """Measure nothing while something else needs the machine."""
        self._timer.stop()
        self._again = False
        self._asked = ()
        if self._child.running:
            self._child.cancel(0.3)

    def _key(self, choice: TrainingChoice) -> tuple[Any, ...]:
        music = self._music
        size = (music.words, music.n, round(music.seconds, -1), len(music.used()))
        changes = tuple(sorted((k, str(v)) for k, v in choice.changes.items()))
        ear = self._second(choice.start)
        what = (choice.start, ear, choice.network, choice.frontend, choice.device, choice.seed)
        return (*what, changes, size)

    def _start(self) -> None:
        if self._child.running:
            self._again = True
            self._child.cancel(0.3)
            return
        choice, music = self._choice, self._music
        if not music.n:
            self._asked = ()
            return
        other = self._second(choice.start)
        choice = choice.replace(beside=other)
        order = sorted(PRESETS, key=lambda preset: preset != choice.preset)
        plans = {
            preset: choice.replace(preset=preset, minutes=0.0).plan(several=bool(music.words))
            for preset in order
            if choice.possible(preset)
        }
        chosen = music.chosen() if other else []
        request = MeasureTask(
            plans=plans,
            songs=music.n,
            seconds=music.seconds,
            classes=len(music.used()),
            heard=self._scanned_with(),
            tried=[ListedSong(t.path, music.label_of(t), t.artist, t.split) for t in chosen],
        )
        self._child.start(self.tr("measuring this computer"), request)
        self.changed.emit()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, MeasuredEvent) and not self._again:
            self.found[event.key] = event
            self.changed.emit()
        elif isinstance(event, TriedEvent) and not self._again:
            self.ears = event.ears
            self.changed.emit()

    def _on_end(self, event: EndEvent) -> None:
        if self._again:
            self._again = False
            self._start()
            return
        if isinstance(event, FailedEvent):
            self.problem = event.message
        self.changed.emit()

    def _on_kept(self, networks: list[NetworkFacts]) -> None:
        self._looking = None
        self.networks = networks
        if networks:
            self.changed.emit()
        else:
            self._names.start(self.tr("listing the networks"), NetworksTask())

    def _on_networks(self, event: EndEvent) -> None:
        self.networks = list(event.networks) if isinstance(event, NetworksDone) else []
        self.unlisted = event.message if isinstance(event, FailedEvent) else ""
        self.changed.emit()

    def shut(self) -> None:
        """End the processes: the window is being closed."""
        self._timer.stop()
        self._again = False
        self._child.shut(0.2)
        self._names.shut(0.2)


def _kept(_job: Job) -> list[NetworkFacts]:
    from genredesk.training.runs import networks  # noqa: PLC0415 - numpy

    return networks.kept()
