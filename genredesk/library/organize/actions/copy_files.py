"""Copy files into folders by a template; every copy is read again and compared."""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.core.messages import mark
from genredesk.library.organize.actions import _common
from genredesk.library.organize.plan import ActionOptions, Item, Plan, StepKind

title = mark("Copy into folders")
uses = ("to", "template", "number")


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return what would be copied where.

    Raises
    ------
    PlanError
        When no folder was chosen or the template cannot be read.
    """
    return _common.place_all("copy_files", StepKind.COPY, items, options, ctx)
