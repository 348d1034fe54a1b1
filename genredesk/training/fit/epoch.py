"""What is known after an epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What is known after an epoch (counted from 1); accuracies are shares in [0, 1].

    Those of kept-back songs are 0 where none are kept back; ``train_accuracy`` is ``None`` for a
    network that is not asked for genres while it learns.
    """

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float | None
    valid_windows: float
    valid_songs: float
    lr: float
    seconds: float
    best: bool
