"""The real window in a process of its own: does one thing, prints one line of JSON, ends.

python -m benchmarks._window start
python -m benchmarks._window bare                  # an empty window of the same libraries
python -m benchmarks._window live SECONDS FILE     # plays; CPU, memory, frames
python -m benchmarks._window paused SECONDS FILE
python -m benchmarks._window folder SECONDS FOLDER # plays while every file of it is named
python -m benchmarks._window ribbon FILE FILE      # opens the second; time to its whole ribbon
python -m benchmarks._window agree SECONDS FILE    # plays; moment, ribbon and picture at each frame
python -m benchmarks._window hours HOURS SECONDS   # hours of a device at once; memory, scrolling
python -m benchmarks._window hear FILE MODEL …     # plays; what each calls it, the pause meanwhile
python -m benchmarks._window tell SECONDS FILE [ADDRESS …]  # plays; when the engine decided what

GENREDESK_BENCH_STACKS=FILE keeps the stacks of all threads in the longest pauses of the event loop.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def tell(**values: Any) -> None:
    """Print the result; the parent reads one line."""
    print(json.dumps(values), flush=True)


def usage() -> tuple[float, float, int]:
    """Return CPU seconds, wall seconds, and resident bytes of this process."""
    import psutil

    process = psutil.Process()
    times = process.cpu_times()
    return times.user + times.system, time.perf_counter(), process.memory_info().rss


def after(seconds: float, call: Callable[[], None]) -> None:
    """Call once, later."""
    from PySide6.QtCore import QTimer

    QTimer.singleShot(round(1000 * seconds), call)


def when(ready: Callable[[], bool], call: Callable[[], None]) -> None:
    """Call as soon as ``ready()`` is true."""
    if ready():
        call()
    else:
        after(0.2, lambda: when(ready, call))


def started(desk: Any) -> None:
    """Say that the window stands, and what was imported for it."""
    heavy = [name for name in ("torch", "onnxruntime", "pyqtgraph", "scipy") if name in sys.modules]
    tell(heavy=heavy)
    desk.window.close()


def bare() -> int:
    """Paint a plot in an empty window, with the libraries that ours needs, and end."""
    import onnxruntime  # noqa: F401
    import pyqtgraph
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Plot(pyqtgraph.PlotWidget):
        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, lambda: (tell(heavy=[]), app.exit()))

    app = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(Plot())
    window.resize(1100, 700)
    window.show()
    return app.exec()


def measure(desk: Any, mode: str, seconds: float) -> None:
    """Let it settle, then measure for ``seconds``."""
    from benchmarks._gaps import Gaps

    listening, live = desk.listening, desk.window.live
    frames = [0]
    live.level.connect(lambda *_: frames.__setitem__(0, frames[0] + 1))
    gaps = Gaps(os.environ.get("GENREDESK_BENCH_STACKS", ""))
    before: list[Any] = []

    def begin() -> None:
        if mode == "paused":
            listening.transport.toggle()
        if mode == "folder":
            listening.timeline.name_list()
        after(2.0 if mode != "folder" else 0.0, measuring)

    def measuring() -> None:
        frames[0] = 0
        before.append((usage(), listening.engine.live.stats().windows))
        if mode == "folder":
            gaps.begin()
        after(seconds, end)

    def end() -> None:
        (cpu, wall, _), windows = before[0]
        now_cpu, now_wall, memory = usage()
        gaps.end()
        done = sum(
            listening.playlist[i].decision is not None for i in range(len(listening.playlist))
        )
        took = now_wall - wall
        tell(
            cpu=100 * (now_cpu - cpu) / took,
            fps=frames[0] / took,
            windows=(listening.engine.live.stats().windows - windows) / took,
            memory=memory / 1e6,
            gap=1000 * gaps.longest,
            starved=1000 * gaps.starved,
            files=done,
            busy=listening.analysis.list_running,
            state=listening.state,
            torch="torch" in sys.modules,
        )
        desk.window.close()

    def settled() -> bool:
        """A slow machine has not even opened the song after four seconds."""
        engine = listening.engine.live
        walking = any(job.lane == "walk" for job in desk.jobs.running)
        return engine is not None and engine.stats().windows > 0 and not walking

    after(4.0, lambda: when(settled, begin))


def ribbon(desk: Any) -> None:
    """Time from asking for a file to its complete ribbon, once everything is loaded."""
    listening = desk.listening
    begun: list[float] = []

    def again() -> None:
        begun.append(time.perf_counter())
        listening.transport.play_row(1)

    def done(_named: object) -> None:
        if not begun:
            after(1.0, again)
        else:
            tell(
                seconds=time.perf_counter() - begun[0],
                length=listening.sound.seconds,
                position=listening.sound.position,
            )
            desk.window.close()

    listening.timeline_done.connect(done)


def agree(desk: Any, seconds: float) -> None:
    """Note at each frame where in the file the ribbon's mark and the newest column are."""
    listening, live = desk.listening, desk.window.live
    shown: list[tuple[float, float, float]] = []

    def note(*_: object) -> None:
        view = live.timeline.view
        if view.part is not None and listening.state == "running":
            shown.append((time.monotonic(), live.player.ribbon.position(), view.scale.now_s))

    def end() -> None:
        tell(shown=shown)
        desk.window.close()

    live.level.connect(note)
    after(4.0 + seconds, end)


