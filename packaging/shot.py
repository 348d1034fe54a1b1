"""Where the pictures of the README and the manual lie, and how they are written: one set."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtGui import QPixmap

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "images"
SIZE = (1280, 800)

_WITHOUT_LOSS, _WELL = 100, 92
"""Qualities of WebP: the first keeps every pixel."""


def save(picture: QPixmap, name: str) -> Path:
    """Write ``docs/images/<name>.webp``: without loss, or nearly so where that saves a third."""
    TARGET.mkdir(parents=True, exist_ok=True)
    target, draft = TARGET / f"{name}.webp", TARGET / f"{name}.tmp"
    picture.save(str(target), "WEBP", _WITHOUT_LOSS)
    picture.save(str(draft), "WEBP", _WELL)
    if 3 * draft.stat().st_size < 2 * target.stat().st_size:
        draft.replace(target)
    else:
        draft.unlink()
    return target


@contextmanager
def shown_place(name: str) -> Iterator[Path]:
    """Yield a short path, as it stands on pictures; nothing may be there, nothing is left there."""
    place = Path(tempfile.gettempdir()) / name
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place)
