"""The golden output: what a bundle answers to a signal that every machine can make exactly.

It goes through the front end as well as the network, so a bundle whose front end this program
would compute differently is found before it gives wrong names to music.
"""

from __future__ import annotations

import threading
import time

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.inference.card import Golden, ModelCard
from genredesk.inference.runtime.onnx import OnnxRuntime
from genredesk.inference.runtime.protocol import Runtime, RuntimeFailure

SIGNAL = "sweep-and-noise-1"
TOLERANCE = 0.02
"""Allowed difference of a logit, relative to the largest logit (at least 1)."""

TIME_LIMIT_S = 60.0
"""Of the processor's time, so that a machine that does much else makes no network a hanging one."""

_LOOK_S = 0.1
"""So often it is looked how much a network has used."""

BATCH = 3

SET = "chords-and-beats-1"
MANY = 16
"""How many known sounds a network and its 8-bit form are compared on."""

APART = 0.12
"""How far the 8-bit form of a network may be from it, see :func:`apart`: rounding costs GenreDesk's
own 0.06, sums that are cut off 0.23."""


def signal(n: int, sample_rate: int) -> FloatArray:
    """Return ``n`` samples of a rising sweep with pulses over a bed of noise, shape ``(n,)``.

    Every band holds sound well above the rounding errors of ``float32``; the noise comes from
    integer arithmetic (Knuth's multiplicative hash), so it is the same everywhere.
    """
    t = np.arange(n, dtype=np.float64) / sample_rate
    length = max(n / sample_rate, 1e-3)
    octaves = np.log2(0.4 * sample_rate / 60.0)
    sweep = np.sin(2 * np.pi * 60.0 * length / (octaves * np.log(2)) * 2 ** (octaves * t / length))
    beat = (t % 0.5) < 0.05
    return (0.3 * sweep + (0.05 + 0.3 * beat) * _noise(n)).astype(np.float32)


def _noise(n: int) -> NDArray[np.float64]:
    k = np.arange(n, dtype=np.uint64)
    return ((k * k + k * np.uint64(2654435761)) % np.uint64(4294967291)) / 4294967291.0 - 0.5


def sounds(n: int, sample_rate: int) -> FloatArray:
    """Return the known sounds of :data:`SET`, of ``n`` samples each, shape ``(MANY, n)``.

    Chords over a beat and a bed of noise: low and high, slow and quick, even and noisy. Like
    :func:`signal` they can be made exactly on every machine.
    """
    t = np.arange(n, dtype=np.float64) / sample_rate
    noise = _noise(n)
    made: list[FloatArray] = []
    for i in range(MANY):
        root, beats = 55.0 * 2 ** (i % 4), 1.0 + 0.5 * (i % 5)
        since = (t * beats) % 1.0 / beats
        tones = [
            np.sin(2 * np.pi * root * note * h * t) / h
            for note in (1.0, (1.2, 1.25)[i % 2], 1.5)
            for h in range(1, 2 + i % 4)
        ]
        drum = np.exp(-since * (12 + 6 * (i % 3))) * noise * (i % 3)
        thump = np.exp(-since * 20) * np.sin(2 * np.pi * 60 * since) * (i % 4)
        made.append(0.1 * np.sum(tones, axis=0) + 0.4 * drum + 0.2 * thump + 0.01 * noise)
    peak = np.abs(made).max(axis=1, keepdims=True)
    return (0.5 * np.array(made) / peak).astype(np.float32)


def features(card: ModelCard) -> FloatArray:
    """Return the golden signal as one network input, shape ``(channels, bands, frames)``."""
    spec = card.frontend
    return frontend.window(spec, signal(spec.window_samples, spec.sample_rate))


