"""What worker processes of the tests import: a network made of arithmetic, and a scan to kill."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genredesk.core.certainty import Bounds, Strength
from genredesk.core.heard import Features, TrackScores
from genredesk.core.job import JobContext
from genredesk.library.library import Library

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


def main() -> None:
    """Scan ``argv[1]`` into the catalogue ``argv[2]``: the process that is killed."""
    from genredesk.library.scanning.scan import ScanOptions, scan

    with Library.open(sys.argv[2]) as catalogue:
        catalogue.roots.add(sys.argv[1])
        options = ScanOptions(2, cache_folder=Path(sys.argv[2] + ".cache"), cache_bytes=1 << 20)
        scan(catalogue, ToneScore(), JobContext(), options=options)


if __name__ == "__main__":
    main()
