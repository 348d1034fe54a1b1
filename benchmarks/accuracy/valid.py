"""The songs of the table: accuracy, calibration, cost, size, and what 8 bits lose."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.accuracy.case import Case
from benchmarks.table import Row, at_least, at_most, best_of
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.runtime import golden
from genredesk.inference.runtime.onnx import OnnxRuntime
from genredesk.training.data.songs import SongSet
from genredesk.training.data.split import Split
from genredesk.training.evaluation import measure
from genredesk.training.export import quantise

GROUP = "Songs of the part valid"
REPEATS = 200


def _measured(bundle: Bundle, data: SongSet) -> tuple[dict[str, Any], float]:
    """Return the evaluation on the part ``valid`` and milliseconds a window, one thread.

    Of the network itself: a form beside it, which the program may take for it, is not asked.
    """
    with bundle.checked(MODEL) as model:
        runtime = OnnxRuntime(model, bundle.card)
    try:
        result, _ = measure.measure(bundle, runtime, data, part="valid")
        picture = golden.features(bundle.card)[None]
        return result, 1000 * best_of(lambda: runtime.run(picture), REPEATS)
    finally:
        runtime.close()


def _interval(found: dict[str, Any], what: str) -> str:
    low, high = found["interval"]
    return f"{found['n']:,} {what}, 95 %: {100 * low:.1f} to {100 * high:.1f}"


def accuracy_rows(result: dict[str, Any]) -> list[Row]:
    """Return accuracy and calibration; the reach is the one of the sealed songs."""
    songs, windows = result["songs"], result["windows"]
    recall = ", ".join(f"{label} {row['recall']:.2f}" for label, row in result["per_class"].items())
    return [
        at_least(
            GROUP, "songs right, mean of the windows", 100 * songs["sum"], "%", limit=74,
            note=_interval(songs, "songs"),
        ),
        Row(GROUP, "songs right, majority of the windows", 100 * songs["majority"], "%"),
        Row(GROUP, "songs whose genre is among the first three", 100 * songs["top3"], "%"),
        at_least(
            GROUP, "windows right", 100 * windows["accuracy"], "%", limit=68,
            note=_interval(windows, "windows"),
        ),
        at_most(GROUP, "calibration error of windows", result["ece"], "", limit=0.05),
        at_most(
            GROUP, "calibration error of songs", result["ece_songs"], "", limit=0.05,
            note="of the mean of the windows; a perfect calibration shows "
            f"{result['ece_songs_chance']:.3f} on so few songs",
        ),
        Row(GROUP, "recall of songs, mean", _mean_recall(result), "%", note=recall),
    ]  # fmt: skip


def _mean_recall(result: dict[str, Any]) -> float:
    classes = result["per_class"].values()
    return 100 * sum(row["recall"] for row in classes) / len(classes)


def cost_rows(case: Case, cost_ms: float) -> list[Row]:
    """Return what a window and the bundle cost."""
    size = sum(path.stat().st_size for path in case.bundle.path.iterdir()) / 1e6
    model = (case.bundle.path / MODEL).stat().st_size / 1e6
    note = "ONNX Runtime, one thread, the quickest of many"
    return [
        at_most(GROUP, "one window through the network", cost_ms, "ms", limit=2, note=note),
        at_most(GROUP, "size of the bundle", size, "MB", limit=5, note=f"{MODEL} {model:.2f} MB"),
    ]


def small_rows(case: Case, data: SongSet, full: dict[str, Any]) -> list[Row]:
    """Make the 8-bit variant, its ranges measured on the part ``train``, and compare it."""
    parts = {
        part: tuple(i for i, song in enumerate(data.songs) if song.split == part)
        for part in ("train", "valid")
    }
    split = Split(parts["train"], parts["valid"], (), "as the table names it")
    with tempfile.TemporaryDirectory(prefix="genredesk-") as folder:
        out = Path(folder) / f"{case.bundle.id}-int8"
        small, _ = quantise.make(case.bundle, data, split, out)
        result, cost_ms = _measured(small, data)
    lost = {
        what: 100 * (full[what][rule] - result[what][rule])
        for what, rule in (("songs", "sum"), ("windows", "accuracy"))
    }
    right = f"{100 * result['songs']['sum']:.1f} % of songs"
    right += f", {100 * result['windows']['accuracy']:.1f} % of windows"
    return [
        at_most(GROUP, "8 bits: one window", cost_ms, "ms", limit=1),
        at_most(GROUP, "8 bits: songs lost", lost["songs"], "points", limit=1, note=right),
        at_most(GROUP, "8 bits: windows lost", lost["windows"], "points", limit=1),
    ]


def rows(case: Case) -> list[Row]:
    """Measure the bundle as ``genredesk evaluate --split valid`` does, and its 8-bit variant."""
    arrays = case.folder("gtzan-mel") / "mels.npz"
    data = measure.open_songs(case.bundle, mels=str(arrays))
    result, cost_ms = _measured(case.bundle, data)
    found = accuracy_rows(result) + small_rows(case, data, result)
    if case.heard_all:
        found = [_trained_on(row) for row in found]
    return found + cost_rows(case, cost_ms)


def _trained_on(row: Row) -> Row:
    """Take the reach from a number that flatters: the network was fitted on these songs."""
    note = f"trained on, see the card for the first training; {row.note}".removesuffix("; ")
    return row if row.unit == "ms" else dataclasses.replace(row, target="", ok=None, note=note)
