"""The packed program: one folder with its own Python, made by PyInstaller from the wheel."""

from __future__ import annotations

import gzip
import shutil
import tarfile
from pathlib import Path

import dists
import papers
import share
from places import BUILD, DIST, FULL_NAME, HERE, NAME, epoch, fresh, made, run

FOLDER = BUILD / "frozen" / NAME
BUNDLE = FOLDER.parent / "GenreDesk.app"
ARCHIVE = DIST / f"{FULL_NAME}.tar.gz"


def make() -> None:
    """Pack what the wheel installs; training from scratch (torch) stays out."""
    if not dists.WHEEL.is_file():
        dists.make()
    dists.install(f"{dists.WHEEL}[outputs]", "pyinstaller>=6.11")
    dists.install("--no-deps", "--force-reinstall", dists.WHEEL)  # the same version, made anew
    fresh(FOLDER.parent)
    command = ("-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR")
    places = ("--distpath", FOLDER.parent, "--workpath", BUILD / "pyinstaller")
    # Not from the source tree: what is packed is what the wheel installed.
    run(dists.python(), *command, *places, HERE / "genredesk.spec", cwd=BUILD)
    size = sum(p.stat().st_size for p in FOLDER.rglob("*") if not p.is_symlink()) / 1e6
    print(f"{FOLDER}: {size:.0f} MB", flush=True)


def archive() -> None:
    """Make the archive for Linux: the folder, and what a desktop wants beside it."""
    place = fresh(BUILD / "tar") / FULL_NAME
    shutil.copytree(FOLDER, place, symlinks=True)
    share.fill(place / "share")
    papers.write(place / "share")
    pack(place, ARCHIVE)
    made(ARCHIVE)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who packed it, and when."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = epoch()
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def pack(folder: Path, target: Path) -> None:
    """Write a folder into a ``.tar.gz`` that is the same for the same files."""
    target.parent.mkdir(exist_ok=True)
    with (
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=epoch()) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted([folder, *folder.rglob("*")]):
            tar.add(path, path.relative_to(folder.parent), recursive=False, filter=_plain)
