"""What music sounds like that is none of the genres a person teaches: outlier exposure.

``resources/other-music.npz`` holds means of many windows' embeddings, a dozen a genre, as each of
the ears that come with the program hears them. The right answer to them is "any of the genres"
(Hendrycks, Mazeika and Dietterich 2019, section 4.3), so that a last layer learned from a few songs
stays unsure about music that is like none of them. ``packaging/make_other_music.py`` writes it.

What is trained here brings such means of the songs it learned from in its own bundle, so that a
word can be taught beside its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from genredesk.core import paths
from genredesk.core.genres import genre_key
from genredesk.core.job import JobContext
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.training.data.songs import SongSet, window_columns, windows_of
from genredesk.training.network.logistic import Matrix
from genredesk.training.network.module import Listen

FILE = "other-music.npz"
LABELS = "labels"

EACH = 12
"""Rows of one word that a bundle brings, at most."""
MOST = 600
"""Rows of all words together."""
WINDOWS = 10
"""Of a song of a whole training so many are heard for it."""

_PREFIX = "music."
_LARGEST = float(np.finfo(np.float16).max)

WordEmbeddings = dict[str, Matrix]
"""Embeddings ``(n, d)`` of music by its name."""


def none(width: int) -> Matrix:
    """Return no music at all, ``(0, width)``."""
    return np.zeros((0, width))


def by_word(ears: Sequence[Bundle]) -> WordEmbeddings:
    """Return embeddings of music by its name, as ears that come with the program hear it.

    Those of several ears stand side by side. Nothing when one of them does not come with the
    program, or is another version of it.
    """
    try:
        with np.load(paths.resources_dir() / FILE, allow_pickle=False) as file:
            of = [ear.card.files[MODEL] for ear in ears]
            if not set(of) <= set(file.files):
                return {}
            names = file[LABELS]
            every = np.concatenate([file[model] for model in of], axis=1).astype(np.float64)
    except OSError:
        return {}
    return {str(name): every[names == name] for name in dict.fromkeys(names)}


def without(music: Mapping[str, Matrix], labels: Sequence[str]) -> WordEmbeddings:
    """Return what goes by other names than ``labels``."""
    taught = {genre_key(label) for label in labels}
    return {name: rows for name, rows in music.items() if genre_key(name) not in taught}


def heard_by(ears: Sequence[Bundle], labels: Sequence[str]) -> Matrix | None:
    """Return embeddings ``(n, d)`` of music under other names than ``labels``.

    ``None`` where :func:`by_word` knows nothing.
    """
    music = by_word(ears)
    if not music:
        return None
    width = next(iter(music.values())).shape[1]
    return np.concatenate([none(width), *without(music, labels).values()])


# ---------------------------------------------------------------- in a bundle


def of(bundle: Bundle) -> WordEmbeddings:
    """Return embeddings of music by its name, as a bundle hears it.

    Those it brings; of one that comes with the program those of :data:`FILE`. Nothing of bundles
    from elsewhere and of older ones.

    Raises
    ------
    BundleError
        When what it brings was changed or damaged.
    """
    brought = bundle.embeddings()
    if brought is None:
        return by_word([bundle])
    return {  # in the same order always
        name.removeprefix(_PREFIX): rows.astype(np.float64)
        for name, rows in sorted(load(brought).items())
    }


def packed(music: Mapping[str, Matrix]) -> bytes | None:
    """Return what :func:`of` reads, in half precision; ``None`` where there is nothing.

    At most :data:`MOST` rows are kept, of every word as many.
    """
    words = [name for name, rows in music.items() if len(rows)]
    words = [words[i] for i in evenly(len(words), MOST)]
    each = _each_of(len(words))
    tables = {}
    for word in words:
        rows = music[word][evenly(len(music[word]), each)]
        tables[_PREFIX + word] = np.clip(rows, -_LARGEST, _LARGEST).astype(np.float16)
    return save(tables) if tables else None


def evenly(n: int, most: int) -> NDArray[np.intp]:
    """Return at most so many of ``n`` numbers, as far apart as they can be."""
    return np.linspace(0, n - 1, min(n, most)).round().astype(np.intp)


def _each_of(n_words: int) -> int:
    return min(EACH, max(1, MOST // max(1, n_words)))


def means(embedding: Matrix, song: NDArray[np.intp], names: Sequence[str]) -> WordEmbeddings:
    """Return means of windows' embeddings, at most :data:`EACH` a word.

    Of a word with many songs those of some of them, of one with few those of several parts of each.

    Parameters
    ----------
    embedding
        ``(windows, d)``, those of a song in their order.
    song
        Index of each window's song, ``(windows,)``.
    names
        The songs' words.
    """
    songs: dict[str, list[int]] = {}
    for index in map(int, np.unique(song)):
        songs.setdefault(names[index], []).append(index)
    found: WordEmbeddings = {}
    for word, own in songs.items():
        kept = [own[i] for i in evenly(len(own), EACH)]
        parts = (np.array_split(embedding[song == i], EACH // len(kept)) for i in kept)
        found[word] = np.stack([part.mean(0) for of_song in parts for part in of_song if len(part)])
    return found


def joined(music: Mapping[str, Matrix], more: Mapping[str, Matrix]) -> WordEmbeddings:
    """Return both; of a word that is in both, however it is written, at most :data:`EACH`."""
    names = {genre_key(name): name for name in music}
    out = dict(music)
    for word, rows in more.items():
        name = names.get(genre_key(word), word)
        every = np.concatenate([out.get(name, none(rows.shape[1])), rows])
        out[name] = every[evenly(len(every), EACH)]
    return out


def learned_from(
    listen: Listen, data: SongSet, indices: Sequence[int], ctx: JobContext
) -> WordEmbeddings:
    """Let a trained network hear a few of its songs; return :func:`means` of them.

    Parameters
    ----------
    indices
        The songs it learned from.
    """
    songs: dict[str, list[int]] = {}
    for index in indices:
        songs.setdefault(data.songs[index].label, []).append(index)
    each = _each_of(len(songs))
    parts, song = [], []
    for index in (own[i] for own in songs.values() for i in evenly(len(own), each)):
        ctx.checkpoint()
        hop = max(window_columns(data.spec), data.n_columns(index) // WINDOWS)
        windows, _ = windows_of(data, index, hop)
        parts.append(listen(windows[:WINDOWS])[1])
        song += [index] * len(parts[-1])
    names = [song.label for song in data.songs]
    return means(np.concatenate(parts), np.array(song, np.intp), names)
