"""A few songs a word, by networks that heard neither these songs, nor the artists, nor two words.

The live network and the edge network are trained on eight words of those songs of the mel arrays
whose artists have none in ``gtzan-audio`` (ten minutes on one core), then ``small`` asks about all
songs of ``gtzan-audio``. They learned from 270 songs where the shipped ones learned from 629 and
433, so a folder of one's own is heard better than these rows say.
"""

from __future__ import annotations

import csv
import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.accuracy import small
from benchmarks.accuracy.case import Case
from benchmarks.table import Row
from genredesk.inference.bundle import Bundle
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs.train import train

NEW = ("jazz", "reggae")
"""Words that the networks do not know."""


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _other_songs(case: Case, out: Path) -> tuple[str, str]:
    """Write the songs of other artists and words as arrays and a table of their own.

    The table names no parts, so that the run holds artists back from among them.
    """
    folder = case.folder("gtzan-mel")
    asked = {row["artist"] for row in _table(case.folder("gtzan-audio") / "tracks.csv")}
    table = [
        {"track": row["track"], "genre": row["genre"], "artist": row["artist"]}
        for row in _table(folder / "tracks.csv")
        if row["artist"] not in asked and row["genre"] not in NEW
    ]
    with (out / "tracks.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    with np.load(folder / "mels.npz", allow_pickle=False) as file:
        keep = np.isin(file["track"], [row["track"] for row in table])
        arrays = {name: file[name][keep] for name in ("idx", "min_db", "track", "label")}
    np.savez(out / "mels.npz", **arrays)
    return str(out / "mels.npz"), str(out / "tracks.csv")


def _trained(name: str, recipe: str, out: Path, arrays: str, table: str) -> Bundle:
    plan = TrainPlan(
        out=str(out / name), mels=arrays, tracks=table, network=name, recipe=recipe, device="cpu",
        threads=1,
    )  # fmt: skip
    return train(plan).bundle


def rows(case: Case) -> list[Row]:
    """Train the networks, then measure as ``small`` does."""
    with tempfile.TemporaryDirectory() as temp:
        out = Path(temp)
        arrays, table = _other_songs(case, out)
        live = _trained("live", "live-doubting", out, arrays, table)
        edge = _trained("edge", "edge", out, arrays, table)
        group = (
            "A few songs a word, no song and no artist heard before, "
            f"{' and '.join(NEW)} unknown to the networks"
        )
        return small.measured(
            dataclasses.replace(case, bundle=live), small.kinds(live, edge), group, NEW
        )
