"""Options that several commands have, with nothing loaded for them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genredesk.core.messages import say


def add_db_option(parser: argparse.ArgumentParser, default: Any = None) -> None:
    """Add ``--db``."""
    parser.add_argument(
        "--db", type=Path, metavar="FILE", default=default,
        help=say("another library than your own"),
    )  # fmt: skip


def add_compute_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--device`` and ``--threads``, on which a training runs."""
    parser.add_argument("--device", default="auto", help=say("auto, cpu, cuda or mps"))
    parser.add_argument(
        "--threads", type=int, default=0, metavar="N", help=say("processor threads")
    )


def add_bundle_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--bundle``."""
    parser.add_argument(
        "--bundle",
        metavar="ID",
        help=say("the model, by its id or folder (see `genredesk models`)"),
    )
