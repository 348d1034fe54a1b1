"""Writes what can be saved from the Listen page: stretches, scores, sound.

The texts themselves are made by :mod:`genredesk.inference`, the same as on the command line. The
window asks where to; nothing is ever written by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from genredesk.audio import wav
from genredesk.core import atomic
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.core.scores import Scores

if TYPE_CHECKING:
    from genredesk.inference.stretches import Heard
    from genredesk.inference.track import TrackResult


class Saved(Enum):
    """What is written, and the ending of its file."""

    PICTURE = "png"
    DRAWING = "svg"
    STRETCHES = "stretches.csv"
    STRETCHES_JSON = "stretches.json"
    LABELS = "txt"
    SOUND = "wav"
    CHAPTERS = "m3u8"
    SCORES = "csv"
    SCORES_JSON = "json"

    @property
    def ending(self) -> str:
        """The ending with its dot."""
        return "." + self.value.rpartition(".")[2]

    @classmethod
    def of(cls, path: Path) -> Saved:
        """Return what the ending of a file means by itself.

        Raises
        ------
        GenreDeskError
            For an ending of none of them.
        """
        found = {kind.value: kind for kind in cls}.get(path.suffix.lower()[1:])
        if found is None:
            raise GenreDeskError(
                say(
                    "“{ending}” is not a format GenreDesk writes. Use .png, .svg, .csv, .json, "
                    ".txt, .wav or .m3u8.",
                    ending=path.suffix or say("no ending"),
                )
            )
        return found


@dataclass(frozen=True, slots=True)
class ListenExport:
    """What is to be saved: of a file or a device, all of it or a selected time.

    Parameters
    ----------
    heard
        The stretches, as the timeline shows them.
    bundle
        Id of the bundle that judged.
    scores
        The windows as the network judged them, oldest first.
    span
        What is selected, in seconds; ``None``: everything.
    result
        The finished analysis of a file, if all of it is to be saved.
    sound
        Returns the sound of the span, mono ``(n,)``, and its rate; run off the UI thread.
    """

    heard: Heard
    bundle: str
    scores: Sequence[Scores]
    span: tuple[float, float] | None = None
    result: TrackResult | None = None
    sound: Callable[[], tuple[np.ndarray, int]] | None = field(default=None, compare=False)


def text_of(export: ListenExport, kind: Saved) -> str:
    """Return an export as text.

    Raises
    ------
    GenreDeskError
        When there is nothing of that kind.
    """
    from genredesk.inference import stretches, timeline  # noqa: PLC0415

    writers = {
        Saved.STRETCHES: stretches.stretches_csv,
        Saved.STRETCHES_JSON: stretches.stretches_json,
        Saved.LABELS: stretches.stretches_labels,
        Saved.CHAPTERS: stretches.stretches_m3u,
    }
    if kind in writers:
        return writers[kind](export.heard)
    if kind is Saved.SCORES:
        return timeline.scores_csv(export.scores)
    if export.result is not None:
        return timeline.scores_json(export.result)
    value = {
        "source": export.heard.source,
        "bundle": export.bundle,
        "windows": [timeline.window_as_dict(s) for s in export.scores],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write(export: ListenExport, path: Path, kind: Saved | None = None) -> Path:
    """Write an export to ``path`` and return it; ``kind`` by default as the ending says.

    Raises
    ------
    GenreDeskError
        When there is nothing to save, the format is unknown or ``path`` cannot be written.
    """
    kind = kind or Saved.of(path)
    if kind is Saved.SOUND:
        return _write_sound(export, path)
    if not export.scores and not export.heard.stretches:
        raise GenreDeskError(
            say(
                "Nothing was heard of {source} in the selected time, so there is nothing to save.",
                source=export.heard.source,
            )
            if export.span
            else say(
                "Nothing was heard of {source} yet, so there is nothing to save.",
                source=export.heard.source,
            )
        )
    return write_bytes(path, text_of(export, kind).encode())


def _write_sound(export: ListenExport, path: Path) -> Path:
    if export.span is None and export.heard.path is not None:
        raise GenreDeskError(
            say(
                "All the sound of {file} is in that file already. Select a stretch of it to save "
                "that one as WAV.",
                file=export.heard.path.name,
            )
        )
    samples, rate = export.sound() if export.sound is not None else (np.zeros(0, np.float32), 1)
    if not len(samples):
        raise GenreDeskError(
            say(
                "The sound of {source} at that time is no longer held: of a device the last ten "
                "minutes are. Select a later stretch.",
                source=export.heard.source,
            )
        )
    try:
        wav.write(path, samples, rate)
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def write_bytes(path: Path, data: bytes) -> Path:
    """Write ``data`` whole or not at all; return ``path``.

    Raises
    ------
    GenreDeskError
        When ``path`` cannot be written.
    """
    try:
        atomic.write_bytes(path, data)
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def png_of(picture: QImage) -> bytes:
    """Return ``picture`` as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return bytes(buffer.data().data())


def write_picture(picture: QImage, path: Path) -> Path:
    """Write ``picture`` as PNG and return ``path``.

    Raises
    ------
    GenreDeskError
        When ``path`` cannot be written.
    """
    return write_bytes(path, png_of(picture))


def cannot_write(path: Path, error: OSError) -> GenreDeskError:
    """Return the error of a file that cannot be written where a person wants it."""
    return GenreDeskError(
        say(
            "{path} cannot be written ({reason}). Choose another place.",
            path=path,
            reason=error.strerror or error,
        )
    )
