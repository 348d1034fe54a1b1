"""The Debian package, made of the packed program: ``apt install ./genredesk_*.deb``."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import frozen
import papers
import share
from places import BUILD, DIST, NAME, ROOT, VERSION, epoch, fresh, made, needed, run

from genredesk import __doc__ as about

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MAINTAINER = "The GenreDesk founders <founders@genredesk.invalid>"

CONTROL = """\
Package: {name}
Version: {version}
Section: sound
Priority: optional
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {depends}
Recommends: pulseaudio-utils
Suggests: pipewire-alsa | libasound2-plugins
Description: {summary}
 GenreDesk listens to a file, a microphone or what the computer plays, draws the
 mel spectrogram as it goes by, and a neural network names the genre over rolling
 three-second windows. It puts a collection of music in order, too: tags, folders
 and playlists are planned, previewed and can be undone.
 .
 Everything happens on this computer; no sound leaves it.
"""
COPYRIGHT = """\
GenreDesk, Copyright The GenreDesk founders.

License: GPL-3+. On Debian systems the full text of the GNU General Public License
version 3 can be found in /usr/share/common-licenses/GPL-3.

The packed libraries are under licenses of their own, which lie beside them in
/usr/lib/genredesk/_internal/*.dist-info.
"""


def libraries(folder: Path) -> str:
    """Return the packages of this Debian with the libraries that the folder does not bring itself.

    dpkg-shlibdeps would name the packages of those it brings, too.
    """
    needed("readelf", "binutils")
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    binaries = [p for p in files if _is_elf(p)]
    headers = run("readelf", "--dynamic", "--wide", *binaries)
    wanted = set(re.findall(r"\(NEEDED\).*\[(.+)\]", headers)) - {p.name for p in files}
    found = run("dpkg-query", "--search", *(f"*/{name}" for name in sorted(wanted)))
    owners = re.findall(r"^([^:\s]+)(?::\S+)?: (\S+)$", found, re.MULTILINE)
    packages = {package for package, path in owners if path.rpartition("/")[2] in wanted}
    libc = run("dpkg-query", "--show", "--showformat=${Version}", "libc6").partition("-")[0]
    packages = (packages - {"libc6"}) | {f"libc6 (>= {libc})"}
    return ", ".join(sorted(packages))


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def make() -> None:
    """Make the package."""
    needed("dpkg-deb", "dpkg")
    machine = run("uname", "-m").strip()
    architecture = ARCHITECTURES.get(machine, machine)
    tree = fresh(BUILD / "deb")
    program = tree / "usr/lib" / NAME
    shutil.copytree(frozen.FOLDER, program, symlinks=True)
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    share.fill(tree / "usr/share")
    papers.write(tree / "usr/share")
    _documents(tree / "usr/share/doc" / NAME)
    size = sum(p.lstat().st_size for p in tree.rglob("*") if not p.is_dir()) // 1024
    control = CONTROL.format(
        name=NAME, version=VERSION, architecture=architecture, maintainer=MAINTAINER, size=size,
        depends=libraries(program), summary=about.partition(": ")[2].strip().rstrip("."),
    )  # fmt: skip
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(control, encoding="utf-8")
    _one_mode(tree, program / NAME)
    DIST.mkdir(exist_ok=True)
    target = DIST / f"{NAME}_{VERSION}_{architecture}.deb"
    # Debian 12's libc is needed anyway, and its dpkg unpacks this several times as fast as xz.
    run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", tree, target)
    made(target)


def _documents(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(COPYRIGHT, encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_bytes()
    (folder / "changelog.gz").write_bytes(gzip.compress(changes, 9, mtime=epoch()))


def _one_mode(tree: Path, program: Path) -> None:
    """Give every file the rights a package's files have; libraries are not run by themselves."""
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == program else 0o644)
