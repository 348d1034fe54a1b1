"""One training run from a plan to a bundle: data, split, network, loop, calibration, export.

Runs inside the worker process; everything it has to say goes through the listener.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.features.frontend import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.nets import imagenet, registry
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec
from genredesk.nets.transfer import Transfer
from genredesk.training import (
    export,
    half,
    metrics,
    module,
    outliers,
    quick,
    ranks,
    rebuild,
    recipe,
    report,
    review,
    search,
    split,
)
from genredesk.training.evaluate import (
    Predictions,
    calibrate,
    predict,
    song_probabilities,
    summarise,
)
from genredesk.training.fit import EpochReport, FitResult, Run, fit
from genredesk.training.module import Listen
from genredesk.training.outliers import Outliers
from genredesk.training.plan import TrainPlan, check
from genredesk.training.recipe import Recipe
from genredesk.training.songs import SongSet, labels_of, window_columns, windows_of
from genredesk.training.sources import open_data
from genredesk.training.split import Split
from genredesk.training.teachers import taught

Listener = Callable[[str, dict[str, Any]], None]
"""Called with the name of an event and its plain data."""


def _nobody(_event: str, _data: dict[str, Any]) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Session:
    """How a run is steered and heard from outside."""

    ctx: JobContext = field(default_factory=JobContext)
    tell: Listener = _nobody
    stop: Callable[[], bool] = lambda: False

    def note(self, text: str) -> None:
        """Tell the person a sentence."""
        self.tell("note", {"text": text})


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run leaves behind."""

    bundle: Bundle
    evaluation: dict[str, Any]
    history: tuple[EpochReport, ...]


def recipe_of(plan: TrainPlan, spec: NetSpec) -> Recipe:
    """Return the recipe of a plan with the plan's own changes."""
    name = plan.recipe or ("live-finetune" if plan.mode == "full" else spec.recipe)
    chosen = recipe.get(name)
    changes: dict[str, Any] = {}
    for key in ("epochs", "batch", "lr", "balance"):
        if getattr(plan, key):
            changes[key] = getattr(plan, key)
    return recipe.changed(chosen, {**plan.changes, **changes})


def set_threads(wanted: int) -> int:
    """Set torch's threads; 0 takes all cores but one, at most eight."""
    number = wanted or max(1, min(8, (os.cpu_count() or 2) - 1))
    torch.set_num_threads(number)
    return number


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run works with once its plan was read."""

    plan: TrainPlan
    spec: NetSpec
    recipe: Recipe
    data: SongSet
    split: Split
    labels: tuple[str, ...]
    outliers: Outliers | None = None


def _pretrained(net: Network, plan: TrainPlan, session: Session) -> None:
    """Give a transfer network the ImageNet weights asked for, and say what it begins with."""
    if not isinstance(net, Transfer):
        if plan.weights or plan.imagenet:
            raise DataError(
                f"The network {plan.network} takes no ImageNet weights; mobilenet-v2 and "
                "densenet121 do. Choose one of them or leave the weights out."
            )
        return
    path = Path(plan.weights) if plan.weights else None
    if plan.imagenet:
        path = imagenet.find(net.backbone) or imagenet.download(net.backbone, session.ctx)
    if path is not None:
        net.load_torchvision(path)
    session.note(f"{net.backbone} begins with {net.origin}.")


def _network(setup: Setup, session: Session) -> Network:
    """Return the network to begin with: fresh, or a bundle's (its standardisation stays)."""
    plan = setup.plan
    torch.manual_seed(plan.seed)
    if plan.mode == "scratch":
        net = setup.spec.build(*setup.data.spec.shape, len(setup.labels))
        _pretrained(net, plan, session)
        return rebuild.standardised(net, setup.spec.scaling, setup.data, setup.split.train)
    bundle = bundles.find(plan.bundle)
    net = rebuild.network_of(bundle)
    if plan.mode == "full" and bundle.card.labels != setup.labels:
        net.new_head(len(setup.labels))
    return net


def _head_names(net: Network) -> frozenset[str] | None:
    """Return the names of the last layer's parameters, ``None`` when there is no such layer."""
    layer = net.last_layer()
    if layer is None:
        return None
    mine = {id(parameter) for parameter in layer.parameters()}
    return frozenset(name for name, p in net.named_parameters() if id(p) in mine)


def calibrated(predictions: Predictions) -> tuple[dict[str, Any], float]:
    """Fit calibration and unsure threshold, and measure with them.

    Returns
    -------
    (evaluation, unsure_below)
        See :func:`~genredesk.training.evaluate.summarise`.
    """
    calibration = calibrate(predictions)
    songs = song_probabilities(predictions, calibration)
    threshold = metrics.choose_threshold(songs, predictions.truth)
    evaluation = summarise(predictions, calibration)
    named = songs.max(axis=1) >= threshold
    right = songs.argmax(axis=1) == predictions.truth
    evaluation["unsure_below"] = threshold
    evaluation["named"] = float(named.mean())
    evaluation["named_right"] = float(right[named].mean()) if named.any() else 0.0
    return evaluation, threshold


