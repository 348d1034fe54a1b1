"""Make the packages: ``python packaging/make_packages [STEP …]`` (`make packages`).

Without a step, all that this system can make, into ``dist/``. Every package but wheel and sdist is
made from one folder, which PyInstaller packs from the wheel (``genredesk.spec``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import appimage
import deb
import disks
import dists
import flatpak
import frozen
import papers
import share

STEPS = {
    "wheel": (dists.make, ("linux", "darwin", "win32")),
    "frozen": (frozen.make, ("linux", "darwin", "win32")),
    "tar": (frozen.archive, ("linux",)),
    "deb": (deb.make, ("linux",)),
    "appimage": (appimage.make, ("linux",)),
    "flatpak": (flatpak.make, ("linux",)),
    "installer": (disks.installer, ("win32",)),
    "dmg": (disks.image, ("darwin",)),
}


def main() -> None:
    """Make what is asked for, in the order of the steps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = [name for name, (_make, systems) in STEPS.items() if sys.platform in systems]
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(names))
    parser.add_argument("--share", type=Path, metavar="DIR", help="only the desktop's files, there")
    args = parser.parse_args()
    if args.share:
        share.fill(args.share)
        papers.write(args.share)
        return
    if unknown := sorted(set(args.steps) - set(names)):
        parser.error(f"{', '.join(unknown)}: this system can make {', '.join(names)}")
    for name in names:
        if not args.steps or name in args.steps:
            STEPS[name][0]()


if __name__ == "__main__":
    main()
