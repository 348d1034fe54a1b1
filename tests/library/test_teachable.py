"""What would teach most: far from what is known, standing for others, in doubt."""

from __future__ import annotations

import numpy as np

from genredesk.library.index import teachable


def test_one_of_each_cluster_is_asked_about_first_the_larger_before_the_smaller():
    rng = np.random.default_rng(0)
    centres = np.eye(8, dtype=np.float32)[:4]
    sizes = (30, 20, 10, 15)
    rows = np.repeat(np.arange(4), sizes)
    vectors = centres[rows] + rng.normal(0, 0.03, (75, 8)).astype(np.float32)
    known = rows == 3
    known[60:-1] = False  # one of the last cluster is known
    asked = teachable.order(vectors, np.ones(75), np.zeros(75, bool), known, 3)
    assert rows[asked].tolist() == [0, 1, 2]
    assert not known[asked].any()


def test_doubt_and_dispute_go_before_equals():
    vectors = np.eye(4, dtype=np.float32)
    nobody = np.zeros(4, bool)
    margin = np.array([0.9, 0.9, 0.1, 0.9])
    disputed = np.array([False, True, False, False])
    assert teachable.order(vectors, margin, disputed, nobody, 2).tolist() == [2, 1]
