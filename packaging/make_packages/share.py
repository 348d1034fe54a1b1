"""What a desktop wants of a program, as it lies under ``share`` of a prefix."""

from __future__ import annotations

import shutil
from pathlib import Path

import icons
from places import NAME, PACKAGING

FILES = {
    PACKAGING / f"{NAME}.desktop": f"applications/{NAME}.desktop",
    PACKAGING / f"{NAME}.metainfo.xml": f"metainfo/{NAME}.metainfo.xml",
    PACKAGING / f"{NAME}.mime.xml": f"mime/packages/{NAME}.xml",
    icons.SVG: f"icons/hicolor/scalable/apps/{NAME}.svg",
}


def fill(folder: Path) -> None:
    """Write desktop entry, metainfo, kind of file and icons under ``folder``."""
    for source, target in FILES.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    for size in icons.SIZES:
        icons.write(folder / f"icons/hicolor/{size}x{size}/apps/{NAME}.png", size)
