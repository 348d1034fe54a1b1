"""Compare up to four models on the same labeled songs, with the interval of each difference.

The songs are a folder with one folder per genre, or with --library the tracks whose genre you set
yourself. Models of different vocabularies are compared by the words that both know: of these, the
likeliest counts as the answer.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _catalogue, _models, _output, _progress, _shares, _songs, _tables
from genredesk.core.errors import DataError
from genredesk.core.genres import genre_word
from genredesk.core.messages import mark, number, say
from genredesk.training.evaluation import versus

if TYPE_CHECKING:
    from genredesk.training.evaluation.shared_words import WordsOf
    from genredesk.training.evaluation.versus import LabeledSongs

_VERDICTS = {"better": mark("better"), "not better": mark("not better")}
_TOO_FEW = mark("too few songs to say")

MOST_SHOWN = 20
"""So many songs that are called differently are listed; --json has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument(
        "names", nargs="+", metavar="MODEL",
        help=say(
            "two to four models, by id or folder; without --library the FOLDER of songs comes "
            "last"
        ),
    )  # fmt: skip
    _songs.add_words_option(parser)
    parser.add_argument(
        "--library", action="store_true",
        help=say("on the tracks of your library whose genre you set yourself"),
    )  # fmt: skip
    parser.add_argument(
        "--catalogue", type=Path, metavar="FILE",
        help=say("another library than your own; its genre names count for a folder, too"),
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help=say("print one JSON object"))


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Measure, compare and print."""
    names = args.names if args.library else args.names[:-1]
    if not 2 <= len(names) <= versus.MOST_MODELS:
        where = "" if args.library else say(", then the folder of songs")
        raise DataError(
            say(
                "Name two to {most_models} models{where}; these are {n_names}.",
                most_models=versus.MOST_MODELS,
                where=where,
                n_names=len(names),
            )
        )
    models = _models.compared(names)
    songs, words_of = _asked(args)
    with _progress.bar(say("comparing")) as ctx:
        found = versus.measure_on(songs, models, words_of=words_of, ctx=ctx)
    for one in found["models"].values():
        if said := one["heard_before"]:
            _output.warn(said)
    if args.json:
        print(json.dumps(found))
    else:
        _show(found, [model.id for model in models])
    return 0 if found.get("together", {}).get("n") else 1


def _asked(args: argparse.Namespace) -> tuple[LabeledSongs, WordsOf | None]:
    """Return the songs, and what the person calls a model's word where there is a library."""
    from genredesk.library.catalogue.db import default_path  # noqa: PLC0415 - opens nothing else

    folder = "" if args.library else args.names[-1]
    if folder and not (args.catalogue or default_path()).exists():
        return versus.in_folder(folder, args.words, _progress.note), None
    with _catalogue.opened(args.catalogue) as library:
        own, files = library.words.current, library.corrections.all()

    def words_of(word: str) -> Sequence[str]:
        return own.of(word, with_parents=True)

    if folder:
        return versus.in_folder(folder, args.words, _progress.note), words_of
    return versus.of_files(say("your library"), files), words_of


def _show(found: dict[str, Any], ids: Sequence[str]) -> None:
    console, models = _tables.console(), found["models"]
    for missing in (name for name in ids if name not in models):
        _output.warn(say("{missing} knows none of these words and is left out.", missing=missing))
    together = found.get("together")
    if together is None or not together["n"]:
        _output.warn(say("There is no song with a word that all of these models know."))
    else:
        _show_together(together)
    for pair in _pairs(models):
        console.print(_sentence(*pair))
    if together is not None and together["disagree"]:
        _show_disagreement(together)


def _show_together(together: dict[str, Any]) -> None:
    console, words = _tables.console(), together["words"]
    console.print(
        Text(say("{n} songs", n=together["n"]), "bold"), say(
            "by the {n_words} words all of them know:",
            n_words=len(words)
        ),
        ", ".join(f"{genre_word(word)} {n}" for word, n in words.items()),
    )  # fmt: skip
    headings = (
        mark("model"), mark("right"), "95 %", mark("sure"), mark("right when sure"),
        mark("average precision"),
    )  # fmt: skip
    rows = [
        (
            one["title"],
            _shares.measured(one["right"]),
            _shares.ranged(one["interval"]),
            _shares.percent(one["sure"], 1),
            _share(one["sure_right"], _shares.measured),
            _share(one["average_precision"], lambda value: number(value, ".2f")),
        )
        for one in together["models"].values()
    ]
    _tables.show(headings, rows, right=headings[1:])
    for one in together["models"].values():
        if means := one["means"]:
            said = "; ".join(
                say("{word} as {own}", word=genre_word(word), own=", ".join(map(genre_word, own)))
                for word, own in means.items()
            )
            console.print(say("{title} counts {said}.", title=one["title"], said=said))


def _share(value: float | None, write: Callable[[float], str]) -> str:
    return "–" if value is None else write(value)


def _pairs(models: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every pair once: a model, and what it was compared with."""
    order = list(models)
    return [
        (one, other)
        for place, one in enumerate(models.values())
        for other in one["versus"]
        if order.index(other["id"]) > place
    ]


def _sentence(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Say how far two models are apart."""
    found = other["comparison"]
    low, high = found["interval"]
    return say(
        "{title} and {title2}, on {n} songs and {n_words} words: {mine} and {other}, "
        "difference {difference:+.1f} points (95 %: {low:+.1f} to {high:+.1f}), only the first "
        "right {only_new}, only the second {only_old}, p = {p_value:.3f}: {said}.",
        title=one["title"],
        title2=other["title"],
        n=found["n"],
        n_words=len(other["words"]),
        mine=_shares.measured(other["mine"]),
        other=_shares.measured(other["other"]),
        difference=100 * found["difference"],
        low=100 * low,
        high=100 * high,
        only_new=found["only_new"],
        only_old=found["only_old"],
        p_value=found["p_value"],
        said=say(_VERDICTS.get(found["verdict"], _TOO_FEW)),
    )


def _show_disagreement(together: dict[str, Any]) -> None:
    every, titles = together["disagree"], [m["title"] for m in together["models"].values()]
    rows = [
        (
            row["song"],
            ", ".join(map(genre_word, row["truth"])),
            *map(genre_word, row["answers"].values()),
        )
        for row in every[:MOST_SHOWN]
    ]
    console = _tables.console()
    console.print(
        say("They disagree on {n_every} of {n} songs:", n_every=len(every), n=together["n"])
    )
    _tables.show((mark("song"), mark("yours"), *titles), rows)
    if len(every) > MOST_SHOWN:
        console.print(
            say("… and {n_every} more; --json has all of them.", n_every=len(every) - MOST_SHOWN)
        )
