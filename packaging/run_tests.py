"""Run every test once: the engine's with Qt blocked, and beside them the window's.

Many tests wait, for sound, for a screen, for a process that was killed: two parts with as many
workers as there are cores each leave no core idle. The window's output follows the engine's.

    .venv/bin/python packaging/run_tests.py -k ring

Arguments are pytest's and go to both parts; a path below ``tests`` goes to the part it belongs to.
Both run to their end; the exit status is that of the first part that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
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


def run(parts: dict[str, list[str]]) -> list[int]:
    """Run commands beside each other; print what each says, the first one's as it comes."""
    folder = check_headless.TESTS.parent
    shared = {**os.environ, "GENREDESK_TEST_PARTS": str(len(parts))}
    with tempfile.TemporaryFile() as kept:
        processes = [
            subprocess.Popen(command, cwd=folder, stdout=kept if later else None, env=shared)
            for later, command in enumerate(parts.values())
        ]
        statuses = []
        for title, process in zip(parts, processes, strict=True):
            print(f"==> the {title}", flush=True)
            statuses.append(process.wait())
            if process is not processes[0]:
                kept.seek(0)
                sys.stdout.buffer.write(kept.read())
                sys.stdout.flush()
    return statuses


def main(arguments: list[str]) -> int:
    """Run the parts; return the first bad status, 0 when all is well."""
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
    commands = [[sys.executable, *command, *PARALLEL, *options] for command in parts.values()]
    statuses = run(dict(zip(parts, commands, strict=True)))
    # a choice such as -k may leave one of the parts without a test, not both
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    ran = [status for status in statuses if status != nothing]
    return next((status for status in ran if status), 0) if ran else int(nothing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
