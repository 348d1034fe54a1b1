"""Fields of a network's architecture on the second page of the wizard."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtTest import QTest

from genredesk.training.runs.messages import NetworkFacts
from genredesk.training.runs.prepare import spec_of
from genredesk.ui.training.choice import BALANCED, PAPER, SCRATCH, TrainingChoice
from genredesk.ui.training.pages.advanced import Advanced
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


def test_what_belongs_to_a_papers_network_stays_with_it():
    changes = {"version": "as printed", "segment_s": 1.5, "lr": 0.1}
    choice = TrainingChoice(network="shallow", preset=PAPER, changes=changes)
    assert choice.plan().changes == changes
    assert choice.replace(preset=SCRATCH).plan().changes == {"segment_s": 1.5, "lr": 0.1}
    assert choice.replace(preset=BALANCED, start="edge-cnn").plan().changes == {"lr": 0.1}


def test_fields_show_the_version_that_is_chosen(qtbot):
    desk = SimpleNamespace(choice=TrainingChoice(network="kth-mel3", preset=PAPER))
    desk.choose = lambda **new: setattr(desk, "choice", desk.choice.replace(**new))
    desk.listening = SimpleNamespace(engine=SimpleNamespace(bundles=[]))
    page = Advanced(desk)
    qtbot.addWidget(page)
    rows = {row.field.name: row.control for row in page.rows}
    net = NetworkFacts("kth-mel3", "", "002", "", 1, "kth-mel3", 5.0)
    page.show_choice(net, "")
    assert rows["lr"].text() == "0.0001"
    for version, lr in (("as printed", "0.001"), ("as run", "0.0001"), ("as printed", "0.001")):
        combo = rows["version"]
        combo.setCurrentIndex(combo.findData(version))
        combo.activated.emit(combo.currentIndex())
        page.show_choice(net, "")
        assert combo.currentData() == version
        assert rows["lr"].text() == lr
    desk.choose(preset=BALANCED)
    page.show_choice(net, "")
    assert not rows["version"].isEnabled()
    assert not rows["segment_s"].isEnabled()
