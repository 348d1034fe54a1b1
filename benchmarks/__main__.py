"""Run the benchmarks and print their table.

python -m benchmarks                 # all of them
python -m benchmarks live soak       # these modules only
python -m benchmarks --write         # write benchmarks/RESULTS.md, too
python -m benchmarks fuzz            # broken files; only when it is named
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import table

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"__main__", "scale", "table"}  # scale writes its own page
ONLY_WHEN_NAMED = {"fuzz"}
PIPE_WIDTH = 150


def modules() -> list[str]:
    """Return the names of the benchmark modules, by file name."""
    here = pkgutil.iter_modules([str(HERE)])
    found = (module.name for module in here if not module.ispkg)  # accuracy writes its own page
    return sorted(name for name in found if name not in NOT_BENCHMARKS and not name.startswith("_"))


def measure(name: str) -> list[table.Row]:
    """Run one module in this process; a crash is a row, too, and the others go on."""
    try:
        return importlib.import_module(f"benchmarks.{name}").rows()
    except Exception as error:  # noqa: BLE001 - whatever it was, the table says so
        traceback.print_exc()
        reason = f"could not be measured: {type(error).__name__}: {error}"
        return [table.Row("Not measured", name, 0.0, "", "", False, reason.replace("\n", " "))]


def measure_apart(name: str) -> list[table.Row]:
    """Run one module in a process of its own, so that none inherits another's memory or threads."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "benchmarks", name, "--rows-to", str(result)]
        subprocess.run(command, cwd=HERE.parent, check=False)
        if not result.is_file():
            return [table.Row("Not measured", name, 0.0, "", "", False, "the process ended early")]
        return table.read_rows(result)


def show(rows: list[table.Row]) -> None:
    """Print the table in the terminal's width; in a pipe as wide as it needs."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    view = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "what", "measured", "reach", "", "note"):
        view.add_column(
            heading,
            justify="right" if heading == "measured" else "left",
            no_wrap=heading in {"measured", "reach"},
        )
    marks = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}
    group = ""
    for row in rows:
        shown = row.group if row.group != group else ""
        group = row.group
        measured = f"{table.number(row.value)} {row.unit}".strip()
        view.add_row(shown, row.name, measured, row.target, marks[row.ok], row.note)
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(view)


def write(rows: list[table.Row], machine: str) -> Path:
    """Write benchmarks/RESULTS.md and return its path."""
    path = HERE / "RESULTS.md"
    text = f"# GenreDesk in numbers\n\nWritten by `make bench ARGS=--write` on\n\n{machine}\n\n"
    path.write_text(text + table.markdown(rows), encoding="utf-8")
    return path


def main() -> int:
    """Run what was asked for; the exit status says whether every reach was met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="GenreDesk in numbers"
    )
    parser.add_argument(
        "names", nargs="*", metavar="MODULE", help=f"any of: {', '.join(modules())}"
    )
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md, too")
    parser.add_argument("--rows-to", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.names) - set(modules())
    if unknown:
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    names = options.names or [name for name in modules() if name not in ONLY_WHEN_NAMED]
    if options.rows_to:
        table.save_rows([row for name in names for row in measure(name)], options.rows_to)
        return 0
    machine = table.machine()
    rows: list[table.Row] = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += measure_apart(name)
    show(rows)
    if options.write:
        print(f"\nwritten to {write(rows, machine)}")
    return 1 if any(row.ok is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
