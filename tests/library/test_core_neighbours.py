"""Neighbours and maps: what sounds alike lies together, held against plain arithmetic."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from genredesk.core.errors import Cancelled
from genredesk.core.job import JobContext, Progress
from genredesk.library.index import neighbours
from genredesk.library.index.neighbours import Neighbours, principal_axes, tsne


def fill(catalogue, add_rows, table: np.ndarray) -> None:
    add_rows(catalogue, [{"heard": "a"} for _ in table], ["a"])
    bundle = catalogue.networks.used.id
    with catalogue.db.write() as w:
        for k, row in enumerate(table, 1):
            blob = row.astype(np.float16).tobytes() if np.isfinite(row).all() else b""
            w.execute("INSERT INTO result_detail VALUES (?, ?, 3, 3, x'00', ?)", (k, bundle, blob))


def clusters(n: int, d: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    which = rng.integers(0, 3, n)
    centres = rng.normal(0, 3, (3, d))
    return centres[which] + rng.normal(0, 0.4, (n, d)), which


def test_axes_are_those_of_the_covariance():
    table = np.random.default_rng(1).normal(size=(200, 6)) * [5, 3, 2, 1, 0.5, 0.1]
    mean, axes, explained = principal_axes(table.astype(np.float32), 4)
    values, vectors = np.linalg.eigh(np.cov(table.T))
    np.testing.assert_allclose(mean, table.mean(axis=0), atol=1e-5)
    for k in range(4):
        assert abs(axes[k] @ vectors[:, -1 - k]) == pytest.approx(1, abs=1e-4)
        assert axes[k][np.abs(axes[k]).argmax()] > 0
    np.testing.assert_allclose(explained, (values / values.sum())[::-1][:4], atol=1e-4)


def test_the_nearest_are_the_nearest(catalogue, add_rows, monkeypatch):
    monkeypatch.setattr(neighbours, "_CHUNK", 64)
    table, which = clusters(300)
    table[7] = np.nan  # silence: it has no place
    fill(catalogue, add_rows, table)
    near = Neighbours.load(catalogue)
    assert len(near) == 299
    assert 8 not in near.track_ids
    unit = near.vectors / np.linalg.norm(near.vectors, axis=1, keepdims=True)
    for track in (1, 100, 300):
        row = int(np.flatnonzero(near.track_ids == track)[0])
        likeness = unit @ unit[row]
        likeness[row] = -2
        expected = near.track_ids[np.argsort(-likeness, kind="stable")[:10]]
        found = near.nearest(track, 10)
        assert [n.track_id for n in found] == expected.tolist()
        assert {which[n.track_id - 1] for n in found} == {which[track - 1]}
        assert all(a.similarity >= b.similarity for a, b in pairwise(found))
    assert near.nearest(8) == []
    assert near.nearest(9999) == []
    assert len(near.nearest(1, 10_000)) == 298


def test_a_sample_is_enough_for_the_axes(catalogue, add_rows, monkeypatch):
    table, which = clusters(400)
    fill(catalogue, add_rows, table)
    monkeypatch.setattr(neighbours, "_SAMPLE", 100)
    near = Neighbours.load(catalogue)
    assert len(near) == 400
    places = near.plane()
    assert places.shape == (400, 2)
    assert np.abs(places).max() == pytest.approx(1)
    centres = np.stack([places[which == k].mean(axis=0) for k in range(3)])
    closest = np.linalg.norm(places[:, None] - centres, axis=2).argmin(axis=1)
    assert (closest == which).mean() > 0.95


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_few_tracks(catalogue, add_rows, n):
    fill(catalogue, add_rows, clusters(n)[0] if n else np.zeros((0, 40)))
    near = Neighbours.load(catalogue)
    assert len(near) == n
    assert near.plane().shape == (n, 2)
    assert tsne(near, JobContext()).shape == (n, 2)
    assert len(near.nearest(1)) == max(0, n - 1)


def test_tsne_keeps_together_what_sounds_alike(monkeypatch):
    table, which = clusters(90, 8)
    near = Neighbours(np.arange(90), table.astype(np.float32), np.ones(8, np.float32))
    monkeypatch.setattr(neighbours, "LANDMARKS", 60)  # the others are put beside them
    told: list[Progress] = []
    places = tsne(near, JobContext(told.append))
    assert places.shape == (90, 2)
    drawn = [p.done / p.total for p in told if p.total == 1000]
    assert drawn == sorted(drawn)
    assert len(drawn) > 5
    assert np.abs(places).max() == pytest.approx(1)
    distance = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (which[distance.argmin(axis=1)] == which).mean() > 0.95


def test_tsne_stops_at_once():
    table, _ = clusters(2000, 16)
    near = Neighbours(np.arange(2000), table.astype(np.float32), np.ones(16, np.float32))
    ctx = JobContext()
    threading.Timer(0.3, ctx.cancel).start()
    with pytest.raises(Cancelled):
        tsne(near, ctx)


def test_the_network_that_tells_genres_apart_best_says_what_is_alike(catalogue, add_rows):
    good, which = clusters(120)
    genres = ["dub", "polka", "fado"]
    rows = [
        {"heard": "a", "artist": f"artist {k % 30}", "tag": [genres[c]]}
        for k, c in enumerate(which.tolist())
    ]
    add_rows(catalogue, rows, ["a"])
    used = catalogue.networks.used
    networks = catalogue.networks
    other = networks.use("other", "Other ear", ["a"], used.bounds)
    few = networks.use("few", "Heard few", ["a"], used.bounds)
    networks.use("made-up", "Made-up", ["a"], used.bounds)

    def keep(network: int, table: np.ndarray) -> None:
        with catalogue.db.write() as w:
            w.execute("DELETE FROM result_detail WHERE bundle_id = ?", (network,))
            for k, row in enumerate(table.astype(np.float16), 1):
                detail = (k, network, row.tobytes())
                w.execute("INSERT INTO result_detail VALUES (?, ?, 3, 3, x'00', ?)", detail)

    noise = np.random.default_rng(2).normal(size=good.shape)
    keep(used.id, noise)
    keep(few, good[:60])
    assert Neighbours.load(catalogue).network == "Made-up"
    keep(other, good)
    near = Neighbours.load(catalogue)
    assert (near.network, len(near)) == ("Other ear", 120)
    assert {which[n.track_id - 1] for n in near.nearest(1, 10)} == {which[0]}
    keep(used.id, good)  # no better: the one in use stays
    assert Neighbours.load(catalogue).network == "Made-up"
    with catalogue.db.write() as w:
        w.execute("UPDATE file SET tag_genre = '[]' WHERE id > 30")
    keep(used.id, noise)  # too few genres are known to tell
    assert Neighbours.load(catalogue).network == "Made-up"
    with catalogue.db.write() as w:
        w.execute("UPDATE file SET tag_genre = '[]'")
    assert Neighbours.load(catalogue).network == "Made-up"
