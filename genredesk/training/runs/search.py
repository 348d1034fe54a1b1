"""Looks for a better recipe within a budget of minutes: trials proposed by Optuna's TPE.

Every trial is a whole training of the same songs with other values, of the architecture too where
that is asked for; hopeless ones end early. Trials and the best network so far are kept beside the
run as each ends, so nothing is trained twice and a search that was broken off goes on.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from safetensors import SafetensorError, safe_open

from genredesk.core.errors import DataError
from genredesk.core.messages import mark, say
from genredesk.nets import registry
from genredesk.nets.spec import with_fields
from genredesk.training.fit import checkpoint
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitResult, FitRun
from genredesk.training.plan.augmentation import Augment
from genredesk.training.plan.changed import changed
from genredesk.training.plan.plan import NET, SEARCHED
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.messages import EpochEvent, TrialEvent

if TYPE_CHECKING:
    from genredesk.nets.network import Network
    from genredesk.training.runs.session import NetworkSetup, Session

    Attempt = Callable[[NetworkSetup, Session], tuple[Network, FitRun]]


JOURNAL = "search.journal"
"""The trials, in the folder of a run."""


def suggest(trial: optuna.Trial, recipe: Recipe, mode: str) -> dict[str, Any]:
    """Draw values around those of ``recipe``; keys as in :func:`.changed`."""
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


def suggest_network(trial: optuna.Trial, setup: NetworkSetup) -> dict[str, Any]:
    """Draw values of the network's fields among those worth trying; keys ``net.depth``."""
    values: dict[str, Any] = {}
    for key, choices in setup.spec.worth_trying.items():
        # Optuna knows no tuples
        written = [json.dumps(choice) for choice in choices]
        values[f"{NET}{key}"] = json.loads(trial.suggest_categorical(f"{NET}{key}", written))
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


def _first(setup: NetworkSetup) -> dict[str, Any]:
    """Return the values of the first trial: recipe and network as they are."""
    values = _as_it_is(setup.recipe, setup.plan.mode)
    if setup.plan.architecture:
        own = setup.spec.fields
        for key, choices in setup.spec.worth_trying.items():
            if own[key] in choices:
                values[f"{NET}{key}"] = json.dumps(own[key])
    return values


class _Search:
    def __init__(self, setup: NetworkSetup, attempt: Attempt, session: Session) -> None:
        self.setup, self.attempt, self.session = setup, attempt, session
        self.until = time.monotonic() + 60 * setup.plan.minutes
        self.best_value = -1.0
        self.best: tuple[FitResult, NetworkSetup] | None = None
        self.kept = setup.plan.run_dir / SEARCHED
        if setup.plan.resume and self.kept.is_file():
            self.best_value, self.best = _loaded(self.kept, setup)

    def over(self) -> bool:
        return time.monotonic() >= self.until or self.session.stop()

    def __call__(self, trial: optuna.Trial) -> float:
        setup, session = self.setup, self.session
        changes = suggest(trial, setup.recipe, setup.plan.mode)
        tried = dataclasses.replace(setup, recipe=changed(setup.recipe, changes))
        if setup.plan.architecture:
            fields = suggest_network(trial, setup)
            changes |= fields
            inner = {key.removeprefix(NET): value for key, value in fields.items()}
            tried = dataclasses.replace(
                tried, spec=registry.get(with_fields(setup.spec.name, inner))
            )
        began, scores, pruned = time.monotonic(), [0.0], [False]

        def told(state: str) -> None:
            seconds = time.monotonic() - began
            left = max(0.0, self.until - time.monotonic())
            row = TrialEvent(
                number=trial.number + 1, values=changes, score=max(scores),
                epochs=len(scores) - 1, seconds=seconds, state=state, left_s=left,
            )  # fmt: skip
            session.tell(row)

        def on_epoch(report: EpochReport) -> None:
            scores.append(report.score)
            trial.report(report.score, report.epoch)
            pruned[0] = trial.should_prune()
            session.tell(EpochEvent(*dataclasses.astuple(report), trial=trial.number + 1))
            told("running")

        told("running")
        _, run = self.attempt(tried, session)
        run.on_epoch, run.checkpoint, run.resume, run.on_note = on_epoch, None, False, _quiet
        run.stop = lambda: pruned[0] or (self.best is not None and self.over()) or session.stop()
        result = fit(run)
        value = max(scores)
        if value > self.best_value:
            self.best_value, self.best = value, (result, tried)
            _save(self.kept, value, result, tried)
        told("ended early" if pruned[0] else "done")
        return value


