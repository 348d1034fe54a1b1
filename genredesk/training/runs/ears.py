"""Networks and graphs of the bundles a run goes on from, several of them put together as one."""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.nets.joined import Joined
from genredesk.nets.network import Network
from genredesk.nets.standardise import Standardised
from genredesk.training.export import export, join
from genredesk.training.fit import other_music, quick
from genredesk.training.fit.run import FitRun
from genredesk.training.network import module, rebuild


def network(found: Sequence[Bundle], n_classes: int) -> Standardised:
    """Return the networks of bundles as one, in evaluation mode; a single one as it is."""
    nets = [rebuild.network_of(bundle) for bundle in found]
    return nets[0] if len(nets) == 1 else Standardised(Joined(nets, n_classes)).eval()


def graph(found: Sequence[Bundle], net: Network) -> bytes:
    """Return the graphs of bundles as one, whose last layer is that of ``net``.

    Empty when that cannot be: a last layer is not replaceable there.
    """
    models = [bundle.read(bundles.MODEL) for bundle in found]
    if len(found) > 1:
        return join.graphs(models, [rebuild.network_of(bundle) for bundle in found], net)
    return models[0] if export.with_head(models[0], net) else b""


def widths(found: Sequence[Bundle]) -> tuple[int, ...]:
    """Return how many numbers the embedding of each has.

    Raises
    ------
    DataError
        When one has no last layer of its own.
    """
    out = []
    for bundle in found:
        net = rebuild.network_of(bundle)
        rebuild.check_last_layer(net)
        layer = net.last_layer()
        out.append(layer.in_features if layer is not None else 0)
    return tuple(out)


def hear(
    found: Sequence[Bundle], run: FitRun, indices: Sequence[int], *, afresh: bool = False
) -> tuple[quick.SongEmbeddings, bytes]:
    """Let the networks of bundles hear songs, and other music as far as it is there for them.

    Parameters
    ----------
    run
        Its ``net`` is that of :func:`network`.
    afresh
        Leave the bundles' graphs alone: the bodies are to be changed.

    Returns
    -------
    (heard, graph)
        The graph is that of :func:`graph`, empty where it was not used.
    """
    base = b"" if afresh else graph(found, run.net)
    listen = module.graph(base) if base else module.listener(run.net.cpu().eval())
    others = other_music.heard_by(found, run.labels)
    return quick.hear(run, listen, indices, others), base
