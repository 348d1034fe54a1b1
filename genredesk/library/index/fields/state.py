"""The field ``state``: how far the program is with a file, and what is known of its genre."""

from __future__ import annotations

import numpy as np

from genredesk.core.messages import say
from genredesk.library.index import keys
from genredesk.library.index.conditions import FieldCondition, InState, QueryError
from genredesk.library.index.context import Mask, MatchContext
from genredesk.library.index.fields.base import FilterField, by_artist
from genredesk.library.index.keys import Groups, Keys
from genredesk.library.row_state import (
    ANSWERS,
    FILE_STATES,
    TO_CHECK,
    Answer,
    FileState,
    codes_of,
)

STATES = (*(str(s) for s in FileState), *(str(a) for a in Answer if a), "duplicate", "spare")

OLD_STATES = {"named": (Answer.SURE,), "unsure": TO_CHECK}
"""Words of saved filters from before there were five strengths; they are still understood."""

_LOOK_FIRST = (
    Answer.OPEN, Answer.BETWEEN, Answer.PROBABLE, Answer.SURE, Answer.CORRECTED, Answer.SILENCE,
    Answer.NONE,
)  # fmt: skip
"""Groups of answers, those to look at first."""


class StateField(FilterField):
    """How far the program is with a file, and what is known of its genre."""

    @property
    def values(self) -> tuple[str, ...]:
        """Every state."""
        return STATES

    def _meant(self, operator: str, value: str, *, quoted: bool) -> FieldCondition:
        del operator, quoted
        state = value.lower()
        if state not in STATES and state not in OLD_STATES:
            raise QueryError(
                say(
                    "There is no state “{value}”. There are {states}.",
                    value=value,
                    states=", ".join(STATES),
                )
            )
        return InState(state)

    def mask(self, view: MatchContext, condition: FieldCondition) -> Mask:
        """Which rows are in a state."""
        assert isinstance(condition, InState)  # noqa: S101 - what this field gives
        state = condition.state
        if state in {"duplicate", "spare"}:
            return view.duplicates if state == "duplicate" else view.spare
        if state in list(FileState):
            return view.columns["state"] == FILE_STATES.index(FileState(state))
        return np.isin(view.decided, codes_of(OLD_STATES.get(state) or (Answer(state),)))

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By how far the program is, then artist."""
        return [view.columns["state"].astype(np.int64), by_artist(view)]

    def group_codes(self, view: MatchContext, group: str) -> Groups:
        """By state, by answer, by whether it is to be checked, or by recording."""
        if group == "answer":
            table = np.array([_LOOK_FIRST.index(answer) for answer in ANSWERS])
            return table[view.decided], [str(answer) for answer in _LOOK_FIRST]
        if group == "check":
            return 1 - view.to_check.astype(np.int64), ["check", ""]
        if group == "recording":
            return keys.recordings(view)
        return view.columns["state"].astype(np.int64), [str(state) for state in FILE_STATES]
