"""What the worker does for the window: looks through music, measures presets, stands back."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.nets import registry
from genredesk.training.data import songlist
from genredesk.training.evaluation import report, review
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import client, tasks

START = "genredesk-live"


def told(task, asked: dict) -> list[tuple[str, dict]]:
    """Run a task and return every event."""
    events: list[tuple[str, dict]] = []
    task(asked, JobContext(), lambda event, data: events.append((event, data)))
    return events


def test_a_song_in_no_genre_folder_repeats_nothing(folder):
    song = min((folder / "hum").iterdir())
    shutil.copyfile(song, folder / "stray.wav")
    events = told(tasks.look_through, {"folders": [str(folder)], "bundle": ""})
    found = [row for event, data in events if event == "found" for row in data["rows"]]
    assert ["stray.wav", ""] in [[row[0].rpartition(os.sep)[2], row[1]] for row in found]
    assert [data["rows"] for event, data in events if event == "repeated"] == [[]]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_folder_whose_name_is_no_unicode_has_a_label_that_is(folder):
    (folder / "hum").rename(os.fsdecode(os.fsencode(folder) + b"/h\xffm"))
    labels = {entry.label for entry in songlist.look([folder])}
    assert "h\ufffdm" in labels


def test_quick_is_measured_as_it_is_done():
    plan = {"mode": "quick", "bundle": START, "songs": "songs.json", "out": "model"}
    asked = {"plans": {"quick": plan}, "songs": 100, "seconds": 3000.0, "classes": 5}
    asked["start_s"] = 1.0
    ((_, fresh),) = told(_measured, asked)
    ((_, known),) = told(_measured, {**asked, "heard": START})
    assert fresh["parts"]["features"] > 0
    assert known["parts"]["features"] == 0, "the scan has them already"
    assert fresh["parts"]["export"] == 0, "the graph it began with is kept"
    assert fresh["seconds"] == pytest.approx(sum(fresh["parts"].values()))
    ((_, more),) = told(_measured, {**asked, "seconds": 30_000.0})
    assert more["parts"]["fit"] > fresh["parts"]["fit"]


def test_every_network_is_offered():
    found = tasks.list_networks({}, JobContext(), lambda *_: None)["networks"]
    assert [net["name"] for net in found] == list(registry.names())


def _measured(asked, ctx, tell):
    from genredesk.training.runs import probe

    return probe.measure(asked, ctx, tell)


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
    with client.WorkerProcess(client.TaskRequest("wait"), command, gentle=True) as process:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= max(own, client.NICENESS)
