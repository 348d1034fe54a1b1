"""List, show and delete the trainings that the Train place keeps.

  genredesk runs                         list them, newest first
  genredesk runs show ID                 one in full, with its epochs
  genredesk runs delete ID               delete one; a model made of it stays installed

The History of the Train place shows the same with its curves.
"""

from __future__ import annotations

import argparse
import dataclasses
import json

from genredesk.cli import _output, _shares, _tables
from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import genre_word
from genredesk.core.messages import mark, say
from genredesk.training.runs import store
from genredesk.training.runs.store import TrainingRun

STATES = {
    store.RUNNING: mark("running"),
    store.DONE: mark("done"),
    store.CANCELLED: mark("canceled"),
    store.FAILED: mark("failed"),
    store.INTERRUPTED: mark("interrupted"),
}
_OPERANDS = {"list": 0, "show": 1, "delete": 1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("what", nargs="?", choices=list(_OPERANDS), default="list")
    parser.add_argument("operands", nargs="*", metavar="ID")
    parser.add_argument("--json", action="store_true", help=say("write JSON"))


def run(args: argparse.Namespace) -> int:
    """List, show or delete; return 0."""
    wanted = _OPERANDS[args.what]
    if len(args.operands) != wanted:
        raise GenreDeskError(
            say(
                "`genredesk runs {what}` takes {wanted} operands, see --help.",
                what=args.what,
                wanted=wanted,
            )
        )
    if args.what == "list":
        _list(args)
        return 0
    found = _named(args.operands[0])
    if args.what == "show":
        _show(found, args)
        return 0
    if found.state == store.RUNNING:
        raise GenreDeskError(
            say("{id} is still running. Stop it in the window first.", id=found.id)
        )
    store.delete(found)
    _output.say(say("{id} was deleted.", id=found.id))
    return 0


def _named(name: str) -> TrainingRun:
    found = next((run for run in store.every() if run.id == name), None)
    if found is None:
        raise GenreDeskError(
            say("There is no training {name}. `genredesk runs` lists them.", name=name)
        )
    return found


def _list(args: argparse.Namespace) -> None:
    runs = store.every()
    if args.json:
        print(json.dumps([_plain(run) for run in runs], indent=2, ensure_ascii=False))
        return
    if not runs:
        _output.say(say("No training is kept yet. The Train place of the window makes them."))
        return
    headings = (
        "id", mark("title"), mark("state"), mark("songs"), mark("correct"), mark("took"),
    )  # fmt: skip
    rows = [
        (
            run.id,
            run.title,
            say(STATES.get(run.state, run.state)),
            str(sum(run.classes.values())),
            _score(run),
            _took(run),
        )
        for run in runs
    ]
    _tables.show(
        headings, rows, right=("songs", "correct", "took"), whole=("id", "state"),
        spare=("took", "songs", "title"),
    )  # fmt: skip


def _show(run: TrainingRun, args: argparse.Namespace) -> None:
    epochs = store.epochs(run)
    if args.json:
        told = {**_plain(run), "epochs": [dataclasses.asdict(epoch) for epoch in epochs]}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    genres = ", ".join(f"{genre_word(name)} {n}" for name, n in run.classes.items())
    state = say(STATES.get(run.state, run.state))
    rows = [
        (say("title"), run.title),
        (say("begun"), _tables.moment(run.began) if run.began else ""),
        (say("state"), f"{state}: {run.message}" if run.message else state),
        (say("started from"), str(run.plan.get("base") or run.plan.get("network") or "")),
        (say("songs"), f"{sum(run.classes.values())} ({genres})" if genres else "0"),
        (say("correct"), _score(run)),
        (say("epochs"), str(len(epochs))),
        (say("took"), _took(run)),
        (say("model"), run.installed or say("not installed")),
        (say("folder"), str(run.folder)),
    ]
    _tables.show(("", ""), rows)


def _plain(run: TrainingRun) -> dict[str, object]:
    return {**dataclasses.asdict(run), "folder": str(run.folder), "resumable": run.resumable}


def _score(run: TrainingRun) -> str:
    if run.score < 0:
        return ""
    return say(
        "{score} ({interval}, {n} songs)",
        score=_shares.measured(run.score, 0),
        interval=_shares.ranged(run.interval, 0),
        n=run.n,
    )


def _took(run: TrainingRun) -> str:
    if not run.seconds:
        return ""
    return (
        say("{seconds:.0f} min", seconds=run.seconds / 60)
        if run.seconds >= 90
        else f"{run.seconds:.0f} s"
    )
