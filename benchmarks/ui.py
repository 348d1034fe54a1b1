"""What the window costs: its start, live drawing and naming, resting, a folder in the background.

Each number comes from the real program in a process of its own on a virtual screen (Xvfb
1280 × 800), playing made-up music through a virtual sound card (PulseAudio, where installed).
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks._card import virtual_card
from benchmarks.table import Row, at_most
from genredesk.inference import bundle as bundles

GROUP = "Window"
SECONDS = float(os.environ.get("GENREDESK_BENCH_SECONDS", "10"))
"""How long each measurement lasts."""
FOLDER_SECONDS = float(os.environ.get("GENREDESK_BENCH_FOLDER_SECONDS", "60"))
"""How long the event loop is watched while a folder is named."""
HOURS = 8.0
STARTS = 5
SONG_S = 90
SONGS = 12
NAMES = 100
"""So many links lead to each song: naming the folder has to outlast the measurement."""


def music(seconds: float, rate: int, seed: int) -> NDArray[np.float32]:
    """Return made-up music, ``(n, 2)``: chords and a noisy beat, another one for each seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    notes = 110 * 2 ** (rng.integers(0, 12, int(seconds) // 2 + 1) / 12)
    phase = 2 * np.pi * np.cumsum(notes[(t // 2).astype(int)]) / rate
    chord = sum(np.sin(k * phase) / k for k in (1, 2, 2.52, 3, 4, 6, 8))
    beat = np.exp(-8 * (t % 0.5)) * rng.standard_normal(len(t))
    mono = (0.1 * chord + 0.15 * beat).astype(np.float32)
    return np.stack([mono, mono], axis=1)


@contextmanager
def sound_card() -> Iterator[dict[str, str]]:
    """Run the virtual sound card and give the environment that leads to it."""
    with virtual_card() as card:
        yield card.env if card is not None else {}


@contextmanager
def screen(card: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run a virtual screen and give the environment for programs on it."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL
    )
    os.close(writer)
    with tempfile.TemporaryDirectory() as home:
        try:
            with os.fdopen(reader) as pipe:
                number = pipe.readline().strip()
            yield {
                **os.environ,
                "DISPLAY": f":{number}",
                "QT_QPA_PLATFORM": "xcb",
                "GENREDESK_HOME": home,
                **card,
            }
        finally:
            server.terminate()
            server.wait()


def window(environment: dict[str, str], *arguments: str) -> tuple[dict[str, Any], float]:
    """Run the window once; return what it said and the seconds until it said it."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._window", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parent.parent,
        text=True,
    )
    try:
        line = process.stdout.readline()
        took = time.perf_counter() - begun
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
    return json.loads(line), took


def start_rows(environment: dict[str, str]) -> list[Row]:
    """From the start of the process to the first painted window."""
    modes = ("start", "bare")
    for mode in modes:
        window(environment, mode)  # warm
    turns = [[window(environment, mode) for mode in modes] for _ in range(STARTS)]
    runs, empty = zip(*turns, strict=True)
    ours, bare = (min(took for _, took in found) for found in (runs, empty))
    heavy = sorted({name for said, _ in runs for name in said["heavy"]})
    return [
        at_most(
            GROUP,
            "start of process to first painted window, warm",
            statistics.median(took for _, took in runs),
            "s",
            limit=1.0,
            note=f"median of {STARTS}; imported by then: {', '.join(heavy) or 'nothing heavy'}",
        ),
        at_most(
            GROUP,
            "the same against an empty window",
            ours / bare,
            "×",
            limit=1.6,
            note=f"of PySide6, pyqtgraph and onnxruntime, {bare:.2f} s; turn by turn, the shortest",
        ),
    ]


def live_rows(environment: dict[str, str], song: Path) -> list[Row]:
    """Drawing and naming while a file plays, then resting."""
    live, _ = window(environment, "live", str(SECONDS), str(song))
    rest, _ = window(environment, "paused", str(SECONDS), str(song))
    note = (
        f"{live['fps']:.0f} frames and {live['windows']:.1f} windows a second "
        f"over {SECONDS:.0f} s, {live['state']}"
    )
    torch = "torch was imported" if live["torch"] else "torch is not imported"
    return [
        at_most(GROUP, "live: CPU of one core", live["cpu"], "%", limit=15, note=note),
        at_most(
            GROUP,
            "paused: CPU of one core",
            rest["cpu"],
            "%",
            limit=2,
            note=f"{rest['fps']:.0f} frames a second, {rest['state']}",
        ),
        at_most(GROUP, "memory, live", live["memory"], "MB", limit=300, note=f"resident; {torch}"),
    ]


def hours_rows(environment: dict[str, str]) -> list[Row]:
    """Memory after hours of a device, and scrolling through the last two of them."""
    said, _ = window(environment, "hours", str(HOURS), str(SECONDS))
    growth = said["memory"] - said["before"]
    note = (
        f"{said['answers']:,} answers and {said['pictures']:.0f} MB of pictures at once; "
        f"{growth:.0f} MB more than before"
    )
    scrolled = f"{said['fps']:.0f} frames a second over {SECONDS:.0f} s"
    if said["starved"] >= 1:
        scrolled += f"; {said['starved']:.0f} ms of it without a processor"
    name = "scrolling through two hours: longest pause"
    return [
        at_most(
            GROUP, f"memory after {HOURS:g} h live", said["memory"], "MB", limit=350, note=note
        ),
        at_most(GROUP, name, said["gap"], "ms", limit=50, note=scrolled),
    ]


def ribbon_rows(environment: dict[str, str], short: Path, song: Path) -> list[Row]:
    """From opening a song to its complete ribbon, while it plays."""
    said, _ = window(environment, "ribbon", str(short), str(song))
    name = "from opening a 4-minute MP3 to its complete ribbon"
    note = f"it plays meanwhile; {said['length']:.0f} s of sound"
    return [at_most(GROUP, name, said["seconds"], "s", limit=1.0, note=note)]


def folder_rows(environment: dict[str, str], folder: Path) -> list[Row]:
    """The longest pause of the event loop while a folder is analysed."""
    with tempfile.TemporaryDirectory() as place:
        many = Path(place)
        for i in range(NAMES):
            for song in folder.iterdir():
                (many / f"{i:03}-{song.name}").symlink_to(song)
        said, _ = window(environment, "folder", str(FOLDER_SECONDS), str(many))
    note = f"over {FOLDER_SECONDS:.0f} s of live running, {said['files']} files named meanwhile"
    if said["starved"] >= 1:
        note += f"; {said['starved']:.0f} ms of it without a processor"
    if not said["busy"]:
        note += "; the folder was done before the end"
    return [
        at_most(GROUP, "longest pause of the event loop", said["gap"], "ms", limit=50, note=note)
    ]


def switch_rows(environment: dict[str, str], song: Path) -> list[Row]:
    """The longest pause of the event loop while each model that came along is chosen in turn."""
    models = [bundle.id for bundle in bundles.installed()]
    said, _ = window(environment, "hear", str(song), *models)
    name, worst = max(said["heard"].items(), key=lambda item: item[1]["gap"])
    note = f"{len(models)} models while a song plays and is analysed; the longest at {name}"
    if worst["starved"] >= 1:
        note += f"; {worst['starved']:.0f} ms of it without a processor"
    return [
        at_most(GROUP, "pause while the model is changed", worst["gap"], "ms", limit=50, note=note)
    ]


def rows() -> list[Row]:
    """Measure everything; without Xvfb there is nothing to measure."""
    if not shutil.which("Xvfb"):
        return [Row(GROUP, "window", 0.0, "", note="Xvfb is not installed")]
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory())
        environment = stack.enter_context(screen(stack.enter_context(sound_card())))
        folder = Path(place)
        for i in range(SONGS):
            soundfile.write(folder / f"{i:02}.flac", music(SONG_S, 44100, i), 44100)
        song = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "song.mp3"
        soundfile.write(song, music(240, 44100, 99), 44100)
        return [
            *start_rows(environment),
            *live_rows(environment, folder / "00.flac"),
            *hours_rows(environment),
            *folder_rows(environment, folder),
            *switch_rows(environment, song),
            *ribbon_rows(environment, folder / "00.flac", song),
        ]
