"""Augmentation by an autoencoder: some training windows are re-drawn near themselves.

The recipe's ``vary`` is their share and ``vary_with`` the autoencoder's bundle; it must have been
trained on the same front end. Each window is drawn from its own latent distribution under its own
genre, so it keeps what the autoencoder knows of it and loses the detail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.training.batches import generate
from genredesk.training.batches.batches import Batch
from genredesk.training.batches.generate import Voice
from genredesk.training.data.songs import listed
from genredesk.training.plan.recipe import Recipe

_STREAM = 0x7A  # keeps these draws apart from those of the batches


@dataclass(frozen=True, slots=True)
class Variations:
    """Re-draws a share of every batch.

    Parameters
    ----------
    genres
        The autoencoder's number of each of the training's classes, -1 where it knows none.
    """

    voice: Voice
    genres: tuple[int, ...]
    share: float

    def over(self, batches: Iterator[Batch], *, seed: int, number: int) -> Iterator[Batch]:
        """Yield the batches of epoch ``number`` with some windows re-drawn; repeatable."""
        rng = np.random.default_rng((seed, number, _STREAM))
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        for batch in batches:
            genre = np.asarray(self.genres)[batch.targets.argmax(axis=1)]
            chosen = (rng.random(len(genre)) < self.share) & (genre >= 0)
            if not chosen.any():
                yield batch
                continue
            features = batch.features.copy()
            features[chosen] = self.redrawn(features[chosen], genre[chosen], generator)
            yield replace(batch, features=features)

    def redrawn(
        self, features: np.ndarray, genre: np.ndarray, generator: torch.Generator
    ) -> np.ndarray:
        """Draw windows ``(n, channels, bands, frames)`` anew, each under its genre's number."""
        voice = self.voice
        with torch.no_grad():
            x = voice.net.standardise(torch.from_numpy(features))
            drawn = voice.inner.vary(x, torch.from_numpy(genre), generator)
        return frontend.normalise(voice.spec, voice.restored(drawn))


def source(recipe: Recipe, spec: FrontendSpec) -> Bundle:
    """Return the autoencoder's bundle that a recipe names; its weights are not read yet.

    Raises
    ------
    DataError
        When none is named, or it was trained on another front end than ``spec``.
    BundleError
        When there is none of that name, or it is no autoencoder.
    """
    if not recipe.vary_with:
        raise DataError(
            say(
                "The recipe {recipe} re-draws windows with an autoencoder. Train one (network "
                "vae) on the same front end and name its model (vary_with).",
                recipe=recipe.name,
            )
        )
    bundle = bundles.find(recipe.vary_with)
    generate.check(bundle)
    if bundle.card.frontend.fingerprint != spec.fingerprint:
        raise DataError(
            say(
                "{id} makes pictures of another front end than the one trained on. Train the "
                "autoencoder on the same one.",
                id=bundle.id,
            )
        )
    if spec.kind in {"mfcc", "mfcc_image"}:
        raise DataError(say("MFCCs cannot be varied by an autoencoder. Choose a mel front end."))
    return bundle


def open_variations(
    recipe: Recipe, spec: FrontendSpec, labels: tuple[str, ...]
) -> Variations | None:
    """Return what a recipe asks for, ``None`` when it asks for nothing.

    Raises
    ------
    DataError
        As :func:`source`, or when the autoencoder knows none of the genres ``labels``.
    """
    if recipe.vary <= 0:
        return None
    bundle = source(recipe, spec)
    voice = generate.voice(bundle)
    known = {label: i for i, label in enumerate(voice.labels)}
    genres = tuple(known.get(label, -1) for label in labels)
    if max(genres) < 0:
        raise DataError(
            say("{id} knows none of the genres {listed}.", id=bundle.id, listed=listed(labels))
        )
    return Variations(voice, genres, recipe.vary)
