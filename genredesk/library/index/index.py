"""What a person looks at: filtered, sorted and grouped in memory, fetched a page at a time.

An index belongs to one :class:`~genredesk.library.catalogue.catalogue.Catalogue`; any thread may
ask it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from genredesk.library.index import matching, order
from genredesk.library.index.columns import Columns
from genredesk.library.index.conditions import Condition
from genredesk.library.index.context import MatchContext
from genredesk.library.index.fields.table import GROUPS, SORTS
from genredesk.library.index.query import parse
from genredesk.library.row_state import AnswerRule

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

__all__ = ["GROUPS", "SORTS", "Index", "RowGroup", "RowGroups"]

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A run of rows that belong together.

    Parameters
    ----------
    name
        What they share; empty when they share having nothing ("no tag").
    start, count
        Where the run begins in the ids, and how many there are.
    """

    name: str
    start: int
    count: int


class RowGroups(Sequence[RowGroup]):
    """The groups of a list, one run after the other.

    Kept as columns, for there may be tens of thousands; one is made when it is looked at.

    Parameters
    ----------
    names
        What the rows of each share.
    counts
        How many there are, shape ``(n,)``.
    """

    def __init__(self, names: Sequence[str], counts: NDArray[np.int64]) -> None:
        self.names = names
        self.counts = counts
        self._starts = np.cumsum(counts) - counts

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> RowGroup: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RowGroup]: ...
    def __getitem__(self, at: int | slice) -> RowGroup | Sequence[RowGroup]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return RowGroup(self.names[at], int(self._starts[at]), int(self.counts[at]))


def _stamp(connection: Connection) -> str:
    found = connection.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
    return found[0] if found else ""


