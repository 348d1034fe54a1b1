"""A day of sound in minutes: ring, live engine and display stream must lose and keep nothing.

A fake live source feeds known noise many times faster than real time. A reader pulls display
columns from the ring as a view does and compares every sample with what was sent; the engine
answers windows as ever. Memory is compared between the beginning and the end.

    python -m benchmarks.soak --hours 24 --speed 100      # about a quarter of an hour

A line an hour of sound says how far it is. A reader that came too late is a loss with its time
and reason, not the end of the run.

The ordinary run is short (GENREDESK_SOAK_HOURS, GENREDESK_SOAK_SPEED).
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import psutil

from benchmarks.table import Row, at_least, at_most
from genredesk.audio.ring import RingBuffer, RingOverrun
from genredesk.audio.source import SourceBase, SourceInfo, SourceState
from genredesk.core.levels import Level
from genredesk.core.scores import FloatArray
from genredesk.features.frontend import DISPLAY_MEL
from genredesk.features.stream import FrontendStream
from genredesk.inference import bundle as bundles
from genredesk.inference.engine import LiveEngine

GROUP = "Soak"
RATE = DISPLAY_MEL.sample_rate
BLOCK = 512
_RING = 600 * RATE
"""At 100 times real time, the 60 s every source keeps would be 0.6 s on the machine's clock."""
_BURST = 30 * RATE
SHORT_HOURS = 0.5
SHORT_SPEED = 60.0
LEAST_SPEED = 50.0
MOST_GROWTH_MB = 5.0

_TICK_S = 0.004
_FRAME_S = 1 / 60
_SAMPLES_OF_MEMORY = 400
_WARM_UP = 0.1  # share of the run after which buffers, caches and pools have their size


class FastSource(SourceBase):
    """A live source that is in a hurry: sends a known table over and over."""

    def __init__(self, table: FloatArray, hours: float, speed: float) -> None:
        super().__init__(SourceInfo("fake", "fake:", "A day in a hurry"), RATE, None)
        self.ring = RingBuffer(_RING)
        self._long = np.tile(table, 1 + math.ceil((len(table) + 2 * _BURST) / len(table)))
        self._period = len(table)
        self.total = int(hours * 3600 * RATE) // BLOCK * BLOCK
        self.speed = speed
        self.seconds = 0.0
        self._state = SourceState.RUNNING
        self._thread = threading.Thread(target=self._feed, name="soak-source")
        self._thread.start()

    def expected(self, start: int, stop: int) -> FloatArray:
        """Return what was sent as ``[start, stop)``."""
        at = start % self._period
        if at + stop - start <= len(self._long):
            return self._long[at : at + stop - start]
        return np.take(self._long[: self._period], np.arange(start, stop), mode="wrap")

    def level(self) -> Level:
        """Return a level above the gate; nobody looks at it here."""
        return Level(-20.0, -10.0)

    def close(self) -> None:
        """Stop sending."""
        super().close()
        self._thread.join()

    def _feed(self) -> None:
        started = begin = time.perf_counter()
        sent = 0
        while sent < self.total and not self._closed.wait(_TICK_S):
            due = int((time.perf_counter() - begin) * self.speed * RATE)
            late = due - sent - _BURST
            if late > 0:  # a microphone has no backlog to pour out: the day only gets longer
                begin += late / RATE / self.speed
            due = min(self.total, due, sent + _BURST)
            while sent + BLOCK <= due:
                self.ring.write(self.expected(sent, sent + BLOCK))
                sent += BLOCK
        self.seconds = time.perf_counter() - started
        self._become(SourceState.ENDED)


@dataclass(slots=True)
class Reader:
    """What a view does sixty times a second, and a check of every sample besides."""

    source: FastSource
    stream: FrontendStream
    cursor: int = 0
    columns: int = 0
    wrong: int = 0
    missed: int = 0
    pulled: float = field(default_factory=time.perf_counter)

    def pull(self) -> str:
        """Read everything new, compare it, and turn it into columns; return what went wrong."""
        late = time.perf_counter() - self.pulled
        self.pulled += late
        stop = self.source.now()
        try:
            block = self.source.ring.read(self.cursor, stop)
        except RingOverrun:
            self.missed += stop - self.cursor
            what = f"{(stop - self.cursor) / RATE:.0f} s of sound lost at {hours_of(stop):.2f} h: "
            self.cursor = stop
            return what + f"the reader came after {late:.1f} s"
        if not np.array_equal(block, self.source.expected(self.cursor, stop)):
            self.wrong += 1
        self.columns += self.stream.push(block).shape[-1]
        self.cursor = stop
        return ""


