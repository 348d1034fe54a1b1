"""What can go wrong on the way: each is a sentence on the page where it can be mended."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile, Qt
from PySide6.QtTest import QTest

from genredesk.core import atomic
from genredesk.library.catalogue import db
from genredesk.library.catalogue.corrections import Corrections
from genredesk.library.library import Library
from genredesk.training.runs import store
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.services import dialogs
from genredesk.ui.training import steps as wizard
from genredesk.ui.training.pages.record import RecordPanel
from genredesk.ui.training.trainer import LOCK
from genredesk.ui.widgets.charts.genre_table import NAME


def hint(page) -> str:
    return page.hint.text()


def pick(music, *labels: str) -> None:
    """Click on these classes and on no other."""
    keys = Qt.KeyboardModifier.NoModifier
    for label in labels:
        index = music.classes.index(music.classes.place(label), NAME)
        music.table.scrollTo(index)
        middle = music.table.visualRect(index).center()
        QTest.mouseClick(music.table.viewport(), Qt.MouseButton.LeftButton, keys, middle)
        keys = Qt.KeyboardModifier.ControlModifier
    assert set(music.selected()) == set(labels)


def test_one_class_only(train_page, scanned, folder):
    shutil.rmtree(folder / "knock")
    scanned(train_page, folder)
    assert not train_page.next.isEnabled()
    assert "only one genre, Hum" in hint(train_page)


def test_a_class_of_one_song_can_be_left_out(train_page, scanned, folder, make_song):
    make_song(folder / "whistle" / "alone.wav", "whistle")
    scanned(train_page, folder)
    assert "Whistle has only one usable song" in hint(train_page)
    pick(train_page.music, "whistle")
    QTest.mouseClick(train_page.music.leave_out, Qt.MouseButton.LeftButton)
    assert train_page.music.can_next()
    assert [g.label for g in train_page.session.music.used()] == ["hum", "knock"]


def test_broken_short_silent_and_loose_files_have_their_reason(
    train_page, scanned, folder, make_song
):
    (folder / "hum" / "broken.mp3").write_bytes(b"no music at all")
    make_song(folder / "hum" / "short.wav", "hum", 9, 1.0)
    make_song(folder / "loose.wav", "hum", 8)
    scanned(train_page, folder)
    problems = {t.name: t for t in train_page.session.music.problems()}
    assert set(problems) == {"broken.mp3", "short.wav", "loose.wav"}
    assert problems["short.wav"].kind == "short"
    assert "no genre folder" in problems["loose.wav"].reason
    card = train_page.music.songs
    card.only.click()
    texts = {card.list.songs.row(i).detail for i in range(card.list.songs.rowCount())}
    assert any("one window needs" in text for text in texts)
    train_page.session.music.relabel([problems["loose.wav"].path], "knock")
    assert train_page.session.music.groups["knock"].usable == 7
    assert train_page.music.can_next()


def test_one_recording_in_two_classes_waits_for_a_decision(train_page, scanned, folder):
    twin = folder / "knock" / "hum again.wav"
    shutil.copy(folder / "hum" / "hum 0.wav", twin)
    scanned(train_page, folder)
    music = train_page.session.music
    assert music.groups["hum"].usable == 5
    assert {t.name for t in music.problems() if t.troubled} == {"hum 0.wav", "hum again.wav"}
    music.set_aside([str(twin)])
    assert music.groups["hum"].usable == 6
    assert not [t for t in music.problems() if t.troubled]


def test_names_that_differ_only_in_case_are_merged(train_page, scanned, folder, make_song):
    for i in range(2):
        make_song(folder / "HUM" / f"{i}.wav", "hum", 30 + i)
    scanned(train_page, folder)
    assert "differ only in case" in hint(train_page)
    pick(train_page.music, "HUM", "hum")
    QTest.mouseClick(train_page.music.merge, Qt.MouseButton.LeftButton)
    assert train_page.session.music.groups["hum"].usable == 8
    assert train_page.music.can_next()


def test_a_missing_folder_is_named(train_page, qtbot, tmp_path):
    with qtbot.waitSignal(train_page.session.scanning.ended, timeout=30_000) as said:
        train_page.music.add_folders([tmp_path / "not there"])
    assert "not there" in said.args[0]
    assert "not there" in train_page.window().notices.shown.text


def test_music_that_was_unplugged_fails_with_a_sentence(train_page, scanned, folder, qtbot):
    scanned(train_page, folder)
    shutil.rmtree(folder)
    train_page.start()
    qtbot.waitUntil(lambda: train_page.session.trainer.run.state == store.FAILED, timeout=60_000)
    assert "is gone" in train_page.session.trainer.run.message
    qtbot.waitUntil(lambda: "is gone" in train_page.run_page.note.text(), timeout=10_000)


def test_a_full_disk_is_said(train_page, scanned, folder, qtbot, monkeypatch):
    scanned(train_page, folder)

    def full(*_args) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "write_json", full)
    train_page.start()
    qtbot.waitUntil(lambda: train_page.session.trainer.run.state == store.FAILED, timeout=30_000)
    qtbot.waitUntil(lambda: "No space left" in train_page.run_page.note.text(), timeout=10_000)
    assert "Make room" in train_page.run_page.note.text()


def test_two_trainings_at_once(train_page, scanned, folder):
    scanned(train_page, folder)
    store.runs_dir().mkdir(parents=True, exist_ok=True)
    other = QLockFile(str(store.runs_dir() / LOCK))
    assert other.tryLock(0)
    assert not train_page.session.start()
    assert "Another GenreDesk window is training" in train_page.window().notices.shown.text
    other.unlock()


def test_closing_asks_while_a_training_runs(train_page, scanned, folder, qtbot, monkeypatch):
    scanned(train_page, folder)
    asked = []
    monkeypatch.setattr(dialogs, "confirm", lambda *args, **_no: asked.append(args))
    window = train_page.window()
    train_page.start()
    assert not window.close()
    assert window.isVisible()
    _parent, title, text, _yes, quit_now = asked[0]
    assert title == "A training is running"
    assert "resume" in text
    with qtbot.waitSignal(window.closing, timeout=5_000):
        quit_now()
    train_page.session.close()
    assert not train_page.session.trainer.elsewhere(), "the lock is given back"


def test_what_was_interrupted_is_offered(home, start, qtbot, folder):
    run = store.save(
        TrainingRun("20260101-120000-mine", "Mine", store.now(), plan={"mode": "scratch"})
    )
    store.atomic.write_json(run.songs, {"songs": []})
    desk = start()
    desk.window.training.flow.offer_resuming()
    notice = desk.window.notices.shown
    assert "Mine" in notice.text
    assert notice.action == "Resume"
    assert store.read(run.folder).state == store.INTERRUPTED


def test_what_was_sorted_is_there_at_the_next_start(open_train, scanned, folder, qtbot):
    _desk, page = open_train()
    scanned(page, folder)
    page.session.music.rename("hum", "drone")
    song = next(iter(page.session.music.groups["knock"].tracks)).path
    page.session.music.set_aside([song])
    page.session.choose(preset="balanced", seed=7)
    page.session.close()
    draft = json.loads((store.runs_dir() / "draft.json").read_text())
    assert draft["choice"]["seed"] == 7
    _again, other = open_train()
    qtbot.waitUntil(
        lambda: other.session.music.n == 11 and not other.session.scanning.running, timeout=60_000
    )
    assert {g.label for g in other.session.music.used()} == {"drone", "knock"}
    assert other.session.choice.preset == "balanced"
    assert other.session.choice.seed == 7


def test_a_wrong_number_in_the_recipe(train_page, scanned, folder):
    scanned(train_page, folder)
    train_page.go(wizard.MODEL)
    train_page.session.choose(preset="scratch")
    train_page.model.more.click()
    rows = {row.field.name: row for row in train_page.model.advanced.rows}
    line = rows["lr"].control
    line.clear()
    QTest.keyClicks(line, "fast")
    assert "lr must be a number" in hint(train_page)
    assert not train_page.next.isEnabled()
    line.clear()
    QTest.keyClicks(line, "0.01")
    assert train_page.next.isEnabled()
    assert train_page.session.choice.changes == {"lr": 0.01}


def test_what_is_playing_becomes_a_song(open_train, make_song, tmp_path, qtbot):
    path = make_song(tmp_path / "playing.wav", "hum", 1, 12.0)
    desk, page = open_train(muted=True)
    desk.listening.open_paths([path])
    panel = RecordPanel(page.session, desk.window)
    qtbot.waitUntil(lambda: panel.available_s() >= 4.0, timeout=30_000)
    assert "stays there until you delete it" in panel.note.text()
    assert panel.note.toolTip() == str(page.session.recordings)
    panel.word.setEditText("My/own: genre")
    panel.act()
    qtbot.waitUntil(lambda: bool(page.session.music.tracks), timeout=30_000)
    track = next(iter(page.session.music.tracks.values()))
    assert track.folder == "My-own- genre"
    assert Path(track.path).parent.parent == page.session.recordings
    qtbot.waitUntil(lambda: track.seconds > 3.5, timeout=30_000)
    assert track.usable


@pytest.mark.parametrize("size", [(960, 600), (1280, 800)])
def test_every_page_fits(train_page, scanned, folder, size):
    scanned(train_page, folder)
    window = train_page.window()
    window.resize(*size)
    for step in range(6):
        train_page.go(step)
        QTest.qWait(20)
        assert window.width() == size[0]
        assert train_page.pages.currentWidget().width() <= window.width()


def test_genres_corrected_in_the_library_are_music_to_learn(train_page, folder, qtbot, monkeypatch):
    songs = sorted(folder.rglob("*.wav"))
    found = [(song, ("drone" if song.parent.name == "hum" else "beat", "x")) for song in songs]
    path = db.default_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with Library.open():
        pass
    monkeypatch.setattr(Corrections, "all", lambda _self: found)
    train_page.music.add_library()
    music = train_page.session.music
    qtbot.waitUntil(
        lambda: music.n == 12 and not train_page.session.scanning.running, timeout=60_000
    )
    assert [g.label for g in music.used()] == ["beat", "drone"]


def test_nothing_corrected_in_the_library(train_page, qtbot):
    with qtbot.waitSignal(train_page.session.scanning.ended, timeout=30_000):
        train_page.music.add_library()
    assert any("No genre was corrected" in t for t in train_page.window().notices.texts)
