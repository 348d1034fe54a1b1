"""Measure a model on labeled songs: windows, songs, genres, calibration.

The songs are a folder with one folder per genre, or a mel array file with its table. Every song
given is used; give songs the model has not been trained on.

A song's answer here can differ a little from that of `genredesk classify` on its file, and near a
bound so can how sure it is: this measures as training does, by windows one second apart, silent
ones included, of kept pictures that array files come as. A file is answered by windows three
seconds apart in which there is sound.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.text import Text

from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _models, _output, _progress, _shares, _songs, _tables
from genredesk.core import atomic
from genredesk.core.genres import genre_word
from genredesk.core.messages import mark, number, say
from genredesk.inference.bundle import Bundle
from genredesk.inference.runtime import complaint, open_runtime
from genredesk.training.evaluation import measure, report

_SHARES = ("precision", "recall", "f1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    _songs.add_arguments(parser)
    _songs.add_words_option(parser)
    parser.add_argument(
        "--split",
        metavar="PART",
        help=say("only the songs of this part of the table (valid, test …)"),
    )
    _models.add_model_options(parser)
    parser.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help=say("also write JSON, CSV and an HTML page there"),
    )
    parser.add_argument("--json", action="store_true", help=say("print one JSON object"))


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Evaluate and print."""
    bundle = _models.chosen(args.bundle)
    if args.report is not None:
        _output.folder(args.report)
    runtime = open_runtime(bundle, args.device, build=_models.build)
    if refused := complaint(runtime, args.device):
        _output.warn(refused)
    try:
        with _progress.bar(say("evaluating")) as ctx:
            data = _songs.opened(bundle, args, ctx)
            result, predictions = measure.measure(bundle, runtime, data, part=args.split, ctx=ctx)
    finally:
        runtime.close()
    if said := result["heard_before"]:
        _output.warn(said)
    if args.json:
        print(json.dumps(result))
    else:
        (_show if predictions is not None else _show_several)(bundle, result)
    if args.report is not None and predictions is None:
        atomic.write_json(args.report / "evaluation.json", result)
    elif args.report is not None and predictions is not None:
        report.write(
            args.report,
            result,
            predictions,
            title=say("{title}: evaluation", title=bundle.card.title),
        )
    return 0


def _show(bundle: Bundle, result: dict[str, Any]) -> None:
    songs, windows = result["songs"], result["windows"]
    console = _tables.console()
    console.print(
        Text(bundle.card.title, "bold"),
        say("on {n} songs, {n2} windows", n=songs["n"], n2=windows["n"]),
    )
    console.print(
        say(
            "songs {sum} (95 %: {interval}) · majority {majority} · top 3 {top3} · windows "
            "{accuracy}",
            sum=_shares.measured(songs["sum"]),
            interval=_shares.ranged(songs["interval"]),
            majority=_shares.measured(songs["majority"]),
            top3=_shares.measured(songs["top3"]),
            accuracy=_shares.measured(windows["accuracy"]),
        )
    )
    console.print(
        say(
            "calibration error: windows {ece:.3f}, songs {ece_songs:.3f}",
            ece=result["ece"],
            ece_songs=result["ece_songs"],
        )
    )
    headings = (mark("genre"), mark("songs"), mark("precision"), mark("recall"), "F1")
    rows = [
        (
            genre_word(label),
            str(row["n"]),
            *(number(row[key], ".2f") if row["n"] else "–" for key in _SHARES),
        )
        for label, row in result["per_class"].items()
    ]
    _tables.show(headings, rows, right=headings[1:])
    console.print(say("It learned from: {data}", data=bundle.card.data))


def _show_several(bundle: Bundle, result: dict[str, Any]) -> None:
    """Print what a network is worth whose words may hold together."""
    songs, console = result["songs"], _tables.console()
    console.print(Text(bundle.card.title, "bold"), say("on {n} songs", n=songs["n"]))
    console.print(
        say(
            "first word right {first} (95 %: {interval})",
            first=_shares.measured(songs["first"]),
            interval=_shares.ranged(songs["interval"]),
        )
    )
    headings = (
        mark("word"), mark("songs"), mark("precision"), mark("recall"), "F1",
        mark("average precision"),
    )  # fmt: skip
    shares = (*_SHARES, "average_precision")
    rows = [
        (genre_word(label), str(row["n"]), *(number(row[key], ".2f") for key in shares))
        for label, row in result["per_label"].items()
    ]
    rows += [
        (say(title), "", *(number(result[name][key], ".2f") for key in shares))
        for name, title in (
            ("macro", mark("mean over words")),
            ("micro", mark("all answers together")),
        )
    ]
    _tables.show(headings, rows, right=headings[1:])
    console.print(say("It learned from: {data}", data=bundle.card.data))
