"""Run every test once, on every core: the engine's with Qt blocked, then the window's.

    .venv/bin/python packaging/run_tests.py -k ring

Arguments are pytest's and go to both parts; a path below ``tests`` goes to the part it belongs to.
Both run, whatever becomes of the first; the exit status is that of the first part that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import check_headless

PARALLEL = ("-n", "auto", "--dist", "loadgroup")
"""As many workers as tests/conftest.py finds room for; tests of one ``xdist_group`` share one."""


def in_tests(argument: str) -> Path | None:
    """Return the path that an argument names below ``tests``, else ``None``."""
    path = Path(argument.partition("::")[0]).resolve()
    return path if path.is_relative_to(check_headless.TESTS) and path.exists() else None


def with_qt(path: Path) -> bool:
    """Tell whether a path belongs to the window's part."""
    return any(path.is_relative_to(folder) for folder in check_headless.WITH_QT)


def main(arguments: list[str]) -> int:
    """Run the parts after one another; return the first bad status, 0 when all is well."""
    # containers often ask for no .pyc files: a thousand processes would compile what they import
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    engine, window, options = [], [], []
    for argument in arguments:
        path = in_tests(argument)
        (options if path is None else window if with_qt(path) else engine).append(argument)
    everything = not engine + window
    parts = {}
    if engine or everything:
        parts["engine, with Qt blocked"] = [check_headless.__file__, *engine]
    if window or everything:
        parts["window"] = ["-m", "pytest", *(window or map(str, check_headless.WITH_QT))]
    statuses = []
    for title, command in parts.items():
        print(f"==> the {title}", flush=True)
        full = [sys.executable, *command, *PARALLEL, *options]
        statuses.append(subprocess.call(full, cwd=check_headless.TESTS.parent))
    # a choice such as -k may leave one of the parts without a test, not both
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    ran = [status for status in statuses if status != nothing]
    return next((status for status in ran if status), 0) if ran else int(nothing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