def hours(desk: Any, heard: float, seconds: float) -> None:
    """Feed hours of pictures and answers to a held device, then scroll through the last two."""
    from benchmarks._gaps import Gaps

    listening, card = desk.listening, desk.window.live.timeline
    kept, view = listening.timeline.kept, card.view
    gaps = Gaps(os.environ.get("GENREDESK_BENCH_STACKS", ""))
    before: list[int] = []
    frames = [0]

    def fill() -> None:
        listening.transport.toggle()  # held: nothing else is heard
        before.append(usage()[2])
        feed_hours(kept.current, heard)
        kept.answered.emit(kept.current)
        view.set_now(kept.drawn_until)
        view.zoom(30.0 / view.scale.span_s)
        view.show_time(view.scale.now_s - min(2.0, heard) * 3600)
        after(1.0, scroll)

    def scroll() -> None:
        gaps.begin()
        begun, share = time.perf_counter(), min(2.0, heard) * 3600 / 30.0 / (30 * seconds)

        def step() -> None:
            frames[0] += 1
            view.look(share)
            view.repaint()
            if time.perf_counter() - begun < seconds:
                return
            ticks.stop()
            gaps.end()
            part, memory = kept.current, usage()[2]
            tell(
                memory=memory / 1e6,
                before=before[0] / 1e6,
                pictures=part.picture.nbytes / 1e6,
                answers=len(part.answers),
                gap=1000 * gaps.longest,
                starved=1000 * gaps.starved,
                fps=frames[0] / (time.perf_counter() - begun),
            )
            desk.window.close()

        ticks = precise(33, step)

    listening.transport.choose_source("tone:440")

    def answered() -> bool:
        part = kept.current
        return part is not None and part.path is None and len(part.answers) > 2

    when(answered, fill)


def precise(ms: int, call: Callable[[], None]) -> Any:
    """Call again and again."""
    from PySide6.QtCore import Qt, QTimer

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(ms)
    timer.timeout.connect(call)
    timer.start()
    return timer


def feed_hours(part: Any, heard: float) -> None:
    """Give a part ``heard`` hours of made-up columns and two answers a second."""
    import numpy as np

    from genredesk.core.certainty import Strength
    from genredesk.core.scores import Decision, Scores

    rng = np.random.default_rng(0)
    labels = tuple(part.answers.labels)
    start, columns = part.picture.end_s, round(heard * 3600 / part.picture.hop_s)
    block = rng.uniform(-90, 0, (part.picture.n_rows, 4096)).astype(np.float32)
    for first in range(0, columns, 4096):
        part.picture.append(block[:, : min(4096, columns - first)])
    for i in range(round(heard * 7200)):
        best = int(i / 30) % len(labels)  # another word every fifteen seconds
        row = np.full(len(labels), 0.1 / (len(labels) - 1), np.float32)
        row[best] = 0.9
        end = start + 3 + 0.5 * i
        window = Scores(end - 3, end, Strength.SURE, labels, row, -20.0)
        said = Decision(Strength.SURE, labels[best], 0.9, labels, row, end)
        part.answers.add(window, said, end)


