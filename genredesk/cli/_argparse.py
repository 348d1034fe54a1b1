"""What argparse says by itself, in the person's language.

argparse asks ``gettext`` for each of its texts by two names of its own; here they lead to the one
catalogue of :mod:`genredesk.core.messages`.
"""

from __future__ import annotations

import argparse

from genredesk.core.messages import mark, say

WORDS = (
    mark("%(prog)s: error: %(message)s\n"),
    mark("ambiguous option: %(option)s could match %(matches)s"),
    mark("argument %(argument_name)s: %(message)s"),
    mark("can't open '%(filename)s': %(error)s"),
    mark("command '%(parser_name)s' is deprecated"),
    mark("expected %s argument"),
    mark("expected %s arguments"),
    mark("expected at least one argument"),
    mark("expected at most one argument"),
    mark("expected one argument"),
    mark("ignored explicit argument %r"),
    mark("invalid %(type)s value: %(value)r"),
    mark("invalid choice: %(value)r (choose from %(choices)s)"),
    mark("invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)"),
    mark("not allowed with argument %s"),
    mark("one of the arguments %s is required"),
    mark("option '%(option)s' is deprecated"),
    mark("options"),
    mark("positional arguments"),
    mark("show program's version number and exit"),
    mark("show this help message and exit"),
    mark("subcommands"),
    mark("the following arguments are required: %s"),
    mark("unexpected option string: %s"),
    mark("unknown parser %(parser_name)r (choices: %(choices)s)"),
    mark("unrecognized arguments: %s"),
    mark("usage: "),
)
"""Every text of argparse that a person can meet, of Python 3.11 to 3.14."""


def speak() -> None:
    """Let every parser of this process speak the person's language."""
    setattr(argparse, "_", say)  # noqa: B010 - the name that gettext has there
    setattr(argparse, "ngettext", _counted)  # noqa: B010


def _counted(one: str, many: str, n: int) -> str:
    return say(one if n == 1 else many)
