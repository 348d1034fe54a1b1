"""The weights of a bundle by name, without torch, and what a last layer is called among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from genredesk.core.errors import BundleError, DataError
from genredesk.core.messages import say
from genredesk.inference.bundle import IMPORTED, Bundle

HEAD_WEIGHT, HEAD_BIAS = "net.head.weight", "net.head.bias"
"""Of the network behind its standardisation: ``logits == embedding @ weight.T + bias``."""


def check_there(bundle: Bundle) -> None:
    """Make sure that a bundle has weights to go on with.

    Raises
    ------
    DataError
        When it was made of a graph from elsewhere.
    """
    if bundle.card.network == IMPORTED:
        raise DataError(
            say(
                "{title} was imported as a graph without weights to train on. Choose another "
                "model to start from.",
                title=bundle.card.title,
            )
        )


def no_last_layer() -> DataError:
    """Return what is said of a network on whose body nothing else can be learned."""
    return DataError(
        say(
            "This network, as every autoencoder, has no last layer that other genres could "
            "take. Train it from scratch."
        )
    )


def misfit(bundle: Bundle) -> BundleError:
    """Return what is said of weights that are damaged or another network's."""
    return BundleError(
        say(
            "{id}: its weights do not fit the network {network}. Import the bundle again.",
            id=bundle.id,
            network=bundle.card.network,
        )
    )


def of_body(bundle: Bundle) -> dict[str, NDArray[np.generic]]:
    """Return the weights of a bundle whose last layer can be replaced.

    Raises
    ------
    DataError
        When there are none, or no last layer among them.
    BundleError
        When they are damaged.
    """
    check_there(bundle)
    try:
        found = load(bundle.weights())
    except (SafetensorError, ValueError) as error:
        raise misfit(bundle) from error
    if HEAD_WEIGHT not in found:
        raise no_last_layer()
    return found
