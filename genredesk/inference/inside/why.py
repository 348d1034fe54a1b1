"""Why a window was named so: which part of the picture the answer hangs on, and which branch.

By occlusion (Zeiler & Fergus 2014, section 4.2): a patch after the other is made as quiet as the
quiet parts of the picture are, and what that costs the word shown is its weight. It needs nothing
but answers, so it works for every network and without torch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genredesk.core.genres import genre_word
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.inside.graph import InsideGraph
from genredesk.inference.inside.said import name_said

ROWS, COLUMNS = 10, 10
"""Most patches up and along; a picture of fewer bands or frames has one for each."""

_AT_ONCE = 8
_QUIET = 0.1
"""The share of a picture that counts as its quiet parts."""


@dataclass(frozen=True, slots=True)
class Why:
    """What an answer hangs on.

    Parameters
    ----------
    label
        The word asked about.
    evidence
        Its log-odds, the logarithm of p / (1 - p).
    weights
        How much of that is lost without each patch ``(rows, columns)``, row 0 lowest; what is
        negative speaks against the word.
    branches
        The same without each branch of the network, by name; empty where it has none.
    """

    label: str
    evidence: float
    weights: FloatArray
    branches: tuple[tuple[str, float], ...]


def log_odds(logits: FloatArray, label: int) -> FloatArray:
    """Return the logarithm of p / (1 - p) of a label, ``(batch,)``, for logits ``(batch, n)``."""
    others = np.delete(logits.astype(np.float64), label, axis=1)
    most = others.max(axis=1)
    rest = most + np.log(np.exp(others - most[:, None]).sum(axis=1))
    return (logits[:, label] - rest).astype(np.float32)


def edges(length: int, most: int) -> list[int]:
    """Return where the patches of an axis begin and end: ``most`` of them, or one a place."""
    return np.linspace(0, length, min(length, most) + 1).round().astype(int).tolist()


def quiet(spec: FrontendSpec, features: FloatArray) -> FloatArray:
    """Return what a patch is filled with, to be broadcast to ``(channels, bands, frames)``.

    Cepstra have no loud and quiet: theirs is each coefficient's mean.
    """
    if spec.kind == "mfcc":
        return features.mean(axis=2, keepdims=True)
    return np.quantile(features, _QUIET, axis=(1, 2), keepdims=True).astype(np.float32)


def explain(
    inside: InsideGraph,
    features: FloatArray,
    label: int,
    checkpoint: Callable[[], object] = lambda: None,
) -> Why:
    """Say what the answer to one window hangs on.

    Parameters
    ----------
    features
        ``(channels, bands, frames)``.
    label
        Number of the word to explain.
    checkpoint
        Called between batches; may raise to stop.
    """
    spec = inside.card.frontend
    fill = quiet(spec, features)
    ups, alongs = edges(features.shape[1], ROWS), edges(features.shape[2], COLUMNS)
    patches = [
        (slice(a, b), slice(c, d))
        for a, b in itertools.pairwise(ups)
        for c, d in itertools.pairwise(alongs)
    ]
    whole = float(log_odds(inside.look(features[None])[0], label)[0])
    lost: list[FloatArray] = []
    for first in range(0, len(patches), _AT_ONCE):
        checkpoint()
        some = patches[first : first + _AT_ONCE]
        batch = np.repeat(features[None], len(some), axis=0)
        for window, (up, along) in zip(batch, some, strict=True):
            window[:, up, along] = np.broadcast_to(fill, features.shape)[:, up, along]
        lost.append(whole - log_odds(inside.look(batch)[0], label))
    weights = np.concatenate(lost).reshape(len(ups) - 1, len(alongs) - 1)
    branches: list[tuple[str, float]] = []
    for branch in inside.branches:
        logits, _ = inside.look(features[None], without=branch)
        branches.append((branch.name, whole - float(log_odds(logits, label)[0])))
    return Why(inside.card.labels[label], whole, weights, tuple(branches))


def places(spec: FrontendSpec, why: Why) -> dict[str, tuple[float, float]]:
    """Return where the weightiest patch lies: ``seconds`` of the window, and ``hertz``.

    Cepstra have ``coefficients`` instead of hertz, and a drawing of them has neither.
    """
    row, column = np.unravel_index(int(why.weights.argmax()), why.weights.shape)
    _, bands, frames = spec.shape
    up, along = edges(bands, ROWS), edges(frames, COLUMNS)
    begin, end = (spec.window_s * edge / frames for edge in along[column : column + 2])
    found: dict[str, tuple[float, float]] = {"seconds": (begin, end)}
    low, high = up[row], up[row + 1] - 1
    if spec.kind == "mfcc":
        return {**found, "coefficients": (float(low), float(high))}
    if spec.kind not in ("mfcc_image", "waveform"):
        hertz = frontend.mel_frequencies(spec)
        found["hertz"] = (float(hertz[low]), float(hertz[high]))
    return found


def sentence(spec: FrontendSpec, why: Why) -> str:
    """Say in words what an answer hangs on most."""
    if not why.weights.max() > 0:
        return say("Nothing in the window speaks for {label}.", label=genre_word(why.label))
    found = places(spec, why)
    begin, end = found["seconds"]
    where = say("{begin:.1f} – {end:.1f} s", begin=begin, end=end)
    if "hertz" in found:
        low, high = found["hertz"]
        where = say("{low:,.0f} – {high:,.0f} Hz at {where}", low=low, high=high, where=where)
    elif "coefficients" in found:
        low, high = found["coefficients"]
        where = say(
            "coefficients {low:.0f} – {high:.0f} at {where}", low=low, high=high, where=where
        )
    text = say(
        "{label} rests mostly on {where} of the window", label=genre_word(why.label), where=where
    )
    most = max(why.branches, key=lambda branch: branch[1], default=("", 0.0))
    if most[1] > 0:
        text += say(", and on {most}", most=name_said(most[0]))
    return f"{text}."
