"""Fields that hold numbers: scores, lengths, years and moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from genredesk.core.messages import say
from genredesk.library.index import keys
from genredesk.library.index.conditions import (
    All,
    Condition,
    FieldCondition,
    Not,
    Number,
    QueryError,
)
from genredesk.library.index.context import Mask, MatchContext
from genredesk.library.index.fields.base import FilterField, by_artist, by_sureness
from genredesk.library.index.keys import Keys

_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "!=": np.not_equal,
}


@dataclass(frozen=True, slots=True)
class NumberField(FilterField):
    """A number of a row, and ranges of it.

    Parameters
    ----------
    help
        What is wrong with a value that cannot be read, and how to write it.
    read
        Reads one; raises ``ValueError``.
    """

    help: str = ""
    read: Callable[[str], float] = float

    def parse(self, operator: str, value: str, *, quoted: bool, now: float) -> Condition:
        """Read a number or a range."""
        del quoted
        low, dots, high = value.partition("..")
        try:
            if dots:
                ends = (
                    Number(self.name, ">=", self._read(low, now)),
                    Number(self.name, "<=", self._read(high, now)),
                )
                return Not(All(ends)) if operator == "!=" else All(ends)
            number = self._read(value, now)
        except ValueError:
            raise QueryError(say(self.help).format(value)) from None
        return self._compared(operator or "=", number, value)

    def _read(self, text: str, now: float) -> float:
        del now
        return self.read(text)

    def _compared(self, operator: str, number: float, text: str) -> Condition:
        del text
        return Number(self.name, operator, number)

    def mask(self, view: MatchContext, condition: FieldCondition) -> Mask:
        """Which rows have such a number."""
        assert isinstance(condition, Number)  # noqa: S101 - what number fields give
        numbers = self._numbers(view)
        known = numbers > 0
        value = condition.value
        if condition.operator in {"=", "!="}:
            numbers, value = self._as_shown(numbers, value)
        return _COMPARE[condition.operator](numbers, value) & known

    def _numbers(self, view: MatchContext) -> NDArray:
        return view.columns[self.column]

    def _as_shown(self, numbers: NDArray, value: float) -> tuple[NDArray, float]:
        """Return both as a person compares what is shown."""
        return numbers, value

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By the number, then artist and record."""
        if self.column == "track_no":
            return [keys.place(view)[1], by_artist(view)]
        return [keys.whole(self._numbers(view)), by_artist(view), *keys.place(view)]


class ScoreField(NumberField):
    """How sure the network is; 1 where a person set the genre."""

    def _numbers(self, view: MatchContext) -> NDArray:
        return view.sureness

    def _as_shown(self, numbers: NDArray, value: float) -> tuple[NDArray, float]:
        return np.round(100 * numbers), round(100 * value)  # in whole per cent

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By the score, then artist."""
        return [by_sureness(view), by_artist(view)]


class LengthField(NumberField):
    """How long a piece is, in seconds."""

    def _as_shown(self, numbers: NDArray, value: float) -> tuple[NDArray, float]:
        return np.floor(numbers), value

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By the length, then artist."""
        return [keys.whole(self._numbers(view), 1000), by_artist(view)]


class AddedField(NumberField):
    """When a file came into the library: a day, or an age ("less than seven days ago")."""

    def _read(self, text: str, now: float) -> float:
        if text[-1:] in _SPANS:
            return now - float(text[:-1]) * _SPANS[text[-1]]
        return datetime.fromisoformat(text).astimezone().timestamp()

    def _compared(self, operator: str, number: float, text: str) -> Condition:
        if operator in {"=", "!="}:  # a day, not a moment
            day = All((Number(self.name, ">=", number), Number(self.name, "<", number + 86400.0)))
            return Not(day) if operator == "!=" else day
        if text[-1:] in _SPANS:
            operator = operator.translate(str.maketrans("<>", "><"))
        return Number(self.name, operator, number)

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By the moment."""
        return [keys.whole(self._numbers(view))]


_SPANS = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "m": 30 * 86400.0, "y": 365 * 86400.0}


def share(text: str) -> float:
    """Read ``0.6`` or ``60%``."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def seconds(text: str) -> float:
    """Read ``300`` or ``5:00``."""
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total
