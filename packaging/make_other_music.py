"""Write resources/other-music.npz: what music of ten genres is to the ears that come along.

``python packaging/make_other_music.py --mels NPZ --tracks CSV``, again whenever one of these ears
was trained again. Only means over many windows of many songs are kept.
"""

from __future__ import annotations

import argparse
import io
from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from genredesk.core import atomic, paths
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import DEFAULT_ID, MODEL, Bundle
from genredesk.training.data import mels
from genredesk.training.data.songs import SongSet, iter_windows
from genredesk.training.fit import other_music
from genredesk.training.network import module
from genredesk.training.plan.ears import SECOND_ID

EACH = 12
"""Means a genre."""

HOP_S = 9.0
"""Windows of a song lie so far apart."""


def embedded(ears: list[Bundle], data: SongSet) -> tuple[list[np.ndarray], np.ndarray]:
    """Return each ear's embeddings of windows of all songs, and the windows' genres."""
    listeners = [module.graph(ear.read(MODEL)) for ear in ears]
    found: list[list[np.ndarray]] = [[] for _ in ears]
    labels: list[str] = []
    hop = round(HOP_S / data.spec.hop_s)
    for index, windows, _ in iter_windows(data, range(len(data.songs)), hop):
        labels += [data.songs[index].label] * len(windows)
        for part, listen in zip(found, listeners, strict=True):
            part.append(listen(windows)[1])
    return [np.concatenate(part) for part in found], np.array(labels)


def means(found: list[np.ndarray], labels: np.ndarray) -> tuple[list[np.ndarray], list[str]]:
    """Return the means of :data:`EACH` groups of like windows a genre, the same for every ear."""
    together = np.concatenate([part / np.maximum(part.std(0), 1e-3) for part in found], axis=1)
    kept: list[list[np.ndarray]] = [[] for _ in found]
    names: list[str] = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        group = KMeans(EACH, n_init="auto", random_state=0).fit(together[own]).labels_
        for number in range(EACH):
            names.append(str(label))
            for part, out in zip(found, kept, strict=True):
                out.append(part[own[group == number]].mean(0))
    return [np.stack(part) for part in kept], names


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mels", required=True, metavar="NPZ")
    parser.add_argument("--tracks", required=True, metavar="CSV")
    asked = parser.parse_args()
    ears = [bundles.load(paths.shipped_models_dir() / name) for name in (DEFAULT_ID, SECOND_ID)]
    found, names = means(*embedded(ears, mels.load(asked.mels, asked.tracks)))
    arrays: dict[str, Any] = {
        ear.card.files[MODEL]: part.astype(np.float16)
        for ear, part in zip(ears, found, strict=True)
    }
    file = io.BytesIO()
    np.savez_compressed(file, **{other_music.LABELS: np.array(names)}, **arrays)
    target = paths.resources_dir() / other_music.FILE
    atomic.write_bytes(target, file.getvalue())
    print(f"{target}: {len(names)} means, {len(file.getvalue()) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
