"""Writes what can be saved from the Listen page; the suffix of the chosen file says which format.

The texts themselves are made by :mod:`genredesk.inference.timeline`, the same as on the command
line. The window asks where to; nothing is ever written by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from genredesk.core import atomic
from genredesk.core.errors import GenreDeskError
from genredesk.core.scores import Scores

if TYPE_CHECKING:
    from genredesk.inference.track import TrackResult


@dataclass(frozen=True, slots=True)
class ListenExport:
    """What is to be saved: a whole file's result, or the windows heard so far.

    Parameters
    ----------
    source
        Path of the file or name of the device.
    bundle
        Id of the bundle that judged.
    scores
        The windows as the network judged them, oldest first.
    timeline
        The same windows as the ribbon shows them.
    result
        The finished analysis of a file, ``None`` for a live source.
    """

    source: str
    bundle: str
    scores: Sequence[Scores]
    timeline: Sequence[Scores]
    result: TrackResult | None = None


def text_of(heard: ListenExport, suffix: str) -> str:
    """Return ``heard`` as CSV, JSON or Audacity labels (``.csv``, ``.json``, ``.txt``).

    Raises
    ------
    GenreDeskError
        For any other suffix.
    """
    from genredesk.inference import timeline  # noqa: PLC0415

    if suffix == ".csv":
        return timeline.scores_csv(heard.scores)
    if suffix == ".txt":
        return timeline.audacity_labels(heard.timeline)
    if suffix != ".json":
        raise GenreDeskError(
            f"“{suffix or 'no ending'}” is not a format GenreDesk writes. "
            "Use .png, .csv, .json or .txt."
        )
    if heard.result is not None:
        return timeline.scores_json(heard.result)
    value = {
        "source": heard.source,
        "bundle": heard.bundle,
        "windows": [timeline.window_as_dict(s) for s in heard.scores],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write(heard: ListenExport, path: Path) -> Path:
    """Write ``heard`` to ``path`` and return it.

    Raises
    ------
    GenreDeskError
        When there is nothing to save, the format is unknown or ``path`` cannot be written.
    """
    if not heard.scores:
        raise GenreDeskError("Nothing was heard yet, so there are no scores to save.")
    return _written(path, text_of(heard, path.suffix.lower()).encode())


def write_picture(picture: QImage, path: Path) -> Path:
    """Write ``picture`` as PNG and return ``path``.

    Raises
    ------
    GenreDeskError
        When ``path`` cannot be written.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return _written(path, bytes(buffer.data().data()))


def _written(path: Path, data: bytes) -> Path:
    try:
        atomic.write_bytes(path, data)
    except OSError as error:
        raise GenreDeskError(
            f"{path} cannot be written ({error.strerror or error}). Choose another place."
        ) from error
    return path
