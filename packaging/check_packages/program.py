"""What every package of the program has to do, wherever it was unpacked or installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rows import Rows, expect, said
from window import Display, first_paint

from genredesk import __version__

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
    demo
        The folder of the demo pieces, seen from the program.
    """

    name: str
    front: tuple[str | Path, ...]
    env: Mapping[str, str]
    demo: Path

    @property
    def gui(self) -> list[str]:
        """How its window is opened."""
        return [*map(str, self.front), "gui"]


def commands(rows: Rows, program: Program) -> None:
    """Check the commands: version, help, one piece, a folder through the workers, live, devices."""
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
        answer = json.loads(run("classify", demo / PIECE, "--json").splitlines()[0])
        expect(answer["label"] == STYLE, json.dumps(answer)[:300])
        return f"{PIECE} is {answer['label']}, {answer['score']:.0%}"

    def scan() -> str:
        run("scan", demo, "--workers", "2")
        lines = [json.loads(line) for line in run("library", "list", "--json").splitlines()]
        heard = sorted(str(line.get("heard", line.get("label", ""))) for line in lines)
        expect(len(heard) == 4 and all(heard), json.dumps(lines)[:600])
        return f"heard in two workers: {', '.join(heard)}"

    def live() -> str:
        lines = run("listen", demo / PIECE, "--json", "--seconds", "6").splitlines()
        last = json.loads(lines[-1])
        expect(last["label"] == STYLE, lines[-1][:300])
        return f"live: {last['label']} after {last['time']:.0f} s"

    def models() -> str:
        text = run("models", "check")
        expect("genredesk-live" in text, text[-600:])
        return f"{len(text.splitlines())} lines, all as their cards say"

    def worker() -> str:
        text = run("networks")
        expect("net1" in text, text[-600:])
        return "networks are listed"

    for what, check in {
        "version": version, "help": every_command, "classify": classify, "scan": scan,
        "listen": live, "models check": models, "networks": worker,
    }.items():  # fmt: skip
        rows.attempt(f"{program.name}: {what}", check)


def window(rows: Rows, program: Program, screen: Display, shot: Path) -> None:
    """Check that the window opens and plays the demo."""

    def opens() -> str:
        seconds, worked = first_paint(screen, program.gui, program.env, shot)
        return f"painted after {seconds:.2f} s ({worked:.2f} s of a processor); {shot.name}"

    rows.attempt(f"{program.name}: window", opens)


def starts(screen: Display, programs: list[Program], rounds: int) -> list[tuple[float, float]]:
    """Return each program's quickest start and its processor time, in s; they start in turn."""
    taken: list[list[tuple[float, float]]] = [[] for _ in programs]
    for _round in range(rounds):
        for times, program in zip(taken, programs, strict=True):
            times.append(first_paint(screen, program.gui, program.env))
    return [(min(t for t, _w in times), min(w for _t, w in times)) for times in taken]
