"""Other networks asked about the same sound, for comparison: each by its own windows and front end.

They are asked on the engine's thread after the network that is listened to, at the same moments of
the same ring. Those that take long are asked less often; the one in use never waits for more than
one of them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genredesk.audio.resample import StreamResampler
from genredesk.audio.ring import RingOverrun
from genredesk.core.certainty import Strength, Verdict
from genredesk.core.messages import say
from genredesk.core.scores import Decision, FloatArray, Scores
from genredesk.inference import aggregate
from genredesk.inference.live.condition import EngineSettings
from genredesk.inference.live.opener import Opened

if TYPE_CHECKING:
    from genredesk.audio.source import Source


@dataclass(frozen=True, slots=True)
class HeardMoment:
    """What all are asked about: the sound of ``source`` that ends with sample ``stop``.

    Parameters
    ----------
    source
        Where it is heard.
    origin
        Sample after the last gap; no window begins before it.
    stop
        The sample after the last one.
    level_dbfs, silent
        Of the window of the network in use: whether nothing is to be asked.
    """

    source: Source
    origin: int
    stop: int
    level_dbfs: float
    silent: bool


@dataclass(frozen=True, slots=True)
class BesideAnswer:
    """What another network says now.

    Parameters
    ----------
    bundle_id
        Which.
    decision
        To be shown; without a state while less than its window was heard.
    problem
        Why it could not answer, as a sentence; empty when it could.
    """

    bundle_id: str
    decision: Decision
    problem: str = ""


class _Model:
    """One of them, and what it said so far."""

    def __init__(self, opened: Opened) -> None:
        card = opened.bundle.card
        self.opened = opened
        self.asked_at = -1
        self.smoother = aggregate.Smoother(card.words, pool=card.pool)

    def answer(self, moment: HeardMoment) -> BesideAnswer:
        """Answer the window of this network that ends with the moment."""
        source, card = moment.source, self.opened.bundle.card
        spec, rate, stop = card.frontend, source.sample_rate, moment.stop
        self.asked_at = stop
        start = stop - math.ceil(spec.window_samples * rate / spec.sample_rate)
        end = source.time_of(stop - 1) + 1 / rate
        waiting = BesideAnswer(card.id, aggregate.waiting(card.words, end))
        if start < max(moment.origin, source.ring.start):
            return waiting
        p, verdict = np.zeros(len(card.words), np.float32), Verdict(Strength.SILENCE, 0, -1)
        if not moment.silent:
            try:
                samples = source.ring.read(start, stop)
            except RingOverrun:
                return waiting
            samples = _at_rate(samples, rate, spec.sample_rate, spec.window_samples)
            p, verdict = self.opened.hear(samples, self.smoother.bounds)
        scores = Scores(
            end - spec.window_s, end, verdict.strength, card.words, p, moment.level_dbfs, verdict
        )
        return BesideAnswer(card.id, self.smoother.update(scores, stop / rate))


class BesideModels:
    """The networks that are asked beside the one in use, on the engine's thread.

    Parameters
    ----------
    on_answer
        Called with every answer.
    """

    def __init__(self, on_answer: Callable[[BesideAnswer, Source], None]) -> None:
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._closed = False
        self._wanted: Sequence[Opened] | None = None
        self._models: list[_Model] = []
        self._settings: EngineSettings | None = None

    def want(self, opened: Sequence[Opened]) -> None:
        """Ask these from the next window on, and close them in the end; from any thread."""
        with self._lock:
            unwanted = opened if self._closed else self._wanted or ()
            self._wanted = None if self._closed else opened
        _close(unwanted)

    def close(self) -> None:
        """Close all of them; nothing is asked any more."""
        with self._lock:
            self._closed = True
            unwanted, self._wanted = self._wanted or (), None
        _close([*unwanted, *(model.opened for model in self._models)])
        self._models = []

    def take_over(self, settings: EngineSettings) -> None:
        """Ask those that are wanted now; judge and smooth as the network in use does."""
        with self._lock:
            wanted, self._wanted = self._wanted, None
        if wanted is not None:
            _close([model.opened for model in self._models])
            self._models = [_Model(one) for one in wanted]
        elif settings is self._settings:
            return
        self._settings = settings
        for model in self._models:
            card = model.opened.bundle.card
            model.smoother.time_constant_s = settings.smoothing_s
            model.smoother.bounds = card.bounds(settings.unsure_below, settings.care)

    def reset(self) -> None:
        """Forget what was heard: another source, a gap or a jump."""
        for model in self._models:
            model.smoother.reset()
            model.asked_at = -1

    def answer(self, moment: HeardMoment, late: Callable[[], bool]) -> None:
        """Ask about a moment, whoever was not asked for longest first, until ``late``."""
        for number, model in enumerate(sorted(self._models, key=lambda one: one.asked_at)):
            if number and late():
                return
            try:
                found = model.answer(moment)
            except Exception as error:  # noqa: BLE001 - whatever a network or device raises
                card = model.opened.bundle.card
                nothing = aggregate.waiting(card.words)
                reason = say("{title} could not answer ({reason}).", title=card.title, reason=error)
                found = BesideAnswer(card.id, nothing, reason)
            self._on_answer(found, moment.source)


def _close(opened: Sequence[Opened]) -> None:
    for one in opened:
        one.runtime.close()


def _at_rate(samples: FloatArray, rate: int, wanted: int, n_samples: int) -> FloatArray:
    """Return a window at another sample rate, exactly ``n_samples`` long: its newest ones."""
    stream = StreamResampler(rate, wanted)
    found = np.concatenate([stream.push(samples), stream.flush()])
    return found[len(found) - n_samples :] if len(found) > n_samples else found
