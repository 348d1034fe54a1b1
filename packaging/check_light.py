"""Install GenreDesk without its extras into a clean virtual environment and use it there.

    .venv/bin/python packaging/check_light.py [--with-training] [FOLDER]

FOLDER holds a folder of music for each genre; without it made-up sound is learned from. What is
installed is measured, nothing of the extra ``train`` may be there, and the commands a person uses
must end well. ``--with-training`` fetches the extra as the program does and trains a network.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MOST_MB = 700
FEW = 4
"""Songs of each genre that are learned from, of three genres."""
NOT_OURS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel")


def run(*command: str | Path, home: Path | None = None, status: int = 0) -> str:
    """Run a command outside the source tree; end with what it said when it ends otherwise."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "QT_QPA_PLATFORM": "offscreen"}
    if home is not None:
        env["GENREDESK_HOME"] = str(home)
    began = time.monotonic()
    done = subprocess.run(
        [str(part) for part in command],
        cwd=tempfile.gettempdir(), env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    shown = " ".join(Path(str(part)).name for part in command[:4])
    if done.returncode != status:
        sys.exit(f"{shown} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    print(f"{time.monotonic() - began:7.1f} s  {shown}", flush=True)
    return done.stdout + done.stderr


def made(place: Path) -> Path:
    """Build the virtual environment from the wheel and the tested versions."""
    wheels, venv = place / "wheels", place / "venv"
    build = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, ROOT)
    run(sys.executable, *build)
    run(sys.executable, "-m", "venv", venv)
    python = venv / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pins = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "-q", "-c", pins, next(wheels.glob("*.whl")))
    return python


def measured(python: Path) -> None:
    """Print what the packages take, and end when that is too much or torch is among them."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-c", code).strip())
    sizes: dict[str, int] = {}
    for top in packages.iterdir():
        files = [top] if top.is_file() else [p for p in top.rglob("*") if p.is_file()]
        sizes[top.name] = sum(p.stat().st_size for p in files if not p.is_symlink())
    others = {n: s for n, s in sizes.items() if n.partition("-")[0] not in (*NOT_OURS, "genredesk")}
    total = sum(others.values()) / 2**20
    largest = sorted(others.items(), key=lambda item: -item[1])[:6]
    print(f"Packages: {total:.0f} MB; GenreDesk itself {sizes['genredesk'] / 2**20:.0f} MB")
    print(", ".join(f"{name} {size / 2**20:.0f}" for name, size in largest))
    if total > MOST_MB:
        sys.exit(f"That is more than {MOST_MB} MB.")
    code = "from genredesk.core.packages import extras as e; print(*(e.MODULES - {*e.missing()}))"
    if there := run(python, "-c", code).strip():
        sys.exit(f"It brought {there}, which belong to the extra train.")


def songs(folder: Path | None, place: Path) -> Path:
    """Return a folder with a few songs of three genres: links to a person's, or made-up ones."""
    root = place / "music"
    if folder is not None:
        for genre in sorted(p for p in folder.iterdir() if p.is_dir())[:3]:
            (root / genre.name).mkdir(parents=True)
            for song in sorted(p for p in genre.iterdir() if p.is_file())[:FEW]:
                (root / genre.name / song.name).symlink_to(song.resolve())
        return root
    rng = np.random.default_rng(0)
    for number, genre in enumerate(("hum", "knock", "whistle")):
        (root / genre).mkdir(parents=True)
        for i in range(FEW):
            t = np.arange(8 * 22050) / 22050
            sound = np.sin(2 * np.pi * (110, 440, 2400)[number] * rng.uniform(0.9, 1.1) * t)
            sound = sound * rng.uniform(0.2, 1, 64).repeat(2757)[: len(t)]
            with wave.open(str(root / genre / f"{genre} {i}.wav"), "wb") as file:
                file.setparams((1, 2, 22050, 0, "NONE", ""))
                file.writeframes((20000 * sound).astype("<i2").tobytes())
    return root


def used(python: Path, music: Path, place: Path) -> None:
    """Do what a person does; every command must end well."""
    home, out = place / "home", place / "mine"
    genredesk = (python, "-m", "genredesk")

    def command(*words: str | Path, status: int = 0) -> str:
        return run(*genredesk, *words, home=home, status=status)

    song = min(p for p in music.rglob("*") if p.is_file())
    command("--version")
    command("classify", song, "--json")
    command("scan", music, "--workers", "2")
    command("organize", "--action", "move", "--to", place / "sorted")
    command("listen", ROOT / "resources" / "demo" / "blue-lamp.ogg", "--plain")
    done = json.loads(command("train", music, "--quick", "--out", out, "--json").splitlines()[-1])
    right = done["evaluation"]["songs"]
    print(f"Quick training: {right['sum']:.0%} of {right['n']} held-back songs correct")
    command("models", "check", out)
    command("classify", song, "--bundle", out)
    command("evaluate", music, "--bundle", out)
    said = command("train", music, "--out", place / "not", status=1)
    if "Full training is not installed" not in said:
        sys.exit(f"Full training was not refused in a sentence:\n{said}")
    check = "import sys; from genredesk.ui.shell import app, mainwindow; print(*sys.modules)"
    if "torch" in run(python, "-c", check, home=home).split():
        sys.exit("The window imports torch.")


def trained(python: Path, music: Path, place: Path) -> None:
    """Fetch the extra into a folder of its own and train a network for an epoch."""
    home = place / "home"
    run(python, "-m", "genredesk", "extras", "install", home=home)
    words = ("train", music, "--out", place / "net", "--network", "kth-mel", "--epochs", "1")
    run(python, "-m", "genredesk", *words, home=home)


def main(arguments: Sequence[str]) -> None:
    """Build it, measure it, use it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-training", action="store_true", help="fetch the extra, too")
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of music for each genre")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="genredesk-light-") as name:
        place = Path(name)
        python = made(place)
        measured(python)
        music = songs(asked.folder, place)
        used(python, music, place)
        if asked.with_training:
            trained(python, music, place)
    print("The light program works.")


if __name__ == "__main__":
    main(sys.argv[1:])