def card_notes(setup: Setup, net: Network, result: FitResult, evaluation: dict[str, Any]) -> str:
    """Say in sentences what the numbers on the card do not."""
    plan, epochs = setup.plan, f"epoch {result.kept_epoch} of {len(result.history)} kept"
    how = {
        "scratch": f"Trained from scratch with the recipe “{setup.recipe.title}”, {epochs}.",
        "full": f"Fine-tuned from {plan.bundle} with “{setup.recipe.title}”, {epochs}.",
        "quick": f"A new last layer on the body of {plan.bundle}.",
    }[plan.mode]
    parts = [plan.notes] if plan.notes else []
    inner = getattr(net, "net", net)
    if plan.mode == "scratch" and isinstance(inner, Transfer):
        parts.append(f"Its backbone began with {inner.origin}.")
    parts.append(
        f"{how} Calibration error of windows "
        f"{evaluation['ece_uncalibrated']:.3f} before and {evaluation['ece']:.3f} after the "
        f"temperature {evaluation['temperature']:.2f}, of songs {evaluation['ece_songs']:.3f}. "
        f"With the threshold {evaluation['unsure_below']:.2f} it names "
        f"{evaluation['named']:.0%} of the held-back songs, {evaluation['named_right']:.0%} of "
        "them rightly. Temperature and threshold were fitted on the same held-back songs that "
        "the accuracies are measured on."
    )
    if plan.refit:
        parts.append(
            "All numbers are those of this first training. The network in this bundle was then "
            f"trained once more in the same way on all {len(setup.data.songs)} songs, those that "
            "were kept back too, so it cannot be measured on any of them any more."
        )
    return " ".join(parts)


def _describe(data: SongSet, parts: Split) -> str:
    n = len(labels_of(data))
    return f"{len(data.songs)} songs in {n} genres, {len(parts.train)} of them fitted on"


def _split(plan: TrainPlan, data: SongSet, session: Session) -> Split:
    parts = split.automatic(data, seed=plan.seed)
    missing = set(labels_of(data)) - {data.songs[i].label for i in parts.train}
    if missing:
        raise DataError(
            f"No song of {min(missing)} is in the training part. Add songs to this genre."
        )
    shared = split.shared_artists(data.songs, parts)
    session.tell(
        "split",
        {
            "protocol": parts.protocol,
            "train": len(parts.train),
            "valid": len(parts.valid),
            "shared_artists": shared,
        },
    )
    return parts


def train(plan: TrainPlan, session: Session | None = None) -> Trained:
    """Run a plan to its end.

    Raises
    ------
    Cancelled
        When the job was cancelled; the checkpoint stays, so that it can be resumed.
    GenreDeskError
        When the data, the plan or the machine does not allow it.
    """
    session = session or Session()
    setup = _begin(plan, session)
    result, rules = search.best(setup, _attempt, session) if plan.minutes else (None, setup.recipe)
    setup = dataclasses.replace(setup, recipe=rules)
    net, run = _attempt(setup, session)
    base = _base_graph(plan, net)
    if result is None and plan.mode == "quick":
        listen = module.graph(base) if base else module.listener(net.eval())
        result = quick.new_head(run, listen)
    elif result is None:
        result = fit(taught(run))
    net = _settled(net, plan, result)
    again = _refitted(setup, result, session)
    return finish(setup, net, result, session, base=base, refitted=again)


def _settled(net: Network, plan: TrainPlan, result: FitResult) -> Network:
    """Give a network the weights that were kept, as its bundle will hold them."""
    net = net.cpu()
    net.load_state_dict(result.weights)
    if plan.half:
        half.round_weights(net)
    return net.eval()


def _refitted(setup: Setup, result: FitResult, session: Session) -> Network | None:
    """Train once more, on the kept-back songs too, for as many epochs as were good.

    There is nothing left to measure this network with: the first one's numbers stand for it.
    """
    plan = setup.plan
    if not plan.refit:
        return None
    session.note("Training once more, on the songs that were kept back too.")
    parts = Split((*setup.split.train, *setup.split.valid), (), (), "all songs")
    rules = setup.recipe.replace(keep="last", patience=0, epochs=result.kept_epoch)
    whole = dataclasses.replace(setup, split=parts, recipe=rules)
    net, run = _attempt(whole, session, "refit")
    again = fit(taught(dataclasses.replace(run, checkpoint=plan.refit_checkpoint)))
    return _settled(net, plan, again)


def _begin(plan: TrainPlan, session: Session) -> Setup:
    check(plan)
    ranks.check(plan)
    set_threads(plan.threads)
    return prepare(plan, session)


def assist(plan: TrainPlan, session: Session) -> None:
    """Take part in a run of several processes whose first one makes the bundle.

    Raises
    ------
    Cancelled, GenreDeskError
        As :func:`train`.
    """
    fit(taught(_attempt(_begin(plan, session), session)[1]))


