"""Folds and seeds: how good a network and recipe are, and how sure that is; makes no bundle.

Every song is held back exactly once per seed, artists kept together where they are known. Beside
the honest number stands what a split of segments would have claimed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genredesk.core import atomic
from genredesk.core.certainty import Bounds
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.nets import registry
from genredesk.nets.spec import NetSpec, with_fields
from genredesk.nets.standardise import Standardised
from genredesk.training.batches import outliers
from genredesk.training.batches.outliers import Outliers
from genredesk.training.data import segments, split
from genredesk.training.data.songs import SongSet, labels_of, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation import metrics, thresholds
from genredesk.training.evaluation.evaluate import (
    Predictions,
    calibrate,
    predict,
    song_probabilities,
    summarise,
)
from genredesk.training.evaluation.thresholds import Answers
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitResult, FitRun
from genredesk.training.fit.teachers import taught
from genredesk.training.network import pretrained, rebuild
from genredesk.training.network.module import predictor
from genredesk.training.network.pretrained import Pretrained
from genredesk.training.plan import recipe
from genredesk.training.plan.changed import changed
from genredesk.training.plan.recipe import Recipe


@dataclass(slots=True)
class Trial:
    """What is tried: a network and a recipe on a set of songs.

    Parameters
    ----------
    on_epoch, on_note
        Told after every epoch and before every fold.
    checkpoint
        Where a single training keeps its state, to go on with it; ``None``: nowhere.
    pretrained
        ImageNet weights every network begins with.
    hop
        Columns between the windows asked about; ``None``: about a second.
    begins
        What the networks began with, in a sentence; empty for those that take no such weights.
    """

    network: str
    data: SongSet
    rules: Recipe
    device: str
    ctx: JobContext
    on_note: Callable[[str], None]
    outliers: Outliers | None = None
    on_epoch: Callable[[EpochReport], None] = lambda _: None
    pretrained: Pretrained | None = None
    hop: int | None = None
    begins: str = ""
    checkpoint: Path | None = None

    @property
    def spec(self) -> NetSpec:
        """The network's description, with what the recipe sets of its architecture."""
        return registry.get(with_fields(self.network, self.rules.network))


def recipe_for(network: str, name: str = "", epochs: int = 0) -> Recipe:
    """Return a recipe by name, or the one of the network's paper.

    Raises
    ------
    DataError
        When there is no such network or recipe, or the network is an autoencoder: fold by fold
        its shares right would say nothing about it.
    """
    spec = registry.get(network)
    if spec.task == "generate":
        raise DataError(
            say(
                "{network} is an autoencoder: it learns to draw its genres again, not to tell "
                "them apart, so there is nothing to cross-validate. Train it with “genredesk "
                "train --network {network}”, or name another network here (see “genredesk "
                "networks”).",
                network=network,
            )
        )
    rules = recipe.get(name or spec.recipe)
    return changed(rules, {"epochs": epochs}) if epochs else rules


def trained(trial: Trial, data: SongSet, parts: Split, seed: int) -> tuple[Standardised, FitResult]:
    """Train a fresh network on one side of a split; return it with the weights that were kept.

    Parameters
    ----------
    data
        The trial's songs, or segments of them.

    Raises
    ------
    Cancelled, GenreDeskError
        As :func:`~genredesk.training.fit.fit.fit`.
    """
    labels = labels_of(trial.data)
    torch.manual_seed(seed)
    net = trial.spec.build(*data.spec.shape, len(labels))
    said = pretrained.begin(net, trial.pretrained, trial.rules.backbone)
    if said != trial.begins:
        trial.begins = said
        trial.on_note(said)
    module = rebuild.standardised(net, trial.spec.scaling, data, parts.train)
    result = fit(
        taught(
            FitRun(
                net=module,
                data=data,
                split=parts,
                labels=labels,
                recipe=trial.rules,
                seed=seed,
                ctx=trial.ctx,
                checkpoint=trial.checkpoint,
                resume=trial.checkpoint is not None,
                on_epoch=trial.on_epoch,
                on_note=trial.on_note,
                accelerator=trial.device,
                outliers=trial.outliers,
                task=trial.spec.task,
            )
        )
    )
    module = module.cpu()
    module.load_state_dict(result.weights)
    return module.eval(), result


def answer(
    trial: Trial, data: SongSet, parts: Split, asked: Sequence[int], seed: int
) -> Predictions:
    """Train a fresh network on one side of a split and ask it about other songs.

    Of segments every one is asked about once. See :func:`trained`.
    """
    module, _ = trained(trial, data, parts, seed)
    return ask(trial, data, module, asked)


def ask(trial: Trial, data: SongSet, module: Standardised, asked: Sequence[int]) -> Predictions:
    """Ask a trained network about the songs (or segments) ``asked``."""
    hop = window_columns(data.spec) if isinstance(data, segments.Segments) else trial.hop
    return predict(data, asked, labels_of(trial.data), predictor(module), hop=hop)


def _pooled(folds: list[Predictions]) -> Predictions:
    """Put the folds' answers together as if one network had given them."""
    first, shift, song = folds[0], 0, []
    for fold in folds:
        song.append(fold.song + shift)
        shift += len(fold.names)
    return Predictions(
        first.labels,
        tuple(name for fold in folds for name in fold.names),
        np.concatenate([fold.truth for fold in folds]),
        np.concatenate(song),
        np.concatenate([fold.start_s for fold in folds]),
        np.concatenate([fold.logits for fold in folds]),
        first.window_s,
    )


