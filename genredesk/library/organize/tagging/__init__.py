"""Genres in each kind of file, changed without touching anything else in it.

One module for each family of tags, and ``around`` for those that may stand around any stream. Each
gives *splices* (what replaces which bytes, offsets and check sums included) and tells the *parts*
of a file, so that ``tags`` can compare everything before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.core.errors import GenreDeskError


class TagError(GenreDeskError):
    """Why a file's tags are left alone, as half a sentence without its end ("they are damaged")."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes ``[start, stop)`` of a file become ``data``."""

    start: int
    stop: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """A file without its genre.

    Parameters
    ----------
    rest
        ``(name, bytes)`` of every other piece of its tags, in the file's order.
    sound
        ``(start, length)`` of everything that is no tag, in the file's order.
    """

    rest: tuple[tuple[str, bytes], ...]
    sound: tuple[tuple[int, int], ...]
