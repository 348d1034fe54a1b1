"""Run the engine's tests with Qt blocked: all of them but those of the window.

A room that imports PySide6 fails here even where PySide6 is installed. This is the engine's only
run: ``make test`` runs the window's tests after it, with Qt. The file is its own plugin of pytest,
so that every process pytest-xdist starts is locked as well.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).resolve().parent.parent / "tests"
WITH_QT = (TESTS / "ui",)
"""What needs Qt; a new folder of tests belongs to the engine unless it stands here."""
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Lock Qt in this process, and accept what pyproject.toml says for pytest-qt."""
    sys.meta_path.insert(0, WithoutQt())
    parser.addini("qt_api", "unused without Qt")
    parser.addini("qt_log_level_fail", "unused without Qt")


def main(arguments: list[str]) -> int:
    """Run pytest over everything but the window; return its exit status."""
    options = ["-p", Path(__file__).stem, "-p", "no:pytest-qt"]
    options += [f"--ignore={folder}" for folder in WITH_QT]
    return int(pytest.main([*options, *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
