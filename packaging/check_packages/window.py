"""A window on a virtual display: started, waited for until it is painted, looked at, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

SIZE = (1280, 800)
PATIENCE_S = 60.0

_LOOK = """
import sys, time
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
screen = app.primaryScreen()
print("ready", flush=True)
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    image = screen.grabWindow(0).toImage()
    if word == "save":
        print(image.save(rest), flush=True)
        continue
    small = image.scaled(32, 20)
    seen = {small.pixel(x, y) for x in range(32) for y in range(20)}
    lit = sum(small.pixel(x, y) & 0xFFFFFF != 0 for x in range(32) for y in range(20))
    print(int(lit > 500 and len(seen) > 8), flush=True)
"""
"""Asked for each look in a process of its own, which has the display; Qt is there in .venv."""


class Display:
    """An X server without a screen, and eyes to look at it."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        size = f"{SIZE[0]}x{SIZE[1]}x24"
        command = [
            "Xvfb",
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            size,
            "-ac",
            "-nolisten",
            "tcp",
        ]
        self._server = subprocess.Popen(
            command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(writing)
        with os.fdopen(reading) as said:
            self.name = f":{said.readline().strip()}"
        self._eyes = subprocess.Popen(
            [sys.executable, "-c", _LOOK],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"},
        )  # fmt: skip
        if self._answer() != "ready":
            raise SystemExit(
                "Qt cannot look at the virtual display (sh packaging/system-deps test)."
            )

    def _answer(self) -> str:
        return self._eyes.stdout.readline().strip()

    def _ask(self, line: str) -> str:
        self._eyes.stdin.write(line + "\n")
        self._eyes.stdin.flush()
        return self._answer()

    def is_painted(self) -> bool:
        """Tell whether a window with something in it covers most of the screen."""
        return self._ask("look") == "1"

    def save(self, path: Path) -> None:
        """Write what is seen as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._ask(f"save {path}") != "True":
            raise SystemExit(f"{path} could not be written.")

    def close(self) -> None:
        """End both processes."""
        for process in (self._eyes, self._server):
            process.terminate()
            process.wait()


@contextlib.contextmanager
def display() -> Iterator[Display]:
    """Keep a virtual display."""
    screen = Display()
    try:
        yield screen
    finally:
        screen.close()


def first_paint(
    screen: Display,
    command: list[str],
    env: Mapping[str, str],
    shot: Path | None = None,
    settle_s: float = 4.0,
) -> tuple[float, float]:
    """Start a window; return the seconds until it is painted, and those of a processor it took.

    Parameters
    ----------
    command, env
        What is started; the display is added to the environment.
    shot
        Where to write what is seen ``settle_s`` later, when the demo is playing.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**env, "DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while not screen.is_painted():
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                process.kill()
                said = process.communicate()[0]
                raise SystemExit(f"{command[0]} shows no window: {said[-2000:]}")
            time.sleep(0.01)
        taken = time.perf_counter() - began
        worked = _processor_s(process.pid)
        if shot is not None:
            time.sleep(settle_s)
            screen.save(shot)
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended by itself: {process.communicate()[0][-2000:]}")
    finally:
        process.terminate()
        process.communicate()
    while screen.is_painted():
        time.sleep(0.02)
    return taken, worked


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