def _spread(values: list[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "spread": float(np.std(values))}


def save_answers(path: Path, pool: Predictions) -> None:
    """Write what was answered for songs that were held back, calibrated, as an ``.npz``.

    ``probs`` ``(windows, classes)``, ``song`` ``(windows,)``, ``song_probs`` ``(songs, classes)``,
    ``label`` ``(songs,)`` class numbers, ``name`` ``(songs,)``.

    Raises
    ------
    DataError
        When it cannot be written.
    """
    calibration = calibrate(pool)
    try:
        with atomic.atomic_file(path) as file:
            np.savez_compressed(
                file,
                probs=metrics.softmax(pool.logits, calibration.temperature),
                song=pool.song,
                song_probs=song_probabilities(pool, calibration),
                label=pool.truth,
                name=np.array(pool.names),
            )
    except OSError as error:
        raise DataError(
            say(
                "{path}: the answers cannot be written ({reason}). Choose another place or make "
                "room.",
                path=path,
                reason=error.strerror or error,
            )
        ) from error


def run(
    trial: Trial,
    *,
    k: int = 5,
    seeds: int = 1,
    claim: bool = False,
    answers_to: Path | None = None,
) -> dict[str, Any]:
    """Cross-validate.

    Parameters
    ----------
    claim
        Also train once on a split of segments and report what it would have claimed.
    answers_to
        A folder for each seed's answers; see :func:`save_answers`.

    Returns
    -------
    dict
        ``protocol``, ``begins`` (what networks on ImageNet backbones began with), ``songs`` and
        ``windows`` (mean and spread over seeds), ``folds`` (every single accuracy), ``pooled``
        (all answers of the first seed, see
        :func:`~genredesk.training.evaluation.evaluate.summarise`), ``strengths`` (bounds, and for
        songs and windows
        :func:`~genredesk.training.evaluation.thresholds.shares`), and ``claimed``.

    Raises
    ------
    DataError
        When a class is smaller than ``k``.
    """
    # the held-back side must not choose the epoch that it then judges
    trial.rules = trial.rules.replace(keep="last", patience=0)
    trial.outliers = trial.outliers or outliers.draw(trial.rules, trial.data.spec, trial.ctx)
    pools, singles, protocol = [], [], ""
    for seed in range(seeds):
        parts = split.folds(trial.data.songs, k, seed=seed)
        protocol = parts[0].protocol
        answers = []
        for number, part in enumerate(parts, 1):
            trial.on_note(
                say(
                    "seed {seed}, fold {number} of {k}: {n_train} songs to fit on",
                    seed=seed,
                    number=number,
                    k=k,
                    n_train=len(part.train),
                )
            )
            answers.append(answer(trial, trial.data, part, part.valid, seed))
            one = summarise(answers[-1])
            row = {"songs": one["songs"]["sum"], "windows": one["windows"]["accuracy"]}
            singles.append({"seed": seed, "fold": number, **row})
            trial.on_note(
                say(
                    "songs {songs:.3f}, windows {windows:.3f}",
                    songs=row["songs"],
                    windows=row["windows"],
                )
            )
        pools.append(_pooled(answers))
        if answers_to is not None:
            save_answers(answers_to / f"seed{seed}.npz", pools[-1])
    summaries = [summarise(pool) for pool in pools]
    result = {
        "network": trial.network,
        "recipe": trial.rules.name,
        "epochs": trial.rules.epochs,
        "protocol": protocol,
        "begins": trial.begins,
        "seeds": seeds,
        "songs": _spread([s["songs"]["sum"] for s in summaries]),
        "windows": _spread([s["windows"]["accuracy"] for s in summaries]),
        "folds": singles,
        "pooled": summaries[0],
        "strengths": _strengths(pools[0]),
    }
    if claim:
        trial.on_note(say("what a split of segments would have claimed"))
        result["claimed"] = _claimed(trial)
    return result


def _strengths(pool: Predictions) -> dict[str, Any]:
    """Return the bounds that are chosen, and how many answers are of each strength, how good."""
    calibration = calibrate(pool)
    songs = Answers.of(song_probabilities(pool, calibration), pool.truth)
    probabilities = metrics.softmax(pool.logits, calibration.temperature)
    windows = Answers.of(probabilities, pool.window_truth)
    sure, fitted = thresholds.fit(songs, windows)
    bounds = Bounds(sure, fitted.probable, fitted.between)
    table = {"songs": songs, "windows": windows}
    shares = {name: thresholds.shares(answers, bounds) for name, answers in table.items()}
    return {**dataclasses.asdict(bounds), **shares}


def _claimed(trial: Trial) -> dict[str, float]:
    pieces = segments.of(trial.data)
    order = np.random.default_rng(0).permutation(len(pieces.songs))
    edge = len(order) // 5
    sides = tuple(sorted(map(int, order[edge:]))), tuple(sorted(map(int, order[:edge])))
    parts = Split(*sides, (), "segments at random")
    found = summarise(answer(trial, pieces, parts, parts.valid, 0))
    return {"windows": found["windows"]["accuracy"], "n": found["windows"]["n"]}
