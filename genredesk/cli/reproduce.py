"""Repeat a paper's experiment on a folder laid out like GTZAN; its table beside ours.

PAPER is 000 (Yang & Zhang), 001 (Wyborn, Butt & Klas), 002 (KTH), 003 (Patel) or 004 (Putovici &
Molnár). Papers 002 to 004 split segments instead of songs; their way is repeated and marked.

Every run is written as it ends. The same command goes on where it was stopped; started several
times, by torchrun or on other computers that see the folder of --out, each takes rows that nobody
has taken.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.text import Text

from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _models, _options, _output, _progress, _tables
from genredesk.core import paths
from genredesk.core.messages import mark, number, say

VERSIONS = ("run", "printed", "both")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("paper", metavar="PAPER", help="000, 001, 002, 003 or 004")
    parser.add_argument("--gtzan", required=True, metavar="DIR", help=say("one folder per genre"))
    parser.add_argument(
        "--out", type=Path, metavar="DIR",
        help=say(
            "the experiment's folder, with its report (default: in the program's data folder)"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--resume", action="store_true", help=say("go on with an experiment that must be there")
    )
    parser.add_argument(
        "--runs", type=int, default=0, metavar="N", help=say("default: the paper's")
    )
    parser.add_argument(
        "--epochs", type=int, default=0, metavar="E", help=say("default: the paper's")
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NETWORK",
        help=say("only the rows of this network (may be repeated)"),
    )  # fmt: skip
    parser.add_argument(
        "--as", dest="version", choices=VERSIONS, default="run",
        help=say(
            "where a paper's text and its authors' code differ: as it was run (default), as it "
            "is printed, or both"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--split", choices=("paper", "song"), default="paper",
        help=say("song: the split without leaks, also for papers that split segments"),
    )  # fmt: skip
    parser.add_argument(
        "--beside", action="store_true",
        help=say(
            "000: also a CRNN and a raw-waveform network, which are in no paper; 003: also its "
            "rows on segments of 3 s, which its printed numbers point to"
        ),
    )  # fmt: skip
    parser.add_argument(
        "--random-start", action="store_true",
        help=say("002: also rows that began with ImageNet weights, from random ones instead"),
    )  # fmt: skip
    _models.add_weight_options(parser, several=True)
    _options.add_compute_options(parser)
    parser.add_argument("--json", action="store_true", help=say("print one JSON object"))


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Run the paper's table and print it."""
    from genredesk.training.evaluation import paper_report  # noqa: PLC0415
    from genredesk.training.fit import ranks  # noqa: PLC0415
    from genredesk.training.plan import protocols  # noqa: PLC0415
    from genredesk.training.runs import prepare, reproduce  # noqa: PLC0415 - torch
    from genredesk.training.runs.papers import experiment  # noqa: PLC0415

    ranks.alone()
    protocols.get(args.paper)
    out = args.out or paths.data_dir() / "papers" / args.paper
    if args.resume:
        experiment.must_be_there(out)
    prepare.set_threads(args.threads)
    wish = reproduce.Wish(
        paper=args.paper,
        gtzan=args.gtzan,
        out=out,
        runs=args.runs,
        epochs=args.epochs,
        only=tuple(args.only),
        version=args.version,
        unit=args.split,
        beside=args.beside,
        random_start=args.random_start,
        device=args.device,
        weights=tuple(args.weights),
        imagenet=args.imagenet,
    )
    try:
        with _progress.bar(say("paper {paper}", paper=args.paper)) as ctx:
            result = reproduce.reproduce(wish, reproduce.ProgressListener(ctx, _progress.note))
    except KeyboardInterrupt:
        stays = say("Stopped. Every run that ended stays; the same command goes on.")
        raise KeyboardInterrupt(stays) from None
    experiment.publish(out, "result.json", json.dumps(result, indent=1))
    experiment.publish(out, "report.html", paper_report.page(result))
    if args.json:
        print(json.dumps(result))
    else:
        _show(result)
        _output.say(say("Report: {path}", path=out / "report.html"))
    return 0


def _show(result: dict[str, Any]) -> None:
    console = _tables.console()
    console.print(
        Text(result["title"], "bold"),
        say("(paper {paper}), runs: {runs}", paper=result["paper"], runs=result["runs"]),
    )
    if result["epochs"]:
        console.print(
            say("Epochs: {epochs} instead of the paper's.", epochs=result["epochs"]), style="bold"
        )
    for warning in filter(None, (result["warning"], result["left_out_because"])):
        console.print(warning, style="bold")
    rows = []
    for row in result["rows"]:
        shares = " / ".join(f"{100 * share:.0f}" for share in row["shares"])
        for rule, value in row["measured"].items():
            printed = row["printed"].get(rule)
            rows.append((
                row["title"],
                shares,
                say(rule),
                f"{number(printed, '.1f')} %" if printed is not None else "–",
                f"{number(value, '.1f')} %",
                number(row["spread"][rule], ".1f") if result["runs"] > 1 else "–",
                str(row["n_windows"] if rule == "raw" else row["n_test"]),
            ))  # fmt: skip
    numbers = (mark("printed"), mark("measured"), mark("± over runs"), "n")
    _tables.show(
        (mark("row"), mark("split"), mark("rule"), *numbers), rows, right=numbers, spare=("split",)
    )
    near = result["neighbours"]
    console.print(
        say(
            "{title}: {raw:.1f} % of {n} windows.",
            title=near["title"],
            raw=near["measured"]["raw"],
            n=near["n_windows"],
        )
        if result["unit"] == "segment"
        else say(
            "{title}: {raw:.1f} % of {n} windows, {sum:.1f} % of {n_songs} songs.",
            title=near["title"],
            raw=near["measured"]["raw"],
            n=near["n_windows"],
            sum=near["measured"]["sum"],
            n_songs=near["n_songs"],
        )
    )
    for begins in dict.fromkeys(row["begins"] for row in result["rows"] if row["begins"]):
        console.print(say("Here {begins}", begins=begins))
    console.print(result["notes"])
