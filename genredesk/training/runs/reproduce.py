"""A paper's experiment end to end on a folder laid out like GTZAN: its table beside ours.

Every run of every row is written into a folder as it ends (:mod:`.experiment`), so the same command
goes on where it was stopped, and several processes with one folder share the rows. Segments instead
of songs are split where the paper did; the result says so.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.features.frontend import FrontendSpec
from genredesk.nets import registry
from genredesk.nets.network import count
from genredesk.training.data import folders, problem, segments, split
from genredesk.training.data.folders import FolderSongs
from genredesk.training.data.songs import SongSet, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation import nearest
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.network import pretrained
from genredesk.training.plan.protocols import Protocol, ProtocolRow, get
from genredesk.training.runs import crossval, prepare
from genredesk.training.runs.crossval import Trial
from genredesk.training.runs.papers import paper_table
from genredesk.training.runs.papers.experiment import Experiment
from genredesk.training.runs.papers.time_left import TimeLeft
from genredesk.training.runs.papers.units import (
    Unit,
    Wish,
    missing_weights,
    rows_of,
    units_of,
    without_weights,
)

LEAK = mark("Split by segments: pieces of one song are on both sides, so the numbers flatter.")

_LOOK_AGAIN_S = 2.0
"""So often a process with nothing left to take looks whether the others have ended."""


@dataclass(slots=True)
class ProgressListener:
    """Where progress and epochs go."""

    ctx: JobContext
    on_note: Callable[[str], None]
    on_epoch: Callable[[EpochReport], None] = lambda _: None


def divide(data: SongSet, shares: Sequence[float], seed: int) -> Split:
    """Divide the songs (or segments) of a set at random, every class alike."""
    rng = np.random.default_rng(seed)
    labels = np.array([song.label for song in data.songs])
    sides: list[list[int]] = [[] for _ in shares]
    for label in sorted(set(labels)):
        mine = rng.permutation(np.flatnonzero(labels == label))
        if len(mine) < len(shares):
            raise DataError(
                say(
                    "{label} has {n_mine} songs; the paper's split needs {n_shares} at least.",
                    label=label,
                    n_mine=len(mine),
                    n_shares=len(shares),
                )
            )
        held = [max(1, round(share * len(mine))) for share in shares[1:]]
        edges = len(mine) - np.cumsum(held[::-1])[::-1]
        for side, chosen in zip(sides, np.split(mine, edges), strict=True):
            side.extend(map(int, chosen))
    test = sides[2] if len(sides) > 2 else sides[1]
    return Split(tuple(sides[0]), tuple(sides[1]), tuple(test))


@dataclass(slots=True)
class _Reproduction:
    """What stays the same while the rows of one experiment are made."""

    wish: Wish
    listener: ProgressListener
    protocol: Protocol
    unit: str
    units: list[Unit]
    experiment: Experiment
    left_out: list[ProtocolRow]
    have: dict[str, FolderSongs] = field(default_factory=dict)

    def songs(self, spec: FrontendSpec) -> FolderSongs:
        """Open the folder through a front end, once for all rows that share it."""
        if spec.fingerprint not in self.have:
            data = folders.open_folder(self.wish.gtzan, spec, self.listener.ctx)
            if not self.have:
                self._told(data)
            split.check(data.songs, least=3)
            self.experiment.check_songs(data)
            self.have[spec.fingerprint] = data
        return self.have[spec.fingerprint]

    def _told(self, data: FolderSongs) -> None:
        aside = len(data.scan.problems)
        self.listener.on_note(
            say("{n_songs} songs, {aside} set aside.", n_songs=len(data.songs), aside=aside)
        )
        for sentence in problem.aside(data.scan.problems):
            self.listener.on_note(sentence)

    def view(self, songs: SongSet, seed: int) -> SongSet:
        """Return songs as the paper cut them."""
        if self.unit == "segment":
            return segments.of(songs)
        n = self.protocol.fixed_segments
        return segments.drawn(songs, n, seed) if n else songs

    def run(self, unit: Unit, ctx: JobContext) -> None:
        """Train and test one network once, and write what came of it."""
        songs, seed = self.songs(unit.frontend), unit.number
        trial = Trial(
            unit.row.network, songs, unit.rules, self.wish.device, ctx, self.listener.on_note,
            on_epoch=self.listener.on_epoch, pretrained=unit.weights,
            hop=window_columns(songs.spec), checkpoint=self.experiment.checkpoint(unit.name),
        )  # fmt: skip
        data = self.view(songs, seed)
        parts = divide(data, self.protocol.shares_of(unit.row), seed)
        module, result = crossval.trained(trial, data, parts, seed)
        predictions = crossval.ask(trial, data, module, parts.test)
        kept = {
            **asdict(unit.row),
            "run": unit.number,
            "unit": self.unit,
            "shares": list(self.protocol.shares_of(unit.row)),
            "epochs": len(result.history),
            **paper_table.measured(predictions),
            "penalty": float(module.penalty().detach()),
            "parameters": count(module).total,
            "printed_parameters": unit.row.parameters,
            "printed_loss": unit.row.loss,
            "history": [asdict(epoch) for epoch in result.history],
            "begins": trial.begins,
            "recipe_title": unit.rules.title,
            "recipe_notes": unit.rules.notes,
            "seconds": sum(epoch.seconds for epoch in result.history),
            "device": result.device,
            "host": socket.gethostname(),
        }
        self.experiment.finish(unit.name, kept, predictions)

    def neighbours(self) -> dict[str, Any]:
        """Return what the nearest neighbours get right on the first run's split."""
        title = say("{k} nearest neighbors on MFCC", k=nearest.K)
        found = self.experiment.finished("neighbours")
        if found is not None:
            return {**found, "title": title}
        row = self.units[0].row
        songs = self.songs(self.units[0].frontend)
        data = self.view(songs, 0)
        parts = divide(data, self.protocol.shares_of(row), 0)
        predictions = nearest.ask(data, parts, parts.test)
        kept = {"title": title, "history": [], **paper_table.measured(predictions)}
        self.experiment.finish("neighbours", kept, predictions)
        return kept


