"""What the worker does for the window: looks through music, measures presets, stands back."""

from __future__ import annotations

import dataclasses
import itertools
import os
import shutil
import sys
from types import SimpleNamespace

import pytest

from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.nets import registry
from genredesk.training.data import songlist
from genredesk.training.evaluation import report, review
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import client, tasks
from genredesk.training.runs.messages import (
    Event,
    FoundEvent,
    MeasuredEvent,
    MeasureTask,
    NetworksTask,
    PlanEstimate,
    RepeatedEvent,
    ScanTask,
    Task,
)

START = "genredesk-live"


def told(asked: Task) -> list[Event]:
    """Run a task and return every event."""
    events: list[Event] = []
    tasks.run(asked, JobContext(), events.append)
    return events


def test_a_song_in_no_genre_folder_repeats_nothing(folder):
    song = min((folder / "hum").iterdir())
    shutil.copyfile(song, folder / "stray.wav")
    events = told(ScanTask([str(folder)]))
    found = [row for event in events if isinstance(event, FoundEvent) for row in event.rows]
    assert ["stray.wav", ""] in [[row.path.rpartition(os.sep)[2], row.label] for row in found]
    assert [event.rows for event in events if isinstance(event, RepeatedEvent)] == [()]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_folder_whose_name_is_no_unicode_has_a_label_that_is(folder):
    (folder / "hum").rename(os.fsdecode(os.fsencode(folder) + b"/h\xffm"))
    labels = {entry.label for entry in songlist.look([folder])}
    assert "h\ufffdm" in labels


def test_quick_is_measured_as_it_is_done(monkeypatch):
    ticks = itertools.count()  # every look at the clock is a second later, however busy it is
    clock = SimpleNamespace(perf_counter=lambda: float(next(ticks)))
    monkeypatch.setattr("genredesk.training.runs.probe.time", clock)
    plan = TrainPlan(mode="quick", bundle=START, songs="songs.json", out="model")
    asked = MeasureTask({"quick": plan}, songs=100, seconds=3000.0, classes=5)
    fresh = _measured(asked)
    known = _measured(dataclasses.replace(asked, heard=START))
    assert fresh.parts["features"] > 0
    assert known.parts["features"] == 0, "the scan has them already"
    assert fresh.parts["export"] == 0, "the graph it began with is kept"
    assert fresh.seconds == pytest.approx(sum(fresh.parts.values()))
    more = _measured(dataclasses.replace(asked, seconds=30_000.0))
    assert more.parts["fit"] > fresh.parts["fit"]


def test_every_network_is_offered():
    found = tasks.list_networks().networks
    assert [net.name for net in found] == list(registry.names())


def _measured(asked: MeasureTask) -> PlanEstimate:
    (event,) = told(asked)
    assert isinstance(event, MeasuredEvent)
    assert event.estimate is not None
    return event.estimate


def test_what_the_model_begun_with_learned_from_is_told():
    quick = TrainPlan(mode="quick", bundle=START, songs="songs.json", out="model")
    begun = review.begun_with(quick)
    assert begun["weights"]
    assert begun["data"] == bundles.find(START).card.data
    scratch = TrainPlan(mode="scratch", network="live", compare=START, songs="s", out="model")
    assert not review.begun_with(scratch)["weights"]
    assert review.begun_with(TrainPlan(mode="scratch", network="live", songs="s", out="m")) is None
    page = report._beside({"begun_with": begun})
    assert "GTZAN" in page
    assert "flatter" in page


@pytest.mark.skipif(sys.platform == "win32", reason="priorities have other names there")
def test_a_gentle_worker_stands_back():
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with client.WorkerProcess(NetworksTask(), command, gentle=True) as process:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= max(own, client.NICENESS)
