"""Every widget test runs in the dark theme, without motion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from genredesk.core.certainty import Strength
from genredesk.core.scores import Decision, Scores
from genredesk.ui.look import theme

LABELS = ("blues", "classical", "jazz", "rock")


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "dark")
    theme.set_reduce_motion(True)
    yield
    theme.set_reduce_motion(None)
    theme.apply(qapp, "dark")


@pytest.fixture
def decide():
    """Make decisions: ``decide("jazz", 0.8, time=5.0, since=2.0)``."""

    def made(label=None, score=0.0, state=Strength.SURE, time=0.0, since=0.0) -> Decision:
        rest = (1 - score) / (len(LABELS) - 1)
        probabilities = np.full(len(LABELS), rest, dtype=np.float32)
        if label in LABELS:
            probabilities[LABELS.index(label)] = score
        return Decision(state, label, score, LABELS, probabilities, time, since)

    return made


@pytest.fixture
def window():
    """Make the scores of a three second window: ``window(12.0, "jazz")``."""

    def made(start, label=None, share=0.8, state=Strength.SURE, length=3.0) -> Scores:
        probabilities = np.zeros(len(LABELS), dtype=np.float32)
        if label:
            probabilities += (1 - share) / (len(LABELS) - 1)
            probabilities[LABELS.index(label)] = share
        return Scores(start, start + length, state, LABELS, probabilities, -20.0)

    return made
