"""List for Qt's ``lupdate`` what ``core/messages.py:say`` is given.

Written is Python that only ``lupdate`` reads: each sentence once, in the context that ``say`` looks
into. ``make translations`` calls it.
"""

from __future__ import annotations

import ast
from pathlib import Path

from genredesk.core.messages import CONTEXT

PACKAGE = Path(__file__).resolve().parent.parent / "genredesk"


def sentences() -> list[str]:
    """Return every sentence said below the window, and the help of the commands, sorted."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        text, command = path.read_text("utf-8"), _is_command(path)
        if not command and "say(" not in text and "mark(" not in text:
            continue
        tree = ast.parse(text)
        found.update(_said(tree))
        if command:
            help_ = (ast.get_docstring(tree) or "").split("\n\n")
            found.update(p for p in help_ if "  " not in p)  # examples stay as they are
    return sorted(found - {""})


def _is_command(path: Path) -> bool:
    return path.parent.name == "cli" and not path.name.startswith("_")


def _said(tree: ast.Module) -> list[str]:
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("say", "mark", "messages.say")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def main() -> None:
    """Write them to standard output."""
    for text in sentences():
        print(f"QCoreApplication.translate({CONTEXT!r}, {_quoted(text)})")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    main()
