"""Measure a network and recipe by cross-validation: every song is held back once per seed.

Artists are kept together where tags or the table name them. Makes no bundle.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _models, _options, _output, _progress, _shares, _songs
from genredesk.core.errors import DataError
from genredesk.core.messages import number, say
from genredesk.training.data import problem
from genredesk.training.data.scan import Scan
from genredesk.training.data.split import protocol_said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    _songs.add_arguments(parser)
    parser.add_argument("--network", default="live", metavar="N", help=say("default: live"))
    parser.add_argument(
        "--recipe", default="", metavar="R", help=say("default: the network's paper's")
    )
    _models.add_weight_options(parser)
    parser.add_argument("--folds", type=int, default=5, metavar="K", help=say("parts (default: 5)"))
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help=say("how many times (default: 1)")
    )
    parser.add_argument(
        "--epochs", type=int, default=0, metavar="E", help=say("default: the recipe's")
    )
    _options.add_compute_options(parser)
    parser.add_argument(
        "--claim", action="store_true", help=say("also what a split of segments would have claimed")
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help=say("also write the JSON there"))
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="DIR",
        help=say("also write each seed's answers there (.npz)"),
    )
    parser.add_argument("--json", action="store_true", help=say("print one JSON object"))


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Cross-validate and print."""
    if bool(args.folder) == bool(args.mels):
        raise DataError(
            say("Give either a folder with one folder per genre, or --mels and --tracks.")
        )
    if args.folds < 2 or args.seeds < 1:
        raise DataError(say("At least two folds and one seed are needed."))
    # they import torch
    from genredesk.nets import registry  # noqa: PLC0415
    from genredesk.training.data import sources  # noqa: PLC0415
    from genredesk.training.network import pretrained  # noqa: PLC0415
    from genredesk.training.plan import plan  # noqa: PLC0415
    from genredesk.training.runs import crossval, prepare  # noqa: PLC0415

    _output.check(args.out)
    if args.answers is not None:
        _output.folder(args.answers)
    rules = crossval.recipe_for(args.network, args.recipe, args.epochs)
    prepare.check_device(args.device)
    prepare.set_threads(args.threads)
    wish = plan.TrainPlan(
        out="none", folder=args.folder, mels=args.mels, tracks=args.tracks, network=args.network
    )
    with _progress.bar(say("cross-validation")) as ctx:
        spec = registry.get(args.network)
        given = pretrained.wanted(spec, args.weights, imagenet_too=args.imagenet, ctx=ctx)
        data = sources.open_data(wish, spec.frontend, ctx, _tell, segment_s=rules.segment_s)
        trial = crossval.Trial(
            args.network, data, rules, args.device, ctx, _progress.note, pretrained=given
        )
        result = crossval.run(
            trial, k=args.folds, seeds=args.seeds, claim=args.claim, answers_to=args.answers
        )
    print(json.dumps(result) if args.json else _text(result))
    _output.write_json(args.out, result)
    return 0


def _tell(found: Scan) -> None:
    for sentence in problem.aside(found.problems):
        _progress.note(sentence)


def _text(result: dict[str, Any]) -> str:
    songs, windows, strengths = result["songs"], result["windows"], result["strengths"]
    seeds = result["seeds"]
    many = (
        say(" ± {spread:.1%} over {seeds} seeds", spread=songs["spread"], seeds=seeds)
        if seeds > 1
        else ""
    )
    also = f" ± {number(windows['spread'], '.1%')}" if seeds > 1 else ""
    first = say("first seed, ") if seeds > 1 else ""
    lines = [
        say(
            "{network} with {recipe}, {protocol}, {n} songs",
            network=result["network"],
            recipe=result["recipe"],
            protocol=protocol_said(result["protocol"]),
            n=result["pooled"]["songs"]["n"],
        ),
        *filter(None, [result["begins"]]),
        say(
            "songs {mean}{many} ({first}95 %: {interval}), windows {mean2}{also}",
            mean=_shares.measured(songs["mean"]),
            many=many,
            first=first,
            interval=_shares.ranged(result["pooled"]["songs"]["interval"]),
            mean2=_shares.measured(windows["mean"]),
            also=also,
        ),
        say(
            "sure from {sure:.2f} on, probable from {probable:.2f}, between two from "
            "{between:.2f} of both together",
            sure=strengths["sure"],
            probable=strengths["probable"],
            between=strengths["between"],
        ),
        f"{say('songs')}: {_strengths(strengths['songs'])}",
        f"{say('windows')}: {_strengths(strengths['windows'])}",
    ]
    if "claimed" in result:
        claimed = result["claimed"]["windows"]
        why = say(", because it remembers") if claimed > windows["mean"] else ""
        lines.append(
            say(
                "a split of segments would have claimed {claimed:.1%} of windows{why}",
                claimed=claimed,
                why=why,
            )
        )
    return "\n".join(lines)


def _strengths(shares: dict[str, dict[str, float]]) -> str:
    """Say how many answers are of each strength, and how many of those are right."""
    names = {
        "sure": say("sure"), "probable": say("probable"), "between": say("between"),
        "open": say("open"),
    }  # fmt: skip
    said = (
        f"{names[name]} {_shares.percent(row['share'])}"
        + (say(" ({share} right)", share=_shares.measured(row["right"], 0)) if row["n"] else "")
        for name, row in shares.items()
    )
    return ", ".join(said)
