"""Train a network on labeled music and make a bundle of it.

The songs are a folder with one folder per genre, a rekordbox XML, or a mel array file with its
table. Ctrl-C stops; the same command with --resume goes on after the last whole epoch.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genredesk.cli import _models, _options, _output, _progress, _songs, _training_screen
from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.training.data import several_words, songlist
from genredesk.training.data.scan import refuse_no_folder
from genredesk.training.fit import ranks
from genredesk.training.plan import ears
from genredesk.training.plan.plan import MODES, TrainPlan, check
from genredesk.training.runs import wire
from genredesk.training.runs.client import WorkerProcess
from genredesk.training.runs.messages import (
    CancelledEvent,
    Event,
    FailedEvent,
    TrainingDone,
    WorkerCommand,
)

CANCELLED = 128 + 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    _songs.add_arguments(parser)
    parser.add_argument(
        "--playlists",
        action="store_true",
        help=say(
            "of a rekordbox XML in place of FOLDER: its playlists are the labels, not its genres"
        ),
    )
    _songs.add_words_option(parser)
    _add_start(parser)
    parser.add_argument(
        "--frontend", default="", metavar="F", help=say("default: the network's own (for a folder)")
    )
    parser.add_argument("--out", required=True, metavar="DIR", help=say("the new bundle's folder"))
    parser.add_argument("--title", default="", help=say("its name in the program"))
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S",
        help=say("the same one gives the same network; another one another start (default: 0)"),
    )  # fmt: skip
    _add_recipe(parser)
    _add_search(parser)
    _add_machine(parser)
    parser.add_argument("--half", action="store_true", help=say("a bundle of half the size"))
    parser.add_argument(
        "--refit", action="store_true",
        help=say("train once more on all songs at the end; the numbers are the first training's"),
    )  # fmt: skip
    parser.add_argument("--resume", action="store_true", help=say("go on where it was stopped"))
    parser.add_argument(
        "--json", action="store_true", help=say("every event as one JSON object a line")
    )


def _add_start(parser: argparse.ArgumentParser) -> None:
    """Add which network it is and what it starts from."""
    parser.add_argument(
        "--network", default="", metavar="N", help=say("see `genredesk networks` (default: live)")
    )
    parser.add_argument(
        "--recipe", default="", metavar="R", help=say("default: the network's paper's")
    )
    parser.add_argument(
        "--mode", default="scratch", choices=MODES,
        help=say(
            "a new network, all of a bundle's trained on, or only a new last layer for it "
            "(default: scratch)"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--quick", dest="mode", action="store_const", const="quick", default=argparse.SUPPRESS,
        help=say("the same as --mode quick: learns in seconds, from a few songs"),
    )  # fmt: skip
    parser.add_argument(
        "--bundle",
        default="",
        metavar="ID",
        help=say("what full and quick mode start from (default: the one that listens at first)"),
    )
    parser.add_argument(
        "--ear", dest="ears", action="append", default=[], metavar="ID",
        help=say(
            "quick mode: a model that hears together with the others named (may be repeated; "
            "default: the one it starts from and {second_id}; name one to have it alone)",
            second_id=ears.SECOND_ID
        ),
    )  # fmt: skip
    _models.add_weight_options(parser)


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add how it is trained."""
    parser.add_argument(
        "--epochs", type=int, default=0, metavar="E", help=say("default: the recipe's")
    )
    parser.add_argument(
        "--batch",
        type=int,
        default=0,
        metavar="B",
        help=say("windows a step (default: the recipe's)"),
    )
    parser.add_argument(
        "--lr", type=float, default=0.0, help=say("learning rate (default: the recipe's)")
    )
    parser.add_argument(
        "--balance", default="", choices=("", "none", "weights", "sampling"), metavar="HOW",
        help=say("none, weights (loss by genre) or sampling (genres drawn equally)"),
    )  # fmt: skip
    parser.add_argument(
        "--set", dest="changes", type=change, action="append", default=[], metavar="FIELD=VALUE",
        help=say(
            "another value of any field of the recipe (augment.eq_db=3) or of the network "
            "(net.dropout=0.3); version='as printed' follows a paper's text where its authors' "
            "code differs (may be repeated)"
        ),
    )  # fmt: skip


