"""What worker processes of the tests import: a network made of arithmetic, and a scan to kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path

import numpy as np
import psutil

from genredesk.core.certainty import Bounds, Strength
from genredesk.core.heard import Features, TrackScores
from genredesk.core.job import JobContext
from genredesk.library.catalogue.db import Database
from genredesk.library.library import Library
from genredesk.library.scanning.scan import ScanOptions, scan

LABELS = ("low", "middle", "high")
RATE = 22050
BOUNDS = Bounds.of(0.5, len(LABELS))


@dataclass(frozen=True)
class ToneScore:
    """Names a tone low, middle or high by how often it crosses zero.

    Sounds with a peak above 0.9 make it misbehave as ``bad`` says: crash, hang or raise. Every
    call is noted as a line of ``diary``. With ``several`` the next label holds beside each.
    """

    fingerprint: str = "tones"
    features_fingerprint: str = "tone-features"
    name: str = "Tones"
    labels: tuple[str, ...] = LABELS
    bad: str = ""
    diary: str = ""
    broken: bool = False
    several: bool = False
    bounds: Bounds = BOUNDS

    def __call__(self) -> ToneScorer:
        if self.broken:
            raise RuntimeError("the network is broken")
        return ToneScorer(self)


class ToneScorer:
    sample_rate = RATE

    def __init__(self, about: ToneScore) -> None:
        self._about = about

    def _note(self, word: str) -> None:
        if self._about.diary:
            with Path(self._about.diary).open("a") as file:
                file.write(f"{word}\n")

    def hear(
        self,
        blocks: Iterable[np.ndarray],
        keep: Callable[[Features], None] | None = None,
    ) -> TrackScores:
        self._note("hear")
        sound = np.concatenate(list(blocks))
        if len(sound) == 0:
            raise ValueError("there is no sound to hear")
        if np.abs(sound).max() > 0.9:
            self._misbehave()
        crossings = np.count_nonzero(np.diff(np.signbit(sound))) * RATE / len(sound) / 2
        features = Features(
            np.full((1, 1, 1, 2), crossings, np.float16),
            np.array([np.sqrt(np.mean(sound**2))], np.float32),
        )
        if keep is not None:
            keep(features)
        return self._answer(features)

    def hear_again(self, features: Features) -> TrackScores:
        self._note("again")
        return self._answer(features)

    def _answer(self, features: Features) -> TrackScores:
        hertz, level = float(features.windows[0, 0, 0, 0]), float(features.levels[0])
        n = len(self._about.labels)
        if level < 1e-3:
            silent = np.zeros((1, n), np.uint8)
            return TrackScores(
                Strength.SILENCE, np.zeros(n, np.float32), (-1, 0.0), silent, 3.0, 3.0,
                np.zeros(0, np.float16),
            )  # fmt: skip
        best = 0 if hertz < 300 else 1 if hertz < 1500 else 2
        p = np.full(n, 0.1, np.float32)
        p[best] = 1 - 0.1 * (n - 1)
        if self._about.several:
            p[(best + 1) % n] = 0.6
        embedding = np.array([hertz / 1000, level, 1.0], np.float16)
        return TrackScores(
            Strength.SURE, p, (best, 1.0), np.rint(p * 255).astype(np.uint8)[None], 3.0, 3.0,
            embedding, (best, (best + 1) % n) if self._about.several else (),
        )  # fmt: skip

    def _misbehave(self) -> None:
        if self._about.bad == "crash":
            os.kill(os.getpid(), signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        if self._about.bad == "hang":
            while True:
                time.sleep(0.05)
        if self._about.bad == "raise":
            raise RuntimeError("this is no music")

    def close(self) -> None:
        pass


def scan_whole(music: str, db: str) -> None:
    """Scan a folder into a catalogue: what is killed."""
    with Library.open(db) as catalogue:
        catalogue.roots.add(music)
        options = ScanOptions(2, cache_folder=Path(db + ".cache"), cache_bytes=1 << 20)
        scan(catalogue, ToneScore(), JobContext(), options=options)


def dying_at(statement: int, music: str, db: str) -> None:
    """Scan until the catalogue is to be told so many things; say who is at work, and be killed.

    Left alone, it says how many statements there were.
    """
    told, real = [0], Database._connect

    def step(_: str) -> None:
        told[0] += 1
        if told[0] == statement:
            at_work = [os.getpid(), *(p.pid for p in psutil.Process().children(recursive=True))]
            sys.stdout.write(f"killed {' '.join(map(str, at_work))}\n")
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(self: Database) -> sqlite3.Connection:
        connection = real(self)
        connection.set_trace_callback(step)
        return connection

    Database._connect = connect
    scan_whole(music, db)
    sys.stdout.write(f"whole {told[0]}\n")


def main() -> None:
    """Scan ``argv[1]`` into ``argv[2]``; or, with one folder, as the lines that come in ask for.

    A line is the number of the statement to die at, and the catalogue. Each scan is a child that
    begins with everything imported; this process starts no threads, so that it may fork.
    """
    music, *db = sys.argv[1:]
    if db:
        scan_whole(music, *db)
        return
    resource_tracker.ensure_running()  # one for all of them
    for line in sys.stdin:
        statement, name = line.rstrip().split(" ", 1)
        pid = os.fork()
        if pid == 0:
            dying_at(int(statement), music, name)
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
