"""What can be done with a selection: one file, one action, found by file name.

Each module offers ``title`` (what the person reads), ``uses`` (names of the fields of
:class:`~genredesk.library.organize.plan.ActionOptions` it looks at) and
``plan(items, options, ctx) -> Plan``, which changes nothing. ``library/organize/apply.py`` runs the
steps; a new action is one new file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from typing import Protocol, cast

from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.library.organize.plan import ActionOptions, Item, Plan, PlanError


class Action(Protocol):
    """What a module of this package looks like."""

    __name__: str
    title: str
    uses: tuple[str, ...]

    def plan(self, items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
        """Return what would happen."""
        ...


def names() -> list[str]:
    """Return the actions by file name, sorted."""
    found = pkgutil.iter_modules(__path__)
    return sorted(module.name for module in found if not module.name.startswith("_"))


def get(name: str) -> Action:
    """Return an action.

    Raises
    ------
    PlanError
        When there is none of that name.
    """
    if name not in names():
        raise PlanError(
            say(
                "There is no action '{name}'. There are: {names}.",
                name=name,
                names=", ".join(names()),
            )
        )
    return cast("Action", importlib.import_module(f"{__name__}.{name}"))
