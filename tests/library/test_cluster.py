"""A scan whose files are listened to by a Dask cluster: the same rows, and what can go wrong."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from genredesk.library.library import Library
from genredesk.library.records import AnalysisJob, AnalysisReport
from genredesk.library.scanning import cluster
from genredesk.library.scanning.workers import WorkersError, WorkerSetup

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.xdist_group("cluster"),
]


@pytest.fixture(scope="module")
def scheduler(kit, tmp_path_factory) -> Iterator[str]:
    """Address of a scheduler with two workers that somebody else has started."""
    place = tmp_path_factory.mktemp("dask")
    file = place / "scheduler.json"
    env = {**os.environ, "PYTHONPATH": str(Path(kit.__file__).parent), "TMPDIR": str(place)}
    started = []
    for what in (
        f"scheduler --host 127.0.0.1 --port 0 --no-dashboard --scheduler-file {file}",
        "worker --host 127.0.0.1 --nworkers 2 --nthreads 1 --no-dashboard "
        f"--scheduler-file {file} --local-directory {place}",
    ):
        run = f"{sys.executable} -m dask {what} >>{place}/log 2>&1 & echo $!"
        done = subprocess.run(
            ["sh", "-c", run], env=env, stdout=subprocess.PIPE, check=True, text=True
        )  # the shell ends: they belong to nobody here
        started.append(psutil.Process(int(done.stdout)))
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until, (place / "log").read_text()
        time.sleep(0.05)
    address = json.loads(file.read_text())["address"]
    with distributed.Client(address) as client:
        client.wait_for_workers(2, timeout=60)
    yield address
    for process in reversed(started):
        for one in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def rows_of(catalogue: Library) -> dict[str, tuple]:
    catalogue.index.refresh()
    return {
        r.path.name: (r.state, r.answer, r.heard, r.score, r.seconds, r.genres, r.note)
        for r in catalogue.files.rows(catalogue.index.query())
    }


def test_rows_are_those_of_a_local_scan_and_a_deadly_file_is_set_aside(
    scheduler, catalogue, music, tone, run
) -> None:
    bad = tone(music / "disc 1" / "3 bad.flac", 500, level=0.99)
    said: list[str] = []
    report = run(
        catalogue, music, bad="crash", pool=lambda s: cluster.connect(s, scheduler, said.append)
    )
    assert (report.analysed, report.failed) == (6, 1)
    assert report.replaced >= cluster.MOST_DEATHS
    assert said[0].startswith(f"2 workers at {scheduler}")
    far = rows_of(catalogue)
    assert far.pop(bad.name)[-1] == cluster.LOST
    bad.unlink()
    with Library.open(music.parent / "near.db") as near:
        run(near, music)
        assert far == rows_of(near)


def test_a_file_that_never_ends_is_set_aside(scheduler, catalogue, tone, run, tmp_path) -> None:
    tone(tmp_path / "m" / "bad.flac", 500, level=0.99)
    report = run(
        catalogue, tmp_path / "m", bad="hang", stall_s=0.5,
        pool=lambda s: cluster.connect(s, scheduler),
    )  # fmt: skip
    assert report.failed == 1
    assert rows_of(catalogue)["bad.flac"][-1] == cluster.LOST


def reports(workers: cluster.ClusterWorkers) -> list[AnalysisReport]:
    found: list[AnalysisReport] = []
    until = time.monotonic() + 60
    while workers.busy and time.monotonic() < until:
        found += workers.reports(0.2)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_worker_that_does_not_see_the_music_ends_the_scan(
    scheduler, kit, tone, tmp_path, monkeypatch
) -> None:
    """Otherwise every file would be missing from then on."""
    tone(tmp_path / "a.flac", 440)
    monkeypatch.chdir(tmp_path)
    with cluster.connect(WorkerSetup(kit.ToneScore()), scheduler) as workers:
        workers.give(AnalysisJob(1, b"/proc/self/cwd/a.flac"))
        with pytest.raises(WorkersError, match=r"does not see /proc/self/cwd/a\.flac"):
            reports(workers)
        workers.give(AnalysisJob(2, os.fsencode(tmp_path / "never.flac")))
        assert [r.gone for r in reports(workers)] == [True]


def test_what_is_wrong_with_a_cluster_is_said(scheduler, kit, monkeypatch) -> None:
    setup = WorkerSetup(kit.ToneScore(fingerprint="broken", broken=True))
    with cluster.connect(setup, scheduler) as workers:
        workers.give(AnalysisJob(1, b"/a.flac"))
        with pytest.raises(WorkersError, match=r"cannot analyze: .*the network is broken"):
            reports(workers)
    with pytest.raises(WorkersError, match="no scheduler answers there"):
        cluster.connect(setup, "tcp://127.0.0.1:9")
    with pytest.raises(WorkersError, match="no scheduler answers there"):
        cluster.connect(setup, "nonsense")
    monkeypatch.setattr(cluster, "__version__", "99")
    with pytest.raises(WorkersError, match=r"has GenreDesk .*, here it is 99"):
        cluster.connect(setup, scheduler)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkersError, match=r"genredesk\[cluster\]"):
        cluster.connect(setup, scheduler)