def hours_of(samples: int) -> float:
    """Return how many hours ``samples`` are."""
    return samples / RATE / 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a soak found; ``growth_mb`` compares medians after warming up and at the end."""

    hours: float
    speed: float
    lost_samples: int
    wrong_blocks: int
    lost_columns: int
    growth_mb: float
    memory_mb: float
    answered: int
    skipped: int
    problems: tuple[str, ...]


def soak(hours: float, speed: float, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """Feed ``hours`` of sound at ``speed`` times real time; ``say`` hears from it every hour."""
    table = (0.1 * np.random.default_rng(3).standard_normal(RATE * 20 + 101)).astype(np.float32)
    problems: list[str] = []
    process = psutil.Process()
    memory: list[float] = []
    answers = [0]

    def count(*_: object) -> None:
        answers[0] += 1

    with LiveEngine(count, problems.append) as engine:
        engine.set_bundle(bundles.default_bundle())
        while not engine.stats().bundle_id:
            time.sleep(0.01)
        source = FastSource(table, hours, speed)
        reader = Reader(source, FrontendStream(DISPLAY_MEL))
        engine.set_source(source)
        wanted = hours * 3600 / speed / _SAMPLES_OF_MEMORY
        looked = 0.0
        said = 0
        try:
            while source.state is SourceState.RUNNING:
                if problem := reader.pull():
                    problems.append(problem)
                    say(problem)
                if hours_of(reader.cursor) >= said + 1:
                    said = int(hours_of(reader.cursor))
                    say(f"{said} h heard, {memory[-1]:.1f} MB, {answers[0]:,} windows answered")
                if time.perf_counter() - looked >= wanted:
                    looked = time.perf_counter()
                    held = process.memory_info().rss / 2**20
                    if reader.cursor < _RING:  # its pages become real as sound fills them
                        memory.clear()
                    memory.append(held)
                time.sleep(_FRAME_S)
            reader.pull()
        finally:
            engine.set_source(None)
            source.close()
        stats = engine.stats()
    gc.collect()
    columns = 1 + (source.total - DISPLAY_MEL.n_fft) // DISPLAY_MEL.hop_length
    return Outcome(
        hours=hours_of(source.total),
        speed=source.total / RATE / source.seconds,
        lost_samples=source.total - reader.cursor + reader.missed,
        wrong_blocks=reader.wrong,
        lost_columns=columns - reader.columns,
        growth_mb=growth(memory),
        memory_mb=memory[-1],
        answered=answers[0],
        skipped=stats.skipped,
        problems=tuple(problems),
    )


def growth(memory: list[float]) -> float:
    """Return how much more memory the last tenth of a run takes than the first after warming up."""
    tenth = max(1, len(memory) // 10)
    warm = int(len(memory) * _WARM_UP)
    first = statistics.median(memory[warm : warm + tenth])
    return statistics.median(memory[-tenth:]) - first


def table_of(outcome: Outcome) -> list[Row]:
    """Return the outcome as rows."""
    note = f"{outcome.hours:.2g} h of sound, {outcome.answered:,} windows answered"
    if outcome.problems:
        note += f"; problems: {'; '.join(outcome.problems)}"
    lost = outcome.lost_samples + outcome.wrong_blocks + outcome.lost_columns
    lost += len(outcome.problems)
    growth_note = f"{outcome.memory_mb:.0f} MB in all"
    return [
        at_least(GROUP, "sound fed", outcome.speed, "× real time", limit=LEAST_SPEED, note=note),
        at_most(GROUP, "blocks, samples or columns lost", lost, "", limit=0),
        at_most(
            GROUP, "memory growth", outcome.growth_mb, "MB", limit=MOST_GROWTH_MB, note=growth_note
        ),
        Row(GROUP, "windows left out for newer ones", outcome.skipped, ""),
    ]


def rows() -> list[Row]:
    """Return the short soak's numbers."""
    hours = float(os.environ.get("GENREDESK_SOAK_HOURS", SHORT_HOURS))
    speed = float(os.environ.get("GENREDESK_SOAK_SPEED", SHORT_SPEED))
    return table_of(soak(hours, speed))


def main() -> int:
    """Run a soak of any length from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--speed", type=float, default=100.0)
    options = parser.parse_args()
    found = table_of(soak(options.hours, options.speed, _say))
    for row in found:
        print(f"{row.name}: {row.value:,.2f} {row.unit} {row.target} {row.note}")
    return 1 if any(row.ok is False for row in found) else 0


def _say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
