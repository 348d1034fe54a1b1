"""How many labels chosen by the active queue do the work of how many chosen at random.

``python -m benchmarks.accuracy.active --data DIR [--bundle ID] [--second ID]``: songs of
``gtzan-audio`` are divided by artist into those that may be asked about and those that are tried. One song a word is
known; twenty more are asked about, five at a time, a last layer learned anew after each five, as in
the window. Five draws.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from genredesk.audio.quiet import libraries_silent
from genredesk.inference import bundle as bundles
from genredesk.inference.runtime import CPU, open_runtime
from genredesk.library.index import teachable
from genredesk.training.data import folders, split
from genredesk.training.data.songs import Song, iter_windows
from genredesk.training.fit.quick import fit_layer
from genredesk.training.network import logistic

DRAWS, ASKED, ROUND = 5, 20, 5
RANDOMS = 8
"""Random orders a draw, their mean is taken."""
DECAY = 0.1


def hear(data: folders.FolderSongs, bundle: bundles.Bundle) -> tuple[NDArray, NDArray]:
    """Return the embedding of every window three seconds apart, and which song it is of."""
    runtime = open_runtime(bundle, CPU)
    hop = max(1, round(3.0 / data.spec.hop_s))
    parts, song = [], []
    for index, windows, _ in iter_windows(data, range(len(data.songs)), hop):
        parts.append(runtime.run(windows)[1].astype(np.float64))
        song += [index] * len(windows)
    runtime.close()
    return np.concatenate(parts), np.array(song)


class Ear:
    """What one network makes of all songs; learns from some and says what the others are."""

    def __init__(self, embedding: NDArray, song: NDArray, truth: NDArray) -> None:
        self.embedding, self.song, self.truth = embedding, song, truth
        n = len(truth)
        self.mean = np.stack([embedding[song == i].mean(0) for i in range(n)])

    def said(self, known: NDArray[np.intp]) -> NDArray:
        """Learn from songs and return the probabilities of all, ``(songs, words)``."""
        rows = np.isin(self.song, known)
        nothing = np.zeros((0, self.embedding.shape[1]))
        n = int(self.truth.max()) + 1
        layer, _ = fit_layer(
            self.embedding[rows], self.truth[self.song[rows]], n, decay=DECAY, others=nothing
        )
        logits = logistic.answers(layer, self.embedding)
        power = np.exp(logits - logits.max(1, keepdims=True))
        power /= power.sum(1, keepdims=True)
        return np.stack([power[self.song == i].mean(0) for i in range(len(self.truth))])


def halves(songs: tuple[Song, ...], seed: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return songs that may be asked about, one of each word that is known, songs to be tried."""
    rng = np.random.default_rng(seed)
    group = split.groups(songs)
    labels = np.array([song.label for song in songs])
    pool = np.zeros(len(songs), bool)
    for label in np.unique(labels):
        mine = rng.permutation(np.unique(group[labels == label]))
        want = 0.55 * (labels == label).sum()
        for artist in mine:
            if pool[labels == label].sum() < want:
                pool |= (group == artist) & (labels == label)
    known = [rng.choice(np.flatnonzero(pool & (labels == label))) for label in np.unique(labels)]
    return np.flatnonzero(pool), np.array(known), np.flatnonzero(~pool)


def curve(
    ears: list[Ear], sides: tuple[NDArray, NDArray, NDArray], rng: np.random.Generator | None
) -> list[float]:
    """Return the share of songs right after each round; by the queue where ``rng`` is ``None``."""
    pool, known, tried = sides
    out, have = [], known
    most = ASKED if rng is None else len(pool)
    ear = ears[0]
    while True:
        said = ear.said(have)
        out.append(float((said[tried].argmax(1) == ear.truth[tried]).mean()))
        left = np.setdiff1d(pool, have)
        if len(have) - len(known) >= most or not len(left):
            return out
        if rng is not None:
            more = rng.permutation(left)[:ROUND]
        else:
            two = np.sort(said[pool], axis=1)[:, -2:]
            other = [e.said(have)[pool].argmax(1) for e in ears[1:]]
            disputed = np.zeros(len(pool), bool)
            for words in other:
                disputed |= words != said[pool].argmax(1)
            chosen = teachable.order(
                ear.mean[pool].astype(np.float32), two[:, 1] - two[:, 0], disputed,
                np.isin(pool, have), ROUND,
            )  # fmt: skip
            more = pool[chosen]
        have = np.concatenate([have, more])


def spread(values: NDArray) -> str:
    """Return mean and deviation in per cent."""
    return f"{100 * values.mean():.1f} ± {100 * values.std():.1f}"


def main() -> int:
    """Print a table of songs right by how many were asked about."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--bundle", default="genredesk-live", metavar="ID")
    parser.add_argument("--second", default="", metavar="ID", help="an ear that may disagree")
    asked = parser.parse_args()
    names = [asked.bundle, *filter(None, [asked.second])]
    ears: list[Ear] = []
    songs: tuple[Song, ...] = ()
    with libraries_silent():
        for name in names:
            bundle = bundles.find(name)
            data = folders.open_folder(str(asked.data / "gtzan-audio"), bundle.card.frontend)
            labels = sorted({song.label for song in data.songs})
            truth = np.array([labels.index(song.label) for song in data.songs])
            songs = data.songs
            ears.append(Ear(*hear(data, bundle), truth))
    queue: list[list[float]] = []
    chance: list[NDArray] = []
    for seed in range(DRAWS):
        sides = halves(songs, seed)
        queue.append(curve(ears, sides, None))
        rounds = [curve(ears[:1], sides, np.random.default_rng((seed, k))) for k in range(RANDOMS)]
        chance.append(np.mean(rounds, axis=0))
    n = min(map(len, chance))
    random = np.array([c[:n] for c in chance])
    mine = np.array(queue)
    print(f"{' and '.join(names)}, {DRAWS} draws\n")
    print("| songs asked about | by the queue | at random |\n|---:|---:|---:|")
    for k in range(n):
        cells = [spread(table[:, k]) if k < table.shape[1] else "" for table in (mine, random)]
        print(f"| {k * ROUND} | {cells[0]} | {cells[1]} |")
    reached = mine[:, ASKED // ROUND].mean()
    level = np.maximum.accumulate(random.mean(0))
    at = np.interp(reached, level, ROUND * np.arange(n)) if reached <= level[-1] else np.inf
    print(f"\n{ASKED} by the queue do the work of {at:.0f} at random.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
