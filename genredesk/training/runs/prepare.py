"""From a plan to everything a run begins with: songs, split, recipe, and the network itself."""

from __future__ import annotations

import os

import torch

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.features.frontend import FrontendSpec
from genredesk.nets import registry
from genredesk.nets.network import Network
from genredesk.nets.spec import AND, NetSpec, with_fields
from genredesk.training.batches import outliers, vary
from genredesk.training.data import split
from genredesk.training.data.songs import SongSet, labels_among, labels_of
from genredesk.training.data.sources import frontend_of, open_data
from genredesk.training.data.split import Split
from genredesk.training.network import pretrained, rebuild
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan import plan as plans
from genredesk.training.plan.changed import of_plan
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.messages import SplitEvent
from genredesk.training.runs.session import NetworkSetup, Session


def recipe_of(plan: TrainPlan, spec: NetSpec) -> Recipe:
    """Return the recipe of a plan with the plan's own changes."""
    return of_plan(plan, "live-finetune" if plan.mode == "full" else spec.recipe)


def set_threads(wanted: int) -> int:
    """Set torch's threads; 0 takes all cores but one, at most eight.

    Raises
    ------
    DataError
        When the number is below zero.
    """
    plans.check_threads(wanted)
    number = wanted or max(1, min(8, (os.cpu_count() or 2) - 1))
    torch.set_num_threads(number)
    return number


def check_device(name: str) -> None:
    """Refuse a device that is not there, before anything long begins.

    Raises
    ------
    DataError
        With the devices that can be asked for, or why this one cannot.
    """
    plans.check_device(name)
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if name in there and not there[name]():
        raise DataError(
            say(
                "Torch finds no {name} device on this computer. Choose auto or cpu, or install "
                "the torch that is made for it.",
                name=name,
            )
        )


def _split(plan: TrainPlan, data: SongSet, session: Session) -> Split:
    parts = split.automatic(data, seed=plan.seed)
    missing = set(labels_of(data)) - labels_among(data, parts.train)
    if missing:
        raise DataError(
            say(
                "No song of {missing} is in the training part. Add songs to this genre.",
                missing=min(missing),
            )
        )
    shared = split.shared_artists(data.songs, parts)
    session.tell(SplitEvent(parts.protocol, len(parts.train), len(parts.valid), tuple(shared)))
    return parts


def spec_of(plan: TrainPlan) -> NetSpec:
    """Return the network of a plan, with the plan's own changes to its architecture."""
    if plan.mode == "scratch":
        own = recipe_of(plan, registry.get(plan.network)).network
        return registry.get(with_fields(plan.network, {**own, **plan.network_changes}))
    return registry.get(AND.join(bundle.card.network for bundle in plan_ears.of(plan)))


def _default_frontend(plan: TrainPlan, spec: NetSpec) -> FrontendSpec:
    if plan.mode == "scratch":
        return spec.frontend
    return plan_ears.frontend(plan_ears.of(plan))


def _check_words(spec: NetSpec, rules: Recipe) -> None:
    """Refuse what several words a song cannot be learned with.

    Raises
    ------
    DataError
        Names it.
    """
    if spec.task != "classify":
        raise DataError(
            say(
                "{title} learns one genre a song. Take another network for several words.",
                title=spec.title,
            )
        )
    if rules.teachers or rules.vary > 0:
        raise DataError(
            say(
                "“{title}” learns one genre a song, from teachers or an autoencoder. Take "
                "another recipe for several words.",
                title=rules.title,
            )
        )


def _check_length(plan: TrainPlan, rules: Recipe) -> None:
    """Refuse windows of another length for a network that has learned to hear already."""
    if plan.mode != "scratch" and rules.segment_s:
        raise DataError(
            say(
                "{bundle} hears windows of the length it learned with. Leave segment_s at 0, or "
                "train from scratch.",
                bundle=plan.bundle,
            )
        )


def prepare(plan: TrainPlan, session: Session) -> NetworkSetup:
    """Open the data and settle split and recipe."""
    spec = spec_of(plan)
    # what was asked for is looked at before songs are read, which may take long
    rules = recipe_of(plan, spec)
    _check_length(plan, rules)
    default = _default_frontend(plan, spec)
    if rules.vary > 0 and not plan.mels:  # an array file says itself what it was made with
        vary.source(rules, frontend_of(plan, default, rules.segment_s))
    given = pretrained.wanted(spec, plan.weights, imagenet_too=plan.imagenet, ctx=session.ctx)
    if plan.words:
        _check_words(spec, rules)
    data = open_data(
        plan, default, session.ctx, session.scanned, session.note, segment_s=rules.segment_s
    )
    if plan.mels and data.spec.fingerprint != default.fingerprint:
        session.note(
            say(
                "The arrays were not made by {frontend_name}, the front end of {spec}'s paper; "
                "the network learns to hear through theirs.",
                frontend_name=spec.frontend_name,
                spec=spec.name,
            )
        )
    parts = _split(plan, data, session)
    session.tell(rules)
    drawn = outliers.draw(rules, data.spec, session.ctx)
    return NetworkSetup(
        plan, rules, data, parts, labels_of(data), spec=spec, outliers=drawn, pretrained=given
    )


def network(setup: NetworkSetup, session: Session) -> Network:
    """Return the network to begin with: fresh, or a bundle's (its standardisation stays)."""
    plan = setup.plan
    torch.manual_seed(plan.seed)
    if plan.mode == "scratch":
        net = setup.spec.build(*setup.data.spec.shape, len(setup.labels))
        if said := pretrained.begin(net, setup.pretrained, setup.recipe.backbone):
            session.note(said)
        return rebuild.standardised(net, setup.spec.scaling, setup.data, setup.split.train)
    found = plan_ears.of(plan)[0]
    net = rebuild.network_of(found)
    if found.card.labels != setup.labels:
        rebuild.check_last_layer(net)
        net.new_head(len(setup.labels))
    return net


def head_names(net: Network) -> frozenset[str] | None:
    """Return the names of the last layer's parameters, ``None`` when there is no such layer."""
    layer = net.last_layer()
    if layer is None:
        return None
    mine = {id(parameter) for parameter in layer.parameters()}
    return frozenset(name for name, p in net.named_parameters() if id(p) in mine)
