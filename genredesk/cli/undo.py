"""Undo the newest applied plan that is not undone yet; --list shows them all.

A file that is not as it was left stays as it is and is named. The exit status is then 1, and the
next undo tries it again.
"""

from __future__ import annotations

import argparse
import json

from genredesk.cli import _catalogue, _options, _output, _progress, _tables
from genredesk.cli.organize import tell
from genredesk.core.messages import mark, number, say
from genredesk.library.organize import apply

_HEADINGS = (
    mark("plan"), mark("when"), mark("what"), mark("state"), mark("done"), mark("left"),
)  # fmt: skip
_STATES = {
    "applying": mark("interrupted"),
    "applied": mark("applied"),
    "undoing": mark("interrupted"),
    "undone": mark("undone"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument(
        "plan", nargs="?", type=int, help=say("number of the plan (default: the newest)")
    )
    parser.add_argument("--list", action="store_true", help=say("only show what was done"))
    parser.add_argument("--json", action="store_true", help=say("write JSON"))
    _options.add_db_option(parser)


def run(args: argparse.Namespace) -> int:
    """Undo or list; 1: nothing to undo, or something was left."""
    with _catalogue.opened(args.db) as catalogue:
        if args.list:
            _list(apply.history(catalogue), as_json=args.json)
            return 0
        with _progress.bar(say("Undoing")) as context:
            outcome = apply.undo(catalogue, args.plan, context)
        past = apply.history(catalogue)
    status = tell(outcome, say("{n:,} undone", n=outcome.done), as_json=args.json)
    if outcome.left:
        _tell_on(past, outcome.plan_id)
    return status


def _tell_on(past: list[apply.HistoryEntry], plan_id: int) -> None:
    """Say how to go on when something could not be taken back and there is more to take back."""
    older = next((p for p in past if p.done and p.plan_id < plan_id), None)
    if older is not None:
        _output.warn(
            say(
                "`genredesk undo` tries these again; `genredesk undo {plan_id}` goes on with "
                "“{title}”.",
                plan_id=older.plan_id,
                title=older.title,
            )
        )


def _list(plans: list[apply.HistoryEntry], *, as_json: bool) -> None:
    if as_json:
        rows = [{name: getattr(p, name) for name in p.__slots__} for p in plans]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not plans:
        print(say("Nothing was applied yet."))
        return
    rows = []
    first = next((p.plan_id for p in plans if p.undoable), None)
    for p in plans:
        state = say(_STATES.get(p.state, p.state))
        if p.plan_id == first:
            state = say("{state} ← next", state=state)
        rows.append(
            (
                str(p.plan_id),
                _tables.moment(p.created_at),
                p.title,
                state,
                number(p.done, ","),
                number(p.left, ","),
            )
        )
    numbers = (_HEADINGS[0], *_HEADINGS[-2:])
    _tables.show(_HEADINGS, rows, right=numbers)
