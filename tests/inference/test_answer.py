"""The answer to a whole file, from windows whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from genredesk.core.certainty import Strength
from genredesk.inference.answer import SILENCE_DBFS, TrackAnswer


class Oracle:
    """A network whose inputs are the logits themselves."""

    device, why = "CPU", ""

    def __init__(self) -> None:
        self.asked = 0

    def run(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.asked += len(features)
        return features, features * 2

    def close(self) -> None:
        """Nothing to give back."""


def logits(*probabilities: list[float]) -> np.ndarray:
    return np.log(np.maximum(np.array(probabilities, np.float32), 1e-12))


LOUD, SILENT = -20.0, -90.0


def test_summed_probability_over_the_windows_with_sound(tiny):
    oracle = Oracle()
    answer = TrackAnswer(tiny.card(unsure_below=0.5), oracle)
    table = logits([0.4, 0.6, 0], [0.2, 0.2, 0.6], [0.9, 0.1, 0])
    shown = answer.add(table[:2], np.array([LOUD, SILENT]))
    assert shown[1].tolist() == [0, 0, 0]
    answer.add(table[2:], np.array([LOUD]))
    heard = answer.heard()
    assert oracle.asked == 2
    assert heard.state is Strength.SURE
    np.testing.assert_allclose(heard.probabilities, [0.65, 0.35, 0], atol=1e-6)
    assert heard.majority == (0, 0.5)
    assert heard.timeline[1].tolist() == [0, 0, 0]
    np.testing.assert_allclose(heard.embedding, (table[0] + table[2]), rtol=1e-2)


@pytest.mark.parametrize(("card", "asked", "state"), [
    (0.7, None, Strength.BETWEEN), (0.7, 0.6, Strength.SURE), (0.6, 0.7, Strength.BETWEEN),
    (0.7, 0.0, Strength.BETWEEN),
])  # fmt: skip
def test_the_threshold_is_the_cards_unless_one_is_given(tiny, card, asked, state):
    known = tiny.card(unsure_below=card)
    answer = TrackAnswer(known, Oracle(), bounds=None if asked is None else known.bounds(asked))
    answer.add(logits([0.65, 0.35, 0]), np.array([LOUD]))
    assert answer.heard().state is state


def test_windows_that_are_only_shown_do_not_count(tiny):
    answer = TrackAnswer(tiny.card(), Oracle())
    answer.add(logits([0.6, 0.4, 0]), np.array([LOUD]))
    np.testing.assert_allclose(
        answer.ask(logits([0, 0, 1]), np.array([LOUD])), [[0, 0, 1]], atol=1e-6
    )
    np.testing.assert_allclose(answer.heard().probabilities, [0.6, 0.4, 0], atol=1e-6)


def test_a_longer_sound_is_sharpened_silence_does_not_lengthen_it(tiny):
    card = tiny.card(sharpening=0.5)
    answer = TrackAnswer(card, Oracle())
    p = np.array([0.5, 0.3, 0.2], np.float32)
    answer.add(logits(*[p.tolist()] * 8), np.array([LOUD] * 4 + [SILENT] * 4))
    heard = answer.heard()
    expected = card.pool(p, heard.window_s + 3 * heard.hop_s)
    np.testing.assert_allclose(heard.probabilities, expected, atol=1e-6)
    assert heard.probabilities[0] > 0.55
    alone = TrackAnswer(card, Oracle())
    alone.add(logits(p.tolist()), np.array([LOUD]))
    np.testing.assert_allclose(alone.heard().probabilities, p, atol=1e-6)


def test_nothing_but_silence(tiny):
    answer = TrackAnswer(tiny.card(), Oracle())
    answer.add(logits([1, 0, 0]), np.array([math.nextafter(SILENCE_DBFS, -100) - 1e-5]))
    heard = answer.heard()
    assert heard.state is Strength.SILENCE
    assert (heard.probabilities.tolist(), heard.majority) == ([0, 0, 0], (-1, 0.0))
    with pytest.raises(ValueError, match="no sound"):
        TrackAnswer(tiny.card(), Oracle()).heard()
