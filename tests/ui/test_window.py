"""The window as a person uses it, with real parts and no sound card."""

from __future__ import annotations

import dataclasses
import json
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from genredesk.core import settings as store
from genredesk.core.certainty import Strength
from genredesk.core.trust import Fitted, Reached
from genredesk.ui.listen.playlist import DECISION_ROLE, answer_of
from genredesk.ui.look import theme
from genredesk.ui.services import dialogs
from genredesk.ui.shell import actions
from genredesk.ui.widgets.controls import IconButton
from genredesk.ui.widgets.notices import Notice, Severity

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")


def test_first_start_has_a_file_ready_and_does_not_play(start, songs, qtbot):
    desk = start(demo=[songs["low"]])
    qtbot.waitUntil(lambda: desk.listening.state == "paused", timeout=10_000)
    player = desk.window.live.player
    assert player.title.text() == "low.wav"
    assert player.play.isEnabled()
    assert player.play.icon_name() == "play"
    assert desk.listening.sound.position == 0.0


def test_plays_and_names(start, songs, qtbot, heard):
    desk = start(files=[songs["high"]])
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=10_000)
    heard(desk, "High")
    window = desk.window
    assert window.live.top.rows()[0][0] == "high"
    assert window.top.state.text() == "Playing"
    qtbot.waitUntil(lambda: "real time" in window.status.text(), timeout=10_000)
    assert "CPU" in window.top.device.text()
    assert window.top.device.text() == "CPU", "numbers stand in the status line alone"
    assert "ms a window" in window.status.text()
    assert window.live.player.position.text() != ""


def test_picture_shows_the_tone_where_it_is(start, songs, make, qtbot):
    desk = start(files=[songs["middle"]])
    view = desk.window.live.timeline.view
    qtbot.waitUntil(lambda: make.loudest(view, -0.9) > 0, timeout=10_000)
    assert make.loudest(view, -0.2) == pytest.approx(1500, rel=0.05)


def test_ribbon_is_complete_long_before_the_file_is_over(start, tmp_path, make, qtbot):
    sound = np.concatenate([make.tone("low", 20), make.tone("high", 20)])
    desk = start(files=[make.wav(tmp_path / "two.wav", sound)])
    with qtbot.waitSignal(desk.listening.timeline_done, timeout=20_000) as done:
        pass
    assert desk.listening.sound.position < 20
    ribbon = desk.window.live.player.ribbon
    assert ribbon.duration() == pytest.approx(40, abs=0.1)
    named = [s.named for s in ribbon.segments() if s.state is Strength.SURE]
    assert named[0] == ("low",)
    assert named[-1] == ("high",)
    assert len(done.args[0].result.scores) >= 30