class Index:
    """The catalogue's rows in memory.

    Parameters
    ----------
    catalogue
        Whose rows; nothing is read before something is asked.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.RLock()
        self._columns: Columns | None = None
        self._view: MatchContext | None = None
        self._told: AnswerRule | None = None
        """By which the rows were judged that somebody asked for."""
        self._saved_rev = -1

    def __len__(self) -> int:
        with self._lock:
            return self._ready().columns.n

    # -------------------------------------------------------------- keeping up

    def build(self) -> None:
        """Read everything now rather than at the first question (on a thread of its own)."""
        with self._lock:
            self._ready()

    def refresh(self) -> Ids:
        """Take over what changed in the catalogue, by whatever process.

        Returns the ids of files that changed, came or went; quick when there are few.
        """
        with self._lock:
            rule = self._catalogue.files.rule
            rejudged = self._told not in (None, rule)
            self._told = rule
            if self._columns is None:
                self._ready()
                return self._columns_now()["id"].copy()
            bundle = self._catalogue.networks.used.id
            if self._columns.key != self._key(bundle):
                self._columns = self._view = None
                self._ready()
                return self._columns_now()["id"].copy()
            with self._catalogue.db.snapshot() as connection:
                changed = self._columns.read_changes(connection, bundle)
            if len(changed) or rejudged:
                self._view = None
            return self._columns_now()["id"].copy() if rejudged else changed

    def save(self) -> None:
        """Keep the columns beside the catalogue for a quick start, unless that was done."""
        with self._lock:
            if self._columns is not None and self._columns.rev != self._saved_rev:
                self._save(self._columns)

    def _save(self, columns: Columns) -> None:
        """Write the quick start with a new stamp.

        A number of the last change would not do: a catalogue that was restored from a backup
        counts on from an earlier one.
        """
        stamp = secrets.token_hex(16)
        columns.save(self._shortcut, stamp)
        with self._catalogue.db.write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('stamp', ?)", (stamp,))
        self._saved_rev = columns.rev

    @property
    def _shortcut(self) -> Path:
        path = self._catalogue.db.path
        return path.with_name(path.name + ".index")

    def _key(self, bundle: int) -> str:
        with self._catalogue.db.read() as connection:
            (identity,) = connection.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()
        return f"{identity}|{bundle}"

    def _columns_now(self) -> Columns:
        assert self._columns is not None  # noqa: S101 - the caller has made it
        return self._columns

    def _ready(self) -> MatchContext:
        if self._columns is None:
            bundle = self._catalogue.networks.used.id
            columns = Columns(self._key(bundle))
            with self._catalogue.db.snapshot() as connection:
                if columns.load(self._shortcut, _stamp(connection)):
                    self._saved_rev = columns.rev
                    columns.read_changes(connection, bundle)
                else:
                    columns.read_all(connection, bundle)
            self._columns = columns
            self._view = None
        words, rule = self._catalogue.words.current, self._catalogue.files.rule
        if self._view is None or self._view.words is not words or self._view.rule != rule:
            self._view = MatchContext(self._columns, words, rule, self._catalogue.db.connection)
            self._told = self._told or rule
        return self._view

    # -------------------------------------------------------------- asking

    def query(
        self,
        text: str | Condition = "",
        sort: str = "artist",
        descending: bool = False,
        group: str = "",
    ) -> Ids:
        """Return the ids of the files that fit, in order.

        Parameters
        ----------
        text
            A filter; see :mod:`genredesk.library.index.query`.
        sort
            One of :data:`SORTS`; rows without a value come last either way.
        group
            One of :data:`GROUPS` or empty: rows of one group stand together; see :meth:`groups`.

        Raises
        ------
        QueryError
            When the filter, the sort or the group cannot be understood.
        """
        with self._lock:
            view = self._ready()
            codes = order.group_codes(view, group)[0] if group else None
            return view.columns["id"][_found(view, text, sort, descending, codes)]

    def grouped(
        self, text: str | Condition, sort: str, descending: bool, group: str
    ) -> tuple[Ids, RowGroups]:
        """Return what :meth:`query` does, and its runs of the same group."""
        with self._lock:
            view = self._ready()
            codes, names = order.group_codes(view, group)
            rows = _found(view, text, sort, descending, codes)
            return view.columns["id"][rows], _runs(codes[rows], names)

    def count(self, text: str | Condition = "") -> int:
        """Return how many files fit."""
        condition = parse(text) if isinstance(text, str) else text
        with self._lock:
            return int(np.count_nonzero(matching.matches(self._ready(), condition)))

    def groups(self, ids: Ids, group: str) -> RowGroups:
        """Return the runs of ids that :meth:`query` gave with the same ``group``."""
        with self._lock:
            view = self._ready()
            codes, names = order.group_codes(view, group)
            return _runs(codes[self._rows_of(view, ids)], names)

    def tally(self, group: str, text: str | Condition = "") -> dict[str, int]:
        """Return how many of the files that fit are in each group, the largest first.

        Where several genres were heard a file counts for each, and for the parents of these.
        """
        condition = parse(text) if isinstance(text, str) else text
        with self._lock:
            view = self._ready()
            counts = order.field_of(group).counts(view, group, matching.matches(view, condition))
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def members(self, group: str, name: str) -> Ids:
        """Return the ids of all files in a group that :meth:`tally` named."""
        with self._lock:
            view = self._ready()
            return view.columns["id"][order.field_of(group).members(view, group, name)]

    def next_unsure(self, ids: Ids, after: int | None = None) -> int | None:
        """Return the next file to check of ``ids`` behind ``after``, going round at the end."""
        with self._lock:
            view = self._ready()
            wanted = view.to_check[self._rows_of(view, ids)]
        start = 0
        if after is not None:
            found = np.flatnonzero(ids == after)
            start = int(found[0]) + 1 if len(found) else 0
        places = np.flatnonzero(wanted)
        if not len(places):
            return None
        behind = places[places >= start]
        return int(ids[behind[0] if len(behind) else places[0]])

    def seconds(self, ids: Ids) -> float:
        """Return the length of these files together, as far as it is known."""
        with self._lock:
            view = self._ready()
            return float(np.nansum(view.columns["seconds"][self._rows_of(view, ids)], dtype=float))

    def track_ids(self, ids: Ids) -> Ids:
        """Return the track of every file, -1 where its sound is not known yet."""
        with self._lock:
            view = self._ready()
            return view.columns["track"][self._rows_of(view, ids)]

    @staticmethod
    def _rows_of(view: MatchContext, ids: Ids) -> NDArray[np.intp]:
        have = view.columns["id"]
        rows = np.searchsorted(have, ids)
        if len(have) == 0:
            return np.zeros(0, np.intp)
        rows = np.minimum(rows, len(have) - 1)
        return rows[have[rows] == ids]


def _found(
    view: MatchContext,
    text: str | Condition,
    sort: str,
    descending: bool,
    groups: NDArray[np.int64] | None,
) -> NDArray[np.intp]:
    """Return the rows that fit, in order; see :meth:`Index.query`."""
    condition = parse(text) if isinstance(text, str) else text
    rows = np.flatnonzero(matching.matches(view, condition))
    return order.ordered(view, rows, sort, descending, groups)


def _runs(codes: NDArray[np.int64], names: list[str]) -> RowGroups:
    """Return the runs of rows with the same group; ``codes``: each row's, places in ``names``."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    counts = np.diff(starts, append=len(codes))
    return RowGroups([names[code] for code in codes[starts].tolist()], counts)