def reproduce(wish: Wish, listener: ProgressListener) -> dict[str, Any]:
    """Run what is missing of a paper's table, and return the table.

    Returns
    -------
    dict
        ``paper``, ``title``, ``unit``, ``epochs`` (0: the paper's), ``warning``, ``notes``,
        ``left_out`` (rows, with a sentence in ``left_out_because``), ``neighbours`` (a baseline,
        as a run), ``figures`` and ``rows``: each with ``printed`` and
        ``measured`` percentages by rule, the spread over runs, the ``shares`` of its split, the
        size of the test, and its ``runs`` as :meth:`.Experiment.finished` gives them.

    Raises
    ------
    DataError
        When the paper, a network or the folder is unknown or unusable, the experiment's folder
        holds another one, or the songs changed since it was begun.
    Cancelled
        When the job was cancelled; every run that ended stays.
    """
    protocol = get(wish.paper)
    rows = rows_of(wish, protocol)
    prepare.check_device(wish.device)
    # what cannot be is said before songs are read
    given = pretrained.for_each(
        [registry.get(name) for name in dict.fromkeys(row.network for row in rows)],
        wish.weights, imagenet_too=wish.imagenet, ctx=listener.ctx,
    )  # fmt: skip
    left_out = without_weights(wish, rows, given)
    units = units_of(wish, protocol, [row for row in rows if row not in left_out], given)
    unit = protocol.unit if wish.unit == "paper" else wish.unit
    identity = {"paper": protocol.paper, "unit": unit, "epochs": wish.epochs}
    experiment = Experiment(wish.out, identity, listener.on_note)
    if left_out:
        listener.on_note(missing_weights(left_out))
    work = _Reproduction(wish, listener, protocol, unit, units, experiment, left_out)
    _work(work)
    return _table(work)


def _work(work: _Reproduction) -> None:
    """Take one missing run after another until none is missing; wait for those of others."""
    units = list({unit.name: unit for unit in work.units}.values())
    waiting = ""
    left: TimeLeft | None = None
    while missing := [unit for unit in units if work.experiment.finished(unit.name) is None]:
        left = left or TimeLeft(units, work.listener.ctx)
        left.missing(missing)
        if _one(work, missing, left):
            continue
        others = [f"{unit.words} ({work.experiment.claims.holder(unit.name)})" for unit in missing]
        said = say("Waiting for {others}.", others=", ".join(others[:3]))
        if said != waiting:
            work.listener.on_note(waiting := said)
        work.listener.ctx.checkpoint()
        threading.Event().wait(_LOOK_AGAIN_S)


def _one(work: _Reproduction, missing: list[Unit], left: TimeLeft) -> bool:
    """Do one of the missing runs; ``False`` when others hold them all."""
    for unit in missing:
        with work.experiment.claims.take(unit.name) as mine:
            if not mine:
                continue
            if work.experiment.finished(unit.name) is None:
                work.songs(unit.frontend)  # read before the clock of the runs starts
                work.run(unit, left.begin(unit))
                work.listener.on_note(left.said(unit))
            return True
    return False


def _table(work: _Reproduction) -> dict[str, Any]:
    protocol, wish = work.protocol, work.wish
    rows = []
    grouped: dict[tuple[str, str], list[Unit]] = {}
    for unit in work.units:
        grouped.setdefault((unit.row.title, unit.row.version), []).append(unit)
    for group in grouped.values():
        runs = [found for u in group if (found := work.experiment.finished(u.name)) is not None]
        row = group[0].row
        rows.append(paper_table.line(row, runs, work.unit, protocol.shares_of(row)))
    return {
        "paper": protocol.paper,
        "title": protocol.title,
        "folder": str(Path(wish.gtzan)),
        "unit": work.unit,
        "runs": work.units[0].runs,
        "epochs": wish.epochs,
        "warning": say(LEAK) if work.unit == "segment" else "",
        "notes": protocol.notes,
        "figures": [asdict(figure) for figure in protocol.figures],
        "left_out": [asdict(row) for row in work.left_out],
        "left_out_because": missing_weights(work.left_out) if work.left_out else "",
        "neighbours": work.neighbours(),
        "rows": rows,
    }
