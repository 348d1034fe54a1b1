"""Looking through folders for music: names as the system knows them, links only where they end.

Names are bytes from here on (``os.fsencode``): what is no valid text is still a file.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from genredesk.audio import endings
from genredesk.library.records import Found, described


def is_music(name: bytes) -> bool:
    """Whether a file is picked up by its name; hidden ones are not."""
    return endings.is_audio(os.fsdecode(name))


def walk(
    root: Path,
    on_unreadable: Callable[[bytes, OSError], None],
    passed: Counter[str] | None = None,
) -> Iterator[list[Found]]:
    """Give the music of each folder under ``root``, one list a folder.

    Every folder is visited once, however many links lead to it. A link to a file is followed only
    when the file lies outside ``root``, so that no file is found twice; hard links are two files
    with one inode. What vanishes in the meantime is passed over.

    Parameters
    ----------
    on_unreadable
        Called with a folder that cannot be looked into; its files are neither here nor gone.
    passed
        Counts the files that are no music by their names, by their endings.
    """
    top = os.path.realpath(os.fsencode(root))
    seen: set[tuple[int, int]] = set()
    waiting = [os.fsencode(root)]  # a stack: folders may be nested deeper than Python's limit
    while waiting:
        here = waiting.pop()
        try:
            what = os.stat(here)  # noqa: PTH116 - bytes
            if (what.st_dev, what.st_ino) in seen and what.st_ino:
                continue
            seen.add((what.st_dev, what.st_ino))
            files, folders = _look_into(here, top, Counter() if passed is None else passed)
        except FileNotFoundError:
            continue
        except OSError as error:
            on_unreadable(here, error)
            continue
        waiting.extend(reversed(folders))
        if files:
            yield files


def _look_into(folder: bytes, top: bytes, passed: Counter[str]) -> tuple[list[Found], list[bytes]]:
    files: list[Found] = []
    folders: list[bytes] = []
    with os.scandir(folder) as listing:
        for entry in sorted(listing, key=lambda e: e.name):
            if entry.name.startswith(b"."):
                continue
            try:
                if entry.is_dir():
                    folders.append(entry.path)
                elif not is_music(entry.name):
                    passed[endings.ending(os.fsdecode(entry.name))] += 1
                elif not _within(entry, top):
                    # Not entry.stat(): on Windows it lacks the inode.
                    what = os.stat(entry.path)  # noqa: PTH116 - bytes
                    if stat.S_ISREG(what.st_mode):
                        files.append(described(entry.path, what))
            except OSError:  # a link to itself or to nothing, or gone already
                continue
    return files, folders


def _within(entry: os.DirEntry[bytes], top: bytes) -> bool:
    """Whether an entry is a link to something that the walk comes by anyway."""
    if not entry.is_symlink():
        return False
    target = os.path.realpath(entry.path)
    return target.startswith(os.path.join(top, b""))  # noqa: PTH118 - bytes
