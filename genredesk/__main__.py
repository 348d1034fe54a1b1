"""One door: ``genredesk`` opens the window, ``genredesk COMMAND`` runs a file of ``genredesk.cli``.

Nothing heavy is imported before it is known which; ``genredesk --help`` reads the first line of
each command's file without importing it.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import importlib
import importlib.util
import os
import pkgutil
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from genredesk import __doc__ as about
from genredesk import __version__, cli
from genredesk.cli import _argparse, _display
from genredesk.core import logs, messages, program, settings
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import mark, say
from genredesk.core.names import sentence
from genredesk.core.packages import extras

OK, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 128 + 2  # what a shell reports after Ctrl-C
BROKEN_PIPE = 128 + 13

GUI = "gui"
GUI_HELP = mark("Open the window (also without any command).")
GUI_OPTIONS = {
    "--safe-mode": mark(
        "open the window with default settings, which are not kept, and without sound"
    ),
    "--new-window": mark("open another window beside the one that is open"),
}
"""Options of the window; they can be given without its command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in ``argv`` (default: the process's own) and return the exit status.

    0: done. 1: something could not be done, and a sentence on standard error says what and why.
    2: the command line was not understood. 130: stopped by Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Before numpy is loaded: a second thread costs live work more than it brings.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for stream in (sys.stdout, sys.stderr):
        # A character the console lacks is shown by its number instead of ending the program.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]
    messages.use(messages.choose(settings.language()))  # before a sentence is imported
    _argparse.speak()
    extras.activate()
    try:
        return _dispatch(arguments)
    except ModuleNotFoundError as error:
        if (lacking := extras.lacking(error)) is None:
            raise
        print(f"genredesk: {lacking}", file=sys.stderr)  # noqa: T201
        return FAILED
    except GenreDeskError as error:
        print(f"genredesk: {sentence(str(error))}", file=sys.stderr)  # noqa: T201 - the door
        return FAILED
    except KeyboardInterrupt as stop:
        print("", *stop.args, sep="\n", file=sys.stderr)  # noqa: T201 - behind ^C
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); keep Python from complaining at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN_PIPE


def commands() -> dict[str, str]:
    """Return each command of ``genredesk.cli`` with its line of help, found by file name."""
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(cli.__path__)
        if not module.name.startswith("_")
    )
    return {name: _summary(f"{cli.__name__}.{name}") for name in names}


def _summary(module: str) -> str:
    """Return the first line of a module's docstring, if possible without importing it."""
    spec = importlib.util.find_spec(module)
    get_source = getattr(spec.loader, "get_source", None) if spec else None
    source = get_source(module) if get_source else None
    if source:
        text = ast.get_docstring(ast.parse(source))
    else:  # a packed program carries no source
        text = importlib.import_module(module).__doc__
    return (text or "").strip().partition("\n")[0]


def _dispatch(arguments: list[str]) -> int:
    if not arguments:
        return _gui([])
    first, *rest = arguments
    if first == GUI:
        return _gui(rest)
    if first in GUI_OPTIONS:
        return _gui(arguments)
    found = {module.name for module in pkgutil.iter_modules(cli.__path__)}
    if first in found and not first.startswith("_"):
        return _command(first, rest)
    if not first.startswith("-") and Path(first).exists():
        return _gui(arguments)
    return _door(arguments, sorted({GUI, *found}))


def _door(arguments: list[str], names: list[str]) -> int:
    """Answer ``--help``, ``--version`` and whatever is not a command."""
    first = arguments[0]
    if not first.startswith("-"):
        near = difflib.get_close_matches(first, names, n=1)
        hint = say(" Did you mean '{near}'?", near=near[0]) if near else ""
        print(  # noqa: T201
            say(
                "genredesk: '{first}' is neither a command nor a file.{hint} `genredesk --help` "
                "lists the commands.",
                first=first,
                hint=hint,
            ),
            file=sys.stderr,
        )
        return USAGE
    parser = argparse.ArgumentParser(
        prog="genredesk",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=say("genredesk [COMMAND] [ARGUMENT …]"),
        epilog=_command_list(),
    )
    parser.add_argument(
        "--version", action="version", version=f"GenreDesk {__version__}",
        help=say("show program's version number and exit"),
    )  # fmt: skip
    parsed = _parse(parser, arguments)
    return parsed if isinstance(parsed, int) else OK


def _command_list() -> str:
    lines = [(GUI, GUI_HELP), *commands().items()]
    width = max(len(name) for name, _ in lines)
    listed = "\n".join(f"  {name:{width}}  {say(summary)}" for name, summary in lines)
    options = "\n".join(f"  {option:12}  {say(text)}" for option, text in GUI_OPTIONS.items())
    page = program.manual_page()
    commands_told = say(
        "commands:\n{listed}\n\nof the window:\n{options}\n\n"
        "`genredesk COMMAND --help` says more about one of them.\n",
        listed=listed,
        options=options,
    )
    return commands_told + (
        say("The manual: {page}", page=page) if page else say(program.NO_MANUAL)
    )


def _parse(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace | int:
    """Parse, and turn argparse's own exit into a status."""
    try:
        return parser.parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE


def _wrapped(text: str) -> str:
    """Fit the paragraphs of a docstring to the terminal; indented ones stay as they are."""
    width = shutil.get_terminal_size().columns - 2  # argparse's own margin
    paragraphs = text.strip("\n").split("\n\n")
    return "\n\n".join(
        p if "\n " in p else textwrap.fill(say(p), width, break_on_hyphens=False)
        for p in paragraphs
    )


def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the parser of ``gui`` or of a command of ``genredesk.cli``."""
    if name == GUI:
        parser = argparse.ArgumentParser(prog=f"genredesk {GUI}", description=say(GUI_HELP))
        parser.add_argument(
            "paths", nargs="*", metavar="FILE", help=say("music files or folders to open")
        )
        for option, text in GUI_OPTIONS.items():
            parser.add_argument(option, action="store_true", help=say(text))
        parser.add_argument("--or-terminal", action="store_true", help=argparse.SUPPRESS)
        return parser
    module = importlib.import_module(f"{cli.__name__}.{name}")
    parser = argparse.ArgumentParser(
        prog=f"genredesk {name}",
        description=_wrapped(module.__doc__ or ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser


def _command(name: str, arguments: list[str]) -> int:
    """Run one file of ``genredesk.cli``."""
    parsed = _parse(parser_of(name), arguments)
    if isinstance(parsed, int):
        return parsed
    with logs.kept(name):
        return importlib.import_module(f"{cli.__name__}.{name}").run(parsed)


def _gui(arguments: list[str]) -> int:
    """Open the window, or say in one sentence why that is not possible here."""
    parsed = _parse(parser_of(GUI), arguments)
    if isinstance(parsed, int):
        return parsed
    problem = _display.problem()
    if not problem:
        from genredesk.ui.shell import app  # noqa: PLC0415 - Qt is loaded only for the window

        with logs.kept(GUI):
            how = app.Beginning(safe=parsed.safe_mode, new_window=parsed.new_window)
            return app.main(parsed.paths, how=how)
    if not parsed.or_terminal:
        raise GenreDeskError(
            say("{problem} Without a window: `genredesk listen FILE`.", problem=problem)
        )
    print(say("{problem} Here is the terminal view instead.", problem=problem), file=sys.stderr)  # noqa: T201
    return _command("listen", parsed.paths or ["--source", "demo"])


if __name__ == "__main__":
    sys.exit(main())
