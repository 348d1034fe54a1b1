"""One door: finds commands by file name, explains itself, ends with the right status."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from genredesk import __main__ as door
from genredesk import __version__, cli
from genredesk.cli import _display, listen

FOLDER = Path(cli.__path__[0])
COMMANDS = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))
HEAVY = ("numpy", "torch", "PySide6", "onnxruntime", "scipy", "av", "soundfile", "sounddevice")


def process(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, **options
    )


def test_every_file_of_cli_is_a_command_with_a_line_of_help() -> None:
    found = door.commands()
    assert sorted(found) == COMMANDS
    assert {"listen", "classify", "networks", "models", "devices"} <= set(found)
    for name, summary in found.items():
        assert len(summary) > 20, name
        assert summary.endswith("."), name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, genredesk, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    status, out, _ = genredesk(name, "--help")
    assert status == 0
    assert f"genredesk {name}" in out
    written = [line for line in out.splitlines() if not line.startswith("  ")]
    assert all(len(line) <= 60 for line in written), "the text fits the terminal"


def test_help_and_version(genredesk) -> None:
    status, out, _ = genredesk("--help")
    assert status == 0
    assert all(f"  {name} " in out for name in ["gui", *COMMANDS])
    status, out, _ = genredesk("--version")
    assert (status, out.strip()) == (0, f"GenreDesk {__version__}")


def test_help_and_version_load_nothing_heavy() -> None:
    for option in ("--help", "--version"):
        done = process("-X", "importtime", "-m", "genredesk", option)
        assert done.returncode == 0
        loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in
                  done.stderr.splitlines() if line.startswith("import time:")}  # fmt: skip
        assert "genredesk" in loaded
        assert not loaded & set(HEAVY)


def test_a_slip_of_the_finger_is_answered_with_the_nearest_command(genredesk) -> None:
    status, _, err = genredesk("clasify")
    assert status == 2
    assert "'classify'" in err


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["classify"], ["classify", "--hop", "0", "x"]]
)
def test_a_command_line_that_is_not_understood(arguments: list[str], genredesk) -> None:
    status, _, err = genredesk(*arguments)
    assert status == 2
    assert "usage" in err


def test_without_a_display_one_sentence_says_so(genredesk, monkeypatch) -> None:
    monkeypatch.setattr(_display, "problem", lambda: "There is no display here.")
    status, out, err = genredesk()
    assert status == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "no display" in err
    assert "genredesk listen" in err


def test_the_terminal_view_takes_the_place_of_the_window(genredesk, monkeypatch) -> None:
    monkeypatch.setattr(_display, "problem", lambda: "There is no display here.")
    asked: list[tuple[str | None, list[str]]] = []

    def note(args: argparse.Namespace) -> int:
        asked.append((args.source, args.files))
        return 0

    monkeypatch.setattr(listen, "run", note)
    genredesk("gui", "--or-terminal")
    genredesk("gui", "--or-terminal", "song.mp3")
    assert asked == [("demo", []), (None, ["song.mp3"])]


def test_ctrl_c_and_a_closed_pipe_end_without_a_traceback(monkeypatch, genredesk) -> None:
    for error, status in ((KeyboardInterrupt, 130), (BrokenPipeError, 141)):

        def stop(_: object, error: type[BaseException] = error) -> int:
            raise error

        monkeypatch.setattr(listen, "run", stop)
        keep = os.dup(1)
        try:
            assert genredesk("listen")[0] == status
        finally:
            os.dup2(keep, 1)
            os.close(keep)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_listening_ends_the_process_cleanly(bundle, tone) -> None:
    command = [
        sys.executable,
        "-u",
        "-m",
        "genredesk",
        "listen",
        "--source",
        "tone:440",
        "--hop",
        "0.2",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline()  # the first answer: it is well under way
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in err


class TestDisplay:
    """Whether a window can open is found out without Qt."""

    def test_nothing_set(self) -> None:
        assert "no display" in _display.problem({}) or sys.platform in {"win32", "darwin"}

    def test_offscreen_needs_no_display(self) -> None:
        assert _display.problem({"QT_QPA_PLATFORM": "offscreen"}) == ""

    @pytest.mark.skipif(sys.platform != "linux", reason="X11")
    @pytest.mark.parametrize("display", [":4711", "localhost:4711.0", "unix:4711"])
    def test_a_display_that_does_not_answer_is_named(self, display: str) -> None:
        sentence = _display.problem({"DISPLAY": display})
        assert display in sentence
        assert "does not answer" in sentence

    @pytest.mark.skipif(sys.platform != "linux", reason="X11")
    def test_a_missing_library_is_named(self, tmp_path: Path, monkeypatch) -> None:
        plugin = tmp_path / "Qt" / "plugins" / "platforms" / "libqxcb.so"
        plugin.parent.mkdir(parents=True)
        plugin.write_bytes(b"not a library")
        monkeypatch.setattr(_display, "_qt_folders", lambda: [tmp_path])
        assert "libqxcb.so is missing" in _display._missing_library()
