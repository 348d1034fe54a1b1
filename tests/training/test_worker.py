"""The child process: it speaks JSON lines, obeys, and can be killed without harm."""

from __future__ import annotations

import io
import json
import sys

import psutil
import pytest

from genredesk.inference import bundle as bundles
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import worker
from genredesk.training.runs.client import WorkerProcess


def speak(*lines: str) -> tuple[int, list[dict]]:
    out = io.StringIO()
    status = worker.serve(io.StringIO("".join(line + "\n" for line in lines)), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("line", ["", "not json", "[]", '{"out": 1}', '{"out": "/tmp/Bad One"}'])
def test_plan_that_is_none_fails_in_a_sentence(line):
    status, events = speak(line)
    assert status == 1
    assert events[-1]["event"] == "failed"
    assert "defect" not in events[-1]["message"]


def test_defect_is_reported_as_one(monkeypatch, capsys):
    monkeypatch.setattr(worker, "_train", lambda *_: 1 / 0)
    status, events = speak(TrainPlan(out="x").to_json())
    assert status == 1
    assert "ZeroDivisionError" in events[-1]["message"]
    assert "Traceback" in capsys.readouterr().err


def test_it_cancels_when_its_owner_is_gone(make_plan):
    status, events = speak(make_plan(epochs=50).to_json())  # and then the input ends
    assert status == 130
    assert events[-1]["event"] == "cancelled"


def test_killed_worker_resumes_to_the_same_bundle(trained, make_plan):
    """Killed by the system after its first epoch, it ends as the one that was left alone."""
    asked = make_plan("killed")
    with WorkerProcess(asked) as child:
        for event in child.events():
            if event["event"] == "epoch":
                psutil.Process(child.pid).kill()
        last = event
    assert last["event"] == "failed"
    assert "Resume" in last["message"]
    assert asked.checkpoint.is_file()
    with WorkerProcess(make_plan("killed", resume=True)) as child:
        events = list(child.events())
    assert events[-1]["event"] == "done", events[-1]
    resumed = bundles.load(events[-1]["bundle"])
    weights = resumed.card.files[bundles.WEIGHTS]
    assert weights == trained.made.bundle.card.files[bundles.WEIGHTS]
    assert {e["event"] for e in events} >= {"note", "epoch", "progress", "done"}


def test_it_obeys(make_plan):
    """Paused, let go, stopped: the best so far becomes a bundle."""
    with WorkerProcess(make_plan(epochs=200)) as child:
        child.tell("pause")
        child.tell("go")
        child.tell("nonsense")
        epochs = 0
        for event in child.events():
            if event["event"] == "epoch":
                epochs += 1
                child.tell("stop")
        assert event["event"] == "done"
    assert 1 <= epochs < 100


def test_process_that_dies_at_once_is_explained(make_plan):
    command = [sys.executable, "-c", "import sys; sys.exit('no torch here')"]
    with WorkerProcess(make_plan(), command) as child:
        events = list(child.events())
    assert [event["event"] for event in events] == ["failed"]
    assert "no torch here" in events[0]["message"]


def test_close_ends_a_busy_worker(make_plan):
    child = WorkerProcess(make_plan(epochs=500))
    next(child.events())
    child.close()
    assert not psutil.pid_exists(child.pid)
