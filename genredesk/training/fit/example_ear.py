"""What a network makes of the examples of a word, and of sounds that are no music; both are kept.

What was heard before is not heard again, and where all of it was the network is not even opened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from genredesk.audio import decode
from genredesk.audio.resample import StreamResampler
from genredesk.core import atomic, paths
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.pieces import WindowBatch, pieces
from genredesk.inference.runtime import CPU, Runtime, open_runtime
from genredesk.training.batches import synthetic_noise
from genredesk.training.data.examples import Example
from genredesk.training.network.logistic import Matrix

HOP_S = 1.0
LONGEST_S = 90.0
"""Of a whole song no more is listened to."""
NO_MUSIC = 64
"""Windows of made-up speech, sirens, tones and noise, which are no taught word either."""

_LogitsEmbedding = tuple[Matrix, Matrix]


@dataclass(frozen=True, slots=True)
class HeardExample:
    """What a network makes of an example: of its windows logits ``(n, k)``, embedding ``(n, d)``.

    ``label`` is the word it is kept under.
    """

    label: str
    logits: Matrix
    embedding: Matrix


class ExampleEar:
    """A network that is opened when it is first asked something it was not asked before."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._runtime: Runtime | None = None

    def hear(self, example: Example) -> HeardExample:
        """Return what the network makes of an example.

        Raises
        ------
        AudioFileError
            When it cannot be read.
        """
        logits, embedding = self._kept(example.digest, lambda: self._windows_of(example))
        return HeardExample(example.label, logits, embedding)

    def no_music(self) -> Matrix:
        """Return embeddings ``(n, d)`` of made-up speech, sirens, tones and noise."""
        return self._kept("no-music", self._windows_of_no_music)[1]

    def close(self) -> None:
        """Give memory back."""
        if self._runtime is not None:
            self._runtime.close()

    def _kept(self, name: str, windows: Callable[[], Iterable[WindowBatch]]) -> _LogitsEmbedding:
        """Return logits ``(n, k)`` and embeddings ``(n, d)`` of windows, computed once."""
        model = self._bundle.card.files[MODEL][:16]
        kept = paths.cache_dir() / "examples" / f"{model}-{name}.npz"
        with contextlib.suppress(OSError, ValueError, KeyError), np.load(kept) as file:
            return file["logits"], file["embedding"]
        if self._runtime is None:
            self._runtime = open_runtime(self._bundle, CPU)
        found = [self._runtime.run(piece.features) for piece in windows()]
        logits, embedding = (
            np.concatenate(part).astype(np.float64) for part in zip(*found, strict=True)
        )
        with contextlib.suppress(OSError), atomic.atomic_file(kept) as file:
            np.savez(file, logits=logits, embedding=embedding)
        return logits, embedding

    def _windows_of(self, example: Example) -> Iterable[WindowBatch]:
        spec = self._bundle.card.frontend
        return pieces(spec, [decode.load(example.path, spec.sample_rate, LONGEST_S)], HOP_S)

    def _windows_of_no_music(self) -> Iterable[WindowBatch]:
        spec = self._bundle.card.frontend
        n = round(spec.window_s * LIVE_MEL.sample_rate)
        sounds = [synthetic_noise.sound(i, 0, n)[1] for i in range(NO_MUSIC)]
        same = StreamResampler(LIVE_MEL.sample_rate, spec.sample_rate)
        return pieces(spec, [*(same.push(sound) for sound in sounds), same.flush()])
