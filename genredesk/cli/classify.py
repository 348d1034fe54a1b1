"""Name the genre of music files, and of every file in folders.

Each file is answered as a whole (summed probability over its windows) and window by window. With
--json one object a line and file is written as soon as the file is done; progress goes to standard
error. A file that cannot be read does not stop the others; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from pathlib import Path

from genredesk.audio import endings
from genredesk.audio.decode import find_audio
from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _models, _output, _progress, _shares
from genredesk.core.certainty import Strength
from genredesk.core.errors import AudioFileError, GenreDeskError
from genredesk.core.genres import genre_word
from genredesk.core.messages import say
from genredesk.inference.batch import analyse_many
from genredesk.inference.inside.file import ExplainedWindow, explained
from genredesk.inference.inside.graph import InsideGraph
from genredesk.inference.runtime import complaint, open_runtime
from genredesk.inference.timeline import result_as_dict
from genredesk.inference.track import TrackResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="FILE", help=say("files and folders")
    )
    _models.add_model_options(parser)
    _models.add_care_option(parser)
    parser.add_argument(
        "--hop",
        type=seconds,
        default=1.0,
        metavar="S",
        help=say("seconds from one window that --json tells to the next (default: 1)"),
    )
    parser.add_argument(
        "--why", action="store_true",
        help=say("also say what the answer rests on, in the window that speaks for it most"),
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help=say("one JSON object a line and file"))


def seconds(text: str) -> float:
    """Read a positive number of seconds from the command line."""
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(
            say("{text} is not a positive number of seconds", text=text)
        )
    return value


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Answer every file; return 1 when one could not be read."""
    bundle = _models.chosen(args.bundle)
    runtime = open_runtime(bundle, args.device, build=_models.build)
    if refused := complaint(runtime, args.device):
        _output.warn(refused)
    troubles: list[str] = []
    passed: Counter[str] = Counter()
    files = list(find_audio(args.paths, troubles.append, passed))
    failed = 0
    inside = InsideGraph(bundle) if args.why else None
    try:
        with _progress.bar(say("listening")) as context:
            answers = analyse_many(
                files,
                bundle,
                runtime,
                context,
                hop_s=args.hop if args.json else None,  # the answer does not depend on it
                care=args.care,
                n_files=len(files),
            )
            for path, answer in zip(files, answers, strict=True):
                failed += isinstance(answer, AudioFileError)
                because = None
                if inside is not None and not isinstance(answer, AudioFileError):
                    because = explained(answer, inside, context.checkpoint)
                _tell(path, answer, because, as_json=args.json)
    finally:
        runtime.close()
    for trouble in troubles:
        _output.warn(trouble)
    if others := endings.passed_over(passed):
        print(say("Skipped: {others}.", others=others), file=sys.stderr)
    if not files and not troubles:
        named = ", ".join(str(path) for path in args.paths)
        raise GenreDeskError(say("There are no music files in {named}.", named=named))
    if failed and not args.json:
        print(
            say(
                "{failed} of {n_files} files could not be read.", failed=failed, n_files=len(files)
            ),
            file=sys.stderr,
        )
    return 1 if failed or troubles else 0


def _tell(
    path: Path,
    answer: TrackResult | AudioFileError,
    because: ExplainedWindow | None,
    *,
    as_json: bool,
) -> None:
    """Write one file's answer at once, so that whoever reads a pipe need not wait."""
    if isinstance(answer, AudioFileError):
        if as_json:
            print(_output.json_line({"file": str(path), "error": _reason(answer)}), flush=True)
        else:
            _output.warn(f"{path}: {answer.reason}. {answer.fix}".rstrip())
    elif as_json:
        found = {**result_as_dict(answer), "file": str(path)}
        if because is not None:
            found["why"] = because.to_dict()
        print(_output.json_line(found), flush=True)
    else:
        _output.say(_sentence(path, answer))
        if because is not None:
            _output.say(f"  {because.sentence}")


def _reason(error: AudioFileError) -> str:
    reason = error.reason[:1].upper() + error.reason[1:]
    return f"{reason}." + (f" {error.fix}" if error.fix else "")


def _sentence(path: Path, result: TrackResult) -> str:
    decision = result.decision
    answer = decision.word
    share = "" if decision.label is None else _shares.sureness(*decision.shares or [decision.score])
    if decision.state is Strength.OPEN and decision.label:
        answer = f"{answer} ({genre_word(decision.label)}?)"
    if decision.also:
        answer = say(
            "{answer} (also {also})",
            answer=answer,
            also=", ".join(map(genre_word, decision.also[:4])),
        )
    return f"{answer:<28} {share:>8}  {path}"
