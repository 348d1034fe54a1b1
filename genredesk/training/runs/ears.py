"""What the ears of a quick run make of windows, and the network that a last layer on them is.

An ear is a bundle that a run goes on from, several hear together. They listen through their own
graphs, so nothing here needs torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import BundleError
from genredesk.core.genres import genre_key
from genredesk.core.scores import FloatArray
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.nets.spec import AND
from genredesk.training.export import join
from genredesk.training.export.bundling import TrainedNetwork
from genredesk.training.network import logistic, module, weights
from genredesk.training.network.logistic import Matrix
from genredesk.training.network.module import Embed
from genredesk.training.plan import ears as plan_ears


def _networks(bundle: Bundle) -> int:
    """Return how many networks a bundle joins."""
    return len(bundle.card.network.split(AND))


def _inputs(found: Sequence[Bundle]) -> list[join.EarInput]:
    """Return where each bundle's features lie in a row of all; none where all share theirs."""
    if not plan_ears.frontends(found):
        return []
    parts, at = [], 0
    for bundle in found:
        spec = bundle.card.frontend
        parts.append(join.EarInput(at, spec.shape))
        # a bundle of several networks with one front end has it once for each of them
        at += math.prod(spec.shape) * (1 if spec.parts else _networks(bundle))
    return parts


def widths(found: Sequence[Bundle]) -> tuple[int, ...]:
    """Return how many numbers the embedding of each has.

    Raises
    ------
    DataError
        When one has no last layer of its own, or no weights.
    """
    return tuple(weights.of_body(bundle)[weights.HEAD_WEIGHT].shape[1] for bundle in found)


def embedder(found: Sequence[Bundle], threads: int = 0) -> Embed:
    """Return what bundles make of windows of :func:`plan_ears.frontend`, side by side.

    Parameters
    ----------
    threads
        How many hear at once, see :func:`module.graph`.
    """
    listen = [module.graph(bundle.read(bundles.MODEL), threads) for bundle in found]
    inputs = _inputs(found)

    def embed(features: FloatArray) -> FloatArray:
        given = [features] * len(listen)
        if inputs:
            row = features.reshape(len(features), -1)
            given = [
                row[:, part.start : part.start + math.prod(part.shape)].reshape(-1, *part.shape)
                for part in inputs
            ]
        return np.concatenate([hear(x)[1] for hear, x in zip(listen, given, strict=True)], axis=1)

    return embed


def known(
    found: Sequence[Bundle], labels: Sequence[str], *, strange: bool = False
) -> tuple[Matrix | None, ...]:
    """Return what each bundle already says of ``labels``, as last layers on its embeddings.

    Its calibrated logits of the words it knows by the same name, less their mean, so that a word
    it does not know begins as their average. Only bundles that come with the program are asked: one
    that was trained here may have learned from the very songs, and songs held back would be none.

    Parameters
    ----------
    strange
        Ask every bundle; the caller knows that it never heard the songs.

    Returns
    -------
    tuple
        For each ``(labels, d + 1)``, or ``None`` where it knows less than two, or where several of
        its words may hold; empty when that is so for all.
    """
    layers = tuple(
        _known(bundle, labels) if strange or bundle.shipped else None for bundle in found
    )
    return layers if any(layer is not None for layer in layers) else ()


def _known(bundle: Bundle, labels: Sequence[str]) -> Matrix | None:
    card = bundle.card
    place = {genre_key(word): i for i, word in enumerate(card.labels)}
    at = [place.get(genre_key(label)) for label in labels]
    mine = [i for i, row in enumerate(at) if row is not None]
    if len(mine) < 2 or card.task == "several":
        return None
    table = weights.of_body(bundle)
    if weights.HEAD_BIAS not in table:
        return None
    every = np.column_stack([table[weights.HEAD_WEIGHT], table[weights.HEAD_BIAS]])
    own = every[[row for row in at if row is not None]]
    layer = np.zeros((len(labels), own.shape[1]))
    layer[mine] = (own - own.mean(axis=0)) / card.temperature
    return layer


def with_layer(found: Sequence[Bundle], layer: Matrix, embed: Embed) -> TrainedNetwork:
    """Return the networks of bundles as one that ends in ``layer (classes, d + 1)``.

    Parameters
    ----------
    embed
        That of :func:`embedder`: what the new graph is compared with.

    Raises
    ------
    BundleError
        When their graphs cannot be put together.
    """
    tables = [weights.of_body(bundle) for bundle in found]
    models = [bundle.read(bundles.MODEL) for bundle in found]
    try:
        graph = join.graph(models, layer, _inputs(found), plan_ears.frontend(found).frames)
    except BundleError as error:
        names = " + ".join(bundle.card.title for bundle in found)
        raise BundleError(f"{names}: {error}.") from error

    def answers(features: FloatArray) -> tuple[FloatArray, FloatArray]:
        embedding = embed(features)
        return logistic.answers(layer, embedding).astype(np.float32), embedding

    return TrainedNetwork(
        graph,
        join.weights(tables, [_networks(bundle) for bundle in found], layer),
        _parameters(found, tables, layer.size),
        answers,
    )


def parameters(found: Sequence[Bundle], of_layer: int) -> int:
    """Return how many parameters bundles have together, ``of_layer`` of them in the last layer."""
    return _parameters(found, [weights.of_body(bundle) for bundle in found], of_layer)


def _parameters(
    found: Sequence[Bundle], tables: Sequence[dict[str, NDArray[np.generic]]], of_layer: int
) -> int:
    own = 0
    for bundle, table in zip(found, tables, strict=True):
        heads = [table[k].size for k in (weights.HEAD_WEIGHT, weights.HEAD_BIAS) if k in table]
        own += bundle.card.parameters - sum(heads)
    return own + of_layer
