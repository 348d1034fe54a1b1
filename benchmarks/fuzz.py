"""Ten thousand broken files through the window's reader: none may end it, hang it or surprise it.

It runs only when it is asked for, ``python -m benchmarks fuzz``: it takes some minutes.
``GENREDESK_MUTANTS`` names another number, ``GENREDESK_MUTANTS_KEPT`` a folder for what went wrong.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from benchmarks import _mutants
from benchmarks.table import Row, at_most

GROUP = "Broken files"
MUTANTS = 10_000
PATIENCE_S = 30.0
"""A mutant that takes longer hangs the reader."""


class Tally:
    """What came of the mutants, and the ones that went wrong."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0

    def add(self, number: int, kind: str, what: str = "") -> None:
        """Note a mutant's end."""
        self.outcomes[kind] += 1
        if what:
            name = list(_mutants.SEEDS)[number % len(_mutants.SEEDS)]
            self.wrong.append(f"{number} of {name}: {what}")
            print(self.wrong[-1], file=sys.stderr, flush=True)


def run(folder: Path, count: int) -> Tally:
    """Read ``count`` mutants of the seeds in ``folder``, in as many children as that needs."""
    tally, first = Tally(), 0
    kept = os.environ.get("GENREDESK_MUTANTS_KEPT")
    while first < count:
        behind = _child(folder, first, count, tally)
        if behind < count and kept:
            shutil.copy(folder / "mutant", Path(kept) / str(behind - 1))
        first = behind
    return tally


def _child(folder: Path, first: int, behind: int, tally: Tally) -> int:
    """Read mutants until one goes wrong; return the number of the next."""
    command = [sys.executable, "-m", "benchmarks._mutants", str(folder), str(first), str(behind)]
    at = first
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert child.stdout is not None
        pipe = child.stdout
        reader = threading.Thread(target=lambda: [*map(lines.put, pipe), lines.put("")])
        reader.start()
        while True:
            try:
                words = lines.get(timeout=PATIENCE_S).strip().split(maxsplit=2)
            except queue.Empty:
                child.kill()
                tally.add(at, "did not end", f"no answer in {PATIENCE_S:g} s")
                break
            if not words:
                code = child.wait()
                if code:
                    tally.add(at, "ended the program", f"status {code}")
                break
            at = int(words[0])
            if len(words) == 3:
                tally.slowest = max(tally.slowest, float(words[1]))
                raised = words[2].startswith("raised")
                tally.add(at, "raised" if raised else words[2], words[2] if raised else "")
        reader.join()
    return at + 1


def rows() -> list[Row]:
    """Count what came of the mutants."""
    count = int(os.environ.get("GENREDESK_MUTANTS", MUTANTS))
    with tempfile.TemporaryDirectory() as folder:
        formats = len(_mutants.make_seeds(Path(folder)))
        tally = run(Path(folder), count)
    seen = tally.outcomes
    note = f"of {sum(seen.values()):,} mutants of {formats} files; first: " + "; ".join(
        tally.wrong[:3]
    )
    wrong = {
        "ended the program": "that end the program",
        "did not end": f"that are not done after {PATIENCE_S:g} s",
        "raised": "that raise what is no error of a file",
    }
    told = {
        "heard": "that are heard",
        "complained": "that are heard in part, with a complaint",
        "given up": "given up on the way, with a reason",
        "refused": "refused, with a reason",
    }
    return [
        *(at_most(GROUP, f"mutants {name}", seen[key], "", limit=0, note=note if seen[key] else "")
          for key, name in wrong.items()),
        *(Row(GROUP, f"mutants {name}", seen[key], "") for key, name in told.items()),
        Row(GROUP, "slowest mutant", tally.slowest, "s"),
    ]  # fmt: skip