def hear(desk: Any, models: list[str]) -> None:
    """Choose each of ``models`` in the window's list while the song plays, until it answered."""
    from PySide6.QtCore import Qt

    from benchmarks._gaps import Gaps

    engine, choice = desk.listening.engine, desk.window.top.model
    left = list(models)
    heard: dict[str, Any] = {}
    last: list[Any] = []
    gaps = Gaps(os.environ.get("GENREDESK_BENCH_STACKS", ""))

    def choose() -> None:
        gaps.begin()
        if not left:
            gaps.end()
            tell(choices=choice.count(), heard=heard)
            desk.window.close()
            return
        entry = choice.findData(left[0], Qt.ItemDataRole.UserRole)
        choice.setCurrentIndex(entry)
        choice.activated.emit(entry)
        when(lambda: engine.live.stats().bundle_id == left[0], listen)

    def listen() -> None:
        # the first answer may still be under way to the window when the engine counts it
        enough = engine.live.stats().windows + 2
        when(lambda: engine.live.stats().windows >= enough, answered)

    def answered() -> None:
        label, share = last[-1].top
        heard[left.pop(0)] = {
            "label": label,
            "share": share,
            "state": last[-1].state,
            "ms": engine.live.stats().ms_per_window,
            "gap": 1000 * gaps.longest,
            "starved": 1000 * gaps.starved,
        }
        choose()

    desk.listening.player.set_loop(True)
    desk.listening.scored.connect(lambda scores, _decision: last.append(scores))
    when(lambda: bool(last), choose)


def publish(desk: Any, seconds: float, addresses: list[str]) -> None:
    """Tell other programs what is heard; note when each answer was decided, by the clock."""
    listening = desk.listening
    decided: list[tuple[float, float]] = []
    forward = listening.bridge.on_scores

    def note(scores: Any, decision: Any, source: Any) -> None:
        decided.append((decision.time, time.time()))
        forward(scores, decision, source)

    listening.bridge.on_scores = note  # before the engine is made
    desk.memory.update(outputs=tuple(addresses), hop_s=0.2)
    listening.player.set_loop(True)

    def end() -> None:
        stats = listening.engine.live.stats()
        states = [state.state.value for state in desk.window.publishing.states.values()]
        tell(decided=decided, ms=stats.ms_per_window, states=states)
        desk.window.close()

    when(lambda: bool(decided), lambda: after(seconds, end))


def main() -> int:
    """Run one mode."""
    mode, *rest = sys.argv[1:]
    if mode == "bare":
        return bare()
    import genredesk.__main__  # noqa: F401 - its imports belong to the start
    from genredesk.core import settings
    from genredesk.ui.shell import app

    settings.save(settings.load()[0].replace(welcomed=True))  # not the first start of all
    files, then = told(mode, rest)
    return app.main(files, then)


def told(mode: str, rest: list[str]) -> tuple[list[str], Callable[[Any], None]]:
    """Return which files a mode opens, and what it does then."""
    if mode in {"start", "ribbon"}:
        return rest, {"start": started, "ribbon": ribbon}[mode]
    if mode == "hear":
        return rest[:1], lambda desk: hear(desk, rest[1:])
    if mode == "hours":
        return [], lambda desk: after(4.0, lambda: hours(desk, *map(float, rest)))
    seconds, *files = rest
    if mode == "tell":
        return files[:1], lambda desk: publish(desk, float(seconds), files[1:])
    if mode == "agree":
        return files, lambda desk: agree(desk, float(seconds))
    return files, lambda desk: measure(desk, mode, float(seconds))


if __name__ == "__main__":
    sys.exit(main())
