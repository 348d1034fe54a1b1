"""Killed at any moment, a training goes on to the very network it would have made undisturbed.

It is killed once in each part; ``GENREDESK_KILLS=50`` asks for that many random moments instead.
"""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs.client import WorkerProcess
from genredesk.training.runs.messages import (
    EpochEvent,
    Event,
    FailedEvent,
    FinishingEvent,
    ScanEvent,
    TrainingDone,
)

KILLS = int(os.environ.get("GENREDESK_KILLS", "0"))
PARTS = (ScanEvent, EpochEvent, EpochEvent, FinishingEvent)
"""What it has just told when it is killed, if nobody asks for random moments."""
ALTERED = {"crops": 4, "wave_pitch": 1.0, "wave_copies": 1}

pytestmark = [pytest.mark.timeout(180 + 120 * KILLS), pytest.mark.usefixtures("warm")]


def kill(pid: int) -> None:
    """Kill the worker as the system does; it may have ended a moment before."""
    try:
        psutil.Process(pid).kill()
    except psutil.NoSuchProcess:
        return


def run(
    plan: TrainPlan,
    *,
    early_s: float | None = None,
    late_s: float | None = None,
    told: type[Event] | None = None,
) -> Event | None:
    """Run a worker, killed so long after its start or first event, or at an event; its last one."""
    with WorkerProcess(plan) as child:
        timers = [threading.Timer(early_s or 0.0, kill, (child.pid,))] if early_s else []
        for timer in timers:
            timer.start()
        last = None
        for event in child.events():
            if last is None and late_s is not None:
                timers.append(threading.Timer(late_s, kill, (child.pid,)))
                timers[-1].start()
            if told is not None and isinstance(event, told):
                kill(child.pid)
            last = event
        for timer in timers:
            timer.cancel()
            timer.join()
    return last


def moments(dice: random.Random, start_s: float, rest_s: float) -> Iterator[dict[str, Any]]:
    """Tell when to kill, for :func:`run`; random moments go on for ever."""
    if not KILLS:
        yield {"early_s": 0.01}
        yield from ({"told": kind} for kind in PARTS)
    while KILLS:
        if dice.random() < 0.2:
            yield {"early_s": dice.uniform(0.01, start_s)}
        else:
            yield {"late_s": dice.uniform(0.0, rest_s)}


def weights(out: Path) -> str:
    made = bundles.load(out)
    install.verify(made)
    return made.card.files[bundles.WEIGHTS]


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_as_if_left_alone(folder, tmp_path, home):
    def plan(name: str) -> TrainPlan:
        return TrainPlan(
            out=str(tmp_path / "out" / name), folder=str(folder), epochs=4, batch=16, threads=1,
            network="live-small", recipe="live", device="cpu", changes=ALTERED, resume=True,
        )  # fmt: skip

    began = time.monotonic()
    with WorkerProcess(plan("whole")) as child:
        events = [(time.monotonic() - began, event) for event in child.events()]
    assert isinstance(events[-1][1], TrainingDone), events[-1]
    start_s, whole_s = events[0][0], events[-1][0]
    expected = weights(tmp_path / "out" / "whole")
    shutil.rmtree(tmp_path / "out")

    out, dice, deaths, resumed = tmp_path / "out" / "killed", random.Random(KILLS), 0, 0
    for moment in moments(dice, start_s, whole_s - start_s):
        last = run(plan("killed"), **moment)
        deaths += isinstance(last, FailedEvent) and "unexpectedly" in last.message
        if out.parent.exists():
            assert visible(out.parent) <= {"killed", "killed.run"}
        if out.exists():
            assert weights(out) == expected
            assert "report.html" in visible(plan("killed").run_dir)
            shutil.rmtree(out.parent)
            if dice.random() < 0.5:
                shutil.rmtree(home)  # the features go, too
        else:
            assert isinstance(last, FailedEvent), last
            assert "unexpectedly" in last.message, last
            resumed += plan("killed").checkpoint.exists()
        if deaths == (KILLS or 1 + len(PARTS)):
            break
    assert deaths == (KILLS or 1 + len(PARTS))
    if not out.exists():
        last = run(plan("killed"))
        assert isinstance(last, TrainingDone), last
        assert weights(out) == expected
    assert resumed > deaths // 5  # most fell into the training itself
