"""The labelled songs a command works on: the options that name them, and opening them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from genredesk.cli import _progress
from genredesk.core.messages import say

if TYPE_CHECKING:
    from genredesk.core.job import JobContext
    from genredesk.inference.bundle import Bundle
    from genredesk.training.data.songs import SongSet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``FOLDER``, ``--mels`` and ``--tracks``, empty where they are not given."""
    parser.add_argument(
        "folder", nargs="?", default="", metavar="FOLDER", help=say("one folder per genre")
    )
    parser.add_argument(
        "--mels", default="", metavar="NPZ", help=say("a mel array file instead of a folder")
    )
    parser.add_argument(
        "--tracks", default="", metavar="CSV", help=say("its table (default: tracks.csv beside it)")
    )


def add_words_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--words``: whose the words of songs with several are, in a folder or a table."""
    parser.add_argument(
        "--words", default="", choices=("table", "tags"), metavar="WHOSE",
        help=say(
            "songs have several words: those in the column labels of the folder's tracks.csv "
            "(table), with ; between them, or in the files' own genre tags (tags); where the "
            "files lie says nothing then"
        ),
    )  # fmt: skip


def opened(bundle: Bundle, args: argparse.Namespace, ctx: JobContext) -> SongSet:
    """Open them as ``bundle`` hears them; every file that is set aside is named.

    Raises
    ------
    DataError, BundleError
        As :func:`~genredesk.training.evaluation.measure.open_songs`.
    """
    from genredesk.training.evaluation import measure  # noqa: PLC0415 - heavy

    return measure.open_songs(
        bundle,
        folder=args.folder,
        mels=args.mels,
        tracks=args.tracks or None,
        words=args.words,
        ctx=ctx,
        on_note=_progress.note,
    )