def _quiet(_text: str) -> None:
    """What a trial has to say is in its row."""


def _save(path: Path, value: float, result: FitResult, tried: NetworkSetup) -> None:
    """Keep the best network so far, with what it was trained with."""
    header = {
        "score": value,
        "network": tried.spec.name,
        "recipe": tried.recipe.to_dict(),
        "history": [dataclasses.asdict(epoch) for epoch in result.history],
        "kept_epoch": result.kept_epoch,
        "seconds": result.seconds,
        "device": result.device,
        "precision": result.precision,
    }
    weights = {name: value.contiguous() for name, value in result.weights.items()}
    sentence = mark(
        "The best network so far cannot be saved in {parent} ({reason}). Make room there and "
        "resume the search."
    )
    checkpoint.write(path, weights, {"trial": json.dumps(header)}, sentence)


def _loaded(path: Path, setup: NetworkSetup) -> tuple[float, tuple[FitResult, NetworkSetup]]:
    """Return the best network so far as it was saved."""
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})["trial"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise DataError(
            say(
                "{path}: the best network so far cannot be read ({reason}). Delete {parent} and "
                "search anew.",
                path=path,
                reason=error,
                parent=path.parent,
            )
        ) from error
    raw = header["recipe"]
    rules = Recipe(**{**raw, "augment": Augment(**raw["augment"])})
    history = tuple(EpochReport(**epoch) for epoch in header["history"])
    kept = {key: header[key] for key in ("kept_epoch", "seconds", "device", "precision")}
    result = FitResult(weights, history, **kept)
    spec = registry.get(header["network"])
    return header["score"], (result, dataclasses.replace(setup, recipe=rules, spec=spec))


def _study(setup: NetworkSetup) -> optuna.Study:
    """Return the study beside the run: a new one, or the one that is gone on with."""
    journal = setup.plan.run_dir / JOURNAL
    if not setup.plan.resume:
        journal.unlink(missing_ok=True)
    journal.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name="search",
        storage=JournalStorage(JournalFileBackend(str(journal))),
        load_if_exists=True,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(n_startup_trials=5, seed=setup.plan.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2),
    )
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # it was broken off
    # another seed where it goes on, or it would propose the same values again
    if done := len(study.trials):
        study.sampler = optuna.samplers.TPESampler(n_startup_trials=5, seed=setup.plan.seed + done)
    return study


def best(setup: NetworkSetup, attempt: Attempt, session: Session) -> tuple[FitResult, NetworkSetup]:
    """Try recipes until the minutes of the plan are over or a stop is asked for.

    Returns
    -------
    (result, setup)
        The kept network of the best trial, and what it was trained with.

    Raises
    ------
    Cancelled
        When the job was cancelled.
    DataError
        In quick mode, which finds its one value by itself.
    """
    if setup.plan.mode == "quick":
        raise DataError(say("Quick mode finds its one value by itself. Search with another mode."))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = _study(setup)
    if done := len(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))):
        session.note(say("Going on after {done} trials.", done=done))
    else:
        study.enqueue_trial(_first(setup), skip_if_exists=True)
    search = _Search(setup, attempt, session)
    while search.best is None or not search.over():
        study.optimize(search, n_trials=1)
        session.ctx.checkpoint()
    session.note(
        say(
            "{n_trials} trials; number {number} is kept.",
            n_trials=len(study.trials),
            number=study.best_trial.number + 1,
        )
    )
    return search.best
