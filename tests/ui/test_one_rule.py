"""The rule of certainty is in one place: changed there, everything in the window changes."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import Scores
from genredesk.inference.aggregate import decided
from genredesk.ui.listen.playlist import answer_of
from genredesk.ui.listen.steady import steady
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.charts.top_five import TopFive

LABELS = ("country", "jazz", "reggae")
ROW = np.array([0.1, 0.6, 0.3], np.float32)
BOUNDS = Bounds.of(0.9, len(LABELS))


@pytest.fixture
def said(qtbot):
    """Return what each part of the Listen page says of one and the same probabilities."""
    big, minute, top, ribbon = BigLabel(), LastMinute(), TopFive(), GenreRibbon()
    for widget in (big, minute, top, ribbon):
        qtbot.addWidget(widget)
    ribbon.set_duration(30)

    def all_of_them() -> set[str]:
        decision = decided(ROW, LABELS, BOUNDS, 30.0)
        raw = [Scores(float(i), i + 3.0, Strength.OPEN, LABELS, ROW, -20.0) for i in range(28)]
        big.set_decision(decision)
        minute.clear()
        minute.add_decision(decision)
        top.set_decision(decision)
        ribbon.set_scores(steady(raw, 4.0, BOUNDS))
        first = len(decision.named)
        assert {label for label, _ in top.rows()[:first]} == set(decision.named)
        number = ribbon.text_at(15).removeprefix("0:15 ")
        return {
            big.word(),
            minute.accessibleDescription(),
            *(text.split(" 6")[0].split(" 9")[0] for text in (number, answer_of(decision)[0])),
        }

    return all_of_them


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (certainty.SURE, "Jazz"), (certainty.PROBABLE, "Probably jazz"),
        (certainty.BETWEEN, "Between jazz and reggae"), (certainty.OPEN, "Can't tell"),
    ],
)  # fmt: skip
def test_another_rule_changes_every_part(said, monkeypatch, code, word):
    monkeypatch.setattr(
        certainty, "codes", lambda first, _second, _bounds: np.full(np.shape(first), code, np.int8)
    )
    assert said() == {word}


def test_by_its_own_rule_all_parts_agree(said):
    assert len(said()) == 1
