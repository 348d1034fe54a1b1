"""Manual pages and the completion of shells, from the parsers of the commands themselves."""

from __future__ import annotations

import argparse
import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shtab
from argparse_manpage.manpage import Manpage
from places import NAME, VERSION, epoch

from genredesk import __doc__ as about
from genredesk import __main__ as door

COMPLETIONS = {
    "bash": f"bash-completion/completions/{NAME}",
    "zsh": f"zsh/vendor-completions/_{NAME}",
    "fish": f"fish/vendor_completions.d/{NAME}.fish",
}
FILE_WORDS = {"FILE", "WAV", "JSON", "ONNX", "XML", "CSV", "NPZ"}
FOLDER_WORDS = {"DIR", "FOLDER"}


def names() -> list[str]:
    """Return every command, the window's first."""
    return [door.GUI, *door.commands()]


def whole() -> argparse.ArgumentParser:
    """Return one parser with every command in it, as a shell sees the program."""
    parser = argparse.ArgumentParser(prog=NAME, description=about)
    parser.add_argument("--version", action="version", version=VERSION, help="show the version")
    commands = parser.add_subparsers(metavar="COMMAND")
    summaries = {door.GUI: door.GUI_HELP, **door.commands()}
    for name in names():
        own = door.parser_of(name)
        # The parser is the command's own; only its place in the tree is new.
        made: Any = commands.add_parser(name, help=summaries[name], parents=[own], add_help=False)
        made.description = summaries[name]
    for each in _parsers(parser):
        _complete_paths(each)
    return parser


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its commands; argparse has no other way to list them."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _parsers(inner)


def _complete_paths(parser: argparse.ArgumentParser) -> None:
    """Let the arguments that are files and folders be completed as such."""
    for action in parser._actions:
        word = action.metavar[-1] if isinstance(action.metavar, tuple) else action.metavar
        if word in FOLDER_WORDS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif word in FILE_WORDS or action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]


def _page(name: str, parser: argparse.ArgumentParser, summary: str, also: list[str]) -> str:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    facts = {
        "project_name": "GenreDesk",
        "version": VERSION,
        "description": summary[:1].lower() + summary.rstrip(".")[1:],
        "manual_title": "GenreDesk",
    }
    described, parser.description = parser.description or "", None
    page = Manpage(parser, _data=facts)
    page.prog = name  # one word, as pages are looked up; the synopsis keeps what is typed
    page.add_section("description", ">", _troff(described))
    references = ",\n".join(f".BR {other} (1)" for other in also)
    return f"{str(page).rstrip()}\n.SH SEE ALSO\n{references}\n"


def _troff(text: str) -> str:
    """Return paragraphs as troff fills them, those with indented lines as they are."""
    found = []
    for paragraph in text.strip().split("\n\n"):
        escaped = paragraph.replace("\\", "\\e").replace("-", "\\-")
        safe = re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)
        found.append(f".nf\n{safe}\n.fi" if "\n " in paragraph else safe)
    return "\n.PP\n".join(found)


def pages() -> dict[str, str]:
    """Return every manual page by its file's name."""
    summaries = {door.GUI: door.GUI_HELP, **door.commands()}
    parser = argparse.ArgumentParser(
        prog=NAME, description=about, usage=f"{NAME} [COMMAND] [ARGUMENT ...]"
    )
    parser.add_argument("--version", action="version", version=VERSION, help="show the version")
    group = parser.add_argument_group(
        "commands", "Each has a page of its own: genredesk-COMMAND(1)."
    )
    for name, summary in summaries.items():
        group.add_argument(name, help=summary)
    subject = (about or "").partition(": ")[2]
    found = {f"{NAME}.1": _page(NAME, parser, subject, [f"{NAME}-{name}" for name in summaries])}
    for name, summary in summaries.items():
        page = f"{NAME}-{name}"
        found[f"{page}.1"] = _page(page, door.parser_of(name), summary, [NAME])
    return found


def completion(shell: str) -> str:
    """Return the completion for ``bash``, ``zsh`` or ``fish``."""
    return shtab.complete(whole(), shell=shell)


def write(folder: Path) -> None:
    """Write all of them under ``folder`` (the ``share`` of a prefix)."""
    os.environ["COLUMNS"] = "78"  # what argparse wraps to must not depend on a terminal
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch())
    man = folder / "man" / "man1"
    man.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (man / f"{name}.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    for shell, target in COMPLETIONS.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(completion(shell), encoding="utf-8")
