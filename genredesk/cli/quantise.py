"""Make the 8-bit variant of a model: smaller, often faster; what it loses is measured and said.

The songs are a folder with one folder per genre, or a mel array file with its table: one part of
them sets the ranges, the other measures the loss.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from genredesk.cli import _models, _output, _progress, _songs
from genredesk.training.plan.plan import check_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    _songs.add_arguments(parser)
    parser.add_argument("--bundle", metavar="ID", help="the model, by its id or folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the new bundle")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Quantise and print what it costs."""
    out: Path = args.out
    check_place(out)
    bundle = _models.chosen(args.bundle)
    _output.folder(out.parent)
    from genredesk.training.data import split  # noqa: PLC0415 - heavy
    from genredesk.training.export import quantise  # noqa: PLC0415

    with _progress.bar("reading songs") as ctx:
        data = _songs.opened(bundle, args, ctx)
        parts = split.automatic(data)
        made, cost = quantise.make(bundle, data, parts, out)
    if said := cost.heard_before:
        _output.warn(said)
    if args.json:
        print(json.dumps({"bundle": str(made.path), **asdict(cost)}))
    else:
        _output.say(f"{made.path}: {cost.sentence}")
    return 0
