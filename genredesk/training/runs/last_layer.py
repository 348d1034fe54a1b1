"""One quick run from a plan to a bundle: a new last layer on the bodies of trained networks.

It needs no torch, and is the same where torch is installed; :mod:`genredesk.training.runs.train`
trains whole networks.
"""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.inference.bundle import Bundle
from genredesk.nets.spec import AND
from genredesk.training.data import split
from genredesk.training.data.songs import SongSet, holds_several, labels_among, labels_of, listed
from genredesk.training.data.sources import open_data
from genredesk.training.data.split import Split
from genredesk.training.export.bundling import TrainedNetwork
from genredesk.training.fit import other_music, quick, ranks
from genredesk.training.fit.other_music import WordEmbeddings
from genredesk.training.fit.quick import SongEmbeddings
from genredesk.training.fit.run import QuickRun
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan.changed import of_plan
from genredesk.training.plan.plan import TrainPlan, check, check_device, check_threads
from genredesk.training.runs import ears
from genredesk.training.runs.finish import finish
from genredesk.training.runs.messages import FinishingEvent, SplitEvent
from genredesk.training.runs.session import Origin, RunSetup, Session, Trained

RECIPE = "live"
"""What is told of how the networks below the layer were trained does not matter to it."""


def train(plan: TrainPlan, session: Session | None = None) -> Trained:
    """Run a plan whose mode is ``quick`` to its end.

    Raises
    ------
    Cancelled
        When the job was cancelled.
    GenreDeskError
        When the data, the plan or the machine does not allow it.
    """
    session = session or Session()
    check(plan)
    ranks.check(plan)
    check_device(plan.device)
    check_threads(plan.threads)
    found = plan_ears.of(plan)
    widths = ears.widths(found)
    setup = _prepared(plan, found, session)
    run = QuickRun(setup.data, setup.labels, session.ctx, session.epoch, session.valid)
    session.note(say("Listening to the songs."))
    embed = ears.embedder(found, plan.threads)
    others = other_music.heard_by(found, setup.labels)
    known = () if holds_several(setup.data) else ears.known(found, setup.labels)
    heard = quick.hear(run, embed, setup.split.train, others, known)
    session.note(say("Learning from the songs, each held back in turn."))
    kept = quick.choose(run, heard, setup.folds, widths)
    more = {"way": kept.head.way, "ears": quick.compared(run, heard, setup.folds, widths, kept)}
    layer, result = quick.on_all(run, heard, kept)
    music = {} if holds_several(setup.data) else _music(setup, found, heard)
    session.tell(FinishingEvent())
    session.note(say("Putting the new layer onto the network."))
    made = ears.with_layer(found, layer, embed)
    if plan.half:
        made = _rounded(made, found, setup)
    return finish(
        setup, _origin(found), made, result, session, held_back=kept.held_back, more=more,
        heard=(heard.embedding[heard.apart], heard.truth[heard.apart]), music=music,
    )  # fmt: skip


def _music(setup: RunSetup, found: Sequence[Bundle], heard: SongEmbeddings) -> WordEmbeddings:
    """Return what was learned from: the songs, and other music where the ears know any."""
    own = other_music.means(heard.embedding, heard.song, [song.label for song in setup.data.songs])
    return own | other_music.without(other_music.by_word(found), setup.labels)


def _prepared(plan: TrainPlan, found: Sequence[Bundle], session: Session) -> RunSetup:
    """Open the songs and divide them."""
    rules = of_plan(plan, RECIPE)  # what was asked for is looked at before songs are read
    data = open_data(plan, plan_ears.frontend(found), session.ctx, session.scanned, session.note)
    folds = _folds(plan, data, session)
    session.tell(rules)
    return RunSetup(plan, rules, data, _of_all(folds), labels_of(data), folds)


def _folds(plan: TrainPlan, data: SongSet, session: Session) -> tuple[Split, ...]:
    """Return the folds of a quick run, and tell of them and of songs that cannot be tried."""
    folds = tuple(split.each_once(data.songs, seed=plan.seed))
    parts = _of_all(folds)
    missing = set(labels_of(data)) - labels_among(data, parts.train)
    if missing:
        raise DataError(
            say(
                "No song of {missing} may be learned from, the table keeps them for a test. Add "
                "songs to this genre.",
                missing=min(missing),
            )
        )
    shared = tuple(split.shared_by(data.songs, folds))
    session.tell(SplitEvent(parts.protocol, len(parts.train), len(parts.valid), shared, len(folds)))
    single = sorted(set(labels_of(data)) - labels_among(data, parts.valid))
    if single:
        session.note(
            say(
                "{listed}: with one song there is nothing to try what was learned on. The "
                "numbers speak of the other genres.",
                listed=listed(single),
            )
        )
    return folds


def _of_all(folds: Sequence[Split]) -> Split:
    """Return every song as learned from, and as held back if it was in one of the folds."""
    held = {i for fold in folds for i in fold.valid}
    learned = {i for fold in folds for i in fold.train}
    protocol = f"{len(folds)} folds, {folds[0].protocol}"
    return Split(tuple(sorted(held | learned)), tuple(sorted(held)), (), protocol)


def _origin(found: Sequence[Bundle]) -> Origin:
    cards = [bundle.card for bundle in found]
    return Origin(
        AND.join(card.network for card in cards),
        " and ".join(card.title for card in cards),
        AND.join(dict.fromkeys(part for card in cards for part in card.paper.split(AND))),
    )


def _rounded(made: TrainedNetwork, found: Sequence[Bundle], setup: RunSetup) -> TrainedNetwork:
    """Return the network with weights that half precision holds: its bodies change, so by torch."""
    from safetensors.torch import load  # noqa: PLC0415

    from genredesk.training.export import export  # noqa: PLC0415 - imports torch
    from genredesk.training.network import half, rebuild  # noqa: PLC0415 - imports torch

    net = rebuild.joined_of(found, len(setup.labels))
    net.new_head(len(setup.labels))
    net.load_state_dict(load(made.weights))
    half.round_weights(net)
    return export.trained(net, setup.data.spec.shape)
