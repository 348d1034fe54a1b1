"""Write genre tags, move or copy into folders, make playlists: a plan unless --apply.

  genredesk organize --action tag                                 write what was heard into the tags
  genredesk organize --action move --to DIR --template '{genre}/{artist}/{album}/{track:02} {title}'
  genredesk organize --action copy --to DIR
  genredesk organize --action playlist --to DIR                   one for each genre (--name: one)
  genredesk organize --action xspf --to DIR                       the same as XSPF
  genredesk organize --action navidrome --to DIR                  smart playlists (.nsp) by genre
  genredesk organize --action rekordbox --to DIR                  a collection for DJ programs
  genredesk organize --action export --to FILE.csv

Without --apply nothing is changed: the plan shows what would happen to each file. `genredesk undo`
takes the newest applied plan back.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.text import Text

from genredesk.cli import _catalogue, _options, _output, _progress, _shares, _tables
from genredesk.core.messages import mark, say
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions, Plan
from genredesk.library.organize.template import DEFAULT, fields

ACTIONS = {
    "tag": "tag_genre", "move": "move_files", "copy": "copy_files", "playlist": "playlists",
    "export": "export",
}  # fmt: skip
_SHOWN = 200
_WRONG, _READY, _DOUBTFUL = Text("✗", "red"), Text("✓", "green"), Text("?", "yellow")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    add_action_options(parser)
    parser.add_argument("--doubtful", action="store_true", help=say("include rows marked to check"))
    parser.add_argument("--apply", action="store_true", help=say("do it"))
    parser.add_argument("--json", action="store_true", help=say("write JSON"))
    _options.add_db_option(parser)


def add_action_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is to be done to which files."""
    more = sorted(set(actions.names()) - set(ACTIONS.values()))
    parser.add_argument(
        "--action", required=True, choices=[*ACTIONS, *more], help=say("what is done with them")
    )
    parser.add_argument(
        "--filter", default="", metavar="TEXT", help=say("which files (default: all)")
    )
    parser.add_argument("--to", type=Path, metavar="DIR", help=say("where to"))
    parser.add_argument(
        "--template",
        default=DEFAULT,
        help=say("path below DIR, of: {fields}", fields=", ".join(fields())),
    )
    parser.add_argument(
        "--number", action="store_true", help=say("taken names become ' (2)', ' (3)' …")
    )
    parser.add_argument(
        "--keep", action="store_true", help=say("tags: add to the genres in the file")
    )
    parser.add_argument("--name", help=say("playlist: one of everything; export: the file's name"))
    parser.add_argument("--format", choices=("csv", "json"), default="csv", help="export")


def action_name(word: str) -> str:
    """Return the action that a word on the command line stands for."""
    return str(ACTIONS.get(word, word))


def word_for(action: str) -> str:
    """Return the word on the command line that stands for an action."""
    return {name: word for word, name in ACTIONS.items()}.get(action, action)


