"""Files become blocks of float32: what the player, the track analysis and the training read.

Everything streams, so a file of three hours costs no more memory than one of three seconds.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from genredesk.audio import endings
from genredesk.audio.decoding.reader import Reader, StreamInfo, no_sound, unreadable
from genredesk.audio.decoding.readers import open_reader
from genredesk.audio.downmix import Downmix
from genredesk.audio.resample import StreamResampler
from genredesk.core.messages import say
from genredesk.core.names import bare, nfc, shown

FloatArray = NDArray[np.float32]
T = TypeVar("T")

_BLOCK = 65536
"""Frames that are decoded at a time."""
_LOUDEST = 1e6
"""Beyond this a sample is garbage: its square would overflow in a spectrum."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file says about itself; ``seconds`` is ``None`` where only decoding would tell."""

    path: Path
    seconds: float | None
    sample_rate: int
    channels: int
    codec: str
    container: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


_CODECS = {
    "mp3": "MP3",
    "mp2": "MP2",
    "vorbis": "Ogg Vorbis",
    "opus": "Opus",
    "flac": "FLAC",
    "aac": "AAC",
    "alac": "Apple Lossless",
    "wmav1": "WMA",
    "wmav2": "WMA",
    "wmapro": "WMA Pro",
    "wmalossless": "WMA Lossless",
    "ac3": "Dolby Digital",
    "eac3": "Dolby Digital Plus",
    "ape": "Monkey's Audio",
    "wavpack": "WavPack",
    "tta": "TTA",
    "mpc7": "Musepack",
    "mpc8": "Musepack",
    "mulaw": "µ-law",
    "pcm_mulaw": "µ-law",
    "alaw": "A-law",
    "pcm_alaw": "A-law",
}
"""Names as people say them, by those of the decoders."""

_LONGEST_TAG = 200
_LENGTHS = {"float": "32-bit float", "double": "64-bit float"}


def codec_name(facts: StreamInfo) -> str:
    """Name a file's codec as people do: ``Ogg Vorbis``, ``MP3``, ``WAV 24-bit``."""
    codec = facts.codec
    if codec in _CODECS:
        return _CODECS[codec]
    if codec in _LENGTHS or codec.startswith("pcm_"):
        box = facts.container.split(",")[0].upper()
        box = box if box in ("WAV", "AIFF", "RF64", "W64", "AU", "CAF") else "PCM"
        bits = re.search(r"\d+", codec)
        length = f"{bits[0]}-bit{' float' if '_f' in codec else ''}" if bits else "8-bit"
        return f"{box} {_LENGTHS.get(codec, length)}"
    return codec.upper().replace("_", " ")


def describe(facts: StreamInfo) -> str:
    """Put a file's format into a few words: ``FLAC · 44.1 kHz · stereo``."""
    return f"{codec_name(facts)} · {rate_and_sides(facts.rate, facts.channels)}"


def rate_and_sides(rate: float, channels: int) -> str:
    """Put a rate in Hz and a number of channels into words: ``44.1 kHz · stereo``."""
    named = {1: say("mono"), 2: say("stereo")}
    sides = named.get(channels) or say("{channels} channels", channels=channels)
    return say("{rate:g} kHz · {sides}", rate=rate / 1000, sides=sides)


def tagged_name(tags: Mapping[str, str]) -> str:
    """Return what the tags call a piece, ``Title – Artist``; empty without a title."""
    title, artist = (
        shown(bare(nfc(" ".join(tags.get(key, "").replace("\0", " ").split()))), _LONGEST_TAG)
        for key in ("title", "artist")
    )
    return f"{title} – {artist}" if title and artist else title


def probe(path: str | Path) -> AudioInfo:
    """Look at a file's header and first frame.

    Raises
    ------
    AudioFileError
        When it cannot be read or holds no sound.
    """
    reader = open_reader(path)
    try:
        facts = reader.facts
        return AudioInfo(
            reader.path,
            facts.seconds,
            facts.rate,
            facts.channels,
            facts.codec,
            facts.container,
            facts.tags,
        )
    finally:
        reader.close()


def clean(block: FloatArray) -> FloatArray:
    """Return ``block`` with NaN and infinities silenced and absurd values limited.

    The usual block is recognised as sound with one pass and returned as it is.
    """
    flat = block.reshape(-1) if block.flags.c_contiguous else block.T.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        energy = float(np.dot(flat, flat))
    if energy < _LOUDEST:  # False for NaN too
        return block
    good = np.where(np.isfinite(block), block, np.float32(0))
    return np.clip(good, -_LOUDEST, _LOUDEST, out=good)


def decode(
    path: str | Path,
    sample_rate: int | None,
    *,
    start_s: float = 0.0,
    block: int = _BLOCK,
    mono: bool = True,
    downmix: Downmix | None = None,
) -> Iterator[FloatArray]:
    """Decode a file block by block.

    Parameters
    ----------
    path
        The file.
    sample_rate
        Rate of the output in Hz; ``None`` keeps the file's own.
    start_s
        Where to begin, in seconds; exact to the sample where the container has an index.
    block
        See :meth:`~genredesk.audio.decoding.reader.Reader.blocks`; at the file's own rate.
    mono
        Blocks are ``(n,)``, what all channels come to; else ``(n, channels)``.
    downmix
        How they come to it; of one's own it can be asked afterwards whether it chose rightly (see
        :func:`listen_through`).

    Raises
    ------
    AudioFileError
        When the file cannot be read or holds no sound. Of a damaged file the good part is given.
    """
    reader = open_reader(path, start_s)
    try:
        chosen = (downmix or Downmix()) if mono else None
        yield from _converted(reader, sample_rate, block, chosen, must_sound=start_s <= 0)
    finally:
        reader.close()


