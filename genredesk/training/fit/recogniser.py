"""A second question while training: which of the songs learned from this is.

Ten genres are soon told apart by heart, and a network that has done so learns nothing more from
its songs. To tell the songs themselves apart it must go on listening to what is in them
(instance discrimination, Wu, Xiong, Yu and Lin 2018, section 3, here as a plain softmax beside the
labels). The second head is thrown away when training ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.nets.network import Network
from genredesk.training.plan.recipe import Recipe

MOST = 2000
"""With more songs than that the head would cost more than the network, and they are many."""
DROPOUT = 0.3
SMOOTHING = 0.1


class Recogniser(nn.Module):
    """A network, and a head on its embedding with one class for every song it learns from.

    Parameters
    ----------
    net
        A classifier; its embedding is what the second head sees.
    songs
        Indices of the songs learned from; the others have no class.
    n_songs
        Songs of the whole set.
    """

    def __init__(self, net: Network, songs: Sequence[int], n_songs: int) -> None:
        super().__init__()
        last = net.last_layer()
        if last is None:
            raise DataError(
                say(
                    "This network has no last layer on an embedding, so it cannot learn to tell "
                    "songs apart. Set recognise to 0."
                )
            )
        self.net = net
        self.drop = nn.Dropout(DROPOUT)
        self.songs = nn.Linear(last.in_features, len(songs))
        self.classes: NDArray[np.intp] = np.full(n_songs + 1, -1, dtype=np.intp)
        self.classes[np.asarray(songs)] = np.arange(len(songs))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, embedding, and the logits of the songs ``(batch, songs)``."""
        logits, embedding = self.net(features)
        return logits, embedding, self.songs(self.drop(embedding))

    def numbers(self, songs: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the class of each song index, -1 for those that have none (and for -1)."""
        return self.classes[songs]

    @staticmethod
    def names(head: Iterable[str]) -> frozenset[str]:
        """Return parameter names of the network as they are called here, the new head's added."""
        return frozenset(f"net.{name}" for name in head) | {"songs.weight", "songs.bias"}


def recogniser(
    recipe: Recipe, net: Network, songs: Sequence[int], n_songs: int
) -> Recogniser | None:
    """Return what a recipe asks for, ``None`` when it asks for nothing or songs are too many.

    Raises
    ------
    DataError
        When the network has no last layer.
    """
    if recipe.recognise <= 0 or len(songs) > MOST:
        return None
    return Recogniser(net, songs, n_songs)


def loss(logits: Tensor, songs: Tensor) -> Tensor:
    """Return the cross entropy of the songs' logits; windows of no song (-1) do not count."""
    known = (songs >= 0).sum().clamp_min(1)
    total = functional.cross_entropy(
        logits.float(), songs, ignore_index=-1, label_smoothing=SMOOTHING, reduction="sum"
    )
    return total / known
