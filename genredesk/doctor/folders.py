"""The person's folders, the catalogue, the log, and the packages that bring something more."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from genredesk.core import logs, paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import mark, say
from genredesk.core.packages import extras
from genredesk.doctor.finding import Finding, Health, apart
from genredesk.library.catalogue import db

LEAST_BYTES = 500 << 20
"""With less room than this a training or a scan may not end."""

EXTRAS = {
    "outputs": mark("tells lights, streams and home automation what is heard"),
    "cluster": mark("scans a library with many machines, and keeps it as Parquet"),
    "train": mark("trains whole networks"),
}
"""What the packages of each extra are for; others are for who develops GenreDesk."""


def folders() -> Iterator[Finding]:
    """Write a file to each folder, look at its room, and at the catalogue."""
    for name, folder in (
        (say("Settings"), paths.config_dir()),
        (say("Data"), paths.data_dir()),
        (say("Cache"), paths.cache_dir()),
        (say("Log"), paths.log_dir()),
    ):
        yield _folder(name, folder)
    yield _catalogue(db.default_path())


def _folder(name: str, folder: Path) -> Finding:
    where = logs.without_home(str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"GenreDesk")
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        why = error.strerror or error
        fact = say("{folder}: nothing can be written there ({error}).", folder=where, error=why)
        fix = say("Allow writing to it, or make room; GENREDESK_HOME names another place.")
        return Finding("folders", name, Health.BROKEN, fact, fix)
    gigabytes = free / 1e9
    if free < LEAST_BYTES:
        fact = say("{folder}: only {free:.1f} GB are free.", folder=where, free=gigabytes)
        fix = say("Make room: a scan or a training may stop halfway.")
        return Finding("folders", name, Health.NOTE, fact, fix)
    fact = say("{folder}: can be written, {free:.1f} GB free.", folder=where, free=gigabytes)
    return Finding("folders", name, Health.OK, fact)


def _catalogue(path: Path) -> Finding:
    name = say("Library")
    where = logs.without_home(str(path))
    if not path.exists():
        return Finding("folders", name, Health.OK, say("No folder was added yet."))
    try:
        version = db.examined(path)
    except GenreDeskError as error:
        return Finding("folders", name, Health.BROKEN, *apart(str(error)))
    fact = say(
        "{file}: sound, version {version}, {size:.1f} MB.",
        file=where,
        version=version,
        size=path.stat().st_size / 1e6,
    )
    return Finding("folders", name, Health.OK, fact)


def log() -> Iterator[Finding]:
    """Say where the logs of window and commands are, and how large they are together."""
    folder = logs.without_home(str(paths.log_dir()))
    sizes = [path.stat().st_size for path in paths.log_dir().glob("*.log*")]
    fact = (
        say("{folder}: {size:.0f} kB.", folder=folder, size=sum(sizes) / 1e3)
        if sizes
        else say("{folder}: nothing was written yet.", folder=folder)
    )
    yield Finding("log", say("Log"), Health.OK, fact)


def packages() -> Iterator[Finding]:
    """Say of each extra which of its packages are installed."""
    try:
        required = metadata.requires("genredesk") or []
    except metadata.PackageNotFoundError:
        fact = say("This program is packed as a whole; nothing can be added to it.")
        yield Finding("packages", say("Packages"), Health.OK, fact)
        return
    for extra, purpose in EXTRAS.items():
        names = [_name(line) for line in required if _is_of(line, extra)]
        missing = [name for name in names if not _version(name)]
        if not names:
            continue
        there = ", ".join(f"{name} {_version(name)}" for name in names if name not in missing)
        if not missing:
            yield Finding("packages", extra, Health.OK, there)
            continue
        lacking = ", ".join(missing)
        fact = say("Not installed: {names} ({purpose}).", names=lacking, purpose=say(purpose))
        by_pip = say("To install it: {command}.", command=f"pip install 'genredesk[{extra}]'")
        fix = extras.how() if extra == "train" else by_pip
        yield Finding("packages", extra, Health.NOTE, fact, fix)


def _name(line: str) -> str:
    return re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0]


def _is_of(line: str, extra: str) -> bool:
    """Whether a line of the requirements belongs to an extra on this system."""
    marker = line.partition(";")[2]
    system = re.search(r"sys_platform == ['\"](\w+)['\"]", marker)
    here = system is None or sys.platform.startswith(system[1])
    return here and re.search(rf"extra == ['\"]{extra}['\"]", marker) is not None


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
