"""How the program begins: one window, first steps, safe mode, and what is told of a bad end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QLocalSocket

from genredesk import __main__ as door
from genredesk.core import logs, paths
from genredesk.core import settings as store
from genredesk.core.settings import Settings
from genredesk.doctor import elsewhere
from genredesk.ui.services import instance, mark
from genredesk.ui.services.instance import Instance
from genredesk.ui.services.mark import RunMark, bad_ends
from genredesk.ui.shell import app
from genredesk.ui.shell.app import Beginning

ROOT = Path(__file__).resolve().parents[2]

# ---------------------------------------------------------------- one window


@pytest.fixture
def meeting(monkeypatch, tmp_path):
    """Let windows meet in a folder of this test; its name must be short."""
    folder = Path(f"{tmp_path.anchor}tmp") / f"gd-{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def window(meeting, qapp):
    """The window that is open already."""
    first = Instance()
    assert not first.hand_over([])
    assert first.listening
    yield first
    first.close()


def test_a_second_start_hands_its_files_over_and_ends(window, qtbot, tmp_path):
    name = os.fsdecode(b"caf\xe9.wav")
    (tmp_path / name).write_bytes(b"")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    with qtbot.waitSignal(window.asked, timeout=60_000) as told:
        more = [f"{n:0100}.wav" for n in range(3000)]  # more than a socket takes at once
        command = [sys.executable, "-m", "genredesk", name, *more]
        second = subprocess.Popen(command, cwd=tmp_path, env=environment)
    assert told.args == [[tmp_path / name for name in (name, *more)]]
    assert second.wait(60) == 0
    assert bad_ends() == [], "a start that handed over is no crash"


def test_a_window_that_hangs_is_left_alone(window, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(instance, "ANSWER_MS", 50)
    second = Instance()
    assert not second.hand_over([tmp_path]), "nobody answered: the loop of the first does not run"
    assert not second.listening, "the address still is the first one's"
    with qtbot.assertNotEmitted(window.asked, wait=200):
        pass  # it wakes up, and what was given up is not opened twice


def test_a_socket_nobody_listens_at_is_healed(meeting):
    left = socket.socket(socket.AF_UNIX)
    left.bind(instance.address())
    left.close()
    first = Instance()
    assert not first.hand_over([])
    assert first.listening
    first.close()


def test_another_window_does_not_take_the_place_of_the_first(window):
    second = Instance()
    second.listen_alone()
    assert window.listening
    assert not second.listening


@pytest.mark.parametrize("said", [b"\xff\n", b"[]\n", b'{"files": 3}\n'])
def test_nonsense_is_not_obeyed(window, qtbot, said):
    heard = []
    window.asked.connect(heard.append)
    caller = QLocalSocket()
    caller.connectToServer(instance.address())
    with qtbot.waitSignal(caller.disconnected, timeout=20_000):
        caller.write(said)
    assert not heard
    assert window.listening


def test_the_options_of_the_window_reach_it(monkeypatch):
    seen = []
    monkeypatch.setattr(app, "main", lambda files, how: seen.append((files, how)) or 0)
    monkeypatch.setattr(door._display, "problem", lambda: "")
    for typed in (["--safe-mode"], ["gui", "--new-window", "song.wav"], []):
        assert door.main(typed) == 0
    assert seen == [
        ([], Beginning(safe=True)),
        (["song.wav"], Beginning(new_window=True)),
        ([], Beginning()),
    ]


# ---------------------------------------------------------------- a bad end

RUN = "from genredesk.ui.services.mark import RunMark; RunMark().begin(); import faulthandler, os; "


def end(how: str) -> str:
    """Let a run end in this way and return what the next start knows of it."""
    done = subprocess.run([sys.executable, "-c", RUN + how], capture_output=True, check=False)
    assert done.returncode != 0
    (told,) = bad_ends()
    assert bad_ends() == [], "told once"
    return told


def test_a_kill_and_a_crash_are_known_to_the_next_start(home):
    assert "did not end properly" in end("os.kill(os.getpid(), 9)")
    crashed = end("faulthandler._sigsegv()")
    assert "Segmentation fault" in crashed
    assert 'File "<string>"' in crashed


def test_what_ends_well_runs_or_went_down_with_the_computer_is_no_bad_end(monkeypatch):
    run = RunMark()
    run.begin()
    assert bad_ends() == [], "it runs"
    run.end()
    logged_out = RunMark()
    logged_out.begin()
    logged_out.excuse()
    assert logged_out._lock is not None
    logged_out._lock.release()
    assert bad_ends() == [], "the session ended"
    logged_out.end()
    assert not list((paths.log_dir() / "running").iterdir())
    subprocess.run([sys.executable, "-c", RUN + "os.kill(os.getpid(), 9)"], check=False)
    monkeypatch.setattr(mark, "_boot", lambda: "another")
    assert bad_ends() == []
    monkeypatch.undo()


def test_an_exception_nobody_caught_is_told():
    run = RunMark()
    run.begin()
    run.failed(ZeroDivisionError("by zero"))
    assert run._lock is not None
    run._lock.release()  # as the end of the process does
    (told,) = bad_ends()
    assert "ZeroDivisionError: by zero" in told
    run.end()


def test_without_a_folder_for_it_there_is_no_mark(home):
    home.write_text("a file where the folders should be")
    run = RunMark()
    run.begin()
    run.failed(ValueError())
    run.end()
    assert bad_ends() == []


# ---------------------------------------------------------------- whole starts

FIRST = """
import json, sys
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QFileOpenEvent
from genredesk.core import paths
from genredesk.ui.shell import app

