"""The screenshots of the Train place: its five pages and the history, dark and light.

A real training runs for each theme, on the demo pieces cut into songs: a picture that ships shows
nobody's music but ours. Called by make_shots.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import shot  # beside this file
from genredesk.core.settings import Settings
from genredesk.ui.look import theme
from genredesk.ui.shell import app as application
from genredesk.ui.training import steps as wizard

GENRES = {
    "blue-lamp": "Jazz trio",
    "iron-tide": "Heavy riffs",
    "mirror-ball": "Mirror disco",
    "window-seat": "Quiet piano",
}
TITLES = ("Morning", "Noon", "Evening", "Midnight")
SPEEDS = (1.0, 1.15, 0.87, 1.3)
RATE, PIECES = 22050, len(TITLES)
PATIENCE_S = 900

Turn = Callable[[Callable[[], bool], float, str], None]


def demo_music(folder: Path) -> Path:
    """Cut the demo pieces, at some speeds, into songs; one of each piece is hard to tell."""
    import numpy as np
    import soundfile
    import soxr

    sounds = {
        p.stem: soundfile.read(p, dtype="float32", always_2d=True) for p in application.demo()
    }
    names = list(sounds)
    for which, stem in enumerate(names):
        sound, rate = sounds[stem]
        other = sounds[names[which - 1]][0].mean(axis=1)
        home = folder / GENRES[stem]
        home.mkdir(parents=True)
        for n, speed in enumerate(SPEEDS):
            made = soxr.resample(sound.mean(axis=1), rate * speed, RATE)
            pieces = np.array_split(made, PIECES)
            pieces[-1] = 0.4 * pieces[-1] + 0.6 * np.resize(other[: RATE * 9], len(pieces[-1]))
            for title, piece in zip(TITLES, pieces, strict=True):
                soundfile.write(home / f"{title} {n + 1}.wav", piece, RATE)
    return folder


def take(app: Any, look: str, turn: Turn) -> Iterator[Path]:
    """Go the whole way in one theme and write a picture of every page."""
    with ExitStack() as stack:
        folder = stack.enter_context(shot.shown_place("My genres"))
        os.environ["GENREDESK_HOME"] = str(folder)
        theme.apply(app, look)
        desk = application.assemble(Settings().replace(theme=look, muted=True))
        stack.callback(desk.close)
        desk.window.resize(*shot.SIZE)
        desk.window.show()
        desk.listening.start([], application.demo())
        turn(lambda: desk.listening.engine.bundle is not None, 60, "the models")

        def shoot(name: str) -> Path:
            desk.window.notices.hide()
            end = time.monotonic() + 0.8
            turn(lambda: time.monotonic() > end, 10, name)
            return shot.save(desk.window.grab(), f"train-{name}-{look}")

        desk.window.go("train")
        page = desk.window.training
        page.music.add_folders([demo_music(folder / "Genres")])
        turn(lambda: page.session.scanning.took_s > 0, PATIENCE_S, "looking through the music")
        yield shoot("1-music")
        page.go(wizard.MODEL)
        turn(lambda: len(page.session.estimates.found) == 4, PATIENCE_S, "measuring")
        page.session.choose(preset="balanced")
        yield shoot("2-model")
        page.start()
        turn(lambda: len(page.run_page.epochs()) >= 8, PATIENCE_S, "eight epochs")
        yield shoot("3-train")
        turn(lambda: page.session.result is not None, PATIENCE_S, "the result")
        page.go(wizard.RESULT)
        turn(page.result.mistakes.windows.has_picture, 60, "the spectrogram of a mistake")
        yield shoot("4-result")
        page.result.full.verticalScrollBar().setValue(10_000)
        yield shoot("4-result-more")
        page.go(wizard.USE)
        page.use.name.setText("My genres")
        page.use.install(use=True)
        engine = desk.listening.engine
        turn(lambda: engine.bundle.id == "my-genres", 60, "the new model")
        yield shoot("5-use")
        page.go(wizard.HISTORY)
        turn(lambda: page.history.list.songs.rowCount() > 0, 30, "the history")
        yield shoot("history")
        desk.window.hide()


def take_all(app: Any, turn: Turn) -> Iterator[Path]:
    """Write every picture, dark and light."""
    for look in ("dark", "light"):
        yield from take(app, look, turn)
