"""A cover picture becomes a small JPEG; the decoders for pictures are the ones for sound."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError

SIDE = 96
"""Longest side in pixels: twice what a table row shows, for sharp screens."""

_MAX_PIXELS = 40_000_000


def thumbnail(data: bytes, side: int = SIDE) -> bytes | None:
    """Return a JPEG, PNG, WebP or GIF as a JPEG of at most ``side`` pixels; ``None`` if broken."""
    codec = _codec(data)
    if codec is None:
        return None
    try:
        decoder: Any = av.CodecContext.create(codec, "r")
        decoder.options = {"max_pixels": str(_MAX_PIXELS)}
        frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
        if not frames:
            return None
        return _encoded(frames[0], side)
    except (FFmpegError, ValueError, MemoryError, OSError):
        return None


def _codec(data: bytes) -> str | None:
    if data[:2] == b"\xff\xd8":
        return "mjpeg"
    if data[:4] == b"\x89PNG":
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return "gif" if data[:3] == b"GIF" else None


def _encoded(frame: av.VideoFrame, side: int) -> bytes:
    scale = min(1.0, side / max(frame.width, frame.height))
    width, height = (max(2, round(n * scale / 2) * 2) for n in (frame.width, frame.height))
    small = frame.reformat(width, height, "yuvj420p", interpolation="AREA")
    small.pts = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"q:v": "4", "strict": "unofficial"}
    packets = [*encoder.encode(small), *encoder.encode(None)]
    return b"".join(bytes(p) for p in packets)
