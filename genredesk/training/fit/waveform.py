"""The waveform autoencoder of paper 002's notebook, trained as there: one genre, 30 s at 3 kHz.

For fidelity only: what it makes is noise (see :class:`~genredesk.nets.zoo.vae.KthWaveVAE`). It
classifies nothing and so makes no bundle; it is trained anew whenever it is asked to speak.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from genredesk.audio import decode
from genredesk.core.errors import AudioFileError, DataError, GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.nets.zoo.vae import KthWaveVAE
from genredesk.training.data import scan
from genredesk.training.data.songs import listed
from genredesk.training.fit import optim
from genredesk.training.fit.run import epoch_seed
from genredesk.training.plan import recipe

RATE = 3000
SAMPLES = 90_001
"""30 s and one sample, as the notebook counts."""


def read(files: Sequence[Path], ctx: JobContext | None = None) -> FloatArray:
    """Return the beginnings of songs as ``(songs, 1, 1, SAMPLES)``, short ones filled with zeros.

    Raises
    ------
    DataError
        When none of them can be read; names the first and its reason.
    """
    waves, ctx, first = [], ctx or JobContext(), None
    for i, path in enumerate(files):
        try:
            samples = decode.load(path, RATE, SAMPLES / RATE + 0.1)[:SAMPLES]
        except AudioFileError as error:
            first = first or error
        else:
            waves.append(np.pad(samples, (0, SAMPLES - len(samples))))
        ctx.progress(i + 1, len(files), path.name)
    if not waves:
        raise DataError(f"None of the {len(files)} files can be used. {first or ''}".rstrip())
    return np.stack(waves).astype(np.float32)[:, None, None]


def train(
    waves: FloatArray,
    *,
    seed: int = 0,
    rules: recipe.Recipe | None = None,
    ctx: JobContext | None = None,
) -> tuple[KthWaveVAE, tuple[float, ...]]:
    """Train on waves ``(songs, 1, 1, samples)`` and return the network and each epoch's loss.

    Raises
    ------
    GenreDeskError
        When the loss is no number any more.
    """
    rules, ctx = rules or recipe.get("vae"), ctx or JobContext()
    torch.manual_seed(seed)
    net = KthWaveVAE(*waves.shape[1:])
    optimiser = optim.build(rules, net)
    losses = []
    for epoch in range(rules.epochs):
        torch.manual_seed(epoch_seed(seed, epoch))
        total = 0.0
        for part in torch.randperm(len(waves)).split(rules.batch):
            loss = net.loss(torch.from_numpy(waves[part.numpy()]))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(part)
            ctx.checkpoint()
        if not math.isfinite(total):
            raise GenreDeskError(
                say(
                    "The notebook's network went astray (the loss is not a number). Use other "
                    "songs."
                )
            )
        losses.append(total / len(waves))
        ctx.progress(
            epoch + 1,
            rules.epochs,
            say("epoch {epoch} of {epochs}", epoch=epoch + 1, epochs=rules.epochs),
        )
    return net.eval(), tuple(losses)


def sound(
    folder: Path, genre: str, seconds: float, *, seed: int = 0, ctx: JobContext | None = None
) -> Iterator[FloatArray]:
    """Train on the songs of ``genre`` in a folder of labelled folders and yield a new wave.

    Raises
    ------
    DataError
        When there is no such genre, none of its songs can be read, or it should be longer than
        the network's 30 s.
    """
    if not 0 < seconds <= SAMPLES / RATE:
        raise DataError(
            say("The notebook's network makes up to 30 seconds, not {seconds:g}.", seconds=seconds)
        )
    entries, _ = scan.find(folder)
    files = [entry.path for entry in entries if entry.label == genre]
    if not files:
        labels = listed(sorted({entry.label for entry in entries}))
        raise DataError(
            say(
                "There is no song of {genre} in {folder}. There is {labels}.",
                genre=genre,
                folder=folder,
                labels=labels,
            )
        )
    net, _ = train(read(files, ctx), seed=seed, ctx=ctx)
    wave = net.sample(0, 1, torch.Generator().manual_seed(seed))[0, 0, 0].numpy()
    # its samples lie in [0, 1]; the constant cannot be heard and only bends a loudspeaker
    yield (wave - wave.mean())[: max(1, round(seconds * RATE))]
