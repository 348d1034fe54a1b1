"""Write the screenshots of the README and the manual into docs/images, from the real program.

python packaging/make_shots.py            # all of them
python packaging/make_shots.py listen     # those whose name holds a word

Nothing is painted by hand: the demo plays, a silent file is silent, a virtual microphone is
unplugged (so PulseAudio must be installed). No screen is needed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

import shot  # noqa: E402 - beside this file
import shots_train  # noqa: E402
from genredesk.core.settings import Settings  # noqa: E402
from genredesk.ui.look import theme  # noqa: E402
from genredesk.ui.shell import app as application  # noqa: E402


@dataclass(frozen=True)
class Scene:
    """One screenshot: what is opened, what is done, and when it is taken."""

    name: str
    ready: Callable[[Any], bool]
    theme: str = "dark"
    files: Callable[[Path], list[Path]] = lambda _folder: application.demo()
    card: bool = False
    rest_s: float = 0.4


def turn(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Let the window live until ``condition`` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: it did not come to that within {seconds:.0f} s")
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()


def silence(folder: Path) -> list[Path]:
    """Return a minute of nothing."""
    path = folder / "Nothing at all.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        out.writeframes(bytes(2 * 22050 * 60))
    return [path]


def playing(desk: Any) -> bool:
    """The picture is full, a genre is named steadily and the ribbon is complete."""
    live = desk.window.live
    row = desk.listening.playlist.current
    named = "steady" in live.big.sub_line() and desk.listening.sound.position > 14
    return named and row >= 0 and desk.listening.playlist[row].decision is not None


def measured(desk: Any) -> bool:
    """The Models page shows the speed of the bundle and the devices."""
    desk.window.go("models")
    engine = desk.listening.engine
    tested = any(d.ms_per_window for d in engine.devices)
    timed = engine.bundle is not None and engine.bundle.id in engine.measured
    return tested and timed and "ms" in desk.window.status.text()


def explained(desk: Any) -> bool:
    """The network is looked into, and it was said what the word hangs on."""
    inside = desk.window.live.inside
    inside.button.setChecked(True)
    return playing(desk) and bool(inside.because.text())


def compared(desk: Any) -> bool:
    """Three more models hear the same, and the file is done by all of them."""
    panel = desk.window.live.beside
    desk.memory.update(beside=("edge-cnn", "net2", "shallow"))
    panel.button.setChecked(True)
    path = desk.listening.sound.path
    done = [row.analysis.named(path) for row in panel.others.rows]
    return playing(desk) and len(done) == 3 and all(done)


def outputs(desk: Any) -> bool:
    """The settings of the other programs are open."""
    if desk.window.outputs is None:
        desk.window.show_outputs()
    return playing(desk)


def settings(desk: Any) -> bool:
    """The settings are open."""
    if not desk.window.preferences.isVisible():
        desk.window.show_settings()
    return playing(desk)


def welcomed(desk: Any) -> bool:
    """The first steps are shown while the sample plays."""
    if desk.window.welcome is None:
        desk.window.show_welcome()
    return playing(desk)


def examined(desk: Any) -> bool:
    """The installation was checked."""
    if desk.window.doctor is None:
        desk.window.show_doctor()
    doctor = desk.window.doctor
    return playing(desk) and bool(doctor.findings) and doctor.again.isEnabled()


def keys(desk: Any) -> bool:
    """The keyboard map is open."""
    if not desk.window.help.isVisible():
        desk.window.help.open_map()
    return playing(desk)


def lost(desk: Any) -> bool:
    """The microphone is gone."""
    return desk.listening.state == "lost"


def silent(desk: Any) -> bool:
    """There has been nothing to hear for a while."""
    return "for 6 s" in desk.window.live.big.sub_line()


def scenes() -> list[Scene]:
    """Return every scene of the Listen and Models pages, in both themes."""
    return [
        scene
        for look in ("dark", "light")
        for scene in (
            Scene(f"listen-{look}", playing, look),
            Scene(f"inside-{look}", explained, look),
            Scene(f"compare-{look}", compared, look),
            Scene(f"settings-{look}", settings, look),
            Scene(f"outputs-{look}", outputs, look),
            Scene(f"keys-{look}", keys, look),
            Scene(f"welcome-{look}", welcomed, look),
            Scene(f"doctor-{look}", examined, look),
            Scene(f"silence-{look}", silent, look, files=silence),
            Scene(f"models-{look}", measured, look),
            Scene(f"device-lost-{look}", lost, look, card=True),
        )
    ]


@contextmanager
def virtual_card() -> Iterator[Any]:
    """Run the virtual sound card of the tests, and connect this process to it."""
    path = ROOT / "tests" / "soundcard.py"
    spec = importlib.util.spec_from_file_location("soundcard", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module._SETUP = module._SETUP.replace("=GD_Mic\n", "=USB_Microphone\n")
    with tempfile.TemporaryDirectory(prefix="gd-") as folder:
        card = module.SoundCard(Path(folder))
        os.environ.update(card.env)
        try:
            yield card
        finally:
            card.close()
            for name in card.env:
                os.environ.pop(name, None)


def lose_microphone(desk: Any, card: Any) -> None:
    """Sing into the virtual microphone until it is named, then unplug it."""
    import numpy as np
    import soundfile

    sound, rate = soundfile.read(application.demo()[0], dtype="float32", always_2d=True)
    process = card.sing(np.tile(sound.mean(axis=1), 2), rate)
    try:
        turn(lambda: "steady for 9" in desk.window.live.big.sub_line(), 60, "the microphone")
        card.unplug("gd_mic")
        turn(lambda: desk.listening.state == "lost", 20, "unplugging")
    finally:
        process.terminate()
        process.wait()


def take(app: QApplication, scene: Scene) -> Path:
    """Play one scene and write its picture."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["GENREDESK_HOME"] = str(folder / "home")
        card = stack.enter_context(virtual_card())
        theme.apply(app, scene.theme)
        chosen = Settings().replace(theme=scene.theme)
        if scene.card:
            chosen = chosen.replace(source="mic:gd_mic")
        desk = application.assemble(chosen)
        stack.callback(desk.close)
        desk.window.resize(*shot.SIZE)
        desk.window.show()
        files = [] if scene.card else scene.files(folder)
        desk.listening.start(files, application.demo())
        turn(lambda: desk.listening.engine.bundle is not None, 30, scene.name)
        if scene.card:
            lose_microphone(desk, card)
        turn(lambda: scene.ready(desk), 60, scene.name)
        end = time.monotonic() + scene.rest_s
        turn(lambda: time.monotonic() > end, 10, scene.name)
        target = shot.save(desk.window.grab(), scene.name)
        desk.window.hide()
        return target


def main() -> int:
    """Take the screenshots that were asked for."""
    words = sys.argv[1:]
    app = application.application()
    for scene in scenes():
        if not words or any(word in scene.name for word in words):
            print(take(app, scene).relative_to(ROOT), flush=True)
    if not words or any(word.startswith("train") for word in words):
        for path in shots_train.take_all(app, turn):
            print(path.relative_to(ROOT), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
