"""The Train place in a process of its own: does one thing, prints one line of JSON, ends.

python -m benchmarks._wizard quick FOLDER SONG    # scan, train with a cold cache, listen with it
python -m benchmarks._wizard cancel FOLDER SONG   # cancel a training after its first epoch
python -m benchmarks._wizard scan FOLDER SONG     # the first classes, then cancel
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks._gaps import Gaps
from benchmarks._window import after, tell

LOOK_MS = 5


def once(condition: Callable[[], bool], then: Callable[[], None]) -> None:
    """Call ``then`` when ``condition`` is true for the first time."""
    from PySide6.QtCore import QTimer

    timer = QTimer(interval=LOOK_MS)

    def look() -> None:
        if condition():
            timer.stop()
            then()

    timer.timeout.connect(look)
    timer.start()


def workers() -> list[psutil.Process]:
    """Return the worker processes that are alive."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE and "worker" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


class Drive:
    """One way through the window, step by step."""

    def __init__(self, desk: Any, folder: str) -> None:
        self.desk, self.folder = desk, Path(folder)
        self.page = desk.window.training
        self.gaps = Gaps()
        self.found: dict[str, float] = {}
        self.began = 0.0

    def begin(self, then: Callable[[], None]) -> None:
        """Open the place and let everything settle while the song plays."""
        engine = self.desk.listening.engine

        def settle() -> None:
            self.desk.window.go("train")
            after(3.0, then)

        once(lambda: engine.bundle is not None, settle)

    def scan(self, then: Callable[[], None]) -> None:
        """Look through the folder; note the first classes and the longest gap."""
        self.gaps.begin()
        self.began = time.perf_counter()
        page = self.page
        page.music.add_folders([self.folder])

        def first() -> None:
            self.found["first_s"] = time.perf_counter() - self.began

        def over() -> None:
            self.found["scan_s"] = time.perf_counter() - self.began
            self.found["scan_gap_ms"] = 1000 * self.gaps.longest
            then()

        once(lambda: page.music.classes.rowCount() > 0, first)
        once(lambda: page.session.scanning.took_s > 0, over)

    def train(self, preset: str) -> None:
        """Start a training with a cold cache."""
        from genredesk.training.data.cache import TrainingFeatureCache

        shutil.rmtree(TrainingFeatureCache().folder, ignore_errors=True)
        self.page.session.choose(preset=preset)
        self.gaps.begin()
        self.began = time.perf_counter()
        self.page.start()

    def end(self) -> None:
        """Say what was found and close the window."""
        tell(state=self.desk.listening.state, **self.found)
        self.desk.window.close()

    # ------------------------------------------------------------ the ways

    def quick(self) -> None:
        """From start to the model listening."""
        engine = self.desk.listening.engine
        page = self.page

        def trained() -> None:
            page.use.install(use=True)
            once(lambda: engine.bundle.id != "genredesk-live", listening)

        def listening() -> None:
            self.found["quick_s"] = time.perf_counter() - self.began
            self.found["train_gap_ms"] = 1000 * self.gaps.longest
            self.found["songs"] = page.session.result.run.n
            self.end()

        def go() -> None:
            self.train("quick")
            once(lambda: page.session.result is not None, trained)

        self.begin(lambda: self.scan(go))

    def cancel(self) -> None:
        """From cancel to no process and no temporary file."""
        page = self.page

        def left() -> list[Path]:
            every = page.session.trainer.run.folder.rglob("*")
            return [p for p in every if ".tmp" in p.name or p.name.startswith(".")]

        def over() -> bool:
            waited = time.perf_counter() - self.began
            return (
                not workers() and not page.session.trainer.running and (not left() or waited > 10)
            )

        def cancelled() -> None:
            self.found["cancel_s"] = time.perf_counter() - self.began
            self.found["left"] = len(left())
            self.end()

        def stop() -> None:
            self.began = time.perf_counter()
            page.run_page.cancel_now()
            once(over, cancelled)

        def go() -> None:
            self.train("balanced")
            once(lambda: bool(page.run_page.epochs()), stop)

        self.begin(lambda: self.scan(go))

    def stop_scan(self) -> None:
        """The first classes of many files, then cancel."""
        page = self.page

        def cancelled() -> None:
            self.found["cancel_s"] = time.perf_counter() - self.began
            self.end()

        def stop() -> None:
            self.found["gap_ms"] = 1000 * self.gaps.longest
            self.found["files"] = len(page.session.music.tracks)
            self.began = time.perf_counter()
            page.session.scanning.cancel()
            once(lambda: not workers() and not page.session.scanning.running, cancelled)

        def go() -> None:
            self.scan(lambda: None)
            after(4.0, lambda: once(lambda: "first_s" in self.found, stop))

        self.begin(go)


def main() -> int:
    """Run one way."""
    way, folder, song = sys.argv[1:]
    import genredesk.__main__  # noqa: F401 - its imports belong to the start
    from genredesk.ui.shell import app

    ways = {"quick": "quick", "cancel": "cancel", "scan": "stop_scan"}
    return app.main([song], lambda desk: getattr(Drive(desk, folder), ways[way])())


if __name__ == "__main__":
    sys.exit(main())
