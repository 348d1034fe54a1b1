"""MP4 (``.m4a``, ``.m4b``): one ``©gen`` atom with a value for each genre; others keep their bytes.

mutagen puts the list of tags into the file and moves the chunk offsets that depend on its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.mp4 import MP4Tags
from mutagen.mp4._atom import Atom, Atoms

from genredesk.library.organize.tagging import Parts, TagError

_GENRES = {b"\xa9gen", b"gnre"}
_LIST = (b"moov", b"udta", b"meta", b"ilst")
_DAMAGED = "its MP4 atoms are damaged"


class _RawTags(MP4Tags):
    """A list of tags that is written as the very bytes it is given."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self._raw = raw

    def items(self) -> Any:
        """Return everything as one piece."""
        return [("raw", self._raw)]

    def _render(self, key: str, value: Any) -> bytes:  # noqa: ARG002
        return value


def _atoms(file: BinaryIO) -> Atoms:
    file.seek(0)
    try:
        return Atoms(file)
    except (MutagenError, EOFError, OSError) as error:
        raise TagError(_DAMAGED) from error


def _tags(file: BinaryIO, atoms: Atoms) -> list[tuple[bytes, bytes]]:
    """Return the atoms of the list of tags: ``(name, raw bytes)``."""
    try:
        found: Atom = atoms.path(*_LIST)[-1]  # pyright: ignore[reportAssignmentType]
    except KeyError:
        return []
    out = []
    for atom in found.children or ():
        file.seek(atom.offset)
        raw = file.read(atom.length)
        if len(raw) < atom.length:
            raise TagError(_DAMAGED)
        out.append((atom.name, raw))
    return out


def save(file: BinaryIO, genres: Sequence[str]) -> None:
    """Write genres into a copy."""
    atoms = _atoms(file)
    if b"moov" not in atoms or any(atom.name == b"moof" for atom in atoms.atoms):
        raise TagError("it is a stream in fragments, whose tags cannot be moved safely")
    old = _tags(file, atoms)
    kept = [raw for name, raw in old if name not in _GENRES]
    if genres:
        place = next((i for i, (name, _) in enumerate(old) if name in _GENRES), len(kept))
        flags = b"\0\0\0\1\0\0\0\0"  # UTF-8, no locale
        values = b"".join(Atom.render(b"data", flags + genre.encode()) for genre in genres)
        kept.insert(place, Atom.render(b"\xa9gen", values))
    try:
        file.seek(0)
        _RawTags(b"".join(kept)).save(file)
    except MutagenError as error:
        raise TagError(_DAMAGED) from error


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre; sound is what lies in ``mdat``."""
    atoms = _atoms(file)
    rest = [(name.decode("latin-1"), raw) for name, raw in _tags(file, atoms)]
    sound = []
    for atom in atoms.atoms:
        if atom.name == b"mdat":
            sound.append((atom.offset + 8, atom.length - 8))
        elif atom.name not in {b"moov", b"free", b"skip"}:
            file.seek(atom.offset)
            rest.append((atom.name.decode("latin-1"), file.read(min(atom.length, size))))
    names = {name.decode("latin-1") for name in _GENRES}
    rest += [(f"offsets {i}", raw) for i, raw in enumerate(_chunks(file, atoms))]
    return Parts(tuple(part for part in rest if part[0] not in names), tuple(sound))


def _chunks(file: BinaryIO, atoms: Atoms) -> list[bytes]:
    """Return the beginning of every chunk of sound that an offset points to."""
    out = []
    for name, width in ((b"stco", 4), (b"co64", 8)):
        for atom in atoms[b"moov"].findall(name, True) if b"moov" in atoms else ():
            file.seek(atom.offset + 12)
            table = file.read(atom.length - 12)
            count = int.from_bytes(table[:4], "big")
            found = bytearray()
            for k in range(count):
                at = 4 + k * width
                file.seek(int.from_bytes(table[at : at + width], "big"))
                found += file.read(16)
            out.append(bytes(found))
    return out
