"""A word is taught from what plays: asked for in its plate, listened for, and undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from genredesk.training.data import examples

pytestmark = pytest.mark.usefixtures("no_sound_card")


def test_a_word_is_taught_from_what_plays_and_undone(qtbot, start, songs):
    desk = start([songs["low"]])
    listening, engine = desk.listening, desk.listening.engine
    before = engine.bundle.id
    live = desk.window.live
    qtbot.mouseClick(live.teach_button, Qt.MouseButton.LeftButton)
    plate = live.teach_panel
    qtbot.waitUntil(plate.isVisible, timeout=20_000)
    assert not plate.go.isEnabled(), "it has no word yet"
    plate.word.setEditText("Foghorn")
    qtbot.waitUntil(plate.go.isEnabled, timeout=20_000)
    assert "low" in plate.what.text()
    with qtbot.waitSignal(
        listening.notice, timeout=30_000, check_params_cb=lambda n: n.key == "teach"
    ) as told:
        qtbot.mouseClick(plate.go, Qt.MouseButton.LeftButton)
    notice = told.args[0]
    assert notice.text.startswith("Listening for foghorn now. "), notice.text
    qtbot.waitUntil(lambda: engine.bundle.id == f"{before}.taught-1", timeout=20_000)
    assert "Foghorn" in engine.bundle.card.labels
    assert [example.label for example in examples.kept()] == ["Foghorn"]
    assert not plate.isVisible()
    notice.run()
    qtbot.waitUntil(lambda: engine.bundle.id == before, timeout=20_000)
    qtbot.waitUntil(lambda: not examples.kept(), timeout=20_000)
