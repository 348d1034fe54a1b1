"""Wheel and sdist for a package index, the same byte by byte from the same source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from places import BUILD, DIST, NAME, ROOT, VERSION, made, run

WHEEL = DIST / f"{NAME}-{VERSION}-py3-none-any.whl"
SDIST = DIST / f"{NAME}-{VERSION}.tar.gz"
VENV = Path(os.environ.get("PACKAGES_VENV", BUILD / "packages-venv"))
"""The environment that packages are made in; nothing of it ends in them but what they require."""


def python() -> Path:
    """Return the Python of that environment, made when it is not there yet."""
    found = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not found.is_file():
        print(f"Making {VENV} …", flush=True)
        run(sys.executable, "-m", "venv", VENV)
    return found


def install(*requirements: str | Path) -> None:
    """Install into that environment, in the versions that were tested together."""
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(python(), *pip, "--constraint", ROOT / "constraints.txt", *requirements)


def has(module: str) -> bool:
    """Tell whether that environment has a module."""
    command = [python(), "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def make() -> None:
    """Build both and let twine look at them."""
    if not (has("build") and has("twine") and has("hatchling")):
        install("build", "twine", "hatchling>=1.25")
    DIST.mkdir(exist_ok=True)
    for old in DIST.glob(f"{NAME}-*.whl"):
        old.unlink()
    run(python(), "-m", "build", "--no-isolation", "--outdir", DIST, ROOT)
    run(python(), "-m", "twine", "check", "--strict", WHEEL, SDIST)
    made(WHEEL)
    made(SDIST)
