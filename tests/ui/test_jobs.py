"""Long work off the UI thread: its ends, its order, its lanes, and the crossing of threads."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QThread

from genredesk.core.errors import DataError
from genredesk.core.job import Progress
from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.jobs import Job, JobRunner


@pytest.fixture
def jobs(qtbot):
    runner = JobRunner()
    yield runner
    assert runner.close()


def test_done_comes_after_everything_it_said(jobs, qtbot):
    said: list[object] = []

    def work(job: Job) -> str:
        for i in range(100):
            job.part(i)
        job.context.progress(1, 1, "ready")
        return "value"

    job = jobs.start(
        "counting",
        work,
        on_part=said.append,
        on_progress=said.append,
        on_done=said.append,
    )
    with qtbot.waitSignal(job.ended, timeout=5000):
        pass
    assert said == [*range(100), Progress(1, 1, "ready"), "value"]


def test_callbacks_run_on_the_ui_thread_and_work_does_not(jobs, qtbot):
    threads: dict[str, object] = {}

    def done(_: object) -> None:
        threads["callback"] = threading.get_ident()

    def work(_job: Job) -> None:
        threads["work"] = threading.get_ident()

    job = jobs.start("looking", work, on_done=done)
    with qtbot.waitSignal(job.ended, timeout=5000):
        pass
    assert threads["callback"] == threading.get_ident()
    assert threads["work"] != threading.get_ident()


def test_an_expected_failure_keeps_its_sentence(jobs, qtbot):
    def work(_job: Job) -> None:
        raise DataError("The folder is empty. Put music into it.")

    job = jobs.start("reading", work)
    with qtbot.waitSignal(job.failed, timeout=5000) as told:
        pass
    assert told.args[0] == "The folder is empty. Put music into it."


def test_a_defect_says_what_was_being_done(jobs, qtbot, caplog):
    job = jobs.start("dividing", lambda _job: 1 / 0)
    with qtbot.waitSignal(job.failed, timeout=5000) as told:
        pass
    assert "dividing" in told.args[0]
    assert "ZeroDivisionError" in told.args[0]
    assert "dividing failed" in caplog.text


def test_cancel_ends_it_once(jobs, qtbot):
    ends: list[str] = []
    begun = threading.Event()

    def work(job: Job) -> None:
        begun.set()
        while True:
            job.context.checkpoint()

    job = jobs.start("waiting", work, on_done=lambda _: ends.append("done"))
    job.cancelled.connect(lambda: ends.append("cancelled"))
    assert begun.wait(5)
    with qtbot.waitSignal(job.ended, timeout=5000):
        job.cancel()
    assert ends == ["cancelled"]


def test_a_lane_keeps_the_order_and_lanes_do_not_wait_for_each_other(jobs, qtbot):
    order: list[str] = []
    gate = threading.Event()

    def first(_job: Job) -> None:
        assert gate.wait(5)
        order.append("first")

    jobs.start("first", first, lane="one")
    last = jobs.start("second", lambda _job: order.append("second"), lane="one")
    other = jobs.start("other", lambda _job: order.append("other"), lane="two")
    with qtbot.waitSignal(other.ended, timeout=5000):
        pass
    with qtbot.waitSignal(last.ended, timeout=5000):
        gate.set()
    assert order == ["other", "first", "second"]


def test_close_cancels_and_joins_but_finishes_what_must(qtbot):
    runner = JobRunner()
    finished: list[str] = []
    begun = threading.Event()

    def endless(job: Job) -> None:
        begun.set()
        while True:
            job.context.checkpoint()

    runner.start("endless", endless)
    assert begun.wait(5)
    for name in ("a", "b"):
        runner.start(name, lambda _job, n=name: finished.append(n), lane="closing")
    assert runner.close(but_finish=("closing",))
    assert finished == ["a", "b"]
    late = runner.start("late", lambda _job: finished.append("late"))
    assert late.context.cancelled
    assert finished == ["a", "b"]


def test_the_bridge_delivers_on_the_ui_thread(qtbot):
    bridge = Bridge()
    seen: list[object] = []
    bridge.problem.connect(lambda text: seen.append((text, QThread.currentThread())))
    thread = threading.Thread(target=bridge.on_problem, args=("trouble",))
    with qtbot.waitSignal(bridge.problem, timeout=5000):
        thread.start()
    thread.join()
    assert seen == [("trouble", bridge.thread())]


def test_a_closed_bridge_is_silent(qtbot):
    bridge = Bridge()
    seen: list[str] = []
    bridge.problem.connect(seen.append)
    bridge.on_problem("on its way")
    bridge.close()
    bridge.on_problem("too late")
    qtbot.wait(10)
    assert seen == []


def test_what_is_made_as_the_window_closes_is_let_go_and_nobody_takes_it(qtbot):
    runner, taken, lost = JobRunner(), [], []
    runner.start("making", lambda _job: "too late", on_done=taken.append, on_lost=lost.append)
    assert runner.close(but_finish=("making",))  # no event was delivered meanwhile
    qtbot.wait(1)
    assert (taken, lost) == ([], ["too late"])


LATE = """
import atexit, threading, time
from genredesk.ui.services import jobs
ended, go = threading.Event(), threading.Event()
def work():
    go.wait()
    time.sleep(0.3)
    ended.set()
threading.Thread(target=work, name="genredesk-late", daemon=True).start()
atexit.register(lambda: print(ended.is_set()))  # called after what is registered later
atexit.register(jobs.wait_for_threads)
atexit.register(go.set)
"""


def test_the_process_waits_for_a_thread_that_a_closed_window_left():
    done = subprocess.run(
        [sys.executable, "-c", LATE], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "True\n"
