"""Make the 8-bit variant of a model: smaller, often faster; what it loses is measured and said.

The songs are a folder with one folder per genre, or a mel array file with its table: one part of
them sets the ranges, the other measures the loss.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _models, _output, _progress, _songs
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.inference.bundle import Bundle
from genredesk.training.plan.plan import check_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    _songs.add_arguments(parser)
    _songs.add_words_option(parser)
    parser.add_argument("--bundle", metavar="ID", help=say("the model, by its id or folder"))
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--out", type=Path, metavar="DIR", help=say("the new bundle"))
    place.add_argument(
        "--beside",
        action="store_true",
        help=say(
            "put it beside the network in a bundle of your own, to answer where it is quicker"
        ),
    )
    parser.add_argument("--json", action="store_true", help=say("print one JSON object"))


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Quantise and print what it costs."""
    out: Path | None = args.out
    if out is not None:
        check_place(out)
    bundle = _models.chosen(args.bundle)
    if out is not None:
        _output.folder(out.parent)
    elif bundle.shipped:
        raise BundleError(
            say("{id} came with GenreDesk. Name a bundle of your own, or --out.", id=bundle.id)
        )
    from genredesk.training.data import split  # noqa: PLC0415 - heavy
    from genredesk.training.export import quantise  # noqa: PLC0415

    with _progress.bar(say("reading songs")) as ctx:
        data = _songs.opened(bundle, args, ctx)
        parts = split.automatic(data)
        if out is None:
            return _tell_beside(quantise.beside(bundle, data, parts), json_wanted=args.json)
        made, cost = quantise.make(bundle, data, parts, out)
    if said := cost.heard_before:
        _output.warn(said)
    if args.json:
        print(json.dumps({"bundle": str(made.path), **asdict(cost)}))
    else:
        _output.say(f"{made.path}: {cost.said}")
    return 0


def _tell_beside(bundle: Bundle, *, json_wanted: bool) -> int:
    told = bundle.card.eight_bits
    assert told is not None  # noqa: S101 - it has just been put there
    if json_wanted:
        print(json.dumps({"bundle": str(bundle.path), "n": told.n, "alike": told.alike}))
    else:
        _output.say(
            say(
                "{bundle}: {alike:.1%} of {n} windows named as before",
                bundle=bundle.path,
                alike=told.alike,
                n=told.n,
            )
        )
    return 0
