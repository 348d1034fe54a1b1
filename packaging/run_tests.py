"""Run every test once, on every core: the engine's with Qt blocked, then the window's.

    .venv/bin/python packaging/run_tests.py -k ring

Arguments are pytest's and go to both parts. Both run, whatever becomes of the first; the exit
status is that of the first part that failed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import check_headless

PARALLEL = ("-n", "auto", "--dist", "loadgroup")
"""As many workers as tests/conftest.py finds room for; tests of one ``xdist_group`` share one."""
PARTS = {
    "the engine, with Qt blocked": (check_headless.__file__,),
    "the window": ("-m", "pytest", *map(str, check_headless.WITH_QT)),
}


def main(arguments: list[str]) -> int:
    """Run the parts after one another; return the first bad status, 0 when all is well."""
    statuses = []
    for title, command in PARTS.items():
        print(f"==> {title}", flush=True)
        full = [sys.executable, *command, *PARALLEL, *arguments]
        statuses.append(subprocess.call(full, cwd=Path(__file__).resolve().parent.parent))
    # a choice such as -k may leave one of the parts without a test, not both
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    ran = [status for status in statuses if status != nothing]
    return next((status for status in ran if status), 0) if ran else int(nothing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
