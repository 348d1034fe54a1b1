"""What is known after an epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What is known after an epoch (counted from 1); accuracies are shares in [0, 1].

    Those of kept-back songs are 0 where none are kept back; all are ``None`` for a network that is
    not asked for genres while it learns. ``valid_loss`` is the cross entropy of kept-back windows
    where one of the labels holds.
    """

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float | None
    valid_windows: float | None
    valid_songs: float | None
    lr: float
    seconds: float
    best: bool
    valid_loss: float | None = None

    @property
    def score(self) -> float:
        """The higher the better: windows right, else how little is lost, both in [0, 1]."""
        if self.valid_windows is None:
            return 1 / (1 + max(0.0, self.loss))
        return self.valid_windows
