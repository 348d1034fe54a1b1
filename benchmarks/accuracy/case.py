"""What is measured: a bundle, and the music it is measured on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genredesk.audio import decode
from genredesk.core.scores import FloatArray
from genredesk.inference.bundle import Bundle


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


def sides(songs: list[RealSong]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what a group of songs is called and which they are: never heard first, then all.

    Songs of the training part flatter: the network knows them.
    """
    held_back = np.array([song.part != "train" for song in songs])
    if held_back.any():
        yield f"{held_back.sum()} songs held back from training", held_back
    if not held_back.all():
        note = f"all {len(songs)} songs, {(~held_back).sum()} of them trained on"
        yield note, np.ones(len(songs), bool)