def _converted(
    reader: Reader, sample_rate: int | None, block: int, downmix: Downmix | None, must_sound: bool
) -> Iterator[FloatArray]:
    facts = reader.facts
    mono = downmix is not None
    channels = 1 if mono else facts.channels
    resampler = StreamResampler(facts.rate, sample_rate or facts.rate, channels)
    sound = (clean(raw) for raw in reader.blocks(block))
    for good in sound if downmix is None else downmix.blocks(sound, facts.rate):
        must_sound = False
        out = resampler.push(good[:, 0] if channels == 1 and good.ndim == 2 else good)
        if len(out):
            yield out.reshape(-1, 1) if not mono and out.ndim == 1 else out
    if must_sound:
        raise no_sound(reader.path)
    out = resampler.flush()
    if len(out):
        yield out.reshape(-1, 1) if not mono and out.ndim == 1 else out


def listen_through(
    path: str | Path,
    sample_rate: int,
    use: Callable[[Iterator[FloatArray]], T],
    *,
    block: int = _BLOCK,
) -> T:
    """Return what ``use`` makes of a whole file, given as mono blocks ``(n,)``.

    It is called once more, with the file from its beginning, in the rare case that the end of the
    file tells that its channels were mixed wrongly; see :class:`~genredesk.audio.downmix.Downmix`.

    Raises
    ------
    AudioFileError
        As :func:`decode`.
    """
    downmix = Downmix()
    found = use(decode(path, sample_rate, block=block, downmix=downmix))
    if (revised := downmix.revised) is not None:
        found = use(decode(path, sample_rate, block=block, downmix=revised))
    return found


def load(path: str | Path, sample_rate: int, max_s: float | None = None) -> FloatArray:
    """Return a whole file (or its first ``max_s`` seconds) as mono, shape ``(n,)``.

    Raises
    ------
    AudioFileError
        When it cannot be read or holds no sound.
    """
    return load_tagged(path, sample_rate, max_s)[0]


def load_tagged(
    path: str | Path, sample_rate: int, max_s: float | None = None
) -> tuple[FloatArray, Mapping[str, str]]:
    """Return what :func:`load` returns, and the file's tags.

    Raises
    ------
    AudioFileError
        When it cannot be read or holds no sound.
    """
    limit = None if max_s is None else round(max_s * sample_rate)
    downmix = Downmix()
    sound, tags = _loaded(path, sample_rate, limit, downmix)
    if (revised := downmix.revised) is not None:
        sound, tags = _loaded(path, sample_rate, limit, revised)
    return sound, tags


def _loaded(
    path: str | Path, sample_rate: int, limit: int | None, downmix: Downmix
) -> tuple[FloatArray, Mapping[str, str]]:
    parts: list[FloatArray] = []
    have = 0
    reader = open_reader(path)
    try:
        for part in _converted(reader, sample_rate, _BLOCK, downmix, must_sound=True):
            parts.append(part)
            have += len(part)
            if limit is not None and have >= limit:
                break
    finally:
        reader.close()
    return np.concatenate(parts)[:limit], reader.facts.tags


def find_audio(
    paths: Iterable[str | Path],
    on_problem: Callable[[str], None] | None = None,
    passed: Counter[str] | None = None,
) -> Iterator[Path]:
    """Give the files named by ``paths``, and the sound files in the folders among them.

    Folders are walked lazily, in the order a person would sort them, each only once however many
    links lead to it. Hidden entries and the system's own folders are passed over. A file named
    directly is given whatever it is called, even when it is missing: whoever opens it then says
    what is wrong.

    Parameters
    ----------
    on_problem
        Called with a sentence for every folder that cannot be read.
    passed
        Counts what is passed over in folders, by its ending.
    """
    seen: set[tuple[int, int]] = set()
    for item in paths:
        path = Path(item)
        if path.is_dir():
            yield from _walk(path, seen, on_problem, passed)
        else:
            yield path


def _natural(name: str) -> tuple[list[str | int], str]:
    """Return what sorts names as a person does: ``2`` before ``10``, ``a`` beside ``A``.

    Text and numbers alternate, so that like is compared with like.
    """
    parts = re.split(r"([0-9]+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _walk(
    folder: Path,
    seen: set[tuple[int, int]],
    on_problem: Callable[[str], None] | None,
    passed: Counter[str] | None,
) -> Iterator[Path]:
    waiting = [folder]  # a stack, not recursion: folders may be nested deeper than Python's limit
    while waiting:
        here = waiting.pop()
        try:
            what = here.stat()
            if (what.st_dev, what.st_ino) in seen:
                continue
            seen.add((what.st_dev, what.st_ino))
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda e: _natural(e.name))
        except OSError as error:
            if on_problem is not None:
                on_problem(str(unreadable(here, error)))
            continue
        inside: list[Path] = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                is_folder = entry.is_dir()
            except OSError:  # a link that leads to itself
                continue
            if is_folder:
                if endings.is_walked(entry.name):
                    inside.append(Path(entry.path))
            elif endings.is_audio(entry.name):
                yield Path(entry.path)
            elif passed is not None:
                passed[endings.ending(entry.name)] += 1
        waiting.extend(reversed(inside))
