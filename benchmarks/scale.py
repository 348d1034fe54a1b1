"""What a scan costs a track, how that grows, and what many machines make of it: SCALE.md.

python -m benchmarks.scale           # print the page
python -m benchmarks.scale --write   # write benchmarks/SCALE.md

Measured: each stage of a track on one core, the catalogue at a thousand to a million made-up
tracks, and what Dask takes for a task. Simulated from that: 4 to 256 workers.
"""

from __future__ import annotations

import argparse
import heapq
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import psutil

from benchmarks import library as bench
from benchmarks.table import machine
from genredesk.inference import bundle as bundles
from genredesk.inference.scorer import BundleScorer
from genredesk.library.library import Library
from genredesk.library.records import AnalysisJob
from genredesk.library.scanning import cluster, metadata
from genredesk.library.scanning.audio_hash import DecodedAudio
from genredesk.library.scanning.featurecache import WindowCache
from genredesk.library.scanning.worker import AnalysisWorker
from genredesk.library.scanning.workers import WorkerSetup

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WORKERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
TASKS = 2_000
ARCHIVE = 10_000_000
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Stages:
    """Milliseconds of a core for one track of ``bench.SONG_S`` seconds; the median of all songs.

    Parameters
    ----------
    songs
        The whole of it, song by song.
    """

    decode: float
    listen: float
    tags: float
    songs: tuple[float, ...]


def stages(folder: Path) -> Stages:
    """Measure what a worker does with a track, each part alone."""
    paths = bench._songs(folder / "songs")[:12]
    score = BundleScorer.of(bundles.default_bundle())
    scorer = score()
    worker = AnalysisWorker(scorer, WindowCache(None, 0), "", lambda: None)
    rate = scorer.sample_rate
    decoded, tagged, whole = [], [], []
    for path in [paths[0], *paths]:  # the first one twice: it pays for the start
        decoded.append(_cpu(lambda p=path: DecodedAudio(p, lambda: None).drain()))
        sound = DecodedAudio(path, lambda: None)
        decoded[-1] = _cpu(lambda s=sound: sum(len(b) for b in s.blocks(rate)))
        tagged.append(_cpu(lambda p=path: metadata.read(p)))
        job = AnalysisJob(1, os.fsencode(path))
        whole.append(_cpu(lambda j=job: worker.listen(j)))
    scorer.close()
    decode, tags, all_of_it = (float(np.median(x[1:])) for x in (decoded, tagged, whole))
    return Stages(decode, all_of_it - decode - tags, tags, tuple(whole[1:]))


def _cpu(run: Callable[[], object]) -> float:
    begin = time.process_time()
    run()
    return 1000 * (time.process_time() - begin)


@dataclass(frozen=True, slots=True)
class Size:
    """The catalogue at one size: ms a file more, bytes a track, seconds to the first page, MB."""

    tracks: int
    keep_ms: float
    row_bytes: float
    opened_s: float
    memory_mb: float


def size(folder: Path, n: int) -> Size:
    """Measure a catalogue of ``n`` made-up tracks."""
    path = folder / f"{n}.db"
    with Library.open(path) as catalogue:
        for start in range(0, n, 100_000):
            bench.fill(catalogue, min(100_000, n - start), start=start)
        before = _bytes(path)
        cost = min(bench._bookkeeping(catalogue, 960, 10**8 + 960 * i) for i in range(3))
        row = (_bytes(path) - before) / (3 * 960)
    bench._asked(path)  # writes the quick start
    asked = bench._asked(path)
    return Size(n, cost, row, asked["opened"], asked["memory"] / 1e6)


def _bytes(path: Path) -> int:
    return sum(p.stat().st_size for p in path.parent.glob(f"{path.name}*"))


def task_ms() -> tuple[float, float]:
    """Return what a task costs whoever scans: ms with the scheduler in the same process; bytes."""
    setup = WorkerSetup(BundleScorer.of(bundles.default_bundle()))
    with cluster.connect(setup, "local:2") as workers:
        jobs = iter(AnalysisJob(i, b"/nowhere/%d.mp3" % i) for i in range(TASKS + 50))
        done, begin, cpu = 0, 0.0, 0.0
        while done < TASKS:
            while workers.room and (job := next(jobs, None)) is not None:
                workers.give(job)
            done += sum(1 for _ in workers.reports(0.2))
            if done >= 50 and not begin:
                begin, cpu, first = time.perf_counter(), time.process_time(), done
        n = done - first
        return 1000 * (time.process_time() - cpu) / n, 1000 * (time.perf_counter() - begin) / n


