"""What a number is worth: mistakes by name, the model begun with, guessing, leaks, flattery.

Called at the end of every epoch and of a run; everything returned is plain data for events and
reports.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.scores import FloatArray
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard
from genredesk.training.data import sources
from genredesk.training.data.songs import (
    SongSet,
    iter_windows,
    labels_in,
    labels_of,
    window_columns,
)
from genredesk.training.data.split import Split, shared_by
from genredesk.training.evaluation import metrics, paired, several, shared_words
from genredesk.training.evaluation.evaluate import (
    RAW,
    Calibration,
    Predictions,
    calibration_of,
    predict,
    song_probabilities,
)
from genredesk.training.evaluation.shared_words import SongAnswers
from genredesk.training.network import logistic, module
from genredesk.training.network.module import Listen

if TYPE_CHECKING:
    from genredesk.training.plan.plan import TrainPlan

MOST_WINDOWS = 3000
"""So many windows are looked at for the flattering number."""

MOST_WRONG = 200
"""So many songs that were named wrongly are told after every epoch, the surest ones."""

_DECAY = 3e-3
_WINDOWS_EACH = 10


def mistakes(
    predictions: Predictions, calibration: Calibration = RAW, *, most: int | None = None
) -> dict[str, Any]:
    """Return the confusion of songs and those that were named wrongly, surest first.

    Parameters
    ----------
    most
        Name so many of them; ``None``: all. ``n_wrong`` counts them all.
    """
    songs = song_probabilities(predictions, calibration)
    said = songs.argmax(axis=1)
    labels = predictions.labels
    if predictions.several:
        return _words_missed(predictions, songs, most)
    missed = np.flatnonzero(said != predictions.truth)
    surest = missed[np.argsort(-songs[missed, said[missed]], kind="stable")]
    wrong = [
        {
            "song": predictions.names[i],
            "truth": labels[predictions.truth[i]],
            "answer": labels[said[i]],
            "score": float(songs[i, said[i]]),
        }
        for i in surest[:most]
    ]
    return {
        "labels": list(labels),
        "confusion": metrics.confusion(said, predictions.truth, len(labels)),
        "wrong": wrong,
        "n_wrong": len(missed),
        "n": len(predictions.names),
    }


def _words_missed(predictions: Predictions, songs: FloatArray, most: int | None) -> dict[str, Any]:
    """Return the same where several words may hold.

    Wrong is a song whose likeliest word is none of its own; in ``confusion`` a song counts in the
    row of each word it has, in the column of each that is more likely than not.
    """
    labels, said = predictions.labels, songs.argmax(axis=1)
    missed = np.flatnonzero(~predictions.right(songs))
    surest = missed[np.argsort(-songs[missed, said[missed]], kind="stable")]
    truth = predictions.truth
    wrong = [
        {
            "song": predictions.names[i],
            "truth": ", ".join(labels[k] for k in np.flatnonzero(truth[i])),
            "answer": labels[said[i]],
            "score": float(songs[i, said[i]]),
        }
        for i in surest[:most]
    ]
    together = truth.T.astype(int) @ (songs >= 0.5).astype(int)
    return {
        "labels": list(labels), "confusion": together.tolist(), "wrong": wrong,
        "n_wrong": len(missed), "n": len(songs),
    }  # fmt: skip


def guessing(data: SongSet, parts: Split) -> dict[str, float]:
    """Return what guessing would get right: always the commonest genre, or any of them."""
    own = [labels_in(data.songs[i]) for i in parts.valid]
    counts = Counter(label for labels in own for label in labels)
    n = max(1, len(labels_of(data)))
    return {"most": max(counts.values()) / len(own), "even": counts.total() / len(own) / n}


def _key(label: str) -> str:
    return "".join(c for c in label.casefold() if c.isalnum())


def begun_with(plan: TrainPlan) -> dict[str, Any] | None:
    """Return the bundle a run began with or is compared with, and what that learned from.

    Returns
    -------
    dict or None
        ``bundle``, ``title``, ``data`` as its card says it, and whether the run goes on from its
        ``weights``: what it heard while learning, the new network has heard, too.
    """
    name = plan.compare or plan.bundle
    if not name:
        return None
    try:
        card = bundles.find(name).card
    except GenreDeskError:
        return None
    weights = plan.mode != "scratch"
    return {"bundle": card.id, "title": card.title, "data": card.data, "weights": weights}


def start_model(
    plan: TrainPlan,
    data: SongSet,
    predictions: Predictions,
    calibration: Calibration,
    ctx: JobContext,
) -> dict[str, Any] | None:
    """Measure the bundle a run began with on the same songs, as far as it knows their genres.

    Returns
    -------
    dict or None
        ``bundle``, ``title``, ``n`` songs both can name, share right of ``start`` and of ``new``
        with their 95 % intervals, and ``comparison``, which of them is better (see
        :class:`~genredesk.training.evaluation.paired.Comparison`); ``None`` when there is no such
        bundle or no such song.
    """
    name = plan.compare or plan.bundle
    if not name:
        return None
    try:
        bundle = bundles.find(name)
        return _compared(plan, bundle, data, predictions, calibration=calibration, ctx=ctx)
    except GenreDeskError:
        ctx.checkpoint()
        return None


def _compared(
    plan: TrainPlan,
    bundle: Bundle,
    data: SongSet,
    predictions: Predictions,
    *,
    calibration: Calibration,
    ctx: JobContext,
) -> dict[str, Any] | None:
    known = {_key(label): i for i, label in enumerate(bundle.card.labels)}
    labels = predictions.labels
    if predictions.several:
        return _compared_by_words(plan, bundle, data, predictions, calibration=calibration, ctx=ctx)
    both = [i for i, t in enumerate(predictions.truth) if _key(labels[t]) in known]
    if not both:
        return None
    data = _heard_by(bundle, plan, data, ctx)
    place = {song.name: i for i, song in enumerate(data.songs)}
    both = [i for i in both if predictions.names[i] in place]
    if not both:
        return None
    renamed = _Relabelled(data, {k: bundle.card.labels[i] for k, i in known.items()})
    theirs = predict(
        renamed,
        [place[predictions.names[i]] for i in both],
        bundle.card.labels,
        module.logits_of(module.graph(bundle.read(bundles.MODEL))),
        ctx=ctx,
    )
    right = song_probabilities(theirs, calibration_of(bundle)).argmax(axis=1) == theirs.truth
    mine = song_probabilities(predictions, calibration).argmax(axis=1) == predictions.truth
    mine = mine[both]
    return {
        "bundle": bundle.id,
        "title": bundle.card.title,
        "n": len(both),
        "start": float(right.mean()),
        "start_interval": list(metrics.interval(right)),
        "new": float(mine.mean()),
        "new_interval": list(metrics.interval(mine)),
        "comparison": paired.compare(mine, right).to_dict(),
    }


def _heard_by(bundle: Bundle, plan: TrainPlan, data: SongSet, ctx: JobContext) -> SongSet:
    """Return the songs of a plan as a bundle hears them."""
    if bundle.card.frontend.fingerprint == data.spec.fingerprint:
        return data
    asked = dataclasses.replace(plan, frontend="")
    return sources.open_data(asked, bundle.card.frontend, ctx, lambda _found: None)


def _compared_by_words(
    plan: TrainPlan,
    bundle: Bundle,
    data: SongSet,
    predictions: Predictions,
    *,
    calibration: Calibration,
    ctx: JobContext,
) -> dict[str, Any] | None:
    """Compare by the words both know: of these each one's likeliest is to be one of the song's."""
    theirs = _heard_by(bundle, plan, data, ctx)
    place = {song.name: i for i, song in enumerate(theirs.songs)}
    names = [name for name in predictions.names if name in place]
    truth = dict(
        zip(predictions.names, shared_words.keys_of(predictions.labels, predictions.truth),
            strict=True)
    )  # fmt: skip
    new = ModelCard(
        "new", "", "", predictions.labels, data.spec,
        temperature=calibration.temperature, task="several", unsure_below=0.5,
    )  # fmt: skip
    logits = metrics.summed(
        new.probabilities(predictions.logits), predictions.song, len(predictions.names)
    )
    mine = SongAnswers(new, predictions.names, logits, shared_words.meanings(new))
    listen = module.logits_of(module.graph(bundle.read(bundles.MODEL)))
    heard = several.hear(bundle.card, theirs, [place[name] for name in names], listen, ctx)
    old = SongAnswers(bundle.card, tuple(names), heard, shared_words.meanings(bundle.card))
    words = shared_words.tried([mine, old], [truth[name] for name in names])
    names = [name for name in names if truth[name] & words]
    if not names:
        return None
    own = [truth[name] for name in names]
    a, b = (one.of(names).right(own, words) for one in (mine, old))
    return {
        "bundle": bundle.id,
        "title": bundle.card.title,
        "n": len(names),
        "words": len(words),
        "start": float(b.mean()),
        "start_interval": list(metrics.interval(b)),
        "new": float(a.mean()),
        "new_interval": list(metrics.interval(a)),
        "comparison": paired.compare(a, b).to_dict(),
    }


class _Relabelled:
    """A set of songs whose labels are written as a bundle writes them."""

    def __init__(self, data: SongSet, names: dict[str, str]) -> None:
        self._data = data
        self.songs = tuple(
            dataclasses.replace(song, label=names.get(_key(song.label), song.label))
            for song in data.songs
        )
        self.spec = data.spec
        self.stride = data.stride

    def n_columns(self, index: int) -> int:
        return self._data.n_columns(index)

    def crop(self, index: int, start: int, stop: int) -> FloatArray:
        return self._data.crop(index, start, stop)


def leaks(data: SongSet, parts: Split, folds: Sequence[Split] = ()) -> dict[str, Any]:
    """Return how the songs were divided and what stands on both sides.

    ``folds`` are those of a quick run: every song was learned from, and held back in one of them.
    """
    return {
        "protocol": parts.protocol,
        "train": len(parts.train),
        "valid": len(parts.valid),
        "folds": len(folds),
        "shared_artists": shared_by(data.songs, folds or (parts,)),
        "artists_known": sum(bool(song.artist.strip()) for song in data.songs),
    }


Pieces = tuple[NDArray[np.float64], NDArray[np.intp]]
"""Embeddings ``(n, d)`` of windows of songs that do not overlap, and their class numbers."""


def pieces(listen: Listen, data: SongSet, seed: int, ctx: JobContext) -> Pieces:
    """Let a network hear songs, drawn at random, until :data:`MOST_WINDOWS` are heard."""
    order = np.random.default_rng((seed, 5)).permutation(len(data.songs)).tolist()
    labels = {label: i for i, label in enumerate(labels_of(data))}
    parts, truth = [], []
    for index, windows, _ in iter_windows(data, order, window_columns(data.spec)):
        ctx.checkpoint()
        parts += [listen(windows[i : i + 64])[1] for i in range(0, len(windows), 64)]
        truth += [labels[data.songs[index].label]] * len(windows)
        if len(truth) >= MOST_WINDOWS:
            break
    return np.concatenate(parts).astype(np.float64), np.array(truth)


def flattery(
    hear: Callable[[], Pieces], labels: Sequence[str], seed: int
) -> dict[str, float] | None:
    """Return what a split of pieces instead of songs would have claimed.

    A last layer is fitted on four fifths of the windows of all songs, drawn at random, and tried
    on the others: pieces of every song stand on both sides, so it is the songs that are remembered.
    ``None`` when there are too many genres for that many windows to say anything of each.
    """
    if len(labels) * _WINDOWS_EACH > MOST_WINDOWS:
        return None
    x, truth = hear()
    order = np.random.default_rng((seed, 6)).permutation(len(truth))[:MOST_WINDOWS]
    cut = max(1, len(order) // 5)
    held, fitted = order[:cut], order[cut:]
    if not len(fitted):
        return None
    x = (x - x[fitted].mean(0)) / np.maximum(x[fitted].std(0), 1e-4)
    layer, _ = logistic.fit(x[fitted], truth[fitted], len(labels), decay=_DECAY)
    right = logistic.answers(layer, x[held]).argmax(1) == truth[held]
    return {"accuracy": float(right.mean()), "n": len(held)}
