"""Small music, a catalogue and a scan: what the library's tests are made from."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile

from genredesk.core.certainty import Bounds
from genredesk.core.job import JobContext
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.library import Library
from genredesk.library.scanning.scan import ScanOptions, ScanReport, scan

KIT = Path(__file__).with_name("kit")


@pytest.fixture(scope="session")
def kit() -> Iterator[ModuleType]:
    """The module that worker processes can import, too."""
    sys.path.insert(0, str(KIT))
    import library_kit

    yield library_kit
    sys.path.remove(str(KIT))


def write_tone(
    path: Path, hertz: float = 440.0, seconds: float = 0.4, level: float = 0.3, **how: Any
) -> Path:
    """Write a tone; the format follows the suffix."""
    t = np.arange(round(seconds * 22050)) / 22050
    path.parent.mkdir(parents=True, exist_ok=True)
    name: Any = path if os.name == "nt" else os.fsencode(path)
    sound = (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)
    how.setdefault("format", path.suffix[1:].upper() or "WAV")
    exact = np.rint(sound * 32767).astype(np.int16)  # libsndfile rounds otherwise for each format
    soundfile.write(name, exact, 22050, **how)
    return path


@pytest.fixture
def tone() -> Callable[..., Path]:
    return write_tone


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with six tones in two folders."""
    folder = tmp_path / "music"
    for i, hertz in enumerate((110, 130, 700, 800, 3000, 4000)):
        write_tone(folder / f"disc {i % 2 + 1}" / f"{i} tone.flac", hertz)
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Library.open(tmp_path / "db" / "library.db") as opened:
        yield opened


@pytest.fixture
def run(kit: ModuleType, tmp_path: Path) -> Callable[..., ScanReport]:
    """Scan with the arithmetic network; keyword arguments change it or the options."""

    def go(catalogue: Catalogue, *folders: Path, ctx: JobContext | None = None, **more: Any):
        for folder in folders:
            catalogue.roots.add(folder)
        score = {k: more.pop(k) for k in list(more) if k in kit.ToneScore.__dataclass_fields__}
        passed = {k: more.pop(k) for k in ("roots", "paths", "on_batch") if k in more}
        more.setdefault("cache_folder", tmp_path / "features")
        more.setdefault("cache_bytes", 1 << 20)
        more.setdefault("workers", 1)
        return scan(
            catalogue,
            kit.ToneScore(**score),
            ctx or JobContext(),
            options=ScanOptions(**more),
            **passed,
        )

    return go


def add_rows(catalogue: Catalogue, rows: list[dict[str, Any]], labels: list[str]) -> None:
    """Write rows straight into the tables; what a row does not say is made up."""
    bundle = catalogue.networks.use("made-up", "Made-up", labels, Bounds.of(0.5, len(labels)))
    with catalogue.db.write() as w:
        w.execute("INSERT OR IGNORE INTO root (id, path, added_at) VALUES (1, ?, 0)", (b"/music",))
        (base,) = w.execute("SELECT coalesce(max(id), 0) FROM track").fetchone()
        for k, row in enumerate(rows, base + 1):
            path = row.get("path", f"/music/{k}.mp3")
            heard = row.get("heard")
            w.execute(
                "INSERT INTO track VALUES (?, ?, ?)", (k, b"%d" % k, row.get("seconds", 100.0 + k))
            )
            w.execute(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, away, added_at, title, artist, album, album_artist, track_no,"
                " year, tag_genre) VALUES (?,1,?,?,1,1,1,?,?,?,?,?,?,?,?,?,?,?,?)",
                (k, os.fsencode(path), path, k, row.get("track_id", k),
                 row.get("state", "analysed"), row.get("away", ""), row.get("added", time.time()),
                 row.get("title", ""), row.get("artist", ""), row.get("album", ""),
                 row.get("album_artist", ""), row.get("track_no", 0), row.get("year", 0),
                 json.dumps(row.get("tag", []), ensure_ascii=False)),
            )  # fmt: skip
            if heard is not None or row.get("answer") == "silence":
                w.execute(
                    "INSERT INTO result VALUES (?,?,?,?,?,?,?,?,?)",
                    (k, bundle, heard, row.get("score", 0.7 if heard else 0.0), None, 0, heard,
                     1.0, 0),
                )  # fmt: skip
            if row.get("fixed"):
                w.execute(
                    "INSERT INTO correction VALUES (?,?,0)",
                    (k, json.dumps(row["fixed"], ensure_ascii=False)),
                )


@pytest.fixture(name="add_rows")
def _add_rows() -> Callable[..., None]:
    return add_rows