def options_of(args: argparse.Namespace) -> ActionOptions:
    """Return what was chosen for the action."""
    return ActionOptions(
        to=args.to, template=args.template, number=args.number, keep=args.keep,
        per_genre=args.name is None, name=args.name or ActionOptions().name, format=args.format,
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Show the plan or apply it; 1: something of it was not done."""
    with _catalogue.opened(args.db) as catalogue:
        plan = _plan(catalogue, args)
        ticked = [
            index for index, step in enumerate(plan.steps)
            if step.ticked or (args.doubtful and not step.conflict)
        ]  # fmt: skip
        if not args.apply:
            show(plan, set(ticked), as_json=args.json)
            return 0
        title = plan.named(len(ticked))
        with _progress.bar(title) as context:
            outcome = apply.apply(catalogue, plan, context, ticked)
    conflicts, doubts = left_out(plan, set(ticked))
    outcome = replace(outcome, left=(*conflicts, *outcome.left))
    status = tell(
        outcome,
        say("{title}: {n:,} done", title=title, n=outcome.done),
        as_json=args.json,
        doubts=doubts,
    )
    if not args.json:
        _tell_unchanged(plan)
    return status


def left_out(plan: Plan, ticked: set[int]) -> tuple[list[apply.Trouble], list[apply.Trouble]]:
    """Return the rows that were not to be done, with the reasons: conflicts, and doubts."""
    out = ([], [])
    for n, step in enumerate(plan.steps):
        if n not in ticked:
            why = step.conflict or _shares.typed(step.doubt)
            out[not step.conflict].append(apply.Trouble(n, step.source or step.target, why))
    return out


def _tell_unchanged(plan: Plan) -> None:
    """Say what needed no row in the plan, and what the plan has to say besides."""
    if plan.unchanged == 1:
        print(say("1 is already as it should be."))
    elif plan.unchanged:
        print(say("{n:,} are already as they should be.", n=plan.unchanged))
    for note in plan.notes:
        print(_text(note))


def _plan(catalogue: Library, args: argparse.Namespace) -> Plan:
    wanted = items.load(catalogue, catalogue.index.query(args.filter))
    with _progress.bar(say("Planning")) as context:
        return actions.get(action_name(args.action)).plan(wanted, options_of(args), context)


def show(plan: Plan, ticked: set[int], *, as_json: bool) -> None:
    """Write a plan: all of its steps as JSON, the first of them for people."""
    totals = plan.totals
    if as_json:
        print(json.dumps({
            "action": plan.action, "title": plan.named(), "applied": False,
            "notes": list(plan.notes),
            "totals": {name: getattr(totals, name) for name in totals.__slots__},
            "steps": [
                {"kind": s.kind, "file": s.file_id, "before": s.before, "after": s.after,
                 "conflict": s.conflict, "doubt": _shares.typed(s.doubt), "ticked": index in ticked}
                for index, s in enumerate(plan.steps)
            ],
        }, indent=2))  # fmt: skip
        return
    rows = []
    for index, step in enumerate(plan.steps[:_SHOWN]):
        sign = _WRONG if step.conflict else _READY if index in ticked else _DOUBTFUL
        before = (
            step.before if step.source != step.target else f"{step.source}: {step.before or '–'}"
        )
        why = step.conflict or _shares.typed(step.doubt)
        rows.append((sign, *(_text(t) for t in (before, step.after, why))))
    _tables.show(("", mark("before"), mark("after"), mark("why not")), rows)
    console = _tables.console()
    if len(plan.steps) > _SHOWN:
        console.print(
            say(
                "… and {n_steps:,} more rows (--json shows them all)",
                n_steps=len(plan.steps) - _SHOWN,
            )
        )
    console.print(
        say(
            "{named}: {ready:,} ready, {doubts:,} to check, {conflicts:,} conflicts, "
            "{unchanged:,} need nothing. Nothing was changed; --apply does it.",
            named=plan.named(),
            ready=totals.ready,
            doubts=totals.doubts,
            conflicts=totals.conflicts,
            unchanged=totals.unchanged,
        )
    )
    for note in plan.notes:
        console.print(_text(note), markup=False, highlight=False)


def tell(
    outcome: apply.Outcome,
    summary: str,
    *,
    as_json: bool,
    doubts: Sequence[apply.Trouble] = (),
) -> int:
    """Say what became of a run and of every row that was left out; return the exit status.

    A doubtful row that nobody asked for is told, but is no failure.
    """
    failed = bool(outcome.left or outcome.problem)
    if as_json:
        print(json.dumps({
            "plan": outcome.plan_id, "done": outcome.done, "problem": outcome.problem,
            "left": [{"file": t.path, "why": t.note} for t in outcome.left],
            "doubtful": [{"file": t.path, "why": t.note} for t in doubts],
        }, indent=2))  # fmt: skip
        return 1 if failed else 0
    for trouble in outcome.left:
        _output.warn(f"{_text(trouble.path)}: {trouble.note}")
    if outcome.problem:
        _output.warn(outcome.problem)
    for doubt in doubts:
        print(say("Left out: {text}: {note}", text=_text(doubt.path), note=doubt.note))
    if doubts:
        print(
            say(
                "{n_doubts:,} to check were skipped; --doubtful includes them.",
                n_doubts=len(doubts),
            )
        )
    print(
        f"{summary}."
        + (say(" Plan {plan_id}.", plan_id=outcome.plan_id) if outcome.plan_id else "")
    )
    return 1 if failed else 0


def _text(path: str) -> str:
    """Return a path as something every terminal can show."""
    return path.encode("utf-8", "replace").decode()
