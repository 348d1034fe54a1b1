"""Check the packages in ``dist/``: ``python packaging/check_packages [PART …]``.

Each is used without the source tree and without .venv: in a new folder, in a new environment, in a
bare Debian; status 1 when something does not hold. The bare Debian needs root, debootstrap and
lintian; all of it needs Xvfb, PulseAudio, and the validators that it names when they are missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import replace
from pathlib import Path

import debian
import hearing
import papers_check
import program
from program import Program
from rows import Rows, expect, said
from window import display

from genredesk import __version__

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
MACHINE = os.uname().machine
SHOTS = ROOT / "build" / "shots"
MAX_MB = 260.0
MAX_START = 1.2
ROUNDS = 5


def environment(place: Path) -> dict[str, str]:
    """Return the environment of somebody who just came: nothing of this project in it."""
    (place / "home").mkdir(parents=True, exist_ok=True)
    return {"PATH": "/usr/bin:/bin", "HOME": str(place / "home"), "LANG": "C.UTF-8"}


def same_again(wheel: Path, sdist: Path, place: Path) -> str:
    """Build both once more, dated as they are, and compare every byte."""
    with tarfile.open(sdist) as tar:
        dated = tar.next()
    code = "import sys; from hatchling import build as b; "
    code += "b.build_sdist(sys.argv[1]); b.build_wheel(sys.argv[1])"
    place.mkdir()
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(dated.mtime if dated else 0)}
    said([sys.executable, "-c", code, place], env, ROOT)
    for path in (wheel, sdist):
        expect(path.read_bytes() == (place / path.name).read_bytes(), f"{path.name} is another one")
    return "byte by byte the same"


def check_wheel(rows: Rows, place: Path) -> None:
    """Install the wheel into a new virtual environment and use it there."""
    wheel = DIST / f"genredesk-{__version__}-py3-none-any.whl"
    sdist = DIST / f"genredesk-{__version__}.tar.gz"
    sizes = [f"{path.stat().st_size / 1e6:.1f} MB" for path in (wheel, sdist)]
    rows.add("wheel, sdist: sizes", ", ".join(sizes), True)
    rows.attempt("wheel, sdist: made again", lambda: same_again(wheel, sdist, place / "again"))
    venv.create(place / "venv", with_pip=True)
    python = place / "venv/bin/python"
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    said([*command, "-c", ROOT / "constraints.txt", f"{wheel}[outputs]"], dict(os.environ))
    size = sum(p.lstat().st_size for p in (place / "venv").rglob("*") if p.is_file()) / 1e6
    rows.add("wheel: installed with all it requires, pip and the outputs", f"{size:.0f} MB", True)
    inside = said(
        [python, "-c", "import genredesk; print(genredesk.__path__[0])"], {}, place
    ).strip()
    demo = Path(inside) / "_shipped/resources/demo"
    env = environment(place)
    songs = program.write_songs(place / "songs")
    program.commands(
        rows, Program("wheel", (place / "venv/bin/genredesk",), env, place / "home", demo, songs)
    )


def check_tar(rows: Rows, place: Path) -> None:
    """Unpack the archive somewhere and use what is in it."""
    archive = DIST / f"genredesk-{__version__}-linux-{MACHINE}.tar.gz"
    rows.at_most("tar.gz: size", archive.stat().st_size / 1e6, MAX_MB, "MB")
    with tarfile.open(archive) as tar:
        tar.extractall(place, filter="tar")
    folder = place / archive.name.removesuffix(".tar.gz")
    size = sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    rows.add("tar.gz: unpacked", f"{size:.0f} MB", True)
    demo = folder / "_internal/genredesk/_shipped/resources/demo"
    songs = program.write_songs(place / "songs")
    env, home = environment(place), place / "home"
    packed = Program("tar.gz", (folder / "genredesk",), env, home, demo, songs)
    program.commands(rows, packed)
    hearing.check(rows, packed)
    source = replace(packed, name="source", front=(ROOT / ".venv/bin/genredesk",))
    with display() as screen:
        program.window(rows, packed, screen, SHOTS / "tar.png")

        def quick() -> str:
            here, there = program.starts(screen, [packed, source], ROUNDS)
            ratio = here[0] / there[0]
            answer = f"{here[0]:.2f} s, from source {there[0]:.2f} s: {ratio:.2f} x"
            answer += f" (at most {MAX_START}); of a processor {here[1]:.2f} s, {there[1]:.2f} s"
            expect(ratio <= MAX_START, answer)
            return answer

        rows.attempt("tar.gz: start", quick)


def check_appimage(rows: Rows, place: Path) -> None:
    """Start what an AppImage holds, or the file itself where it could be made."""
    image = DIST / f"genredesk-{__version__}-linux-{MACHINE}.AppImage"
    folder = ROOT / "build/appimage/GenreDesk.AppDir"
    if image.is_file():
        rows.at_most("AppImage: size", image.stat().st_size / 1e6, MAX_MB, "MB")
        start = place / image.name
        shutil.copyfile(image, start)
        start.chmod(0o755)
        env = {**environment(place), "APPIMAGE_EXTRACT_AND_RUN": "1"}
    else:
        shutil.copytree(folder, place / folder.name, symlinks=True)
        start = place / folder.name / "AppRun"
        env = environment(place)
    rows.attempt("AppImage: version", lambda: said([start, "--version"], env).strip())
    with display() as screen:
        packed = Program("AppImage", (start,), env, place / "home", place, place)
        program.window(rows, packed, screen, SHOTS / "appimage.png")


def check_deb(rows: Rows, _place: Path) -> None:
    """Install, use and purge the package in a bare Debian."""
    (package,) = DIST.glob(f"genredesk_{__version__}_*.deb")
    rows.at_most("deb: size", package.stat().st_size / 1e6, MAX_MB, "MB")
    rows.attempt("deb: lintian", lambda: debian.lint(package))
    with display() as screen:
        debian.check(rows, package, screen, SHOTS)


PARTS = {
    "papers": papers_check.check, "wheel": check_wheel, "tar": check_tar,
    "appimage": check_appimage, "deb": check_deb,
}  # fmt: skip


def main() -> int:
    """Check the parts that are named, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    SHOTS.mkdir(parents=True, exist_ok=True)
    rows = Rows()
    for name, check in PARTS.items():
        if args.parts and name not in args.parts:
            continue
        place = Path(tempfile.mkdtemp(prefix=f"genredesk-{name}-"))
        try:
            check(rows, place)
        except (OSError, subprocess.SubprocessError, RuntimeError, ValueError) as error:
            rows.add(name, f"{type(error).__name__}: {error}", False)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    print(f"{len(rows.lines)} checks, {rows.failed()} failed; screenshots in {SHOTS}")
    return min(rows.failed(), 1)


if __name__ == "__main__":
    sys.exit(main())
