"""Where a file belongs: a path template filled with what is known, safe on every system.

Used by the actions that move and copy. Pure functions: nothing here looks at a disk.
"""

from __future__ import annotations

import functools
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from genredesk.core.messages import say
from genredesk.library.organize.plan import Item, PlanError

DEFAULT = "{genre}/{artist}/{album}/{track:02} {title}"
MAX_COMPONENT = 255
"""Bytes (UTF-8) of one name: ext4, APFS, NTFS (there in UTF-16 units, which are never more)."""
MAX_PATH = 259
"""Characters of a whole path on Windows without long paths (260 with the closing zero)."""

_FIELDS: dict[str, Callable[[Item], str]] = {
    "genre": lambda item: item.genres[0] if item.genres else "Unknown Genre",
    "genres": lambda item: ", ".join(item.genres) or "Unknown Genre",
    "artist": lambda item: item.artist or item.album_artist or "Unknown Artist",
    "album_artist": lambda item: item.album_artist or item.artist or "Unknown Artist",
    "album": lambda item: item.album or "Unknown Album",
    "title": lambda item: item.title or _split(item.path)[0],
    "name": lambda item: _split(item.path)[0],
    "heard": lambda item: item.heard or "Unknown Genre",
    "tag": lambda item: item.tag_genres[0] if item.tag_genres else "Unknown Genre",
}
_NUMBERS: dict[str, Callable[[Item], int]] = {
    "track": lambda item: item.track_no,
    "disc": lambda item: item.disc_no,
    "year": lambda item: item.year,
}
_PART = re.compile(r"\{(\w+)(?::0?(\d))?\}|\{|\}")
_FORBIDDEN = {ord(c): "_" for c in '<>:"/\\|?*'} | dict.fromkeys((*range(32), 127), "")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in (*"0123456789", "¹", "²", "³")]
)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    width: int


_Component = tuple[str | _Field, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was understood; ``components`` are the folders and the file's name."""

    text: str
    components: tuple[_Component, ...]

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields it uses."""
        return frozenset(p.name for c in self.components for p in c if isinstance(p, _Field))


def fields() -> tuple[str, ...]:
    """Return the names a template may use."""
    return (*_FIELDS, *_NUMBERS)


def parse(text: str) -> Template:
    """Read a template such as ``{genre}/{artist}/{track:02} {title}``.

    Raises
    ------
    PlanError
        When it is empty, leaves its folder, or names a field that does not exist.
    """
    parts = text.strip().replace("\\", "/").split("/")
    if not any(parts) or not parts[-1].strip():
        raise PlanError(
            say(
                "The template '{text}' names no file: end it with a name like {{title}}.", text=text
            )
        )
    if parts[0] == "" or any(part.strip() in {"", ".", ".."} for part in parts):
        raise PlanError(
            say(
                "The template '{text}' must stay inside its folder: no '/' at its beginning, no "
                "empty parts and no '..'.",
                text=text,
            )
        )
    return Template(text, tuple(_component(part, text) for part in parts))


def _component(part: str, text: str) -> _Component:
    pieces: list[str | _Field] = []
    end = 0
    for match in _PART.finditer(part):
        if match.start() > end:
            pieces.append(part[end : match.start()])
        end = match.end()
        name = match[1]
        if name is None:
            raise PlanError(
                say("The template '{text}' has a brace without its partner.", text=text)
            )
        if name not in _FIELDS and name not in _NUMBERS:
            known = ", ".join(fields())
            raise PlanError(
                say("Unknown field {{{name}}}. There are: {known}.", name=name, known=known)
            )
        if match[2] and name not in _NUMBERS:
            raise PlanError(
                say(
                    "The template '{text}' gives '{name}' a width, which numbers have.",
                    text=text,
                    name=name,
                )
            )
        pieces.append(_Field(name, int(match[2] or 0)))
    if end < len(part):
        pieces.append(part[end:])
    return tuple(pieces)


def render(template: Template, item: Item) -> tuple[str, ...]:
    """Return folders and file name (with the file's own ending) for an item.

    A missing text becomes "Unknown …", a missing number disappears together with the blanks and
    dashes around it.
    """
    folders = [clean(_fill(part, item)) for part in template.components[:-1]]
    ending = _split(item.path)[1]
    name = clean(_fill(template.components[-1], item), ending)
    return (*folders, name)


def _split(path: str) -> tuple[str, str]:
    """Return a file's name and its ending; plain functions, for there may be 100,000 of them."""
    return os.path.splitext(os.path.basename(path))  # noqa: PTH119, PTH122


def _fill(component: _Component, item: Item) -> str:
    out = ""
    swallow = False
    for piece in component:
        if isinstance(piece, str):
            out += piece.lstrip(" .-_") if swallow else piece
            swallow = False
        elif (number := _NUMBERS.get(piece.name)) is not None:
            value = number(item)
            if value > 0:
                out += f"{value:0{piece.width}d}"
            else:
                out = out.rstrip(" .-_") + (" " if out.strip(" .-_") else "")
                swallow = True
        else:
            out += _FIELDS[piece.name](item)
            swallow = False
    return out


@functools.lru_cache(maxsize=65536)
def clean(name: str, ending: str = "") -> str:
    """Return a name every system takes: no reserved characters or names, not too long, NFC.

    Parameters
    ----------
    ending
        Kept at the end whatever happens (".flac").
    """
    if name.isascii():
        text = name.translate(_FORBIDDEN)
    else:
        text = unicodedata.normalize("NFC", name).translate(_FORBIDDEN)
        # Bytes that are no text (kept as lone surrogates) and what only steers the display.
        text = "".join("_" if "\ud800" <= c <= "\udfff" else c for c in text if _visible(c))
    ending = "".join(
        "_" if ord(c) in _FORBIDDEN or "\ud800" <= c <= "\udfff" else c for c in ending
    )
    text = " ".join(text.split()) or "_"
    if text[0] == ".":
        text = "_" + text.lstrip(". ")  # a hidden file would be passed over by the next scan
    text = _shorten(text, MAX_COMPONENT - len(ending.encode()))
    if not ending:
        text = text.rstrip(". ") or "_"
    if text.partition(".")[0].rstrip().casefold() in _DEVICES:
        text = "_" + text
    return text + ending


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf"} or char in "\u200c\u200d"


def _shorten(text: str, limit: int) -> str:
    """Cut to ``limit`` bytes of UTF-8, never inside a character."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: max(limit, 1)].decode(errors="ignore").rstrip() or "_"


def numbered(name: str, n: int) -> str:
    """Return ``name`` with `` (n)`` before its ending, still short enough."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem:
        stem, ending = name, ""
    else:
        ending = "." + ending
    mark = f" ({n})"
    return _shorten(stem, MAX_COMPONENT - len((mark + ending).encode())) + mark + ending