def _base_graph(plan: TrainPlan, net: Network) -> bytes:
    """Return the graph whose body a quick run keeps, empty when its last layer is not replaceable.

    Rounding to half precision changes the body, so such a run exports afresh.
    """
    if plan.mode != "quick" or plan.half:
        return b""
    model = bundles.find(plan.bundle).read(bundles.MODEL)
    return model if export.with_head(model, net) else b""


def _attempt(setup: Setup, session: Session, event: str = "epoch") -> tuple[Network, Run]:
    """Make the network to begin with and what trains it, telling every epoch as ``event``."""
    plan, net = setup.plan, _network(setup, session)
    return net, Run(
        net=net,
        data=setup.data,
        split=setup.split,
        labels=setup.labels,
        recipe=setup.recipe,
        seed=plan.seed,
        ctx=session.ctx,
        checkpoint=plan.checkpoint,
        resume=plan.resume,
        on_epoch=lambda epoch: session.tell(event, dataclasses.asdict(epoch)),
        on_valid=lambda epoch, answers: session.tell(
            "valid", {"epoch": epoch, **review.mistakes(answers)}
        ),
        on_note=session.note,
        stop=session.stop,
        head=_head_names(net) if plan.mode == "full" else None,
        accelerator=plan.device,
        devices=plan.devices,
        nodes=plan.nodes,
        outliers=setup.outliers,
        task=setup.spec.task,
    )


def _default_frontend(plan: TrainPlan, spec: NetSpec) -> FrontendSpec:
    if plan.mode == "scratch":
        return spec.frontend
    return bundles.find(plan.bundle).card.frontend


def prepare(plan: TrainPlan, session: Session) -> Setup:
    """Open the data and settle split and recipe."""
    name = plan.network if plan.mode == "scratch" else bundles.find(plan.bundle).card.network
    spec = registry.get(name)
    data = open_data(plan, _default_frontend(plan, spec), session.ctx, session.tell)
    parts = _split(plan, data, session)
    rules = recipe_of(plan, spec)
    session.tell("recipe", rules.to_dict())
    drawn = None if plan.mode == "quick" else outliers.draw(rules, data.spec, session.ctx)
    return Setup(plan, spec, rules, data, parts, labels_of(data), drawn)


def finish(
    setup: Setup,
    net: Network,
    result: FitResult,
    session: Session,
    *,
    base: bytes = b"",
    refitted: Network | None = None,
) -> Trained:
    """Export, calibrate, measure and report a trained network.

    Parameters
    ----------
    refitted
        Goes into the bundle in place of ``net``, which is what is measured.
    """
    plan, data, labels, parts = setup.plan, setup.data, setup.labels, setup.split
    out, hop = Path(plan.out), window_columns(data.spec)
    session.note("Exporting the network.")
    samples = np.concatenate([windows_of(data, i, hop)[0][:2] for i in parts.valid[:9]])
    model = export.graph(net, data.spec.shape, base)
    listen = module.graph(model)
    session.note("Measuring on the songs that were kept back.")
    predictions = predict(data, parts.valid, labels, module.logits_of(listen))
    evaluation, threshold = calibrated(predictions)
    about = export.About(
        id=out.name,
        title=plan.title or f"{setup.spec.title}, {len(labels)} genres",
        network=setup.spec.name,
        paper=setup.spec.paper,
        data=plan.data_note or _describe(data, parts),
        split=f"fit on train, chosen on valid ({parts.protocol})"
        + (", then fitted again on both" if refitted else ""),
        seed=plan.seed,
        licence=plan.licence or "The weights belong to whoever trained them.",
        notes=card_notes(setup, net, result, evaluation),
    )
    kept = refitted or net
    evaluation |= _beside(setup, listen, predictions, session)
    evaluation["history"] = [dataclasses.asdict(epoch) for epoch in result.history]
    report.write(plan.run_dir, evaluation, predictions, title=about.title)
    # the bundle comes last: where it is, all is done
    bundle = export.write(
        out,
        export.graph(kept, data.spec.shape) if refitted else model,
        kept,
        about,
        labels=labels,
        frontend=data.spec,
        evaluation=evaluation,
        unsure_below=threshold,
        features=samples,
    )
    for left in plan.run_dir.glob("*.safetensors"):
        left.unlink()
    return Trained(bundle, evaluation, result.history)


def _beside(
    setup: Setup, listen: Listen, predictions: Predictions, session: Session
) -> dict[str, Any]:
    """Return what the accuracy has to be seen beside; see :mod:`genredesk.training.review`."""
    session.note("Comparing with the model it began with, and with guessing.")
    plan, data, ctx = setup.plan, setup.data, session.ctx
    return {
        "wrong": review.mistakes(predictions, calibrate(predictions))["wrong"],
        "guessing": review.guessing(data, setup.split),
        "begun_with": review.begun_with(plan),
        "start": review.start_model(plan, data, predictions, ctx),
        "leaks": review.leaks(data, setup.split),
        "segments": review.flattery(listen, data, plan.seed, ctx),
        "recipe": setup.recipe.to_dict(),
    }
