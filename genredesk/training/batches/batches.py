"""Windows for the loop: which song, which part, how it is varied; repeatable from one seed.

Every epoch draws from its own generator, seeded with (seed, epoch), so a run that is resumed at an
epoch sees exactly what it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.training.batches import augment as augmenting
from genredesk.training.data.songs import (
    SongSet,
    holds_several,
    looped_crop,
    window_columns,
    window_starts,
)
from genredesk.training.plan.recipe import Recipe

Pairs = NDArray[np.intp]
"""``(n, 2)``: song index and the column its window begins at; -1 for "anywhere"."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one training step sees.

    Parameters
    ----------
    features
        ``(batch, channels, bands, frames)``.
    targets
        Class shares ``(batch, classes)``; one-hot unless mixup mixed two windows or several words
        hold of a song.
    songs
        Index of the song each window is (mostly) of ``(batch,)``; -1 for sound of no song.
    """

    features: FloatArray
    targets: FloatArray
    songs: NDArray[np.intp]


def targets_of(data: SongSet, labels: Sequence[str]) -> NDArray[np.intp]:
    """Return each song's class number; of several words, a number of all that hold together."""
    if holds_several(data):
        kinds = [song.words for song in data.songs]
        order = {words: i for i, words in enumerate(dict.fromkeys(kinds))}
        return np.array([order[words] for words in kinds], dtype=np.intp)
    number = {label: i for i, label in enumerate(labels)}
    return np.array([number[song.label] for song in data.songs], dtype=np.intp)


def pairs_of(data: SongSet, indices: Sequence[int], recipe: Recipe) -> Pairs:
    """List the windows of one epoch before shuffling."""
    if recipe.crops:
        return np.array([(i, -1) for i in indices for _ in range(recipe.crops)], dtype=np.intp)
    frames = window_columns(data.spec)
    return np.array(
        [(i, s) for i in indices for s in window_starts(data.n_columns(i), frames, frames)],
        dtype=np.intp,
    )


def _balanced(pairs: Pairs, classes: NDArray[np.intp], rng: np.random.Generator) -> Pairs:
    """Draw as many pairs again, every class with the same chance."""
    own = classes[pairs[:, 0]]
    weight = 1.0 / np.bincount(own)[own]
    return pairs[rng.choice(len(pairs), size=len(pairs), p=weight / weight.sum())]


def class_weights(classes: NDArray[np.intp], indices: Sequence[int], n: int) -> FloatArray:
    """Return loss weights ``(n,)`` inverse to the songs of each class, mean 1 over the songs."""
    counts = np.bincount(classes[np.asarray(indices)], minlength=n).astype(np.float32)
    weights = np.where(counts > 0, len(indices) / (n * np.maximum(counts, 1)), 0.0)
    return weights.astype(np.float32)


def _warped(
    data: SongSet, song: int, start: int, recipe: Recipe, rng: np.random.Generator
) -> FloatArray:
    frames, have = window_columns(data.spec), data.n_columns(song)
    anywhere = start < 0
    free = data.stride == 1
    length = augmenting.draw_length(recipe.augment, frames, rng) if free else frames
    length = min(length, max(have, frames)) if anywhere else length
    if anywhere:
        last = max(0, have - length) // data.stride
        start = int(rng.integers(0, last + 1)) * data.stride
    elif start + length > have >= length:
        start = have - length
    crop = looped_crop(data, song, start, length)
    return augmenting.warp(recipe.augment, crop, frames, rng, unit=augmenting.decibel(data.spec))


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts and varies one training window after the other.

    Parameters
    ----------
    alike
        The songs fitted on, by class: whose windows may be added to one another.
    """

    data: SongSet
    classes: NDArray[np.intp]
    recipe: Recipe
    alike: dict[int, NDArray[np.intp]]

    def __call__(self, song: int, start: int, rng: np.random.Generator) -> FloatArray:
        data, augment = self.data, self.recipe.augment
        unit = augmenting.decibel(data.spec)
        out = _warped(data, song, start, self.recipe, rng)
        if unit and rng.random() < augment.blend:
            other = int(rng.choice(self.alike[int(self.classes[song])]))
            second = _warped(data, other, -1, self.recipe, rng)
            out = augmenting.blended(out, second, rng.uniform(0, augment.blend_db), unit)
        return augmenting.colour(augment, out, rng, data.spec)


def _mixed(batch: Batch, alpha: float, rng: np.random.Generator) -> Batch:
    share = rng.beta(alpha, alpha)
    other = rng.permutation(len(batch.features))
    features = share * batch.features + (1 - share) * batch.features[other]
    targets = share * batch.targets + (1 - share) * batch.targets[other]
    songs = batch.songs if share >= 0.5 else batch.songs[other]
    return Batch(features.astype(np.float32), targets.astype(np.float32), songs)


def epoch(
    data: SongSet,
    pairs: Pairs,
    classes: NDArray[np.intp],
    n_classes: int,
    recipe: Recipe,
    *,
    seed: int,
    number: int,
    size: int,
    words: NDArray[np.bool_] | None = None,
) -> Iterator[Batch]:
    """Yield the batches of epoch ``number`` in a new order, each of ``size`` windows.

    A last batch of a single window is left out: batch norm cannot learn from it.

    Parameters
    ----------
    words
        Where several may hold, those that do, ``(songs, n_classes)``.
    """
    rng = np.random.default_rng((seed, number))
    drawn = _balanced(pairs, classes, rng) if recipe.balance == "sampling" else pairs
    order = rng.permutation(len(drawn))
    fitted = np.unique(pairs[:, 0])
    alike = {int(c): fitted[classes[fitted] == c] for c in np.unique(classes[fitted])}
    cut = _Cutter(data, classes, recipe, alike)
    for begin in range(0, len(order), size):
        chosen = drawn[order[begin : begin + size]]
        if len(chosen) == 1 and len(order) > 1:
            break
        crops = np.stack([cut(int(i), int(s), rng) for i, s in chosen])
        songs = chosen[:, 0]
        if words is None:
            targets = np.zeros((len(songs), n_classes), np.float32)
            targets[np.arange(len(songs)), classes[songs]] = 1
        else:
            targets = words[songs].astype(np.float32)
        batch = Batch(frontend.normalise(data.spec, crops), targets, songs)
        yield _mixed(batch, recipe.augment.mixup, rng) if recipe.augment.mixup else batch


def n_batches(n_pairs: int, size: int) -> int:
    """How many batches :func:`epoch` yields."""
    whole, rest = divmod(n_pairs, size)
    return max(1, whole + (rest > 1))
