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
from genredesk.training import mels
from genredesk.training.mels import MelArrays

GROUP = "Live engine against mel arrays"
PICTURE_HOP = 512
"""The arrays show frames of this hop, centred, about every third of them."""
HOP_COLUMNS = 7
"""Windows begin so many columns apart, half a second, so that both ways see the same frames."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One song's windows both ways, ``(windows, labels)`` each, and what is right."""

    live: FloatArray
    stored: FloatArray
    truth: int


def frame_starts(path: Path, spec: FrontendSpec) -> NDArray[np.int64]:
    """Return the first sample of every column's frame, ``(tracks, columns)``."""
    with np.load(path, allow_pickle=False) as file:
        return file["frame"].astype(np.int64) * PICTURE_HOP - spec.n_fft // 2


def _stored(
    data: MelArrays, index: int, columns: NDArray[np.intp], ask: Runtime, temperature: float
) -> FloatArray:
    """Ask about the windows that begin at ``columns`` of a stored picture."""
    whole = data.crop(index, 0, data.n_columns(index))
    cut = np.stack([whole[..., c : c + data.spec.frames] for c in columns])
    logits, _ = ask.run(frontend.normalise(data.spec, cut))
    return aggregate.softmax(logits, temperature)


def compared(
    case: Case, ear: LiveEar, ask: Runtime, data: MelArrays, songs: list[RealSong]
) -> list[Pair]:
    """Play every song to the engine; ask the network about the nearest stored columns."""
    spec = case.bundle.card.frontend
    numbers = {song.name: i for i, song in enumerate(data.songs)}
    starts = frame_starts(case.folder("gtzan-mel") / "mels.npz", spec)
    pairs = []
    for song in songs:
        index = numbers[song.track]
        last = data.n_columns(index) - spec.frames
        first = int(starts[index][starts[index] >= 0][0])  # the frames before reach into padding
        heard = ear.hear(song.sound(case.rate)[first:])
        begin = np.array([first + round(scores.start * case.rate) for scores, _ in heard])
        nearest = np.abs(starts[index][None, : last + 1] - begin[:, None]).argmin(axis=1)
        stored = _stored(data, index, nearest, ask, case.bundle.card.temperature)
        live = np.stack([scores.probabilities for scores, _ in heard])
        sounding = live.max(axis=1) > 0  # the arrays know no silence gate
        pairs.append(Pair(live[sounding], stored[sounding], song.truth))
    return pairs


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
    same = np.concatenate([p.live.argmax(axis=1) == p.stored.argmax(axis=1) for p in pairs])
    return [
        at_most(
            group, "songs right, apart", abs(songs - stored_songs), "points", limit=1,
            note=f"engine {songs:.1f} %, arrays {stored_songs:.1f} %",
        ),
        at_most(
            group, "windows right, apart", abs(windows - stored_windows), "points", limit=1,
            note=f"engine {windows:.1f} %, arrays {stored_windows:.1f} %, {len(same):,} windows",
        ),
        Row(group, "windows with the same answer", 100 * float(same.mean()), "%"),
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
    data = mels.load(case.folder("gtzan-mel") / "mels.npz")
    ask = open_runtime(case.bundle, CPU)
    try:
        spec = case.bundle.card.frontend
        with LiveEar(case.bundle, HOP_COLUMNS * spec.hop_length / spec.sample_rate) as ear:
            pairs = compared(case, ear, ask, data, songs)
    finally:
        ask.close()
    return [
        row
        for note, chosen in sides(songs)
        for row in table([pair for pair, yes in zip(pairs, chosen, strict=True) if yes], note)
    ]
