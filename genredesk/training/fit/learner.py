"""A network on its device with all that moves it, one mini-batch after another."""

from __future__ import annotations

import copy
import logging
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.nets.network import Network
from genredesk.training.batches.batches import Batch
from genredesk.training.fit import optim, recogniser
from genredesk.training.fit.run import FitRun


def is_music(targets: Tensor) -> Tensor:
    """Tell which rows of ``(batch, classes)`` have an answer; those of outliers are all alike."""
    return targets.amax(1) > targets.amin(1)


class Learner:
    """The network of a :class:`FitRun`: wrapped for its device, with optimiser and average.

    Parameters
    ----------
    run
        Its precision is named, not ``auto``.
    class_weights
        How much each class counts, ``(classes,)``; ``None``: all alike.
    several
        Whether several classes may hold: each is then a question of its own.
    """

    def __init__(
        self,
        run: FitRun,
        class_weights: NDArray[np.floating] | None = None,
        *,
        several: bool = False,
    ) -> None:
        self.run = run
        self.several = several
        self.micro = 1
        self.recogniser = None
        if run.task == "classify":
            self.recogniser = recogniser.recogniser(
                run.recipe, run.net, run.split.train, len(run.data.songs)
            )
        self._class_weights = class_weights
        self.average: AveragedModel | None = None
        self._start(run.accelerator, run.recipe.precision)

    def _start(self, accelerator: str, numbers: str) -> None:
        """Put the network on a device and make its optimiser."""
        # imported here: quick mode needs no loop, and it takes two seconds
        from lightning_fabric import Fabric  # noqa: PLC0415

        # it would tell on the terminal which precision it was just given
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
        run = self.run
        self.fabric = Fabric(
            accelerator=accelerator,
            devices=run.devices,
            num_nodes=run.nodes,
            precision=numbers,  # type: ignore[arg-type]
        )
        self.fabric.launch()
        run.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        learner, head = self.recogniser or run.net, run.head
        if self.recogniser is not None and head is not None:
            head = self.recogniser.names(head)
        optimiser = optim.build(run.recipe, learner, head)
        self.net, self.optimiser = self.fabric.setup(learner, optimiser)
        if run.task == "generate":  # several processes must share this method's gradients, too
            self.net.mark_forward_method("loss")
        self.base_rates = [group["lr"] for group in optimiser.param_groups]
        if self.average is not None:
            self.average.to(self.fabric.device)
        elif run.recipe.ema > 0:
            self.average = optim.weight_average(run.net, run.recipe.ema)
        self.weights = None
        if self._class_weights is not None:
            self.weights = torch.from_numpy(self._class_weights).to(self.fabric.device)

    def _loss(
        self, features: Tensor, targets: Tensor, songs: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        if self.run.task == "generate":
            with self.fabric.autocast():
                return self.net.loss(features, targets.argmax(1)), None
        logits, _, *which = self.net(features)
        wanted = self._wanted(features, targets)
        if self.several:
            each = functional.binary_cross_entropy_with_logits(
                logits.float(), wanted, reduction="none"
            )
            loss = each.sum(dim=1).mean()
        else:
            loss = functional.cross_entropy(logits.float(), wanted, weight=self.weights)
        for told in which:
            loss = loss + self.run.recipe.recognise * recogniser.loss(told, songs)
        return loss, logits.detach()

    def _wanted(self, features: Tensor, targets: Tensor) -> Tensor:
        """Return the targets, smoothed, and mixed with what a teacher says.

        Of outliers, whose classes are all alike, nobody is asked: a teacher may mistake them.
        Where several classes may hold, none does of them.
        """
        recipe = self.run.recipe
        smoothing, share = recipe.label_smoothing, recipe.taught
        if self.several:
            targets = targets * is_music(targets)[:, None]
        wanted = targets * (1 - smoothing) + smoothing / targets.shape[1]
        if self.run.teacher is None:
            return wanted
        with self.fabric.autocast():
            said = self.run.teacher(features)
        return torch.where(is_music(targets)[:, None], (1 - share) * wanted + share * said, wanted)

    def _backward(self, batch: Batch) -> tuple[float, int]:
        """Add up the gradient of a batch, in ``micro`` pieces; return (loss sum, right answers).

        An outlier, whose classes are all alike, has no right answer.
        """
        rank, world = self.fabric.global_rank, self.fabric.world_size
        features = torch.from_numpy(np.ascontiguousarray(batch.features[rank::world]))
        targets = torch.from_numpy(np.ascontiguousarray(batch.targets[rank::world]))
        numbers = self.recogniser.numbers(batch.songs) if self.recogniser else batch.songs
        songs = torch.from_numpy(np.ascontiguousarray(numbers[rank::world]))
        total, right = 0.0, 0
        pieces = zip(
            *(whole.chunk(self.micro) for whole in (features, targets, songs)), strict=True
        )
        for part, piece in enumerate(pieces):
            x, y, which = self.fabric.to_device(piece)
            loss, logits = self._loss(x.contiguous(memory_format=torch.channels_last), y, which)
            total += float(loss.detach()) * len(x)
            if logits is not None:
                named = y.gather(1, logits.argmax(1, keepdim=True))[:, 0]
                right += int(((named >= y.amax(1)) & is_music(y)).sum())
            loss = loss * (len(x) / len(features))
            if part == 0:
                loss = loss + (self.run.net.penalty() if self.run.recipe.penalty else 0.0)
            self.fabric.backward(loss)
        return total, right

    def step(self, batch: Batch, step: int, total: int) -> tuple[float, int]:
        """Learn from a mini-batch, ``step`` of ``total``; return (loss sum, right answers)."""
        recipe = self.run.recipe
        scale = optim.factor(recipe, step, total)
        for group, rate in zip(self.optimiser.param_groups, self.base_rates, strict=True):
            group["lr"] = rate * scale
        while True:
            self.optimiser.zero_grad(set_to_none=True)
            try:
                out = self._backward(batch)
                break
            except torch.OutOfMemoryError:
                self._make_room(len(batch.features))
        if recipe.clip:
            self.fabric.clip_gradients(self.net, self.optimiser, max_norm=recipe.clip)
        self.optimiser.step()
        if self.average is not None:
            self.average.update_parameters(self.run.net)
        return out

    def _make_room(self, size: int) -> None:
        """Halve the piece that is in memory at once; below one window go to the processor."""
        if self.fabric.world_size > 1:  # the other processes would wait for a step that never comes
            raise GenreDeskError(
                say(
                    "Not enough memory on {device}. Start again with a smaller batch (--batch).",
                    device=self.fabric.device,
                )
            ) from None
        if self.micro * 2 <= size // 2 or self.micro == 1 < size:
            self.micro *= 2
            self.run.on_note(
                say(
                    "Not enough memory on {device}: going on with {size} windows at a time.",
                    device=self.fabric.device,
                    size=size // self.micro,
                )
            )
            if self.fabric.device.type == "cuda":
                torch.cuda.empty_cache()
            return
        if self.fabric.device.type == "cpu":
            raise GenreDeskError(
                say(
                    "There is not enough memory to train even on two windows at once. Close "
                    "other programs or choose a smaller network."
                )
            ) from None
        self.run.on_note(say("Not enough memory on the graphics card: going on on the processor."))
        states = copy.deepcopy(self.optimiser.state_dict())
        (self.recogniser or self.run.net).to("cpu")
        self.micro = 1
        self._start("cpu", "32-true")
        self.optimiser.load_state_dict(states)

    def evaluated(self) -> Network:
        """Return the network as it would be kept now: averaged where the recipe says so."""
        if self.average is not None:
            return cast(Network, self.average.module.eval())
        return copy.deepcopy(self.run.net).eval()

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state, in torch's manner: tensors and plain values by name."""
        state = {
            "net": self.run.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "micro": self.micro,
            "average_steps": 0,
        }
        if self.average is not None:
            state["average"] = self.average.module.state_dict()
            state["average_steps"] = int(self.average.n_averaged) - 1
        if self.recogniser is not None:
            state["songs"] = self.recogniser.songs.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self.run.net.load_state_dict(state["net"])
        saved = state["optimiser"]
        groups = [  # which parameters there are, the network knows
            {**fresh, **kept}
            for fresh, kept in zip(
                self.optimiser.state_dict()["param_groups"], saved["param_groups"], strict=True
            )
        ]
        self.optimiser.load_state_dict({**saved, "param_groups": groups})
        self.micro = state["micro"]
        if self.average is not None:
            self.average.module.load_state_dict(state["average"])
            self.average.n_averaged.fill_(state["average_steps"] + 1)
        if self.recogniser is not None:
            self.recogniser.songs.load_state_dict(state["songs"])
