"""What the program remembers: one frozen dataclass, saved atomically, upgraded step by step.

A file that cannot be used (broken, or written by a newer version) is set aside with a message and
the defaults are used; that is never fatal.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from genredesk.core import atomic, paths
from genredesk.core.errors import SettingsError
from genredesk.core.messages import say
from genredesk.core.trust import Care

log = logging.getLogger(__name__)

VERSION = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is remembered between two starts."""

    version: int = VERSION
    welcomed: bool = False  # the first steps were shown
    # appearance
    theme: str = "system"  # system | light | dark
    language: str = ""  # as "de"; "" = the system's
    palette: str = "magma"
    db_floor: float = -80.0
    db_ceiling: float = 0.0
    geometry: str = ""  # Qt's saveGeometry, base64
    text_scale: float = 1.0
    axis: str = "mel"  # mel | linear | log | note
    span_s: float = 30.0  # time over the width of the timeline
    log_shown: bool = False
    # sound
    source: str = "file"  # file | an input's id
    output: str = ""  # "" = the system's default
    volume: float = 0.8
    muted: bool = False
    loop: bool = False
    last_folder: str = ""
    opened: tuple[str, ...] = ()  # files and folders in the player; empty = the demo
    opened_file: str = ""  # which file of them was in the player
    save_folder: str = ""  # "" = documents
    outputs: tuple[str, ...] = ()  # addresses of programs that are told what is heard
    outputs_off: tuple[str, ...] = ()  # of those that are switched off, and remembered
    # listening
    bundle: str = ""  # "" = the default bundle
    beside: tuple[str, ...] = ()  # models that are compared with it
    device: str = "auto"
    hop_s: float = 0.5
    smoothing_s: float = 4.0
    silence_dbfs: float = -60.0
    care: str = Care.BALANCED.value  # careful | balanced | bold
    unsure_below: float = 0.0  # a threshold of one's own; 0 = what care means for the bundle
    # library
    scan_cores: int = 0  # 0 = all but one
    kept_features_gb: int = 20  # of the library and of training together; 0 = nothing
    library_sort: str = "artist"  # what the table is sorted by
    library_descending: bool = False
    library_hidden: tuple[str, ...] = ()  # columns of the table that are not shown

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with ``changes``."""
        return dataclasses.replace(self, **changes)


CHOICES: dict[str, tuple[str, ...]] = {
    "care": tuple(Care),
    "axis": ("mel", "linear", "log", "note"),
}
"""Fields of which only these words can be used."""


def _outputs_have_addresses(raw: dict[str, Any]) -> dict[str, Any]:
    """Make the file the genre was written to one of several outputs."""
    file = raw.pop("genre_file", "")
    return {**raw, "outputs": [f"text:{file}"] if file else []}


def _knows_the_program(raw: dict[str, Any]) -> dict[str, Any]:
    """Spare whoever has settings already the first steps."""
    return {**raw, "welcomed": True}


UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _outputs_have_addresses,
    2: _knows_the_program,
}
"""Step ``n`` turns the dictionary of version ``n`` into that of ``n + 1``; each has a test."""


def settings_file() -> Path:
    """Return where the settings are kept."""
    return paths.config_dir() / "settings.json"


def _checked(
    found: object, upgrades: dict[int, Callable[[dict[str, Any]], dict[str, Any]]]
) -> Settings:
    raw = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    version = raw.get("version")
    if not isinstance(version, int):
        raise SettingsError(say("it does not look like settings"))
    if version > VERSION:
        raise SettingsError(
            say("it was written by a newer GenreDesk (settings version {version})", version=version)
        )
    while version < VERSION:
        raw = upgrades[version](raw)
        version += 1
    known: dict[str, Any] = {}
    for field in dataclasses.fields(Settings):
        default = cast("object", field.default)
        kind, value = type(default), cast("object", raw.get(field.name, default))
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is tuple and isinstance(value, list):
            parts = cast("list[object]", value)
            value = tuple(parts) if all(isinstance(part, str) for part in parts) else None
        chosen = field.name not in CHOICES or value in CHOICES[field.name]
        if type(value) is not kind or not chosen:
            log.warning("Settings: %s cannot be that and is set to its default", field.name)
            value = default
        known[field.name] = value
    known["version"] = VERSION
    return Settings(**known)


def _keep_older(path: Path, version: int, data: bytes) -> None:
    """Keep a copy of settings of an older version, which the next change replaces."""
    copy = path.with_name(f"{path.stem}.v{version}.json")
    with contextlib.suppress(OSError):
        if version < VERSION and not (copy.exists() and copy.read_bytes() == data):
            atomic.write_bytes(copy, data)
            copy.chmod(0o600)


def load(path: Path | None = None) -> tuple[Settings, str]:
    """Read the settings.

    Returns
    -------
    (settings, message)
        ``message`` is empty, or says what was wrong and where the broken file went.
    """
    path = path or settings_file()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Settings(), ""
    except OSError as error:
        return (
            Settings(),
            say(
                "The settings in {path} cannot be read ({strerror}); using the defaults.",
                path=path,
                strerror=error.strerror,
            ),
        )
    try:
        raw = json.loads(data)
        settings = _checked(raw, UPGRADES)
        _keep_older(path, raw["version"], data)
        return settings, ""
    except (ValueError, SettingsError) as error:
        reason = error if isinstance(error, SettingsError) else say("the file is damaged")
        aside = path.with_name(f"{path.stem}.broken.json")
        try:
            path.replace(aside)
        except OSError:
            aside = path
        return Settings(), (
            say(
                "The settings could not be used ({reason}); they were set aside as {aside} and "
                "the defaults are in use.",
                reason=reason,
                aside=aside,
            )
        )


def language(path: Path | None = None) -> str:
    """Return the language the settings name, before anything else is read; empty: the system's."""
    try:
        found = cast("object", json.loads((path or settings_file()).read_bytes()))
    except (OSError, ValueError):
        return ""  # the one who loads them says what is wrong
    value = cast("dict[str, object]", found).get("language") if isinstance(found, dict) else ""
    return value if isinstance(value, str) else ""


def save(settings: Settings, path: Path | None = None) -> None:
    """Write the settings atomically.

    Raises
    ------
    SettingsError
        When the folder cannot be written; nothing is lost but the change.
    """
    path = path or settings_file()
    try:
        atomic.write_json(path, dataclasses.asdict(settings))
        path.chmod(0o600)  # a broker's password may be in it
    except OSError as error:
        raise SettingsError(
            say(
                "The settings cannot be saved in {parent} ({reason}).",
                parent=path.parent,
                reason=error.strerror or error,
            )
        ) from error
