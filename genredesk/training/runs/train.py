"""One training run from a plan to a bundle: data, split, network, loop, calibration, export.

Runs inside the worker process; everything it has to say goes through the listener.
"""

from __future__ import annotations

import dataclasses

from genredesk.nets.network import Network
from genredesk.training.data.split import Split
from genredesk.training.evaluation import review
from genredesk.training.fit import quick, ranks
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitResult, FitRun
from genredesk.training.fit.teachers import taught
from genredesk.training.network import half
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan.plan import TrainPlan, check
from genredesk.training.runs import ears, search
from genredesk.training.runs.finish import finish
from genredesk.training.runs.messages import EpochEvent, RefitEvent
from genredesk.training.runs.prepare import check_device, head_names, network, prepare, set_threads
from genredesk.training.runs.session import RunSetup, Session, Trained
from genredesk.training.runs.wire import valid_event


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
    result, setup = search.best(setup, _attempt, session) if plan.minutes else (None, setup)
    net, run = _attempt(setup, session)
    if plan.mode == "quick":
        return _quick(setup, run, session)
    result = result or fit(taught(run))
    net = _settled(net, plan, result)
    again = _refitted(setup, result, session)
    return finish(setup, net, result, session, refitted=again)


def _quick(setup: RunSetup, run: FitRun, session: Session) -> Trained:
    """Learn a last layer on networks as they are; see :mod:`genredesk.training.fit.quick`."""
    plan, found = setup.plan, plan_ears.of(setup.plan)
    widths = ears.widths(found)
    session.note("Listening to the songs.")
    heard, base = ears.hear(found, run, setup.split.train, afresh=plan.half)
    session.note("Learning from the songs, each held back in turn.")
    kept = quick.choose(run, heard, setup.folds, widths)
    more = {"way": kept.head.way, "ears": quick.compared(run, heard, setup.folds, widths, kept)}
    result = quick.new_head(run, heard, kept)
    net = _settled(run.net, plan, result)
    return finish(setup, net, result, session, base=base, held_back=kept.held_back, more=more)


def _settled(net: Network, plan: TrainPlan, result: FitResult) -> Network:
    """Give a network the weights that were kept, as its bundle will hold them."""
    net = net.cpu()
    net.load_state_dict(result.weights)
    if plan.half:
        half.round_weights(net)
    return net.eval()


def _refitted(setup: RunSetup, result: FitResult, session: Session) -> Network | None:
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
    net, run = _attempt(whole, session, RefitEvent)
    again = fit(taught(dataclasses.replace(run, checkpoint=plan.refit_checkpoint)))
    return _settled(net, plan, again)


def _begin(plan: TrainPlan, session: Session) -> RunSetup:
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
    setup: RunSetup, session: Session, event: type[EpochEvent | RefitEvent] = EpochEvent
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
        on_epoch=lambda report: session.tell(event(*dataclasses.astuple(report))),
        on_valid=lambda epoch, answers: session.tell(
            valid_event(epoch, review.mistakes(answers, most=review.MOST_WRONG))
        ),
        on_note=session.note,
        stop=session.stop,
        head=head_names(net) if plan.mode == "full" else None,
        accelerator=plan.device,
        devices=plan.devices,
        nodes=plan.nodes,
        outliers=setup.outliers,
        task=setup.spec.task,
    )