told = []
song = paths.resources_dir() / "demo" / "iron-tide.ogg"

def then(desk):
    def look():
        welcome = desk.window.welcome
        if not told:
            if desk.listening.state != "running" or welcome is None or not welcome.isVisible():
                return
            told.append(["first", desk.listening.sound.path.name, desk.memory.settings.welcomed])
            welcome.language.setCurrentIndex(welcome.language.findData("en"))
            welcome.begin.click()
        elif desk.memory.settings.language == "en" and desk.listening.state == "running":
            if len(told) == 1:
                told.append(["again", welcome is None, desk.memory.settings.welcomed])
                desk.window.show_welcome()
                handed = QFileOpenEvent(str(song))
                QCoreApplication.sendEvent(QCoreApplication.instance(), handed)
            if desk.listening.sound.path != song:
                return
            told.append(["handed over", welcome.isVisible()])
            timer.stop()
            desk.window.close()
    timer = QTimer(desk.window, interval=20)
    timer.timeout.connect(look)
    timer.start()

status = app.main([], then)
print(json.dumps([status, told]))
"""

SAFE = """
import json, sys
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QFileOpenEvent
from genredesk.core import paths
from genredesk.ui.shell import app

told = {}
song = paths.resources_dir() / "demo" / "iron-tide.ogg"

def then(desk):
    as_on_macos = QFileOpenEvent(str(song))
    QCoreApplication.sendEvent(QCoreApplication.instance(), as_on_macos)
    def look():
        window = desk.window
        if desk.listening.sound.path != song or desk.listening.state != "running":
            return
        timer.stop()
        told["theme"] = desk.memory.settings.theme
        told["welcome"] = window.welcome is not None
        told["notices"] = window.notices.texts
        told["sound"] = "sounddevice" in sys.modules
        desk.memory.update(volume=0.1)
        window.close()
    timer = QTimer(desk.window, interval=20)
    timer.timeout.connect(look)
    timer.start()

