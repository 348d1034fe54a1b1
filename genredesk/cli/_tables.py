"""Tables and sentences on standard output; brackets in somebody's names are never markup."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table

from genredesk.core.messages import say
from genredesk.core.names import LONGEST_LINE, shown

_PIPE_WIDTH = 120
_WIDEST = 10_000


def console() -> Console:
    """Return the console for tables; in a pipe it is as wide as a table needs."""
    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else _PIPE_WIDTH, highlight=False, markup=False)


def moment(seconds: float) -> str:
    """Write a moment, seconds since 1970, in the time of here: ``2026-11-30 14:05``."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def show(
    headings: Sequence[str],
    rows: Sequence[Sequence[RenderableType]],
    *,
    right: Collection[str] = (),
    whole: Collection[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """Print a table.

    Parameters
    ----------
    headings, rows
        A cell a heading in each row; a heading is said here, so it was given to ``mark``.
    right, whole
        Columns that stand at the right, and those that are not broken into lines.
    spare
        Columns a narrow terminal does without, one after the other in this order, until the others
        fit.
    """
    out = console()
    boundless = out.options.update(max_width=_WIDEST)
    kept = list(headings)
    table = _table(headings, rows, kept, right, whole)
    for heading in spare:
        if out.measure(table, options=boundless).minimum <= out.width:
            break
        kept.remove(heading)
        table = _table(headings, rows, kept, right, whole)
    out.print(table)


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[RenderableType]],
    kept: Collection[str],
    right: Collection[str],
    whole: Collection[str],
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    places = [i for i, heading in enumerate(headings) if heading in kept]
    for i in places:
        heading = headings[i]
        cells = [say(heading), *(str(row[i]) for row in rows)]
        table.add_column(
            say(heading),
            justify="right" if heading in right else "left",
            overflow="fold",
            min_width=max(map(cell_len, cells)) if heading in whole else None,
        )
    for row in rows:
        table.add_row(*(_cell(row[i]) for i in places))
    return table


def _cell(cell: RenderableType) -> RenderableType:
    return shown(cell, LONGEST_LINE) if isinstance(cell, str) else cell
