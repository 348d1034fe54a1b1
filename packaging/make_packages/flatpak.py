"""The manifest for Flatpak, every source pinned by its hash, from ``constraints.txt``.

pip is asked what the runtime's Python would install and from where, in the versions that were
tested together; so the addresses are those of the package index this computer is set up with.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

import dists
import papers
import share
from places import APP_ID, DIST, HERE, NAME, ROOT, fresh, made, run

MANIFEST = DIST / f"{APP_ID}.json"
RECIPE = HERE / "flatpak.json"
"""The manifest without the sources that are found out."""


def sources(python: str, machine: str, requirements: list[str]) -> list[dict[str, Any]]:
    """Return the wheels, as Flatpak's manifest wants them.

    Parameters
    ----------
    python
        Version of the runtime's Python (``3.12``).
    machine
        ``x86_64`` or ``aarch64``; wheels for it alone are marked as such.
    requirements
        What to install, as pip takes it.
    """
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in (39, 34, 31, 28, 27, 24, 17)]
    platforms.append(f"manylinux2014_{machine}")
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        command = [
            "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed",
            "--disable-pip-version-check", "--only-binary", ":all:", "--target", place,
            "--python-version", python, "--implementation", "cp", "--report", report,
            "--constraint", ROOT / "constraints.txt",
        ]  # fmt: skip
        for each in platforms:
            command += ["--platform", each]
        run(dists.python(), *command, *requirements)
        answer = json.loads(report.read_text(encoding="utf-8"))
    found = []
    for one in answer["install"]:
        address = one["download_info"]["url"]
        hashes = one["download_info"].get("archive_info", {}).get("hashes", {})
        # An index of files on this computer gives paths; such a manifest is for this computer.
        place_key = "path" if address.startswith("file:") else "url"
        where = urllib.parse.unquote(address.removeprefix("file://"))
        source = {"type": "file", place_key: where, "sha256": hashes.get("sha256", "")}
        if not source["sha256"]:
            raise SystemExit(f"The package index gives no sha256 for {address}.")
        if not address.endswith("-any.whl"):
            source["only-arches"] = [machine]
        found.append(source)
    return sorted(found, key=_address)


def _address(source: dict[str, Any]) -> str:
    return source.get("url", source.get("path", ""))


def _sources(path: Path) -> list[dict[str, Any]]:
    modules = json.loads(path.read_text(encoding="utf-8"))["modules"]
    return [source for module in modules for source in module["sources"]]


def manifest() -> dict[str, Any]:
    """Return the whole manifest: the recipe, our wheel, and the wheels it requires."""
    recipe = json.loads(RECIPE.read_text(encoding="utf-8"))
    python = recipe.pop("x-python")
    found: dict[str, dict[str, Any]] = {}
    for machine in recipe.pop("x-machines"):
        for source in sources(python, machine, [f"{dists.WHEEL}[outputs]"]):
            if _address(source) != str(dists.WHEEL):
                found[_address(source)] = source
    digest = hashlib.sha256(dists.WHEEL.read_bytes()).hexdigest()
    ours = {"type": "file", "path": dists.WHEEL.name, "sha256": digest}
    desktop = {"type": "dir", "path": "share", "dest": "share"}
    for module in recipe["modules"]:
        if module["name"] == NAME:
            module["sources"] = [ours, desktop, *found.values()]
    return recipe


def make() -> None:
    """Write the manifest beside the wheel, with the desktop's files it installs."""
    folder = fresh(DIST / "share")
    share.fill(folder)
    papers.write(folder)
    MANIFEST.write_text(json.dumps(manifest(), indent=2) + "\n", encoding="utf-8")
    made(MANIFEST)
    local = sum(s["type"] == "file" and "url" not in s for s in _sources(MANIFEST)) - 1
    if local:
        print(f"{local} of its sources lie on this computer, as its package index does.")
