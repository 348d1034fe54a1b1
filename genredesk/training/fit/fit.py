"""The loop: one recipe, one network, one split, on whatever Lightning Fabric finds.

It announces every epoch to a listener and knows nothing of who listens. Whatever is random comes
from (seed, epoch), so a run that is resumed ends as one that was never stopped.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.nets.network import Network
from genredesk.training.batches import batches, vary, waveform_copies
from genredesk.training.data.songs import holds_several, window_columns, words_matrix
from genredesk.training.evaluation import metrics
from genredesk.training.evaluation.evaluate import accuracies, predict
from genredesk.training.fit import checkpoint, precision
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.learner import Learner, is_music
from genredesk.training.fit.run import FitResult, FitRun, epoch_seed
from genredesk.training.network.module import predictor
from genredesk.training.plan.recipe import Recipe


def _settled(run: FitRun) -> tuple[Recipe, str]:
    """Return the recipe with its precision named, and why: a run goes on in what it began in."""
    if run.recipe.precision != precision.AUTO:
        return run.recipe, ""
    if run.resume and (began := checkpoint.precision(run.checkpoint)):
        return run.recipe.replace(precision=began), say(
            "Computed in {began}, as it was begun.", began=began
        )
    device, _ = precision.device_of(run.accelerator)
    processes = 1 if run.devices == run.nodes == 1 else 2
    return precision.settle(
        run.net, run.recipe, run.data.spec.shape, len(run.labels), device,
        task=run.task, processes=processes,
    )  # fmt: skip


class Loop:
    """The moving part of a :class:`FitRun`: epoch by epoch, what was measured, the best weights."""

    def __init__(self, run: FitRun) -> None:
        data, parts = waveform_copies.with_copies(
            run.data, run.split, run.recipe, run.seed, run.ctx
        )
        rules, self.why = _settled(run)
        run = self.run = dataclasses.replace(run, data=data, split=parts, recipe=rules)
        self.classes = batches.targets_of(run.data, run.labels)
        self.pairs = batches.pairs_of(run.data, run.split.train, run.recipe)
        self.per_epoch = batches.n_batches(len(self.pairs), run.recipe.batch)
        self.epoch = 0
        self.kept_epoch = 0
        self.best_score = -1.0
        self.best: dict[str, Tensor] = {}
        self.history: list[EpochReport] = []
        self.variations = vary.open_variations(run.recipe, run.data.spec, run.labels)
        self.words = None
        if holds_several(run.data):
            self.words = words_matrix(run.data.songs, run.labels)
        weights = None
        if run.recipe.balance == "weights" and self.words is None:
            weights = batches.class_weights(self.classes, run.split.train, len(run.labels))
        self.learner = Learner(run, weights, several=self.words is not None)

    def state_dict(self) -> dict[str, Any]:
        """Return all that a run resumed from it needs, in torch's manner."""
        return {
            **self.learner.state_dict(),
            "best": self.best,
            "epoch": self.epoch,
            "kept_epoch": self.kept_epoch,
            "best_score": self.best_score,
            "history": [dataclasses.asdict(report) for report in self.history],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self.learner.load_state_dict(state)
        self.best = state["best"]
        self.epoch, self.kept_epoch = state["epoch"], state["kept_epoch"]
        self.best_score = state["best_score"]
        self.history = [EpochReport(**report) for report in state["history"]]

    def _one_epoch(self) -> None:
        run, recipe, began = self.run, self.run.recipe, time.monotonic()
        rank, world = self.learner.fabric.global_rank, self.learner.fabric.world_size
        number, total = self.epoch, recipe.epochs * self.per_epoch
        torch.manual_seed(epoch_seed(run.seed, number))
        run.net.train()
        loss_sum, right, seen, named = 0.0, 0, 0, 0
        stream = batches.epoch(
            run.data, self.pairs, self.classes, len(run.labels), recipe,
            seed=run.seed, number=number, size=recipe.batch, words=self.words,
        )  # fmt: skip
        if self.variations is not None:
            stream = self.variations.over(stream, seed=run.seed, number=number)
        if run.outliers is not None:
            stream = run.outliers.over(stream, seed=run.seed, number=number)
        for i, batch in enumerate(stream):
            if 1 < world > len(batch.features) // 2:
                break  # a last batch too small for every process to have two windows
            step = number * self.per_epoch + i
            loss, hits = self.learner.step(batch, step, total)
            mine = slice(rank, None, world)
            loss_sum, right = loss_sum + loss, right + hits
            seen += len(batch.features[mine])
            named += int(is_music(torch.from_numpy(batch.targets[mine])).sum())
            run.ctx.progress(
                step + 1,
                total,
                say("epoch {number} of {epochs}", number=number + 1, epochs=recipe.epochs),
            )
        if not np.isfinite(loss_sum):
            raise GenreDeskError(
                say(
                    "The training went astray in epoch {number} (the loss is not a number). "
                    "Start again with a lower learning rate.",
                    number=number + 1,
                )
            )
        self.epoch += 1
        share = right / max(1, named) if run.task == "classify" else None
        self._close_epoch(loss_sum / max(1, seen), share, began)

    def _close_epoch(self, loss: float, train_accuracy: float | None, began: float) -> None:
        run = self.run
        net = self.learner.evaluated()
        windows, songs, valid_loss = self._measured(net)
        report = EpochReport(
            self.epoch, run.recipe.epochs, loss, train_accuracy, windows, songs,
            self.learner.optimiser.param_groups[0]["lr"], time.monotonic() - began, best=False,
            valid_loss=valid_loss,
        )  # fmt: skip
        report = dataclasses.replace(report, best=report.score > self.best_score)
        self.best_score = max(self.best_score, report.score)
        if report.best or run.recipe.keep == "last":
            self.best = {k: v.detach().cpu().clone() for k, v in net.state_dict().items()}
            self.kept_epoch = self.epoch
        self.history.append(report)
        if run.checkpoint is not None and self.learner.fabric.is_global_zero:
            checkpoint.save(run.checkpoint, run, self.state_dict())
        run.on_epoch(report)

    def _measured(self, net: Network) -> tuple[float | None, float | None, float | None]:
        """Return the accuracy of windows and of songs that were kept back, and their loss."""
        run = self.run
        if run.task != "classify":  # hearing them takes as long as learning, and tells nothing
            return None, None, None
        if not run.split.valid:
            return 0.0, 0.0, None
        fabric = self.learner.fabric
        with fabric.autocast():  # as it was trained; a finished network is measured anew
            predictions = predict(
                run.data, run.split.valid, run.labels, predictor(net, fabric.device),
                hop=window_columns(run.data.spec),
            )  # fmt: skip
        run.on_valid(self.epoch, predictions)
        loss = None
        if not predictions.several:
            truth = predictions.window_truth
            loss = metrics.negative_log_likelihood(predictions.logits, truth, 1.0)
        return *accuracies(predictions), loss

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
            self.load_state_dict(checkpoint.load(run.checkpoint, run))
            run.on_note(say("Going on after epoch {epoch}.", epoch=self.epoch))
        while not self._done():
            self._one_epoch()
            if self.learner.fabric.broadcast(run.stop()):
                run.on_note(
                    say("Stopped after epoch {epoch}; the best so far is kept.", epoch=self.epoch)
                )
                break
        return FitResult(
            self.best, tuple(self.history), self.kept_epoch,
            time.monotonic() - began, str(self.learner.fabric.device), self.why,
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
