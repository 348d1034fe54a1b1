"""A person's corrections as labelled folders, the way training wants its music.

The folders hold links, so nothing is copied where links can be made; artists are named beside
them, so that no artist stands on both sides of a split.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from genredesk.core import paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.library.row_state import AWAY, FileState

if TYPE_CHECKING:
    from genredesk.library.library import Library
    from genredesk.library.records import TrackRow

_GONE = (*AWAY, FileState.FAILED)


def folder() -> Path:
    """Return where the links lie."""
    return paths.data_dir() / "corrections"


def gather(catalogue: Library, checkpoint: Callable[[], None]) -> tuple[Path, int]:
    """Link every corrected track into a folder of its genre; return the place and how many.

    Raises
    ------
    GenreDeskError
        When nothing was corrected so far, or the folder cannot be written.
    """
    rows = catalogue.files.rows(catalogue.index.query("state:corrected"))
    rows = [row for row in rows if row.state not in _GONE]
    if not rows:
        raise GenreDeskError(
            say(
                "There is nothing to learn from yet. Set the genre of some tracks first: choose "
                "them and press a key from 1 to 9."
            )
        )
    target = folder()
    part = target.with_name(f".{target.name}.tmp")
    try:
        shutil.rmtree(part, ignore_errors=True)
        _write(part, rows, checkpoint)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    except OSError as error:
        raise GenreDeskError(
            say(
                "{path}: the corrections cannot be gathered there ({reason}). Make room or allow "
                "writing.",
                path=target,
                reason=error.strerror or error,
            )
        ) from error
    return target, len(rows)


def _write(place: Path, rows: list[TrackRow], checkpoint: Callable[[], None]) -> None:
    known: set[int | None] = set()
    lines: list[tuple[str, str]] = []
    for row in rows:
        checkpoint()
        if row.track_id in known:  # another copy of the same sound
            continue
        known.add(row.track_id)
        home = place / _safe(row.corrected[0])
        home.mkdir(parents=True, exist_ok=True)
        link = home / f"{row.id:08}{row.path.suffix.lower()}"
        _link(row.path, link)
        lines.append((link.relative_to(place).as_posix(), row.artist))
    with (place / "tracks.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "artist"])
        writer.writerows(lines)


def _safe(label: str) -> str:
    """Return a label as the name of a folder."""
    return "".join("_" if c in '<>:"/\\|?*' or ord(c) < 32 else c for c in label).strip(" .") or "_"


def _link(source: Path, link: Path) -> None:
    try:
        link.symlink_to(source)
    except OSError:  # Windows without the right to link
        try:
            os.link(source, link)
        except OSError:
            shutil.copyfile(source, link)
