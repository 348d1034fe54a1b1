"""Move files into folders by a template; within one drive that is a rename."""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.core.messages import mark
from genredesk.library.organize.actions import _common
from genredesk.library.organize.plan import ActionOptions, Item, Plan, StepKind

title = mark("Move into folders")
uses = ("to", "template", "number")


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return what would be moved where; files that lie right already are counted only.

    Raises
    ------
    PlanError
        When no folder was chosen or the template cannot be read.
    """
    return _common.place_all("move_files", StepKind.MOVE, items, options, ctx)
