"""What kind of file this is, judged by its first bytes as decoders do, not by its name.

Below ``metadata``, which reads the tags of each kind, and ``organize.tags``, which writes them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import BinaryIO


class Container(StrEnum):
    """A kind of file, under the name people know it by."""

    MPEG = "MP3"
    FLAC = "FLAC"
    OGG = "Ogg"
    MP4 = "MP4"
    ASF = "WMA"
    WAV = "WAV"
    AIFF = "AIFF"
    MONKEYS_AUDIO = "Monkey's Audio"
    WAVPACK = "WavPack"
    MUSEPACK = "Musepack"
    TAK = "TAK"
    TTA = "TTA"
    ADTS = "raw AAC"
    AC3 = "AC-3"
    DTS = "DTS"
    AU = "AU"
    TS = "MPEG transport stream"
    WAVE64 = "Wave64"
    RF64 = "RF64"
    CAF = "CAF"
    MATROSKA = "Matroska"
    AVI = "AVI"
    FLV = "Flash video"
    DSD = "DSD"
    UNKNOWN = "unknown"


_MARKS = (
    (b"fLaC", Container.FLAC), (b"OggS", Container.OGG),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), Container.ASF),
    (b"MAC ", Container.MONKEYS_AUDIO), (b"wvpk", Container.WAVPACK), (b"MPCK", Container.MUSEPACK),
    (b"MP+", Container.MUSEPACK), (b"tBaK", Container.TAK), (b"TTA1", Container.TTA),
    (b"TTA2", Container.TTA), (b"\x0b\x77", Container.AC3), (b"\x7f\xfe\x80\x01", Container.DTS),
    (b".snd", Container.AU), (b"riff\x2e\x91\xcf\x11", Container.WAVE64),
    (b"RF64", Container.RF64), (b"BW64", Container.RF64), (b"caff", Container.CAF),
    (b"\x1aE\xdf\xa3", Container.MATROSKA), (b"FLV\x01", Container.FLV), (b"DSD ", Container.DSD),
    (b"FRM8", Container.DSD),
)  # fmt: skip
_FORMS = {
    (b"RIFF", b"WAVE"): Container.WAV, (b"FORM", b"AIFF"): Container.AIFF,
    (b"FORM", b"AIFC"): Container.AIFF, (b"RIFF", b"AVI "): Container.AVI,
}  # fmt: skip
_ATOMS = {b"ftyp", b"moov", b"mdat", b"wide"}
"""What an MP4 file begins with; the last three in QuickTime films from before ``ftyp``."""
_SEARCHED = 1 << 16
"""Bytes behind the tags in which the first frame is looked for, as FFmpeg does."""
_FRAMES = 3


def sniff(file: BinaryIO) -> Container:
    """Return the kind of an open file."""
    start = end_of_id3(file)
    file.seek(start)
    head = file.read(_SEARCHED)
    for mark, found in _MARKS:
        if head.startswith(mark):
            return found
    if head[4:8] in _ATOMS:
        return Container.MP4
    if (form := _FORMS.get((head[:4], head[8:12]))) is not None:
        return form
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return Container.TS
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return Container.MPEG if head[1] & 0x06 else Container.ADTS  # AAC has no layer
    return Container.MPEG if start or _has_frames(head) else Container.UNKNOWN


def end_of_id3(file: BinaryIO) -> int:
    """Return where the ID3v2 tags at the beginning end, by the sizes they name; 0 without any."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 0x7F:
            return at
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        at += 10 + size + 10 * bool(head[5] & 0x10)


# ---------------------------------------------------------------- MPEG frames

_KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _frame_length(head: bytes) -> int:
    """Return the bytes of the frame that begins here, 0 when none does (ISO 11172-3, 2.4.2.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bits, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or bits in {0, 15} or rate == 3:
        return 0
    kbits = _KBITS[1 if version == 3 else 2, layer][bits - 1]
    hertz = _RATES[version][rate]
    if layer == 1:
        return (12_000 * kbits // hertz + padding) * 4
    samples = 72_000 if layer == 3 and version != 3 else 144_000
    return samples * kbits // hertz + padding


def _has_frames(data: bytes) -> bool:
    """Return whether frames of one kind follow each other, behind zeros or a rest of something."""
    at = data.find(b"\xff")
    while at >= 0:
        place, kind = at, data[at + 1 : at + 2]
        for _ in range(_FRAMES):
            length = _frame_length(data[place : place + 4])
            if not length or data[place + 1 : place + 2] != kind:
                break
            place += length
        else:
            return True
        at = data.find(b"\xff", at + 1)
    return False
