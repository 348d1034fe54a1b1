"""The torch network of a bundle or a plan, with its standardisation in front."""

from __future__ import annotations

from collections.abc import Sequence

from safetensors.torch import load as load_safetensors

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard
from genredesk.nets import joined, registry
from genredesk.nets.network import Network
from genredesk.nets.spec import AND, Scaling
from genredesk.nets.standardise import Standardised, statistics, untouched
from genredesk.training.data.songs import SongSet, iter_windows, window_columns
from genredesk.training.network import weights
from genredesk.training.plan import ears as plan_ears


def standardised(
    net: Network, scaling: Scaling, data: SongSet, train: Sequence[int]
) -> Standardised:
    """Put ``net`` behind a standardisation measured on the training songs' windows."""
    hop = window_columns(data.spec)
    mean, std = statistics((windows for _, windows, _ in iter_windows(data, train, hop)), scaling)
    return Standardised(net, mean, std, per_sample=scaling == "sample")


def build(card: ModelCard) -> Standardised:
    """Build the untrained module of a card; its state has the names of ``weights.safetensors``.

    Raises
    ------
    DataError
        When this version knows no network of that name.
    """
    spec = registry.get(card.network)
    if parts := card.frontend.parts:
        ears = [registry.get(name) for name in card.network.split(AND)]
        if len(ears) != len(parts):
            raise DataError(
                say(
                    "{id}: its front end is not made for the network {network}.",
                    id=card.id,
                    network=card.network,
                )
            )
        spec = joined.of(ears, [part.shape for part in parts])
    return untouched(spec, card.frontend.shape, len(card.labels))


def check_last_layer(net: Network) -> None:
    """Make sure that other genres can be learned on the body of ``net``.

    Raises
    ------
    DataError
        When it has no last layer of its own.
    """
    if net.last_layer() is None:
        raise weights.no_last_layer()


def network_of(bundle: Bundle) -> Standardised:
    """Return the trained torch network of a bundle, in evaluation mode.

    Raises
    ------
    BundleError
        When its weights are damaged or belong to another network.
    """
    weights.check_there(bundle)
    net = build(bundle.card)
    try:
        net.load_state_dict(load_safetensors(bundle.weights()))
    except (RuntimeError, ValueError) as error:
        raise weights.misfit(bundle) from error
    net.eval()
    return net


def joined_of(found: Sequence[Bundle], n_classes: int) -> Standardised:
    """Return the networks of bundles as one, in evaluation mode; a single one as it is."""
    nets = [network_of(bundle) for bundle in found]
    if len(nets) == 1:
        return nets[0]
    shapes = [part.shape for part in plan_ears.frontends(found)]
    return Standardised(joined.Joined(nets, n_classes, shapes)).eval()
