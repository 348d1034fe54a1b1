"""The child process: it speaks JSON lines, obeys, and can be killed without harm."""

from __future__ import annotations

import io
import json
import sys

import psutil
import pytest

from genredesk.core.job import Progress
from genredesk.inference import bundle as bundles
from genredesk.training.data.problem import Problem
from genredesk.training.plan import recipe
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import messages, wire, worker
from genredesk.training.runs.client import WorkerProcess
from genredesk.training.runs.messages import (
    EpochEvent,
    FailedEvent,
    NoteEvent,
    TrainingDone,
    WorkerCommand,
)


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


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
def test_killed_worker_resumes_to_the_same_bundle(trained, make_plan):
    """Killed by the system after its first epoch, it ends as the one that was left alone."""
    asked = make_plan("killed")
    with WorkerProcess(asked) as child:
        for event in child.events():
            if isinstance(event, EpochEvent):
                psutil.Process(child.pid).kill()
        last = event
    assert isinstance(last, FailedEvent)
    assert "Resume" in last.message
    assert asked.checkpoint.is_file()
    with WorkerProcess(make_plan("killed", resume=True)) as child:
        events = list(child.events())
    assert isinstance(events[-1], TrainingDone), events[-1]
    resumed = bundles.load(events[-1].bundle)
    weights = resumed.card.files[bundles.WEIGHTS]
    assert weights == trained.made.bundle.card.files[bundles.WEIGHTS]
    assert {type(e) for e in events} >= {NoteEvent, EpochEvent, Progress, TrainingDone}


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
def test_it_obeys(make_plan):
    """Paused, let go, stopped: the best so far becomes a bundle."""
    with WorkerProcess(make_plan(epochs=200)) as child:
        child.tell(WorkerCommand.PAUSE)
        child.tell(WorkerCommand.GO)
        child._send('{"do": "nonsense"}')
        child._send("no JSON")
        epochs = 0
        for event in child.events():
            if isinstance(event, EpochEvent):
                epochs += 1
                child.tell(WorkerCommand.STOP)
        assert isinstance(event, TrainingDone)
    assert 1 <= epochs < 100


def test_process_that_dies_at_once_is_explained(make_plan):
    command = [sys.executable, "-c", "import sys; sys.exit('no torch here')"]
    with WorkerProcess(make_plan(), command) as child:
        events = list(child.events())
    assert [type(event) for event in events] == [FailedEvent]
    assert "no torch here" in events[0].message


SAID = [
    ("no JSON", "is no JSON"),
    ("[1]", "no JSON object"),
    ('{"event": "dance"}', "told of 'dance'"),
    ('{"event": "note"}', "does not say its text"),
    ('{"event": "note", "text": 1}', "its text has the wrong type"),
    ('{"event": "note", "text": "", "tone": 1}', "unknown field, tone"),
    ('{"event": "found", "rows": [["a", "b"]]}', "its rows has the wrong type"),
]


@pytest.mark.parametrize(("line", "why"), SAID)
def test_what_is_no_event_ends_it_with_a_sentence(make_plan, line, why):
    command = [sys.executable, "-c", f"print({line!r}, flush=True); input(); input()"]
    with WorkerProcess(make_plan(), command) as child:
        (event,) = child.events()
    assert isinstance(event, FailedEvent)
    assert why in event.message


def test_every_message_travels_whole():
    """Each request, command and event is the same on the other side."""
    plan = TrainPlan(out="x", changes={"lr": 0.1})
    song = messages.ListedSong("a.wav", "hum", "", "valid")
    tasks = [
        messages.ScanTask(["a"], [("b", "hum")], "live"), messages.NetworksTask(),
        messages.MeasureTask({"quick": plan}, 3, 9.5, 2, "", [song]),
        messages.PieceTask("b", "hum", 2.0, "o", 1),
    ]  # fmt: skip
    for request in (plan, *tasks):
        assert wire.read_request(wire.write_request(request)) == request
    for command in WorkerCommand:
        assert wire.read_command(wire.write_command(command)) is command
    numbers = (1, 2, 0.5, 0.25, None, 0.5, 0.1, 3.0, True)
    wrong = messages.WrongSong("a", "hum", "knock", 0.5)
    takes = messages.PlanEstimate(1.0, {"fit": 1.0}, 2, 3, "cpu", "", 4, 5, False, 6, {})
    amount = {"hum": messages.ClassAmount(2, 0.5)}
    problem = Problem("a", "short", "it is short")
    on_the_way = [
        Progress(1.0, 2.0, "m"), NoteEvent("n"), recipe.get("live"), EpochEvent(*numbers, trial=2),
        messages.RefitEvent(*numbers), messages.FinishingEvent(), messages.SplitEvent("p", 1, 2),
        messages.ScanEvent("f", amount, 2, 0.5, 1.0, (problem,), 1, {"limit": 1}),
        messages.ValidEvent(1, ("a", "b"), [[1, 0], [0, 1]], (wrong,), 1, 2),
        messages.TrialEvent(1, {"lr": 0.1}, 0.5, 1, 1.0, "done", 0.0),
        messages.FoundEvent((song,)), messages.MeasuredEvent("quick", takes),
        messages.ExaminedEvent((messages.ExaminedSong(0, 1.0, -20.0, "", "", "", ""),)),
        messages.RepeatedEvent((messages.RepeatedSong(0, "k", "r", "f", -1),)),
        messages.TriedEvent((messages.EarsScore(2, 0.5, (0.1, 0.9), 8),)),
        messages.CancelledEvent(), FailedEvent("why"), TrainingDone("b", "i", "r", {"n": [1]}),
    ]  # fmt: skip
    for event in on_the_way:
        assert wire.read_event(wire.write_event(event), plan) == event
    net = messages.NetworkFacts("n", "t", "p", "", 1, "live", 1.5, {"depth": 2, "pool": [2, 4]})
    done = messages.ScanDone(1, 2.0, 3.0), messages.NetworksDone((net,)), messages.DoneEvent()
    for request, event in zip(tasks, (*done, messages.PieceDone("p", 1.0, "noise")), strict=True):
        assert wire.read_event(wire.write_event(event), request) == event


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
def test_close_ends_a_busy_worker(make_plan):
    child = WorkerProcess(make_plan(epochs=500))
    next(child.events())
    child.close()
    assert not psutil.pid_exists(child.pid)