def _add_search(parser: argparse.ArgumentParser) -> None:
    """Add how long better values are searched for."""
    parser.add_argument(
        "--minutes", type=float, default=0.0, metavar="M",
        help=say(
            "search for better values so long and keep the best network; --resume goes on with "
            "the trials"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--architecture", action="store_true",
        help=say("also search the network's own fields (depth, width, kernel …)"),
    )  # fmt: skip


def _add_machine(parser: argparse.ArgumentParser) -> None:
    """Add what it is trained on."""
    _options.add_compute_options(parser)
    parser.add_argument(
        "--devices", type=int, default=1, metavar="N",
        help=say(
            "devices of a machine, one process each (torchrun --nproc-per-node N -m genredesk …)"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--nodes", type=int, default=1, metavar="N", help=say("machines (torchrun)")
    )


def change(text: str) -> tuple[str, Any]:
    """Read ``field=value``; what is neither a number nor another JSON value is text."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(say("{text} is not FIELD=VALUE", text=text))
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def plan_of(args: argparse.Namespace) -> TrainPlan:
    """Return the plan the arguments describe.

    Raises
    ------
    DataError
        When it asks for a network and for a bundle of another one.
    BundleError
        When there is no such bundle.
    """
    if args.mode == "scratch" and args.bundle:
        raise DataError(
            say(
                "A new network does not begin with a bundle. Leave --bundle out, or say how to "
                "go on with it: --mode full or --mode quick."
            )
        )
    names = [field.name for field in dataclasses.fields(TrainPlan)]
    values = {name: getattr(args, name) for name in names if hasattr(args, name)}
    if args.folder.lower().endswith(songlist.COLLECTION):
        values["songs"] = args.folder + songlist.PLAYLISTS * args.playlists
        values["folder"] = ""
        values["words"] = several_words.LIST if args.words else ""
    if not args.network:
        del values["network"]
    if args.mode != "scratch":
        values["bundle"], *values["ears"] = _ears(args)
        begun = _models.chosen(values["bundle"])
        if args.network not in ("", begun.card.network):
            raise DataError(
                say(
                    "The mode {mode} goes on with the bundle's own network, and that of {id} is "
                    "{network}. Leave --network out, or train from scratch.",
                    mode=args.mode,
                    id=begun.id,
                    network=begun.card.network,
                )
            )
    return TrainPlan(**{**values, "changes": dict(args.changes)})


def _ears(args: argparse.Namespace) -> list[str]:
    """Return the models that a run stands on, the first of them what it starts from."""
    named = [*filter(None, [args.bundle]), *args.ears]
    if args.mode == "quick" and not args.ears:
        first = _models.chosen(args.bundle)
        other = ears.second(first)
        return [args.bundle or first.id, *([other.id] if other else [])]
    return named or [_models.chosen("").id]


def run(args: argparse.Namespace) -> int:
    """Train; 0 done, 1 failed, 130 stopped by Ctrl-C."""
    plan = plan_of(args)
    check(plan)
    if plan.folder:  # at once, not when the worker has come up
        refuse_no_folder(Path(plan.folder))
    _output.folder(Path(plan.out).parent)
    _check_beginning(plan)
    with WorkerProcess(plan) as worker, _interruptible(worker):
        show = _as_json if args.json else None
        show = _silent if ranks.rank() else show
        with _training_screen.Screen() if show is None else contextlib.nullcontext(show) as tell:
            status = 1
            for event in worker.events():
                tell(event)
                if isinstance(event, CancelledEvent):
                    status = CANCELLED
                elif isinstance(event, TrainingDone):
                    status = 0
    return status


def _check_beginning(plan: TrainPlan) -> None:
    """Keep a training that was broken off from being begun anew by mistake."""
    there = plan.resumable
    if there and not plan.resume:
        raise DataError(
            say(
                "{run_dir} holds a training that was broken off. Go on with it (--resume), "
                "choose another place (--out), or delete that folder.",
                run_dir=plan.run_dir,
            )
        )
    if plan.resume and not there and not ranks.rank():
        _progress.note(say("There is nothing to go on with; the training begins."))


@contextlib.contextmanager
def _interruptible(worker: WorkerProcess) -> Iterator[None]:
    """Turn Ctrl-C into a cancel, so that the worker ends in order; a second one ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(number: int, frame: Any) -> None:
        del number, frame
        signal.signal(signal.SIGINT, signal.default_int_handler)
        worker.tell(WorkerCommand.CANCEL)

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _silent(event: Event) -> None:
    """Say nothing for a process that only helps, unless it fails."""
    if isinstance(event, FailedEvent):
        _output.warn(event.message)


def _as_json(event: Event) -> None:
    print(wire.write_event(event), flush=True)
