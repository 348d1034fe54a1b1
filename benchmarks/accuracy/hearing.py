"""How a bundle hears a sound: as whole files are analysed, and as the Listen page does it."""

from __future__ import annotations

import queue

import numpy as np

from genredesk.audio.source import SourceBase, SourceInfo
from genredesk.core.scores import Decision, FloatArray, Scores
from genredesk.inference import aggregate
from genredesk.inference.answer import SILENCE_DBFS
from genredesk.inference.bundle import Bundle
from genredesk.inference.engine import LiveEngine
from genredesk.inference.pieces import pieces
from genredesk.inference.runtime import CPU, Runtime

HOP_S = 1.0
PATIENCE_S = 60.0

Heard = list[tuple[Scores, Decision]]
"""Every window's scores and what was shown then."""


def probabilities(bundle: Bundle, runtime: Runtime, sound: FloatArray) -> FloatArray:
    """Return what the network says about every window of a sound, ``(windows, labels)``.

    The windows begin :data:`HOP_S` apart; one under the silence gate is not asked about, and its
    row is zero: it is right about nothing.
    """
    card = bundle.card
    found = []
    for piece in pieces(card.frontend, [sound], HOP_S):
        rows = aggregate.softmax(runtime.run(piece.features)[0], card.temperature)
        found.append(np.where(piece.levels[:, None] >= SILENCE_DBFS, rows, np.float32(0)))
    return np.concatenate(found)


class LiveEar:
    """The live engine with the settings a person finds, fed as fast as it answers.

    Used in a ``with``, which closes the engine.

    Parameters
    ----------
    hop_s
        Seconds from one window to the next; ``None``: as a person finds it.
    """

    def __init__(self, bundle: Bundle, hop_s: float | None = None) -> None:
        self._spec = bundle.card.frontend
        self._answers: queue.Queue[tuple[Scores, Decision] | str] = queue.Queue()
        self._engine = LiveEngine(lambda *answer: self._answers.put(answer[:2]), self._answers.put)
        if hop_s is not None:
            self._engine.configure(hop_s=hop_s)
        self._engine.set_bundle(bundle, CPU)

    def __enter__(self) -> LiveEar:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    @property
    def hop_s(self) -> float:
        """Seconds from one answer to the next."""
        return self._engine.settings.hop_s

    def hear(self, sound: FloatArray) -> Heard:
        """Play a sound to the engine, hop by hop, and return all it said.

        Raises
        ------
        RuntimeError
            When the engine reports a problem or does not answer.
        """
        spec = self._spec
        source = SourceBase(SourceInfo("made", "made:", "a sound"), spec.sample_rate, None)
        hop = round(self.hop_s * spec.sample_rate)
        heard: Heard = []
        begin, end = 0, spec.window_samples
        while end <= len(sound):
            source.ring.write(sound[begin:end])
            if begin == 0:
                self._engine.set_source(source)
            heard.append(self._next())
            begin, end = end, end + hop
        self._engine.set_source(None)
        source.close()
        return heard

    def _next(self) -> tuple[Scores, Decision]:
        try:
            answer = self._answers.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise RuntimeError(f"the engine did not answer within {PATIENCE_S:g} s") from None
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer
