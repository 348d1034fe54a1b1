"""From folders of music to a model that listens, with the real engine; killed, resumed, mended."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest
from PySide6.QtCore import Qt

from genredesk.training.runs import store
from genredesk.training.runs.messages import EpochEvent, FinishingEvent
from genredesk.ui.training import steps as wizard

pytestmark = pytest.mark.slow


@pytest.fixture
def way(open_train, scanned, trained):
    """A window at its Train place, and what goes through it."""
    return (*open_train(), scanned, trained)


def test_real_music_becomes_a_model_that_names_a_song(way, real, qtbot, heard):
    desk, page, scanned, trained = way
    scanned(page, real)
    assert [g.label for g in page.session.music.used()] == ["classical", "metal", "reggae"]
    assert page.next.isEnabled(), page.music.hint()
    qtbot.mouseClick(page.next, Qt.MouseButton.LeftButton)
    assert page.step == wizard.MODEL
    assert page.session.choice.start == "genredesk-live"
    qtbot.waitUntil(lambda: page.model.tiles["quick"].cost().startswith("about"), timeout=60_000)
    qtbot.mouseClick(page.next, Qt.MouseButton.LeftButton)
    assert page.step == wizard.TRAIN
    trained(page)
    qtbot.mouseClick(page.next, Qt.MouseButton.LeftButton)
    assert page.step == wizard.RESULT
    songs = page.session.result.evaluation["songs"]
    assert songs["sum"] > 0.6
    assert f"of the {songs['n']} songs" in page.result.basis.text()
    assert "GenreDesk live" in page.result.verdict.text()
    assert page.next.text() == page.result.next_text() == "Add songs"  # too few to say more
    qtbot.mouseClick(page.result.anyway, Qt.MouseButton.LeftButton)
    assert page.step == wizard.USE
    page.use.name.setText("Three of mine")
    qtbot.mouseClick(page.use.use, Qt.MouseButton.LeftButton)
    engine = desk.listening.engine
    qtbot.waitUntil(lambda: engine.bundle.id == "three-of-mine", timeout=20_000)
    assert engine.bundle.card.labels == ("classical", "metal", "reggae")
    assert "embeddings.safetensors" in engine.bundle.card.files, "a word can be taught beside them"
    desk.window.go("listen")
    desk.listening.open_paths([min((real / "classical").iterdir())])
    heard(desk, "Classical", 60_000)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_training_is_resumed_to_its_end(way, folder, qtbot):
    _desk, page, scanned, trained = way
    scanned(page, folder)
    page.session.choose(preset="balanced", changes={"epochs": 6})
    can = {}  # what can be pressed, by the last event of each kind
    buttons = page.run_page.pause, page.run_page.keep, page.run_page.cancel
    page.session.trainer.said.connect(
        lambda event: can.update({type(event): [one.isEnabled() for one in buttons]})
    )
    page.start()
    qtbot.waitUntil(lambda: len(page.run_page.epochs()) >= 2, timeout=120_000)
    page.session.trainer.pause(True)
    os.kill(page.session.trainer.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: page.session.trainer.run.state == store.FAILED, timeout=30_000)
    run = page.session.trainer.run
    assert "ended unexpectedly" in run.message
    assert run.has_checkpoint
    before = len(store.epochs(run))
    qtbot.waitUntil(page.run_page.resume.isVisible, timeout=5_000)
    qtbot.mouseClick(page.run_page.resume, Qt.MouseButton.LeftButton)
    trained(page)
    assert page.session.result.run.id == run.id
    history = page.session.result.evaluation["history"]
    assert [e["epoch"] for e in history] == [1, 2, 3, 4, 5, 6]
    kept = {e.epoch: e.loss for e in store.epochs(run)}
    assert [kept[e["epoch"]] for e in history] == [e["loss"] for e in history]
    assert before >= 2
    assert can[EpochEvent] == [True, True, True]
    assert can[FinishingEvent] == [False, False, True]
    assert not list(run.folder.rglob("*.tmp"))


def test_a_relabelled_mistake_is_trained_again(way, folder, make_song, qtbot):
    # a song lies in the wrong folder and is held back, as the table says
    make_song(folder / "hum" / "misfiled.wav", "knock", 20)
    held = {"hum/misfiled.wav", "hum/hum 5.wav", "knock/knock 5.wav"}
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.wav"))
    lines = [f"{name},{'valid' if name in held else 'train'}\n" for name in names]
    (folder / "tracks.csv").write_text("path,split\n" + "".join(lines))
    _desk, page, scanned, trained = way
    scanned(page, folder)
    page.start()
    trained(page)
    page.go(wizard.RESULT)
    mistakes = page.result.mistakes
    wrong = page.session.result.wrong()
    assert [s.name for s in wrong] == ["hum/misfiled.wav"]
    page.result.matrix.choose("hum", "knock")
    assert mistakes.list.current() == wrong[0].path
    assert mistakes.windows.current() >= 0
    index = mistakes.move_to.findData("knock")
    mistakes.move_to.setCurrentIndex(index)
    mistakes.move_to.activated.emit(index)
    qtbot.waitUntil(lambda: "changed; train again" in page.hint.text(), timeout=5_000)
    first = page.session.result.run
    qtbot.mouseClick(page.result.again, Qt.MouseButton.LeftButton)
    assert page.session.trainer.running
    trained(page)
    second = page.session.result.run
    assert second.id != first.id
    listed = json.loads(second.songs.read_text())["songs"]
    labels = {song["path"]: song["label"] for song in listed}
    assert all(labels[s.path] == "knock" for s in wrong)
    assert second.classes["knock"] == first.classes["knock"] + len(wrong)
    page.toggle_history()
    qtbot.waitUntil(lambda: page.history.list.songs.rowCount() == 2, timeout=5_000)
