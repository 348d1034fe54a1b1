"""How long the event loop of a window did not come round, and what the threads did meanwhile."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from pathlib import Path

from PySide6.QtCore import Qt, QTimer

TICK_S = 0.005
STACKS_S = 0.02
"""A pause from here on has its stacks looked at, when that was asked for."""


def waited() -> float:
    """Return how many seconds this thread wanted to run but had no processor (Linux)."""
    try:
        text = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text("ascii")
    except OSError:
        return 0.0
    return int(text.split()[1]) / 1e9


class Gaps:
    """The longest time the event loop did not come round.

    Parameters
    ----------
    stacks
        File for the stacks of all threads in the longest pauses; empty: nobody looks.

    Attributes
    ----------
    longest
        Seconds of the longest pause.
    starved
        The part of it in which the loop could have gone on, had there been a processor for it.
    """

    def __init__(self, stacks: str = "") -> None:
        self.longest = self.starved = 0.0
        self._last, self._waited = time.perf_counter(), waited()
        self._seen = ""
        self._stacks = Path(stacks) if stacks else None
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="gaps")
        self.timer = QTimer()
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(round(1000 * TICK_S))
        self.timer.timeout.connect(self._tick)

    def begin(self) -> None:
        """Look from now on."""
        self.longest = self.starved = 0.0
        self._last, self._waited = time.perf_counter(), waited()
        self.timer.start()
        if self._stacks is not None and not self._watcher.is_alive():
            self._watcher.start()

    def end(self) -> None:
        """Look no longer."""
        self.timer.stop()
        self._over.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def _tick(self) -> None:
        now, without = time.perf_counter(), waited()
        gap = now - self._last - TICK_S
        if gap > self.longest:
            self.longest, self.starved = gap, without - self._waited
            if self._stacks is not None:
                self._write(self._stacks)
        self._seen = ""
        self._last, self._waited = now, without

    def _write(self, path: Path) -> None:
        head = f"=== {1000 * self.longest:.1f} ms at {time.strftime('%H:%M:%S')}, "
        head += f"{1000 * self.starved:.1f} ms of it without a processor\n"
        with path.open("a", encoding="utf-8") as out:
            out.write(head + self._seen)

    def _watch(self) -> None:
        """Keep the stacks of a pause that has lasted; late itself, where the lock was held."""
        while not self._over.wait(STACKS_S / 2):
            late = time.perf_counter() - self._last
            if late > STACKS_S and not self._seen:
                self._seen = f"seen after {1000 * late:.0f} ms\n{_stacks()}"


def _stacks() -> str:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "".join(
        f"-- {names.get(ident, 'a thread of a library')}\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
        if ident != threading.get_ident()
    )
