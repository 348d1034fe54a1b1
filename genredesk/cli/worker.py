"""The training process behind `genredesk train` and the Train page; not for typing."""

from __future__ import annotations

import argparse

from genredesk.training.runs import worker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing: the plan comes on standard input."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Serve one plan from standard input."""
    del args
    return worker.main()
