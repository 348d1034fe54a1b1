"""The Library page over half a million made-up tracks, and the window while a scan runs.

Each run is the real window in a process of its own; a number is what a person waits for: from the
key or click until the rows are painted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.table import Row, at_most, peak_memory
from genredesk.library.library import Library

N_ROWS = int(os.environ.get("GENREDESK_BENCH_ROWS", "500000"))
FILTERS = ("heard:jazz", "sure:<0.5", "lo", "artist:ka", "heard:jazz sure:<0.6 tag:!=heard", "")
SORTS = ("title", "heard", "sure", "added", "length", "tag", "artist")
GROUP = f"Library page, {N_ROWS:,} tracks"


# ---------------------------------------------------------------- in a process of its own


class _Desk:
    """A window at its Library page, driven by turning the event loop."""

    def __init__(self, *, listen: bool) -> None:
        from genredesk.core.settings import Settings
        from genredesk.ui.look import theme
        from genredesk.ui.shell import app as application

        self.app = application.application()
        theme.apply(self.app, "dark")
        self.desk = application.assemble(Settings().replace(muted=True))
        self.window = self.desk.window
        self.window.resize(1280, 800)
        self.window.show()
        self.page = self.window.library
        if listen:
            self.desk.listening.start([], application.demo())
            self.turn(lambda: self.desk.listening.engine.bundle is not None)

    def turn(self, condition: Callable[[], bool], seconds: float = 120.0) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        deadline = time.monotonic() + seconds
        wake = QTimer(interval=2)  # sleeping as the window does, so that other threads can work
        wake.start()
        loop = QEventLoop()
        while not condition():
            assert time.monotonic() < deadline, "it did not come to that"
            loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.turn(lambda: time.monotonic() > end)

    def rows_stand(self) -> bool:
        """Whether the screen is there with its rows (a heading is no row)."""
        model, table = self.page.tracks.model, self.page.browse.table
        first, last = table.rowAt(0), table.rowAt(table.viewport().height() - 1)
        shown = range(max(0, first), last + 1 if last >= 0 else model.rowCount())
        ids = [model.id_at(row) for row in shown]
        return all(model.row(i) is not None for i in ids if i is not None)

    def close(self) -> None:
        self.window.hide()
        self.desk.close()


def _opened() -> tuple[_Desk, float]:
    """Click on Library; return the window and the seconds to painted rows."""
    one = _Desk(listen=False)
    one.rest(0.3)
    begin = time.perf_counter()
    one.window.go("library")
    one.turn(lambda: one.page.tracks.listing is not None and one.rows_stand())
    one.page.browse.table.viewport().repaint()
    return one, time.perf_counter() - begin


def _cold() -> dict[str, Any]:
    """Open without a quick start, which is written when the window closes."""
    one, opened = _opened()
    one.close()
    return {"opened": opened, "peak": peak_memory() / 1e6}


def _view() -> dict[str, Any]:
    """Open, filter, sort, scroll."""
    import psutil
    from PySide6.QtCore import QCoreApplication

    from benchmarks._gaps import Gaps

    one, opened = _opened()
    tracks, table = one.page.tracks, one.page.browse.table
    one.turn(lambda: tracks.counts is not None)
    one.rest(0.5)

    def wait_for(**view: Any) -> float:
        told: list[Any] = []
        link, counts = tracks.listed.connect(told.append), tracks.counts
        start = time.perf_counter()
        tracks.look(**view)
        one.turn(lambda: bool(told) and one.rows_stand())
        table.viewport().repaint()
        took = time.perf_counter() - start
        tracks.listed.disconnect(link)
        one.turn(lambda: tracks.counts is not counts)
        return 1000 * took

    gaps = Gaps()
    gaps.begin()
    filters = {text: min(wait_for(text=text) for _ in range(2)) for text in FILTERS}
    sorts = {}
    for sort in SORTS:
        wait_for(sort=sort)
        sorts[sort] = wait_for(sort=sort, descending=True)
        wait_for(sort="artist", descending=False)
    grouped = {}
    for group in ("heard", "artist", "folder"):
        wait_for(headed=True, group=group)
        wait_for(headed=False)
        grouped[group] = wait_for(headed=True, group=group)
        wait_for(headed=False, group="heard")
    longest_gap = gaps.longest
    memory = psutil.Process().memory_info().rss
    bar, steps = table.verticalScrollBar(), []
    for k in range(300):
        bar.setValue(bar.value() + (37 if k % 30 else 400_000))
        start = time.perf_counter()
        table.viewport().repaint()
        steps.append(time.perf_counter() - start)
        QCoreApplication.processEvents()
    steps.sort()
    start = time.perf_counter()
    table.selectAll()
    table.viewport().repaint()
    chosen = time.perf_counter() - start
    one.close()
    return {
        "opened": opened, "filters": filters, "sorts": sorts, "grouped": grouped,
        "gap": 1000 * longest_gap, "memory": memory / 1e6, "scroll": 1000 * steps[150],
        "scroll95": 1000 * steps[285], "all": 1000 * chosen, "peak": peak_memory() / 1e6,
    }  # fmt: skip


def _live(folder: str, length: str) -> dict[str, Any]:
    """Play on the Listen page while a scan runs on all cores; compare with nothing running."""
    from benchmarks._gaps import Gaps

    seconds = float(length)
    one = _Desk(listen=True)
    page, listening = one.page, one.desk.listening
    one.window.go("library")
    one.turn(lambda: page.tracks.listing is not None)
    one.window.go("listen")
    listening.transport.play_pause()
    one.turn(lambda: listening.sound.state == "running")
    gaps = Gaps()
    one.rest(2.0)
    gaps.begin()
    one.rest(seconds)
    quiet = gaps.longest
    page.scanning.set_cores(os.cpu_count() or 1)
    page.folders.add([Path(folder)])
    one.turn(lambda: page.scanning.running)
    one.rest(1.0)
    gaps.begin()
    at = listening.sound.position
    begin = time.perf_counter()
    one.rest(seconds)
    busy, played = gaps.longest, listening.sound.position - at
    wall = time.perf_counter() - begin
    ran = page.scanning.running
    one.close()
    return {"quiet": 1000 * quiet, "busy": 1000 * busy, "late": wall - played, "ran": ran}


# ---------------------------------------------------------------- in the parent


def _run(home: Path, *words: str) -> dict[str, Any]:
    environment = {
        **os.environ, "GENREDESK_HOME": str(home), "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.library_view", *words]
    done = subprocess.run(command, capture_output=True, check=True, env=environment, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def view_rows(home: Path) -> list[Row]:
    """Measure the page over made-up tracks."""
    from benchmarks.library import fill

    with Library.open(home / "data" / "library.db") as catalogue:
        fill(catalogue, N_ROWS, str(home / "music"))
    cold = _run(home, "cold")
    found = _run(home, "view")
    slow_filter = max(found["filters"], key=found["filters"].get)
    slow_sort = max(found["sorts"], key=found["sorts"].get)
    slow_group = max(found["grouped"], key=found["grouped"].get)
    return [
        at_most(GROUP, "open to first rows painted", found["opened"], "s", limit=1.5,
                note="from the click on Library, with its quick start"),
        Row(GROUP, "the same without a quick start", cold["opened"], "s",
            note="the first time, or after a kill"),
        at_most(GROUP, "slowest filter", found["filters"][slow_filter], "ms", limit=100,
                note=f"“{slow_filter}”, until its rows are painted"),
        at_most(GROUP, "slowest sort", found["sorts"][slow_sort], "ms", limit=300,
                note=f"by {slow_sort}, until its rows are painted"),
        at_most(GROUP, "slowest grouping with headings", found["grouped"][slow_group], "ms",
                limit=300, note=f"by {slow_group}, until its rows are painted"),
        at_most(GROUP, "scroll by a wheel step, median", found["scroll"], "ms", limit=16,
                note=f"95 %: {found['scroll95']:.0f} ms, far jumps among them"),
        Row(GROUP, "choose all rows", found["all"], "ms"),
        at_most(GROUP, "event-loop gap meanwhile", found["gap"], "ms", limit=50),
        at_most(GROUP, "memory of the process", found["memory"], "MB", limit=400,
                note=f"at most {found['peak']:.0f} MB on the way; "
                     f"{cold['peak']:.0f} MB without a quick start"),
    ]  # fmt: skip


def live_rows(home: Path, folder: Path) -> list[Row]:
    """Measure the Listen page while a scan uses every core."""
    found = _run(home, "live", str(folder), "8")
    group = "Listening while a scan runs"
    note = "" if found["ran"] else "the scan ended early: too little music"
    return [
        Row(group, "event-loop gap without a scan", found["quiet"], "ms"),
        at_most(group, "event-loop gap, all cores scanning", found["busy"], "ms", limit=50,
                note=note),
        at_most(group, "sound behind the clock", max(0.0, 1000 * found["late"]), "ms", limit=50),
    ]  # fmt: skip


def rows() -> list[Row]:
    """Measure everything."""
    from benchmarks.library import _songs

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        music = place / "songs"
        music.mkdir()
        _songs(music)
        return view_rows(place / "view") + live_rows(place / "live", music)


if __name__ == "__main__":
    parts = {"cold": _cold, "view": _view, "live": _live}
    print(json.dumps(parts[sys.argv[1]](*sys.argv[2:])))
