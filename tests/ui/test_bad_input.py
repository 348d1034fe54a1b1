"""What can be wrong with files, folders, settings and the system: the window says so."""

from __future__ import annotations

import os
import sys
import wave
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication

from genredesk import __version__
from genredesk.core import paths
from genredesk.core import settings as store
from genredesk.core.errors import SettingsError
from genredesk.core.settings import Settings
from genredesk.ui.listen.playlist import BROKEN_ROLE
from genredesk.ui.services.settings_store import SettingsStore

pytestmark = pytest.mark.usefixtures("no_sound_card")


def _truncated(path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        out.writeframes(b"")


BROKEN = {
    "empty.mp3": lambda p: p.write_bytes(b""),
    "text.mp3": lambda p: p.write_text("this is not music\n" * 200),
    "no-sound.wav": _truncated,
    "header.flac": lambda p: p.write_bytes(b"fLaC" + bytes(64)),
    "été – 音楽 🎵.ogg": lambda p: p.write_bytes(b"OggS" + bytes(200)),
    "x" * 200 + ".m4a": lambda p: p.write_bytes(os.urandom(5000)),
}


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_and_the_next_one_plays(start, songs, tmp_path, qtbot, name):
    bad = tmp_path / "bad" / name
    bad.parent.mkdir()
    BROKEN[name](bad)
    desk = start(files=[bad, songs["low"]])
    qtbot.waitUntil(lambda: desk.listening.sound.path == songs["low"], timeout=15_000)
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=15_000)
    text = desk.window.notices.banner.text()
    assert name in text
    assert len(text) > len(name) + 10
    playlist = desk.listening.playlist
    assert playlist.index(0).data(BROKEN_ROLE)
    assert not playlist.index(1).data(BROKEN_ROLE)
    desk.listening.sound.seek(4.0)
    qtbot.waitUntil(lambda: desk.listening.sound.position > 4, timeout=10_000)
    desk.listening.transport.previous()  # from the middle: to its beginning
    qtbot.waitUntil(lambda: desk.listening.sound.position < 3, timeout=10_000)
    desk.listening.transport.previous()  # the file before is broken: stays here
    assert desk.listening.playlist.current == 1


def test_only_broken_files(bundle, start, tmp_path, qtbot):
    bad = [tmp_path / f"{i}.mp3" for i in range(3)]
    for file in bad:
        file.write_bytes(b"")
    desk = start(files=bad)
    qtbot.waitUntil(lambda: desk.listening.state == "failed", timeout=15_000)
    assert "2.mp3" in desk.window.notices.banner.text()
    assert "3 files were skipped" in desk.window.notices.banner.text()
    assert desk.window.top.state.text() == "Can't play"


def test_a_missing_file(bundle, start, tmp_path, qtbot):
    desk = start(files=[tmp_path / "gone.flac"])
    qtbot.waitUntil(lambda: desk.listening.state == "failed", timeout=15_000)
    assert "gone.flac" in desk.window.notices.banner.text()


def test_ten_thousand_files_keep_the_window_alive(bundle, start, tmp_path, qtbot):
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(10_000):
        (folder / f"{i:05}.mp3").touch()
    desk = start()
    sizes: list[int] = []
    desk.listening.playlist.size_changed.connect(sizes.append)
    # Not playing: ten thousand empty files would be skipped one by one.
    desk.listening.transport.play_row = lambda *_a, **_k: None
    desk.listening.open_paths([folder])
    qtbot.waitUntil(lambda: len(desk.listening.playlist) == 10_000, timeout=30_000)
    assert len(sizes) > 10, "they come in parts, so that the first can be played at once"
    desk.window.show_list()
    view = desk.window.list_panel.view
    view.scrollToBottom()
    qtbot.wait(1)
    assert view.indexAt(view.viewport().rect().center()).row() > 9_900


def test_a_file_that_vanishes_while_it_plays(bundle, start, songs, qtbot):
    desk = start(files=[songs["low"]])
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=15_000)
    songs["low"].unlink()
    if sys.platform == "win32":
        pytest.skip("an open file cannot be deleted here")
    qtbot.waitUntil(lambda: "low.wav" in desk.window.notices.banner.text(), timeout=15_000)
    assert desk.listening.state in ("running", "ended")


# the system ------------------------------------------------------------------------------------


def test_no_sound_system_is_said_and_files_still_play(bundle, start, songs, qtbot, heard):
    desk = start(files=[songs["high"]])
    heard(desk, "High")
    qtbot.waitUntil(lambda: desk.window.notices.shown is not None, timeout=10_000)
    assert "sound" in desk.window.notices.banner.text().lower()


def test_no_bundle_at_all(tmp_path, monkeypatch, start, songs, qtbot):
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: tmp_path / "nothing")
    desk = start(files=[songs["low"]])
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=15_000)
    qtbot.waitUntil(lambda: desk.window.top.device.text() == "No model", timeout=10_000)
    assert any("No model is installed" in text for text in desk.window.notices.texts)
    assert not desk.window.top.model.isEnabled()
    desk.window.go("models")
    assert desk.window.models.empty.isVisible()


