"""Real files of many formats, made here and now, and what can be broken about them.

Run as a module it is the child of ``benchmarks.fuzz``: it reads mutants with the window's reader
and writes a line before and after each, so that whoever started it knows which one it died of.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

SECONDS = 1.5
LONGEST_S = 600.0
"""A mutant may claim to be days of sound; as in the window, somebody would have stopped it."""
MEMORY = 6 << 30

_EXTREME = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def sound(rate: int, channels: int) -> np.ndarray:
    """Notes with a little noise, ``(n, channels)``."""
    t = np.arange(round(SECONDS * rate)) / rate
    notes = 220 * 2 ** ((t * 6).astype(int) % 12 / 12)
    wave = 0.4 * np.sin(2 * np.pi * np.cumsum(notes) / rate)
    noise = 0.01 * np.random.default_rng(1).standard_normal((len(t), channels))
    return (wave[:, None] + noise).astype(np.float32)


def _sndfile(subtype: str, rate: int = 44100, channels: int = 2) -> Callable[[Path], None]:
    return lambda path: soundfile.write(path, sound(rate, channels), rate, subtype=subtype)


def _ffmpeg(
    codec: str, layout: str = "stereo", rate: int = 44100, container: str | None = None, *,
    film: bool = False,
) -> Callable[[Path], None]:  # fmt: skip
    def write(path: Path) -> None:
        with av.open(str(path), "w", format=container) as out:
            picture: Any = out.add_stream("mpeg4", rate=10) if film else None
            stream: Any = out.add_stream(codec, rate=rate, layout=layout)
            stream.bit_rate = 128_000
            if picture is not None:
                picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
                for n in range(round(SECONDS * 10)):
                    grey = np.full((32, 32, 3), 9 * n, np.uint8)
                    out.mux(picture.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
                out.mux(picture.encode())
            wanted = stream.codec_context.codec.audio_formats[-1].name
            fit = av.AudioResampler(wanted, layout, rate)
            wave = sound(rate, 1).T
            for begin in range(0, wave.shape[1], 1024):
                piece = np.ascontiguousarray(wave[:, begin : begin + 1024])
                frame = av.AudioFrame.from_ndarray(piece, "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
                for fitting in fit.resample(frame):
                    out.mux(stream.encode(fitting))
            for fitting in fit.resample(None):
                out.mux(stream.encode(fitting))
            out.mux(stream.encode())

    return write


SEEDS: dict[str, Callable[[Path], None]] = {
    "pcm.wav": _sndfile("PCM_16"),
    "float.wav": _sndfile("FLOAT", 48000, 6),
    "adpcm.wav": _sndfile("MS_ADPCM"),
    "pcm.aiff": _sndfile("PCM_24"),
    "song.flac": _sndfile("PCM_16"),
    "song.mp3": _sndfile("MPEG_LAYER_III"),
    "song.ogg": _sndfile("VORBIS"),
    "pcm.au": _sndfile("PCM_16"),
    "pcm.w64": _sndfile("PCM_16"),
    "pcm.caf": _sndfile("PCM_16"),
    "song.opus": _ffmpeg("libopus", rate=48000),
    "surround.opus": _ffmpeg("libopus", "7.1", 48000),
    "aac.m4a": _ffmpeg("aac"),
    "surround.m4a": _ffmpeg("aac", "7.1", 48000),
    "alac.m4a": _ffmpeg("alac"),
    "raw.aac": _ffmpeg("aac", container="adts"),
    "song.wma": _ffmpeg("wmav2", container="asf"),
    "film.mkv": _ffmpeg("aac", film=True),
    "film.mp4": _ffmpeg("aac", film=True),
    "film.avi": _ffmpeg("mp2", film=True),
    "song.flv": _ffmpeg("aac"),
    "film.ts": _ffmpeg("aac", film=True),
    "song.wv": _ffmpeg("wavpack"),
    "song.tta": _ffmpeg("tta"),
    "song.ac3": _ffmpeg("ac3", "5.1", 48000),
    "song.mp2": _ffmpeg("mp2"),
}
"""File name to how it is written."""


def make_seeds(folder: Path) -> list[Path]:
    """Write one file of each kind."""
    for name, write in SEEDS.items():
        write(folder / name)
    return [folder / name for name in SEEDS]


def mutant(seeds: list[bytes], number: int) -> bytes:
    """Return mutant ``number`` of all seeds in turn; the same one every time."""
    rng = np.random.default_rng(number)
    data = bytearray(seeds[number % len(seeds)])
    for _ in range(int(rng.integers(1, 4))):
        _CHANGES[int(rng.integers(len(_CHANGES)))](data, rng, seeds)
        if len(data) < 16:
            break
    return bytes(data)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Anywhere, but half of the time near the front, where headers are."""
    end = min(len(data), 400) if rng.random() < 0.5 else len(data)
    return int(rng.integers(max(1, end)))


