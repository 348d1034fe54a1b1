"""Which names are free below a folder, as every system would see it.

Used by the actions while they plan: looks at folders, changes nothing. Names that differ only in
case or in how their accents are written count as one, and folders that are there already keep
their spelling.
"""

from __future__ import annotations

import os
import sys

from genredesk.core.messages import mark, say
from genredesk.library.organize.fsops import fold
from genredesk.library.organize.template import MAX_PATH, numbered

_SYSTEM_MAX_PATH = 4095
_TAKEN = mark("There is already a file of that name.")
_TWICE = mark("Another file of this plan gets that name.")
_BLOCKED = mark("A file lies where its folder would be.")
_TOO_LONG = mark("Its path would be too long for this system.")
_LONG = mark(
    "Its path would be longer than the {max_path} characters that Windows opens everywhere."
)


class FolderNames:
    """The names below one folder.

    Parameters
    ----------
    to
        Absolute path of the folder; it need not exist.
    number
        A taken name becomes `` (2)``, `` (3)`` … instead of a conflict.
    """

    def __init__(self, to: str, *, number: bool = False) -> None:
        self._number = number
        self._entries: dict[str, dict[str, list[str]]] = {}
        self._folders: dict[tuple[str, ...], tuple[str, str]] = {(): (to, "")}
        self._claimed: set[tuple[str, str]] = set()

    def place(self, parts: tuple[str, ...], source: str = "") -> tuple[str, str, str]:
        """Return ``(path, conflict, doubt)`` for folders and a name; claims the name.

        Parameters
        ----------
        source
            The file that is to get the name; it does not stand in its own way.
        """
        folder, conflict = self._folder(parts[:-1])
        name = parts[-1]
        if not conflict:
            name, conflict = self._claim(folder, name, source)
        path = os.path.join(folder, name)  # noqa: PTH118 - a hundred thousand of them
        if not conflict and len(path) > MAX_PATH:
            if sys.platform == "win32" or len(os.fsencode(path)) > _SYSTEM_MAX_PATH:
                return path, say(_TOO_LONG), ""
            return path, "", say(_LONG, max_path=MAX_PATH)
        return path, conflict, ""

    def _folder(self, parts: tuple[str, ...]) -> tuple[str, str]:
        """Return a folder in the spelling that is there already, and what is in its way."""
        known = self._folders.get(parts)
        if known is not None:
            return known
        parent, conflict = self._folder(parts[:-1])
        entries = self._listing(parent)
        alike = entries.get(fold(parts[-1]), [])
        name = parts[-1] if parts[-1] in alike or not alike else alike[0]
        path = os.path.join(parent, name)  # noqa: PTH118
        if not alike:
            entries[fold(name)] = [name]
            self._entries[path] = {}
        elif path not in self._entries and not os.path.isdir(path):  # noqa: PTH112
            conflict = conflict or say(_BLOCKED)
        self._folders[parts] = path, conflict
        return path, conflict

    def _listing(self, folder: str) -> dict[str, list[str]]:
        found = self._entries.get(folder)
        if found is None:
            found = self._entries[folder] = {}
            try:
                names = os.listdir(folder)  # noqa: PTH208
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                names = []
            for name in names:
                found.setdefault(fold(name), []).append(name)
        return found

    def _claim(self, folder: str, name: str, source: str) -> tuple[str, str]:
        entries = self._listing(folder)
        wanted, n = name, 1
        while True:
            key = fold(name)
            others = entries.get(key)
            if others and source:
                here, own = os.path.split(source)
                others = [] if others == [own] and here == folder else others
            if (folder, key) in self._claimed:
                conflict = say(_TWICE)
            elif others:
                conflict = say(_TAKEN)
            else:
                self._claimed.add((folder, key))
                return name, ""
            if not self._number:
                return name, conflict
            n += 1
            name = numbered(wanted, n)
