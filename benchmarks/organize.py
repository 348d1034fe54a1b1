"""Putting a collection in order: planning 100,000 files, moving 10,000 of them and back."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row, at_most
from genredesk.core.certainty import Bounds
from genredesk.core.job import JobContext
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions, Plan

GROUP = "Library: putting in order"
PLANNED, MOVED = 100_000, 10_000


def rows() -> list[Row]:
    """Measure on files of a few bytes: a rename does not look at what it renames."""
    with tempfile.TemporaryDirectory(prefix="genredesk-bench-") as place:
        folder = Path(place, "music")
        with Library.open(Path(place, "library.db")) as catalogue:
            ids = _fill(catalogue, folder)
            started = time.perf_counter()
            _plan(catalogue, ids, folder)
            planned = time.perf_counter() - started
            plan = _plan(catalogue, ids[:MOVED], folder)
            started = time.perf_counter()
            outcome = apply.apply(catalogue, plan, JobContext())
            applied = time.perf_counter() - started
            assert (outcome.done, outcome.left) == (MOVED, ())
            started = time.perf_counter()
            undone = apply.undo(catalogue, None, JobContext())
            taken_back = time.perf_counter() - started
            assert (undone.done, undone.left) == (MOVED, ())
    note = "with the catalogue's rows; each batch of 1,000 is journalled and synced before it"
    return [
        at_most(GROUP, f"plan for {PLANNED:,} files", planned, "s", limit=5),
        at_most(GROUP, f"apply {MOVED:,} renames", applied, "s", limit=5, note=note),
        at_most(GROUP, f"undo {MOVED:,} renames", taken_back, "s", limit=5, note=note),
    ]


def _plan(catalogue: Catalogue, ids: list[int], folder: Path) -> Plan:
    plan = actions.get("move_files").plan(
        items.load(catalogue, ids), ActionOptions(to=folder / "sorted"), JobContext()
    )
    assert plan.totals.ready == len(ids), plan.totals
    return plan


def _fill(catalogue: Catalogue, folder: Path) -> list[int]:
    """Make the files and their rows: 20 tracks an album, 5 albums an artist, ten genres."""
    labels = [f"genre{k}" for k in range(10)]
    bundle = catalogue.networks.use("benchmark", "benchmark", labels, Bounds.of(0.5, len(labels)))
    folder.mkdir()
    root = catalogue.roots.add(folder).id
    for album in range(PLANNED // 20):
        (folder / f"{album:05}").mkdir()
    with catalogue.db.write() as connection:
        for n in range(PLANNED):
            path = folder / f"{n // 20:05}" / f"{n:06}.mp3"
            path.write_bytes(b"x")
            stat = path.stat()
            connection.execute("INSERT INTO track VALUES (?, ?, 200)", (n + 1, b"%d" % n))
            connection.execute(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, added_at, title, artist, album, track_no)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'analysed', 1, ?, ?, ?, ?)",
                (n + 1, root, os.fsencode(path), str(path), stat.st_size, stat.st_mtime_ns,
                 stat.st_dev, stat.st_ino, n + 1, f"Title number {n}", f"Artist {n // 100}",
                 f"Album {n // 20}", n % 20 + 1),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO result VALUES (?, ?, ?, 0.9, NULL, 0, NULL, 0, 1)",
                (n + 1, bundle, labels[n // 100 % 10]),
            )
    return list(range(1, PLANNED + 1))
