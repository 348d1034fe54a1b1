"""What DJ programs keep in the tags of a file, built by hand as their formats are described.

Sources: Jan Holthuis, "serato-tags" (docs/fileformats.md and one page for each tag); "Decoding the
TRAKTOR4 field" (hellricer, 2021); Mixed In Key's entries as mganss' CueGen reads them. rekordbox
keeps cues in its own database and writes key, tempo, rating and comments as standard frames.
"""

from __future__ import annotations

import base64
import json
import struct


def _folded(data: bytes) -> bytes:
    """Return base64 without padding, a line feed behind every 72 characters."""
    text = base64.b64encode(data).rstrip(b"=")
    return b"\n".join(text[at : at + 72] for at in range(0, len(text), 72))


# ---------------------------------------------------------------- Serato


def _entry(name: bytes, data: bytes) -> bytes:
    return name + b"\0" + len(data).to_bytes(4, "big") + data


_MARKERS2 = (
    b"\1\1"
    + _entry(b"COLOR", b"\0\x99\xff\x99")
    + _entry(b"CUE", b"\0\0" + (1500).to_bytes(4, "big") + b"\0\xcc\0\0\0\0Intro\0")
    + _entry(b"LOOP", b"\0\0" + struct.pack(">II", 3000, 7000) + b"\xff" * 8 + b"\0\xaa\xe1\0\0L\0")
    + _entry(b"BPMLOCK", b"\1")
    + b"\0"
)
_EMPTY = b"\x7f" * 10 + b"\0" + b"\x7f" * 5 + b"\0" * 5 + b"\3\0"
SERATO = {
    b"Serato Analysis": b"\2\1",
    b"Serato Autotags": b"\1\1115.00\0-3.257\0000.000\0",
    b"Serato BeatGrid": b"\1\0" + struct.pack(">IffB", 1, 0.029895, 115.0, 0x37),
    b"Serato Markers_": b"\2\5" + struct.pack(">I", 14) + _EMPTY[:22] * 14 + b"\7\x7f\x7f\x7f",
    b"Serato Markers2": b"\1\1" + _folded(_MARKERS2).ljust(468, b"\0"),
    b"Serato Offsets_": b"\1\2" + struct.pack(">IIf", 1, 1152, 44100.0) * 40,
    b"Serato Overview": b"\1\5" + bytes(range(16)) * 240,
}


def _geob(mime: bytes, name: bytes, data: bytes) -> bytes:
    return b"\0" + mime + b"\0\0" + name + b"\0" + data


# ---------------------------------------------------------------- Traktor


def _node(name: bytes, data: bytes, children: int = 0) -> bytes:
    return name[::-1] + struct.pack("<II", len(data), children) + data


def _words(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


_CUE = struct.pack("<I", 1) + _words("AutoGrid") + struct.pack("<iiddii", 0, 4, 29.9, 0.0, -1, 0)
_HEADER = _node(b"HDR ", _node(b"CHKS", b"\x9b\x4d\2\0") + _node(b"FMOD", b"\x17\4\xda\7"), 2)
_DATA = _node(
    b"DATA",
    _node(b"ARTW", b"\xff\xfe\0\xe0" * 9)
    + _node(b"BPMA", struct.pack("<f", 126.0))
    + _node(b"CUEP", struct.pack("<I", 1) + _CUE)
    + _node(b"TRN3", bytes(range(256)) * 4),
    4,
)
TRAKTOR = _node(b"TRMD", _HEADER + _DATA, 2)

# ---------------------------------------------------------------- Mixed In Key

_CUES = [{"name": f"Cue {n}", "time": n * 16000.5} for n in range(1, 9)]
MIXED_IN_KEY = {
    name: base64.b64encode(json.dumps(value, separators=(",", ":")).encode())
    for name, value in {
        b"Key": {"algorithm": 94, "key": "1A", "source": "mixedinkey"},
        b"Energy": {"algorithm": 13, "energyLevel": 6, "source": "mixedinkey"},
        b"CuePoints": {"algorithm": 1, "cues": _CUES, "source": "mixedinkey"},
    }.items()
}

# ---------------------------------------------------------------- in each sort of tag


def id3_frames(program: str) -> list[tuple[bytes, bytes]]:
    """Return the frames of a program in ID3: ``(name in 2.3 and 2.4, data)``."""
    if program == "serato":
        mime = b"application/octet-stream"
        return [(b"GEOB", _geob(mime, name, data)) for name, data in SERATO.items()]
    if program == "traktor":
        return [(b"PRIV", b"TRAKTOR4\0" + TRAKTOR)]
    if program == "mixedinkey":
        mime = b"application/json"
        return [(b"GEOB", _geob(mime, name, data)) for name, data in MIXED_IN_KEY.items()]
    return [
        (b"TKEY", b"\0Abm"), (b"TBPM", b"\x00126"),
        (b"POPM", b"traktor@native-instruments.de\0\xff"),
        (b"COMM", b"\1eng\xff\xfe\0\0\xff\xfe" + "8A – hot".encode("utf-16-le")),
    ]  # fmt: skip


NAMES_22 = {b"GEOB": b"GEO", b"TKEY": b"TKE", b"TBPM": b"TBP", b"POPM": b"POP", b"COMM": b"COM"}
"""2.2 has no name for private data."""


def comments(program: str) -> list[bytes]:
    """Return the lines of a program among Vorbis comments."""
    if program == "serato":
        out = []
        keys = {b"Markers2": b"MARKERS_V2", b"Autotags": b"AUTOGAIN"}
        for name, data in SERATO.items():
            key = keys.get(name[7:], name[7:].upper())
            raw = b"application/octet-stream\0\0" + name + b"\0" + data
            out.append(b"SERATO_" + key + b"=" + _folded(raw))
        return out
    if program == "mixedinkey":
        return [name.upper() + b"=" + data for name, data in MIXED_IN_KEY.items()]
    if program == "traktor":
        return [b"TRAKTOR4=" + base64.b64encode(TRAKTOR)]
    return [b"INITIALKEY=Abm", b"BPM=126", "COMMENT=8A – hot".encode()]


def atom(name: bytes, data: bytes) -> bytes:
    return (len(data) + 8).to_bytes(4, "big") + name + data


def _freeform(mean: bytes, name: bytes, value: bytes) -> bytes:
    head = atom(b"mean", b"\0\0\0\0" + mean) + atom(b"name", b"\0\0\0\0" + name)
    return atom(b"----", head + atom(b"data", b"\0\0\0\1\0\0\0\0" + value))


def atoms(program: str) -> tuple[bytes, bytes]:
    """Return the atoms of a program in MP4: those in ``udta`` itself, and those in its list."""
    if program == "traktor":
        return atom(b"NITR", TRAKTOR), b""
    if program == "serato":
        keys = {b"Markers2": b"markersv2", b"Markers_": b"markers", b"Autotags": b"autgain"}
        out = b""
        for name, data in SERATO.items():
            key = keys.get(name[7:], name[7:].lower())
            raw = b"application/octet-stream\0\0" + name + b"\0" + data
            out += _freeform(b"com.serato.dj", key, _folded(raw))
        return b"", out
    if program == "mixedinkey":
        items = MIXED_IN_KEY.items()
        return b"", b"".join(
            _freeform(b"com.mixedinkey.mixedinkey", n.lower(), data) for n, data in items
        )
    tempo = atom(b"tmpo", atom(b"data", b"\0\0\0\x15\0\0\0\0\0\x7e"))
    return b"", tempo + _freeform(b"com.apple.iTunes", b"initialkey", b"Abm")
