"""Say whether full training (PyTorch) is installed, and install or remove it.

genredesk extras             what it is for, its size, whether it is there
genredesk extras install     fetch it with pip into a folder of its own
genredesk extras remove      delete that folder
"""

from __future__ import annotations

import argparse

from genredesk.cli import _output, _progress
from genredesk.core.messages import say
from genredesk.core.packages import extras


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("what", nargs="?", choices=("show", "install", "remove"), default="show")


def run(args: argparse.Namespace) -> int:
    """Do it; return 1 when it is asked for and not there."""
    if args.what == "install":
        return _install()
    if args.what == "remove":
        there = extras.remove()
        place = extras.folder()
        if there:
            _output.say(say("{path} is deleted.", path=place))
        else:
            _output.say(say("{path} is not there.", path=place))
        return 0
    print(extras.brings())
    missing = extras.missing()
    if missing:
        print(say("Not installed ({modules}).", modules=", ".join(missing)), extras.how())
    elif extras.folder().is_dir():
        print(say("It is installed in {path}.", path=extras.folder()))
    else:
        print(say("It is installed with the program."))
    return 1 if missing else 0


def _install() -> int:
    if not extras.missing():
        _output.say(say("Full training is installed already."))
        return 0
    _output.say(extras.brings())
    with _progress.bar(say("Installing full training")) as ctx:
        place = extras.install(ctx)
    _output.say(say("Full training is installed in {path}.", path=place))
    return 0
