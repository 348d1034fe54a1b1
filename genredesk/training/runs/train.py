"""One training run from a plan to a bundle: data, split, network, loop, calibration, export.

Quick runs, which learn a last layer alone, are those of
:mod:`genredesk.training.runs.last_layer`. Both run inside the worker process; everything they have
to say goes through the listener.
"""

from __future__ import annotations

import dataclasses

from genredesk.core.messages import say
from genredesk.nets.network import Network
from genredesk.nets.transfer import Transfer
from genredesk.training.batches import generate
from genredesk.training.data.split import Split
from genredesk.training.export import export
from genredesk.training.fit import ranks
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitResult, FitRun
from genredesk.training.fit.teachers import taught
from genredesk.training.network import half
from genredesk.training.plan.plan import TrainPlan, check
from genredesk.training.runs import last_layer, search
from genredesk.training.runs.finish import finish
from genredesk.training.runs.messages import EpochEvent, FinishingEvent, RefitEvent
from genredesk.training.runs.prepare import check_device, head_names, network, prepare, set_threads
from genredesk.training.runs.session import NetworkSetup, Origin, Session, Trained


def train(plan: TrainPlan, session: Session | None = None) -> Trained:
    """Run a plan of any mode to its end.

    Raises
    ------
    Cancelled
        When the job was cancelled; the checkpoint stays, so that it can be resumed.
    GenreDeskError
        When the data, the plan or the machine does not allow it.
    """
    session = session or Session()
    if plan.mode == "quick":
        return last_layer.train(plan, session)
    setup = _begin(plan, session)
    result, setup = search.best(setup, _attempt, session) if plan.minutes else (None, setup)
    net, run = _attempt(setup, session)
    result = result or fit(taught(run))
    net = _settled(net, plan, result)
    again = _refitted(setup, result, session)
    session.tell(FinishingEvent())
    session.note(say("Exporting the network."))
    shape = setup.data.spec.shape
    made = export.trained(net, shape)
    refitted = None if again is None else export.trained(again, shape)
    return finish(setup, _origin(setup, net), made, result, session, refitted=refitted)


def _origin(setup: NetworkSetup, net: Network) -> Origin:
    """Return what the network is and what it began with."""
    spec, began = setup.spec, ""
    inner = getattr(net, "net", net)
    if setup.plan.mode == "scratch" and isinstance(inner, Transfer):
        kept = (
            say(" and was {backbone}", backbone=setup.recipe.backbone) if setup.pretrained else ""
        )
        began = say("Its backbone began with {origin}{kept}.", origin=inner.origin, kept=kept)
    sounds = generate.can(spec, setup.data.spec)
    return Origin(spec.name, spec.title, spec.paper, sounds, began)


def _settled(net: Network, plan: TrainPlan, result: FitResult) -> Network:
    """Give a network the weights that were kept, as its bundle will hold them."""
    net = net.cpu()
    net.load_state_dict(result.weights)
    if plan.half:
        half.round_weights(net)
    return net.eval()


def _refitted(setup: NetworkSetup, result: FitResult, session: Session) -> Network | None:
    """Train once more, on the kept-back songs too, for as many epochs as were good.

    There is nothing left to measure this network with: the first one's numbers stand for it.
    """
    plan = setup.plan
    if not plan.refit:
        return None
    session.note(say("Training once more, on the songs that were kept back too."))
    parts = Split((*setup.split.train, *setup.split.valid), (), (), "all songs")
    rules = setup.recipe.replace(keep="last", patience=0, epochs=result.kept_epoch)
    whole = dataclasses.replace(setup, split=parts, recipe=rules)
    net, run = _attempt(whole, session, RefitEvent)
    again = fit(taught(dataclasses.replace(run, checkpoint=plan.refit_checkpoint)))
    return _settled(net, plan, again)


def _begin(plan: TrainPlan, session: Session) -> NetworkSetup:
    check(plan)
    ranks.check(plan)
    check_device(plan.device)
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


def _attempt(
    setup: NetworkSetup, session: Session, event: type[EpochEvent | RefitEvent] = EpochEvent
) -> tuple[Network, FitRun]:
    """Make the network to begin with and what trains it, telling every epoch as ``event``."""
    plan, net = setup.plan, network(setup, session)
    return net, FitRun(
        net=net,
        data=setup.data,
        split=setup.split,
        labels=setup.labels,
        recipe=setup.recipe,
        seed=plan.seed,
        ctx=session.ctx,
        checkpoint=plan.checkpoint,
        resume=plan.resume,
        on_epoch=lambda report: session.epoch(report, event),
        on_valid=session.valid,
        on_note=session.note,
        stop=session.stop,
        head=head_names(net) if plan.mode == "full" else None,
        accelerator=plan.device,
        devices=plan.devices,
        nodes=plan.nodes,
        outliers=setup.outliers,
        task=setup.spec.task,
    )
