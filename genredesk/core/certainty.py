"""How sure an answer is: five strengths, the one rule that tells them apart, and their words.

Live listening, whole files, the library and the terminal all ask :func:`judge`; none of them looks
at a probability to decide what to call it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genredesk.core.genres import genre_in_sentence, genre_word
from genredesk.core.messages import mark, say


class Strength(StrEnum):
    """How sure an answer is, surest first."""

    SURE = "sure"
    """The first genre is at or over the bundle's threshold; only these are acted upon."""
    PROBABLE = "probable"
    """Under the threshold, but the first clearly leads and is more likely right than wrong."""
    BETWEEN = "between"
    """Two lead together: one of them is likely, which one cannot be told."""
    OPEN = "open"
    """There is sound, but the scores are flat."""
    SILENCE = "silence"
    """Nothing to hear: the network was not asked."""


STRENGTHS = tuple(Strength)
"""What the numbers of :func:`codes` stand for."""

SURE, PROBABLE, BETWEEN, OPEN, SILENCE = range(len(STRENGTHS))

WORDS: dict[Strength, str] = {
    Strength.SURE: "{0}",
    Strength.PROBABLE: mark("Probably {0}"),
    Strength.BETWEEN: mark("Between {0} and {1}"),
    Strength.OPEN: mark("Can't tell"),
    Strength.SILENCE: mark("Silence"),
}
"""What a person reads, to be said; the fields are the names of :func:`names`."""

NAMED: dict[Strength, int] = {Strength.SURE: 1, Strength.PROBABLE: 1, Strength.BETWEEN: 2}
"""How many genres an answer of each strength names; none where it is not listed."""

SLACK = 0.05
"""What is shown is kept until it is so far under its bound, so that it does not flicker."""


NEAR = 0.6
"""Of several words the nearest to its threshold is probable from this share of it."""

PROBABLE_WAY, BETWEEN_WAY = 0.5, 0.475
"""How far from what chance gives to certainty probable and between begin.

Even where they begin such answers are more likely right than not; how right they are together
stands in ``benchmarks/ACCURACY.md``.
"""

EASED = 0.85
"""A word that is shown is kept down to this share of its threshold."""


