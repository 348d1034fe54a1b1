"""The screenshots of the Train place: its five pages and the history, dark and light.

A real training runs for each theme, on the demo pieces cut into songs: a picture that ships shows
nobody's music but ours. Called by make_shots.py.
"""

from __future__ import annotations

import os
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import shot  # beside this file
from genredesk.core.settings import Settings
from genredesk.ui.look import theme
from genredesk.ui.shell import app as application
from genredesk.ui.training import steps as wizard

PIECE_S, PIECES = 5.0, 8
PATIENCE_S = 400

Turn = Callable[[Callable[[], bool], float, str], None]


def demo_music(folder: Path) -> Path:
    """Cut the demo pieces into songs, a folder for each."""
    import soundfile

    for path in application.demo():
        sound, rate = soundfile.read(path, dtype="int16", always_2d=True)
        length = round(PIECE_S * rate)
        for i in range(min(PIECES, len(sound) // length)):
            target = folder / path.stem / f"{path.stem} {i + 1}.wav"
            target.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(target), "wb") as out:
                out.setnchannels(sound.shape[1])
                out.setsampwidth(2)
                out.setframerate(rate)
                out.writeframes(sound[i * length : (i + 1) * length].tobytes())
    return folder


def take(app: Any, look: str, turn: Turn) -> Iterator[Path]:
    """Go the whole way in one theme and write a picture of every page."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["GENREDESK_HOME"] = str(folder / "home")
        theme.apply(app, look)
        desk = application.assemble(Settings().replace(theme=look, muted=True))
        stack.callback(desk.close)
        desk.window.resize(*shot.SIZE)
        desk.window.show()
        desk.listening.start([], application.demo())
        turn(lambda: desk.listening.naming.bundle is not None, 60, "the models")

        def shoot(name: str) -> Path:
            desk.window.notices.hide()
            end = time.monotonic() + 0.8
            turn(lambda: time.monotonic() > end, 10, name)
            return shot.save(desk.window.grab(), f"train-{name}-{look}")

        desk.window.go("train")
        page = desk.window.training
        page.music.add_folders([demo_music(folder / "music")])
        turn(lambda: page.desk.scanning.took_s > 0, PATIENCE_S, "looking through the music")
        yield shoot("1-music")
        page.go(wizard.MODEL)
        turn(lambda: len(page.desk.estimates.found) == 4, PATIENCE_S, "measuring")
        page.desk.choose(preset="balanced")
        yield shoot("2-model")
        page.start()
        turn(lambda: len(page.run_page.epochs()) >= 8, PATIENCE_S, "eight epochs")
        yield shoot("3-train")
        turn(lambda: page.desk.result is not None, PATIENCE_S, "the result")
        page.go(wizard.RESULT)
        turn(page.result.mistakes.windows.has_picture, 30, "the spectrogram")
        yield shoot("4-result")
        page.result.full.verticalScrollBar().setValue(10_000)
        yield shoot("4-result-more")
        page.go(wizard.USE)
        page.use.name.setText("My ten genres")
        page.use.install(use=True)
        naming = desk.listening.naming
        turn(lambda: naming.bundle.id == "my-ten-genres", 60, "the new model")
        yield shoot("5-use")
        page.go(wizard.HISTORY)
        turn(lambda: page.history.list.songs.rowCount() > 0, 30, "the history")
        yield shoot("history")
        desk.window.hide()


def take_all(app: Any, turn: Turn) -> Iterator[Path]:
    """Write every picture, dark and light."""
    for look in ("dark", "light"):
        yield from take(app, look, turn)
