"""What the commands share about models: the options, finding a bundle, building a network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from genredesk.cli import _options
from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.core.trust import Care
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--bundle`` and ``--device``."""
    _options.add_bundle_option(parser)
    parser.add_argument(
        "--device",
        default="auto",
        help=say("auto, cpu, or another that `genredesk devices` lists (default: auto)"),
    )


def add_care_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--care``."""
    parser.add_argument(
        "--care",
        choices=[care.value for care in Care],
        default=Care.BALANCED.value,
        help=say("from which score on an answer is sure (default: balanced)"),
    )


def add_weight_options(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add ``--weights`` and ``--imagenet``; with ``several`` there may be many files."""
    choice = parser.add_mutually_exclusive_group()
    words = say("torchvision's ImageNet file for mobilenet-v2 or densenet121")
    if several:
        choice.add_argument(
            "--weights", action="append", default=[], metavar="FILE",
            help=say("{words} (may be repeated)", words=words),
        )  # fmt: skip
    else:
        choice.add_argument("--weights", default="", metavar="FILE", help=words)
    choice.add_argument(
        "--imagenet", action="store_true",
        help=say("the same from GenreDesk's folder; downloaded when it is not there"),
    )  # fmt: skip


def compared(names: Sequence[str], *others: Bundle) -> list[Bundle]:
    """Return the bundles of these names, which are compared with each other and with ``others``.

    Raises
    ------
    BundleError
        When there is none of a name.
    DataError
        When one is named twice.
    """
    found = [bundles.find(name) for name in names]
    if len({one.id for one in (*others, *found)}) < len(others) + len(found):
        raise DataError(say("Each model can be named once."))
    return found


def chosen(bundle_id: str | None) -> Bundle:
    """Return the bundle asked for, or the one to begin with.

    Raises
    ------
    BundleError
        When there is none.
    """
    return bundles.find(bundle_id) if bundle_id else bundles.default_bundle()


def build(card: ModelCard) -> Any:
    """Build the untrained network of a card with its standardisation, for torch devices.

    Raises
    ------
    DataError
        When this version knows no network of that name.
    """
    from genredesk.training.network import rebuild  # noqa: PLC0415 - imports torch

    return rebuild.build(card)
