"""The real program on a real (virtual) screen: it draws itself, plays, and ends when asked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from genredesk.ui.services.mark import bad_ends

ROOT = Path(__file__).resolve().parents[2]
SIZE = (1280, 800)

pytestmark = [pytest.mark.xvfb, pytest.mark.usefixtures("no_sound_card")]


@pytest.fixture(scope="session")
def x_display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A virtual screen for the session; its picture lies in a file."""
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    folder = tmp_path_factory.mktemp("screen")
    reader, writer = os.pipe()
    width, height = SIZE
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24",
         "-nolisten", "tcp", "-fbdir", str(folder)],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb does not start"
        os.environ["GENREDESK_TEST_SCREEN"] = str(folder / "Xvfb_screen0")
        yield f":{number}"
    finally:
        os.environ.pop("GENREDESK_TEST_SCREEN", None)
        server.terminate()
        server.wait(10)


def screenshot() -> np.ndarray:
    """Read the screen's memory (an XWD file): ``(height, width, 3)`` uint8."""
    data = Path(os.environ["GENREDESK_TEST_SCREEN"]).read_bytes()
    header = np.frombuffer(data[:100], ">u4")
    size, colours, width, height, stride = (int(header[i]) for i in (0, 19, 4, 5, 12))
    start = size + colours * 12
    pixels = np.frombuffer(data[start : start + stride * height], np.uint8)
    return pixels.reshape(height, stride // 4, 4)[:, :width, 2::-1]


def wait(condition: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def program(x_display: str, home: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start `python -m genredesk` on the virtual screen."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DISPLAY": x_display, "QT_QPA_PLATFORM": "xcb"}
        environment.pop("WAYLAND_DISPLAY", None)
        process = subprocess.Popen(
            [sys.executable, "-m", "genredesk", *arguments],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def near(picture: np.ndarray, colour: str, tolerance: int = 6) -> float:
    """Return the share of pixels that have nearly this colour."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return float((np.abs(picture.astype(int) - wanted).max(axis=2) <= tolerance).mean())


def test_the_window_draws_itself_plays_and_ends(program, songs, bundle, tmp_path):
    settings = tmp_path / "home" / "config" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"version": 1, "theme": "dark", "muted": true}')
    process = program("gui", str(songs["high"]))
    wait(lambda: near(screenshot(), "#1A1D23") > 0.2, "the cards are not drawn")
    assert near(screenshot()[:, 100:], "#121418") > 0.05, "the ground is not drawn"

    def picture_is_colourful() -> bool:
        spectrogram = screenshot()[310:600, 600:1240].astype(int)
        return bool(np.ptp(spectrogram[..., 0]) > 120)

    wait(picture_is_colourful, "no sound is drawn")
    shot = screenshot()
    image = np.ascontiguousarray(shot)
    height, width, _ = image.shape
    target = tmp_path / "window.png"
    assert QImage(image.data, width, height, 3 * width, QImage.Format.Format_RGB888).save(
        str(target)
    )
    assert target.stat().st_size > 10_000
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "geometry" in settings.read_text(), "the settings are saved at the end"
    assert bad_ends() == [], "a polite kill is no crash"


def test_it_starts_with_nothing_at_all(program, tmp_path, monkeypatch):
    """No sound, no writable home, broken settings: the window still stands."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "config").write_text("this should be a folder")
    process = program("gui")
    wait(lambda: near(screenshot(), "#1A1D23") > 0.2, "the cards are not drawn")
    assert process.poll() is None
    process.send_signal(signal.SIGHUP)  # the terminal it was started from was closed
    assert process.wait(20) == 0
    assert "Traceback" not in process.stderr.read().decode()