def test_click_on_the_ribbon_seeks(start, tmp_path, make, qtbot, heard):
    sound = np.concatenate([make.tone("low", 20), make.tone("high", 20)])
    desk = start(files=[make.wav(tmp_path / "two.wav", sound)])
    heard(desk, "Low")
    ribbon = desk.window.live.player.ribbon
    place = QPoint(round(ribbon.x_of(30.0)), ribbon.height() // 2)
    qtbot.mouseClick(ribbon, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: 29 < desk.listening.sound.position < 38, timeout=10_000)
    heard(desk, "High")


def test_silence_and_then_the_next_file(start, songs, make, qtbot, heard):
    silent = make.wav(songs["low"].with_name("0.wav"), np.zeros(5 * 22050, np.float32))
    desk = start(files=[silent, songs["low"]])
    heard(desk, "Silence")
    qtbot.waitUntil(lambda: desk.listening.playlist.current == 1, timeout=20_000)
    heard(desk, "Low")


def test_a_late_answer_of_the_song_before_is_not_told_of_this_one(start, songs, qtbot, heard):
    desk = start(files=[songs["low"], songs["high"]])
    listening, bridge = desk.listening, desk.listening.bridge
    answers, told = [], []
    bridge.scored.connect(lambda *answer: answers.append(answer))
    heard(desk, "Low")
    qtbot.waitUntil(lambda: bool(answers), timeout=20_000)  # the ribbon knew it before
    late = answers[-1]
    assert late[2] is listening.sound.source
    with qtbot.waitSignal(listening.sound.opening):
        listening.transport.next()
    listening.scored.connect(lambda *answer: told.append(answer[1]))
    listening.waiting.connect(told.append)
    for _ in range(2):  # while the next is opened, and when it is open
        with qtbot.waitSignal(bridge.waiting, check_params_cb=lambda said, _: said is late[1]):
            bridge.on_scores(*late)
            bridge.on_waiting(*late[1:])
        qtbot.waitUntil(lambda: listening.sound.path == songs["high"], timeout=15_000)
    heard(desk, "High")
    assert told
    assert not any(said is late[1] for said in told)


def test_keys(start, songs, qtbot):
    desk = start(files=[songs["low"], songs["high"]])
    window, listening = desk.window, desk.listening
    qtbot.waitUntil(lambda: listening.state == "running", timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: listening.state == "paused", timeout=10_000)
    assert window.live.player.play.icon_name() == "play"
    qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: listening.sound.position >= 5, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: listening.sound.position < 3, timeout=10_000)
    volume = desk.memory.settings.volume
    qtbot.keyClick(window, Qt.Key.Key_Down)
    assert desk.memory.settings.volume == pytest.approx(volume - 0.05)
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert desk.memory.settings.muted is False
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert desk.memory.settings.loop is True
    assert listening.sound.source.loop is True
    assert window.live.player.loop.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: listening.sound.path == songs["high"], timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: listening.sound.path == songs["low"], timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    assert window.help.isVisible()
    qtbot.keyClick(window.help, Qt.Key.Key_Escape)
    assert not window.help.isVisible()
    keys = {command.id: command.keys[0] for command in actions.table() if command.keys}
    qtbot.keySequence(window, keys["go_models"])
    assert window.models.isVisible()
    qtbot.keySequence(window, keys["go_listen"])
    assert window.live.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")  # another smallest size
def test_every_key_of_the_map_does_something(start, songs, qtbot, monkeypatch):
    """Each key is pressed, and what it is for is seen to be otherwise than before."""
    asked = []
    for name in ("open_files", "open_folder", "save_file"):
        monkeypatch.setattr(dialogs, name, lambda *_, name=name, **__: asked.append(name))
    desk = start(files=[songs["low"], songs["high"]], span_s=4.0)
    window, listening = desk.window, desk.listening
    monkeypatch.setattr(window, "close", lambda: asked.append("close"))
    window.models.list.search.show()  # as with many models
    qtbot.waitUntil(lambda: listening.state == "running", timeout=10_000)

    def settings(name):
        return lambda: getattr(desk.memory.settings, name)

    def place():
        return listening.sound.position

    def view():
        return window.live.timeline.view

    def teaching():
        return window.live.teach_panel is not None and window.live.teach_panel.isVisible()

    seen = {
        "toggle": (lambda: listening.state, "paused"),
        "forward": (lambda: place() > 4, True),
        "back": (lambda: place() < 3, True),
        "next": (lambda: listening.sound.path, songs["high"]),
        "previous": (lambda: listening.sound.path, songs["low"]),
        "loop": (settings("loop"), True),
        "mute": (settings("muted"), False),
        "quieter": (lambda: settings("volume")() < volume, True),
        "louder": (lambda: settings("volume")() > volume, True),
        "freeze": (lambda: view().frozen, True),
        "log": (window.live.timeline.log.isVisible, True),
        "less_time": (lambda: view().scale.span_s < 3, True),
        "more_time": (lambda: view().scale.span_s, pytest.approx(4, abs=0.1)),
        "later": (lambda: view().scale.left, pytest.approx(1.0)),
        "earlier": (lambda: view().scale.left, 0.0),
        "now": (lambda: view().scale.following, True),
        "fewer_rows": (lambda: view().rows()[1] - view().rows()[0] < 128, True),
        "more_rows": (lambda: view().rows(), (0.0, 128.0)),
        "whole": (lambda: view().scale.span_s, pytest.approx(8, abs=0.1)),
        "text_smaller": (settings("text_scale"), 0.9),
        "text_usual": (settings("text_scale"), 1.0),
        "text_larger": (settings("text_scale"), 1.1),
        "teach": (teaching, True),
        "open": (lambda: asked[-1:], ["open_files"]),
        "open_folder": (lambda: asked[-1:], ["open_folder"]),
        "save": (lambda: asked[-1:], ["save_file"]),
        "list": (window.list_panel.isVisible, True),
        "go_library": (window.library.isVisible, True),
        "go_train": (window.training.isVisible, True),
        "go_models": (window.models.isVisible, True),
        "search": (window.models.list.search.hasFocus, True),
        "go_listen": (window.live.isVisible, True),
        "settings": (window.preferences.isVisible, True),
        "stage": (lambda: window.stage is not None, True),
        "fullscreen": (window.isFullScreen, True),
        "help": (window.help.isVisible, True),
        "quit": (lambda: asked[-1:], ["close"]),
    }
    heard = (actions.EVERYWHERE, actions.LISTEN)
    keys = {c.id: c.keys for c in actions.of_window() if c.keys and c.place in heard}
    assert set(seen) == set(keys)
    for action, (look, wanted) in seen.items():
        for key in keys[action]:
            volume = desk.memory.settings.volume
            assert look() != wanted, f"{action} is done before {key} is pressed"
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
            qtbot.keySequence(window, key)
            while action == "previous" and look() != wanted:
                qtbot.wait(50)  # a file that has played for a while is begun anew first
                qtbot.keySequence(window, key)
            qtbot.waitUntil(lambda look=look, wanted=wanted: look() == wanted, timeout=10_000)
            window.help.hide()
            window.list_panel.hide()
            window.preferences.hide()
            if teaching():
                window.live.teach_panel.hide()
    window.stage.close()
    window.showNormal()