def simulate(n_workers: int, songs: tuple[float, ...], client_ms: float, n: int = 20_000) -> float:
    """Return tracks a second with ``n_workers``: each hands in its report to the one client.

    A worker that is done waits until the client has kept the reports before it; then it takes the
    next track. Times of tracks are drawn from the measured ones.
    """
    times = np.random.default_rng(n_workers).choice(songs, n)
    free_at = [(0.0, w) for w in range(n_workers)]
    client_at = 0.0
    ends = iter(times.tolist())
    heapq.heapify(free_at)
    busy = [(next(ends), w) for _, w in free_at]
    heapq.heapify(busy)
    for song in ends:
        done, worker = heapq.heappop(busy)
        client_at = max(client_at, done) + client_ms
        heapq.heappush(busy, (client_at + song, worker))
    last = max(client_at, *(t for t, _ in busy))
    return 1000 * n / last


def page() -> str:
    """Measure everything and return SCALE.md."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage = stages(folder)
        sizes = [size(folder, n) for n in SIZES]
    cpu_ms, wall_ms = task_ms()
    song = float(np.mean(stage.songs))
    keep = sizes[-1].keep_ms
    client = cpu_ms + keep
    index_kb = 1000 * (sizes[-1].memory_mb - sizes[0].memory_mb) / sizes[-1].tracks
    hours, hosting = ARCHIVE * song / 3.6e6, ARCHIVE * client / 3.6e6
    lines = [
        "# What a large archive costs", "",
        "Written by `python -m benchmarks.scale --write`.", "", machine(), "",
        "Times are of the processor, one core; tracks are made-up MP3s of "
        f"{bench.SONG_S} s in stereo, the network is {bundles.default_bundle().card.title}.", "",
        "## A track, stage by stage (measured)", "",
        "| stage | ms of a core | grows with |", "|---|--:|---|",
        f"| decode, downmix, resample, hash | {stage.decode:.0f} | its length |",
        f"| front end and network, every 3 s | {stage.listen:.0f} | its length |",
        f"| tags and cover | {stage.tags:.1f} | its tags |",
        *(f"| keep it in a catalogue of {s.tracks:,} | {s.keep_ms:.2f} | log of the tracks |"
          for s in sizes),
        f"| Dask, on the client's and scheduler's side | {cpu_ms:.2f} | nothing |", "",
        "## The catalogue (measured)", "",
        "| tracks | KB a track on disk | open to first page, s | memory, MB |", "|--:|--:|--:|--:|",
        *(f"| {s.tracks:,} | {s.row_bytes / 1024:.1f} | {s.opened_s:.2f} | {s.memory_mb:.0f} |"
          for s in sizes), "",
        "## Workers (simulated)", "",
        "Each worker reads tracks with the measured times; the one client that hands them out and "
        f"keeps the reports takes {client:.2f} ms for each ({cpu_ms:.2f} Dask, {keep:.2f} the "
        f"catalogue at {SIZES[-1]:,}). A task there and back took {wall_ms:.1f} ms of the clock, "
        "hidden by giving each worker a second track.", "",
        "| workers | tracks a second | of perfect |", "|--:|--:|--:|",
    ]  # fmt: skip
    for n in WORKERS:
        rate = simulate(n, stage.songs, client)
        lines.append(f"| {n} | {rate:,.1f} | {rate * song / 1000 / n:.0%} |")
    full = 1000 / client
    biggest = sizes[-1]
    lines += [
        "", f"It saturates at about {song / client:.0f} workers, {full:,.0f} tracks a second: from "
        "there on the client does nothing but hand out and keep. Whoever has more machines scans "
        "shards with a client each and joins them (`genredesk library export`, `import`).", "",
        f"## {ARCHIVE:,} tracks", "",
        f"* {hours:,.0f} core-hours of listening: {hours / 168:,.0f} cores for a week. "
        f"{hosting:,.0f} hours of the client.",
        f"* {ARCHIVE * biggest.row_bytes / 1e9:,.0f} GB of catalogue; the music is read once.",
        f"* A worker holds {_worker_mb():.0f} MB, whatever the number of tracks. The window's "
        f"index takes {index_kb:.2f} KB a track and is not made "
        "for more than a few million in one library: open the shards by themselves, or query the "
        "Parquet.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _worker_mb() -> float:
    """Return the memory of a process that has the default network open."""
    score = BundleScorer.of(bundles.default_bundle())
    with cluster.connect(WorkerSetup(score), "local:1") as workers:
        workers.give(AnalysisJob(1, b"/nowhere.mp3"))
        while workers.busy:
            list(workers.reports(0.2))
        children = psutil.Process().children(recursive=True)
        return max(p.memory_info().rss for p in children) / 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    text = page()
    print(text)
    if parser.parse_args().write:
        (HERE / "SCALE.md").write_text(text, encoding="utf-8")
