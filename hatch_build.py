"""Puts the manual into wheel and sdist, where `make docs` has built it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "build/manual"
PLACES = {"sdist": BUILT, "wheel": "genredesk/_shipped/manual"}


class ManualHook(BuildHookInterface):
    """Asked by hatchling before it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the manual; an editable install finds it where it is."""
        built = Path(self.root) / BUILT
        if version != "editable" and (built / "index.html").is_file():
            build_data["force_include"][str(built)] = PLACES[self.target_name]
