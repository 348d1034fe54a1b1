"""Write the Library page's screenshots into docs/images, from the real program.

python packaging/shots_library.py            # all of them
python packaging/shots_library.py map light  # those whose name holds a word

A small collection is cut from the demo pieces, some faster and some slower than they were
written, and tagged as people tag; everything on the pictures was then found and heard by the
program. No screen is needed.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import shot  # noqa: E402 - beside this file

TITLES = [
    "Amber Rain",
    "Blue Garden",
    "Cold Harbour",
    "Distant Bells",
    "Electric Kitchen",
    "Golden Hours",
    "Hollow Moon",
    "Iron Parade",
    "Little Orchard",
    "Lonely Station",
    "Midnight Street",
    "Paper River",
    "Quiet Window",
    "Red Coast",
    "Silver Mirror",
    "Slow Avenue",
    "Velvet Morning",
    "Wild Lights",
    "Winter Bridge",
    "Broken Echo",
]
ARTISTS = {
    "blue-lamp": ("The Lamp Trio", "Late Room", "Jazz"),
    "iron-tide": ("Iron Tide", "Undertow", "Metal"),
    "mirror-ball": ("Mirror Ball", "Saturday", "Disco"),
    "window-seat": ("Window Seat", "Small Rooms", "Classical"),
}
SPEEDS = (1.0, 1.12, 0.9, 1.25, 0.8)


def cover(name: str, seed: int) -> bytes:
    """Draw a plain cover: two tones and a shape."""
    from PySide6.QtCore import QBuffer, QPointF, Qt
    from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

    rng = random.Random(f"{name}{seed}")  # noqa: S311
    image = QImage(240, 240, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    hue = rng.random()
    ground = QLinearGradient(QPointF(0, 0), QPointF(240, 240))
    ground.setColorAt(0, QColor.fromHslF(hue, 0.5, 0.35))
    ground.setColorAt(1, QColor.fromHslF((hue + 0.12) % 1, 0.55, 0.2))
    painter.fillRect(image.rect(), ground)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromHslF((hue + 0.5) % 1, 0.6, 0.65))
    size = rng.randint(70, 130)
    painter.drawEllipse(rng.randint(20, 120), rng.randint(20, 120), size, size)
    painter.end()
    buffer = QBuffer()
    image.save(buffer, "JPEG", 85)
    return bytes(buffer.data().data())


def collect(folder: Path) -> None:
    """Cut, stretch and tag the demo pieces."""
    import numpy as np
    import soundfile
    import soxr
    from mutagen.flac import FLAC, Picture

    rng = random.Random(5)  # noqa: S311
    number = 0
    pieces = sorted((ROOT / "resources" / "demo").glob("*.ogg"))
    sounds = [soundfile.read(p, dtype="float32", always_2d=True) for p in pieces]
    for which, piece in enumerate(pieces):
        sound, rate = sounds[which]
        artist, album, genre = ARTISTS.get(piece.stem, (piece.stem, "", ""))
        for n, speed in enumerate(SPEEDS):
            made = soxr.resample(sound.mean(axis=1), rate * speed, 22050)
            start = int(rng.random() * 0.1 * len(made))
            made = np.tile(made, 8)[start : start + (5 + number % 3) * len(made)]
            if n == 2:  # two songs at once: something to doubt
                other = np.resize(sounds[(which + 1) % len(sounds)][0].mean(axis=1), len(made))
                made = 0.5 * (made + other)
            home = folder / artist
            home.mkdir(parents=True, exist_ok=True)
            path = home / f"{n + 1:02} {TITLES[number]}.flac"
            soundfile.write(path, made, 22050)
            tags = FLAC(path)
            tags["title"], tags["artist"], tags["album"] = TITLES[number], artist, album
            tags["tracknumber"] = str(n + 1)
            if n % 3 != 1:
                tags["genre"] = genre if n % 3 == 0 else "Pop"
            art = Picture()
            art.type, art.mime, art.data = 3, "image/jpeg", cover(album, n // 3)
            tags.add_picture(art)
            tags.save()
            number += 1


class Stage:
    """The window and a way to let it live."""

    def __init__(self, theme_name: str) -> None:
        from genredesk.core.settings import Settings
        from genredesk.ui.look import theme
        from genredesk.ui.shell import app as application

        self.app = application.application()
        theme.apply(self.app, theme_name)
        self.theme = theme_name
        self.desk = application.assemble(Settings().replace(theme=theme_name, muted=True))
        self.window = self.desk.window
        self.page: Any = self.window.library
        self.window.resize(*shot.SIZE)
        self.window.show()
        self.desk.listening.start([], application.demo())
        self.turn(lambda: self.desk.listening.engine.bundle is not None)
        self.turn(lambda: bool(self.desk.listening.engine.devices))
        self.window.go("library")
        self.turn(lambda: self.page.tracks.listing is not None)

    def turn(self, condition: Callable[[], bool], seconds: float = 90.0) -> None:
        """Let the window live until ``condition`` is true."""
        from PySide6.QtCore import QEventLoop, QTimer

        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise SystemExit("it did not come to that")
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def rest(self, seconds: float) -> None:
        """Let it live for a while."""
        end = time.monotonic() + seconds
        self.turn(lambda: time.monotonic() > end)

    def shoot(self, name: str, words: list[str]) -> None:
        """Write a picture, if it was asked for."""
        full = f"library-{name}-{self.theme}"
        if words and not any(word in full for word in words):
            return
        self.window.notices.dismiss("library")
        self.rest(0.3)
        target = shot.save(self.window.grab(), full)
        print(target.relative_to(ROOT), flush=True)


def play(stage: Stage, music: Path, words: list[str]) -> None:
    """Go through the Library page and take its pictures."""
    page = stage.page
    browse = page.browse
    stage.rest(0.3)
    stage.shoot("empty", words)
    page.folders.add([music])
    stage.turn(lambda: page.strip.isVisible() and page.tracks.listing.total > 0)
    stage.turn(lambda: page.tracks.counts.tallies["state"].get("analysed", 0) > 4)
    stage.shoot("scan", words)
    stage.turn(lambda: not page.scanning.running)
    stage.turn(lambda: page.tracks.counts.tallies["state"].get("analysed") == len(TITLES))
    ids = page.tracks.model.ids
    page.tracks.correct([int(ids[3]), int(ids[11])], ["jazz"])
    browse.table.go_to(int(ids[2]))
    browse.toggle_preview(int(ids[2]))
    stage.rest(2.5)
    stage.shoot("table", words)
    browse.preview.stop()
    browse.show_map()
    stage.turn(lambda: page.maps.places is not None and page.maps.places.better)
    stage.rest(0.5)
    stage.shoot("map", words)
    browse.show_table()
    organize(stage, words)
    page.show_tracks()
    stage.turn(lambda: not page.scanning.running)
    music.rename(music.with_name("away"))
    page.scanning.start()
    stage.turn(lambda: page.tracks.counts.tallies["state"].get("offline") == len(TITLES))
    stage.turn(lambda: not page.scanning.running)
    stage.rest(0.8)
    stage.shoot("offline", words)


def organize(stage: Stage, words: list[str]) -> None:
    """Plan and do, and visit the pages beside the table."""
    from genredesk.ui.library.rules_page import RuleRow

    page = stage.page
    plans = page.plans
    page.beside.plan_action("move_files", page.tracks.model.ids)
    stage.turn(lambda: page.plan.model.plan is not None)
    stage.rest(0.4)
    stage.shoot("plan", words)
    page.plan.apply()
    stage.turn(lambda: not plans.busy)
    page.beside.plan_action("tag_genre", page.tracks.model.ids)
    stage.turn(lambda: page.plan.model.plan is not None)
    page.plan.apply()
    stage.turn(lambda: not plans.busy)
    page.beside.show_history()
    stage.turn(lambda: len(page.history.rows) == 2)
    plans.check(page.history.rows[0].past.plan_id)
    stage.rest(0.6)
    stage.shoot("undo", words)
    page.beside.show_words()
    stage.rest(0.6)
    stage.shoot("words", words)
    page.beside.show_conflicts()
    stage.rest(0.8)
    stage.shoot("conflicts", words)
    page.beside.show_rules()
    page.rules.name.setText("Sure jazz")
    page.rules.filter.setText("heard:jazz state:sure")
    page.rules.save.click()
    stage.turn(lambda: page.rules.findChild(RuleRow) is not None)
    stage.rest(0.6)
    stage.shoot("rules", words)


def make_shots() -> Any:
    """Load the file beside this one, for its virtual sound card."""
    path = Path(__file__).with_name("make_shots.py")
    spec = importlib.util.spec_from_file_location("make_shots", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_shots"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Take the pictures that were asked for, dark and light."""
    words = sys.argv[1:]
    from genredesk.ui.shell import app as application

    application.application()
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "made"
        collect(made)
        for theme in ("dark", "light"):
            os.environ["GENREDESK_HOME"] = str(Path(name) / theme)
            with make_shots().virtual_card(), shot.shown_place("My music") as place:
                music = place / "Music"
                shutil.copytree(made, music)
                stage = Stage(theme)
                try:
                    play(stage, music, words)
                finally:
                    stage.window.hide()
                    stage.desk.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
