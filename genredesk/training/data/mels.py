"""Songs from a mel array file: an ``.npz`` of 8-bit log-mel pictures and a table of tracks.

Layout: ``idx`` uint8 ``(track, bands, columns)`` with row 0 the lowest band, ``dB = min_db *
(1 - idx / 255)`` relative to the track's maximum, ``track`` and ``label`` names. The table
(CSV with at least ``track``) adds ``artist`` and ``split``.
"""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.core.names import nfc
from genredesk.core.scores import FloatArray
from genredesk.features.frontend import LIVE_MEL, FrontendSpec
from genredesk.training.data.songs import WORDS_COLUMN, Song


@dataclass(frozen=True, slots=True)
class MelArrays:
    """A :class:`~genredesk.training.data.songs.SongSet` held in memory at one byte a value."""

    songs: tuple[Song, ...]
    spec: FrontendSpec
    pixels: NDArray[np.uint8]
    floors: FloatArray
    stride: int = 1

    def n_columns(self, index: int) -> int:  # noqa: ARG002 - every track has as many
        """How many columns a track has."""
        return self.pixels.shape[2]

    def crop(self, index: int, start: int, stop: int) -> FloatArray:
        """Columns ``start`` to ``stop`` in dB relative to the track's maximum."""
        cut = self.pixels[index, None, :, start:stop]
        step = np.float32(self.floors[index] / -255.0)
        return cut.astype(np.float32) * step + np.float32(self.floors[index])


def _table(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise DataError(
            say("{path} cannot be read ({reason}).", path=path, reason=error.strerror or error)
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            say(
                "{path}: the table of tracks cannot be read ({reason}).",
                path=path.name,
                reason=error,
            )
        ) from error
    if not rows or "track" not in rows[0]:
        raise DataError(
            say("{path}: the table needs a first line with a column named track.", path=path.name)
        )
    return {nfc(row["track"] or ""): row for row in rows}


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            missing = {"idx", "min_db", "track"} - set(file.files)
            if missing:
                raise DataError(
                    say(
                        "{path}: the array {missing} is missing.",
                        path=path.name,
                        missing=min(missing),
                    )
                )
            names = ("idx", "min_db", "track", "label")
            return {name: file[name] for name in names if name in file.files}
    except OSError as error:
        raise DataError(
            say("{path} cannot be read ({reason}).", path=path, reason=error.strerror or error)
        ) from error
    except (ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(
            say(
                "{path}: it is not a file of mel arrays. Give an .npz that holds idx, min_db "
                "and track.",
                path=path.name,
            )
        ) from error


def refuse_table(tracks: str | None) -> None:
    """Refuse a table that was given with a folder, where it would be passed over in silence."""
    if tracks:
        raise DataError(
            say(
                "{tracks}: a table belongs to mel arrays (--mels). For a folder, put it there "
                "as tracks.csv with a column path, or leave it out.",
                tracks=tracks,
            )
        )


def load(npz: str | Path, tracks: str | Path | None = None, *, several: bool = False) -> MelArrays:
    """Read mel arrays and their table.

    Parameters
    ----------
    npz
        The array file.
    tracks
        The CSV table; ``None`` looks for ``tracks.csv`` beside the arrays.
    several
        A song's label is what the column ``labels`` says, which may be several words.

    Raises
    ------
    DataError
        When a file is missing, broken or holds tracks the other does not name.
    """
    npz = Path(npz)
    arrays = _arrays(npz)
    table_path = Path(tracks) if tracks is not None else npz.with_name("tracks.csv")
    table = _table(table_path) if tracks is not None or table_path.is_file() else {}
    pixels, names = arrays["idx"], [str(name) for name in arrays["track"]]
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or len(pixels) != len(names):
        raise DataError(
            say("{npz}: idx must be uint8 (track, bands, columns), one per name.", npz=npz.name)
        )
    if len(names) == 0:
        raise DataError(say("{npz}: it holds no track.", npz=npz.name))
    if pixels.shape[1] != LIVE_MEL.n_bands:
        raise DataError(
            say(
                "{npz}: the pictures have {shape} bands, {n_bands} are needed.",
                npz=npz.name,
                shape=pixels.shape[1],
                n_bands=LIVE_MEL.n_bands,
            )
        )
    songs = []
    for i, name in enumerate(names):
        row = table.get(nfc(name), {})
        label = row.get(WORDS_COLUMN) if several else row.get("genre") or row.get("label")
        label = label or (str(arrays["label"][i]) if "label" in arrays and not several else "")
        if not label:
            what = (
                say("no words in the column {words_column}", words_column=WORDS_COLUMN)
                if several
                else say("no genre")
            )
            raise DataError(
                say(
                    "{table_path}: the track {name} has {what}.",
                    table_path=table_path.name,
                    name=name,
                    what=what,
                )
            )
        songs.append(Song(name, label, row.get("artist") or "", row.get("split") or ""))
    floors = arrays["min_db"].astype(np.float32)
    if floors.shape != (len(names),) or not np.isfinite(floors).all():
        raise DataError(say("{npz}: min_db must be one number for every track.", npz=npz.name))
    return MelArrays(tuple(songs), LIVE_MEL, pixels, floors)
