"""How far the program is with a file, and what is known of its genre: the words, numbers and rules.

The catalogue's rows, the columns of the index, filters, plans and the window all take them from
here; the rule of certainty itself is :mod:`genredesk.core.certainty`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from genredesk.core import certainty
from genredesk.core.certainty import STRENGTHS, Bounds, Strength
from genredesk.core.genres import genre_key
from genredesk.core.names import fold, nfc


class FileState(StrEnum):
    """How far the program is with a file."""

    FOUND = "found"
    """Not analysed yet by the network in use."""
    ANALYSED = "analysed"
    FAILED = "failed"
    """It cannot be decoded; the row's note says why."""
    MISSING = "missing"
    """It was there once and is not any more."""
    OFFLINE = "offline"
    """Its drive is not there."""


FILE_STATES = tuple(FileState)
"""What the numbers of :data:`FILE_STATE_SQL` stand for."""

AWAY = (FileState.MISSING, FileState.OFFLINE)
"""The file is not there; these win over what is known of its sound."""

_CODE = {state: place for place, state in enumerate(FILE_STATES)}

FILE_STATE_SQL = f"""CASE
    WHEN away = 'missing' THEN {_CODE[FileState.MISSING]}
    WHEN away = 'offline' THEN {_CODE[FileState.OFFLINE]}
    WHEN file.state = 'failed' THEN {_CODE[FileState.FAILED]}
    WHEN file.state = 'found' OR result.track_id IS NULL THEN {_CODE[FileState.FOUND]}
    ELSE {_CODE[FileState.ANALYSED]} END"""
"""A file's place in :data:`FILE_STATES`, joined with the result of the network in use: a track that
only another network was asked about waits for this one."""


class Answer(StrEnum):
    """What is known about a row's genre."""

    NONE = ""
    SURE = Strength.SURE.value
    PROBABLE = Strength.PROBABLE.value
    BETWEEN = Strength.BETWEEN.value
    OPEN = Strength.OPEN.value
    SILENCE = Strength.SILENCE.value
    CORRECTED = "corrected"
    """A person said so."""

    @property
    def strength(self) -> Strength | None:
        """How sure the network is; ``None`` where it was not asked, or a person said."""
        return None if self in (Answer.NONE, Answer.CORRECTED) else Strength(self.value)


ANSWERS = tuple(Answer)
"""What the numbers of :meth:`AnswerRule.codes` stand for."""

TO_CHECK = (Answer.PROBABLE, Answer.BETWEEN, Answer.OPEN)
"""Answers a person should look at before anything is done by them."""

_OF_STRENGTH = np.array([ANSWERS.index(Answer(s.value)) for s in STRENGTHS], np.uint8)


def codes_of(answers: Iterable[Answer]) -> list[int]:
    """Return the places of answers in :data:`ANSWERS`."""
    return [ANSWERS.index(answer) for answer in answers]


def named_by(answer: Answer, heard: str | None, runner_up: str | None) -> tuple[str, ...]:
    """Return the genres an answer's word names; two of them by name."""
    found = (heard, runner_up)[: certainty.NAMED.get(answer.strength, 0) if answer.strength else 0]
    return tuple(sorted(label for label in found if label))


def tags_agree(tags: Iterable[str], meant: Iterable[str]) -> bool:
    """Return whether a file's tags say one of the words for what was heard or set.

    However it is written: ``Hip Hop`` says "Hip-hop".
    """
    return not {_said(tag) for tag in tags}.isdisjoint(map(_said, meant))


def _said(genre: str) -> str:
    """Return what is compared of a genre; of one that is nothing but signs, these."""
    folded = fold(genre)
    return genre_key(folded) or folded


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """How the answers of the network in use are judged.

    Parameters
    ----------
    bounds
        The network's own, for the care the person chose.
    thresholds
        Of some genres instead of ``bounds.sure``, by name.
    """

    bounds: Bounds
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, bounds: Bounds, labels: Sequence[str], thresholds: Mapping[str, float]
    ) -> AnswerRule:
        """Return the rule for a network's ``labels``, of which some have a person's thresholds."""
        own = bounds.several.sure if bounds.several is not None else ()
        return cls(bounds, {**dict(zip(map(nfc, labels), own, strict=False)), **thresholds})

    def sure_from(self, label: str | None) -> float:
        """Return the least score with which a genre is sure."""
        return self.thresholds.get(nfc(label or ""), self.bounds.sure)

    def codes(
        self, sure: NDArray[np.floating], first: NDArray[np.floating], second: NDArray[np.floating]
    ) -> NDArray[np.uint8]:
        """Return what is known of rows that nobody corrected, all ``(n,)``.

        Parameters
        ----------
        sure
            As :meth:`sure_from` says for the genre of each.
        first, second
            The two highest probabilities, 0 for silence; ``first`` is NaN where there is no answer.

        Returns
        -------
        numpy.ndarray
            Places in :data:`ANSWERS`.
        """
        found = np.empty(len(sure), np.uint8)
        first, second = np.nan_to_num(first, nan=-1.0), np.nan_to_num(second)
        for value in np.unique(sure).tolist():
            mine = sure == value
            bounds = dataclasses.replace(self.bounds, sure=value)
            found[mine] = _OF_STRENGTH[certainty.codes(first[mine], second[mine], bounds)]
        found[first < 0] = ANSWERS.index(Answer.NONE)
        return found
