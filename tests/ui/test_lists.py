"""The playlist, the messages and the table of keys, without a window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from genredesk.core.certainty import Strength
from genredesk.core.scores import Decision
from genredesk.ui.listen import playlist
from genredesk.ui.listen.playlist import BATCH, BROKEN_ROLE, DECISION_ROLE, Playlist, batches
from genredesk.ui.services import dialogs
from genredesk.ui.shell import actions
from genredesk.ui.shell.action_set import ActionSet
from genredesk.ui.widgets.notice_board import NoticeBoard
from genredesk.ui.widgets.notices import Notice, Severity

FILES = [Path(f"/music/{name}.flac") for name in "abcde"]


def test_the_model_keeps_qts_rules(qtmodeltester, qtbot):
    model = Playlist()
    model.replace(FILES[:2])
    model.append(FILES)
    qtmodeltester.check(model)
    assert [model[i].path for i in range(len(model))] == FILES, "no file twice"


def test_next_and_previous_pass_over_broken_files(qtbot):
    model = Playlist()
    model.replace(FILES)
    model.select(1)
    model.set_broken(FILES[2], "it is empty")
    model.set_broken(FILES[0], "it is empty")
    assert model.next_row(1) == 3
    assert model.next_row(-1) == -1
    model.select(4)
    assert model.next_row(1) == -1


def test_what_was_found_is_shown_and_forgotten(qtbot):
    model = Playlist()
    model.replace(FILES)
    named = Decision(Strength.SURE, "jazz", 0.8, ("jazz",), np.full(1, 0.8, np.float32))
    with qtbot.waitSignal(model.dataChanged):
        model.set_decision(FILES[1], named)
    index = model.index(1)
    assert index.data(DECISION_ROLE) == named
    assert "Jazz 80\u202f%" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    model.set_broken(FILES[2], "it is empty")
    assert model.index(2).data(BROKEN_ROLE) == "it is empty"
    assert "it is empty" in model.index(2).data(Qt.ItemDataRole.ToolTipRole)
    model.forget_decisions()
    assert index.data(DECISION_ROLE) is None


def test_another_list_has_no_current_file(qtbot):
    model = Playlist()
    model.replace(FILES)
    model.select(2)
    assert model.current_path == FILES[2]
    model.replace(FILES[:1])
    assert model.current_path is None


def test_batches_hold_everything_once():
    files = [Path(str(i)) for i in range(BATCH * 2 + 10)]
    parts = list(batches(files))
    assert [f for part in parts for f in part] == files
    assert max(map(len, parts)) <= BATCH


def test_a_slow_folder_gives_its_first_file_at_once(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(playlist.time, "monotonic", lambda: float(next(clock)))
    assert [len(part) for part in batches(FILES)] == [1] * 5


# messages --------------------------------------------------------------------------------------


@pytest.fixture
def board(qtbot):
    """A notice board inside a window that is not shown."""
    window = QWidget()
    yield NoticeBoard(window)
    window.deleteLater()


def test_the_weightiest_message_is_shown_and_the_others_wait(board):
    board.show_notice(Notice("a", "an error", Severity.ERROR))
    board.show_notice(Notice("b", "a note", Severity.INFO))
    assert board.banner.text() == "an error"
    board.banner.closed.emit()
    assert board.banner.text() == "a note"
    board.show_notice(Notice("b", "another note", Severity.INFO))
    assert board.texts == ["another note"]
    board.dismiss("b")
    assert board.isHidden()


def test_what_is_said_for_a_moment_lies_over_all_but_errors(board):
    board.show_notice(Notice("device", "a warning", Severity.WARNING))
    board.show_notice(Notice("models", "Exported.", lasting_s=60))
    assert board.banner.text() == "Exported."
    board.dismiss("models")
    assert board.banner.text() == "a warning"
    board.show_notice(Notice("file", "an error", Severity.ERROR))
    board.show_notice(Notice("models", "Exported.", lasting_s=60))
    assert board.banner.text() == "an error"


def test_a_message_goes_by_itself(board, qtbot):
    board.show_notice(Notice("a", "for a moment", lasting_s=0.05))
    assert board.texts == ["for a moment"]
    qtbot.waitUntil(lambda: board.texts == [], timeout=5000)


def test_the_action_of_a_message(board):
    done: list[str] = []
    board.show_notice(
        Notice(
            "a", "it failed", Severity.ERROR, action="Try again", run=lambda: done.append("again")
        )
    )
    assert board.banner.action() == "Try again"
    board.banner.action_triggered.emit()
    assert done == ["again"]
    assert board.texts == []


# keys and dialogs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "action"),
    [
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", "toggle"),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.KeypadModifier, "", "forward"),
        (Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, "\x13", "save"),
        (Qt.Key.Key_S, Qt.KeyboardModifier.NoModifier, "s", ""),
        (Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier, "?", "help"),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier, "", "fullscreen"),
    ],
)
def test_keys(key, modifiers, text, action, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    harmless = {"callback": "update", "args": (), "enabled": ""}
    known = ActionSet(window, [replace(c, **harmless) for c in actions.of_window()])
    known.show_place(actions.LISTEN)
    done: list[str] = []
    for identity, one in known.actions.items():
        one.triggered.connect(lambda _on=False, identity=identity: done.append(identity))
    with qtbot.waitActive(window):
        window.show()
    QTest.sendKeyEvent(QTest.KeyAction.Click, window, key, text, modifiers)
    assert "".join(done) == action


def test_no_key_does_two_things():
    assert actions.clashes(actions.table()) == []
    mute = next(c for c in actions.table() if c.id == "mute")
    for place, n in ((actions.EVERYWHERE, 1), (actions.LISTEN, 1), (actions.MODELS, 0)):
        other = replace(mute, id="other", place=place)
        assert actions.clashes([mute, other]) == [("M", "mute", "other")] * n


def test_the_ending_of_a_filter():
    assert dialogs.suffix_of("Picture of the sound (*.png)") == "png"
    assert dialogs.suffix_of("Music (*.mp3 *.flac)") == "mp3"
