"""What the threshold under which the word is "unsure" gives and costs, from held-back answers.

A file of folds is an ``.npz`` of what cross-validation answered for songs it was not trained on:
``probs`` ``(windows, classes)``, calibrated; ``song`` ``(windows,)``, each window's song;
``label`` ``(songs,)`` class numbers; optionally ``song_probs`` ``(songs, classes)`` where songs are
not the mean of their windows. Several files are several seeds.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.case import Case, Missing
from benchmarks.table import Row, at_least
from genredesk.core import trust
from genredesk.core.certainty import Bounds
from genredesk.core.errors import DataError
from genredesk.core.scores import FloatArray
from genredesk.training.evaluation import metrics, thresholds

GROUP = "Unsure, on songs held back in turn"
RIGHT = 0.88
NAMED = 55.0
RIGHT_WHERE = {"sure": 88.0, "probable": 55.0, "between": 65.0}


@dataclass(frozen=True, slots=True)
class Folds:
    """Every song's probabilities ``(songs, classes)`` and class number, and its windows'."""

    songs: FloatArray
    truth: NDArray[np.intp]
    windows: FloatArray
    song: NDArray[np.intp]

    def named(self, threshold: float) -> tuple[float, float]:
        """Return percent of songs that are named, and of those, percent that are right."""
        named, right = metrics.named_at(self.songs, self.truth, threshold)
        return 100 * named, 100 * right

    def threshold(self, right: float = RIGHT) -> float:
        """Return the lowest threshold from which on at least ``right`` of the named are right."""
        steps = np.arange(0.0, 0.995, 0.005)
        good = [t for t in steps if self.named(t)[1] >= 100 * right]
        return float(good[0]) if good else 1.0


def read(path: Path) -> Folds:
    """Read a file of folds.

    Raises
    ------
    DataError
        When it is none.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            windows, song, truth = file["probs"], file["song"], file["label"]
            songs = file["song_probs"] if "song_probs" in file.files else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path.name}: it is not a file of folds ({error}).") from error
    fits = len(truth) > 0 and len(windows) == len(song) and song.max(initial=0) < len(truth)
    if not fits or (songs is not None and len(songs) != len(truth)):
        raise DataError(f"{path.name}: probs, song and label do not belong together.")
    if songs is None:
        songs = metrics.summed(windows, song, len(truth))
    return Folds(songs, truth.astype(np.intp), windows, song.astype(np.intp))


def _mean(values: list[float]) -> str:
    return f"{np.mean(values):.1f} ± {np.std(values):.1f}"


def rows(case: Case) -> list[Row]:
    """Report the bundle's threshold, and the lowest one that is right often enough."""
    if not case.folds:
        raise Missing("name the files of cross-validated answers with --folds")
    folds = [read(path) for path in case.folds]
    bounds = case.bundle.card.bounds()
    own = bounds.sure
    at_own = [fold.named(own) for fold in folds]
    steps = [fold.threshold() for fold in folds]
    there = [fold.named(step)[0] for fold, step in zip(folds, steps, strict=True)]
    songs = [100 * float((f.songs.argmax(axis=1) == f.truth).mean()) for f in folds]
    windows = [100 * float((f.windows.argmax(axis=1) == f.truth[f.song]).mean()) for f in folds]
    note = f"{len(folds)} seeds of {len(folds[0].truth)} songs, mean ± deviation"
    named, right = (float(np.mean(column)) for column in zip(*at_own, strict=True))
    return [
        Row(GROUP, "songs right", float(np.mean(songs)), "%", note=f"{_mean(songs)}; {note}"),
        Row(GROUP, "windows right", float(np.mean(windows)), "%", note=_mean(windows)),
        at_least(
            GROUP, f"of the songs named at {own:.2f}, right", right, "%", limit=100 * RIGHT,
            note=f"{own:.2f} is the bundle's own threshold",
        ),
        at_least(GROUP, f"songs named at {own:.2f}", named, "%", limit=NAMED),
        Row(
            GROUP, f"songs named where {100 * RIGHT:.0f} % of them are right",
            float(np.mean(there)), "%", note=f"{_mean(there)}; thresholds from "
            f"{min(steps):.2f} to {max(steps):.2f}",
        ),
        *_strengths(folds, bounds),
    ]  # fmt: skip


def _strengths(folds: list[Folds], bounds: Bounds) -> list[Row]:
    """Report how many songs and windows are of each strength, and how many of those are right."""
    groups = {
        "songs": [thresholds.Answers.of(fold.songs, fold.truth) for fold in folds],
        "windows": [thresholds.Answers.of(fold.windows, fold.truth[fold.song]) for fold in folds],
    }
    found = []
    for what, seeds in groups.items():
        tables = [thresholds.shares(answers, bounds) for answers in seeds]
        for strength, limit in RIGHT_WHERE.items():
            n = sum(table[strength]["n"] for table in tables)
            hits = sum(table[strength]["n"] * table[strength]["right"] for table in tables)
            low, high = (100 * end for end in trust.wilson(hits, n))
            share = 100 * n / sum(map(len, seeds))
            note = f"{share:.1f} % of the {what}, 95 % by itself: {low:.1f} to {high:.1f}"
            row = f"{what}: right where {strength}"
            found.append(at_least(GROUP, row, 100 * hits / max(1, n), "%", limit=limit, note=note))
    return found
