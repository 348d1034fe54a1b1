"""The torch network of a bundle or a plan, with its standardisation in front."""

from __future__ import annotations

from collections.abc import Sequence

from safetensors.torch import load as load_safetensors

from genredesk.core.errors import BundleError, DataError
from genredesk.inference.bundle import IMPORTED, Bundle
from genredesk.inference.card import ModelCard
from genredesk.nets import joined, registry
from genredesk.nets.network import Network
from genredesk.nets.spec import AND, Scaling
from genredesk.nets.standardise import Standardised, statistics, untouched
from genredesk.training.data.songs import SongSet, iter_windows, window_columns


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
            raise DataError(f"{card.id}: its front end is not made for the network {card.network}.")
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
        raise DataError(
            "This network, as every autoencoder, has no last layer that other genres could take. "
            "Train it from scratch."
        )


def network_of(bundle: Bundle) -> Standardised:
    """Return the trained torch network of a bundle, in evaluation mode.

    Raises
    ------
    BundleError
        When its weights are damaged or belong to another network.
    """
    if bundle.card.network == IMPORTED:
        raise DataError(
            f"{bundle.card.title} was imported as a graph without weights to train on. Choose "
            "another model to start from."
        )
    net = build(bundle.card)
    try:
        net.load_state_dict(load_safetensors(bundle.weights()))
    except (RuntimeError, ValueError) as error:
        raise BundleError(
            f"{bundle.id}: its weights do not fit the network {bundle.card.network}. Import the "
            "bundle again."
        ) from error
    net.eval()
    return net
