"""What every field of a filter can do: be read, say which rows fit, sort and group them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genredesk.core.messages import say
from genredesk.library.index import keys
from genredesk.library.index.conditions import (
    Agrees,
    Condition,
    Contains,
    FieldCondition,
    Not,
    QueryError,
)
from genredesk.library.index.context import Mask, MatchContext
from genredesk.library.index.keys import Groups, Keys
from genredesk.library.index.texts import fold


@dataclass(frozen=True, slots=True)
class FilterField:
    """One thing files are filtered by, and may be sorted and grouped by.

    Parameters
    ----------
    name
        What stands before the colon.
    examples
        Filters that show what it can do.
    aliases
        Other names that are understood.
    groups
        Names of the groups it gives.
    column
        Of :class:`Columns`, where a kind reads one.
    sortable
        Whether the table can be ordered by it.
    """

    name: str
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    column: str = ""
    sortable: bool = True

    @property
    def values(self) -> tuple[str, ...]:
        """Every value there is, where these are few."""
        return ()

    def parse(self, operator: str, value: str, *, quoted: bool, now: float) -> Condition:
        """Return what ``operator`` and ``value``, as typed behind the colon, ask for.

        Parameters
        ----------
        quoted
            Whether the value stood in quotes, so that it is no word of the language.
        now
            The moment from which ages are counted, in seconds since 1970.

        Raises
        ------
        QueryError
            Says how to write it.
        """
        del now
        if operator in {"<", ">", "<=", ">="}:
            raise QueryError(
                say(
                    "“{name}:” holds text, which is neither more nor less. Use {name}:{value}.",
                    name=self.name,
                    value=value,
                )
            )
        found = self._meant(operator, value, quoted=quoted)
        return Not(found) if operator == "!=" and not isinstance(found, Agrees) else found

    def _meant(self, operator: str, value: str, *, quoted: bool) -> FieldCondition:
        """Return what is asked for, ``=`` and ``!=`` alike."""
        del quoted
        return Contains(self.name, value, operator in {"=", "!="} or not value)

    def mask(self, view: MatchContext, condition: FieldCondition) -> Mask:
        """Return which rows fit a condition that :meth:`parse` gave, ``(n,)``."""
        assert isinstance(condition, Contains)  # noqa: S101 - what text fields give
        return self._holding(view, fold(condition.value), exact=condition.exact)

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        """Return which rows hold (or are) a folded text."""
        raise NotImplementedError

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """Return what rows are sorted by, the first key first."""
        raise NotImplementedError

    def group_codes(self, view: MatchContext, group: str) -> Groups:
        """Return the groups of one of :attr:`groups`."""
        raise NotImplementedError

    def counts(self, view: MatchContext, group: str, rows: Mask) -> dict[str, int]:
        """Return how many of some rows are in each group of one of :attr:`groups`."""
        codes, names = self.group_codes(view, group)
        found = np.bincount(codes[rows], minlength=len(names))
        return {names[i]: int(found[i]) for i in np.flatnonzero(found).tolist()}

    def members(self, view: MatchContext, group: str, name: str) -> Mask:
        """Return which rows are in a group that :meth:`counts` named."""
        codes, names = self.group_codes(view, group)
        mine = np.array([one == name for one in names], np.bool_)  # "" fills numbers not in use
        return mine[codes]


def by_artist(view: MatchContext) -> Keys:
    """Return what rows that are equal otherwise are sorted by."""
    return keys.coded(view, "artists", "artist")


def by_sureness(view: MatchContext) -> Keys:
    """Return what rows are sorted by that are as sure as another."""
    return keys.whole(view.sureness, 10_000)
