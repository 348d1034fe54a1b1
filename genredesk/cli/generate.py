"""Let an autoencoder make a new piece of a genre, as long as you like.

The model is one trained with `genredesk train --network vae`. What it makes is a spectrogram; the
phases that sound needs are estimated from it. The same --seed gives the same piece.

--notebook trains the paper's own waveform network on the songs of one genre first (a folder with
one folder per genre) and writes what that makes: noise, as the design cannot do better.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from genredesk.cli import _output, _progress
from genredesk.core.errors import DataError
from genredesk.core.messages import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--vae", metavar="B", help=say("the autoencoder, by its id or folder"))
    source.add_argument(
        "--notebook", type=Path, metavar="FOLDER", help=say("train the paper's own")
    )
    parser.add_argument("--genre", required=True, metavar="G", help=say("one of its genres"))
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="default: 10")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="WAV", help=say("the file to write")
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=say("another piece"))
    parser.add_argument(
        "--as-made", action="store_true",
        help=say("leave the sound as it is made: no filters, no gate in its bands"),
    )  # fmt: skip
    for name, hertz in (("--high-pass", 40.0), ("--low-pass", 8000.0)):
        parser.add_argument(
            name,
            type=float,
            default=hertz,
            metavar="HZ",
            help=say("default: {hertz:.0f}; 0: none", hertz=hertz),
        )
    parser.add_argument("--json", action="store_true", help=say("print one JSON object"))


def run(args: argparse.Namespace) -> int:
    """Generate and write."""
    if args.seed < 0:
        raise DataError(say("The seed must be 0 or more."))
    # they import torch
    from genredesk.inference import bundle as bundles  # noqa: PLC0415
    from genredesk.training.batches import cleaning, generate  # noqa: PLC0415
    from genredesk.training.fit import waveform  # noqa: PLC0415

    if not (args.high_pass >= 0 <= args.low_pass):
        raise DataError(say("Filters are given in Hz, 0 leaves one out."))
    clean = cleaning.Clean(args.high_pass, args.low_pass)
    if args.as_made:
        clean = cleaning.AS_IT_IS
    with _progress.bar("generating") as ctx:
        if args.notebook is not None:
            sound = waveform.sound(args.notebook, args.genre, args.seconds, seed=args.seed, ctx=ctx)
            made = generate.write(args.out, clean(sound, waveform.RATE), waveform.RATE)
        else:
            wanted = (bundles.find(args.vae), args.genre, args.seconds, args.out)
            made = generate.make(*wanted, seed=args.seed, clean=clean, ctx=ctx)
    if args.json:
        told = {
            "file": str(made.path),
            "seconds": made.seconds,
            "sample_rate": made.sample_rate,
            "genre": args.genre,
            "seed": args.seed,
            "network": args.vae or "notebook",
            "flatness": made.heard.flatness,
            "onsets": made.heard.onsets,
            "noisy": made.heard.noisy(cleaning.MUSIC),
            "epochs": made.epochs,
        }
        print(json.dumps(told))
    else:
        _output.say(
            say(
                "{made}: {seconds:.1f} s of {genre}. {sentence}",
                made=made.path,
                seconds=made.seconds,
                genre=args.genre,
                sentence=made.sentence,
            )
        )
    return 0
