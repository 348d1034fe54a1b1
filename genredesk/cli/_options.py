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


def add_bundle_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--bundle``."""
    parser.add_argument(
        "--bundle",
        metavar="ID",
        help=say("the model, by its id or folder (see `genredesk models`)"),
    )
