"""The AppImage: the packed program with its desktop files in a folder, made one file.

appimagetool does the last step. No package archive has it; where it is not on the PATH the folder
is still made, and what is missing is said.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import frozen
import papers
import share
from places import BUILD, DIST, FULL_NAME, NAME, fresh, made, run

FOLDER = BUILD / "appimage" / "GenreDesk.AppDir"
IMAGE = DIST / f"{FULL_NAME}.AppImage"
START = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/usr/lib/genredesk/genredesk" "$@"
"""


def fill(folder: Path) -> None:
    """Lay out the folder: AppRun, the program, what a desktop wants."""
    fresh(folder)
    shutil.copytree(frozen.FOLDER, folder / "usr/lib" / NAME, symlinks=True)
    share.fill(folder / "usr/share")
    papers.write(folder / "usr/share")
    shutil.copyfile(folder / f"usr/share/applications/{NAME}.desktop", folder / f"{NAME}.desktop")
    shutil.copyfile(
        folder / f"usr/share/icons/hicolor/256x256/apps/{NAME}.png", folder / f"{NAME}.png"
    )
    (folder / ".DirIcon").symlink_to(f"{NAME}.png")
    start = folder / "AppRun"
    start.write_text(START, encoding="utf-8")
    start.chmod(0o755)


def make() -> None:
    """Make the folder, and the file where its tool is there."""
    fill(FOLDER)
    tool = os.environ.get("APPIMAGETOOL") or shutil.which("appimagetool")
    if not tool:
        print(
            f"{FOLDER}: ready. appimagetool is not on the PATH (nor does APPIMAGETOOL name it), "
            f"so there is no AppImage yet: appimagetool {FOLDER} {IMAGE}"
        )
        return
    run(tool, "--no-appstream", FOLDER, IMAGE, ARCH=os.uname().machine)
    made(IMAGE)
