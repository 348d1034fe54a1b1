"""Windows of no music in every batch, whose right answer is "any of them": outlier exposure.

The recipe's ``outliers`` is how many are added, as a share of the batch; their targets are the
uniform distribution (Hendrycks, Mazeika and Dietterich 2019, section 4.3). They come from
:mod:`genredesk.training.batches.synthetic_noise`, so they are there for the live front end only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL, FrontendSpec
from genredesk.training.batches import augment as augmenting
from genredesk.training.batches import synthetic_noise
from genredesk.training.batches.batches import Batch
from genredesk.training.plan.recipe import Recipe

CLIPS = 320
"""So many clips of 30 s are drawn; each is cut anywhere."""

SOFTER_DB = (12.0, 40.0)
"""How far the loudest point of sound heard beside music lies under that of the music."""

_STREAM = 0x0E  # keeps these draws apart from those of the batches


@dataclass(frozen=True, slots=True)
class Outliers:
    """Adds windows of no music to every batch.

    Parameters
    ----------
    pictures
        ``(clips, bands, columns)`` in steps of a 255th of the range down to
        :data:`~genredesk.training.batches.synthetic_noise.FLOOR_DB`, as in the mel arrays.
    share
        Windows added, as a share of a batch.
    beside
        Share of the batch's own windows to which one is added as sound adds, softly; their targets
        stay.
    """

    pictures: NDArray[np.uint8]
    spec: FrontendSpec
    share: float
    beside: float = 0.0

    def over(self, batches: Iterator[Batch], *, seed: int, number: int) -> Iterator[Batch]:
        """Yield the batches of epoch ``number`` with outliers at their end; repeatable."""
        rng = np.random.default_rng((seed, number, _STREAM))
        for clean in batches:
            batch = self._beside(clean, rng)
            count = round(self.share * len(batch.features))
            if not count:
                yield batch
                continue
            n_classes = batch.targets.shape[1]
            any_of_them = np.full((count, n_classes), 1 / n_classes, np.float32)
            yield Batch(
                np.concatenate([batch.features, self._windows(count, rng)]),
                np.concatenate([batch.targets, any_of_them]),
                np.concatenate([batch.songs, np.full(count, -1, dtype=np.intp)]),
            )

    def _beside(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Let a person talk or a machine run while some of the music plays."""
        chosen = np.flatnonzero(rng.random(len(batch.features)) < self.beside)
        if not chosen.size:
            return batch
        features, unit = batch.features.copy(), augmenting.decibel(self.spec)
        windows = self._windows(len(chosen), rng)
        for i, window, softer_db in zip(
            chosen, windows, rng.uniform(*SOFTER_DB, len(chosen)), strict=True
        ):
            both = augmenting.blended(features[i], window, softer_db, unit)
            features[i] = frontend.normalise(self.spec, both)
        return replace(batch, features=features)

    def _windows(self, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        clips, _, columns = self.pictures.shape
        frames = self.spec.frames
        which = rng.integers(0, clips, count)
        where = rng.integers(0, columns - frames + 1, count)
        places = zip(which, where, strict=True)
        cut = np.stack([self.pictures[i, :, s : s + frames] for i, s in places])
        step = np.float32(-synthetic_noise.FLOOR_DB / 255)
        return frontend.normalise(self.spec, cut[:, None].astype(np.float32) * step)


def draw(
    recipe: Recipe, spec: FrontendSpec, ctx: JobContext | None = None, *, clips: int = CLIPS
) -> Outliers | None:
    """Draw what a recipe asks for, ``None`` when it asks for nothing; takes about a minute.

    Raises
    ------
    DataError
        When the front end is not the live one.
    Cancelled
        When the job was asked to stop.
    """
    if recipe.outliers <= 0:
        return None
    if spec.fingerprint != LIVE_MEL.fingerprint:
        raise DataError(
            say(
                "The recipe {recipe} adds sound that is no music, and that is drawn for the "
                "front end live-mel only. Train on that front end or set outliers to 0.",
                recipe=recipe.name,
            )
        )
    ctx = ctx or JobContext()
    pictures = np.empty((clips, LIVE_MEL.n_bands, synthetic_noise.COLUMNS), np.uint8)
    for i, (_, picture) in enumerate(synthetic_noise.iter_pictures(clips)):
        pictures[i] = np.rint((picture / -synthetic_noise.FLOOR_DB + 1) * 255)
        ctx.progress(i + 1, clips, say("making sound that is no music"))
    return Outliers(pictures, spec, recipe.outliers, recipe.beside)
