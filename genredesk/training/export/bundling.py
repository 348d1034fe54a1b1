"""A trained network becomes a bundle: a graph that answers like what was trained, a true card."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genredesk import __version__
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.core.trust import Fitted
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Accuracy, Bundle, ModelCard
from genredesk.inference.card import CalibrationErrors, KeptEpoch
from genredesk.training.evaluation import metrics
from genredesk.training.network import module
from genredesk.training.network.module import Listen

PARITY = 1e-4
"""Largest allowed difference between torch and ONNX Runtime: of the calibrated probabilities as it
stands; of logits and embedding relative to a window's largest one where that is above 1 (networks
on raw MFCCs answer in hundreds, where single precision itself resolves no less)."""

BATCHES = (1, 3, 17)
"""Batch sizes the exported graph is compared at."""


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """What of a trained network goes into its bundle.

    Parameters
    ----------
    model
        ``model.onnx``.
    weights
        ``weights.safetensors``.
    parameters
        How many it has.
    answers
        What was trained, which the graph has to answer like.
    """

    model: bytes
    weights: bytes
    parameters: int
    answers: Listen


def _outputs(
    logits: FloatArray, embedding: FloatArray, temperature: float
) -> dict[str, FloatArray]:
    probabilities = metrics.softmax(logits, temperature)
    return {"probabilities": probabilities, "logits": logits, "embedding": embedding}


def check_parity(
    model: bytes, answers: Listen, features: FloatArray, temperature: float = 1.0
) -> float:
    """Compare a graph with what it was made of on real windows; return the largest difference.

    Parameters
    ----------
    temperature
        What the logits are divided by before they become probabilities.

    Raises
    ------
    BundleError
        When it exceeds :data:`PARITY`; names the output, the batch size and the place.
    """
    listen = module.graph(model)
    worst = 0.0
    for size in BATCHES:
        batch = np.ascontiguousarray(features[np.arange(size) % len(features)])
        wanted = _outputs(*answers(batch), temperature)
        got = _outputs(*listen(batch), temperature)
        for name, a in wanted.items():
            b = got[name]
            if a.shape != b.shape:
                raise BundleError(
                    say(
                        "the exported network's {name} are {shape} and not {shape2} for a batch "
                        "of {size}",
                        name=name,
                        shape=b.shape,
                        shape2=a.shape,
                        size=size,
                    )
                )
            scale = np.abs(a).max(axis=1, keepdims=True)
            difference = np.abs(a - b) / np.maximum(1.0, scale)
            here = float(difference.max())
            if not here <= PARITY:
                row, column = np.unravel_index(int(difference.argmax()), a.shape)
                raise BundleError(
                    say(
                        "the exported network differs from the trained one by {here:.2g} in its "
                        "{name} (number {column} of window {row}, batch of {size})",
                        here=here,
                        name=name,
                        column=column,
                        row=row,
                        size=size,
                    )
                )
            worst = max(worst, here)
    return worst


def versions() -> dict[str, str]:
    """Return what a bundle was made with."""
    found = {}
    for name in ("torch", "onnx", "onnxruntime", "numpy", "lightning-fabric"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return {"genredesk": __version__, "python": platform.python_version(), **found}


@dataclass(frozen=True, slots=True)
class About:
    """What a card says that cannot be measured."""

    id: str
    title: str
    network: str
    paper: str
    data: str
    split: str
    seed: int
    licence: str
    notes: str
    makes_sound: bool = False
    epochs: KeptEpoch | None = None


def accuracies(evaluation: dict[str, Any], on: str) -> dict[str, Accuracy]:
    """Return the measured accuracies of an evaluation, as a card lists them."""
    songs, windows = evaluation["songs"], evaluation["windows"]
    low, high = windows["interval"]
    out = {
        "song": Accuracy(songs["sum"], songs["n"], tuple(songs["interval"]), on),
        "window": Accuracy(windows["accuracy"], windows["n"], (low, high), on),
    }
    for label, row in (evaluation.get("per_label") or evaluation["per_class"]).items():
        if row["n"]:
            interval = tuple(row["interval"])
            out[f"recall {label}"] = Accuracy(row["recall"], row["n"], interval, on)
    return out


def write(
    folder: Path,
    made: TrainedNetwork,
    about: About,
    *,
    labels: tuple[str, ...],
    frontend: Any,
    evaluation: dict[str, Any],
    certainty: Fitted,
    features: FloatArray,
    thresholds: Mapping[str, float],
    embeddings: bytes | None = None,
) -> Bundle:
    """Compare the exported network with the trained one and write its bundle.

    Parameters
    ----------
    features
        Real windows ``(n, channels, bands, frames)`` to compare both on.
    thresholds
        Where several labels may hold, from which probability on each word is sure; else empty.
    embeddings
        Of music it learned from, see :mod:`genredesk.training.fit.other_music`.

    Raises
    ------
    BundleError
        When the exported network does not answer like the trained one, or cannot be written.
    """
    try:
        check_parity(made.model, made.answers, features, evaluation["temperature"])
    except BundleError as error:
        raise BundleError(
            say("{id}: {reason}. Nothing was written.", id=about.id, reason=error)
        ) from error
    card = ModelCard(
        id=about.id,
        title=about.title,
        network=about.network,
        paper=about.paper,
        labels=labels,
        frontend=frontend,
        temperature=evaluation["temperature"],
        sharpening=evaluation["sharpening"],
        unsure_below=evaluation["unsure_below"],
        task="several" if thresholds else "one",
        thresholds={word: round(bound, 4) for word, bound in thresholds.items()},
        certainty=certainty,
        data=about.data,
        split=about.split,
        seed=about.seed,
        accuracy=accuracies(evaluation, about.split),
        parameters=made.parameters,
        calibration=CalibrationErrors(
            evaluation["ece_uncalibrated"], evaluation["ece"], evaluation["ece_songs"]
        ),
        epochs=about.epochs,
        makes_sound=about.makes_sound,
        licence=about.licence,
        versions=versions(),
        notes=about.notes,
    )
    return bundles.write(
        folder, onnx=made.model, weights=made.weights, card=card, embeddings=embeddings
    )
