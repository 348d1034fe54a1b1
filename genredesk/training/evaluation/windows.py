"""A window of a song for somebody to listen to: its sound as WAV, its scores beside it as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from genredesk.audio import decode, wav
from genredesk.core import atomic
from genredesk.core.errors import DataError
from genredesk.core.messages import say

RATE = 44100


def save(
    target: Path, song: str | Path, start: float, end: float, *, truth: str,
    scores: Mapping[str, float],
) -> Path:  # fmt: skip
    """Write seconds ``start`` to ``end`` of a song as mono 16-bit WAV, and its scores.

    Parameters
    ----------
    truth, scores
        The song's genre, and the score of every genre; they are written beside the sound, under
        the same name with the ending ``.csv``.

    Returns
    -------
    Path
        The CSV.

    Raises
    ------
    AudioFileError
        When the song cannot be read.
    DataError
        When nothing can be written.
    """
    sound = decode.load(song, RATE, end + 1.0)[round(start * RATE) : round(end * RATE)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["song", "start", "end", "truth", *scores])
    written = (f"{score:.4f}" for score in scores.values())
    writer.writerow([Path(song).name, f"{start:.2f}", f"{end:.2f}", truth, *written])
    table = target.with_suffix(".csv")
    try:
        wav.write(target, sound, RATE)
        atomic.write_text(table, out.getvalue())
    except OSError as error:
        raise DataError(
            say(
                "{target}: it cannot be written ({reason}). Choose another place or make room.",
                target=target,
                reason=error.strerror or error,
            )
        ) from error
    return table
