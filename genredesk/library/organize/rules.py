"""Rules: what is to be done by itself to music that a filter names, as data.

A rule makes the same plan as a person would, and only the rows that need no look are done. What it
did stands in the history and is undone there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.names import nfc
from genredesk.library.index.query import parse
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, items, template
from genredesk.library.organize.plan import ActionOptions, Plan, PlanError


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is done by itself.

    Parameters
    ----------
    filter
        Which files, as the library's filter reads it.
    action, options
        As :mod:`genredesk.library.organize.actions` knows them.
    enabled
        Whether it is done after each scan.
    """

    name: str
    filter: str
    action: str
    options: ActionOptions = field(default_factory=ActionOptions)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What a rule did: its plan, and what became of the rows that needed no look."""

    rule: Rule
    plan: Plan
    outcome: apply.Outcome

    @property
    def left_out(self) -> Counter[str]:
        """How many rows a person has to look at, by the reason."""
        return Counter(s.conflict or s.doubt for s in self.plan.steps if not s.ticked)


def load(library: Library) -> list[Rule]:
    """Return the rules by name."""
    with library.db.read() as connection:
        found = connection.execute(
            "SELECT name, filter, action, options, enabled FROM rule ORDER BY name"
        ).fetchall()
    return [Rule(n, f, a, _read(options), bool(on)) for n, f, a, options, on in found]


def _read(text: str) -> ActionOptions:
    known = {k: v for k, v in json.loads(text).items() if k in ActionOptions.__slots__}
    return ActionOptions(**{**known, "to": Path(known["to"]) if known.get("to") else None})


def save(library: Library, rule: Rule) -> None:
    """Keep a rule under its name.

    Raises
    ------
    GenreDeskError
        When its name is empty, its filter or template cannot be read, or the action is not known
        or needs a folder.
    """
    if not rule.name.strip():
        raise PlanError(say("A rule needs a name."))
    parse(rule.filter)
    uses = actions.get(rule.action).uses
    if "to" in uses and rule.options.to is None:
        raise PlanError(say("{rule}: choose a folder to put the files into.", rule=rule.name))
    if "template" in uses:
        template.parse(rule.options.template)
    options = asdict(rule.options)
    options["to"] = str(rule.options.to.absolute()) if rule.options.to else None
    with library.db.write() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO rule VALUES (?, ?, ?, ?, ?)",
            (nfc(rule.name.strip()), rule.filter, rule.action, json.dumps(options), rule.enabled),
        )


def delete(library: Library, name: str) -> bool:
    """Forget a rule; return whether there was one."""
    with library.db.write() as connection:
        return bool(connection.execute("DELETE FROM rule WHERE name = ?", (nfc(name),)).rowcount)


def find(library: Library, name: str) -> Rule:
    """Return a rule by its name.

    Raises
    ------
    PlanError
        When there is none.
    """
    known = {rule.name: rule for rule in load(library)}
    if nfc(name) not in known:
        there = ", ".join(known) or say("none")
        raise PlanError(
            say("There is no rule “{name}”. There are: {there}.", name=name, there=there)
        )
    return known[nfc(name)]


def plan(library: Library, rule: Rule, ctx: JobContext) -> Plan:
    """Return what a rule would do now; nothing is changed.

    Raises
    ------
    GenreDeskError
        When its filter, action or folder is none any more.
    """
    library.index.refresh()
    wanted = items.load(library, library.index.query(rule.filter))
    made = actions.get(rule.action).plan(wanted, rule.options, ctx)
    return replace(made, title=say("{title} (rule {name})", title=made.title, name=rule.name))


def run(library: Library, rule: Rule, ctx: JobContext) -> RuleOutcome:
    """Do what a rule says to the files that need no look first.

    Raises
    ------
    GenreDeskError
        As :func:`plan` and :func:`genredesk.library.organize.apply.apply` raise it.
    """
    made = plan(library, rule, ctx)
    return RuleOutcome(rule, made, apply.apply(library, made, ctx))


def run_enabled(library: Library, ctx: JobContext) -> Iterator[RuleOutcome]:
    """Run every rule that is on, by name, and give what each did.

    Raises
    ------
    GenreDeskError
        See :func:`run`; the rules before it are done.
    """
    for rule in load(library):
        if rule.enabled:
            yield run(library, rule, ctx)
