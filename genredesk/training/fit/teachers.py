"""Networks that teach another: each heard all artists but a share, and says so in its answers.

The songs fitted on are cut into folds, artists kept together, and one network is trained without
each fold. The mean of their answers to a training window is learned beside its label
(distillation, Hinton, Vinyals and Dean 2015, section 2): it knows which songs of a genre could as
well be another's, for one of the teachers never heard that artist.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genredesk.core.messages import say
from genredesk.nets import registry
from genredesk.training.data import split
from genredesk.training.data.split import Split
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitRun
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe as recipes


@dataclass(frozen=True, slots=True)
class Teachers:
    """The mean probability of some networks."""

    nets: tuple[nn.Module, ...]

    @torch.no_grad()
    def __call__(self, features: Tensor) -> Tensor:
        """Answer ``(batch, channels, bands, frames)`` with ``(batch, classes)``."""
        said = [net.to(features.device)(features)[0].float().softmax(1) for net in self.nets]
        return torch.stack(said).mean(0)


def taught(run: FitRun) -> FitRun:
    """Return ``run`` with the teachers its recipe asks for, training them first.

    Each keeps a checkpoint beside the run's own, so that a run that is resumed has them at once.

    Raises
    ------
    DataError
        When a class has fewer songs than there are teachers.
    Cancelled
        When the job was cancelled; what is finished stays.
    """
    if run.recipe.teachers < 1 or run.teacher is not None:
        return run
    parts = _folds(run)
    nets = tuple(_teacher(run, part, number) for number, part in enumerate(parts, 1))
    return dataclasses.replace(run, teacher=Teachers(nets))


def _folds(run: FitRun) -> list[Split]:
    """Cut the songs fitted on; the indices are those of the whole set."""
    own = run.split.train
    songs = [run.data.songs[i] for i in own]
    return [
        Split(tuple(own[i] for i in part.train), tuple(own[i] for i in part.valid))
        for part in split.folds(songs, run.recipe.teachers, seed=run.seed)
    ]


def _teacher(run: FitRun, part: Split, number: int) -> nn.Module:
    """Train one teacher, or take it from its checkpoint."""
    spec = registry.get(run.recipe.teacher)
    seed = run.seed * run.recipe.teachers + number
    torch.manual_seed(seed)
    fresh = spec.build(*run.data.spec.shape, len(run.labels))
    net = rebuild.standardised(fresh, spec.scaling, run.data, part.train)
    own = run.checkpoint and run.checkpoint.with_suffix(f".teacher-{number}.safetensors")
    result = fit(
        FitRun(
            net=net,
            data=run.data,
            split=part,
            labels=run.labels,
            recipe=recipes.get(spec.recipe).replace(keep="last", patience=0),
            seed=seed,
            ctx=run.ctx,
            checkpoint=own,
            resume=run.resume,
            stop=run.stop,
            accelerator=run.accelerator,
            devices=run.devices,
            nodes=run.nodes,
            outliers=run.outliers,
        )
    )
    net.load_state_dict(result.weights)
    last = result.history[-1]
    run.on_note(
        say(
            "Teacher {number} of {teachers} heard {n_train} songs and gets {valid_songs:.0%} of "
            "the other {n_valid} right.",
            number=number,
            teachers=run.recipe.teachers,
            n_train=len(part.train),
            valid_songs=last.valid_songs,
            n_valid=len(part.valid),
        )
    )
    return net.eval().requires_grad_(requires_grad=False)
