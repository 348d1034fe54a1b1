"""What every network of the zoo is: features in, ``(logits, embedding)`` out, and a linear head.

Training adds :meth:`Network.penalty` to the loss; quick mode trains a new ``head`` on cached
embeddings, so ``logits == head(embedding)`` holds for every classifier in eval mode.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genredesk.nets.init import keras_


class Network(nn.Module):
    """Base of all networks.

    ``forward`` takes features ``(batch, channels, bands, frames)`` and returns logits
    ``(batch, n_classes)`` and an embedding ``(batch, d)``.
    """

    head: nn.Linear
    """The last layer; a network whose logits do not come from one has none."""

    def penalty(self) -> Tensor:
        """Return the paper's own weight regularisation: a float32 scalar to add to the loss."""
        return torch.zeros((), device=next(self.parameters()).device)

    def views(self, features: Tensor) -> Tensor:
        """Return the views of raw windows that an answer is the mean of, one after the other.

        ``(batch, …)`` to ``(n * batch, …)``; in evaluation only. One view unless a network says
        otherwise, the window as it is.
        """
        return features

    def last_layer(self) -> nn.Linear | None:
        """Return the layer with ``logits == layer(embedding)``, or ``None``."""
        return getattr(self, "head", None)

    def new_head(self, n_classes: int) -> None:
        """Put a freshly initialised last layer for ``n_classes`` other labels in place."""
        old = self.last_layer()
        if old is None:
            raise TypeError(f"{type(self).__name__} has no last layer to replace")
        has_bias = "bias" in dict(old.named_parameters())
        head = nn.Linear(old.in_features, n_classes, bias=has_bias)
        keras_(head)
        self.head = head.to(old.weight.device, old.weight.dtype)


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """Parameters of a network: ``total`` as Keras prints it, with batch norm's statistics."""

    trainable: int
    total: int


def count(module: nn.Module) -> ParameterCounts:
    """Count the parameters of ``module``.

    ``total`` holds the frozen parameters and the running means and variances of batch norm, but
    neither its step counter nor other buffers (a standardisation is data, not a parameter).
    """
    trainable = sum(p.numel() for p in module.parameters() if p.requires_grad)
    statistics = sum(
        b.numel()
        for name, b in module.named_buffers()
        if name.rpartition(".")[2] in ("running_mean", "running_var")
    )
    return ParameterCounts(trainable, sum(p.numel() for p in module.parameters()) + statistics)


def absolute_sum(weight: Tensor) -> Tensor:
    """Sum of absolute values in float32, whatever ``weight``'s type.

    ``sum`` adds in pairs; a 1-norm adds one after the other, and over two million weights that
    loses three parts in ten thousand (and takes longer).
    """
    return weight.abs().sum(dtype=torch.float32)


def square_sum(weight: Tensor) -> Tensor:
    """Sum of squares in float32, whatever ``weight``'s type (Keras' ``l2``: no factor one half)."""
    flat = weight.float().flatten()
    with torch.autocast(weight.device.type, enabled=False):
        return torch.dot(flat, flat)