def _answer(runtime: OnnxRuntime, batch: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Run with a time limit: a graph from elsewhere may hold a loop without end."""
    options = ort.RunOptions()
    over = threading.Event()
    began = time.process_time()

    def stop() -> None:
        while not over.wait(_LOOK_S):
            if time.process_time() - began > TIME_LIMIT_S:
                options.terminate = True
                return

    watch = threading.Thread(target=stop, name="genredesk-limit", daemon=True)
    watch.start()
    try:
        return runtime.run(batch, options)
    except RuntimeFailure as error:
        if options.terminate:
            raise RuntimeFailure(
                say(
                    "it does not answer within {time_limit_s:g} s of the processor's time",
                    time_limit_s=TIME_LIMIT_S,
                )
            ) from error
        raise
    finally:
        over.set()
        watch.join()


def make(model: bytes, card: ModelCard) -> Golden:
    """Answer the golden signal with ``model``; checks the shapes of what comes out on the way.

    Raises
    ------
    RuntimeFailure
        When the graph does not run or gives the wrong shapes or values.
    """
    runtime = OnnxRuntime(model, card)
    try:
        batch = np.repeat(features(card)[None], BATCH, axis=0)
        logits, embedding = _answer(runtime, batch)
    finally:
        runtime.close()
    if logits.shape != (BATCH, len(card.labels)) or logits.dtype != np.float32:
        raise RuntimeFailure(
            say(
                "the network answers {shape}, not ({batch}, {n_labels})",
                shape=logits.shape,
                batch=BATCH,
                n_labels=len(card.labels),
            )
        )
    if embedding.ndim != 2 or len(embedding) != BATCH:
        raise RuntimeFailure(
            say(
                "the network's embedding is {shape}, not ({batch}, d)",
                shape=embedding.shape,
                batch=BATCH,
            )
        )
    if not (np.isfinite(logits).all() and np.isfinite(embedding).all()):
        raise RuntimeFailure(say("the network answers something that is not a number"))
    return Golden(SIGNAL, tuple(float(v) for v in logits[0]))


def difference(expected: Golden, got: Golden) -> float:
    """Return the largest difference of a logit, relative to the largest one (at least 1)."""
    a, b = np.asarray(expected.logits), np.asarray(got.logits)
    return float(np.max(np.abs(a - b)) / max(1.0, float(np.max(np.abs(a)))))


def set_features(card: ModelCard) -> FloatArray:
    """Return the known sounds of :data:`SET` as a network's input, ``(MANY, *shape)``."""
    spec = card.frontend
    made = sounds(spec.window_samples, spec.sample_rate)
    return np.stack([frontend.window(spec, sound) for sound in made])


def set_answers(model: bytes, card: ModelCard) -> FloatArray:
    """Return a network's logits of the known sounds of :data:`SET`, ``(MANY, labels)``.

    Raises
    ------
    RuntimeFailure
        When the graph does not run.
    """
    runtime = OnnxRuntime(model, card)
    try:
        return _answer(runtime, set_features(card))[0]
    finally:
        runtime.close()


def apart(expected: FloatArray, got: FloatArray) -> float:
    """Return how far logits ``(sounds, labels)`` are from others, a share of how far those spread.

    What all labels of a sound have in common says nothing of its genre and is left out.
    """
    if expected.shape != got.shape or not np.isfinite(got).all():
        return float("inf")
    a: FloatArray = expected - expected.mean(axis=1, keepdims=True)
    b: FloatArray = got - got.mean(axis=1, keepdims=True)
    return float(np.sqrt(np.mean((a - b) ** 2) / max(float(np.mean(a**2)), 1e-12)))


def check_runtime(runtime: Runtime, card: ModelCard) -> float:
    """Return how far ``runtime`` is from the card's golden output, as :func:`difference`."""
    if card.golden is None:
        raise RuntimeFailure(say("the bundle has no golden output to compare with"))
    logits, _ = runtime.run(features(card)[None])
    if logits.shape != (1, len(card.labels)) or not np.isfinite(logits).all():
        raise RuntimeFailure(say("it answers the golden signal with something that is no score"))
    return difference(card.golden, Golden(SIGNAL, tuple(float(v) for v in logits[0])))
