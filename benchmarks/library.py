"""The library: how fast music is listened to, and how fast half a million rows answer.

Both sides of every ratio are measured in this run, one after the other, with as many processes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np
import psutil
import soundfile

from benchmarks.table import Row, at_least, at_most, best_of, peak_memory
from genredesk.audio.decode import decode
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.heard import TrackScores
from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.inference.scorer import BundleScorer
from genredesk.library.catalogue import file_writes
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.library import Library
from genredesk.library.scanning.scan import ScanOptions, scan
from genredesk.library.scanning.workers import step_back

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae",
          "rock")  # fmt: skip
N_ROWS = int(os.environ.get("GENREDESK_BENCH_ROWS", "500000"))
N_SONGS = int(os.environ.get("GENREDESK_BENCH_SONGS", "60"))
SONG_S = 180
PROCESSES = 2


# ---------------------------------------------------------------- made-up rows


def _names(rng: np.random.Generator, n: int, words: int) -> list[str]:
    syllables = ["ka", "lo", "mi", "ra", "ten", "bel", "dor", "san", "ve", "nu", "ost", "qui"]
    picks = rng.integers(0, len(syllables), (n, words * 3))
    return [
        " ".join(
            "".join(syllables[s] for s in row[3 * w : 3 * w + 3]).capitalize() for w in range(words)
        )
        for row in picks.tolist()
    ]


def fill(catalogue: Catalogue, n: int, folder: str = "/music", *, start: int = 0) -> None:
    """Write ``n`` made-up files with everything that hangs on them."""
    rng = np.random.default_rng(start)
    bundle_id = catalogue.networks.use("made-up", "Made-up", GENRES, Bounds.of(0.45, len(GENRES)))
    artists, albums = _names(rng, max(1, n // 40), 2), _names(rng, max(1, n // 12), 2)
    titles = _names(rng, n, 3)
    label = rng.integers(0, len(GENRES), n)
    score = rng.uniform(0.15, 1.0, n)
    tag = rng.integers(0, len(GENRES) + 2, n)
    timeline, embedding = bytes(10), rng.standard_normal((n, 8)).astype(np.float16)
    now = time.time()
    with catalogue.db.write() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO root (id, path, added_at) VALUES (1, ?, ?)",
            (folder.encode(), now),
        )
        for i in range(n):
            k = start + i + 1
            album = i // 12 % len(albums)
            artist = artists[album * len(artists) // len(albums)]
            path = f"{folder}/{artist}/{albums[album]}/{i % 12 + 1:02} {titles[i]} {k}.mp3"
            genres = [GENRES[tag[i]].title()] if tag[i] < len(GENRES) else []
            connection.execute(
                "INSERT INTO track VALUES (?, ?, ?)", (k, b"%020d" % k, 60 + k % 400)
            )
            connection.execute(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, added_at, title, artist, album, album_artist, track_no, year,"
                " tag_genre) VALUES (?,1,?,?,?,1,1,?,?,'analysed',?,?,?,?,?,?,?,?)",
                (k, path.encode(), path, k, k, k, now - k, titles[i], artist, albums[album],
                 artist, i % 12 + 1, 1950 + k % 75, json.dumps(genres)),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (k, bundle_id, GENRES[label[i]],
                 score[i], GENRES[(label[i] + 1) % 10], 0.1, GENRES[label[i]], 0.8, now),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO result_detail VALUES (?, ?, 3.0, 3.0, ?, ?)",
                (k, bundle_id, timeline, embedding[i].tobytes()),
            )


FILTERS = (
    "artist:miran",
    "heard:jazz",
    "sure:<0.6",
    "tag:!=heard",
    "state:unsure",
    "title:kalo",
    "title:a",
    "path:dor/",
    "path:0",
    "year:1960..1969 length:>300",
    "kalomi",
    "ka lo",
    "k",
    "heard:jazz sure:<0.6 tag:!=heard kamira",
    "(heard:rock OR heard:metal) -tag:pop",
)


def _ask(path: Path) -> None:
    """Open a catalogue in a process of its own and write what it took as JSON."""
    from genredesk.library.index.index import SORTS

    begin = time.perf_counter()
    catalogue = Library.open(path)
    index = catalogue.index
    ids = index.query("", "artist")
    page = catalogue.files.rows(ids[:100])
    opened = time.perf_counter() - begin
    assert len(page) == 100
    filters = {}
    for text in FILTERS:
        filters[text] = best_of(lambda text=text: index.count(text), 3)
    first = {}
    sorts = {}
    for sort in SORTS:
        begin = time.perf_counter()
        index.query("", sort)
        first[sort] = time.perf_counter() - begin
        sorts[sort] = best_of(lambda sort=sort: index.query("", sort, descending=True), 3)
    grouped = best_of(lambda: index.groups(index.query("", "artist", group="heard"), "heard"), 3)
    begin = time.perf_counter()
    catalogue.corrections.set(ids[:100].tolist(), ["jazz"])
    index.refresh()
    refresh = time.perf_counter() - begin
    memory, peak = psutil.Process().memory_info().rss, peak_memory()
    catalogue.close()
    json.dump(
        {"opened": opened, "filters": filters, "sorts": sorts, "first": first, "grouped": grouped,
         "refresh": refresh, "memory": memory, "peak": peak},
        sys.stdout,
    )  # fmt: skip


def _asked(path: Path) -> dict:
    command = [sys.executable, "-m", "benchmarks.library", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def row_rows(folder: Path) -> list[Row]:
    """Measure an index over half a million rows, with and without its quick start."""
    path = folder / "rows.db"
    with Library.open(path) as catalogue:
        fill(catalogue, N_ROWS)
    cold = _asked(path)  # writes the quick start when it closes
    warm = _asked(path)
    group = f"{N_ROWS:,} rows"
    slow_filter = max(warm["filters"], key=warm["filters"].get)
    slow_sort = max(warm["sorts"], key=warm["sorts"].get)
    return [
        at_most(group, "open to first page", warm["opened"], "s", limit=1.5,
                note="catalogue, index from its quick start, sort by artist, 100 rows"),
        Row(group, "the same without a quick start", cold["opened"], "s",
            note="the first time, or after a kill"),
        at_most(group, "slowest filter", 1000 * warm["filters"][slow_filter], "ms", limit=100,
                note=f"“{slow_filter}”, of {len(FILTERS)}"),
        at_most(group, "slowest sort", 1000 * warm["sorts"][slow_sort], "ms", limit=300,
                note=f"by {slow_sort}, all rows"),
        Row(group, "slowest sort the first time", 1000 * max(warm["first"].values()), "ms"),
        Row(group, "sort and group by heard genre", 1000 * warm["grouped"], "ms"),
        Row(group, "correct 100 and take it over", 1000 * warm["refresh"], "ms"),
        at_most(group, "memory of the process", warm["memory"] / 1e6, "MB", limit=400,
                note=f"at most {warm['peak'] / 1e6:.0f} MB on the way; "
                     f"{cold['peak'] / 1e6:.0f} MB without a quick start"),
    ]  # fmt: skip


# ---------------------------------------------------------------- listening


def _songs(folder: Path) -> list[Path]:
    """Write made-up songs as MP3, every one another sound."""
    from benchmarks.inference import music

    folder.mkdir(exist_ok=True)
    base = music(SONG_S + 30, 44100)
    rng = np.random.default_rng(1)
    paths = []
    for i in range(min(N_SONGS, 12)):
        begin = int(rng.integers(0, 30 * 44100))
        left = base[begin : begin + SONG_S * 44100]
        path = folder / f"{i:03}.mp3"
        soundfile.write(path, np.stack([left, np.roll(left, 441)], axis=1), 44100)
        paths.append(path)
    for i in range(len(paths), N_SONGS):  # another copy is another file to the workers
        path = folder / f"{i:03}.mp3"
        shutil.copy(paths[i % 12], path)
        paths.append(path)
    return paths


def _decode_some(pipe: Connection) -> None:
    """Decode and resample what comes through the pipe: what no analysis can do without."""
    step_back()  # as the workers do: whatever else runs here disturbs both alike
    pipe.send(None)
    while (path := pipe.recv()) is not None:
        pipe.send(sum(len(block) for block in decode(path, 22050, block=1 << 18)))


def _decode_all(paths: list[Path]) -> float:
    """Return the seconds that ``PROCESSES`` processes need to decode everything."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(PROCESSES):
        ours, theirs = context.Pipe()
        process = context.Process(target=_decode_some, args=(theirs,), daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    begin = time.perf_counter()
    todo = list(paths)
    busy = 0
    for pipe in pipes:
        pipe.send(todo.pop())
        busy += 1
    while busy:
        for pipe in wait(pipes):
            pipe.recv()
            if todo:
                pipe.send(todo.pop())
            else:
                busy -= 1
    elapsed = time.perf_counter() - begin
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send(None)
        process.join()
    return elapsed


class _Clock(JobContext):
    """Notes when the first file was done, so that starting the workers is told apart."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[float, float]] = []

    def progress(self, done: float, total: float, message: str = "") -> None:  # noqa: ARG002
        if total:
            self.told.append((time.perf_counter(), done))


def _scan_all(folder: Path, db: Path, score: BundleScorer, cache: int) -> tuple[float, float]:
    """Return seconds with and without the start of the workers."""
    clock = _Clock()
    begin = time.perf_counter()
    with Library.open(db) as catalogue:
        catalogue.roots.add(folder)
        options = ScanOptions(PROCESSES, cache_folder=db.with_suffix(".cache"), cache_bytes=cache)
        report = scan(catalogue, score, clock, options=options)
        if report.analysed != N_SONGS:
            raise RuntimeError(f"only {report.analysed} of {N_SONGS} songs were analysed")
    end = time.perf_counter()
    at, done = next((t, d) for t, d in clock.told if d)
    return end - begin, (end - at) * N_SONGS / max(1, N_SONGS - done)


def _others(path: Path) -> float:
    """Return the seconds a song takes in one process of librosa and torch."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_librosa_torch, args=(path, theirs), daemon=True)
    process.start()
    seconds = ours.recv()
    process.join()
    return seconds


def _librosa_torch(path: Path, pipe: Connection) -> None:
    from benchmarks.inference import _librosa_torch as pipeline

    step_back()
    run = pipeline(path, bundles.default_bundle())
    run()
    pipe.send(best_of(run, 5))


def scan_rows(folder: Path) -> tuple[list[Row], float]:
    """Measure a scan of MP3s against decoding alone and against librosa and torch.

    Returns
    -------
    (rows, ms)
        ``ms``: milliseconds of a song in the fastest scan.
    """
    paths = _songs(folder / "songs")
    score = BundleScorer.of(bundles.default_bundle())
    decoded, whole = [], []
    for turn in range(2):
        decoded.append(_decode_all(paths))
        whole.append(_scan_all(folder / "songs", folder / f"scan{turn}.db", score, 0))
    cached = _scan_all(folder / "songs", folder / "cached.db", score, 1 << 30)
    begin = time.perf_counter()
    with Library.open(folder / "cached.db") as catalogue:
        again = BundleScorer(**{**_fields(score), "fingerprint": "another"})
        options = ScanOptions(PROCESSES, cache_folder=folder / "cached.cache", cache_bytes=1 << 30)
        scan(catalogue, again, JobContext(), options=options)
    again_s = time.perf_counter() - begin
    seconds = N_SONGS * SONG_S
    alone = min(decoded)
    start_up, working = min(whole)
    name = f"{N_SONGS} MP3s of {SONG_S} s, {PROCESSES} workers"
    per_song = start_up / N_SONGS
    group = "Scan"
    found = [
        Row(group, f"{name}: decode and resample alone", seconds / alone, "× real time"),
        Row(group, f"{name}: scan", seconds / start_up, "× real time",
            note="tags, sound hash, front end, network every 3 s, database, start of the workers"),
        at_least(group, "scan against decoding alone", alone / working, "×", limit=0.65,
                 note=f"once the workers run; {alone / start_up:.2f} with their start"),
        at_least(group, "scan against librosa + torch in one process", _others(paths[0]) / per_song,
                 "×", limit=3, note="per song, start of the workers included"),
        Row(group, "the same with features kept", alone / cached[1], "×"),
        Row(group, "another network, from kept features", seconds / again_s, "× real time"),
    ]  # fmt: skip
    return found, 1000 * per_song


def _fields(score: BundleScorer) -> dict:
    return {name: getattr(score, name) for name in score.__dataclass_fields__}


# ---------------------------------------------------------------- growing


def _bookkeeping(catalogue: Catalogue, n: int, first: int) -> float:
    """Return the milliseconds the catalogue needs for one more file of a scan."""
    from genredesk.library.records import AnalysisJob, AnalysisReport, AudioMetadata, Found

    heard = TrackScores(
        Strength.SURE, np.full(10, 0.1, np.float32), (0, 1.0), np.zeros((60, 10), np.uint8), 3.0,
        3.0, np.zeros(576, np.float16),
    )  # fmt: skip
    bundle_id, _, _ = catalogue.networks.used
    begin = time.perf_counter()
    for start in range(first, first + n, 48):
        found = [Found(b"/music/new/%d.mp3" % k, k, k, 1, k) for k in range(start, start + 48)]
        with catalogue.db.write() as connection:
            file_writes.known_files(connection, [f.path for f in found])
            for one in found:
                file_writes.twin(connection, one)
                file_id = file_writes.add_file(connection, one, 1)
                report = AnalysisReport(
                    AnalysisJob(file_id, one.path), b"new%17d" % one.size, 180.0,
                    AudioMetadata("Title", "Artist", "Album", genres=("Jazz",)),
                    None, heard, one.size, 1,
                )  # fmt: skip
                file_writes.keep_report(connection, report, bundle_id)
    return 1000 * (time.perf_counter() - begin) / n


def growth_rows(folder: Path, song_ms: float) -> list[Row]:
    """Measure what one more file costs in a small and in a large catalogue."""
    cost = []
    for n in (100, 100_000):
        with Library.open(folder / f"grow{n}.db") as catalogue:
            fill(catalogue, n)
            cost.append(min(_bookkeeping(catalogue, 960, 10**7 + 960 * i) for i in range(3)))
    group = "Scan"
    slower = (song_ms - cost[0] + cost[1]) / song_ms
    return [
        Row(group, "catalogue's share of one file at 100 tracks", cost[0], "ms"),
        Row(group, "the same at 100,000 tracks", cost[1], "ms"),
        at_most(group, "a file at 100,000 tracks against one at 100", slower, "×", limit=1.01,
                note=f"of {song_ms:.0f} ms altogether, most of them listening"),
    ]  # fmt: skip


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
    gc.collect()


def rows() -> list[Row]:
    """Measure the library."""
    with _place() as folder:
        found, song_ms = scan_rows(folder)
    with _place() as folder:
        found += growth_rows(folder, song_ms)
    with _place() as folder:
        found += row_rows(folder)
    return found


if __name__ == "__main__":
    _ask(Path(sys.argv[1]))
