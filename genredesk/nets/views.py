"""Other views of the same window: the same music a little higher, or a little slower.

A network that was trained on windows shifted and stretched by chance answers each view a little
differently; the mean of its embeddings over a few fixed views is steadier than any of them
(test-time augmentation). The weights are the same for all, only the time is multiplied.
"""

from __future__ import annotations

import torch
from torch import Tensor


def higher(features: Tensor, bands: int) -> Tensor:
    """Move ``(batch, channels, bands, frames)`` up by ``bands``; the lowest band fills the gap."""
    if not bands:
        return features
    low = features[:, :, :1].expand(-1, -1, bands, -1)
    return torch.cat([low, features[:, :, :-bands]], 2)


def stretching(frames: int, factor: float) -> Tensor:
    """Return the matrix ``(frames, frames)`` by which ``features @ matrix`` is played slower.

    Column ``i`` of the result is read, between two columns, at ``centre + (i - centre) / factor``:
    the middle of the window stays, and for a ``factor`` over 1 its ends are cut off.
    """
    centre = (frames - 1) // 2
    place = (torch.arange(frames) - centre) / factor + centre
    place = place.clamp(0, frames - 1)
    low = place.floor().long()
    share = (place - low).float()
    matrix = torch.zeros(frames, frames)
    columns = torch.arange(frames)
    matrix[low, columns] += 1 - share
    matrix[(low + 1).clamp_max(frames - 1), columns] += share
    return matrix
