"""From a trained network to its bundle: export, calibration, what it is worth, the report."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load

from genredesk.core.certainty import Bounds
from genredesk.core.messages import say
from genredesk.core.trust import Fitted
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import KeptEpoch
from genredesk.training.data.songs import holds_several, labels_of, window_columns, windows_of
from genredesk.training.evaluation import (
    held_words,
    metrics,
    nearest,
    report,
    review,
    thresholds,
)
from genredesk.training.evaluation.evaluate import (
    Calibration,
    Predictions,
    calibrate,
    predict,
    song_probabilities,
    summarise,
)
from genredesk.training.evaluation.measure import AGAIN, ON_ALL
from genredesk.training.evaluation.thresholds import Answers
from genredesk.training.export import bundling
from genredesk.training.export.bundling import TrainedNetwork
from genredesk.training.fit import other_music, quick
from genredesk.training.fit.other_music import WordEmbeddings
from genredesk.training.fit.run import FitResult
from genredesk.training.network import module
from genredesk.training.network.weights import HEAD_WEIGHT
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs.session import Origin, RunSetup, Session, Trained


def measured(
    predictions: Predictions, calibration: Calibration, parent: float = 0.0
) -> tuple[dict[str, Any], Fitted]:
    """Choose where the strengths begin, and measure with them and the calibration.

    Parameters
    ----------
    parent
        Threshold of the bundle that training began with.

    Returns
    -------
    (evaluation, certainty)
        See :func:`~genredesk.training.evaluation.evaluate.summarise`; with ``unsure_below`` and,
        for songs and windows, ``strengths`` (see
        :func:`~genredesk.training.evaluation.thresholds.shares`).
    """
    probabilities = song_probabilities(predictions, calibration)
    songs = Answers.of(probabilities, predictions.truth)
    windows = Answers.of(
        metrics.softmax(predictions.logits, calibration.temperature), predictions.window_truth
    )
    threshold, certainty = thresholds.fit(songs, windows, parent=parent)
    bounds = Bounds(threshold, certainty.probable, certainty.between)
    evaluation = summarise(predictions, calibration)
    evaluation["unsure_below"] = threshold
    evaluation["strengths"] = {
        "songs": thresholds.shares(songs, bounds), "windows": thresholds.shares(windows, bounds),
    }  # fmt: skip
    named, right = metrics.named_at(probabilities, predictions.truth, threshold)
    evaluation |= {"named": named, "named_right": right}
    return evaluation, certainty


def _held(
    predictions: Predictions, calibration: Calibration, setup: RunSetup
) -> tuple[dict[str, Any], Fitted, dict[str, float]]:
    """Return evaluation, certainty, and the thresholds of words where several may hold."""
    if predictions.several:
        return held_words.measured(predictions, calibration, setup.data.spec)
    return *measured(predictions, calibration, _parent(setup.plan)), {}


def _parent(plan: TrainPlan) -> float:
    """Return the threshold of the bundle whose weights a training goes on from, 0 without one."""
    if plan.mode == "scratch" or not plan.bundle:
        return 0.0
    return bundles.find(plan.bundle).card.bounds().sure


def _notes(
    setup: RunSetup,
    origin: Origin,
    result: FitResult,
    evaluation: dict[str, Any],
    *,
    refitted: bool,
) -> str:
    """Say in sentences what the numbers on the card do not."""
    plan, epochs = setup.plan, f"epoch {result.kept_epoch} of {len(result.history)} kept"
    how = {
        "scratch": f"Trained from scratch with the recipe “{setup.recipe.title}”, {epochs}.",
        "full": f"Fine-tuned from {plan.bundle} with “{setup.recipe.title}”, {epochs}.",
        "quick": _on_all(setup, evaluation),
    }[plan.mode]
    parts = [plan.notes] if plan.notes else []
    if setup.recipe.version:
        parts.append(f"The paper's network {setup.recipe.version}. {setup.recipe.notes}")
    if origin.began:
        parts.append(origin.began)
    named = "none of the held-back songs"
    if evaluation["named"]:
        named = (
            f"{evaluation['named']:.0%} of the held-back songs, {evaluation['named_right']:.0%} of "
            "them rightly"
        )
    parts.append(
        f"{how} Calibration error of windows "
        f"{evaluation['ece_uncalibrated']:.3f} before and {evaluation['ece']:.3f} after the "
        f"temperature {evaluation['temperature']:.2f}, of songs {evaluation['ece_songs']:.3f}. "
        f"With {_bound(evaluation)} it names {named}. "
        "Temperature and threshold were fitted on the same held-back songs that the accuracies are "
        "measured on."
    )
    if result.precision:
        parts.append(result.precision)
    if origin.makes_sound:
        parts.append(
            "It also makes new pieces of its genres: on the Models page, or in a terminal with "
            "“genredesk generate”."
        )
    if refitted:
        parts.append(
            "All numbers are those of this first training. The network in this bundle was then "
            f"trained once more in the same way on all {len(setup.data.songs)} songs, those that "
            "were kept back too, so it cannot be measured on any of them any more."
        )
    return " ".join(parts)


def _bound(evaluation: dict[str, Any]) -> str:
    if "per_label" in evaluation:
        return "each word's own threshold"
    return f"the threshold {evaluation['unsure_below']:.2f}"


def _on_all(setup: RunSetup, evaluation: dict[str, Any]) -> str:
    """Say what a quick run made, and of what its numbers speak."""
    plan, parts = setup.plan, setup.split
    body = f"the body of {plan.bundle}"
    if plan.ears:
        how = "one for all" if evaluation["way"] == quick.JOINED else "the mean of one for each"
        body = f"the bodies of {' and '.join((plan.bundle, *plan.ears))} ({how})"
    if evaluation.get("way") == quick.KNOWN:
        body += ", held to what it said of the words it knew"
    return (
        f"A new last layer on {body}, learned from all {len(parts.train)} songs. The numbers are "
        f"those of layers made in the same way, each asked only songs it had not learned from "
        f"({parts.protocol}); {len(parts.valid)} songs were asked about once, and how strongly the "
        "layer is held back was chosen by the same answers."
    )


def _describe(setup: RunSetup) -> str:
    n, learned = len(setup.labels), len(setup.split.train)
    fitted = "all" if learned == len(setup.data.songs) else str(learned)
    kinds = f"with {n} words" if holds_several(setup.data) else f"in {n} genres"
    return f"{len(setup.data.songs)} songs {kinds}, {fitted} of them fitted on"


def _kept_apart(setup: RunSetup, *, again: bool) -> str:
    if setup.folds:
        return f"each song held back once ({setup.split.protocol}), {ON_ALL}"
    how = f"fit on train, chosen on valid ({setup.split.protocol})"
    return f"{how}, {AGAIN}" if again else how


def finish(
    setup: RunSetup,
    origin: Origin,
    made: TrainedNetwork,
    result: FitResult,
    session: Session,
    *,
    refitted: TrainedNetwork | None = None,
    held_back: Predictions | None = None,
    more: dict[str, Any] | None = None,
    heard: review.Pieces | None = None,
    music: WordEmbeddings | None = None,
) -> Trained:
    """Calibrate, measure and report a trained network, and write its bundle.

    Parameters
    ----------
    refitted
        Goes into the bundle in place of ``made``, which is what is measured and kept beside the
        report.
    held_back
        The answers to measure by, of a network that has learned from every song.
    more
        What else the evaluation is to hold.
    heard
        What the network makes of windows apart of all songs, where it is known already.
    music
        What it makes of music by its name, where that is known already.
    """
    plan, data, labels, parts = setup.plan, setup.data, setup.labels, setup.split
    out, hop = Path(plan.out), window_columns(data.spec)
    samples = np.concatenate([windows_of(data, i, hop)[0][:2] for i in parts.valid[:9]])
    listen = module.graph(made.model)
    session.note(say("Measuring on the songs that were kept back."))
    predictions = held_back or predict(data, parts.valid, labels, module.logits_of(listen))
    calibration = calibrate(predictions)
    evaluation, certainty, bounds = _held(predictions, calibration, setup)
    evaluation |= more or {}

    def pieces() -> review.Pieces:
        return heard or review.pieces(listen, data, plan.seed, session.ctx)

    evaluation |= _beside(setup, pieces, predictions, calibration, session)
    evaluation["history"] = [dataclasses.asdict(epoch) for epoch in result.history]
    what = "words" if predictions.several else "genres"
    title = plan.title or f"{origin.title}, {len(labels)} {what}"
    epochs = KeptEpoch(result.kept_epoch, len(result.history)) if plan.mode != "quick" else None
    report.write(plan.run_dir, evaluation, predictions, title=title)

    def written(
        folder: Path, kept: TrainedNetwork, learned: Sequence[int], *, again: bool
    ) -> Bundle:
        brought = _music(kept, setup, learned, session) if music is None else music
        about = bundling.About(
            id=out.name,
            title=title,
            network=origin.network,
            paper=origin.paper,
            data=plan.data_note or _describe(setup),
            split=_kept_apart(setup, again=again),
            seed=plan.seed,
            licence=plan.licence or "The weights belong to whoever trained them.",
            notes=_notes(setup, origin, result, evaluation, refitted=again),
            makes_sound=origin.makes_sound,
            epochs=epochs,
        )
        return bundling.write(
            folder,
            kept,
            about,
            labels=labels,
            frontend=data.spec,
            evaluation=evaluation,
            certainty=certainty,
            features=samples,
            thresholds=bounds,
            embeddings=other_music.packed(brought),
        )

    # the bundle comes last: where it is, all is done
    if refitted is None:
        bundle = written(out, made, parts.train, again=False)
    else:
        shutil.rmtree(plan.first, ignore_errors=True)  # of a run that was killed just here
        written(plan.first, made, parts.train, again=False)
        bundle = written(out, refitted, (*parts.train, *parts.valid), again=True)
    for left in plan.run_dir.glob("*.safetensors"):
        left.unlink()
    return Trained(bundle, evaluation, result.history)


def _music(
    kept: TrainedNetwork, setup: RunSetup, learned: Sequence[int], session: Session
) -> WordEmbeddings:
    """Let a network hear a few of the songs it learned from, if a word can be taught beside its."""
    if holds_several(setup.data) or HEAD_WEIGHT not in load(kept.weights):
        return {}
    return other_music.learned_from(module.graph(kept.model), setup.data, learned, session.ctx)


def _beside(
    setup: RunSetup,
    pieces: Callable[[], review.Pieces],
    predictions: Predictions,
    calibration: Calibration,
    session: Session,
) -> dict[str, Any]:
    """Return what the accuracy has to be seen beside; see ``evaluation/review.py``."""
    plan, data, ctx = setup.plan, setup.data, session.ctx
    begun_with = review.begun_with(plan)
    session.note(
        say("Comparing with {title} and with guessing.", title=begun_with["title"])
        if begun_with
        else say("Comparing with guessing.")
    )
    several = predictions.several
    return {
        "wrong": review.mistakes(predictions, calibration)["wrong"],
        "guessing": review.guessing(data, setup.split),
        "nearest": None if several else nearest.measured(data, setup.folds or (setup.split,)),
        "begun_with": begun_with,
        "start": review.start_model(plan, data, predictions, calibration, ctx),
        "leaks": review.leaks(data, setup.split, setup.folds),
        "segments": None if several else review.flattery(pieces, labels_of(data), plan.seed),
        "recipe": setup.recipe.to_dict(),
    }
