"""Looking through folders for music: names as the system knows them, links only where they end.

Names are bytes from here on (``os.fsencode``): what is no valid text is still a file.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from genredesk.audio import endings
from genredesk.library.records import Found, described


def is_music(name: bytes) -> bool:
    """Whether a file is picked up by its name; hidden ones are not."""
    return endings.is_audio(os.fsdecode(name))


@dataclass(frozen=True, slots=True)
class Passed:
    """What a walk passed over.

    Parameters
    ----------
    files
        Counts files that are no music by their names, by their endings.
    folders
        Counts, by name, folders that were not looked into: hidden ones and the system's own.
    """

    files: Counter[str] = field(default_factory=Counter)
    folders: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Where a walk goes: not out into ``elsewhere``, and round ``passed``, which it counts."""

    top: bytes
    elsewhere: tuple[bytes, ...]
    passed: Passed

    def shuts_out(self, entry: os.DirEntry[bytes], *, is_folder: bool) -> bool:
        """Whether an entry is a link to something that this or another walk comes by anyway."""
        if not entry.is_symlink():
            return False
        target = os.path.join(os.path.realpath(entry.path), b"")  # noqa: PTH118 - bytes
        # A folder of this walk is known by its inode, in whatever way it is come by first.
        tops = self.elsewhere if is_folder else (self.top, *self.elsewhere)
        return any(target.startswith(os.path.join(top, b"")) for top in tops)  # noqa: PTH118


def walk(
    root: Path,
    on_unreadable: Callable[[bytes, OSError], None],
    *,
    elsewhere: Iterable[Path] = (),
    passed: Passed | None = None,
) -> Iterator[list[Found]]:
    """Give the music of each folder under ``root``, one list a folder.

    Every folder is visited once, however many links lead to it. A link to a file is followed only
    when the file lies outside ``root``, so that no file is found twice; hard links are two files
    with one inode. What vanishes in the meantime is passed over.

    Parameters
    ----------
    on_unreadable
        Called with a folder that cannot be looked into; its files are neither here nor gone.
    elsewhere
        Folders that are walked on their own; links into them are not followed.
    passed
        Counts what is passed over.
    """
    bounds = _Bounds(
        os.path.realpath(os.fsencode(root)),
        tuple(os.path.realpath(os.fsencode(other)) for other in elsewhere),
        Passed() if passed is None else passed,
    )
    seen: set[tuple[int, int]] = set()
    waiting = [os.fsencode(root)]  # a stack: folders may be nested deeper than Python's limit
    while waiting:
        here = waiting.pop()
        try:
            what = os.stat(here)  # noqa: PTH116 - bytes
            if (what.st_dev, what.st_ino) in seen and what.st_ino:
                continue
            seen.add((what.st_dev, what.st_ino))
            files, folders = _look_into(here, bounds)
        except FileNotFoundError:
            continue
        except OSError as error:
            on_unreadable(here, error)
            continue
        waiting.extend(reversed(folders))
        if files:
            yield files


def _look_into(folder: bytes, bounds: _Bounds) -> tuple[list[Found], list[bytes]]:
    files: list[Found] = []
    folders: list[bytes] = []
    with os.scandir(folder) as listing:
        for entry in sorted(listing, key=lambda e: e.name):
            try:
                if entry.is_dir():
                    if not endings.is_walked(os.fsdecode(entry.name)):
                        bounds.passed.folders[entry.name.decode("utf-8", "replace")] += 1
                    elif not bounds.shuts_out(entry, is_folder=True):
                        folders.append(entry.path)
                elif not is_music(entry.name):
                    bounds.passed.files[endings.ending(os.fsdecode(entry.name))] += 1
                elif not bounds.shuts_out(entry, is_folder=False):
                    # Not entry.stat(): on Windows it lacks the inode.
                    what = os.stat(entry.path)  # noqa: PTH116 - bytes
                    if stat.S_ISREG(what.st_mode):
                        files.append(described(entry.path, what))
            except OSError:  # a link to itself or to nothing, or gone already
                continue
    return files, folders