def test_every_command_can_be_called(start):
    window = start().window
    window.go("train")
    for command in actions.of_window():
        assert callable(attrgetter(command.callback)(window)), command.id


def test_typing_never_triggers_a_command(start, songs, qtbot):
    desk = start(demo=[songs["low"], songs["high"]], volume=0.5)
    window = desk.window
    qtbot.waitUntil(lambda: desk.listening.state == "paused", timeout=10_000)
    triggered: list[str] = []
    for name, action in window.commands.actions.items():
        action.triggered.connect(lambda _on=False, name=name: triggered.append(name))
    line = QLineEdit(window.live)
    line.show()
    line.setFocus()
    qtbot.keyClicks(line, "nplm ? NPLM")
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(line, key)
    assert line.text() == "nplm ? NPLM"
    assert triggered == []
    window.live.setFocus()
    qtbot.keyClick(window.live, Qt.Key.Key_L)
    assert triggered == ["loop"]


def test_a_control_keeps_the_keys_it_has_a_use_for(start, songs, qtbot):
    desk = start(demo=[songs["low"], songs["high"]], volume=0.5)
    player = desk.window.live.player
    qtbot.waitUntil(lambda: desk.listening.state == "paused", timeout=10_000)
    player.slider.setFocus()
    qtbot.keyClick(player.slider, Qt.Key.Key_Up)
    assert player.slider.value() == 50 + player.slider.singleStep()
    player.loop.setFocus()
    qtbot.keyClick(player.loop, Qt.Key.Key_Space)
    assert desk.memory.settings.loop is True
    assert desk.listening.state == "paused"


def test_a_letter_acts_only_where_its_effect_is_seen(start, songs, qtbot):
    desk = start(demo=[songs["low"]])
    window = desk.window
    muted = desk.memory.settings.muted
    for place in ("library", "train", "models"):
        window.go(place)
        qtbot.keyClick(window, Qt.Key.Key_M)
        assert desk.memory.settings.muted is muted
    window.go("listen")
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert desk.memory.settings.muted is not muted


