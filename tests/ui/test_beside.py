"""Models compared on what is heard: a row each, disagreement marked, nothing while closed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from genredesk.core.scores import Agreement

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")


def test_rows_say_what_each_model_says_and_who_disagrees(start, songs, make, qtbot, heard):
    make.bundle("twin", "Twin")
    make.bundle("other", "Other", labels=("cello", "middle", "flute"))
    desk = start(files=[songs["low"]], bundle="tiny", beside=("gone", "other", "twin"))
    live, listening = desk.window.live, desk.listening
    panel, beside = live.beside, desk.listening.engine.live._beside
    heard(desk, "Low")
    assert (panel.rows, beside._models, panel.others.rows) == ([], [], [])  # closed: nothing

    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    marks = {"Other": Agreement.OTHER, "Twin": Agreement.SAME}
    qtbot.waitUntil(
        lambda: {row.title.accessibleName(): row.said for row in panel.rows} == marks,
        timeout=20_000,
    )
    words = [row.answer.words().partition(",")[0] for row in (panel.main, *panel.rows)]
    assert words == ["Low", "Cello", "Low"]
    assert panel.main.answer.words().split(", ")[1] == "99\u202f%"
    assert [row.mark.text() for row in panel.rows] == ["Disagrees", "Agrees"]
    assert panel.summary.text() == "1 of 2 disagrees"
    # along the file, too
    qtbot.waitUntil(
        lambda: [
            row.ribbon.text_at(2.0).split()[1:2] for row in (panel.main, *panel.rows)
        ] == [["Low"], ["Cello"], ["Low"]],
        timeout=20_000,
    )  # fmt: skip
    assert not live.grab().isNull()

    panel.menu.choose("twin", on=False)
    assert desk.memory.settings.beside == ("other",)
    assert panel.menu.text() == "Compare with 1 model"
    listening.open_paths([songs["middle"]])
    heard(desk, "Middle")
    qtbot.waitUntil(lambda: [row.said for row in panel.rows] == [Agreement.SAME], timeout=20_000)
    assert panel.summary.text() == "All that answer agree"
    assert panel.rows[0].answer.words().startswith("Middle")

    listening.transport.play_pause()
    qtbot.waitUntil(lambda: listening.state == "paused", timeout=10_000)
    live.seek(4.0)  # held: what the analysis of the file says
    qtbot.waitUntil(lambda: panel.rows[0].said is Agreement.SAME, timeout=20_000)
    assert panel.rows[0].ribbon.position() == pytest.approx(4.0)

    desk.window.go("library")
    qtbot.waitUntil(lambda: not beside._models, timeout=10_000)  # nobody sees it there
    desk.window.go("listen")
    qtbot.waitUntil(lambda: len(beside._models) == 1, timeout=10_000)
    listening.engine.choose("other")  # it is the one in use now
    qtbot.waitUntil(lambda: not panel.rows and not beside._models, timeout=20_000)
    assert panel.summary.text() == "Choose up to three models that hear the same sound."
    assert set(panel.others.offered()) == {"tiny", "twin"}
    with qtbot.waitSignal(listening.engine.bundles_changed, timeout=10_000):
        listening.engine.refresh()  # they are read anew, and the one in use is the same
    assert set(panel.others.offered()) == {"tiny", "twin"}


def test_a_low_window_gives_the_rows_the_room_of_the_timeline(start, songs, make, qtbot, heard):
    make.bundle("twin", "Twin")
    desk = start(files=[songs["low"]], bundle="tiny", beside=("twin",))
    live = desk.window.live
    heard(desk, "Low")
    desk.window.resize(960, 600)
    live.beside.button.setChecked(True)
    qtbot.waitUntil(lambda: len(live.beside.rows) == 1, timeout=20_000)
    assert not live.timeline.isVisible()
    qtbot.waitUntil(lambda: live.beside.rows[0].ribbon.height() >= 30, timeout=5_000)
    live.beside.close_button.click()
    assert live.timeline.isVisible()
    assert not live.beside.isVisible()
    desk.window.resize(1280, 800)
    live.beside.button.setChecked(True)
    assert live.timeline.isVisible()
