"""What lies beside music and belongs to it: lyrics, cue sheets, covers.

Used by the actions while they plan a move: it goes along, or it is said that it stays. Looks into
folders and cue sheets, changes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from genredesk.core.messages import mark, say
from genredesk.library.organize import fsops
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import Fingerprint, Step, StepKind
from genredesk.library.scanning.walk import is_music

_COVER = re.compile(
    r"(cover|folder|front|back|album|albumart.*|artwork|booklet|inlay|inside|cd|disc|thumb)"
    r"[ _-]?\d*"
)
_PICTURES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf"))
_RIP = frozenset((".log", ".nfo"))
_CUE_FILE = re.compile(rb'^\s*FILE\s+(?:"([^"\r\n]+)"|(\S+))', re.IGNORECASE | re.MULTILINE)
_CUE_BYTES = 1 << 20
_BELONGS = mark("The music it belongs to needs checking or has a conflict.")


def gone_along(
    steps: Sequence[Step], ends: Mapping[str, str], places: FolderNames, to: str
) -> tuple[list[Step], int]:
    """Return the moves with those of what belongs to the music, and how much of that stays.

    A file of the name of a piece goes with it and gets its new name; covers and the like go when
    all music of their folder goes to one place; so does a cue sheet when every file it names keeps
    its name, else those files become doubtful: their sheet would not find them any more.

    Parameters
    ----------
    steps
        The moves of music.
    ends
        Where each file of the selection lies in the end, also those that have no step.
    places, to
        The names that are free below the folder everything goes to.
    """
    moved = {step.source: index for index, step in enumerate(steps)}
    music = list(steps)
    more: list[Step] = []
    stays = 0
    for folder in dict.fromkeys(os.path.dirname(path) for path in moved):  # noqa: PTH120
        here = _Folder(folder, ends)
        for name, target, owners in here.companions():
            of = [moved[owner] for owner in owners if owner in moved]
            if not of:
                continue
            if target is None:
                stays += 1
                if name.lower().endswith(".cue"):
                    for index in of:
                        music[index] = _doubtful(music[index], name)
                continue
            source = os.path.join(folder, name)  # noqa: PTH118
            if target == source:
                continue
            step = _step(source, target, places, to)
            if step is None:
                stays += 1
            else:
                more.append(_after(step, [music[index] for index in of]))
    return music + more, stays


class _Folder:
    """What lies in a folder that music is moved out of."""

    def __init__(self, folder: str, ends: Mapping[str, str]) -> None:
        self._folder = folder
        self._ends = ends
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208
        except OSError:
            names = []
        self._music = [name for name in names if is_music(os.fsencode(name))]
        self._others = [n for n in names if n not in set(self._music) and not n.startswith(".")]

    def companions(self) -> Iterable[tuple[str, str | None, list[str]]]:
        """Give ``(name, path it gets or None when it stays, music it belongs to)``."""
        for name in self._others:
            stem, ending = os.path.splitext(name)  # noqa: PTH122
            if ending.lower() == ".cue" and (music := self._named_by(name)):
                yield self._cue_sheet(name, music)
            elif own := self._named_like(name, stem):
                end = self._ends.get(self._path(own))
                if end is not None:
                    rest = name[len(own) :] if name.startswith(own) else ending
                    base = end if name.startswith(own) else _stem(end)
                    yield name, base + rest, [self._path(own)]
            elif self._is_of_the_album(stem.lower(), ending.lower()):
                yield name, self._together(self._music, name), self._paths(self._music)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)  # noqa: PTH118

    def _paths(self, names: Iterable[str]) -> list[str]:
        return [self._path(name) for name in names]

    def _named_like(self, name: str, stem: str) -> str:
        """Return the piece a file is named after: ``a.lrc`` or ``a.mp3.asd`` after ``a.mp3``."""
        alike = (m for m in self._music if name.startswith(m + ".") or _stem(m) == stem)
        return next(alike, "")

    @staticmethod
    def _is_of_the_album(stem: str, ending: str) -> bool:
        return ending in _RIP or (ending in _PICTURES and _COVER.fullmatch(stem) is not None)

    def _named_by(self, sheet: str) -> list[str]:
        named = _named_in(self._path(sheet))
        return [name for name in self._music if fsops.fold(name) in named]

    def _cue_sheet(self, name: str, music: Sequence[str]) -> tuple[str, str | None, list[str]]:
        ends = (self._ends.get(self._path(m), m) for m in music)
        kept = [os.path.basename(end) for end in ends] == list(music)  # noqa: PTH119
        return name, self._together(music, name) if kept else None, self._paths(music)

    def _together(self, music: Sequence[str], name: str) -> str | None:
        """Return the path of a file that goes where all this music goes, if that is one place."""
        ends = {os.path.dirname(self._ends.get(path, path)) for path in self._paths(music)}  # noqa: PTH120
        known = all(path in self._ends for path in self._paths(music))
        return os.path.join(ends.pop(), name) if known and len(ends) == 1 else None  # noqa: PTH118


def _stem(path: str) -> str:
    return os.path.splitext(path)[0]  # noqa: PTH122


def _named_in(sheet: str) -> set[str]:
    """Return the names of files in a cue sheet, folded; a sheet that cannot be read names none."""
    try:
        with open(sheet, "rb") as file:  # noqa: PTH123
            data = file.read(_CUE_BYTES)
    except OSError:
        return set()
    names: set[str] = set()
    for quoted, bare in _CUE_FILE.findall(data):
        raw = (quoted or bare).replace(b"\\", b"/").rpartition(b"/")[2]
        names |= {fsops.fold(raw.decode(way, "surrogateescape")) for way in ("utf-8", "latin-1")}
    return names


def _step(source: str, target: str, places: FolderNames, to: str) -> Step | None:
    """Return the move of one file, ``None`` when it is no plain file or its name is taken."""
    now = fsops.look(source)
    if now is None or not fsops.is_plain(now):
        return None
    path, conflict, doubt = places.place(Path(os.path.relpath(target, to)).parts, source)
    if conflict:
        return None
    return Step(StepKind.MOVE, source, path, source, path, Fingerprint.of(now), doubt=doubt)


def _after(step: Step, music: Sequence[Step]) -> Step:
    ready = all(one.ticked for one in music)
    return step if ready else replace(step, doubt=step.doubt or say(_BELONGS))


def _doubtful(step: Step, sheet: str) -> Step:
    why = say("The cue sheet {sheet} names it and would no longer find it there.", sheet=sheet)
    return step if step.doubt else replace(step, doubt=why)
