"""Made-up rows in a real catalogue, and small collections of real files."""

from __future__ import annotations

import hashlib
import json
import os
import wave
from collections.abc import Callable
from multiprocessing import resource_tracker
from pathlib import Path

import numpy as np
import pytest

from genredesk.core.certainty import Bounds
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.library import Library

LABELS = ("blues", "jazz", "rock")


@pytest.fixture(scope="session", autouse=True)
def one_resource_tracker() -> None:
    """Start Python's own helper of ``multiprocessing``, which stays until the end."""
    if os.name == "posix":
        resource_tracker.ensure_running()


def fill(catalogue: Catalogue, n: int, folder: Path) -> None:
    """Write ``n`` tracks: genres in turn, every fifth unsure, every third with another tag."""
    rng = np.random.default_rng(3)
    root = catalogue.roots.add(folder).id
    bundle = catalogue.networks.use("test", "Test", LABELS, Bounds.of(0.5, 3))
    with catalogue.db.write() as connection:
        for i in range(n):
            label = LABELS[i % 3]
            best = i % 3
            tag = ["Pop"] if i % 3 == 2 else [label.title()]
            score = 0.3 if i % 5 == 0 else 0.9
            name = os.fsencode(folder / f"{i:05}.mp3")
            connection.execute("INSERT INTO track VALUES (?, ?, ?)", (i + 1, b"%d" % i, 100.0 + i))
            connection.execute(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, added_at, title, artist, album, tag_genre)"
                " VALUES (?, ?, ?, ?, 1, 1, 1, ?, ?, 'analysed', ?, ?, ?, ?, ?)",
                (i + 1, root, name, name.decode(), i, i + 1, 1.7e9 + i, f"Title {i:05}",
                 f"Artist {i % 7}", f"Album {i % 11}", json.dumps(tag)),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO result VALUES (?, ?, ?, ?, 'pop', 0.05, ?, 0.8, 1.7e9)",
                (i + 1, bundle, label, score, label),
            )
            table = np.full((20, 3), 20, np.uint8)
            table[:, best] = 215
            table[7, best] = 250
            table[:2] = 0
            centre = np.zeros(4)
            centre[best] = 3
            vector = (centre + rng.normal(0, 0.3, 4)).astype(np.float16)
            connection.execute(
                "INSERT INTO result_detail VALUES (?, ?, 3.0, 3.0, ?, ?)",
                (i + 1, bundle, table.tobytes(), vector.tobytes()),
            )


@pytest.fixture
def filled(tmp_path: Path) -> Callable[[int], Catalogue]:
    """Make a catalogue with so many tracks; the test closes it."""

    def make(n: int) -> Catalogue:
        folder = tmp_path / "made-up"
        folder.mkdir(exist_ok=True)
        catalogue = Library.open(tmp_path / "made-up.db")
        fill(catalogue, n, folder)
        return catalogue

    return make


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Nine short tones in a folder, three of each that the tiny network tells apart."""
    folder = tmp_path / "collection"
    pitch = {"low": 220.0, "middle": 1500.0, "high": 5500.0}
    for name, hertz in pitch.items():
        for n in range(3):
            t = np.arange(22050 * 4) / 22050
            sound = 0.4 * np.sin(2 * np.pi * (hertz + 3 * n) * t)
            path = folder / f"{name} {n}.wav"
            path.parent.mkdir(exist_ok=True)
            with wave.open(str(path), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(22050)
                out.writeframes((sound * 32767).astype("<i2").tobytes())
    return folder


def tree(folder: Path) -> dict[str, str]:
    """Return every file below ``folder`` with the hash of its bytes, and every folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture(name="tree")
def tree_fixture() -> Callable[[Path], dict[str, str]]:
    return tree