def test_the_keyboard_stays_on_its_page(start, qtbot):
    """What is hidden or switched off under it hands it to the page, not to whatever comes next."""
    window = start().window
    window.notices.show_notice(Notice("test", "Something to read.", Severity.WARNING))
    window.go("models")
    page = window.models
    for button, lose in (
        (page.import_button, lambda: page.import_button.setEnabled(False)),
        (page.make_one, page.make_one.hide),
        (window.notices.findChild(IconButton), window.notices.hide),
    ):
        button.setFocus()
        assert button.hasFocus()
        lose()
        assert window.focusWidget() is page, button.accessibleName()
    window.notices.show_notice(Notice("test", "Something to read.", Severity.WARNING))
    window.go("train")
    qtbot.waitUntil(window.training.steps.isVisible)
    qtbot.keyClick(window.training, Qt.Key.Key_Tab)
    assert window.training.steps.isAncestorOf(window.focusWidget()), "not the message"


def test_alt_shows_the_menus_and_they_hold_every_command(start, qtbot, monkeypatch):
    window = start().window
    bar = window.menus
    assert not bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Alt)
    assert bar.isVisible()
    qtbot.keyClick(bar, Qt.Key.Key_Alt)
    assert not bar.isVisible()
    window.top.source.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Alt)
    qtbot.keyClick(bar, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert window.top.source.hasFocus(), "the keys act where they did before"
    qtbot.keyClick(window, Qt.Key.Key_Alt)
    opened = []
    monkeypatch.setattr(bar, "setActiveAction", opened.append)
    volume = window.listening.memory.settings.volume
    qtbot.keyClick(bar, Qt.Key.Key_Down)
    assert opened == bar.actions()[:1]
    assert window.listening.memory.settings.volume == volume, "no command of the page acts"
    shown = [a.objectName() for entry in bar.actions() for a in entry.menu().actions()]
    assert sorted(shown) == sorted(c.id for c in actions.of_window())


def drop(window, paths: list[Path]) -> None:
    """Drag ``paths`` over the window and let go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.files.drop_zone.isVisible()
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, event)
    assert not window.files.drop_zone.isVisible()


def test_a_dropped_folder_is_played_in_order(start, songs, qtbot):
    desk = start()
    drop(desk.window, [songs["low"].parent])
    qtbot.waitUntil(lambda: len(desk.listening.playlist) == 3, timeout=10_000)
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=10_000)
    names = [desk.listening.playlist[i].path.name for i in range(3)]
    assert names == ["high.wav", "low.wav", "middle.wav"]
    assert desk.listening.sound.path == songs["high"]
    assert desk.memory.settings.last_folder == str(songs["low"].parent.parent)


def test_an_empty_folder_says_what_can_be_played(start, tmp_path, qtbot):
    empty = tmp_path / "empty"
    empty.mkdir()
    desk = start()
    drop(desk.window, [empty])
    qtbot.waitUntil(lambda: "no sound file in empty" in desk.window.notices.banner.text())


def choose(combo, data) -> None:
    """Choose an entry as a person does."""
    combo.setCurrentIndex(combo.findData(data))
    combo.activated.emit(combo.currentIndex())


def slide(amount, value) -> None:
    """Move a slider until it stands at ``value``."""
    places = range(amount.slider.minimum(), amount.slider.maximum() + 1)
    for place in places:
        amount.slider.setValue(place)
        if amount.value() == pytest.approx(value):
            return
    raise AssertionError(f"no place of the slider is {value}")


def test_settings_are_remembered(start, songs, qtbot, home):
    desk = start(files=[songs["low"]])
    desk.listening.player.set_volume(0.35)
    preferences = desk.window.preferences
    choose(preferences.palette_choice, "viridis")
    slide(preferences.amounts["hop_s"], 1.0)
    slide(preferences.amounts["db_floor"], -60.0)
    assert desk.window.live.timeline.view.palette_name() == "viridis"
    assert desk.listening.engine.live.settings.hop_s == 1.0
    desk.window.close()
    desk.memory.flush()
    settings, message = store.load()
    assert message == ""
    assert settings.volume == pytest.approx(0.35)
    assert (settings.palette, settings.hop_s, settings.db_floor) == ("viridis", 1.0, -60.0)
    assert settings.geometry != ""
    again = start(**{k: getattr(settings, k) for k in ("volume", "palette", "geometry", "hop_s")})
    assert again.window.live.player.slider.value() == 35
    assert again.window.live.timeline.view.palette_name() == "viridis"
    assert again.listening.engine.live.settings.hop_s == 1.0


def test_a_change_is_written_a_moment_later(start, qtbot, home):
    desk = start()
    desk.memory.update(palette="grey")
    qtbot.waitUntil(lambda: store.settings_file().is_file(), timeout=10_000)
    assert json.loads(store.settings_file().read_text())["palette"] == "grey"


def test_theme_changes_while_it_plays(start, songs, qtbot, heard):
    desk = start(files=[songs["low"]], theme="dark")
    heard(desk, "Low")
    assert theme.current().is_dark
    before = desk.window.grab().toImage().pixelColor(80, 400).lightness()
    choose(desk.window.preferences.theme, "light")
    assert not theme.current().is_dark
    after = desk.window.grab().toImage().pixelColor(80, 400).lightness()
    assert before < 60
    assert after > 200
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=10_000)


def test_nothing_moves_while_paused_or_hidden(start, songs, qtbot):
    desk = start(files=[songs["low"]])
    live = desk.window.live
    qtbot.waitUntil(lambda: live.drawing, timeout=10_000)
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=10_000)
    desk.window.go("models")
    assert not live.drawing
    with qtbot.waitSignal(live.level, timeout=5000):
        pass  # the meter goes on over every page
    desk.window.go("listen")
    assert live.drawing
    desk.listening.transport.toggle()
    qtbot.waitUntil(lambda: not live.drawing, timeout=10_000)
    desk.window.go("models")
    qtbot.waitUntil(lambda: not live._timer.isActive(), timeout=10_000)


def until_judged(desk, qtbot):
    """Wait until the whole file was heard; it may have been while the window opened."""
    playlist = desk.listening.playlist
    qtbot.waitUntil(
        lambda: playlist.data(playlist.index(0), DECISION_ROLE) is not None, timeout=20_000
    )


@pytest.mark.parametrize("suffix", [".png", ".csv", ".json", ".txt"])
def test_saving(start, songs, qtbot, tmp_path, suffix):
    desk = start(files=[songs["high"]])
    until_judged(desk, qtbot)
    target = tmp_path / "out" / f"high{suffix}"
    target.parent.mkdir()
    desk.window.files.save_to(target)
    qtbot.waitUntil(target.is_file, timeout=10_000)
    data = target.read_bytes()
    if suffix == ".png":
        assert data.startswith(b"\x89PNG")
    elif suffix == ".json":
        value = json.loads(data)
        assert value["decision"]["label"] == "high"
    elif suffix == ".csv":
        assert data.decode().splitlines()[0].endswith("low,middle,high")
    else:
        start_s, end_s, label = data.decode().splitlines()[0].split("\t")
        assert (float(start_s), label.split()[0]) == (0.0, "High")
        assert float(end_s) > 5
    assert sorted(p.name for p in songs["high"].parent.iterdir()) == [
        "high.wav",
        "low.wav",
        "middle.wav",
    ]


def test_saving_where_it_is_not_allowed_says_so(start, songs, qtbot, tmp_path):
    desk = start(files=[songs["high"]])
    until_judged(desk, qtbot)
    (tmp_path / "file").write_text("not a folder")
    desk.window.files.save_to(tmp_path / "file" / "scores.csv")
    qtbot.waitUntil(
        lambda: "cannot be written" in desk.window.notices.banner.text(), timeout=10_000
    )


def test_a_whole_list_is_named_in_the_background(start, songs, make, qtbot):
    make.wav(songs["low"].with_name("0.wav"), np.zeros(5 * 22050, np.float32))
    songs["low"].with_name("1.wav").write_bytes(b"no sound at all")
    desk = start(demo=[songs["low"]])
    desk.listening.playlist.replace(sorted(songs["low"].parent.iterdir()))
    desk.window.show_list()
    panel = desk.window.list_panel
    reports: list = []
    desk.listening.analysis.progressed.connect(reports.append)
    with qtbot.waitSignal(desk.listening.analysis.list_ended, timeout=30_000):
        panel.name_all.click()
    model = desk.listening.playlist
    told = [answer_of(entry.decision)[0] for entry in model]
    assert told[0] == "Silence"
    assert told[1] == ""
    assert [text.split()[0] for text in told[2:]] == ["High", "Low", "Middle"]
    assert "sound" in model[1].broken
    assert {r.total for r in reports} == {5}
    assert not panel.progress.isVisible()
    assert not panel.grab().isNull()


def test_naming_a_list_can_be_stopped(start, make, tmp_path, qtbot):
    for i in range(60):
        make.wav(tmp_path / "many" / f"{i:02}.wav", make.tone("low", 4))
    desk = start(demo=sorted((tmp_path / "many").iterdir()))
    analysis = desk.listening.analysis
    with qtbot.waitSignal(analysis.finished, timeout=20_000):
        desk.listening.timeline.name_list()
    with qtbot.waitSignal(analysis.list_ended, timeout=10_000):
        analysis.stop_list()
    named = [desk.listening.playlist[i].decision is not None for i in range(60)]
    assert any(named)
    assert not all(named)


def test_every_control_has_a_name(start):
    desk = start()
    nameless = [
        f"{type(widget.parentWidget()).__name__} > {type(widget).__name__} {widget.objectName()}"
        for widget in desk.window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.isHidden()
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


def test_a_message_covers_nothing_and_gives_its_place_to_a_confirmation(start):
    desk = start()
    window, board = desk.window, desk.window.notices
    window.resize(960, 600)
    for place in ("listen", "library", "train", "models"):
        window.go(place)
        board.show_notice(Notice("x", "The file is empty.", Severity.WARNING, "Try again"))
        assert board.isVisible()
        page = window.pages.mapTo(window, window.pages.rect().bottomLeft()).y()
        assert board.mapTo(window, QPoint()).y() >= page
        assert board.geometry().bottom() < board.parentWidget().height()
    board.toast("Saved.")
    assert not board.isVisible()
    board.show_notice(Notice("x", "The file is empty.", Severity.WARNING))
    assert board.isVisible()


def test_the_stage_shows_the_word_and_goes_with_the_window(start, songs, qtbot, heard):
    desk = start(files=[songs["high"]])
    heard(desk, "High")
    window = desk.window
    qtbot.waitUntil(lambda: window.live.minute.slots_shown()[-1] is not None, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    stage = window.stage
    assert stage.isVisible()
    assert (stage.big.word(), stage.big.sub_line()) == (
        window.live.big.word(), window.live.big.sub_line(),
    )  # fmt: skip
    window.live.big.say("No sound", "waiting for a microphone")
    assert (stage.big.word(), stage.big.sub_line()) == ("No sound", "waiting for a microphone")
    assert stage.minute.slots_shown()[-1] is not None, "what was heard before it was opened"
    assert stage.minute.slots_shown() == window.live.minute.slots_shown()
    window.live.minute.clear()
    assert not any(stage.minute.slots_shown())
    qtbot.waitUntil(stage.isActiveWindow, timeout=10_000)
    qtbot.keyClick(stage, Qt.Key.Key_Escape)
    assert window.stage is None
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.stage.isVisible()
    window.close()
    assert window.stage is None


def test_how_careful_says_what_it_means_and_ends_a_threshold_of_ones_own(start, qtbot):
    desk = start(unsure_below=0.4)
    preferences = desk.window.preferences
    qtbot.waitUntil(lambda: desk.listening.engine.bundle is not None, timeout=20_000)
    card = desk.listening.engine.bundle.card
    known = card.replace(
        certainty=Fitted(songs=100, curve=(Reached(0.5, 80, 75), Reached(0.97, 40, 40)))
    )
    preferences.set_bundle(dataclasses.replace(desk.listening.engine.bundle, card=known))
    careful = preferences.care.itemText(preferences.care.findData("careful"))
    assert careful == "Careful: names 40\u202f%, all correct"
    assert "100 songs" in preferences.care_note.text()
    preferences._set("care", "careful")
    settings = desk.memory.settings
    assert (settings.care, settings.unsure_below) == ("careful", 0.0)
