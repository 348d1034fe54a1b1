"""A catalogue of tracks nobody ever played, for measuring the window with many rows."""

from __future__ import annotations

import json
import os
import random
import zlib
from pathlib import Path

import numpy as np

from genredesk.library.catalogue import Catalogue

LABELS = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
_FIRST = "Amber Blue Broken Cold Distant Electric Golden Hollow Iron Little Lonely Midnight Paper "
_FIRST += "Quiet Red Silver Slow Velvet Wild Winter"
_LAST = "Avenue Bells Bridge Coast Echo Garden Harbour Hours Kitchen Lights Mirror Moon Morning "
_LAST += "Orchard Parade Rain River Station Street Window"
_WHO = "Anna Ben Clara Dora Emil Frida Gus Hana Ivo June Karl Lena Milo Nora Otto Pia"
_NAME = "Adler Brandt Castell Dahl Ekberg Falk Grau Holm Ives Jansen Krol Lund Moss North Okoye"


def fill(path: Path, n: int, *, detail: int = 0, seed: int = 7) -> None:
    """Write ``n`` made-up tracks into a new catalogue; the first ``detail`` have timelines."""
    rng = random.Random(seed)
    numbers = np.random.default_rng(seed)
    first, last = _FIRST.split(), _LAST.split()
    people = [f"{a} {b}" for a in _WHO.split() for b in _NAME.split()]
    artists = [f"{p}{' Trio' if i % 5 == 0 else ''}" for i, p in enumerate(people)] * 12
    artists = [f"{a} {i // 240 + 1}" if i >= 240 else a for i, a in enumerate(artists)]
    folder = path.parent / "Music"
    with Catalogue.open(path) as catalogue:
        root = folder
        root.mkdir(exist_ok=True)
        root_id = catalogue.add_root(root).id
        bundle = catalogue.use_bundle("made-up", "Made up", LABELS)
        with catalogue.write() as connection:
            files, tracks, results = [], [], []
            for i in range(n):
                artist = artists[int(rng.random() ** 2 * len(artists))]
                album = f"{rng.choice(first)} {rng.choice(last)}"
                title = f"{rng.choice(first)} {rng.choice(last)} {rng.choice(last)}"
                label = LABELS[(zlib.crc32(artist.encode()) ^ (rng.random() < 0.3)) % 10]
                score = min(0.99, max(0.2, rng.gauss(0.75, 0.18)))
                tag = [] if rng.random() < 0.2 else [label.title() if rng.random() < 0.7 else "Pop"]
                name = os.fsencode(folder / artist / album / f"{i:07} {title}.mp3")
                tracks.append((i + 1, i.to_bytes(16, "big"), 120 + rng.random() * 240))
                files.append(
                    (i + 1, root_id, name, name.decode(), 4_000_000 + i, i, 1, i, i + 1,
                     "analysed", 1.7e9 + i * 60.0, title, artist, album, i % 12 + 1,
                     1960 + i % 60, json.dumps(tag))
                )  # fmt: skip
                others = [g for g in LABELS if g != label]
                state = "named" if score >= 0.5 else "unsure"
                results.append(
                    (i + 1, bundle, state, label, score, rng.choice(others), (1 - score) / 2,
                     label, score, 1.7e9)
                )  # fmt: skip
            connection.executemany("INSERT INTO track VALUES (?, ?, ?)", tracks)
            connection.executemany(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, added_at, title, artist, album, track_no, year, tag_genre)"
                f" VALUES ({','.join('?' * 17)})",
                files,
            )
            connection.executemany(f"INSERT INTO result VALUES ({','.join('?' * 10)})", results)
            details = []
            for i in range(min(n, detail)):
                best = LABELS.index(results[i][3])
                table = numbers.dirichlet(np.ones(len(LABELS)) * 0.25, 60)
                table[:, best] += numbers.random(60) * 2
                table /= table.sum(axis=1, keepdims=True)
                table[:2] = 0
                centre = np.zeros(16)
                centre[best] = 2.0
                embedding = (centre + numbers.normal(0, 0.6, 16)).astype(np.float16)
                details.append(
                    (i + 1, bundle, 3.0, 3.02, (table * 255).astype(np.uint8).tobytes(),
                     embedding.tobytes())
                )  # fmt: skip
            connection.executemany("INSERT INTO result_detail VALUES (?, ?, ?, ?, ?, ?)", details)