@dataclass(frozen=True, slots=True)
class Several:
    """What tells the words apart where several may hold at once.

    Parameters
    ----------
    sure
        Least probability of each word to be sure of it.
    parents
        Number of each word's parent, -1 where it has none. A parent holds where no child does.
    """

    sure: tuple[float, ...]
    parents: tuple[int, ...]

    def scaled(self, factor: float) -> Several:
        """Return the same with all thresholds times ``factor``, below 1."""
        return Several(tuple(min(0.99, factor * t) for t in self.sure), self.parents)

    def keys(self, probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return what rows ``(..., words)`` are ranked by: 4 to 5 what holds, 2 to 3 a parent.

        Below 1 nothing holds; then it is the share of the threshold that is reached, 0 for silence.
        """
        p = np.round(np.asarray(probabilities, np.float64), 6)
        share = p / np.maximum(np.asarray(self.sure), 1e-6)
        holds = share >= 1
        above = np.array(self.parents)
        bonus = np.where(holds, 4.0, 0.0)
        for parent in set(self.parents) - {-1}:
            covered = holds[..., above == parent].any(axis=-1)
            bonus[..., parent] = np.where(holds[..., parent] & ~covered, 2.0, 0.0)
            share[..., parent] = np.where(covered, 0.0, share[..., parent])
        return np.where(bonus > 0, bonus + p, np.minimum(share, 0.999))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where one strength ends and the next begins, on calibrated probabilities.

    Parameters
    ----------
    sure
        Least probability of the first genre to be sure of it.
    probable
        Least probability of the first to be probable.
    between
        Least probability of the first two together; 1 and more never says "between".
    lead
        How many times as likely as the second the first must be to be probable.
    several
        Where several words may hold at once: what holds each. Of the other bounds ``sure`` is
        then that of a word that is not told apart, and the rest say nothing.
    """

    sure: float
    probable: float
    between: float
    lead: float = 2.0
    several: Several | None = None

    @classmethod
    def of(cls, sure: float, n_labels: int) -> Bounds:
        """Return bounds for a network of which only the threshold is known.

        The others are what calibrated probabilities mean: about half way (:data:`PROBABLE_WAY`,
        :data:`BETWEEN_WAY`) from what one, or two, of ``n_labels`` drawn by lot have to certainty.
        So probable begins at 0.55 and between at 0.58 for ten genres, at 0.67 and 0.83 for three;
        with two genres it says nothing that one of them is right.
        """
        one, two = 1 / n_labels, 2 / n_labels
        return cls(sure, one + PROBABLE_WAY * (1 - one), two + BETWEEN_WAY * (1 - two))

    @classmethod
    def from_json(cls, text: str) -> Bounds:
        """Read what :meth:`to_json` wrote."""
        raw = json.loads(text)
        several = raw.pop("several", None)
        if several is not None:
            several = Several(tuple(several["sure"]), tuple(several["parents"]))
        return cls(**raw, several=several)

    def to_json(self) -> str:
        """Return it as a JSON object; ``several`` is left out where one word holds."""
        raw = dataclasses.asdict(self)
        if self.several is None:
            del raw["several"]
        return json.dumps(raw)

    def eased(self, strength: Strength, slack: float = SLACK) -> Bounds:
        """Return bounds that are a little lower for an answer of ``strength`` which is shown."""
        if self.several is not None:
            return dataclasses.replace(self, several=self.several.scaled(EASED))
        match strength:
            case Strength.SURE:
                return dataclasses.replace(self, sure=self.sure - slack)
            case Strength.PROBABLE:
                lead = self.lead - (self.lead - 1) / 2
                return dataclasses.replace(self, probable=self.probable - slack, lead=lead)
            case Strength.BETWEEN if self.between < 1:
                return dataclasses.replace(self, between=self.between - slack)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one row of probabilities says.

    Parameters
    ----------
    strength
        How sure it is.
    first, second
        Numbers of the two likeliest labels, the likeliest first; ``second`` is -1 where there is
        one label only.
    also
        Where several words may hold at once: the others that do, the likeliest first.
    """

    strength: Strength
    first: int
    second: int
    also: tuple[int, ...] = ()

    @property
    def named(self) -> tuple[int, ...]:
        """Numbers of the labels the word names: one, for "between" two by number, else none.

        Which of two that lead together is ahead changes all the time and means nothing.
        """
        mine = (self.first, self.second)[: NAMED.get(self.strength, 0)]
        return tuple(sorted(number for number in mine if number >= 0))


def codes(first: ArrayLike, second: ArrayLike, bounds: Bounds) -> NDArray[np.int8]:
    """Return the strength of answers of which the two highest probabilities are known.

    This is the rule; everything else here calls it.

    Parameters
    ----------
    first, second
        Highest and second highest calibrated probability, of one shape; both zero for silence.
        Where several words may hold at once, that of the first word and whatever else.
    bounds
        Where several words may hold, ``sure`` is the threshold of the first ones.

    Returns
    -------
    numpy.ndarray
        Places in :data:`STRENGTHS`, of the same shape.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    a, b = np.round(a, 6), np.round(b, 6)  # 0.71 kept in single precision is 0.71
    probable = (a >= bounds.probable) & (a >= bounds.lead * b)
    between = (a + b >= bounds.between) & (bounds.between < 1)
    if bounds.several is not None:
        return _reached(np.where(a >= bounds.sure, 1.0, a / max(bounds.sure, 1e-6)))
    return np.select(
        [a <= 0, a >= bounds.sure, probable, between],
        [np.int8(SILENCE), np.int8(SURE), np.int8(PROBABLE), np.int8(BETWEEN)],
        np.int8(OPEN),
    )


def _reached(share: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the strength of answers of which the share of their threshold is known."""
    return np.select(
        [share <= 0, share >= 1, share >= NEAR],
        [np.int8(SILENCE), np.int8(SURE), np.int8(PROBABLE)],
        np.int8(OPEN),
    )


def leaders(probabilities: NDArray[np.floating], bounds: Bounds | None = None) -> NDArray[np.intp]:
    """Return the numbers of the two likeliest labels of each row; a tie goes to the lower number.

    Where several words may hold at once these are the first two of :meth:`Several.keys`.

    Parameters
    ----------
    probabilities
        ``(..., labels)``, at least one label.

    Returns
    -------
    numpy.ndarray
        ``(..., 2)``, the likeliest first; the second is -1 where there is one label only.
    """
    if bounds is not None and bounds.several is not None:
        probabilities = bounds.several.keys(probabilities)
    first = np.argmax(probabilities, axis=-1)
    if probabilities.shape[-1] < 2:
        return np.stack([first, np.full_like(first, -1)], axis=-1)
    others = np.array(probabilities)
    np.put_along_axis(others, first[..., None], -np.inf, axis=-1)
    return np.stack([first, np.argmax(others, axis=-1)], axis=-1)


def strengths(probabilities: NDArray[np.floating], bounds: Bounds) -> NDArray[np.int8]:
    """Return :func:`codes` of rows ``(..., labels)`` of probabilities, shape ``(...)``."""
    if bounds.several is not None:
        return _reached(bounds.several.keys(probabilities).max(axis=-1))
    top = leaders(probabilities)
    first = np.take_along_axis(probabilities, top[..., :1], axis=-1)[..., 0]
    if probabilities.shape[-1] < 2:
        return codes(first, np.zeros_like(first), bounds)
    second = np.take_along_axis(probabilities, top[..., 1:], axis=-1)[..., 0]
    return codes(first, second, bounds)


def judge(probabilities: NDArray[np.floating], bounds: Bounds) -> Verdict:
    """Return what one row of calibrated probabilities ``(labels,)`` says."""
    return judge_all(probabilities[None], bounds)[0]


def judge_all(probabilities: NDArray[np.floating], bounds: Bounds) -> list[Verdict]:
    """Return what each of the rows ``(n, labels)`` of calibrated probabilities says."""
    several = bounds.several
    if several is None:
        keys, reached = probabilities, strengths(probabilities, bounds)
    else:
        keys = several.keys(probabilities)
        reached = _reached(keys.max(axis=-1))
    top: list[list[int]] = leaders(keys).tolist()
    states: list[int] = reached.tolist()
    further = [tuple[int, ...]()] * len(top)
    if several is not None:
        further = [_also(row, several, one[0]) for row, one in zip(keys, top, strict=True)]
    return [
        Verdict(STRENGTHS[code], first, second, also)
        for code, (first, second), also in zip(states, top, further, strict=True)
    ]


def _also(keys: NDArray[np.float64], several: Several, first: int) -> tuple[int, ...]:
    """Return the words that hold beside the first, the surest first."""
    order = np.argsort(-keys, kind="stable").tolist()
    return tuple(i for i in order if keys[i] >= 1 and i != first and i != several.parents[first])


def _still(probabilities: NDArray[np.floating], several: Several, shown: Verdict) -> Verdict | None:
    """Return ``shown`` as it is now where its word is kept, of several that may hold at once."""
    first, code = shown.first, shown.strength
    keys, eased = several.keys(probabilities), several.scaled(EASED).keys(probabilities)
    best = float(keys.max())
    if code is Strength.PROBABLE:
        kept = best < 1 and eased[first] >= NEAR
    else:  # a word keeps its place beside words, a parent beside parents
        kept = eased[first] >= 2 and best <= eased[first] + SLACK
    if not kept:
        return None
    return Verdict(code, first, shown.second, _also(keys, several, first))


def held(
    probabilities: NDArray[np.floating], bounds: Bounds, shown: Verdict | None, slack: float = SLACK
) -> Verdict:
    """Judge a row while ``shown`` stands there: both its word and its strength stay, or neither.

    They stay while no other genre is more than ``slack`` ahead of those it names, and the bounds,
    lowered a little for that strength, still give it to them.
    """
    if shown is not None and shown.named and bounds.several is not None:
        return _still(probabilities, bounds.several, shown) or judge(probabilities, bounds)
    if shown is not None and shown.named:
        order = np.argsort(-probabilities, kind="stable").tolist()
        mine = [i for i in order if i in shown.named]
        rest = [i for i in order if i not in shown.named]
        first, second = [*mine, *rest, -1][:2]
        rival = float(probabilities[rest[0]]) if rest else 0.0
        eased = bounds.eased(shown.strength, slack)
        beside = float(probabilities[second]) if second >= 0 else 0.0
        code = STRENGTHS[int(codes(probabilities[first], beside, eased))]
        if code is shown.strength and rival <= float(probabilities[mine[-1]]) + slack:
            return Verdict(code, first, second)
    return judge(probabilities, bounds)


def along(
    probabilities: NDArray[np.floating], bounds: Bounds, slack: float = SLACK
) -> NDArray[np.int8]:
    """Judge rows ``(n, labels)`` that follow one another, known from beginning to end.

    As :func:`held`, to both sides: a stretch that names the same genres is as sure as its best
    moment, while it is no more than ``slack`` under that bound.

    Returns
    -------
    numpy.ndarray
        Places in :data:`STRENGTHS`, ``(n,)``.
    """
    out = strengths(probabilities, bounds)
    if bounds.several is not None:
        return out
    plain, top = out.copy(), leaders(probabilities)
    for code in (BETWEEN, PROBABLE, SURE):  # the surest has the last word
        eased = strengths(probabilities, bounds.eased(STRENGTHS[code], slack))
        near = eased == code if code == BETWEEN else eased <= code
        pair = np.sort(top, axis=-1) if code == BETWEEN else top[:, :1]
        edge = (near[1:] != near[:-1]) | (pair[1:] != pair[:-1]).any(axis=-1)
        stretch = np.concatenate([[0], np.cumsum(edge)])
        reached = np.isin(stretch, stretch[near & (plain <= code)])
        out = np.where(near & reached, np.minimum(out, np.int8(code)), out)
    return out


def names(verdict: Verdict, labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels the word names, as in :attr:`Verdict.named`."""
    return tuple(labels[i] for i in verdict.named)


def genre_in(strength: Strength) -> Callable[[str], str]:
    """Return how a label is written in an answer's word: "Jazz" alone, "jazz" in a sentence."""
    return genre_word if strength is Strength.SURE else genre_in_sentence


def word(strength: Strength, named: Sequence[str]) -> str:
    """Return what a person reads, such as "Probably jazz"; ``named`` as from :func:`names`."""
    return say(WORDS[strength]).format(*map(genre_in(strength), named))
