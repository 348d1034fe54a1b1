"""Which tracks sound alike, by the network's embeddings: a map of all, and the nearest of one.

Principal components (numpy's SVD on a sample) stand for the embeddings: a tenth of the memory, the
first two are a map at once. Where scikit-learn is installed, t-SNE draws a better one in a process
of its own, which can be stopped.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import multiprocessing
import re
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from sqlite3 import Connection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.library.index import best_embedding

if TYPE_CHECKING:
    from genredesk.library.catalogue.catalogue import Catalogue

DIMENSIONS = 32
_SAMPLE = 10_000
_CHUNK = 4096
LANDMARKS = 5000
"""Points that t-SNE places itself; its time grows faster than their number. Others go beside the
landmarks they sound like."""
_ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class Near:
    """A track that sounds like another; ``similarity`` is a cosine, 1 for the same sound."""

    track_id: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Every track's place among the others.

    Parameters
    ----------
    track_ids
        Sorted, shape ``(n,)``; tracks that are all silence have no place.
    vectors
        Principal components of their embeddings, the largest first, ``(n, d)``, around 0.
    explained
        Share of the variance that each component holds, ``(d,)``.
    network
        Whose embeddings they are, as a person calls it.
    """

    track_ids: NDArray[np.int64]
    vectors: FloatArray
    explained: FloatArray
    network: str = ""

    @classmethod
    def load(cls, catalogue: Catalogue, ctx: JobContext | None = None) -> Neighbours:
        """Read what a network made of every track: the best of those that heard them all.

        Raises
        ------
        Cancelled
            When the job was asked to stop.
        """
        ctx = ctx or JobContext()
        used = catalogue.networks.used.id
        with catalogue.db.snapshot() as connection:
            bundle_id, network = best_embedding.best(connection, used)
            ids = np.array(
                [
                    i
                    for (i,) in connection.execute(
                        "SELECT track_id FROM result_detail"
                        " WHERE bundle_id = ? AND length(embedding) > 0 ORDER BY track_id",
                        (bundle_id,),
                    )
                ],
                np.int64,
            )
            chosen = ids
            if len(ids) > _SAMPLE:
                chosen = np.sort(np.random.default_rng(0).choice(ids, _SAMPLE, replace=False))
            parts = [table for _, table in _embeddings(connection, bundle_id, chosen)]
            if not parts:
                return cls(ids, np.zeros((0, 1), np.float32), np.zeros(1, np.float32), network)
            mean, axes, explained = principal_axes(np.concatenate(parts), DIMENSIONS)
            vectors = np.empty((len(ids), len(axes)), np.float32)
            done = 0
            for part, table in _embeddings(connection, bundle_id, ids):
                vectors[done : done + len(part)] = (table - mean) @ axes.T
                done += len(part)
                ctx.progress(done, len(ids))
        return cls(ids, vectors, explained, network)

    def __len__(self) -> int:
        return len(self.track_ids)

    def nearest(self, track_id: int, n: int = 20) -> list[Near]:
        """Return the tracks that sound most like one, the most alike first, without itself.

        Empty when the track has no place.
        """
        row = int(np.searchsorted(self.track_ids, track_id))
        if row >= len(self) or self.track_ids[row] != track_id:
            return []
        lengths = np.linalg.norm(self.vectors, axis=1)
        lengths[lengths == 0] = 1
        likeness = (self.vectors @ self.vectors[row]) / (lengths * lengths[row])
        likeness[row] = -2
        n = min(n, len(self) - 1)
        best = np.argpartition(-likeness, max(0, n - 1))[:n]
        best = best[np.lexsort((self.track_ids[best], -likeness[best]))]
        return [Near(int(self.track_ids[i]), float(likeness[i])) for i in best]

    def plane(self) -> FloatArray:
        """Return a map at once: the first two components ``(n, 2)``, in [-1, 1]."""
        places = np.zeros((len(self), 2), np.float32)
        width = min(2, self.vectors.shape[1])
        places[:, :width] = self.vectors[:, :width]
        return _fitted(places)


