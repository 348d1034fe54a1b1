"""The log file: what reaches it, what does not, and that it never disturbs."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from genredesk import __main__ as door
from genredesk.core import logs, paths
from genredesk.core.errors import DataError


def test_a_command_and_a_library_write_into_the_users_log_folder(home):
    with logs.kept("scan") as path:
        logging.getLogger("some.library").warning("The library warns.")
        logging.getLogger("some.library").info("The library chats.")
        logging.getLogger("genredesk.part").info("A part of ours tells.")
    assert path == paths.log_dir() / "genredesk-scan.log"
    assert path.is_relative_to(home)
    text = path.read_text(encoding="utf-8")
    assert "WARNING some.library: The library warns." in text
    assert "INFO genredesk.part: A part of ours tells." in text
    assert "chats" not in text


def test_the_window_has_the_plain_name():
    assert logs.log_file("gui").name == "genredesk.log"


def test_warnings_of_python_are_written_too():
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with logs.kept("scan") as path:
            warnings.warn("this will go away", FutureWarning, stacklevel=1)
    assert "this will go away" in path.read_text(encoding="utf-8")


def test_what_nobody_caught_is_written_and_goes_on():
    with pytest.raises(ZeroDivisionError), logs.kept("scan") as path:
        _ = 1 / 0
    text = path.read_text(encoding="utf-8")
    assert "CRITICAL genredesk: Uncaught\nTraceback" in text
    assert "ZeroDivisionError" in text


def test_hooks_write_down_and_hand_on(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: seen.append(args[1]))
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_value))
    before = sys.excepthook, threading.excepthook

    def broken() -> None:
        raise RuntimeError("broken in a thread")

    with logs.kept("scan") as path:
        thread = threading.Thread(target=broken, name="worker-7")
        thread.start()
        thread.join()
        error = RuntimeError("broken in a slot")
        sys.excepthook(RuntimeError, error, None)
    assert [str(e) for e in seen] == ["broken in a thread", "broken in a slot"]
    assert (sys.excepthook, threading.excepthook) == before
    text = path.read_text(encoding="utf-8")
    assert "Uncaught in thread worker-7" in text
    assert "RuntimeError: broken in a thread" in text
    assert "RuntimeError: broken in a slot" in text


def test_an_error_that_was_told_to_the_person_is_one_line():
    with pytest.raises(DataError), logs.kept("scan") as path:
        raise DataError("The folder is empty.")
    text = path.read_text(encoding="utf-8")
    assert "ERROR genredesk: The folder is empty." in text
    assert "Traceback" not in text


def test_the_users_folder_is_not_named(monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/somewhere/anna"))
    with logs.kept("scan") as path:
        logging.getLogger("genredesk").warning("Cannot read /somewhere/anna/Music/a song.mp3")
    text = path.read_text(encoding="utf-8")
    assert str(Path("~/Music/a song.mp3")) in text
    assert "anna" not in text


def test_it_rotates_and_stays_small(monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 2000)
    with logs.kept("scan") as path:
        for n in range(100):
            logging.getLogger("genredesk").info("line %d %s", n, "x" * 80)
    parts = sorted(p.name for p in path.parent.iterdir())
    assert parts == ["genredesk-scan.log", "genredesk-scan.log.1"]
    assert all(p.stat().st_size <= 2000 for p in path.parent.iterdir())
    assert "line 99" in path.read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_disturbs_nobody(home, capsys):
    home.mkdir()
    (home / "log").write_text("a file where the folder should be")
    with logs.kept("scan"):
        logging.getLogger("genredesk").info("nowhere to go")
    assert capsys.readouterr() == ("", "")


def test_nothing_of_it_stays_behind():
    root, level = logging.getLogger(), logging.getLogger("genredesk").level
    handlers = list(root.handlers)
    with logs.kept("scan"):
        assert len(root.handlers) > len(handlers)
    assert root.handlers == handlers
    assert logging.getLogger("genredesk").level == level


def test_commands_of_the_terminal_write_their_log(home, tmp_path, capsys):
    missing = tmp_path / "nothing here.wav"
    assert door.main(["classify", str(missing)]) == 1
    assert "nothing here.wav" in capsys.readouterr().err
    text = (home / "log" / "genredesk-classify.log").read_text(encoding="utf-8")
    assert ", classify, Python" in text


def test_a_warning_still_reaches_the_terminal():
    code = (
        "import logging\nfrom genredesk.core import logs\nwith logs.kept('scan'):\n"
        "    logging.getLogger('genredesk').warning('look here')\n"
        "    logging.getLogger('genredesk').info('not here')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == "look here\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/homes/ann/song.wav: it is empty.", "~/song.wav: it is empty."),
        ('File "/homes/ann/x.py", in /homes/ann.', 'File "~/x.py", in ~.'),
        ("file:///homes/ann/x", "file://~/x"),
        (
            "/homes/anna/x /homes/ann-2/x /homes/ann.old/x",
            "/homes/anna/x /homes/ann-2/x /homes/ann.old/x",
        ),
        ("/mnt/homes/ann/x", "/mnt/homes/ann/x"),
    ],
)
def test_only_the_persons_own_folder_becomes_a_tilde(monkeypatch, text, wanted):
    monkeypatch.setattr(Path, "home", lambda: Path("/homes/ann"))
    assert logs.without_home(text) == wanted


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_only_ends_the_log(home):
    log = logs.log_file("scan")
    log.parent.mkdir(parents=True)
    log.symlink_to("/dev/full")
    with logs.kept("scan"):
        logging.getLogger("genredesk.part").warning("This cannot be written.")
