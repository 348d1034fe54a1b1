"""Several networks that hear the same windows as one: embeddings side by side, one last layer.

``live+edge`` names the two of them. A last layer on both embeddings can weigh every number of
either, so it can also be the mean of the answers of a last layer for each.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.nets.init import keras_
from genredesk.nets.network import Network
from genredesk.nets.spec import AND, NetSpec
from genredesk.nets.standardise import Standardised, untouched

Shape = tuple[int, int, int]


class Joined(Network):
    """Networks in a row, each behind its own standardisation and without its own last layer.

    Parameters
    ----------
    ears
        Networks that take the same features; those of a network that is joined itself are taken
        one by one.
    n_classes
        Of the last layer for all of them.
    shapes
        Where they take different features, which then lie side by side in one row (see
        ``features/joint.py``): the shape of each network's, those of a joined one one by one.

    Raises
    ------
    DataError
        When one of them has no last layer that could be replaced.
    """

    def __init__(
        self, ears: Sequence[Standardised], n_classes: int, shapes: Sequence[Shape] = ()
    ) -> None:
        super().__init__()
        self.shapes = tuple(shapes)
        flat: list[nn.Module] = []
        width = 0
        for ear in ears:
            layer = ear.last_layer()
            if layer is None:
                raise DataError(
                    say(
                        "A network without a last layer of its own, as every autoencoder, "
                        "cannot hear together with others. Leave it out."
                    )
                )
            width += layer.in_features
            if isinstance(ear.net, Joined):
                flat += ear.net.ears
            else:
                ear.net.add_module("head", nn.Identity())
                flat.append(ear)
        self.ears = nn.ModuleList(flat)
        self.head = nn.Linear(width, n_classes)
        keras_(self.head)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and all embeddings side by side."""
        given = [features] * len(self.ears)
        if self.shapes:
            ends = list(itertools.accumulate(map(math.prod, self.shapes)))
            row = features.flatten(1)
            given = [
                row[:, end - math.prod(shape) : end].reshape(-1, *shape)
                for end, shape in zip(ends, self.shapes, strict=True)
            ]
        embedding = torch.cat([ear(x)[1] for ear, x in zip(self.ears, given, strict=True)], 1)
        return self.head(embedding), embedding

    def penalty(self) -> Tensor:
        """Return the sum of the networks' own weight regularisations."""
        return torch.stack([ear.net.penalty() for ear in self.ears]).sum()  # type: ignore[union-attr]


def _build(  # noqa: PLR0917 - a builder's four, and what they are for
    specs: Sequence[NetSpec],
    shapes: Sequence[Shape],
    n_channels: int,
    n_bands: int,
    n_frames: int,
    n_classes: int,
) -> Joined:
    own = shapes or [(n_channels, n_bands, n_frames)] * len(specs)
    ears = [untouched(spec, shape, n_classes) for spec, shape in zip(specs, own, strict=True)]
    return Joined(ears, n_classes, shapes)


def of(specs: Sequence[NetSpec], shapes: Sequence[Shape] = ()) -> NetSpec:
    """Describe the networks of ``specs`` as one; the shape and the recipe are the first one's.

    ``shapes`` are those of their features where they differ.

    It standardises nothing itself: each network keeps what it was trained with.
    """
    return specs[0].like(
        AND.join(spec.name for spec in specs),
        title=" and ".join(spec.title for spec in specs),
        paper=AND.join(dict.fromkeys(spec.paper for spec in specs)),
        build=partial(_build, tuple(specs), tuple(shapes)),
        parameters=0,  # no paper prints it
        trainable=None,
        total=None,
        scaling="none",
        notes=" ".join(spec.notes for spec in specs),
    )
