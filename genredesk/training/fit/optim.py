"""A recipe's optimiser, learning-rate schedule, penalties and weight average, in torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.training.plan.recipe import Recipe

_OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


def build(
    recipe: Recipe, net: nn.Module, head: Iterable[str] | None = None
) -> torch.optim.Optimizer:
    """Make the optimiser; decay acts on matrices and kernels only, not on biases and norms.

    Parameters
    ----------
    head
        Names of the parameters that learn at the full rate; the others at ``recipe.body_lr`` of
        it. ``None``: all at the full rate.
    """
    if recipe.optimiser not in _OPTIMISERS:
        raise DataError(
            say("The recipe {recipe} asks for an unknown optimizer.", recipe=recipe.name)
        )
    full = None if head is None else set(head)
    parts: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            key = (parameter.ndim > 1, full is None or name in full)
            parts.setdefault(key, []).append(parameter)
    groups = [
        {
            "params": parameters,
            "weight_decay": recipe.weight_decay if decay else 0.0,
            "lr": recipe.lr if is_head else recipe.lr * recipe.body_lr,
        }
        for (decay, is_head), parameters in parts.items()
    ]
    return _OPTIMISERS[recipe.optimiser](groups, lr=recipe.lr, **recipe.options)


def factor(recipe: Recipe, step: int, total: int) -> float:
    """Return what the learning rate is multiplied with at mini-batch ``step`` of ``total``."""
    if recipe.schedule == "exp":
        gone = step * recipe.epochs / total if recipe.exp_unit == "epochs" else step
        return recipe.exp_factor ** (gone / recipe.exp_steps)
    warm = recipe.warmup * total
    if step < warm:
        return (step + 1) / (warm + 1)
    if recipe.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1.0, total - warm)))
    return 1.0


def weight_average(net: nn.Module, decay: float) -> AveragedModel:
    """Return an exponential moving average of a network's weights and running statistics.

    It begins with the weights as they are. The decay is ``min(decay, (1 + n) / (10 + n))`` in step
    ``n``, so that the start is forgotten quickly.
    """

    def towards(mine: Sequence[Tensor], now: Sequence[Tensor], step: Tensor | int) -> None:
        keep = min(decay, (1 + int(step)) / (10 + int(step)))
        for one, other in zip(mine, now, strict=True):
            if one.is_floating_point():
                one.lerp_(other, 1 - keep)
            else:
                one.copy_(other)

    average = AveragedModel(net, multi_avg_fn=towards, use_buffers=True)
    average.n_averaged += 1  # the first update would copy the weights, as if there were no start
    return average
