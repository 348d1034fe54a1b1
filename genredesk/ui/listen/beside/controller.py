"""Which models are asked beside the one in use, and what each says: live, and along a file.

Nothing is opened or computed unless :meth:`BesideController.open` was told that somebody looks. A
live answer comes from the engine; along a file each model has an analysis of its own, which waits
for that of the model in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from genredesk.core.scores import MOST_OTHERS, Decision
from genredesk.ui.listen.analysis import Analysis, Named, Rules
from genredesk.ui.listen.engine_controller import builder
from genredesk.ui.services.jobs import Job

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.core.scores import Scores
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.live.beside import BesideAnswer
    from genredesk.ui.listen.session import ListenSession

LANE = "beside"
_JUDGED_BY = {"unsure_below", "smoothing_s", "care"}


@dataclass(slots=True, eq=False)
class BesideRow:
    """A model beside the one in use.

    Parameters
    ----------
    bundle
        The model.
    analysis
        Names files with it.
    decision
        What it said last of what is heard; ``None`` before the first answer.
    problem
        Why it cannot answer; empty when it can.
    """

    bundle: Bundle
    analysis: Analysis
    decision: Decision | None = None
    problem: str = ""


class BesideController(QObject):
    """The other models.

    Signals
    -------
    rows_changed()
        :attr:`rows` is another list.
    answered()
        One of them said something.
    scored(BesideRow, list[Scores]), analysed(BesideRow, Named)
        The analysis of the open file by one of them.
    """

    rows_changed = Signal()
    answered = Signal()
    scored = Signal(object, object)
    analysed = Signal(object, object)

    def __init__(self, listening: ListenSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listening = listening
        self._open = False
        self._job: Job | None = None
        self.rows: list[BesideRow] = []
        self._made: dict[tuple[str, str], BesideRow] = {}
        engine = listening.engine
        engine.ready.connect(self._follow)
        engine.bundles_changed.connect(self._follow)
        engine.bundle_changed.connect(self._on_bundle)
        listening.bridge.beside.connect(self._on_answer)
        listening.opened.connect(self._on_source)
        listening.timeline_done.connect(self._analyse)
        listening.memory.changed.connect(self._on_settings)

    # which --------------------------------------------------------------------------------

    def offered(self) -> dict[str, str]:
        """Return the models that can be compared with the one in use, title by id."""
        return {bundle.id: bundle.card.title for bundle in self._listening.engine.others}

    def open(self, on: bool) -> None:
        """Ask the models that were chosen, or none at all."""
        self._open = on
        self._follow()

    def choose(self, ids: Sequence[str]) -> None:
        """Ask these from now on, and remember them."""
        self._listening.memory.update(beside=tuple(ids))

    def _wanted(self) -> list[Bundle]:
        engine, chosen = self._listening.engine, self._listening.memory.settings.beside
        if not self._open or engine.live is None or engine.bundle is None:
            return []
        known = {bundle.id: bundle for bundle in engine.others}
        return [known[one] for one in chosen if one in known][:MOST_OTHERS]

    def _follow(self, *_: object) -> None:
        """Have those asked that are wanted now."""
        wanted = self._wanted()
        if [_bytes_of(b) for b in wanted] == [_bytes_of(row.bundle) for row in self.rows]:
            return
        before, self.rows = self.rows, [self._row(bundle) for bundle in wanted]
        for gone in before:
            if gone not in self.rows:
                gone.analysis.set_rules(None)
        self._open_all(wanted)
        self.rows_changed.emit()
        self._analyse()

    def _row(self, bundle: Bundle) -> BesideRow:
        """Return the row of a model; what it was made of a file before is known still."""
        row = self._made.get(_bytes_of(bundle))
        if row is None:
            row = self._made[_bytes_of(bundle)] = BesideRow(
                bundle, Analysis(self._listening.jobs, self)
            )
            analysis, made = row.analysis, row
            analysis.scored.connect(lambda path, scores: self._on_scored(made, path, scores))
            analysis.finished.connect(lambda path, named: self._on_analysed(made, path, named))
        if row not in self.rows:
            row.bundle, row.decision, row.problem = bundle, None, ""
            row.analysis.set_rules(self._rules(bundle))
        return row

    def _rules(self, bundle: Bundle) -> Rules:
        kept = self._listening.memory.settings
        return Rules(bundle, kept.unsure_below, kept.smoothing_s, kept.care)

    def _open_all(self, bundles: list[Bundle]) -> None:
        """Open these for the engine, in place of those it asks now."""
        if self._job is not None:
            self._job.cancel()
        engine, device = self._listening.engine.live, self._listening.memory.settings.device
        if engine is None:
            return

        def work(job: Job) -> dict[str, str]:
            from genredesk.inference.live.opener import open_bundle  # noqa: PLC0415

            opened, problems = [], {}
            for bundle in bundles:
                if job.context.cancelled:
                    break
                try:
                    opened.append(open_bundle(bundle, device, builder))
                except Exception as error:  # noqa: BLE001 - whatever a driver raises
                    problems[bundle.id] = str(error)
            engine.set_beside(opened)
            job.context.checkpoint()
            return problems

        def done(problems: dict[str, str]) -> None:
            for row in self.rows:
                row.problem = problems.get(row.bundle.id, "")
            self.answered.emit()

        self._job = self._listening.jobs.start(
            self.tr("opening models to compare"), work, lane=LANE, on_done=done
        )

    # what they say ------------------------------------------------------------------------

    def _on_answer(self, answer: BesideAnswer, source: Source) -> None:
        if not self._listening.sound.is_current(source):
            return
        for row in self.rows:
            if row.bundle.id == answer.bundle_id:
                row.decision, row.problem = answer.decision, answer.problem
                self.answered.emit()

    def forget(self) -> None:
        """What was said is about another moment: the person jumped."""
        for row in self.rows:
            row.decision = None

    def decision(self, row: BesideRow, at: float | None, *, rather_known: bool) -> Decision | None:
        """Return what a model says now, or at a time of the file.

        Parameters
        ----------
        rather_known
            Take what the analysis of the file says while it is known, as the large word does.
        """
        path = self._listening.sound.path
        named = row.analysis.named(path) if path is not None else None
        known = named.at(self._listening.sound.position if at is None else at) if named else None
        if known is not None and (rather_known or row.decision is None or not row.decision.state):
            return known
        return row.decision

    def _on_source(self, _source: Source) -> None:
        self.forget()
        self._stop()

    def _on_bundle(self, _bundle: Bundle | None) -> None:
        self._stop()
        self._follow()

    def _stop(self) -> None:
        """Make way for the model in use, which is done first."""
        for row in self.rows:
            row.analysis.stop()

    def _analyse(self, *_: object) -> None:
        """Name the open file with each of the others, once it is named."""
        path = self._listening.sound.path
        if path is not None and self._listening.analysis.named(path) is not None:
            for row in self.rows:
                row.analysis.analyse(path)

    def _on_settings(self, _settings: Any, names: set[str]) -> None:
        if "beside" in names:
            self._follow()
        if "device" in names and self.rows:
            self._open_all([row.bundle for row in self.rows])
        if names & _JUDGED_BY:
            for row in self.rows:
                row.analysis.set_rules(self._rules(row.bundle))

    def _on_scored(self, row: BesideRow, path: Path, scores: list[Scores]) -> None:
        if path == self._listening.sound.path:
            self.scored.emit(row, scores)

    def _on_analysed(self, row: BesideRow, path: Path, named: Named) -> None:
        if path == self._listening.sound.path:
            self.analysed.emit(row, named)


def _bytes_of(bundle: Bundle) -> tuple[str, str]:
    """What tells a model from another that was put in its place."""
    return bundle.id, bundle.card.files.get("model.onnx", "")
