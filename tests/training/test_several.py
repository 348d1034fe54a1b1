"""Measuring a network whose words may hold together, against counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.core.errors import DataError
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference.card import ModelCard
from genredesk.inference.card_reader import from_dict
from genredesk.training.evaluation import several

CARD = ModelCard(
    id="many",
    title="Many",
    network="x",
    labels=("Electronic---House", "Electronic---Techno", "Rock---Punk"),
    frontend=LIVE_MEL,
    unsure_below=0.5,
    task="several",
    thresholds={"Rock---Punk": 0.2},
)


def test_words_and_probabilities_of_a_tree():
    assert CARD.words == (*CARD.labels, "Electronic", "Rock")
    p = CARD.probabilities(np.array([[0.0, 0.0, -np.log(4.0)]], np.float32))
    np.testing.assert_allclose(p, [[0.5, 0.5, 0.2, 0.75, 0.2]], atol=1e-6)
    bounds = CARD.bounds().several
    assert bounds is not None
    assert bounds.parents == (3, 3, 4, -1, -1)
    assert bounds.sure == (0.5, 0.5, 0.2, 0.5, 0.5)
    assert CARD.bounds(care="bold").several.sure[2] == pytest.approx(0.15)
    assert set(CARD.bounds(0.7).several.sure) == {0.7}
    assert from_dict(CARD.to_dict()) == CARD


def test_truth_is_read_from_names_parents_and_lists():
    truth = several.truth_of(CARD, list("abcd"), ["house", "Rock", "Punk; techno", "Rock---Punk"])
    assert truth.astype(int).tolist() == [
        [1, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 1, 1, 1, 1], [0, 0, 1, 0, 1],
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"c\.mp3: its genre Polka is not one"):
        several.truth_of(CARD, ["c.mp3"], ["Polka"])


def test_every_share_is_as_counted_by_hand():
    truth = several.truth_of(CARD, list("abcd"), ["House", "House", "Punk", "Punk;House"])
    songs = np.array(
        [[0.9, 0.6, 0.1, 0.9, 0.1], [0.4, 0.1, 0.3, 0.4, 0.3],
         [0.1, 0.1, 0.1, 0.1, 0.1], [0.7, 0.1, 0.9, 0.7, 0.9]], np.float32,
    )  # fmt: skip
    result = several.summarise(CARD, songs, truth)
    assert result["labels"] == ["Electronic---House", "Rock---Punk", "Electronic", "Rock"]
    shares = ("n", "precision", "recall", "f1", "average_precision")
    house, punk = (
        {key: result["per_label"][x][key] for key in shares} for x in result["labels"][:2]
    )
    assert result["per_label"]["Rock---Punk"]["threshold"] == 0.2
    # of the two songs with punk the fourth is called so, and house and both parents as well
    assert result["together"][1] == [1, 1, 1, 1]
    assert house == pytest.approx(
        {"n": 3, "precision": 1, "recall": 2 / 3, "f1": 0.8, "average_precision": 1}
    )
    # punk is said of the second and the fourth song; ranked 4, 2, then 1 and 3 alike
    assert punk == pytest.approx(
        {"n": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5, "average_precision": 0.5 + 0.25}
    )
    assert result["micro"]["precision"] == pytest.approx((2 + 1 + 2 + 1) / (2 + 2 + 2 + 1))
    assert result["macro"]["recall"] == pytest.approx((2 / 3 + 1 / 2 + 2 / 3 + 1 / 2) / 4)
    assert result["songs"]["first"] == 0.75  # of the second the first word is punk
