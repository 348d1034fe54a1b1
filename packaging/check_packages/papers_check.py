"""Desktop entry, metainfo, manual pages, completion, icon, recipes: each by its own validator."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

from rows import CheckError, Rows, expect, said

ROOT = Path(__file__).resolve().parents[2]
MAKE = ROOT / "packaging" / "make_packages"
WORKFLOW = ROOT / ".github" / "workflows" / "packages.yml"
SHELLS = ("bash", "zsh", "fish")


def check(rows: Rows, place: Path) -> None:
    """Write everything a desktop is given, and let the validators look at it."""
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    share = place / "share"
    said([sys.executable, MAKE, "--share", share], env)
    entry = share / "applications/genredesk.desktop"
    metainfo = share / "metainfo/genredesk.metainfo.xml"

    def tool(*command: str | Path) -> str:
        if shutil.which(str(command[0])) is None:
            raise CheckError(f"{command[0]} is not installed")
        text = said(list(command), env).strip()
        return text.splitlines()[-1] if text else "nothing to say"

    def pages() -> str:
        found = sorted((share / "man/man1").glob("*.1.gz"))
        for page in found:
            command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page]
            done = subprocess.run(
                command, env={**env, "MANWIDTH": "80"}, capture_output=True, text=True, check=False
            )
            # A long word that leaves a gap in a line is no fault of the page.
            lines = [x for x in done.stderr.splitlines() if "adjust line" not in x]
            expect(not lines, f"{page.name}: {lines[:2]}")
        return f"{len(found)} pages, no warning"

    def completion() -> str:
        for shell in SHELLS:
            (script,) = share.rglob(
                {"bash": "completions/genredesk", "zsh": "_genredesk", "fish": "*.fish"}[shell]
            )
            tool(shell, "-n", script)
        said_words = said(["fish", "-c", f"source {script}; complete -C 'genredesk cl'"], env)
        expect("classify" in said_words, said_words)
        return "bash, zsh and fish read theirs; `genredesk cl` becomes classify"

    def mime() -> str:
        tool("update-mime-database", share / "mime")
        expect("*.genredesk" in (share / "mime/globs").read_text(encoding="utf-8"), "no glob")
        return "*.genredesk is application/x-genredesk"

    rows.attempt("desktop entry", lambda: tool("desktop-file-validate", "--no-hints", entry))
    rows.attempt("AppStream", lambda: tool("appstreamcli", "validate", "--no-net", metainfo))
    rows.attempt("MIME type", mime)
    rows.attempt("manual pages", pages)
    rows.attempt("completion", completion)
    rows.attempt("icon", lambda: _icon(share / "icons/hicolor/48x48/apps/genredesk.png", place))
    rows.attempt("entitlements", _entitlements)
    rows.attempt("Flatpak", _flatpak)
    rows.attempt("workflow", lambda: tool("actionlint", WORKFLOW))


def _icon(png: Path, place: Path) -> str:
    """Tell how well the icon stands out from a light and from a dark desktop."""
    code = f"""
from PySide6.QtGui import QColor, QImage
image = QImage({str(png)!r})
def luminance(colour):
    parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
             for v in (colour.redF(), colour.greenF(), colour.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
seen = [luminance(image.pixelColor(x, y)) for x in range(48) for y in range(48)
        if image.pixelColor(x, y).alpha() > 200]
for name in ("#fafafa", "#1e1e1e"):
    ground = luminance(QColor(name))
    best = sorted((max(v, ground) + 0.05) / (min(v, ground) + 0.05) for v in seen)
    print(name, round(best[-len(best) // 20], 1))
"""
    text = said([sys.executable, "-c", code], {**os.environ, "QT_QPA_PLATFORM": "offscreen"}, place)
    contrasts = [float(line.split()[1]) for line in text.splitlines()]
    expect(len(contrasts) == 2 and min(contrasts) >= 3, text)
    return f"contrast {contrasts[0]:g} on a light desktop, {contrasts[1]:g} on a dark one"


def _entitlements() -> str:
    rights = plistlib.loads((MAKE / "macos/entitlements.plist").read_bytes())
    expect(rights["com.apple.security.device.audio-input"], "no microphone")
    return f"{len(rights)}, the microphone among them"


def _flatpak() -> str:
    """Tell whether every source of the manifest is pinned, and flatpak-builder reads it."""
    (path,) = (ROOT / "dist").glob("*.GenreDesk.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    sources = [s for module in manifest["modules"] for s in module["sources"]]
    loose = [s for s in sources if s["type"] != "dir" and len(s.get("sha256", "")) != 64]
    expect(not loose, f"not pinned: {loose[:3]}")
    if shutil.which("flatpak-builder"):
        shown = said(["flatpak-builder", "--show-manifest", path], os.environ)
        expect("WARNING" not in shown, shown[-400:])
    return f"{len(sources)} sources, each with its hash"