status = app.main([], then, app.Beginning(safe=True))
print(json.dumps([status, told]))
"""


def run_start(code: str) -> list:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.usefixtures("no_sound_card", "meeting")
def test_the_first_start_plays_a_sample_and_asks_once():
    status, told = run_start(FIRST)
    assert status == 0
    assert told == [["first", "blue-lamp.ogg", True], ["again", True, True], ["handed over", False]]
    stored, _message = store.load()
    assert (stored.welcomed, stored.language) == (True, "en")
    assert bad_ends() == [], "a window that was closed is no crash"


@pytest.mark.usefixtures("no_sound_card", "meeting")
def test_safe_mode_leaves_settings_and_sound_alone_and_offers_a_report():
    store.save(Settings(theme="light", welcomed=True))
    before = store.settings_file().read_bytes()
    subprocess.run([sys.executable, "-c", RUN + "os.kill(os.getpid(), 9)"], check=False)
    status, told = run_start(SAFE)
    assert status == 0
    assert told["theme"] == "system"
    assert not told["welcome"]
    assert not told["sound"], "PortAudio was loaded"
    assert any(text.startswith("Safe mode") for text in told["notices"])
    assert any("ended unexpectedly" in text for text in told["notices"])
    assert store.settings_file().read_bytes() == before


# ---------------------------------------------------------------- the plates


def test_the_first_steps_do_what_was_chosen(start, bundle, songs, qtbot):
    desk = start(demo=[songs["low"]])
    window = desk.window
    window.show_welcome()
    welcome = window.welcome
    assert desk.memory.settings.welcomed
    welcome.skip.click()
    assert not welcome.isVisible()
    assert window.library.tracks.catalogue is None, "skipped: nothing was done"
    window.show_welcome()
    welcome.set_folder(songs["low"].parent)
    welcome.sample.click()
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=20_000)
    assert "playing" in welcome.sample_text.text()
    welcome.begin.click()
    tracks = window.library.tracks
    qtbot.waitUntil(lambda: [r.path for r in tracks.roots] == [songs["low"].parent], timeout=20_000)
    qtbot.waitUntil(lambda: not window.library.scanning.running, timeout=30_000)


CHECKED = """
import dataclasses, json, os, sys
from genredesk.doctor.finding import Finding, Health
for row in (
    Finding("sound", "Output", Health.OK, "Speakers opens and plays."),
    Finding("models", "tiny", Health.BROKEN, "It is damaged.", "Import it again."),
):
    print(json.dumps(dataclasses.asdict(row)))
"""


def test_the_check_shows_what_is_broken_and_outlives_a_crash(start, bundle, qtbot, monkeypatch):
    code = [CHECKED]
    monkeypatch.setattr(elsewhere, "own_command", lambda *_: [sys.executable, "-c", code[0]])
    desk = start()
    desk.window.show_doctor()
    page = desk.window.doctor
    qtbot.waitUntil(page.again.isEnabled, timeout=20_000)
    assert [finding.name for finding in page.findings] == ["Output", "tiny"]
    assert page.summary.text() == "1 part needs attention: tiny"
    page.copy.click()
    assert "[broken] models: tiny: It is damaged. Import it again." in (
        QGuiApplication.clipboard().text()
    )
    code[0] = CHECKED.replace("for row", "sys.stdout.flush(); os.kill(os.getpid(), 9)\nfor row")
    page.again.click()
    qtbot.waitUntil(lambda: page.summary.text().endswith("attention: Check"), timeout=20_000)
    code[0] = "import time; time.sleep(600)"
    page.again.click()
    qtbot.waitUntil(lambda: page._checking._process.poll() is None)
    page.close_plate()  # nobody waits for it
    qtbot.waitUntil(lambda: page._job is None, timeout=20_000)


def test_a_report_is_read_before_it_is_saved(start, bundle, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    log = logs.log_file("gui")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"opened {tmp_path}/song.wav\n")
    desk = start()
    desk.window.offer_report(f"It was killed in {tmp_path}.")
    desk.window.notices.banner.action_triggered.emit()
    page = desk.window.report
    qtbot.waitUntil(page.save.isEnabled, timeout=20_000)
    text = page.text.toPlainText()
    for part in ("It was killed in ~.", "opened ~/song.wav", "GenreDesk ", "folders: Data: ~"):
        assert part in text
    assert str(tmp_path) not in text
    page.save_to(log / "no folder")
    assert any("cannot be written" in told for told in desk.window.notices.texts)
    page.save_to(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == text
    assert not page.isVisible()