def principal_axes(table: FloatArray, n_axes: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the principal components of ``table (n, d)``.

    Returns
    -------
    (mean, axes, explained)
        ``(d,)``, ``(k, d)`` with ``k = min(n_axes, n, d)``, and each one's share of the variance
        ``(k,)``. The sign of an axis is that of its largest entry, so that maps do not flip.
    """
    mean = table.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, sizes, axes = np.linalg.svd(table - mean, full_matrices=False)
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[np.arange(len(axes)), largest])[:, None]
    power = sizes.astype(np.float64) ** 2
    explained = power / max(power.sum(), 1e-30)
    return mean, axes[:n_axes], explained[:n_axes].astype(np.float32)


def _embeddings(
    connection: Connection, bundle_id: int, ids: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], FloatArray]]:
    """Give embeddings of unit length, some thousands of sorted ids at a time."""
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        wanted = set(part.tolist())
        rows = connection.execute(
            "SELECT track_id, embedding FROM result_detail"
            " WHERE bundle_id = ? AND track_id BETWEEN ? AND ? AND length(embedding) > 0"
            " ORDER BY track_id",
            (bundle_id, int(part[0]), int(part[-1])),
        )
        raw = [blob for track_id, blob in rows if track_id in wanted]
        table = np.frombuffer(b"".join(raw), np.float16).reshape(len(part), -1)
        table = table.astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", table, table))[:, None]
        lengths[lengths == 0] = 1
        yield part, table / lengths


def _fitted(places: FloatArray) -> FloatArray:
    """Return places moved and scaled as one into [-1, 1]."""
    if not len(places):
        return places
    low, high = places.min(axis=0), places.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-12)
    return ((places - (low + high) / 2) / half).astype(np.float32)


# ---------------------------------------------------------------- t-SNE


class MapError(GenreDeskError):
    """The map could not be drawn; the text says why."""


def can_place() -> bool:
    """Whether :func:`tsne` can be called: its library comes with full training."""
    return importlib.util.find_spec("sklearn") is not None


def tsne(near: Neighbours, ctx: JobContext, seed: int = 0) -> FloatArray:
    """Return a map ``(n, 2)`` in [-1, 1] on which what sounds alike lies together.

    Raises
    ------
    Cancelled
        When the job was asked to stop; it does at once.
    MapError
        When the process that draws it ends early.
    """
    n = len(near)
    if n < 8:
        return near.plane()
    rng = np.random.default_rng(seed)
    marks = np.arange(n)
    if n > LANDMARKS:
        marks = np.sort(rng.choice(n, LANDMARKS, replace=False))
    ctx.progress(0, 0)
    placed = _placed(near.vectors[marks], ctx, seed)
    places = np.empty((n, 2), np.float32)
    places[marks] = placed
    others = np.setdiff1d(np.arange(n), marks)
    square = (near.vectors[marks] ** 2).sum(axis=1)
    for start in range(0, len(others), _CHUNK):
        part = others[start : start + _CHUNK]
        distance = square - 2 * near.vectors[part] @ near.vectors[marks].T
        closest = np.argpartition(distance, 3, axis=1)[:, :3]
        places[part] = placed[closest].mean(axis=1) + rng.normal(0, 0.004, (len(part), 2))
        ctx.progress(start, len(others))
    return _fitted(places)


def _placed(vectors: FloatArray, ctx: JobContext, seed: int) -> FloatArray:
    """Run t-SNE in a process of its own, for it cannot be stopped from within."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_draw, args=(vectors, seed, theirs), name="genredesk-map", daemon=True
    )
    process.start()
    theirs.close()
    try:
        while True:
            while not ours.poll(0.1):
                ctx.checkpoint()
            said = ours.recv()
            if not isinstance(said, int):
                return said
            ctx.progress(said, _ITERATIONS)
    except EOFError as error:
        raise MapError(say("The map could not be drawn: its process ended early.")) from error
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()


def _draw(vectors: FloatArray, seed: int, answer: Pipe) -> None:
    from sklearn.manifold import TSNE  # noqa: PLC0415 - a second to import, in the child only

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    draw = TSNE(
        perplexity=perplexity, init="pca", random_state=seed, max_iter=_ITERATIONS, verbose=2
    )
    with contextlib.redirect_stdout(_Iterations(answer)):
        places = draw.fit_transform(vectors)
    answer.send(_fitted(places.astype(np.float32)))


class _Iterations(io.TextIOBase):
    """Passes on what scikit-learn tells of its progress: it says so in print only."""

    def __init__(self, answer: Pipe) -> None:
        super().__init__()
        self._answer = answer

    def write(self, text: str) -> int:
        if found := re.search(r"Iteration (\d+)", text):
            self._answer.send(int(found[1]))
        return len(text)
