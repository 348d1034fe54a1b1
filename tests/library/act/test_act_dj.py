"""Cues, grids, keys and loops of DJ programs are byte for byte the same after tagging and undo."""

# The parameters of a test say what it proves.
# ruff: noqa: PLR0917

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import mutagen
import pytest

from genredesk.core.job import JobContext
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions
from genredesk.library.scanning import metadata

CTX = JobContext()
PROGRAMS = ["serato", "traktor", "mixedinkey", "rekordbox"]
GENRES = [("Jazz",), ("Post-Bop", "Электроника", "x" * 200)]


@pytest.fixture(scope="session")
def dj() -> ModuleType:
    place = Path(__file__).parent.parent / "kit" / "dj_data.py"
    spec = importlib.util.spec_from_file_location("dj_data", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stays(library, tree):
    """Tag a file twice and take it back, and look for the pieces after each step."""

    def proved(
        name: str, data: bytes, pieces: list[bytes], view: Callable[[bytes], bytes] = bytes
    ) -> None:
        assert pieces
        path = library.add(name, data)
        before = tree(library.folder)
        for genres in GENRES:
            library.catalogue.corrections.set(library.ids(), list(genres))
            rows = items.load(library.catalogue, library.ids())
            plan = actions.get("tag_genre").plan(rows, ActionOptions(), CTX)
            outcome = apply.apply(library.catalogue, plan, CTX)
            assert (outcome.done, outcome.left) == (1, ()), plan.steps
            assert metadata.read(path)[0].genres == genres
            in_order(view(path.read_bytes()), pieces)
        for _ in GENRES:
            apply.undo(library.catalogue, None, CTX)
            in_order(view(path.read_bytes()), pieces)
        assert tree(library.folder) == before

    return proved


def in_order(data: bytes, pieces: list[bytes]) -> None:
    at = 0
    for piece in pieces:
        assert data.count(piece) == 1
        found = data.index(piece)
        assert found >= at, "also the order"
        at = found


# ---------------------------------------------------------------- ID3


def frames(odd, dj, program: str, version: int) -> list[bytes]:
    found = dj.id3_frames(program)
    if version == 2:
        found = [(dj.NAMES_22[name], data) for name, data in found if name in dj.NAMES_22]
    return [odd.frame(name, data, version) for name, data in found]


def tag(odd, own: list[bytes], version: int, padding: int) -> bytes:
    """Return a tag whose genre stands between the frames of the program."""
    genre = odd.text(b"TCO" if version == 2 else b"TCON", "House", version)
    return odd.id3(*own[:1], genre, *own[1:], version=version, padding=padding)


@pytest.mark.parametrize("padding", [0, 2048])
@pytest.mark.parametrize(
    ("program", "version"),  # 2.2 has no private frames
    [(p, v) for p in PROGRAMS for v in (2, 3, 4) if (p, v) != ("traktor", 2)],
)
def test_frames_in_mp3(samples, odd, dj, stays, program, version, padding) -> None:
    own = frames(odd, dj, program, version)
    stays("a.mp3", tag(odd, own, version, padding) + samples["mp3_plain"].read_bytes(), own)


@pytest.mark.parametrize("program", PROGRAMS)
def test_frames_in_an_unsynchronised_mp3(samples, odd, dj, stays, program) -> None:
    """Every false sync in the data is written with a zero in it, before and after."""
    own = [unsynchronised(frame) for frame in frames(odd, dj, program, 3)]
    genre = odd.text(b"TCON", "House")
    raw = odd.id3(*own, genre, flags=0x80)
    stays("a.mp3", raw + samples["mp3_plain"].read_bytes(), own)


def unsynchronised(data: bytes) -> bytes:
    out = b""
    for n, byte in enumerate(data):
        out += bytes((byte,))
        following = data[n + 1] if n + 1 < len(data) else 0x41
        if byte == 0xFF and (following >= 0xE0 or following == 0):
            out += b"\0"
    return out


@pytest.mark.parametrize("version", [3, 4], ids=["id3v23", "id3v24"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_frames_in_wav(odd, dj, stays, tmp_path, program, version) -> None:
    own = frames(odd, dj, program, version)
    chunk = odd.chunk(b"id3 ", tag(odd, own, version, 64))
    path = odd.wav(tmp_path / "a.wav", chunk, odd.chunk(b"cue ", struct.pack("<I", 0)))
    stays("a.wav", path.read_bytes(), own)


@pytest.mark.parametrize("version", [3, 4], ids=["id3v23", "id3v24"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_frames_in_aiff(samples, odd, dj, stays, program, version) -> None:
    own = frames(odd, dj, program, version)
    raw = samples["aiff"].read_bytes()
    raw = raw[12 : raw.index(b"ID3 ")]
    body = tag(odd, own, version, 64)
    raw += b"ID3 " + len(body).to_bytes(4, "big") + body + b"\0" * (len(body) % 2)
    stays("a.aiff", b"FORM" + (len(raw) + 4).to_bytes(4, "big") + b"AIFF" + raw, own)


@pytest.mark.parametrize("program", PROGRAMS)
def test_frames_in_tta(encode, odd, dj, stays, tmp_path, program) -> None:
    encode(tmp_path / "a.tta", "tta", "tta")
    own = frames(odd, dj, program, 4)
    stays("a.tta", tag(odd, own, 4, 64) + (tmp_path / "a.tta").read_bytes(), own)


# ---------------------------------------------------------------- Vorbis comments


def flac_with(samples, lines: list[bytes]) -> bytes:
    block = b"\2\0\0\0dj" + len(lines).to_bytes(4, "little")
    block += b"".join(len(line).to_bytes(4, "little") + line for line in lines)
    raw = samples["flac"].read_bytes()
    head = raw[:42] + b"\x84" + len(block).to_bytes(3, "big")
    return head + block + raw[metadata_end(raw) :]


@pytest.mark.parametrize("program", PROGRAMS)
def test_comments_in_flac(samples, dj, stays, program) -> None:
    own = dj.comments(program)
    stays("a.flac", flac_with(samples, [*own[:1], b"genre=House", *own[1:]]), own)


@pytest.mark.parametrize("program", PROGRAMS)
def test_frames_before_flac(samples, odd, dj, stays, program) -> None:
    own = frames(odd, dj, program, 3)
    data = flac_with(samples, [b"genre=House", b"title=T"])
    stays("a.flac", tag(odd, own, 3, 64) + data, own)


def metadata_end(raw: bytes) -> int:
    at = 4
    while True:
        is_last = raw[at] & 0x80
        at += 4 + int.from_bytes(raw[at + 1 : at + 4], "big")
        if is_last:
            return at


@pytest.mark.parametrize("kind", ["ogg_plain", "chain"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_comments_in_ogg_vorbis(samples, odd, dj, stays, tmp_path, program, kind) -> None:
    own = dj.comments(program)
    told = [(*own[:1], b"genre=House", *own[1:])]
    more = [(b"TITLE=second", b"genre=House")] if kind == "chain" else []
    path = odd.links(tmp_path / "a.ogg", *told, *more, source=samples["ogg_plain"])
    stays("a.ogg", path.read_bytes(), own, odd.unpaged)


@pytest.mark.parametrize("kind", ["opus", "ogg_flac"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_comments_in_opus_and_ogg_flac(samples, odd, dj, stays, tmp_path, program, kind) -> None:
    path = tmp_path / samples[kind].name
    path.write_bytes(samples[kind].read_bytes())
    own = dj.comments(program)
    file = mutagen.File(path)
    file.delete()
    file["genre"] = ["House"]
    for line in own:
        key, _, value = line.partition(b"=")
        file[key.decode()] = [value.decode()]
    file.save()
    values = [line.partition(b"=")[2] for line in own]
    stays(path.name, path.read_bytes(), values, odd.unpaged)


# ---------------------------------------------------------------- MP4, APE, ASF


@pytest.mark.parametrize("kind", ["m4a", "m4a_front"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_atoms_in_mp4(samples, dj, stays, program, kind) -> None:
    in_udta, in_list = dj.atoms(program)
    raw = samples[kind].read_bytes()
    data = grown(raw, (b"moov", b"udta", b"meta", b"ilst"), in_list)
    data = grown(data, (b"moov", b"udta"), in_udta)
    stays("a.m4a", data, [piece for piece in (in_list, in_udta) if piece])


def grown(raw: bytes, path: tuple[bytes, ...], more: bytes) -> bytes:
    """Put bytes at the end of an atom; chunk offsets are moved where it stands first."""
    data = bytearray(raw)
    at, end = 0, len(raw)
    for name in path:
        while raw[at + 4 : at + 8] != name:
            at += int.from_bytes(raw[at : at + 4], "big")
            assert at < end
        size = int.from_bytes(raw[at : at + 4], "big")
        data[at : at + 4] = (size + len(more)).to_bytes(4, "big")
        end = at + size
        at += 12 if name == b"meta" else 8
    table = raw.index(b"stco") + 8
    for n in range(int.from_bytes(raw[table : table + 4], "big")):
        place = table + 4 + 4 * n
        offset = int.from_bytes(raw[place : place + 4], "big")
        if offset >= end:
            data[place : place + 4] = (offset + len(more)).to_bytes(4, "big")
    data[end:end] = more
    return bytes(data)


@pytest.mark.parametrize("program", PROGRAMS)
def test_items_in_wavpack(samples, dj, stays, program) -> None:
    """As binary items of APEv2, which is where its taggers put what is no text."""
    own = []
    for n, (name, data) in enumerate(dj.id3_frames(program)):
        key = b"%s %d" % (name, n)
        own.append(struct.pack("<II", len(data), 2) + key + b"\0" + data)
    genre = struct.pack("<II", 5, 0) + b"Genre\0House"
    body = own[0] + genre + b"".join(own[1:])
    facts = (2000, len(body) + 32, len(own) + 1)
    raw = samples["wv_plain"].read_bytes()
    raw = raw[: raw.index(b"APETAGEX")] + struct.pack("<8sIIII8x", b"APETAGEX", *facts, 5 << 29)
    stays("a.wv", raw + body + struct.pack("<8sIIII8x", b"APETAGEX", *facts, 1 << 31), own)


@pytest.mark.parametrize("program", PROGRAMS)
def test_attributes_in_wma(encode, dj, stays, tmp_path, program) -> None:
    """As binary attributes, in the list of descriptions that FFmpeg wrote and in a library."""
    encode(tmp_path / "a.wma", "wmav2", "asf", tags={"genre": "House"})
    raw = bytearray((tmp_path / "a.wma").read_bytes())
    own, library = [], b""
    for n, (name, data) in enumerate(dj.id3_frames(program)):
        key = f"{name.decode()}/{n}\0".encode("utf-16-le")
        own.append(struct.pack("<H", len(key)) + key + struct.pack("<HH", 1, len(data)) + data)
        library += struct.pack("<HHHHI", 0, 0, len(key), 1, len(data)) + key + data
    added = insert(raw, "40a4d0d207e3d21197f000a0c95ea850", 24, len(own), b"".join(own))
    guid = bytes.fromhex("941c23449894d149a1411d134e457054")
    body = struct.pack("<H", len(own)) + library
    whole = guid + (len(body) + 24).to_bytes(8, "little") + body
    at = raw.index(bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365"))
    size = int.from_bytes(raw[at + 16 : at + 24], "little")
    raw[at + 16 : at + 24] = (size + len(whole)).to_bytes(8, "little")
    raw[at + 42 : at + 46] = (size - 46 + len(whole)).to_bytes(4, "little")
    raw[at + size : at + size] = whole
    raw[16:24] = (int.from_bytes(raw[16:24], "little") + added + len(whole)).to_bytes(8, "little")
    stays("a.wma", bytes(raw), [library, *own])


def insert(raw: bytearray, guid: str, head: int, count: int, more: bytes) -> int:
    """Put attributes at the end of an object of ASF; return by how much it grew."""
    at = raw.index(bytes.fromhex(guid))
    size = int.from_bytes(raw[at + 16 : at + 24], "little")
    raw[at + 16 : at + 24] = (size + len(more)).to_bytes(8, "little")
    n = int.from_bytes(raw[at + head : at + head + 2], "little")
    raw[at + head : at + head + 2] = (n + count).to_bytes(2, "little")
    raw[at + size : at + size] = more
    return len(more)
