"""From the network's logits to one decision: pure rules, and smoothing measured in seconds.

The three rules of the papers (raw, summed probability, majority vote) judge whole files; the
live view smooths in time with hysteresis, so that the word a person reads never flickers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength, Verdict
from genredesk.core.scores import Decision, FloatArray, Scores


def softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Return calibrated probabilities of ``logits (..., labels)``, same shape, summing to 1.

    Dividing by a temperature fitted after training calibrates the scores without changing their
    order (Guo et al. 2017, section 4.2).

    Raises
    ------
    ValueError
        When ``temperature`` is not positive.
    """
    if not temperature > 0:
        raise ValueError("the temperature is positive")
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    out = np.empty(scaled.shape, np.float32)
    out[...] = scaled / scaled.sum(axis=-1, keepdims=True)
    return out


def raw(probabilities: FloatArray) -> np.ndarray:
    """Return the index of the best label of every window; ``(n, labels)`` to ``(n,)``."""
    return np.argmax(probabilities, axis=-1)


def summed_probability(probabilities: FloatArray) -> FloatArray:
    """Return the mean of the windows' probabilities; ``(n, labels)`` to ``(labels,)``.

    Raises
    ------
    ValueError
        When there is no window.
    """
    if len(probabilities) == 0:
        raise ValueError("there is no window to sum")
    mean = np.mean(probabilities, axis=0, dtype=np.float64)
    return np.asarray(mean, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Pool:
    """Makes the mean of many windows' probabilities the calibrated probability of all of them.

    A mean of calibrated forecasts is itself under-confident (Ranjan and Gneiting 2010, theorem 1):
    ten windows that say 60 % jazz are together right more often than that. So the mean is raised
    to a power that grows with the length heard, ``1 + sharpening * (1 - window_s / heard_s)``, and
    normalised: a single window stays as it is, the order of the genres always does.

    Parameters
    ----------
    window_s
        Seconds of one window.
    sharpening
        Fitted after training on whole songs; 0 leaves every mean alone.
    """

    window_s: float = 0.0
    sharpening: float = 0.0

    def __call__(self, mean: FloatArray, heard_s: float | FloatArray) -> FloatArray:
        """Sharpen means ``(..., labels)`` over ``heard_s`` seconds, a number or shape ``(...)``."""
        if not self.sharpening:
            return mean
        longer = 1 - self.window_s / np.maximum(np.asarray(heard_s, np.float64), self.window_s)
        power = (1 + self.sharpening * longer[..., None]).astype(np.float32)
        return softmax(np.log(np.maximum(mean, 1e-12)) * power)


PLAIN = Pool()
"""Leaves the mean alone."""


def majority_vote(probabilities: FloatArray) -> tuple[int, float]:
    """Return the label most windows name (a tie goes to the lowest index), and its share of them.

    Raises
    ------
    ValueError
        When there is no window.
    """
    if len(probabilities) == 0:
        raise ValueError("there is no window to vote")
    votes = np.bincount(raw(probabilities), minlength=probabilities.shape[-1])
    best = int(np.argmax(votes))
    return best, float(votes[best] / len(probabilities))


@dataclass(slots=True)
class SilenceGate:
    """Tells silence from sound by level; ``hysteresis_db`` keeps it from chattering.

    Parameters
    ----------
    below_dbfs
        Silence begins under this level; it ends ``hysteresis_db`` above it.
    """

    below_dbfs: float = -60.0
    hysteresis_db: float = 3.0
    silent: bool = False

    def update(self, level: float) -> bool:
        """Take a level in dBFS; return whether it is silent now."""
        edge = self.below_dbfs + (self.hysteresis_db if self.silent else 0.0)
        self.silent = level < edge
        return self.silent


def _nothing(
    state: Strength | None, labels: tuple[str, ...], time: float, since: float
) -> Decision:
    return Decision(state, None, 0.0, labels, np.zeros(len(labels), np.float32), time, since)


def _said(
    verdict: Verdict, labels: tuple[str, ...], p: FloatArray, time: float, since: float
) -> Decision:
    first, two = verdict.first, len(verdict.named) == 2
    second = labels[verdict.second] if two else None
    return Decision(
        verdict.strength, labels[first], float(p[first]), labels, p, time, since, second
    )


def decided(
    probabilities: FloatArray, labels: tuple[str, ...], bounds: Bounds, time: float
) -> Decision:
    """Return the decision about a file of ``time`` seconds from its probabilities ``(labels,)``."""
    if not probabilities.any():
        return _nothing(Strength.SILENCE, labels, time, 0.0)
    return _said(certainty.judge(probabilities, bounds), labels, probabilities, time, 0.0)


def waiting(labels: tuple[str, ...] = (), time: float = 0.0) -> Decision:
    """Return the decision before a whole window was heard."""
    return _nothing(None, labels, time, time)


def reach_s(time_constant_s: float, elapsed_s: float = math.inf) -> float:
    """Return how many seconds of equal weight a fading average over ``elapsed_s`` is worth.

    ``(integral of w)^2 / integral of w^2`` of an exponential is twice its time constant.
    """
    return min(2 * time_constant_s, elapsed_s)


class Smoother:
    """Turns the scores of overlapping windows into a steady decision; all in seconds of sound.

    The probabilities are averaged with weights that fade with the time constant, normalised so
    that a fresh start does not lean on its first window. Because the fading is computed from the
    windows' times, it does not matter how often windows come.

    Three rules keep the word steady. What is shown keeps its word and its strength, both or
    neither, until it is a little under its bound (:func:`genredesk.core.certainty.held`); another
    answer takes its place when that was asked for ``confirm_s`` without a break, or when nothing
    has spoken for what is shown for ``stale_s``; and whatever is shown stays for ``dwell_s``. It
    stays scores and all, so that the list beside it always begins with it. Silence, and what
    follows it, waits for no confirmation, for the gate has its own; another genre that is sure
    waits half as long. Behind "can't tell" stands the best guess of the moment.

    Parameters
    ----------
    labels
        The genres, in the order of the probabilities.
    time_constant_s
        After this time an old answer weighs 1/e of a new one; 0 shows every window as it is.
    bounds
        On the smoothed probabilities; ``None``: the first is always sure.
    slack
        How far under its bound an answer is kept.
    dwell_s
        The shortest time a state or genre is shown.
    confirm_s
        How long another answer has to be wanted before it is shown; never longer than the time
        constant, so that without smoothing every window counts.
    stale_s
        What is shown is given up after this long without support, though no other is confirmed.
    pool
        Makes the average of windows a calibrated probability.
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        time_constant_s: float = 4.0,
        *,
        bounds: Bounds | None = None,
        slack: float = certainty.SLACK,
        dwell_s: float = 1.5,
        confirm_s: float = 2.5,
        stale_s: float = 6.0,
        pool: Pool = PLAIN,
    ) -> None:
        self.labels = labels
        self.time_constant_s = time_constant_s
        self.bounds = bounds or Bounds.of(0.0, max(1, len(labels)))
        self.slack = slack
        self.dwell_s = dwell_s
        self.confirm_s, self.stale_s = confirm_s, stale_s
        self.pool = pool
        self.reset()

    def reset(self) -> None:
        """Forget everything heard and shown: after a gap, a seek or a new source."""
        self._forget_sound()
        self._shown: Decision | None = None
        self._verdict: Verdict | None = None
        self._shown_at = self._asked_at = self._unsupported_at = 0.0
        self._asked: Verdict | None = None

    def _forget_sound(self) -> None:
        self._sum = np.zeros(len(self.labels))
        self._weight = 0.0
        self._first: float | None = None
        self._last: float | None = None

    @property
    def probabilities(self) -> FloatArray:
        """The smoothed probabilities, shape ``(labels,)``; all zero before the first window."""
        if self._first is None or self._last is None:
            return np.zeros(len(self.labels), np.float32)
        mean = (self._sum / self._weight).astype(np.float32)
        return self.pool(mean, self.pool.window_s + reach_s(self.time_constant_s, self._elapsed))

    @property
    def _elapsed(self) -> float:
        return (self._last or 0.0) - (self._first or 0.0)

    def update(self, scores: Scores, at: float | None = None) -> Decision:
        """Take the scores of the newest window; return what is to be shown now.

        Parameters
        ----------
        scores
            Of windows in order.
        at
            When the window ended, in seconds of a clock that never runs backwards, as a file's
            own time does when it is repeated; the window's own end where it is not given.
        """
        at = scores.end if at is None else at
        if scores.state is Strength.SILENCE:
            self._forget_sound()
            verdict = Verdict(Strength.SILENCE, -1, -1)
            wanted = _nothing(Strength.SILENCE, self.labels, scores.end, scores.end)
        else:
            self._add(scores.probabilities, at)
            p = self.probabilities
            verdict = certainty.held(p, self.bounds, self._verdict, self.slack)
            wanted = _said(verdict, self.labels, p, scores.end, scores.end)
        self._shown = self._steady(wanted, verdict, at)
        return self._shown

    def _add(self, probabilities: FloatArray, at: float) -> None:
        # How much time the first window stands for is not known; half a second is assumed, for
        # it must weigh something beside the second one.
        elapsed = 0.5 if self._last is None else max(0.0, at - self._last)
        tau = self.time_constant_s
        new = -math.expm1(-elapsed / tau) if tau > 0 else 1.0
        self._sum = (1 - new) * self._sum + new * probabilities
        self._weight = (1 - new) * self._weight + new
        self._first = at if self._first is None else self._first
        self._last = at

    def _steady(self, wanted: Decision, verdict: Verdict, at: float) -> Decision:
        """Return ``wanted``, or what is shown now if it was not shown for long enough."""
        shown, before = self._shown, self._verdict
        if shown is None or before is None:
            self._shown_at, self._verdict = at, verdict
            return wanted
        since = wanted.time - (at - self._shown_at)
        if _alike(verdict, before):
            self._verdict, self._asked = verdict, None
            return replace(wanted, since=since)
        if self._asked is None:
            self._unsupported_at = at
        if self._asked is None or not _alike(verdict, self._asked):
            self._asked, self._asked_at = verdict, at
        due = (
            Strength.SILENCE in (verdict.strength, before.strength)
            or at - self._asked_at >= self._to_confirm(verdict, before)
            or at - self._unsupported_at >= self.stale_s
        )
        if due and at - self._shown_at >= self.dwell_s:
            self._shown_at, self._verdict, self._asked = at, verdict, None
            return wanted
        return replace(shown, time=wanted.time, since=since)

    def _to_confirm(self, verdict: Verdict, before: Verdict) -> float:
        """Return how many seconds a verdict must have been wanted to take another's place."""
        least = min(self.confirm_s, self.time_constant_s)
        another = verdict.strength is Strength.SURE and verdict.first not in before.named
        return least / 2 if another else least


def _alike(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts read the same: word and strength."""
    return (one.strength, one.named) == (other.strength, other.named)
