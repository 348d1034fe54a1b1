"""The loop: one recipe, one network, one split, on whatever Lightning Fabric finds.

It announces every epoch to a listener and knows nothing of who listens. Whatever is random comes
from (seed, epoch), so a run that is resumed ends as one that was never stopped.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.nets.network import Network
from genredesk.training.batches import batches, vary, waveform_copies
from genredesk.training.batches.outliers import Outliers
from genredesk.training.data.songs import SongSet, window_columns
from genredesk.training.data.split import Split
from genredesk.training.evaluation.evaluate import Predictions, accuracies, predict
from genredesk.training.fit import checkpoint, optim, precision, recogniser
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.network.module import predictor
from genredesk.training.plan.recipe import Recipe


@dataclass(frozen=True, slots=True)
class FitResult:
    """The kept weights and how they came about."""

    weights: dict[str, Tensor]
    history: tuple[EpochReport, ...]
    kept_epoch: int
    seconds: float
    device: str
    precision: str = ""
    """Why it was computed in these numbers, where that was found out."""


def _ignore(_: object) -> None:
    """Nobody listens."""


def _unheard(_epoch: int, _predictions: Predictions) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False


@dataclass(slots=True)
class FitRun:
    """One training run: what stays the same while it goes on.

    Parameters
    ----------
    checkpoint
        Where the state is kept after every epoch; ``None`` keeps none.
    on_epoch, on_note
        Told after every epoch, and about what a person should know (memory, device).
    on_valid
        Given the answers to the held-back songs after every epoch, before ``on_epoch``.
    stop
        Asked after every epoch whether to end early and keep the best so far.
    head
        Parameter names that learn at the full rate (see :func:`optim.build`).
    accelerator
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    outliers
        Sound that is no music to be added to the batches; see
        :mod:`genredesk.training.batches.outliers`.
    teacher
        Answers a batch of features with class probabilities, which are learned beside the labels;
        see :mod:`genredesk.training.fit.teachers`.
    devices, nodes
        Of each machine, and machines; one process each (see :mod:`genredesk.training.fit.ranks`).
    task
        ``classify``, or ``generate`` for a network that brings its own loss and is not asked for
        genres while it learns.
    """

    net: Network
    data: SongSet
    split: Split
    labels: tuple[str, ...]
    recipe: Recipe
    seed: int = 0
    ctx: JobContext = field(default_factory=JobContext)
    checkpoint: Path | None = None
    resume: bool = False
    on_epoch: Callable[[EpochReport], None] = _ignore
    on_valid: Callable[[int, Predictions], None] = _unheard
    on_note: Callable[[str], None] = _ignore
    stop: Callable[[], bool] = _never
    head: frozenset[str] | None = None
    accelerator: str = "auto"
    devices: int | str = 1
    nodes: int = 1
    outliers: Outliers | None = None
    teacher: Callable[[Tensor], Tensor] | None = None
    task: str = "classify"


def epoch_seed(seed: int, epoch: int) -> int:
    """Return the seed of everything torch draws in one epoch."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)[0] >> 1)


def is_music(targets: Tensor) -> Tensor:
    """Tell which rows of ``(batch, classes)`` have an answer; those of outliers are all alike."""
    return targets.amax(1) > targets.amin(1)


def _settled(run: FitRun) -> tuple[Recipe, str]:
    """Return the recipe with its precision named, and why: a run goes on in what it began in."""
    if run.recipe.precision != precision.AUTO:
        return run.recipe, ""
    if run.resume and (began := checkpoint.precision(run.checkpoint)):
        return run.recipe.replace(precision=began), f"Computed in {began}, as it was begun."
    device, _ = precision.device_of(run.accelerator)
    processes = 1 if run.devices == run.nodes == 1 else 2
    return precision.settle(
        run.net, run.recipe, run.data.spec.shape, len(run.labels), device,
        task=run.task, processes=processes,
    )  # fmt: skip


