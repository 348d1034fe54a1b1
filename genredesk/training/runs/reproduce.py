"""A paper's experiment end to end on a folder laid out like GTZAN: its table beside ours.

Segments instead of songs are split where the paper did; the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.features.frontend import FrontendSpec
from genredesk.nets import registry
from genredesk.training.data import folders, problem, segments, split
from genredesk.training.data.songs import SongSet, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation import metrics
from genredesk.training.evaluation.evaluate import Predictions, summarise
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.network import pretrained
from genredesk.training.plan.protocols import Protocol, ProtocolRow, get
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs import crossval, prepare
from genredesk.training.runs.crossval import Trial

LEAK = "Split by segments: pieces of one song are on both sides, so the numbers flatter."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for.

    Parameters
    ----------
    paper, gtzan
        Which paper, and the folder of labelled folders.
    runs
        How many seeds; 0: as many as the paper.
    epochs
        Another number than the recipe's, 0 leaves it.
    only
        Networks to run, empty: all of the paper.
    unit
        ``paper`` or ``song``: the honest split for a paper that split segments.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    weights, imagenet
        ImageNet weights for transfer networks, see
        :func:`genredesk.training.network.pretrained.for_each`.
    """

    paper: str
    gtzan: str
    runs: int = 0
    epochs: int = 0
    only: tuple[str, ...] = ()
    unit: str = "paper"
    device: str = "auto"
    weights: tuple[str, ...] = ()
    imagenet: bool = False


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
                f"{label} has {len(mine)} songs; the paper's split needs {len(shares)} at least."
            )
        held = [max(1, round(share * len(mine))) for share in shares[1:]]
        edges = len(mine) - np.cumsum(held[::-1])[::-1]
        for side, chosen in zip(sides, np.split(mine, edges), strict=True):
            side.extend(map(int, chosen))
    test = sides[2] if len(sides) > 2 else sides[1]
    return Split(tuple(sides[0]), tuple(sides[1]), tuple(test))


def _measure(predictions: Predictions) -> dict[str, float]:
    result = summarise(predictions)
    songs = result["songs"]
    return {
        "raw": 100 * result["windows"]["accuracy"],
        "sum": 100 * songs["sum"],
        "majority": 100 * songs["majority"],
    }


def recipe_of(row: ProtocolRow, protocol: Protocol, epochs: int) -> Recipe:
    """Return what a row is trained with, for another number of epochs where one was asked for."""
    rules = crossval.recipe_for(row.network, row.recipe, epochs or row.epochs)
    # a test part that was looked at while training must not choose the epoch as well
    chosen_by = len(protocol.shares_of(row)) > 2
    return rules if chosen_by else rules.replace(keep="last", patience=0)


def run_row(
    trial: Trial, protocol: Protocol, row: ProtocolRow, data: SongSet, *, seed: int, which: str
) -> tuple[dict[str, float], int]:
    """Train and test one network once; return its accuracies in percent and the test's size.

    Parameters
    ----------
    which
        Which of its runs this is, in words.
    """
    trial.on_note(f"{row.title}: {which}")
    parts = divide(data, protocol.shares_of(row), seed)
    predictions = crossval.answer(trial, data, parts, parts.test, seed)
    return _measure(predictions), len(parts.test)


def _songs(
    spec: FrontendSpec, wish: Wish, listener: ProgressListener, have: dict[str, SongSet]
) -> SongSet:
    """Open the folder through a front end, once for all rows that share it."""
    if spec.fingerprint not in have:
        data = folders.open_folder(wish.gtzan, spec, listener.ctx)
        aside = len(data.scan.problems)
        listener.on_note(f"{len(data.songs)} songs, {aside} set aside.")
        for sentence in problem.aside(data.scan.problems):
            listener.on_note(sentence)
        split.check(data.songs, least=3)
        have[spec.fingerprint] = data
    return have[spec.fingerprint]


def reproduce(wish: Wish, listener: ProgressListener) -> dict[str, Any]:
    """Run a paper's table.

    Returns
    -------
    dict
        ``paper``, ``title``, ``unit``, ``epochs`` (0: the paper's), ``warning``, ``notes`` and
        ``rows``: each with ``printed`` and ``measured`` percentages by rule, the spread over runs,
        the ``shares`` of its split, the size of the test, and what a network on an ImageNet
        backbone ``begins`` with.

    Raises
    ------
    DataError
        When the paper, a network or the folder is unknown or unusable.
    """
    protocol = get(wish.paper)
    if wish.runs < 0:
        raise DataError("At least one run is needed.")
    prepare.check_device(wish.device)
    unit = protocol.unit if wish.unit == "paper" else wish.unit
    chosen = [row for row in protocol.rows if not wish.only or row.network in wish.only]
    if not chosen:
        known = ", ".join(dict.fromkeys(row.network for row in protocol.rows))
        raise DataError(f"Paper {wish.paper} has none of these networks; it has {known}.")
    runs, have, ran, rows = wish.runs or protocol.runs, {}, {}, []
    # what cannot be is said before songs are read
    rules = [recipe_of(row, protocol, wish.epochs) for row in chosen]
    specs = {row.network: registry.get(row.network) for row in chosen}
    given = pretrained.for_each(
        specs.values(), wish.weights, imagenet_too=wish.imagenet, ctx=listener.ctx
    )
    for row, recipe in zip(chosen, rules, strict=True):
        spec = specs[row.network]
        songs = _songs(spec.frontend, wish, listener, have)
        data = segments.of(songs) if unit == "segment" else songs
        trial = Trial(
            row.network, songs, recipe, wish.device, listener.ctx, listener.on_note,
            on_epoch=listener.on_epoch, pretrained=given.get(row.network),
            hop=window_columns(spec.frontend),
        )  # fmt: skip
        same = (row.network, row.recipe, recipe.epochs)  # with other epochs than the paper's
        if same not in ran:
            ran[same] = [
                run_row(trial, protocol, row, data, seed=seed, which=f"run {seed + 1} of {runs}")
                for seed in range(runs)
            ]
        line = _line(row, ran[same], unit)
        rows.append({**line, "shares": protocol.shares_of(row), "begins": trial.begins})
    return {
        "paper": protocol.paper,
        "title": protocol.title,
        "folder": str(Path(wish.gtzan)),
        "unit": unit,
        "runs": runs,
        "epochs": wish.epochs,
        "warning": LEAK if unit == "segment" else "",
        "notes": protocol.notes,
        "rows": rows,
    }


def _line(row: ProtocolRow, runs: list[tuple[dict[str, float], int]], unit: str) -> dict[str, Any]:
    measured, n = [values for values, _ in runs], runs[-1][1]
    rules = ("raw",) if unit == "segment" else ("raw", "sum", "majority")
    mean = {rule: float(np.mean([m[rule] for m in measured])) for rule in rules}
    spread = {rule: float(np.std([m[rule] for m in measured])) for rule in rules}
    right = np.arange(n) < round(mean["raw" if unit == "segment" else "sum"] / 100 * n)
    return {
        **asdict(row),
        "measured": mean,
        "spread": spread,
        "runs": measured,
        "n_test": n,
        "interval": [100 * end for end in metrics.interval(right)],
    }