def _flip(data: bytearray, rng: np.random.Generator, _: list[bytes]) -> None:
    for _n in range(int(rng.integers(1, 20))):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def _extreme(data: bytearray, rng: np.random.Generator, _: list[bytes]) -> None:
    at, width = _place(data, rng), int(rng.choice([1, 2, 4, 8]))
    number = _EXTREME[int(rng.integers(len(_EXTREME)))]
    order = "big" if rng.random() < 0.5 else "little"
    data[at : at + width] = (number % (1 << 8 * width)).to_bytes(width, order)


def _noise(data: bytearray, rng: np.random.Generator, _: list[bytes]) -> None:
    at, size = _place(data, rng), int(rng.integers(1, 600))
    data[at : at + size] = rng.bytes(len(data[at : at + size]))


def _cut(data: bytearray, rng: np.random.Generator, _: list[bytes]) -> None:
    del data[_place(data, rng) :]


def _leave_out(data: bytearray, rng: np.random.Generator, _: list[bytes]) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 3000))]


def _repeat(data: bytearray, rng: np.random.Generator, _: list[bytes]) -> None:
    at = _place(data, rng)
    data[at:at] = data[_place(data, rng) :][: int(rng.integers(1, 5000))]


def _splice(data: bytearray, rng: np.random.Generator, seeds: list[bytes]) -> None:
    other = seeds[int(rng.integers(len(seeds)))]
    data[_place(data, rng) :] = other[int(rng.integers(len(other))) :]


def _join(data: bytearray, rng: np.random.Generator, seeds: list[bytes]) -> None:
    data += seeds[int(rng.integers(len(seeds)))]


_CHANGES = (_flip, _flip, _extreme, _extreme, _noise, _cut, _leave_out, _repeat, _splice, _join)


def read(path: Path) -> str:
    """Read ``path`` as the window's player does, jump included; return what came of it."""
    from genredesk.audio.feed import Feed
    from genredesk.core.errors import AudioFileError

    try:
        feed = Feed(path, 22050)
    except AudioFileError:
        return "refused"
    try:
        _run(feed)
        feed.go_to(SECONDS / 2, SECONDS / 4, len)
        _run(feed)
    except AudioFileError:
        return "given up"
    finally:
        feed.close()
    return "complained" if feed.complaint() else "heard"


def _run(feed) -> None:
    while not feed.finished and feed.reached_s < LONGEST_S:
        frames = feed.fetch(len)
        assert frames.ndim == 2, frames.shape
        assert frames.shape[1] == 2, frames.shape


def serve(folder: Path, first: int, behind: int) -> None:
    """Read mutants ``first`` up to ``behind``."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # not on every system
        pass
    seeds = [(folder / name).read_bytes() for name in SEEDS]
    path = folder / "mutant"
    for number in range(first, behind):
        path.write_bytes(mutant(seeds, number))
        print(number, flush=True)
        began = time.perf_counter()
        try:
            outcome = read(path)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            outcome = f"raised {type(error).__name__}: {error}".replace("\n", " ")
        print(number, round(time.perf_counter() - began, 3), outcome, flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
