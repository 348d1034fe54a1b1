"""Rules for what is to be done by itself to new music: list, keep, try and run them.

  genredesk rules                                    list them
  genredesk rules save jazz --filter 'heard:jazz state:sure' --action tag
  genredesk rules show jazz                          what it would do now
  genredesk rules run jazz                           do it now
  genredesk rules off jazz, on jazz, delete jazz

`genredesk watch` runs the rules that are on after each scan. Only rows that need no look first are
done: a sure answer, no conflict. `genredesk undo` takes back what a rule did.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from genredesk.cli import _catalogue, _options, _output, _progress, organize
from genredesk.core.messages import say
from genredesk.library.library import Library
from genredesk.library.organize import rules
from genredesk.library.organize.rules import Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    _common(parser, None)
    parser.set_defaults(act=_list)
    verbs = parser.add_subparsers(metavar="WHAT")
    save = _verb(verbs, "save", say("save a rule under a name"), _save)
    organize.add_action_options(save)
    save.add_argument(
        "--off", action="store_true", help=say("keep it, but do not run it by itself")
    )
    for name, summary, act in (
        ("show", say("show what a rule would do now"), _show), ("run", say("run a rule now"), _run),
        ("on", say("run a rule after each scan"), _switch),
        ("off", say("keep a rule, but do not run it by itself"), _switch),
        ("delete", say("forget a rule"), _delete),
    ):  # fmt: skip
        _verb(verbs, name, summary, act).set_defaults(enabled=name == "on")


def _verb(
    verbs: Any, name: str, summary: str, act: Callable[[Library, argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=summary, description=summary)
    _common(parser, argparse.SUPPRESS)
    parser.add_argument("rule", metavar="NAME", help=say("the rule's name"))
    parser.set_defaults(act=act)
    return parser


def _common(parser: argparse.ArgumentParser, default: Any) -> None:
    _options.add_db_option(parser, default)
    parser.add_argument(
        "--json", action="store_true", default=default or False, help=say("write JSON")
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    with _catalogue.opened(args.db) as library:
        return args.act(library, args)


def _list(library: Library, args: argparse.Namespace) -> int:
    for rule in rules.load(library):
        if args.json:
            options = asdict(rule.options)
            options["to"] = rule.options.to and str(rule.options.to)
            print(_output.json_line({**asdict(rule), "options": options}))
        else:
            to = f" → {rule.options.to}" if rule.options.to else ""
            off = "" if rule.enabled else f"  ({say('off')})"
            what = organize.word_for(rule.action)
            _output.say(f"{rule.name}: {rule.filter or say('everything')} → {what}{to}{off}")
    return 0


def _save(library: Library, args: argparse.Namespace) -> int:
    action = organize.action_name(args.action)
    options = organize.options_of(args)
    rules.save(library, Rule(args.rule, args.filter, action, options, enabled=not args.off))
    return 0


def _show(library: Library, args: argparse.Namespace) -> int:
    rule = rules.find(library, args.rule)
    with _progress.bar(say("Planning")) as context:
        plan = rules.plan(library, rule, context)
    organize.show(plan, set(plan.ticked()), as_json=args.json)
    return 0


def _run(library: Library, args: argparse.Namespace) -> int:
    rule = rules.find(library, args.rule)
    with _progress.bar(rule.name) as context:
        done = rules.run(library, rule, context)
    title = done.plan.named(done.outcome.done)
    conflicts, doubts = organize.left_out(done.plan, set(done.plan.ticked()))
    outcome = replace(done.outcome, left=(*conflicts, *done.outcome.left))
    return organize.tell(
        outcome,
        say("{title}: {n:,} done", title=title, n=outcome.done),
        as_json=args.json,
        doubts=doubts,
    )


def _switch(library: Library, args: argparse.Namespace) -> int:
    rules.save(library, replace(rules.find(library, args.rule), enabled=args.enabled))
    return 0


def _delete(library: Library, args: argparse.Namespace) -> int:
    rules.delete(library, rules.find(library, args.rule).name)
    return 0
