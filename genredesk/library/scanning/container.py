"""What kind of file this is, judged by its first bytes as decoders do, not by its name.

Below ``metadata``, which reads the tags of each kind, and ``organize.tags``, which writes them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import BinaryIO

from genredesk.audio.decoding import mpeg
from genredesk.audio.decoding.header import end_of_id3


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
    return Container.MPEG if start or mpeg.first_frames(head) else Container.UNKNOWN


def id3v1_start(file: BinaryIO) -> int | None:
    """Return where an ID3v1 tag at the end begins; the header of an APE tag may look like one."""
    size = file.seek(0, 2)
    file.seek(max(size - 131, 0))
    end = file.read(131)
    is_tag = end[-128:-125] == b"TAG" and not end.startswith(b"APETAGEX")
    return size - 128 if is_tag else None
