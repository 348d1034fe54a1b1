"""Two answers in words of their own: the same, another, or not to be told."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.core.certainty import Strength
from genredesk.core.scores import Agreement, Decision, agreement, means


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("hiphop", "Hip-Hop", True),
        ("Electronic---House", "house", True),
        ("Electronic---House", "Electronic", True),
        ("Electronic---House", "Electronic---Techno", False),
        ("Rock---Pop Rock", "Pop", False),
        ("Funk / Soul---Disco", "disco", True),
        ("jazz", "blues", False),
    ],
)
def test_words_of_two_models_mean_the_same(one, other, same):
    assert means(one, other) is same
    assert means(other, one) is same


def said(state, *named, also=()):
    labels = (*named, *also, "else")
    p = np.linspace(0.9, 0.1, len(labels)).astype(np.float32)
    first = named[0] if named else None
    second = named[1] if len(named) > 1 else None
    return Decision(state, first, 0.9, labels, p, second=second, also=also)


def test_agreement_counts_every_word_that_is_named():
    rock = said(Strength.SURE, "rock")
    assert agreement(rock, said(Strength.PROBABLE, "Rock")) is Agreement.SAME
    assert agreement(rock, said(Strength.BETWEEN, "reggae", "rock")) is Agreement.SAME
    assert agreement(rock, said(Strength.SURE, "indie", also=("Rock",))) is Agreement.SAME
    assert agreement(rock, said(Strength.SURE, "pop", also=("indie",))) is Agreement.OTHER
    for state in (Strength.OPEN, Strength.SILENCE, None):
        assert agreement(rock, said(state, "pop")) is Agreement.UNTOLD
        assert agreement(said(state, "pop"), rock) is Agreement.UNTOLD
