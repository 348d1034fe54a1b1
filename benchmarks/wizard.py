"""The training wizard: from music to a listening model, and whether the window stays smooth.

Each number comes from the real program in a process of its own, playing a song meanwhile. Real
music is found as in the tests (GENREDESK_DATA); without it, made-up songs stand in for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.table import Row, at_most
from benchmarks.ui import music, screen, sound_card

GROUP = "Training wizard"
MANY = 10_000
RATE = 22050
LONGEST_S = 400


def real_music() -> Path | None:
    """Return labelled folders of real music, ``None`` when there are none."""
    root = Path(__file__).resolve().parent.parent
    asked = os.environ.get("GENREDESK_DATA")
    places = [Path(asked)] if asked else [root / "data", root.parent / "shared" / "data"]
    return next((p / "gtzan-audio" for p in places if (p / "gtzan-audio").is_dir()), None)


def many_files(folder: Path, n: int = MANY) -> Path:
    """Write ``n`` small files in ten folders: half a second each, no two alike."""
    rng = np.random.default_rng(0)
    for i in range(n):
        path = folder / f"genre {i % 10}" / f"{i:05}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = rng.normal(0, 0.1, RATE // 2).astype(np.float32)
        soundfile.write(path, sound, RATE, subtype="PCM_16")
    return folder


def made_up(folder: Path) -> Path:
    """Write ten made-up classes of eleven songs."""
    for i in range(110):
        path = folder / f"genre {i % 10}" / f"{i:03}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = music(20, RATE, i)[:, 0] * (0.3 + 0.07 * (i % 10))
        soundfile.write(path, sound, RATE, subtype="PCM_16")
    return folder


def run(way: str, folder: Path, song: Path, card: dict[str, str]) -> dict[str, Any]:
    """Drive a window that remembers nothing one way and return what it printed."""
    command = [sys.executable, "-m", "benchmarks._wizard", way, str(folder), str(song)]
    with screen(card) as env:
        done = subprocess.run(
            command, env=env, stdout=subprocess.PIPE, timeout=LONGEST_S, text=True, check=False
        )
    return json.loads(done.stdout.strip().splitlines()[-1])


def rows() -> list[Row]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as place, sound_card() as card:
        song = Path(place) / "song.wav"
        soundfile.write(song, music(120, 44100, 1), 44100, subtype="PCM_16")
        folder = real_music() or made_up(Path(place) / "music")
        quick = run("quick", folder, song, card)
        cancel = run("cancel", folder, song, card)
        scan = run("scan", many_files(Path(place) / "many"), song, card)
    what = "gtzan-audio" if real_music() else "110 made-up songs"
    n = f"{what}; {quick['songs']} songs held back; a file played meanwhile"
    gap = max(quick["train_gap_ms"], quick["scan_gap_ms"])
    note = f"scanning {quick['scan_gap_ms']:.0f} ms, training {quick['train_gap_ms']:.0f} ms"
    left = f"{cancel['left']} temporary files left"
    found = f"{scan['files']} found in 4 s; longest gap {scan['gap_ms']:.0f} ms"
    name = f"scan of {MANY:,} small files: first classes"
    return [
        at_most(GROUP, "Quick, cold cache: start to the model listening", quick["quick_s"], "s",
                limit=60, note=n),
        at_most(GROUP, "longest gap of the event loop", gap, "ms", limit=50, note=note),
        at_most(GROUP, "cancel a training: process and files gone", cancel["cancel_s"], "s",
                limit=3, note=left),
        at_most(GROUP, name, scan["first_s"], "s", limit=1, note=found),
        at_most(GROUP, "cancel that scan", scan["cancel_s"], "s", limit=0.5),
    ]  # fmt: skip
