"""``models/README.md``: one table of all shipped bundles, measured anew from what is on disk.

``python -m genredesk.training.model_table --mels NPZ --tracks CSV`` writes it.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core import atomic, paths
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.inference.runtime import Runtime, open_runtime
from genredesk.training import measure, mels
from genredesk.training.songs import SongSet

HEAD = """# The networks that come with GenreDesk

Each folder is one bundle: the network as ONNX, its weights, and a card that says what it was
trained on and how good it is. All of them listen to windows of 3.04 s (128 mel bands, 39 columns
77.5 ms apart), each window referenced to its own loudest point, so level does not matter.

Fitted on the `train` part and chosen on the `valid` part of the published fault-filtered,
artist-disjoint split of GTZAN; measured on that `valid` part, so by artists they never heard, but
the epoch kept, the temperature and the threshold for “unsure” were chosen on the same songs.
Random splits of the same data, where an artist is on both sides, give 15 to 20 points more; they
flatter. GTZAN's recordings have no cleared copyright; neither they nor pictures of them are here.

"""
COLUMNS = (
    "bundle",
    "paper",
    "parameters",
    "files",
    "ms per window",
    "songs right (95 % interval)",
    "windows right",
    "calibration error, windows / songs",
)


@dataclass(frozen=True, slots=True)
class Line:
    """What the table says about one bundle."""

    bundle: Bundle
    result: dict[str, Any]
    ms: float

    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of :data:`COLUMNS`."""
        card, songs, windows = self.bundle.card, self.result["songs"], self.result["windows"]
        low, high = songs["interval"]
        size = sum(path.stat().st_size for path in self.bundle.path.iterdir())
        return (
            f"`{card.id}` {card.title}",
            "ours" if card.paper == "genredesk" else card.paper,
            f"{card.parameters:,}",
            f"{size / 1e6:.1f} MB",
            f"{self.ms:.2f}",
            f"{songs['sum']:.1%} ({low:.1%} – {high:.1%}, n = {songs['n']})",
            f"{windows['accuracy']:.1%} (n = {windows['n']:,})",
            f"{self.result['ece']:.3f} / {self.result['ece_songs']:.3f}",
        )


def milliseconds(runtime: Runtime, shape: tuple[int, int, int], seconds: float = 1.0) -> float:
    """Return the median time of one window, one at a time, over about ``seconds``."""
    window = np.random.default_rng(0).uniform(-80, 0, (1, *shape)).astype(np.float32)
    runtime.run(window)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        runtime.run(window)
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


def line(bundle: Bundle, data: SongSet, part: str | None) -> Line:
    """Measure one bundle."""
    runtime = open_runtime(bundle, "cpu")
    try:
        result, _ = measure.measure(bundle, runtime, data, part=part)
        return Line(bundle, result, milliseconds(runtime, bundle.card.frontend.shape))
    finally:
        runtime.close()


def text(lines: list[Line]) -> str:
    """Return the page, best network first."""
    lines = sorted(lines, key=lambda one: -one.result["songs"]["sum"])
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(one.cells() for one in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    classes = ("genre", *(f"`{one.bundle.id}`" for one in lines))
    recalls = [
        (label, *(f"{one.result['per_class'][label]['recall']:.2f}" for one in lines))
        for label in lines[0].bundle.card.labels
    ]
    rows = [classes, ("---",) * len(classes), *recalls]
    second = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"{HEAD}{table}\n\nTime: ONNX Runtime, one processor thread, one window at a time.\n\n"
        f"Share of each genre's songs that is named rightly:\n\n{second}\n"
    )


def main() -> int:
    """Measure every shipped bundle and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mels", required=True)
    parser.add_argument("--tracks", default="")
    parser.add_argument("--out", type=Path, default=paths.shipped_models_dir() / "README.md")
    asked = parser.parse_args()
    data = mels.load(asked.mels, asked.tracks or None)
    shipped = [bundle for bundle in bundles.installed() if bundle.shipped]
    atomic.write_text(asked.out, text([line(bundle, data, "valid") for bundle in shipped]))
    asked.out.chmod(0o644)
    return 0


if __name__ == "__main__":
    sys.exit(main())
