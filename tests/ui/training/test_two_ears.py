"""The second ear on the Model page: offered, tried on the songs at hand, taken or left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from genredesk.training.runs.messages import EarsScore
from genredesk.ui.training import choice as choices
from genredesk.ui.training import page as wizard
from genredesk.ui.training.pages import model


def test_a_choice_travels_with_its_second_ear():
    choice = choices.TrainingChoice(start="genredesk-live", beside="edge-cnn")
    plan = choice.plan()
    assert (plan.bundle, plan.ears) == ("genredesk-live", ["edge-cnn"])
    assert choice.replace(beside="").plan().ears == []
    assert choice.replace(preset=choices.BALANCED).plan().ears == []
    assert choices.from_dict(choice.to_dict()) == choice
    again = choices.of_plan({"bundle": "genredesk-live", "ears": ["edge-cnn"]}, choices.QUICK)
    assert again.beside == "edge-cnn"
    assert choices.of_plan({"bundle": "genredesk-live"}, choices.QUICK).beside == ""


def test_a_share_is_written_with_its_interval():
    assert model.about(EarsScore(2, 0.84, (0.78, 0.9), 150)) == "84\u202f% (78–90\u202f%)"


@pytest.mark.slow
def test_both_ears_are_tried_on_the_songs_at_hand(train_page, scanned, folder, qtbot):
    scanned(train_page, folder)
    train_page.go(wizard.MODEL)
    model, desk = train_page.model, train_page.session
    assert desk.choice.beside == "edge-cnn"
    assert model.two.isVisible()
    assert model.two.isChecked()
    assert model.two.text() == "Two ears: with Edge CNN (Putovici && Molnár), on 128 × 39 mel"
    qtbot.waitUntil(lambda: "two ears" in model.measured.text(), timeout=300_000)
    assert model.measured.text().startswith("On 12 songs of yours: two ears ")
    qtbot.mouseClick(model.two, Qt.MouseButton.LeftButton, pos=model.two.rect().center() / 4)
    assert desk.choice.beside == ""
    assert desk.choice.plan().ears == []
    assert "two ears" in model.measured.text(), "what was measured stays"
    desk.choose(preset=choices.BALANCED)
    assert not model.two.isVisible()
    model.choose_start("edge-cnn")
    assert desk.choice.beside == ""
    model.choose_start("genredesk-live")
    assert desk.choice.beside == "edge-cnn"


def test_a_published_network_can_be_taken_as_the_second_ear(
    train_page, scanned, folder, make, qtbot
):
    make.bundle("msd", "Fifty tags", network="musicnn")
    train_page.session.listening.engine.refresh()
    scanned(train_page, folder)
    train_page.go(wizard.MODEL)
    model, desk = train_page.model, train_page.session
    qtbot.waitUntil(lambda: model.ear.findData("msd") == 1, timeout=20_000)
    assert model.ear.isVisible()
    assert desk.choice.beside == "edge-cnn", "what comes with the program is the default"
    model.ear.setCurrentIndex(1)
    model.ear.activated.emit(1)
    assert desk.choice.plan().ears == ["msd"]
    qtbot.mouseClick(model.two, Qt.MouseButton.LeftButton, pos=model.two.rect().center() / 4)
    assert desk.choice.plan().ears == []
    assert model.ear.currentData() == "msd", "it is what another click takes"
