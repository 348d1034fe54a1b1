"""Measure how right a bundle is and write benchmarks/ACCURACY.md.

python -m benchmarks.accuracy                          # everything, the shipped bundle
python -m benchmarks.accuracy microphone rejection     # these parts only
python -m benchmarks.accuracy --bundle DIR --dry       # another bundle, nothing written
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.__main__ import show
from benchmarks.accuracy import page
from benchmarks.accuracy.case import Case, Missing
from benchmarks.table import Row
from genredesk.audio.quiet import libraries_silent
from genredesk.core.errors import GenreDeskError
from genredesk.inference import bundle as bundles

PARTS = ("valid", "microphone", "engine", "rejection", "steady", "unsure", "small", "unheard")
SHIPPED = Path(__file__).resolve().parent.parent.parent / "models" / "genredesk-live"


def measure(part: str, case: Case, *, write: bool) -> list[Row]:
    """Return the rows of one part and put them into the page; one row when it lacks something."""
    print(f"{part} …", file=sys.stderr, flush=True)
    begin = time.monotonic()
    try:
        with libraries_silent():
            rows = importlib.import_module(f"benchmarks.accuracy.{part}").rows(case)
    except Missing as reason:
        return [Row("Not measured", part, 0.0, "", note=str(reason))]
    print(f"{part}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    if write:
        page.write(part, rows, case.bundle)
    return rows


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description="How right a bundle is"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--bundle", type=Path, default=SHIPPED, metavar="DIR")
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("GENREDESK_DATA", "data")), metavar="DIR",
        help="the folder with gtzan-mel, gtzan-audio and full-songs (default: GENREDESK_DATA)",
    )  # fmt: skip
    parser.add_argument(
        "--folds", type=Path, nargs="*", default=[], metavar="NPZ",
        help="cross-validated answers for the part unsure, one file a seed",
    )  # fmt: skip
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth song only")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    asked = parser.parse_args()
    unknown = set(asked.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return asked


def main() -> int:
    """Measure, show and write; the status says whether every reach was met."""
    asked = options()
    try:
        case = Case(bundles.load(asked.bundle), asked.data, tuple(asked.folds), max(1, asked.every))
        found: list[Row] = []
        for part in asked.parts or PARTS:
            found += measure(part, case, write=not asked.dry and case.few == 1)
    except GenreDeskError as error:
        print(error, file=sys.stderr)
        return 2
    show(found)
    return 1 if any(row.ok is False for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
