"""The Debian package in a bare Debian: installed by apt, used, seen, purged."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import program
from program import Program
from rows import CheckError, Rows, expect, said
from window import Display

LIMIT_S = 60.0
DEMO = Path("/usr/lib/genredesk/_internal/genredesk/_shipped/resources/demo")
INSIDE = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
OUTSIDE = {**INSIDE, "PATH": os.environ["PATH"]}
_CHANGING = (
    "proc",
    "sys",
    "dev",
    "tmp",
    "run",
    "var/cache",
    "var/lib/apt",
    "var/lib/dpkg",
    "var/log",
)


def archive_of_this_machine() -> tuple[str, str]:
    """Return suite and address that apt here installs from."""
    text = said(["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)"], OUTSIDE)
    return tuple(text.splitlines()[0].split())  # type: ignore[return-value]


@contextmanager
def bare_root() -> Iterator[Path]:
    """Make a Debian with apt and nothing else, and take it away again.

    ``DEBIAN_ROOT`` names an archive (``.tar``) that is kept between runs.
    """
    place = Path(tempfile.mkdtemp(prefix="genredesk-root-"))
    root = place / "root"
    kept = Path(os.environ.get("DEBIAN_ROOT", place / "none.tar"))
    try:
        if kept.is_file():
            root.mkdir()
            said(["tar", "-xf", kept, "-C", root], OUTSIDE)
        else:
            suite, address = archive_of_this_machine()
            said(["debootstrap", "--variant=minbase", suite, root, address], OUTSIDE)
            shutil.copytree("/etc/apt/apt.conf.d", root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
            said(["chroot", root, "apt-get", "update", "-qq"], OUTSIDE)
            if "DEBIAN_ROOT" in os.environ:
                said(["tar", "-cf", kept, "-C", root, "."], OUTSIDE)
        said(["mount", "-t", "proc", "proc", root / "proc"], OUTSIDE)
        yield root
    finally:
        subprocess.run(["umount", "-l", root / "proc"], check=False, capture_output=True)
        if not (root / "proc").is_mount():
            shutil.rmtree(place)


def files(root: Path) -> set[str]:
    """Return every path of the root but what changes by itself."""
    found = set()
    for folder, names, leaves in os.walk(root):
        inside = Path(folder).relative_to(root)
        names[:] = [n for n in names if (inside / n).as_posix() not in _CHANGING]
        found |= {(inside / leaf).as_posix() for leaf in (*names, *leaves)}
    return found


def check(rows: Rows, package: Path, screen: Display, shots: Path) -> None:
    """Check the package from its installation to its removal."""
    with bare_root() as root:
        shutil.copyfile(package, root / package.name)
        front: list[str | Path] = ["chroot", root, "/usr/bin/env", "-i"]
        front += [f"{key}={value}" for key, value in INSIDE.items()]
        before = files(root)

        def first_genre() -> str:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            before_s = used.ru_utime + used.ru_stime
            began = time.perf_counter()
            said([*front, "apt-get", "install", "-y", "-qq", f"/{package.name}"], OUTSIDE)
            installed = time.perf_counter() - began
            text = said([*front, "genredesk", "classify", DEMO / program.PIECE], OUTSIDE)
            seconds = time.perf_counter() - began
            expect(program.STYLE in text, text[-600:])
            worked = resource.getrusage(resource.RUSAGE_CHILDREN)
            worked_s = worked.ru_utime + worked.ru_stime - before_s
            answer = f"{seconds:.1f} s, {installed:.1f} s of them apt (at most {LIMIT_S:g} s)"
            answer += f"; {worked_s:.1f} s of a processor, load {os.getloadavg()[0]:.0f}"
            expect(seconds <= LIMIT_S, answer)
            return answer

        def no_python() -> str:
            found = sorted(p.name for p in (root / "usr/bin").glob("python*"))
            return f"Python in the root: {', '.join(found) or 'none'}"

        def purged() -> str:
            said([*front, "apt-get", "purge", "-y", "-qq", "genredesk"], OUTSIDE)
            left = sorted(p for p in files(root) - before if "genredesk" in p.lower())
            others = [p for p in left if not p.startswith("root/")]
            expect(not others, f"left behind: {others[:5]}")
            expect(any(p.startswith("root/") for p in left), "what the person made is gone, too")
            return f"{len(left)} files and folders of the person's own are left, nothing else"

        rows.attempt("deb: apt install to the first genre", first_genre)
        if rows.lines[-1][2] is False and not (root / "usr/bin/genredesk").exists():
            return
        rows.attempt("deb: bare", no_python)
        display = (f"DISPLAY={screen.name}", "QT_QPA_PLATFORM=xcb", "genredesk")
        songs = Path("/") / program.write_songs(root / "root/songs").relative_to(root)
        used = Program("deb", (*front, "genredesk"), OUTSIDE, root / "root", DEMO, songs)
        program.commands(rows, used)
        seen = replace(used, front=(*front, *display))
        program.window(rows, seen, screen, shots / "deb.png")
        rows.attempt("deb: purge", purged)


def lint(package: Path) -> str:
    """Let lintian look at the package; what a packed program cannot help is left out."""
    # Libraries of others come as they are; there is no Debian changelog to keep; lintian here
    # does not know the compression that dpkg knows.
    hidden = (
        "embedded-library,unstripped-binary-or-object,custom-library-search-path,"
        "shared-library-lacks-prerequisites,library-not-linked-against-libc,"
        "debian-changelog-file-missing,no-changelog,malformed-deb-archive,"
        "missing-depends-on-sensible-utils"
    )
    command = ["lintian", "--allow-root", "--suppress-tags", hidden, str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if line.startswith("E:")]
    if errors:
        raise CheckError("; ".join(errors[:8]))
    warnings = sum(line.startswith("W:") for line in done.stdout.splitlines())
    return f"no error, {warnings} warnings"
