"""Sound files of every kind, made here and now: no recording has to travel with the code."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile


def melody(seconds: float = 3.0, rate: int = 44100, channels: int = 2) -> np.ndarray:
    """Notes that change four times a second under a slow swell: ``(n, channels)`` float32."""
    t = np.arange(round(seconds * rate)) / rate
    notes = 220 * 2 ** (np.random.default_rng(3).integers(0, 24, int(seconds * 4) + 1) / 12)
    phase = 2 * np.pi * np.cumsum(notes[(t * 4).astype(int)]) / rate
    swell = 0.3 + 0.1 * np.sin(2 * np.pi * 1.7 * t)
    sides = [np.sin(phase * (1 + 0.5 * c)) * swell for c in range(channels)]
    return np.stack(sides, axis=1).astype(np.float32)


_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def write_av(
    path: Path,
    sound: np.ndarray,
    rate: int,
    codec: str,
    *,
    container: str | None = None,
    film: bool = False,
    film_s: float | None = None,
    layout: str = "",
    sample_format: str = "",
    gap: tuple[float, float] = (math.inf, 0.0),
) -> Path:
    """Write ``(n, channels)`` with FFmpeg's ``codec``.

    ``film`` adds a picture track of ``film_s`` seconds; what lies behind the first second of
    ``gap`` is stamped so many seconds later as its second says.
    """
    layout = layout or _LAYOUTS[sound.shape[1]]
    behind_s, later_s = gap

    def stamped(packets: list) -> list:
        for packet in packets:
            if packet.pts * packet.time_base > behind_s:
                packet.pts += int(later_s / packet.time_base)
                packet.dts += int(later_s / packet.time_base)
        return packets

    with av.open(str(path), "w", format=container) as out:
        picture = None
        if film:
            picture = out.add_stream("mpeg4", rate=10)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        stream = out.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = 128_000
        wanted = sample_format or stream.codec_context.codec.audio_formats[0].name
        fit = av.AudioResampler(wanted, layout, rate)
        if picture is not None:
            for n in range(int((film_s or len(sound) / rate) * 10)):
                grey = np.full((48, 64, 3), n % 256, np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                out.mux(picture.encode(frame))
            out.mux(picture.encode())
        for begin in range(0, len(sound), 1024):
            # Packed: PyAV cannot fill eight planes.
            piece = np.ascontiguousarray(sound[begin : begin + 1024]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(piece, "flt", layout)
            frame.sample_rate, frame.pts = rate, begin
            frame.time_base = Fraction(1, rate)
            for fitting in fit.resample(frame):
                out.mux(stamped(stream.encode(fitting)))
        for fitting in fit.resample(None):
            out.mux(stamped(stream.encode(fitting)))
        out.mux(stamped(stream.encode()))
    return path


FORMATS: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "pcm16.wav": lambda p, s: _write_sf(p, s, "PCM_16"),
    "pcm24.wav": lambda p, s: _write_sf(p, s, "PCM_24"),
    "pcm32.wav": lambda p, s: _write_sf(p, s, "PCM_32"),
    "float.wav": lambda p, s: _write_sf(p, s, "FLOAT"),
    "double.wav": lambda p, s: _write_sf(p, s, "DOUBLE"),
    "u8.wav": lambda p, s: _write_sf(p, s, "PCM_U8"),
    "adpcm.wav": lambda p, s: _write_sf(p, s, "MS_ADPCM"),
    "song.aiff": lambda p, s: _write_sf(p, s, "PCM_16"),
    "song.flac": lambda p, s: _write_sf(p, s, "PCM_16"),
    "song24.flac": lambda p, s: _write_sf(p, s, "PCM_24"),
    "song.mp3": lambda p, s: _write_sf(p, s, "MPEG_LAYER_III"),
    "lame.mp3": lambda p, s: write_av(p, s, 44100, "libmp3lame"),
    "song.ogg": lambda p, s: _write_sf(p, s, "VORBIS"),
    "song.opus": lambda p, s: write_av(p, s, 48000, "libopus"),
    "aac.m4a": lambda p, s: write_av(p, s, 44100, "aac"),
    "alac.m4a": lambda p, s: write_av(p, s, 44100, "alac"),
    "raw.aac": lambda p, s: write_av(p, s, 44100, "aac", container="adts"),
    "song.wma": lambda p, s: write_av(p, s, 44100, "wmav2", container="asf"),
    "film.mp4": lambda p, s: write_av(p, s, 44100, "aac", film=True),
    "film.mkv": lambda p, s: write_av(p, s, 48000, "libopus", film=True),
    "film.webm": lambda p, s: write_av(p, s, 48000, "libopus", container="webm"),
    "core.caf": lambda p, s: write_av(p, s, 44100, "pcm_s16le", container="caf"),
}
"""File name to how it is written from 3 s of two-channel sound (at 48 kHz for Opus)."""


def _write_sf(path: Path, sound: np.ndarray, subtype: str) -> Path:
    soundfile.write(path, sound, 44100, subtype=subtype)
    return path


@pytest.fixture(scope="session", params=list(FORMATS))
def any_format(request, tmp_path_factory) -> tuple[Path, np.ndarray, int]:
    """A file of each format, the sound that was put into it, and its rate."""
    name = request.param
    rate = 48000 if name in ("song.opus", "film.mkv", "film.webm") else 44100
    sound = melody(rate=rate)
    return FORMATS[name](tmp_path_factory.mktemp("formats") / name, sound), sound, rate


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Three seconds of stereo FLAC."""
    return _write_sf(tmp_path / "song.flac", melody(), "PCM_16")


def wait(condition: Callable[[], object], seconds: float = 10.0, what: str = "") -> None:
    """Wait until ``condition()`` is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture(name="wait")
def _wait() -> Callable[..., None]:
    return wait


@pytest.fixture(name="melody", scope="session")
def _melody() -> Callable[..., np.ndarray]:
    return melody


@pytest.fixture(name="write_av", scope="session")
def _write_av() -> Callable[..., Path]:
    return write_av
