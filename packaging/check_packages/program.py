"""What every package of the program has to do, wherever it was unpacked or installed."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rows import CheckError, Rows, expect, said
from window import Display, first_paint

from genredesk import __version__

RATE = 22050
PIECE = "blue-lamp.ogg"
STYLE = "jazz"


@dataclass(frozen=True)
class Program:
    """A program as a package brought it.

    Attributes
    ----------
    name
        Of the package.
    front
        How the program is called.
    env
        The whole environment, with a home that is new.
    home
        The home of its environment, seen from here.
    demo
        The folder of the demo pieces, seen from the program.
    songs
        A folder of :func:`write_songs`, seen from the program.
    """

    name: str
    front: tuple[str | Path, ...]
    env: Mapping[str, str]
    home: Path
    demo: Path
    songs: Path

    @property
    def gui(self) -> list[str]:
        """How its window is opened."""
        return [*map(str, self.front), "gui"]


def write_songs(folder: Path) -> Path:
    """Write twelve songs of two kinds, six of tones and six of noise; return the folder."""
    chance = np.random.default_rng(1)
    time = np.arange(7 * RATE) / RATE
    for number in range(6):
        tones = sum(np.sin(2 * np.pi * f * time) for f in chance.uniform(150, 900, 4)) / 6
        for kind, sound in (("tones", tones), ("noise", chance.normal(0, 0.2, len(time)))):
            path = folder / kind / f"{kind}{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((np.clip(sound, -1, 1) * 20000).astype("<i2").tobytes())
    return folder


def commands(rows: Rows, program: Program) -> None:
    """Check version, help, one piece, a folder through the workers, live, models, a training."""
    demo = program.demo

    def run(*arguments: str | Path) -> str:
        return said([*program.front, *arguments], program.env)

    def version() -> str:
        answer = run("--version").strip()
        expect(answer == f"GenreDesk {__version__}", answer)
        return answer

    def every_command() -> str:
        text = run("--help")
        names = [
            line.split()[0]
            for line in text.partition("commands:")[2].splitlines()
            if line.startswith("  ")
        ]
        expect(len(names) > 15, text)
        for command in names:
            expect("usage: genredesk" in run(command, "--help"), command)
        return f"{len(names)} commands explain themselves"

    def classify() -> str:
        answer = json.loads(run("classify", demo / PIECE, "--json").splitlines()[-1])
        named = answer["decision"]
        expect(named["label"] == STYLE, str(named))
        return f"{PIECE} is {named['label']}, {named['score']:.0%}"

    def scan() -> str:
        run("scan", demo, "--workers", "2")
        lines = [json.loads(line) for line in run("library", "list", "--json").splitlines()]
        heard = sorted(line["heard"] for line in lines)
        expect(heard == ["classical", "disco", "jazz", "metal"], str(heard))
        return f"heard in two workers: {', '.join(heard)}"

    def live() -> str:
        lines = run("listen", demo / PIECE, "--json", "--seconds", "6").splitlines()
        last = json.loads(lines[-1])
        expect(last["label"] == STYLE, lines[-1][:300])
        return f"live: {last['label']} after {last['time']:.0f} s"

    def sound() -> str:
        try:
            text = run("devices")
        except CheckError as error:  # a computer without a card
            text = str(error)
        expect("Compute" in text and "PortAudio is missing" not in text, text[-600:])
        return "PortAudio is there"

    def models() -> str:
        lines = run("models", "check").splitlines()
        expect(any("GenreDesk live" in x or "genredesk-live" in x for x in lines), str(lines[-3:]))
        return f"{sum('as its card says' in x for x in lines)} answer as their cards say"

    def train() -> str:
        text = run("train", program.songs, "--mode", "quick", "--out", program.songs / "model")
        found = re.search(r"(all|not one|[\d.]+\s?%) of \d+ held-back songs correct", text)
        expect(found, text[-600:])
        return f"quick, in the worker: {found[0] if found else ''}"

    for what, check in {
        "version": version, "help": every_command, "classify": classify, "scan": scan,
        "listen": live, "devices": sound, "models check": models, "train": train,
    }.items():  # fmt: skip
        rows.attempt(f"{program.name}: {what}", check)


def window(rows: Rows, program: Program, screen: Display, shot: Path) -> None:
    """Check that the window opens and plays the demo."""

    def opens() -> str:
        seconds, worked = first_paint(screen, program.gui, program.env, shot)
        expect(not (defects := _defects(program.home)), " | ".join(defects))
        return f"painted after {seconds:.2f} s ({worked:.2f} s of a processor); {shot.name}"

    rows.attempt(f"{program.name}: window", opens)


def _defects(home: Path) -> list[str]:
    """Return what the program noted in its log that nobody meant, the last line of each."""
    logs = [path for path in home.rglob("*.log*") if "GenreDesk" in path.parts]
    expect(logs, f"{home} has no log")
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)
    return re.findall(r"^Traceback .*\n(?:[ \t].*\n)+(\S.*)", text, re.MULTILINE)


def starts(screen: Display, programs: list[Program], rounds: int) -> list[tuple[float, float]]:
    """Return each program's quickest start and its processor time, in s; they start in turn."""
    taken: list[list[tuple[float, float]]] = [[] for _ in programs]
    for _round in range(rounds):
        for times, program in zip(taken, programs, strict=True):
            times.append(first_paint(screen, program.gui, program.env))
    return [(min(t for t, _w in times), min(w for _t, w in times)) for times in taken]
