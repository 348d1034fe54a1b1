"""The installer for Windows and the disk image for macOS, from the packed program."""

from __future__ import annotations

import os

import frozen
import icons
from places import BUILD, DIST, FULL_NAME, HERE, VERSION, fresh, made, needed, run

IMAGE = DIST / f"{FULL_NAME}.dmg"


def installer() -> None:
    """Make the installer with Inno Setup's compiler."""
    compiler = needed("iscc", "Inno Setup 6 (its folder has to be on the PATH)")
    icon = icons.write(BUILD / "icons" / "genredesk.ico", 256)
    facts = {"Version": VERSION, "Folder": frozen.FOLDER, "Target": DIST, "Icon": icon}
    run(compiler, *(f"/D{k}={v}" for k, v in facts.items()), HERE / "windows" / "genredesk.iss")
    made(DIST / f"genredesk-{VERSION}-windows-setup.exe")


def image() -> None:
    """Make the disk image, with the way to Applications in it.

    ``CODESIGN_IDENTITY`` signs it; ``NOTARY_PROFILE`` (of ``xcrun notarytool store-credentials``)
    lets Apple notarize it. Without them it is for one's own computer.
    """
    place = fresh(BUILD / "dmg")
    run("ditto", frozen.BUNDLE, place / frozen.BUNDLE.name)
    (place / "Applications").symlink_to("/Applications")
    DIST.mkdir(exist_ok=True)
    volume = ("-volname", "GenreDesk", "-srcfolder", place)
    run("hdiutil", "create", "-ov", "-format", "ULFO", *volume, IMAGE)
    if identity := os.environ.get("CODESIGN_IDENTITY"):
        run("codesign", "--sign", identity, "--timestamp", IMAGE)
    if profile := os.environ.get("NOTARY_PROFILE"):
        run("xcrun", "notarytool", "submit", IMAGE, "--keychain-profile", profile, "--wait")
        run("xcrun", "stapler", "staple", IMAGE)
    made(IMAGE)
