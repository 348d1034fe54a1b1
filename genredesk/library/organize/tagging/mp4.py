"""MP4 and QuickTime (``.m4a``, ``.m4b``, ``.mov``): every tag of ``moov`` that can name a genre.

One ``©gen`` with a value for each genre in iTunes' list; the item of the key ``genre`` in a list
that is named by keys; the texts of QuickTime (``©gen``) and 3GPP (``gnre``) in ``udta`` itself. A
file that has no list gets that of iTunes.
Whatever else there is keeps its bytes; chunk offsets follow where the sound moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from genredesk.core.messages import mark, say
from genredesk.library.organize.tagging import Parts, Splice, TagError
from genredesk.library.scanning import atoms
from genredesk.library.scanning.atoms import Atom

_GENRES = {b"\xa9gen", b"gnre"}
_FREE = {b"free", b"skip"}
_OFFSETS = {b"stco": 4, b"co64": 8}
_TEXT = b"\0\0\0\1\0\0\0\0"
"""UTF-8, no locale."""
_DAMAGED = mark("its MP4 atoms are damaged")
_KEYS = atoms.GENRE_KEYS
_HOLDERS = {b"udta", b"meta", b"ilst", b"trak", b"mdia", b"minf", b"stbl"}


def _render(name: bytes, data: bytes) -> bytes:
    return (len(data) + 8).to_bytes(4, "big") + name + data


_NEW_HANDLER = _render(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0")


def _values(genres: Sequence[str]) -> bytes:
    return b"".join(_render(b"data", _TEXT + genre.encode()) for genre in genres)


# ---------------------------------------------------------------- new bytes for old atoms


@dataclass(frozen=True, slots=True)
class _Moov:
    """The ``moov`` of a file, in memory."""

    data: bytes
    root: Atom

    def inside(self, atom: Atom) -> list[Atom]:
        """Return the atoms in one."""
        return atoms.inside(self.data, atom)

    def raw(self, atom: Atom) -> bytes:
        """Return an atom as it is."""
        return self.data[atom.start : atom.stop]

    def head(self, atom: Atom) -> bytes:
        """Return what stands between an atom's header and the first atom in it."""
        inner = self.inside(atom)
        return self.data[atom.start + atom.head : inner[0].start if inner else atom.stop]

    def tail(self, atom: Atom) -> bytes:
        """Return what stands behind the last atom in one: a closing zero."""
        inner = self.inside(atom)
        return self.data[inner[-1].stop : atom.stop] if inner else b""

    def again(self, atom: Atom, inner: Sequence[bytes]) -> bytes:
        """Return an atom with other atoms in it."""
        return _render(atom.name, self.head(atom) + b"".join(inner) + self.tail(atom))


def _moov(file: BinaryIO, size: int) -> tuple[list[Atom], Atom, _Moov]:
    try:
        found, own, data = atoms.moov(file, size)
    except ValueError as error:
        raise TagError(say(_DAMAGED)) from error
    if any(atom.name == b"moof" for atom in found):
        raise TagError(say("it is a stream in fragments, whose tags cannot be moved safely"))
    return found, own, _Moov(data, Atom(b"moov", 0, own.head, len(data)))


def _new_moov(moov: _Moov, genres: Sequence[str]) -> bytes:
    """Return the ``moov`` with these genres."""
    has_place = False
    out = []
    for atom in moov.inside(moov.root):
        raw = moov.raw(atom)
        if atom.name == b"udta":
            raw, found = _udta(moov, atom, genres)
            has_place = has_place or found
        elif atom.name == b"meta" and atoms.keys(moov.data, atom) is not None:
            raw = _keyed(moov, atom, genres)
            has_place = True
        out.append(raw)
    if not has_place:
        ilst = _render(b"ilst", _itunes(genres))
        meta = _render(b"meta", b"\0\0\0\0" + _NEW_HANDLER + ilst)
        place = next(
            (i for i, atom in enumerate(moov.inside(moov.root)) if atom.name == b"udta"), None
        )
        if place is None:
            out.append(_render(b"udta", meta))
        else:
            raw, atom = out[place], moov.inside(moov.root)[place]
            cut = len(raw) - len(moov.tail(atom))
            out[place] = _render(b"udta", raw[8:cut] + meta + raw[cut:])
    return moov.again(moov.root, out)


