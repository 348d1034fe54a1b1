"""The one model behind the Train place: music, choice, the training, its runs and results.

Pages call its methods and draw what its signals say. What a person did so far is kept in
``runs/draft.json``, so that closing the program loses nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.core import atomic, paths
from genredesk.inference.bundle import Bundle
from genredesk.training.data import scan, songlist
from genredesk.training.data.cache import TrainingFeatureCache
from genredesk.training.plan import ears
from genredesk.training.runs import store
from genredesk.training.runs.messages import EpochEvent
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.look.text import tr
from genredesk.ui.services.jobs import Job
from genredesk.ui.services.worker_process import Child
from genredesk.ui.training import choice as choices
from genredesk.ui.training import results
from genredesk.ui.training.choice import TrainingChoice
from genredesk.ui.training.estimates import Estimates
from genredesk.ui.training.music import Music
from genredesk.ui.training.preview import SongPreview
from genredesk.ui.training.results import Result
from genredesk.ui.training.scanning import MusicScan
from genredesk.ui.training.trainer import LANE, Trainer
from genredesk.ui.widgets.notices import Notice, Severity

SAVE_MS = 500
RECOMMENDED = "genredesk-live"


class TrainingSession(QObject):
    """What the pages of the Train place share.

    Signals
    -------
    choice_changed()
    runs_changed()
        The history is another list.
    result_changed(Result)
        Another result is looked at; ``None`` when there is none.
    installed(str)
        A run's model was installed under this id.
    notice(Notice)
        Something to tell the person.
    cache_measured(int)
        Bytes of features that are kept.
    """

    choice_changed = Signal()
    runs_changed = Signal()
    result_changed = Signal(object)
    installed = Signal(str)
    notice = Signal(object)
    cache_measured = Signal(object)

    def __init__(self, listening: ListenSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listening = listening
        self.jobs = listening.jobs
        self.music = Music(self)
        self.scanning = MusicScan(self.jobs, self.music, self)
        self.estimates = Estimates(
            self.jobs, self.music, lambda: self.scanning.scanned_with, self.second, self
        )
        self.trainer = Trainer(self.jobs, self)
        self.installing = Child(self.jobs, "install", self)
        self.preview = SongPreview(listening, self)
        self.choice = TrainingChoice()
        self._ear = ""  # the second ear that was chosen last
        self.runs: list[TrainingRun] = []
        self.result: Result | None = None
        self.step = 0
        self._loaded = False
        self._wanted = ""
        self._save = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._save.timeout.connect(self._save_draft)
        self.music.changed.connect(self._save.start)
        self.choice_changed.connect(self._save.start)
        self.trainer.ended.connect(self._on_ended)
        self.trainer.began.connect(lambda _run: self.refresh_runs())
        self.trainer.problem.connect(lambda text: self.say("train", text, Severity.ERROR))
        self.preview.failed.connect(lambda text: self.say("preview", text, Severity.ERROR, 12.0))

    def say(
        self, key: str, text: str, kind: Severity = Severity.INFO, lasting_s: float = 0.0
    ) -> None:
        """Tell the person something."""
        self.notice.emit(Notice(f"training-{key}", text, kind, lasting_s=lasting_s))

    # start ------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read what was kept, once; the music is looked through again."""
        if self._loaded:
            return
        self._loaded = True
        draft = _draft()
        self.runs = self._known_runs()
        self.music.restore(draft.get("music", {}))
        self.choice = choices.from_dict(draft.get("choice", {}))
        step = draft.get("step", 0)
        self.step = step if isinstance(step, int) and 0 <= step <= 1 else 0
        self.listening.engine.bundles_changed.connect(self._settle_start)
        self.listening.engine.bundles_changed.connect(self._use_wanted)
        self._settle_start()
        self.runs_changed.emit()
        if self.music.roots:
            self.scanning.start(self.choice.start)

    def _known_runs(self) -> list[TrainingRun]:
        """Read the history; what is called running but does not run was interrupted."""
        found = store.every()
        busy = self.trainer.running or self.trainer.elsewhere()
        return found if busy else store.mark_interrupted(found)

    def _settle_start(self) -> None:
        """Choose a bundle to start from when none is chosen, or it is gone."""
        bundles = [b.id for b in self.listening.engine.bundles]
        if not bundles or self.choice.start in bundles:
            return
        if self.choice.start or self.choice == TrainingChoice():
            best = RECOMMENDED if RECOMMENDED in bundles else bundles[0]
            self.choose(start=best)

    def interrupted(self) -> TrainingRun | None:
        """Return the last training, if it was interrupted by anything and can go on."""
        run = self.runs[0] if self.runs else None
        if run is None or not run.resumable:
            return None
        broken = run.state == store.FAILED and run.has_checkpoint
        return run if broken or run.state == store.INTERRUPTED else None

    # music ------------------------------------------------------------------------------------

    @property
    def recordings(self) -> Path:
        """Where pieces recorded here are kept, a folder for each label."""
        return paths.data_dir() / "recordings"

    def add_folders(self, folders: list[Path]) -> None:
        """Look through more folders."""
        self.scanning.add(folders, self.choice.start)

    def rescan(self) -> None:
        """Look through all folders again."""
        self.scanning.start(self.choice.start)

    # choice -----------------------------------------------------------------------------------

    def choose(self, **changes: Any) -> None:
        """Change the choice; with another start comes the ear that hears best beside it."""
        self._ear = self.choice.beside or self._ear
        if "start" in changes and "beside" not in changes:
            changes["beside"] = self.second(changes["start"])
        new = self.choice.replace(**changes)
        if not new.possible(new.preset):
            new = new.replace(preset=choices.SCRATCH)
        if new != self.choice:
            self.choice = new
            self.choice_changed.emit()

    def second(self, start: str) -> str:
        """Return the id of the bundle to hear together with ``start``, empty for none."""
        offered = [bundle.id for bundle in self.beside(start)]
        wanted = (self.choice.beside, self._ear, *offered)
        return next((ear for ear in wanted if ear in offered), "")

    def beside(self, start: str) -> list[Bundle]:
        """Return the bundles that can hear together with ``start``."""
        bundles = self.listening.engine.bundles
        first = next((bundle for bundle in bundles if bundle.id == start), None)
        return ears.beside(first, bundles) if first is not None else []

    @property
    def unevenness(self) -> float:
        """Largest class over smallest."""
        counts = [g.usable for g in self.music.used()]
        return max(counts) / min(counts) if counts else 1.0

    # training ---------------------------------------------------------------------------------

    def start(self, title: str = "") -> bool:
        """Train on the music as chosen; return whether it began."""
        music = self.music
        groups = music.used()
        title = title or self._title()
        active = self.listening.engine.bundle
        plan = self.choice.plan(
            unevenness=self.unevenness,
            active=active.id if active else "",
            several=bool(music.words),
        )
        raw = json.loads(plan.to_json())
        run = TrainingRun(
            id=store.new_id(title),
            title=title,
            created=store.now(),
            plan=raw,
            preset=self.choice.preset,
            classes={g.label: g.usable for g in groups},
            hours=music.seconds / 3600,
        )
        chosen = [(t.path, music.label_of(t), t.artist, t.split) for t in music.chosen()]

        def prepare() -> None:
            entries = [scan.LabeledFile(Path(path), *about) for path, *about in chosen]
            songlist.write(run.songs, entries)
            songlist.check_there(entries)

        self.preview.stop()
        self.estimates.pause()
        return self.trainer.start(run, prepare=prepare)

    def start_of(self, plan: Mapping[str, Any]) -> str:
        """Return the titles of what a training begins with, models or a network; else their ids."""
        starts = [str(plan.get("bundle", "")), *map(str, plan.get("ears", ()))]
        titles = {b.id: b.card.title for b in self.listening.engine.bundles}
        if not starts[0]:
            starts = [str(plan.get("network", ""))]
            titles = {n.name: n.title for n in self.estimates.networks}
        return " + ".join(titles.get(start, start) for start in starts)

    def _title(self) -> str:
        groups = self.music.used()
        if len(groups) <= 3:
            return ", ".join(g.label for g in groups)
        if self.music.words:
            return tr("%Ln word(s)", "", len(groups))
        return tr("%Ln genre(s)", "", len(groups))

    def resume(self, run: TrainingRun) -> bool:
        """Go on with a training that ended early."""
        self.estimates.pause()
        return self.trainer.start(run, resume=True)

    def _on_ended(self, run: TrainingRun) -> None:
        self.refresh_runs()
        if run.state == store.DONE:
            self.show_result(run)

    # runs and results -------------------------------------------------------------------------

    def refresh_runs(self) -> None:
        """Read the history again."""

        def done(found: list[TrainingRun]) -> None:
            self.runs = found
            self.runs_changed.emit()

        self._do(self.tr("reading the history"), lambda _job: store.every(), done)

    def show_result(self, run: TrainingRun) -> None:
        """Read a finished run and show it."""

        def done(result: Result) -> None:
            self.result = result
            self.result_changed.emit(result)

        self._do(self.tr("reading the result"), lambda _job: results.load(run), done)

    def read_curves(
        self,
        of: list[TrainingRun],
        done: Callable[[list[TrainingRun], list[list[EpochEvent]]], None],
    ) -> None:
        """Read the epochs of some runs; ``done`` is called with the runs and their epochs."""
        self._do(
            self.tr("reading the curves"),
            lambda _job: [store.epochs(run) for run in of],
            lambda found: done(of, found),
        )

    def delete_run(self, run: TrainingRun) -> None:
        """Remove a run from the history."""
        if self.trainer.running and self.trainer.run is not None and self.trainer.run.id == run.id:
            self.say("train", self.tr("It is running. Cancel it first."), Severity.WARNING, 8.0)
            return

        def done(_nothing: Any) -> None:
            if self.result is not None and self.result.run.id == run.id:
                self.result = None
                self.result_changed.emit(None)
            self.refresh_runs()

        self._do(self.tr("deleting a training"), lambda _job: store.delete(run), done)

    def repeat(self, run: TrainingRun) -> None:
        """Take over what a run was made with, so that one thing can be changed."""
        self.choice = choices.of_plan(run.plan, run.preset)
        self.choice_changed.emit()

    # what is kept of the music ----------------------------------------------------------------

    def measure_cache(self) -> None:
        """Add up the features that are kept."""
        self._do(
            self.tr("measuring the cache"),
            lambda _job: TrainingFeatureCache().size(),
            self.cache_measured.emit,
        )

    def clear_cache(self) -> None:
        """Remove them; they are computed again when they are needed."""
        if self.trainer.running or self.scanning.running:
            text = self.tr("They are in use. Wait until the training or the scan is over.")
            self.say("cache", text, Severity.WARNING, 8.0)
            return

        def work(_job: Job) -> int:
            cache = TrainingFeatureCache()
            shutil.rmtree(cache.folder, ignore_errors=True)
            return cache.size()

        self._do(self.tr("clearing the cache"), work, self.cache_measured.emit)

    # use --------------------------------------------------------------------------------------

    def install(self, run: TrainingRun, *, title: str, licence: str, notes: str, use: bool) -> None:
        """Make a run's bundle one of the person's models, and listen with it if asked."""

        def work(_job: Job) -> TrainingRun:
            from genredesk.ui.training import using  # noqa: PLC0415 - imports inference

            return using.install(run, title=title, licence=licence, notes=notes)

        def done(made: TrainingRun) -> None:
            if self.result is not None and self.result.run.id == made.id:
                self.result = dataclasses.replace(self.result, run=made)
            self.refresh_runs()
            engine = self.listening.engine
            self._wanted = made.installed if use else ""
            engine.refresh()
            self.installed.emit(made.installed)

        self._do(self.tr("installing the model"), work, done)

    def _use_wanted(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.listening.engine.choose(wanted)

    def _do(self, name: str, work: Any, done: Any) -> Job:
        return self.jobs.start(
            name,
            work,
            lane=LANE,
            on_done=done,
            on_failed=lambda text, _error: self.say("run", text, Severity.ERROR),
        )

    # end --------------------------------------------------------------------------------------

    def _save_draft(self) -> None:
        value = self._draft_now()
        self.jobs.start(
            self.tr("keeping the music list"), lambda _job: _write_draft(value), lane=LANE
        )

    def _draft_now(self) -> dict[str, Any]:
        return {
            "music": self.music.to_dict(),
            "choice": self.choice.to_dict(),
            "step": self.step,
        }

    def close(self) -> None:
        """End every process and keep what was done: the window is being closed."""
        self._save.stop()
        self.preview.stop()
        self.scanning.shut()
        self.estimates.shut()
        self.trainer.shut()
        self.installing.shut()
        if self._loaded:
            _write_draft(self._draft_now())


def _file() -> Path:
    return store.runs_dir() / "draft.json"


def _draft() -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        value = json.loads(_file().read_text(encoding="utf-8"))
        if isinstance(value, dict):
            return value
    return {}


def _write_draft(value: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        atomic.write_json(_file(), value)
