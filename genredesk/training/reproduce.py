"""A paper's experiment end to end on a folder laid out like GTZAN: its table beside ours.

This is the only place where segments instead of songs may be split, because three of the papers
did; the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.features.frontend import FrontendSpec
from genredesk.nets import registry
from genredesk.training import folders, metrics, prepare, rebuild, recipe, segments, split
from genredesk.training.evaluate import Predictions, predict, summarise
from genredesk.training.fit import EpochReport, Run, fit
from genredesk.training.module import predictor
from genredesk.training.protocols import Protocol, Row, get
from genredesk.training.recipe import Recipe
from genredesk.training.songs import SongSet, labels_of, window_columns
from genredesk.training.split import Split

LEAK = "Split by segments: pieces of one song are on both sides, so the numbers flatter."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for.

    Parameters
    ----------
    runs
        How many seeds; 0: as many as the paper.
    epochs
        Another number than the recipe's, 0 leaves it.
    only
        Networks to run, empty: all of the paper.
    unit
        ``paper`` or ``song``: the honest split for a paper that split segments.
    """

    paper: str
    gtzan: str
    runs: int = 0
    epochs: int = 0
    only: tuple[str, ...] = ()
    unit: str = "paper"
    device: str = "auto"


@dataclass(slots=True)
class Listener:
    """Where progress and epochs go."""

    ctx: JobContext
    on_note: Callable[[str], None]
    on_epoch: Callable[[EpochReport], None] = lambda _: None


def _parts(data: SongSet, shares: Sequence[float], seed: int) -> Split:
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


def _recipe(row: Row, protocol: Protocol, epochs: int) -> Recipe:
    rules = recipe.get(row.recipe)
    if epochs:
        rules = recipe.changed(rules, {"epochs": epochs})
    # a test part that was looked at while training must not choose the epoch as well
    return rules if len(protocol.shares) > 2 else rules.replace(keep="last", patience=0)


def run_row(
    row: Row, protocol: Protocol, data: SongSet, wish: Wish, listener: Listener, *, seed: int
) -> tuple[dict[str, float], int]:
    """Train and test one network once; return its accuracies in percent and the test's size."""
    labels = labels_of(data)
    parts = _parts(data, protocol.shares, seed)
    spec = registry.get(row.network)
    torch.manual_seed(seed)
    net = spec.build(*data.spec.shape, len(labels))
    module = rebuild.standardised(net, spec.scaling, data, parts.train)
    result = fit(
        Run(
            net=module,
            data=data,
            split=parts,
            labels=labels,
            recipe=_recipe(row, protocol, wish.epochs),
            seed=seed,
            ctx=listener.ctx,
            on_epoch=listener.on_epoch,
            on_note=listener.on_note,
            accelerator=wish.device,
        )
    )
    module = module.cpu()
    module.load_state_dict(result.weights)
    hop = window_columns(data.spec)
    predictions = predict(data, parts.test, labels, predictor(module.eval()), hop=hop)
    return _measure(predictions), len(parts.test)


def _songs(spec: FrontendSpec, wish: Wish, listener: Listener, have: dict[str, SongSet]) -> SongSet:
    """Open the folder through a front end, once for all rows that share it."""
    if spec.fingerprint not in have:
        data = folders.open_folder(wish.gtzan, spec, listener.ctx)
        aside = len(data.scan.problems)
        listener.on_note(f"{len(data.songs)} songs, {aside} set aside.")
        split.check(data.songs, least=3)
        have[spec.fingerprint] = data
    return have[spec.fingerprint]


def reproduce(wish: Wish, listener: Listener) -> dict[str, Any]:
    """Run a paper's table.

    Returns
    -------
    dict
        ``paper``, ``title``, ``unit``, ``epochs`` (0: the paper's), ``warning``, ``notes`` and
        ``rows``: each with ``printed`` and ``measured`` percentages by rule, the spread over runs,
        and the size of the test.

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
    runs, have, rows = wish.runs or protocol.runs, {}, []
    for row in chosen:
        _recipe(row, protocol, wish.epochs)  # what cannot be is said before songs are read
    for row in chosen:
        spec = registry.get(row.network)
        songs = _songs(spec.frontend, wish, listener, have)
        data = segments.of(songs) if unit == "segment" else songs
        measured, n = [], 0
        for seed in range(runs):
            listener.on_note(f"{row.title}: run {seed + 1} of {runs}")
            values, n = run_row(row, protocol, data, wish, listener, seed=seed)
            measured.append(values)
        rows.append(_line(row, measured, n, unit))
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


def _line(row: Row, measured: list[dict[str, float]], n: int, unit: str) -> dict[str, Any]:
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
        "interval": [100 * end for end in metrics.bootstrap(right)],
    }
