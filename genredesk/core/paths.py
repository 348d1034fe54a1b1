"""Where things live on this system; the only place that knows.

``GENREDESK_HOME`` moves everything that belongs to the user under one folder (tests, portable
installs). Nothing here creates a folder: who writes, creates.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str, source: str = "") -> Path:
    """Return a shipped folder: inside an installed wheel, else in the source, there ``source``."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / (source or name)


def resources_dir() -> Path:
    """Icons, demo pieces and other files the program only reads."""
    return _shipped("resources")


def shipped_models_dir() -> Path:
    """Bundles that come with the program."""
    return _shipped("models")


def manual_dir() -> Path:
    """The manual as a website; beside the source only after ``make docs``."""
    return _shipped("manual", "build/manual")


def _user(kind: str) -> Path:
    home = os.environ.get("GENREDESK_HOME")
    if home:
        return Path(home) / kind
    return Path(getattr(platformdirs, f"user_{kind}_dir")("GenreDesk", appauthor=False))


def config_dir() -> Path:
    """Settings."""
    return _user("config")


def data_dir() -> Path:
    """What the user made: models, runs, the catalogue."""
    return _user("data")


def cache_dir() -> Path:
    """What can be computed again."""
    return _user("cache")


def log_dir() -> Path:
    """Log files."""
    return _user("log")


def user_models_dir() -> Path:
    """Bundles that were imported or trained here."""
    return data_dir() / "models"