class Loop:
    """The moving part of a :class:`FitRun`: wrapped network, optimiser, average, best weights."""

    def __init__(self, run: FitRun) -> None:
        data, parts = waveform_copies.with_copies(
            run.data, run.split, run.recipe, run.seed, run.ctx
        )
        rules, self.why = _settled(run)
        run = self.run = dataclasses.replace(run, data=data, split=parts, recipe=rules)
        self.classes = batches.targets_of(run.data, run.labels)
        self.pairs = batches.pairs_of(run.data, run.split.train, run.recipe)
        self.per_epoch = batches.n_batches(len(self.pairs), run.recipe.batch)
        self.micro = 1
        self.epoch = 0
        self.kept_epoch = 0
        self.best_score = -1.0
        self.best: dict[str, Tensor] = {}
        self.history: list[EpochReport] = []
        self.variations = vary.open_variations(run.recipe, run.data.spec, run.labels)
        self.average = optim.WeightAverage(run.net, run.recipe.ema) if run.recipe.ema > 0 else None
        self.recogniser = None
        if run.task == "classify":
            self.recogniser = recogniser.recogniser(
                run.recipe, run.net, run.split.train, len(run.data.songs)
            )
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
        self.weights = None
        if run.recipe.balance == "weights":
            table = batches.class_weights(self.classes, run.split.train, len(run.labels))
            self.weights = torch.from_numpy(table).to(self.fabric.device)

    def _loss(
        self, features: Tensor, targets: Tensor, songs: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        if self.run.task == "generate":
            with self.fabric.autocast():
                return self.net.loss(features, targets.argmax(1)), None
        logits, _, *which = self.net(features)
        wanted = self._wanted(features, targets)
        loss = functional.cross_entropy(logits.float(), wanted, weight=self.weights)
        for told in which:
            loss = loss + self.run.recipe.recognise * recogniser.loss(told, songs)
        return loss, logits.detach()

    def _wanted(self, features: Tensor, targets: Tensor) -> Tensor:
        """Return the targets, smoothed, and mixed with what a teacher says.

        Of outliers, whose classes are all alike, nobody is asked: a teacher may mistake them.
        """
        recipe = self.run.recipe
        smoothing, share = recipe.label_smoothing, recipe.taught
        wanted = targets * (1 - smoothing) + smoothing / targets.shape[1]
        if self.run.teacher is None:
            return wanted
        with self.fabric.autocast():
            said = self.run.teacher(features)
        return torch.where(is_music(targets)[:, None], (1 - share) * wanted + share * said, wanted)

    def _penalty(self) -> Tensor | float:
        return self.run.net.penalty() if self.run.recipe.penalty else 0.0

    def _backward(self, batch: batches.Batch) -> tuple[float, int]:
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
                right += int(((logits.argmax(1) == y.argmax(1)) & is_music(y)).sum())
            loss = loss * (len(x) / len(features))
            if part == 0:
                loss = loss + self._penalty()
            self.fabric.backward(loss)
        return total, right

    def _step(self, batch: batches.Batch, step: int, total: int) -> tuple[float, int]:
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
            self.average.update(self.run.net)
        return out

    def _make_room(self, size: int) -> None:
        """Halve the piece that is in memory at once; below one window go to the processor."""
        if self.fabric.world_size > 1:  # the other processes would wait for a step that never comes
            raise GenreDeskError(
                f"Not enough memory on {self.fabric.device}. Start again with a smaller batch "
                "(--batch)."
            ) from None
        if self.micro * 2 <= size // 2 or self.micro == 1 < size:
            self.micro *= 2
            self.run.on_note(
                f"Not enough memory on {self.fabric.device}: going on with {size // self.micro} "
                "windows at a time."
            )
            if self.fabric.device.type == "cuda":
                torch.cuda.empty_cache()
            return
        if self.fabric.device.type == "cpu":
            raise GenreDeskError(
                "There is not enough memory to train even on two windows at once. Close other "
                "programs or choose a smaller network."
            ) from None
        self.run.on_note("Not enough memory on the graphics card: going on on the processor.")
        states = copy.deepcopy(self.optimiser.state_dict())
        (self.recogniser or self.run.net).to("cpu")
        self.micro = 1
        self._start("cpu", "32-true")
        self.optimiser.load_state_dict(states)

    def _evaluated(self) -> Network:
        """Return the network as it would be kept now: averaged where the recipe says so."""
        net = copy.deepcopy(self.run.net)
        if self.average is not None:
            net.load_state_dict(self.average.values)
        return net.eval()

    def _one_epoch(self) -> None:
        run, recipe, began = self.run, self.run.recipe, time.monotonic()
        number, total = self.epoch, recipe.epochs * self.per_epoch
        torch.manual_seed(epoch_seed(run.seed, number))
        run.net.train()
        loss_sum, right, seen, named = 0.0, 0, 0, 0
        stream = batches.epoch(
            run.data, self.pairs, self.classes, len(run.labels), recipe,
            seed=run.seed, number=number, size=recipe.batch,
        )  # fmt: skip
        if self.variations is not None:
            stream = self.variations.over(stream, seed=run.seed, number=number)
        if run.outliers is not None:
            stream = run.outliers.over(stream, seed=run.seed, number=number)
        for i, batch in enumerate(stream):
            if 1 < self.fabric.world_size > len(batch.features) // 2:
                break  # a last batch too small for every process to have two windows
            step = number * self.per_epoch + i
            loss, hits = self._step(batch, step, total)
            mine = slice(self.fabric.global_rank, None, self.fabric.world_size)
            loss_sum, right = loss_sum + loss, right + hits
            seen += len(batch.features[mine])
            named += int(is_music(torch.from_numpy(batch.targets[mine])).sum())
            run.ctx.progress(step + 1, total, f"epoch {number + 1} of {recipe.epochs}")
        if not np.isfinite(loss_sum):
            raise GenreDeskError(
                f"The training went astray in epoch {number + 1} (the loss is not a number). "
                "Start again with a lower learning rate."
            )
        self.epoch += 1
        share = right / max(1, named) if run.task == "classify" else None
        self._close_epoch(loss_sum / max(1, seen), share, began)

    def _close_epoch(self, loss: float, train_accuracy: float | None, began: float) -> None:
        run = self.run
        net = self._evaluated()
        windows, songs = self._measured(net)
        report = EpochReport(
            self.epoch, run.recipe.epochs, loss, train_accuracy, windows, songs,
            self.optimiser.param_groups[0]["lr"], time.monotonic() - began, best=False,
        )  # fmt: skip
        report = dataclasses.replace(report, best=report.score > self.best_score)
        self.best_score = max(self.best_score, report.score)
        if report.best or run.recipe.keep == "last":
            self.best = {k: v.detach().cpu().clone() for k, v in net.state_dict().items()}
            self.kept_epoch = self.epoch
        self.history.append(report)
        if run.checkpoint is not None and self.fabric.is_global_zero:
            checkpoint.save(run.checkpoint, self)
        run.on_epoch(report)

    def _measured(self, net: Network) -> tuple[float, float] | tuple[None, None]:
        """Return the accuracy of windows and of songs that were kept back."""
        run = self.run
        if run.task != "classify":  # hearing them takes as long as learning, and tells nothing
            return None, None
        if not run.split.valid:
            return 0.0, 0.0
        with self.fabric.autocast():  # as it was trained; a finished network is measured anew
            predictions = predict(
                run.data, run.split.valid, run.labels, predictor(net, self.fabric.device),
                hop=window_columns(run.data.spec),
            )  # fmt: skip
        run.on_valid(self.epoch, predictions)
        return accuracies(predictions)

    def _done(self) -> bool:
        recipe = self.run.recipe
        if self.epoch >= recipe.epochs:
            return True
        if not recipe.patience or not self.history:
            return False
        best = max(report.epoch for report in self.history if report.best)
        return self.epoch - best >= recipe.patience

    def go(self) -> FitResult:
        """Train to the end, or until asked to stop; see :class:`FitResult`."""
        run, began = self.run, time.monotonic()
        if self.why:
            run.on_note(self.why)
        if run.resume and run.checkpoint is not None and run.checkpoint.is_file():
            checkpoint.load(run.checkpoint, self)
            run.on_note(f"Going on after epoch {self.epoch}.")
        while not self._done():
            self._one_epoch()
            if self.fabric.broadcast(run.stop()):
                run.on_note(f"Stopped after epoch {self.epoch}; the best so far is kept.")
                break
        return FitResult(
            self.best, tuple(self.history), self.kept_epoch,
            time.monotonic() - began, str(self.fabric.device), self.why,
        )  # fmt: skip


def fit(run: FitRun) -> FitResult:
    """Train ``run.net`` and return the kept weights.

    Raises
    ------
    Cancelled
        When the job was cancelled; the checkpoint of the last whole epoch stays.
    GenreDeskError
        When memory does not suffice or the loss is no number any more.
    """
    return Loop(run).go()
