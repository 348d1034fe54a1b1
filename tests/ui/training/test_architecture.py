"""Fields of a network's architecture on the second page of the wizard."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from genredesk.training.runs.prepare import spec_of
from genredesk.ui.training.choice import BALANCED, SCRATCH, TrainingChoice
from genredesk.ui.training.pages.architecture import ArchitectureField

OWN = {"pool": [2, 4], "depth": 3, "width": 32, "kernel": [2, 6]}


@pytest.fixture
def line(qtbot):
    said = []
    field = ArchitectureField(said.append)
    field.said = said
    qtbot.addWidget(field)
    field.show_fields(OWN, {})
    return field


def test_what_is_typed_reaches_the_network(line):
    QTest.keyClicks(line, "depth=2 kernel=[3,3]")
    assert line.problem == ""
    assert line.said[-1] == {"depth": 2, "kernel": [3, 3]}
    changes = {f"net.{key}": value for key, value in line.said[-1].items()}
    choice = TrainingChoice(network="edge", preset=SCRATCH, changes={**changes, "lr": 0.1})
    assert spec_of(choice.plan()).name == "edge[depth=2,kernel=[3,3]]"
    assert choice.replace(preset=BALANCED, start="edge-cnn").plan().changes == {"lr": 0.1}
    line.show_fields(OWN, changes)
    assert line.text() == "depth=2 kernel=[3,3]"


@pytest.mark.parametrize(
    ("text", "word"), [("height=3", "no field height"), ("depth=much", "depth cannot be much")]
)
def test_what_cannot_be_is_said_and_not_used(line, text, word):
    QTest.keyClicks(line, text)
    assert word in line.problem
    assert line.note.text() == line.problem
    assert line.said[-1] == {}
    line.show_fields({}, {})
    assert not line.isEnabled()
