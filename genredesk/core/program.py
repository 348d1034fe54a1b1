"""How this program starts a process of its own: from source, installed, or packed (PyInstaller)."""

from __future__ import annotations

import sys


def is_packed() -> bool:
    """Tell whether this is the packed program, which brings its Python along and has no pip."""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str) -> list[str]:
    """Return the command line that runs ``genredesk`` with ``arguments`` in another process."""
    front = [sys.executable] if is_packed() else [sys.executable, "-m", "genredesk"]
    return [*front, *arguments]
