"""What music sounds like that is none of the genres a person teaches: outlier exposure.

``resources/other-music.npz`` holds means of many windows' embeddings, a dozen a genre, as each of
the ears that come with the program hears them. The right answer to them is "any of the genres"
(Hendrycks, Mazeika and Dietterich 2019, section 4.3), so that a last layer learned from a few songs
stays unsure about music that is like none of them. ``packaging/make_other_music.py`` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genredesk.core import paths
from genredesk.core.genres import genre_key
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.training.network.logistic import Matrix

FILE = "other-music.npz"
LABELS = "labels"


def none(width: int) -> Matrix:
    """Return no music at all, ``(0, width)``."""
    return np.zeros((0, width))


def heard_by(ears: Sequence[Bundle], labels: Sequence[str]) -> Matrix | None:
    """Return embeddings ``(n, d)`` of music under other names than ``labels``.

    Those of several ears stand side by side. ``None`` when one of them is not an ear that comes
    with the program, or another version of it.
    """
    try:
        with np.load(paths.resources_dir() / FILE, allow_pickle=False) as file:
            of = {ear.card.files[MODEL] for ear in ears}
            if not of <= set(file.files):
                return None
            names = file[LABELS]
            parts = [file[ear.card.files[MODEL]] for ear in ears]
    except OSError:
        return None
    taught = {genre_key(label) for label in labels}
    others = np.array([genre_key(str(name)) not in taught for name in names])
    return np.concatenate(parts, axis=1)[others].astype(np.float64)
