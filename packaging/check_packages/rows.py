"""What was checked, as lines of a table; a check that fails goes on to the next."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TAIL = 1500


@dataclass
class Rows:
    """The lines of the table."""

    lines: list[tuple[str, str, bool]] = field(default_factory=list)

    def add(self, what: str, value: str, good: bool) -> None:
        """Add a line, and show it at once."""
        self.lines.append((what, value, good))
        print(f"{'ok  ' if good else 'FAIL'}  {what}: {value}", flush=True)

    def at_most(self, what: str, value: float, limit: float, unit: str) -> None:
        """Add a number that has a limit."""
        self.add(what, f"{value:.1f} {unit} (at most {limit:g})", value <= limit)

    def attempt(self, what: str, check: Callable[[], str]) -> None:
        """Add what ``check`` says, or why it failed."""
        try:
            self.add(what, check(), True)
        except (CheckError, OSError, SystemExit, AssertionError) as error:
            self.add(what, str(error) or type(error).__name__, False)

    def failed(self) -> int:
        """Return how many checks failed."""
        return sum(not good for _what, _value, good in self.lines)


class CheckError(RuntimeError):
    """A check that did not hold; the text says what was there instead."""


def said(command: list[str | Path], env: Mapping[str, str], cwd: Path | None = None) -> str:
    """Run a command and return what it says; a status other than 0 is a failure."""
    done = subprocess.run(
        [str(word) for word in command], env=dict(env), cwd=cwd, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise CheckError(f"{command[0]} ended with {done.returncode}: {done.stdout[-TAIL:]}")
    return done.stdout


def expect(holds: object, otherwise: str) -> None:
    """Fail with ``otherwise`` unless it holds."""
    if not holds:
        raise CheckError(otherwise)
