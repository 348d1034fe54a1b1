"""Run the engine's tests with Qt blocked: sound, features, networks and scores need no window.

A room that imports PySide6 fails here even where PySide6 is installed. Slow tests and those with a
virtual sound card run once, in the ordinary run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("core", "audio", "features", "nets", "inference", "library", "cli")
BLOCKED = frozenset({"PySide6", "shiboken6", "pyqtgraph"})


class Blocked(Loader):
    """Found like any module, refused when it is loaded."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Raise as a missing module does."""
        message = f"{spec.name} is blocked here: the engine works without Qt"
        raise ModuleNotFoundError(message, name=spec.name)


class WithoutQt(MetaPathFinder):
    """Puts a lock on Qt and leaves everything else to the other finders."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the protocol's signature
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Answer for Qt only."""
        return ModuleSpec(fullname, Blocked()) if fullname.partition(".")[0] in BLOCKED else None


class QtOptions:
    """Declares the options of pytest-qt, which is switched off here."""

    @staticmethod
    def pytest_addoption(parser: pytest.Parser) -> None:
        """Accept what pyproject.toml says for pytest-qt."""
        parser.addini("qt_api", "unused without Qt")
        parser.addini("qt_log_level_fail", "unused without Qt")


def main(arguments: list[str]) -> int:
    """Run pytest over the engine's rooms; return its exit status."""
    sys.path.insert(0, str(ROOT))
    sys.meta_path.insert(0, WithoutQt())
    folders = [str(ROOT / "tests" / room) for room in ROOMS if (ROOT / "tests" / room).is_dir()]
    options = [
        "-q",
        "-p",
        "no:pytest-qt",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow and not soundcard",
    ]
    return int(pytest.main([*options, *(arguments or folders)], plugins=[QtOptions()]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
