"""What is measured: a bundle, and the music it is measured on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.audio import decode
from genredesk.core.scores import FloatArray
from genredesk.inference.bundle import Bundle
from genredesk.training.evaluation.measure import AGAIN


class Missing(Exception):  # noqa: N818 - a reason to leave a part out, not a defect
    """Something a part needs is not here; the text says what, and how to get it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A bundle and where the music lies.

    Parameters
    ----------
    data
        The folder with ``gtzan-mel``, ``gtzan-audio`` and ``full-songs``.
    folds
        Files of cross-validated answers for the part ``unsure``, one a seed.
    few
        Measure every ``few``-th song only, for a quick look.
    """

    bundle: Bundle
    data: Path
    folds: tuple[Path, ...] = ()
    few: int = 1

    @property
    def rate(self) -> int:
        """Samples a second the bundle listens at."""
        return self.bundle.card.frontend.sample_rate

    @property
    def heard_all(self) -> bool:
        """Whether the network was fitted on the part ``valid``, too, as its card then says."""
        return AGAIN in self.bundle.card.split

    def folder(self, name: str) -> Path:
        """Return a folder of the data.

        Raises
        ------
        Missing
            When it is not there.
        """
        path = self.data / name
        if not path.is_dir():
            raise Missing(f"{path} is not there; name the folder that holds {name} with --data")
        return path

    def songs(self, ending: str = "") -> list[RealSong]:
        """Return the labelled files of ``gtzan-audio`` whose genre the bundle knows.

        Parameters
        ----------
        ending
            Only files with this ending (``.flac``).
        """
        folder = self.folder("gtzan-audio")
        with (folder / "tracks.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["path"].endswith(ending)]
        number = {label: i for i, label in enumerate(self.bundle.card.labels)}
        found = [
            RealSong(folder / row["path"], row["track"], number[row["genre"]], row["split"])
            for row in rows
            if row["genre"] in number
        ]
        return found[:: self.few]


@dataclass(frozen=True, slots=True)
class RealSong:
    """A labelled audio file; ``truth`` is the bundle's number of its genre."""

    path: Path
    track: str
    truth: int
    part: str

    def sound(self, rate: int) -> FloatArray:
        """Return it as mono samples ``(n,)``."""
        return decode.load(self.path, rate)


def sides(case: Case, songs: list[RealSong]) -> Iterator[tuple[str, NDArray[np.bool_], bool]]:
    """Yield what a group of songs is called, which they are, and whether a reach holds for them.

    First those the network never heard, then all: songs of the training part flatter.
    """
    every = np.ones(len(songs), bool)
    if case.heard_all:
        yield f"{len(songs)} songs, all of them trained on", every, False
        return
    held_back = np.array([song.part != "train" for song in songs])
    if held_back.any():
        yield f"{held_back.sum()} songs held back from training", held_back, True
    if not held_back.all():
        yield f"all {len(songs)} songs, {(~held_back).sum()} of them trained on", every, False
