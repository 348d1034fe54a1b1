"""One training run from a plan to a bundle: data, split, network, loop, calibration, export.

Runs inside the worker process; everything it has to say goes through the listener.
"""

from __future__ import annotations

import dataclasses

from genredesk.inference import bundle as bundles
from genredesk.nets.network import Network
from genredesk.training.data.split import Split
from genredesk.training.evaluation import review
from genredesk.training.export import export
from genredesk.training.fit import quick, ranks
from genredesk.training.fit.fit import FitResult, FitRun, fit
from genredesk.training.fit.teachers import taught
from genredesk.training.network import half, module
from genredesk.training.plan.plan import TrainPlan, check
from genredesk.training.runs import search
from genredesk.training.runs.finish import finish
from genredesk.training.runs.prepare import check_device, head_names, network, prepare, set_threads
from genredesk.training.runs.session import RunSetup, Session, Trained


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
    net, run = _attempt(whole, session, "refit")
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


def _base_graph(plan: TrainPlan, net: Network) -> bytes:
    """Return the graph whose body a quick run keeps, empty when its last layer is not replaceable.

    Rounding to half precision changes the body, so such a run exports afresh.
    """
    if plan.mode != "quick" or plan.half:
        return b""
    model = bundles.find(plan.bundle).read(bundles.MODEL)
    return model if export.with_head(model, net) else b""


def _attempt(setup: RunSetup, session: Session, event: str = "epoch") -> tuple[Network, FitRun]:
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
        on_epoch=lambda epoch: session.tell(event, dataclasses.asdict(epoch)),
        on_valid=lambda epoch, answers: session.tell(
            "valid", {"epoch": epoch, **review.mistakes(answers, most=review.MOST_WRONG)}
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