def _udta(moov: _Moov, udta: Atom, genres: Sequence[str]) -> tuple[bytes, bool]:
    """Return a ``udta`` with these genres, and whether it has a list that can hold them."""
    out = []
    found = False
    for atom in moov.inside(udta):
        raw = moov.raw(atom)
        if atom.name == b"meta":
            named = atoms.keys(moov.data, atom) is not None
            raw = _keyed(moov, atom, genres) if named else _listed(moov, atom, genres)
            found = True
        elif atom.name in atoms.OWN_GENRES:
            raw = _render(atom.name, atoms.own_genre(moov.data, atom, "; ".join(genres)))
        out.append(raw)
    return moov.again(udta, out), found


def _itunes(genres: Sequence[str]) -> bytes:
    return _render(b"\xa9gen", _values(genres)) if genres else b""


def _listed(moov: _Moov, meta: Atom, genres: Sequence[str]) -> bytes:
    """Return iTunes' list; a ``free`` behind it gives and takes what is possible."""
    inner = moov.inside(meta)
    ilst = next((atom for atom in inner if atom.name == b"ilst"), None)
    out = [moov.raw(atom) for atom in inner]
    if ilst is None:
        return moov.again(meta, [*out, _render(b"ilst", _itunes(genres))])
    items = moov.inside(ilst)
    place = next((i for i, item in enumerate(items) if item.name in _GENRES), len(items))
    kept = [moov.raw(item) if item.name not in _GENRES else b"" for item in items]
    kept.insert(place, _itunes(genres))
    at = inner.index(ilst)
    out[at] = moov.again(ilst, kept)
    grown = len(out[at]) - (ilst.stop - ilst.start)
    for index, atom in enumerate(inner):
        left = atom.stop - atom.start - grown
        if grown and atom.name in _FREE and atom.head == 8 and (left >= 8 or not left):
            out[index] = _render(atom.name, b"\0" * (left - 8)) if left else b""
            break
    return moov.again(meta, out)


def _keyed(moov: _Moov, meta: Atom, genres: Sequence[str]) -> bytes:
    """Return a list that is named by keys; the key is added where it is missing."""
    names = atoms.keys(moov.data, meta) or []
    wanted = {i for i, name in enumerate(names, 1) if name.lower() in _KEYS}
    inner = moov.inside(meta)
    ilst = next((atom for atom in inner if atom.name == b"ilst"), None)
    if ilst is None:
        raise TagError(say(_DAMAGED))
    out = {atom: moov.raw(atom) for atom in inner}
    number = min(wanted, default=0)
    if not number:
        number = len(names) + 1
        table = next(atom for atom in inner if atom.name == b"keys")
        raw = moov.data[table.start + table.head : table.stop]
        entry = (8 + len(b"genre")).to_bytes(4, "big") + b"mdtagenre"
        out[table] = _render(b"keys", raw[:4] + number.to_bytes(4, "big") + raw[8:] + entry)
    item = _render(number.to_bytes(4, "big"), _values(genres)) if genres else b""
    items = moov.inside(ilst)
    is_own = [int.from_bytes(i.name, "big") in wanted or i.name in _GENRES for i in items]
    kept = [b"" if own else moov.raw(i) for i, own in zip(items, is_own, strict=True)]
    kept.insert(is_own.index(True) if True in is_own else len(items), item)
    out[ilst] = moov.again(ilst, kept)
    return moov.again(meta, list(out.values()))


# ---------------------------------------------------------------- the file


def splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes: ``moov``, and free room behind it if that is enough."""
    found, own, moov = _moov(file, size)
    try:
        data = _new_moov(moov, genres)
    except ValueError as error:
        raise TagError(say(_DAMAGED)) from error
    grown = len(data) - len(moov.data)
    after = next((atom for atom in found if atom.start == own.stop), None)
    if grown and after and after.name in _FREE and after.head == 8:
        left = after.stop - after.start - grown
        if left >= 8:
            free = _render(after.name, b"\0" * (left - 8))
            return [Splice(own.start, own.stop, data), Splice(after.start, after.stop, free)]
    if grown and any(atom.name != b"moov" and atom.start > own.start for atom in found):
        data = _shifted(data, own.stop, grown)
    return [Splice(own.start, own.stop, data)]


def _shifted(data: bytes, behind: int, by: int) -> bytes:
    """Return a ``moov`` whose offsets that point behind a place point further."""
    root = atoms.header(data[:16], 0, len(data))
    out = bytearray(data)
    for atom in _walk(data, root):
        if atom.name in {b"saio", b"iloc"}:
            raise TagError(say("it names places in the file that cannot be moved safely"))
        width = _OFFSETS.get(atom.name)
        if width is None:
            continue
        for at, place in _offsets(data, atom, width):
            if place >= behind:
                if place + by >= 1 << (8 * width):
                    raise TagError(say("it would become larger than its offsets can say"))
                out[at : at + width] = (place + by).to_bytes(width, "big")
    return bytes(out)


def _walk(data: bytes, atom: Atom) -> Iterator[Atom]:
    for inner in atoms.inside(data, atom):
        yield inner
        if inner.name in _HOLDERS - {b"ilst"}:
            yield from _walk(data, inner)


def _offsets(data: bytes, atom: Atom, width: int) -> Iterator[tuple[int, int]]:
    start = atom.start + atom.head
    count = int.from_bytes(data[start + 4 : start + 8], "big")
    if start + 8 + count * width > atom.stop:
        raise TagError(say(_DAMAGED))
    for at in range(start + 8, start + 8 + count * width, width):
        yield at, int.from_bytes(data[at : at + width], "big")


def parts(file: BinaryIO, size: int) -> Parts:
    """Return the file without its genre; sound is what lies outside of ``moov``."""
    found, _, moov = _moov(file, size)
    try:
        rest = list(_rest(moov, moov.root))
        rest += [(f"offsets {i}", raw) for i, raw in enumerate(_chunks(file, moov))]
    except ValueError as error:
        raise TagError(say(_DAMAGED)) from error
    names = {b"moov", *_FREE}
    sound = [(a.start, a.stop - a.start) for a in found if a.name not in names]
    end = found[-1].stop
    return Parts(tuple(rest), (*sound, (end, size - end)))


def _rest(moov: _Moov, holder: Atom, keys: Sequence[bytes] = ()) -> Iterator[tuple[str, bytes]]:
    """Give every piece of a ``moov`` but genres, free room and chunk offsets.

    ``keys``: what the items of a list are called, where their names are numbers.
    """
    own = {n.to_bytes(4, "big") for n, key in enumerate(keys, 1) if key.lower() in _KEYS}
    left_out = _GENRES | _FREE | _OFFSETS.keys() | own
    if holder.name == b"meta":
        keys = atoms.keys(moov.data, holder) or ()
    for atom in moov.inside(holder):
        if atom.name in _HOLDERS:
            yield from _rest(moov, atom, keys if atom.name == b"ilst" else ())
        elif atom.name == b"keys":
            yield from (("key", key) for key in keys if key.lower() not in _KEYS)
        elif atom.name not in left_out and moov.raw(atom) != _NEW_HANDLER:
            yield (atom.name.decode("latin-1"), moov.raw(atom))


def _chunks(file: BinaryIO, moov: _Moov) -> Iterator[bytes]:
    """Give the beginning of every chunk of sound that an offset points to."""
    for atom in _walk(moov.data, moov.root):
        if (width := _OFFSETS.get(atom.name)) is not None:
            found = bytearray()
            for _, place in _offsets(moov.data, atom, width):
                file.seek(place)
                found += file.read(16)
            yield bytes(found)
