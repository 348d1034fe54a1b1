"""Looks for a better recipe within a budget of minutes: trials proposed by Optuna's TPE.

Every trial is a whole training of the same songs with other values; hopeless ones end early. The
network of the best trial is kept, so nothing is trained twice.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import optuna

from genredesk.core.errors import DataError
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.fit import FitResult, FitRun, fit
from genredesk.training.plan.changed import changed
from genredesk.training.plan.recipe import Recipe

if TYPE_CHECKING:
    from genredesk.nets.network import Network
    from genredesk.training.runs.session import RunSetup, Session

    Attempt = Callable[[RunSetup, Session], tuple[Network, FitRun]]


def suggest(trial: optuna.Trial, recipe: Recipe, mode: str) -> dict[str, Any]:
    """Draw values around those of ``recipe``; keys as in :func:`recipes.changed`."""
    values: dict[str, Any] = {
        "lr": trial.suggest_float("lr", recipe.lr / 5, recipe.lr * 5, log=True),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
        "batch": trial.suggest_categorical("batch", sorted({16, 32, 64, recipe.batch})),
        "augment.eq_db": trial.suggest_float("augment.eq_db", 0.0, 8.0),
        "augment.stretch": trial.suggest_float("augment.stretch", 1.0, 1.6),
        "augment.mixup": trial.suggest_float("augment.mixup", 0.0, 0.4),
    }
    if recipe.optimiser == "adamw":
        decay = max(recipe.weight_decay, 1e-3)
        values["weight_decay"] = trial.suggest_float(
            "weight_decay", decay / 10, decay * 10, log=True
        )
    if mode == "full":
        values["body_lr"] = trial.suggest_float("body_lr", 0.02, 1.0, log=True)
    return values


def _as_it_is(recipe: Recipe, mode: str) -> dict[str, Any]:
    """Return the recipe's own values, so that the first trial is the recipe itself."""
    values = {
        "lr": recipe.lr,
        "label_smoothing": recipe.label_smoothing,
        "batch": recipe.batch,
        "augment.eq_db": recipe.augment.eq_db,
        "augment.stretch": recipe.augment.stretch,
        "augment.mixup": recipe.augment.mixup,
    }
    if recipe.optimiser == "adamw":
        values["weight_decay"] = recipe.weight_decay or 1e-3
    if mode == "full":
        values["body_lr"] = recipe.body_lr
    return values


class _Search:
    def __init__(self, setup: RunSetup, attempt: Attempt, session: Session) -> None:
        self.setup, self.attempt, self.session = setup, attempt, session
        self.until = time.monotonic() + 60 * setup.plan.minutes
        self.best_value = -1.0
        self.best: tuple[FitResult, Recipe] | None = None

    def over(self) -> bool:
        return time.monotonic() >= self.until or self.session.stop()

    def __call__(self, trial: optuna.Trial) -> float:
        setup, session = self.setup, self.session
        changes = suggest(trial, setup.recipe, setup.plan.mode)
        rules = changed(setup.recipe, changes)
        began, scores, pruned = time.monotonic(), [0.0], [False]

        def row(state: str) -> dict[str, Any]:
            seconds = time.monotonic() - began
            left = max(0.0, self.until - time.monotonic())
            return {
                "number": trial.number + 1, "values": changes, "score": max(scores),
                "epochs": len(scores) - 1, "seconds": seconds, "state": state, "left_s": left,
            }  # fmt: skip

        def on_epoch(report: EpochReport) -> None:
            scores.append(report.score)
            trial.report(report.score, report.epoch)
            pruned[0] = trial.should_prune()
            session.tell("epoch", {**dataclasses.asdict(report), "trial": trial.number + 1})
            session.tell("trial", row("running"))

        session.tell("trial", row("running"))
        _, run = self.attempt(dataclasses.replace(setup, recipe=rules), session)
        run.on_epoch, run.checkpoint, run.resume, run.on_note = on_epoch, None, False, _quiet
        run.stop = lambda: pruned[0] or (self.best is not None and self.over()) or session.stop()
        result = fit(run)
        value = max(scores)
        if value > self.best_value:
            self.best_value, self.best = value, (result, rules)
        session.tell("trial", row("ended early" if pruned[0] else "done"))
        return value


def _quiet(_text: str) -> None:
    """What a trial has to say is in its row."""


def best(setup: RunSetup, attempt: Attempt, session: Session) -> tuple[FitResult, Recipe]:
    """Try recipes until the minutes of the plan are over or a stop is asked for.

    Returns
    -------
    (result, recipe)
        The kept network of the best trial, and what it was trained with.

    Raises
    ------
    Cancelled
        When the job was cancelled.
    DataError
        In quick mode, which finds its one value by itself.
    """
    if setup.plan.mode == "quick":
        raise DataError("Quick mode finds its one value by itself. Search with another mode.")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=setup.plan.seed, n_startup_trials=5),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2),
    )
    study.enqueue_trial(_as_it_is(setup.recipe, setup.plan.mode), skip_if_exists=True)
    search = _Search(setup, attempt, session)
    while search.best is None or not search.over():
        study.optimize(search, n_trials=1)
        session.ctx.checkpoint()
    session.note(f"{len(study.trials)} trials; number {study.best_trial.number + 1} is kept.")
    return search.best
