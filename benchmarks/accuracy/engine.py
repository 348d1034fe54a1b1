"""Real sound through the live engine against the mel arrays: the same songs, the same windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.case import Case, RealSong, sides
from benchmarks.accuracy.hearing import LiveEar
from benchmarks.table import Row, at_most
from genredesk.core.scores import FloatArray
from genredesk.features import frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.inference import aggregate
from genredesk.inference.runtime import CPU, Runtime, open_runtime
from genredesk.training.data import mels
from genredesk.training.data.mels import MelArrays

GROUP = "Live engine against mel arrays"
PICTURE_HOP = 512
"""The arrays show frames of this hop, centred, about every third of them."""
HOP_COLUMNS = 7
"""Windows begin so many columns apart, half a second, so that both ways see the same frames."""


SHIFT_S = 0.012
"""The engine's time grid and the arrays' are up to so far apart."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One song's windows in four ways, ``(windows, labels)`` each, and what is right.

    Parameters
    ----------
    live, stored
        The engine's answers to the sound, and those to the stored pictures.
    same
        To the very frames the pictures show, made from the sound: what the 8 bits change.
    shifted
        To those frames :data:`SHIFT_S` later: what the time grid changes.
    """

    live: FloatArray
    stored: FloatArray
    same: FloatArray
    shifted: FloatArray
    truth: int


def frame_starts(path: Path, spec: FrontendSpec) -> NDArray[np.int64]:
    """Return the first sample of every column's frame, ``(tracks, columns)``."""
    with np.load(path, allow_pickle=False) as file:
        return file["frame"].astype(np.int64) * PICTURE_HOP - spec.n_fft // 2


@dataclass(frozen=True, slots=True)
class Arrays:
    """The stored pictures, where their frames begin, and the network that is asked about them."""

    data: MelArrays
    starts: NDArray[np.int64]
    numbers: dict[str, int]
    ask: Runtime
    temperature: float

    @classmethod
    def of(cls, case: Case, ask: Runtime) -> Arrays:
        """Open the arrays of a case."""
        path = case.folder("gtzan-mel") / "mels.npz"
        data = mels.load(path)
        numbers = {song.name: i for i, song in enumerate(data.songs)}
        starts = frame_starts(path, data.spec)
        return cls(data, starts, numbers, ask, case.bundle.card.temperature)

    def answers(self, picture: FloatArray, columns: NDArray[np.intp]) -> FloatArray:
        """Return what the network says about the windows of a picture that begin at columns."""
        cut = np.stack([picture[..., c : c + self.data.spec.frames] for c in columns])
        logits, _ = self.ask.run(frontend.normalise(self.data.spec, cut))
        return aggregate.softmax(logits, self.temperature)


def compared(ear: LiveEar, arrays: Arrays, song: RealSong) -> Pair:
    """Play a song to the engine; ask the network about the nearest stored columns."""
    spec, index = arrays.data.spec, arrays.numbers[song.track]
    sound, starts = song.sound(spec.sample_rate), arrays.starts[index]
    shift = round(SHIFT_S * spec.sample_rate)
    # the first frames reach into padding, and the last ones may end behind a shorter file
    usable = np.flatnonzero((starts >= 0) & (starts + shift + spec.n_fft <= len(sound)))
    first, stop = int(usable[0]), int(usable[-1]) + 1
    heard = ear.hear(sound[starts[first] :])
    # the arrays know no silence gate
    sounding = [scores for scores, _ in heard if scores.probabilities.any()]
    begin = np.array([starts[first] + round(s.start * spec.sample_rate) for s in sounding])
    nearest = np.abs(starts[None, : stop - spec.frames + 1] - begin[:, None]).argmin(axis=1)
    stored = arrays.data.crop(index, 0, arrays.data.n_columns(index))
    own = {
        late: arrays.answers(
            frontend.columns_at(spec, sound, starts[first:stop] + late), nearest - first
        )
        for late in (0, shift)
    }
    return Pair(
        np.stack([scores.probabilities for scores in sounding]),
        arrays.answers(stored, nearest),
        own[0],
        own[shift],
        song.truth,
    )


def _right(rows: list[FloatArray], truth: NDArray[np.intp]) -> tuple[float, float]:
    """Return percent of songs and of windows that are right."""
    songs = [row.mean(axis=0).argmax() == t for row, t in zip(rows, truth, strict=True)]
    windows = [row.argmax(axis=1) == t for row, t in zip(rows, truth, strict=True)]
    return 100 * float(np.mean(songs)), 100 * float(np.concatenate(windows).mean())


def table(pairs: list[Pair], note: str) -> list[Row]:
    """Return how far apart both ways are."""
    group = f"{GROUP}: {note}"
    truth = np.array([pair.truth for pair in pairs])
    live, stored = [p.live for p in pairs], [p.stored for p in pairs]
    songs, windows = _right(live, truth)
    stored_songs, stored_windows = _right(stored, truth)
    apart = np.concatenate([np.abs(p.live - p.stored) for p in pairs])
    same = {
        what: 100 * float(np.concatenate([a.argmax(1) == b.argmax(1) for a, b in both]).mean())
        for what, both in (
            ("engine", [(p.live, p.stored) for p in pairs]),
            ("frames", [(p.same, p.stored) for p in pairs]),
            ("shift", [(p.same, p.shifted) for p in pairs]),
        )
    }
    return [
        at_most(
            group, "songs right, apart", abs(songs - stored_songs), "points", limit=1,
            note=f"engine {songs:.1f} %, arrays {stored_songs:.1f} %",
        ),
        at_most(
            group, "windows right, apart", abs(windows - stored_windows), "points", limit=1,
            note=f"engine {windows:.1f} %, arrays {stored_windows:.1f} %, {len(apart):,} windows",
        ),
        Row(group, "windows with the same answer", same["engine"], "%"),
        Row(
            group, "the same, from the very same frames", same["frames"], "%",
            note="front end on the sound at the arrays' frames: the 8 bits and the floor remain",
        ),
        Row(
            group, "the same, sound against itself 12 ms later", same["shift"], "%",
            note="how much the network itself minds when a window begins",
        ),
        Row(
            group, "difference of a probability, mean", float(apart.mean()), "",
            note=f"95 % of the windows' largest under {_largest(apart):.3f}",
        ),
    ]  # fmt: skip


def _largest(apart: FloatArray) -> float:
    return float(np.quantile(apart.max(axis=1), 0.95))


def rows(case: Case) -> list[Row]:
    """Compare on the lossless files of ``gtzan-audio``."""
    songs = case.songs(".flac")
    spec = case.bundle.card.frontend
    ask = open_runtime(case.bundle, CPU)
    try:
        arrays = Arrays.of(case, ask)
        with LiveEar(case.bundle, HOP_COLUMNS * spec.hop_length / spec.sample_rate) as ear:
            pairs = [compared(ear, arrays, song) for song in songs]
    finally:
        ask.close()
    return [
        row
        for note, chosen, _ in sides(case, songs)
        for row in table([pair for pair, yes in zip(pairs, chosen, strict=True) if yes], note)
    ]