def test_a_broken_bundle_is_listed_with_its_reason(bundle, start, qtbot):
    broken = paths.user_models_dir() / "wreck"
    broken.mkdir()
    (broken / "card.json").write_text("{")
    desk = start()
    models = desk.window.models
    desk.window.go("models")
    row = next(r for r in models.list.rows.values() if r.title.toolTip() == "wreck")
    assert "JSON" in row.line.toolTip()
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert models.title.text() == "wreck"
    assert not models.activate.isVisible()


def test_a_network_that_was_damaged(bundle, start, songs, qtbot):
    model = bundle.path / "model.onnx"
    model.write_bytes(model.read_bytes()[:-20] + bytes(20))
    desk = start(files=[songs["low"]])
    qtbot.waitUntil(
        lambda: any("model.onnx" in text for text in desk.window.notices.texts),
        timeout=15_000,
    )
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=15_000)


def test_broken_settings_are_set_aside_and_said(bundle, start, home):
    file = store.settings_file()
    file.parent.mkdir(parents=True)
    file.write_text("{ broken")
    settings, message = store.load()
    assert settings == Settings()
    desk = start(message=message)
    aside = str(file.with_name("settings.broken.json"))
    assert any(aside in text for text in desk.window.notices.texts)


def test_a_home_that_cannot_be_written_is_said_once(bundle, start, qtbot, home):
    (home / "config").write_text("a file where the folder should be")
    desk = start()
    said: list[str] = []
    desk.memory.unwritable.connect(said.append)
    desk.memory.update(palette="grey")
    qtbot.waitUntil(lambda: said != [], timeout=10_000)
    assert any("cannot be saved" in text for text in desk.window.notices.texts)
    desk.memory.update(palette="magma")
    desk.memory.flush()
    assert len(said) == 1


def test_a_wrong_geometry_is_ignored(bundle, start):
    desk = start(geometry="no base64 at all!")
    assert desk.window.isVisible()


def test_the_settings_are_saved_only_when_they_changed(qtbot, home):
    from genredesk.ui.services.jobs import JobRunner

    saved: list[Settings] = []
    jobs = JobRunner()
    memory = SettingsStore(Settings(), jobs, save=saved.append)
    memory.flush()
    memory.update(palette="magma")  # as it is
    memory.flush()
    assert saved == []
    memory.update(palette="grey")
    memory.flush()
    assert [s.palette for s in saved] == ["grey"]
    assert jobs.close()


def test_the_reason_why_settings_cannot_be_saved_is_shown(qtbot, home):
    from genredesk.ui.services.jobs import JobRunner

    def refuse(_settings: Settings) -> None:
        raise SettingsError("The settings cannot be saved in /nowhere (no).")

    jobs = JobRunner()
    memory = SettingsStore(Settings(), jobs, save=refuse)
    with qtbot.waitSignal(memory.unwritable, timeout=5000) as told:
        memory.update(palette="grey")
        memory.flush()
    assert "/nowhere" in told.args[0]
    assert jobs.close()


def test_a_defect_is_shown_and_not_fatal(bundle, start):
    from genredesk.ui.shell.app import _Defects

    desk = start()
    try:
        raise RuntimeError("an invented defect")
    except RuntimeError as error:
        _Defects(desk)(RuntimeError, error, error.__traceback__)
    banner = desk.window.notices.banner
    assert "an invented defect" in banner.text()
    assert desk.window.isVisible()
    assert banner.action() == "Copy details"
    banner.action_triggered.emit()
    details = QGuiApplication.clipboard().text()
    assert details.startswith(f"GenreDesk {__version__}\nPython 3")
    assert "PySide6-Essentials" in details
    assert 'raise RuntimeError("an invented defect")' in details
    assert str(Path.home()) + os.sep not in details


def test_a_defect_while_painting_is_shown_and_not_fatal(bundle, start, qtbot, monkeypatch):
    from genredesk.ui.shell.app import _Defects

    desk = start()
    view = desk.window.live.timeline.view
    view.get_ready()

    def fail(*_args):
        raise RuntimeError("an invented defect")

    monkeypatch.setattr(sys, "excepthook", _Defects(desk))
    with monkeypatch.context() as patch:
        patch.setattr(type(view), "paint", fail)
        view.update()
        banner = desk.window.notices.banner
        qtbot.waitUntil(lambda: "an invented defect" in banner.text(), timeout=10_000)
    assert not view.grab().isNull()


def test_details_of_a_defect_in_a_job_can_be_copied(bundle, start, qtbot):
    desk = start()
    job = desk.jobs.start("dividing", lambda _job: 1 / 0)
    with qtbot.waitSignal(job.ended, timeout=5000):
        pass
    banner = desk.window.notices.banner
    assert "dividing: ZeroDivisionError" in banner.text()
    assert banner.action() == "Copy details"
    banner.action_triggered.emit()
    assert "ZeroDivisionError: division by zero" in QGuiApplication.clipboard().text()


def test_the_settings_show_the_folder_of_the_log(bundle, start, home, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    start().window.preferences.log.click()
    assert [Path(p) for p in opened] == [home / "log"]
    assert (home / "log").is_dir()
