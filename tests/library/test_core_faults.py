"""What can go wrong while scanning: broken files, dying workers, kills, full disks."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
import soundfile

from genredesk.core.errors import Cancelled, GenreDeskError
from genredesk.core.job import JobContext, Progress
from genredesk.library.catalogue import file_writes
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.catalogue.db import CatalogueError
from genredesk.library.catalogue.lock import FileLock
from genredesk.library.library import Library
from genredesk.library.scanning import discover, walk
from genredesk.library.scanning.featurecache import WindowCache
from genredesk.library.scanning.workers import SILENT, SPENT

KIT = Path(__file__).with_name("kit")
posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


def by_name(catalogue: Catalogue) -> dict:
    catalogue.index.refresh()
    return {r.path.name: r for r in catalogue.files.rows(catalogue.index.query())}


@pytest.fixture
def bad_one(music: Path, tone) -> Path:
    """The sound at which the arithmetic network misbehaves, in the middle of the others."""
    return tone(music / "disc 1" / "3 bad.flac", 500, level=0.99)


# ---------------------------------------------------------------- workers that die


@pytest.mark.parametrize(
    "case", [("crash", SPENT, 2), ("hang", SILENT, 1), ("raise", "", 0)], ids=lambda c: c[0]
)
def test_a_worker_that_dies_takes_one_file_with_it(catalogue, bad_one, run, case):
    bad, note, replaced = case
    path, music = bad_one, bad_one.parent.parent
    # long enough that a busy machine's pause is no silence, where silence is not what is tried
    stall_s = 4.0 if bad == "hang" else 60.0
    report = run(catalogue, music, bad=bad, stall_s=stall_s, workers=2)
    assert (report.analysed, report.failed, report.replaced) == (6, 1, replaced)
    rows = by_name(catalogue)
    assert rows[path.name].state == "failed"
    assert rows[path.name].note == note or "this is no music" in rows[path.name].note
    assert all(r.state == "analysed" for name, r in rows.items() if name != path.name)
    assert run(catalogue, bad=bad).failed == 0  # it is not tried again by itself


@posix
def test_workers_killed_from_outside_cost_no_file(catalogue, music, run, tone):
    for i in range(60):
        tone(music / f"more {i}.flac", 200 + 10 * i, 1.0)
    killed: list[int] = []

    def kill_one(told: Progress) -> None:
        if len(killed) < 3 and told.done > 12 * len(killed):
            mine = psutil.Process().children()
            for child in mine:
                if child.pid not in killed and "spawn_main" in " ".join(child.cmdline()):
                    killed.append(child.pid)
                    child.kill()
                    return

    report = run(catalogue, music, ctx=JobContext(kill_one), workers=2)
    assert len(killed) == 3
    assert (report.analysed, report.failed) == (66, 0)


def test_a_paused_scan_does_not_take_silence_for_death(catalogue, music, run):
    ctx = JobContext()
    seen = threading.Event()

    def hold(ids: list[int]) -> None:
        if not seen.is_set():
            seen.set()
            ctx.pause()
            threading.Timer(5.0, lambda: ctx.pause(False)).start()

    report = run(catalogue, music, ctx=ctx, on_batch=hold, stall_s=4.0, workers=1)
    assert (report.analysed, report.failed, report.replaced) == (6, 0, 0)


def test_a_cancel_does_not_wait_for_a_file(catalogue, music, bad_one, run):
    ctx = JobContext()
    threading.Timer(1.5, ctx.cancel).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        run(catalogue, music, ctx=ctx, bad="hang", stall_s=600)
    assert time.monotonic() - begin < 60
    assert by_name(catalogue)[bad_one.name].state == "found"


# ---------------------------------------------------------------- files that change


def test_files_that_vanish_while_they_are_scanned(catalogue, music, run, tone):
    for i in range(40):
        tone(music / f"more {i:02}.flac", 200 + 10 * i)
    gone: list[Path] = []

    def vanish(ids: list[int]) -> None:
        if not gone:
            gone.extend(sorted(music.glob("more *"))[20:])
            for path in gone:
                path.unlink()

    report = run(catalogue, music, on_batch=vanish)
    assert (report.analysed, report.failed, report.missing) == (26, 0, 20)
    rows = by_name(catalogue)
    assert {rows[p.name].state for p in gone} == {"missing"}
    assert catalogue.db.check() == []


def test_a_drive_that_is_pulled_out_is_offline_not_missing(catalogue, music, run, tmp_path):
    aside = tmp_path / "pulled"

    def pull(ids: list[int]) -> None:
        if music.exists():
            music.rename(aside)

    run(catalogue, music, on_batch=pull)
    assert {r.state for r in by_name(catalogue).values()} == {"offline"}
    aside.rename(music)
    assert run(catalogue).analysed == 6


def test_a_slow_network_folder_tells_how_far_it_is_and_can_be_left(
    catalogue, music, run, monkeypatch, tone
):
    """One folder answers after the other; what was found is told, and a cancel waits for one."""
    for i in range(5):
        tone(music / f"slow {i}" / "late.wav", 300 + i, 0.2)
    told: list[str] = []
    ctx = JobContext(lambda progress: told.append(progress.message))
    answered: list[bytes] = []

    def slow(folder: bytes, top: bytes, answer=walk._look_into):
        answered.append(folder)
        if b"slow 2" in folder:
            ctx.cancel()
        return answer(folder, top)

    with monkeypatch.context() as patch:
        patch.setattr(discover, "_TELL_S", -1.0)  # as if each folder took longer
        patch.setattr(walk, "_look_into", slow)
        with pytest.raises(Cancelled):
            run(catalogue, music, ctx=ctx)
    assert answered[-1].endswith(b"slow 2")
    assert told[-1] == "8 files found"
    assert run(catalogue).found == 11


def test_files_that_are_forgotten_or_moved_meanwhile(catalogue, music, run):
    (root,) = [catalogue.roots.add(music)]

    def forget(ids: list[int]) -> None:
        with catalogue.db.write() as w:
            w.execute("DELETE FROM file WHERE id <= 3")

    run(catalogue, on_batch=forget)
    assert len(by_name(catalogue)) == 3
    assert catalogue.db.check() == []
    assert root.path == music


# ---------------------------------------------------------------- fuzzed files


def seeds(folder: Path) -> list[bytes]:
    """Make a tenth of a second of sound in every common format."""
    folder.mkdir()
    t = np.arange(2205) / 22050
    sound = (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    made = []
    for name, subtype in (("a.wav", "PCM_16"), ("b.wav", "FLOAT"), ("c.flac", "PCM_16"),
                          ("d.mp3", "MPEG_LAYER_III"), ("e.ogg", "VORBIS"),
                          ("f.aiff", "PCM_16")):  # fmt: skip
        soundfile.write(folder / name, sound, 22050, subtype=subtype)
        made.append((folder / name).read_bytes())
    for name, codec, rate in (("g.m4a", "aac", 44100), ("h.opus", "libopus", 48000)):
        with av.open(str(folder / name), "w") as out:
            stream = out.add_stream(codec, rate=rate, layout="mono")
            fit = av.AudioResampler(stream.codec_context.codec.audio_formats[0].name, "mono", rate)
            frame = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            frame.sample_rate = 22050
            for piece in [*fit.resample(frame), *fit.resample(None)]:
                out.mux(stream.encode(piece))
            out.mux(stream.encode())
        made.append((folder / name).read_bytes())
    return made


SUFFIXES = (".wav", ".wav", ".flac", ".mp3", ".ogg", ".aiff", ".m4a", ".opus")


def mutant(rng: random.Random, raw: bytes) -> bytes:
    data = bytearray(raw)
    kind = rng.randrange(6)
    if kind == 0:  # cut
        return bytes(data[: rng.randrange(len(data))])
    if kind == 1:  # a hole
        begin = rng.randrange(len(data))
        return bytes(data[:begin] + data[begin + rng.randrange(1, 200) :])
    if kind == 2:  # a header with other numbers
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(min(64, len(data)))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
    elif kind == 3:  # noise
        for _ in range(rng.randrange(1, 40)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif kind == 4:  # a repeated piece
        begin = rng.randrange(len(data))
        data[begin:begin] = data[begin : begin + rng.randrange(1, 300)] * rng.randrange(1, 8)
    else:  # large numbers where sizes may stand
        begin = rng.randrange(max(1, len(data) - 4))
        data[begin : begin + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4)])
    return bytes(data)


@pytest.mark.slow
def test_two_thousand_mutants_of_real_files(catalogue, run, tmp_path, tone):
    folder = tmp_path / "music"
    originals = seeds(folder)
    rng = random.Random(5)
    n = 2000
    for i in range(n):
        k = i % len(originals)
        (folder / f"m{i:04}{SUFFIXES[k]}").write_bytes(mutant(rng, originals[k]))
    tone(folder / "zz last.flac")
    report = run(catalogue, folder, workers=2, stall_s=15, cache_bytes=0)
    whole = n + len(originals) + 1
    assert report.found == whole
    assert report.analysed + report.failed == whole, report
    assert report.analysed > len(originals)
    rows = by_name(catalogue)
    assert rows["zz last.flac"].heard == "middle"
    assert all(rows[name].state == "analysed" for name in ("a.wav", "c.flac", "d.mp3", "g.m4a"))
    assert all(r.note.endswith(".") for r in rows.values() if r.state == "failed")
    assert catalogue.db.check() == []


# ---------------------------------------------------------------- kills

KILLS = 200 if os.environ.get("GENREDESK_ALL_KILLS") else 12


def started(music: Path, *db: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(KIT), *sys.path])}
    return subprocess.Popen(
        [sys.executable, "-m", "library_kit", str(music), *map(str, db)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def gone_with_their_parent(pids: list[int]) -> None:
    """Wait until a killed scan's workers have noticed; whoever reaps the dead may take its time."""
    deadline = time.monotonic() + 120
    while any(_status(pid) != psutil.STATUS_ZOMBIE for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _status(pid: int) -> str:
    try:
        return psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return psutil.STATUS_ZOMBIE


@posix
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_between_any_two_statements_it_loses_nothing(tmp_path, tone):
    music = tmp_path / "music"
    for i in range(30):
        tone(music / f"{i:02}.flac", 200 + 40 * i, 0.2)
    before = {p.name: p.read_bytes() for p in music.iterdir()}
    with started(music) as scans:

        def scan(db: Path, statement: int = 0) -> tuple[str, list[int]]:
            """Scan, killed before a statement: who was at work, or how many there were."""
            assert scans.stdin is not None
            assert scans.stdout is not None
            scans.stdin.write(f"{statement} {db}\n")
            scans.stdin.flush()
            end, *numbers = scans.stdout.readline().split()
            return end, [int(n) for n in numbers]

        end, (whole,) = scan(tmp_path / "measure.db")
        assert end == "whole"
        rng = random.Random(11)
        db, killed, finished, busy = tmp_path / "0.db", 0, 0, 0
        progress: list[int] = []
        while killed < KILLS:
            end, at_work = scan(db, rng.randrange(1, whole))
            if end == "killed":
                gone_with_their_parent(at_work)
                killed += 1
                busy += len(at_work) > 1
            with Library.open(db) as catalogue:
                assert catalogue.db.check() == []
                done = len(catalogue.index.query("state:analysed"))
                assert done >= (progress[-1] if progress else 0)
                progress.append(done)
            if done == len(before):
                finished += 1
                db, progress = tmp_path / f"{finished}.db", []
        assert busy >= KILLS // 4  # while workers listened
        assert scan(db)[0] == "whole"
        scans.communicate()
    with Library.open(db) as catalogue:
        assert len(catalogue.index.query("state:analysed")) == len(before)
        assert catalogue.db.check() == []
    assert {p.name: p.read_bytes() for p in music.iterdir()} == before


# ---------------------------------------------------------------- full disks, other programs


@pytest.mark.parametrize("step", ["add_file", "keep_report", "known_files"])
def test_a_disk_that_fills_up_while_scanning(catalogue, music, run, monkeypatch, step):
    """SQLite meets its limit of pages at each step, which is what a full disk says to it."""
    connection = catalogue.db.connection()

    def full(*_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        connection.execute("CREATE TABLE more AS SELECT zeroblob(100000) AS x")

    catalogue.roots.add(music)
    with monkeypatch.context() as patch:
        patch.setattr(file_writes, step, full)
        with pytest.raises(CatalogueError, match=r"disk is full.*what was done stays"):
            run(catalogue)
    connection.execute("PRAGMA max_page_count = 1000000000")
    assert catalogue.db.check() == []
    assert run(catalogue).analysed == 6


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="a file system of its own, made by root")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to mount")
def test_a_file_system_that_is_really_full(tmp_path, music, run, tone):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this system does not let a file system be mounted")
    try:
        for i in range(300):
            (music / f"{'long name ' * 15}{i}.flac").write_bytes(b"x" * i)
        with Library.open(place / "library.db") as catalogue:
            cache = place / "cache"
            with pytest.raises(GenreDeskError, match="disk is full"):
                run(catalogue, music, cache_folder=cache)
            assert catalogue.db.check() == []
        for path in music.glob("long*"):
            path.unlink()
        subprocess.run(["mount", "-o", "remount,size=20m", str(place)], check=True)
        with Library.open(place / "library.db") as catalogue:
            assert run(catalogue, cache_folder=cache).failed == 0
            assert len(catalogue.index.query("state:analysed")) == 6
            assert catalogue.db.check() == []
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_cache_that_cannot_be_written_is_no_fault(catalogue, music, run, tmp_path):
    (tmp_path / "features").write_bytes(b"a file where the folder should be")
    assert run(catalogue, music).analysed == 6


def test_two_programs_scan_the_same_catalogue(tmp_path, music):
    db = tmp_path / "library.db"
    Library.open(db).close()
    both = [started(music, db) for _ in range(2)]
    ends = []
    for one in both:
        _, said = one.communicate()
        ends.append((one.returncode, "scanning this library already" in said))
    assert (0, False) in ends
    assert set(ends) <= {(0, False), (1, True)}  # one after the other, or one was told to wait
    with Library.open(db) as catalogue:
        assert len(catalogue.index.query("state:analysed")) == 6
        assert catalogue.db.check() == []


def test_another_program_that_holds_the_catalogue_is_waited_for(catalogue, music, run):
    lock = FileLock(catalogue.db.path.with_name(catalogue.db.path.name + ".scan"))
    ready, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with catalogue.db.write():
            ready.set()
            let_go.wait(20)

    other = threading.Thread(target=hold)
    other.start()
    ready.wait(10)
    threading.Timer(0.5, let_go.set).start()
    assert run(catalogue, music).analysed == 6
    other.join()
    assert lock.take()
    lock.release()


# ---------------------------------------------------------------- the cache of features


def test_the_cache_is_bounded_and_forgets_what_is_damaged(tmp_path):
    from genredesk.core.heard import Features

    cache = WindowCache(tmp_path / "cache", limit_bytes=200_000)
    part = Features(np.zeros((2, 1, 50, 50), np.float16), np.zeros(2, np.float32))
    for i in range(40):
        assert cache.store(bytes([i]) * 20, "f" * 64, [part, part])
    assert cache.trim() <= 200_000
    newest = bytes([39]) * 20
    found = cache.load(newest, "f" * 64)
    assert found is not None
    assert found.windows.shape == (4, 1, 50, 50)
    assert cache.load(newest, "e" * 64) is None
    assert cache.load(bytes([0]) * 20, "f" * 64) is None
    for path in cache.folder.rglob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    assert cache.load(newest, "f" * 64) is None
    large = Features(np.zeros((99, 1, 99, 99), np.float16), np.zeros(99, np.float32))
    assert not cache.store(newest, "f" * 64, [large])
    assert not WindowCache(tmp_path / "none", 0).store(newest, "f" * 64, [part])
    shutil.rmtree(cache.folder)
