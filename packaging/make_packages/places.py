"""Where the packages are made from and go to, and how a tool is run; shared by every step."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGING = HERE.parent
ROOT = PACKAGING.parent
DIST = ROOT / "dist"
BUILD = ROOT / "build"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION: str = PROJECT["version"]
NAME = "genredesk"
APP_ID = "org.genredesk.GenreDesk"

SYSTEM = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
MACHINE = platform.machine().lower()
FULL_NAME = f"{NAME}-{VERSION}-{SYSTEM}-{MACHINE}"


def epoch() -> int:
    """Return the moment the packages are dated with: ``SOURCE_DATE_EPOCH``, or the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0 and done.stdout.strip():
        return int(done.stdout)
    return int(dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp())


def run(*command: str | Path, cwd: Path = ROOT, **more: str) -> str:
    """Run a tool with the date of the packages; end with its own words when it fails."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), **more}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{done.stdout[-4000:]}\n{command[0]} failed ({done.returncode}).")
    return done.stdout


def needed(tool: str, package: str) -> str:
    """Return where a tool is, or end with what to install."""
    found = shutil.which(tool)
    if found is None:
        raise SystemExit(f"{tool} is not installed; on Debian and Ubuntu it is in {package}.")
    return found


def fresh(folder: Path) -> Path:
    """Return the folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def made(path: Path) -> None:
    """Say what was made and how large it is."""
    size = path.stat().st_size / 1e6
    print(f"{path.relative_to(ROOT)}: {size:.1f} MB", flush=True)
