"""What the manual takes from the program itself when MkDocs builds it: commands, menus and keys.

MkDocs loads this file as a hook (``mkdocs.yml``). A page names with ``<!-- commands -->`` and the
other markers of :data:`PARTS` where the text goes, so that no page can tell of what is not there.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from genredesk import __main__ as door  # noqa: E402

LOGO = "images/genredesk.svg"
_UNUSED = ("404.html", "sitemap.xml*", "assets/**/*.map", "assets/javascripts/lunr/**/*.js")
"""What only a server, a debugger or another language has a use for."""
_WIDTH = 86
"""Of what a command says about itself, in characters."""


# ---------------------------------------------------------------- commands


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return every command with its parser, ``library list`` and its like after ``library``."""
    os.environ["COLUMNS"] = str(_WIDTH)
    found: dict[str, argparse.ArgumentParser] = {}
    for name in (door.GUI, *door.commands()):
        found[name] = door.parser_of(name)
        for verb, parser in verbs(found[name]):
            found[f"{name} {verb}"] = parser
    return found


def verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the commands within a command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def command_sections() -> str:
    """Return a section for every command."""
    return "\n".join(_section(name, parser) for name, parser in commands().items())


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    depth = "###" if " " in name else "##"
    about = parser.description or ""
    if " " in name:
        about = about[:1].upper() + about[1:] + "."
    parts = [f"{depth} {parser.prog}", "", _prose(about), "```text", _usage(parser), "```"]
    rows = [row for action in parser._actions if (row := _row(action))]
    if rows:
        parts += ["", "| Argument | |", "|---|---|", *rows]
    return "\n".join(parts) + "\n"


def _usage(parser: argparse.ArgumentParser) -> str:
    lines = parser.format_usage().strip().splitlines()
    first = len("usage: ")
    return "\n".join(line[first:] for line in lines)


def _prose(text: str) -> str:
    """Return paragraphs as they are, and indented ones as blocks."""
    found = []
    for paragraph in text.strip("\n").split("\n\n"):
        head, _, block = paragraph.partition("\n  ")
        if paragraph.startswith("  "):
            head, block = "", paragraph
        if head.strip():
            found.append(" ".join(head.split()))
        if block:
            lines = ("  " + block.lstrip("\n ")).splitlines()
            lines = [line.removeprefix("  ") for line in lines]
            found.append("\n".join(["```text", *lines, "```"]))
    return "\n\n".join(found) + "\n"


def _row(action: argparse.Action) -> str:
    """Return a line of the table of arguments; empty for what is not shown."""
    hidden = action.help is argparse.SUPPRESS or "-h" in action.option_strings
    if hidden or isinstance(action, argparse._SubParsersAction):
        return ""
    value = action.metavar or (",".join(map(str, action.choices)) if action.choices else "")
    if isinstance(value, tuple):
        value = " ".join(value)
    if not action.option_strings:
        name = value or action.dest
    else:
        name = ", ".join(action.option_strings)
        if action.nargs != 0:
            name += f" {value or action.dest.upper()}"
    text = (action.help or "") % {"default": action.default, "prog": ""}
    return f"| `{_cell(name)}` | {_cell(text.replace('<', '&lt;'))} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# ---------------------------------------------------------------- menus and keys


def menu_tables() -> str:
    """Return the menus with every entry and its keys."""
    from genredesk.ui.shell import actions

    found: dict[str, list[str]] = {}
    for command in actions.table():
        if command.menu:
            rows = found.setdefault(command.menu.replace("&", ""), [])
            rows.append(f"| {command.title} | {_keys(command.keys)} |")
    return "\n\n".join(
        "\n".join([f"### {menu}", "", "| Entry | Keys |", "|---|---|", *rows])
        for menu, rows in found.items()
    )


def key_tables() -> str:
    """Return the keyboard map."""
    from genredesk.ui.shell import actions

    return "\n\n".join(
        "\n".join(
            [f"### {title}", "", "| Keys | |", "|---|---|"]
            + [f"| {_keys(keys.split(' / '))} | {what} |" for keys, what in group]
        )
        for title, group in actions.groups()
    )


def _keys(keys: Any) -> str:
    return " or ".join(f"<kbd>{key}</kbd>" for key in keys)


# ---------------------------------------------------------------- filters


def filter_fields() -> str:
    """Return the fields a filter may ask."""
    from genredesk.library.index.fields.table import BY_NAME

    return ", ".join(f"`{name}:`" for name in BY_NAME)


PARTS: dict[str, Callable[[], str]] = {
    "commands": command_sections,
    "menus": menu_tables,
    "keys": key_tables,
    "filter-fields": filter_fields,
}


MARKED = re.compile(r"<!-- ([a-z-]+) -->")
SHOT = re.compile(r"!\[([^]]*)\]\((images/[\w-]+)-dark\.webp\)")


def filled(markdown: str) -> str:
    """Return a page with what the program itself says, and each picture in the reader's theme."""
    text = MARKED.sub(lambda m: PARTS[m[1]](), markdown)
    looks = r"![\1](\2-light.webp#only-light)![\1](\2-dark.webp#only-dark)"
    return SHOT.sub(looks, text)


# ---------------------------------------------------------------- what MkDocs calls


def on_files(files: Any, config: Any) -> Any:
    """Add the program's icon."""
    from mkdocs.structure.files import File

    icon = ROOT / "resources" / "genredesk.svg"
    files.append(File.generated(config, LOGO, abs_src_path=str(icon)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put in what the program itself says."""
    return filled(markdown)


def on_post_build(config: Any, **_: Any) -> None:
    """Remove what a manual on the disk has no use for."""
    for pattern in _UNUSED:
        for path in Path(config.site_dir).glob(pattern):
            path.unlink()
