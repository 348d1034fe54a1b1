"""Two decoders behind one face: libsndfile where it is faster, FFmpeg (PyAV) for the rest.

Which one opens a file is decided by its first bytes, never by its name, so a wrong extension does
no harm. Measured on two-channel 44.1 kHz music: libsndfile is 7-40 % faster for wav, aiff, flac,
mp3 and Vorbis, FFmpeg more than twice as fast for Opus. Where both can, both give the same
samples, so a player may open with one and seek with the other.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import soundfile
from av.error import FFmpegError, InvalidDataError
from numpy.typing import NDArray

from genredesk.core.errors import AudioFileError

FloatArray = NDArray[np.float32]

NO_SOUND = "it holds no sound that can be decoded"
NO_SOUND_FIX = "It may be damaged, copy-protected, or something else under this name."

# Containers FFmpeg may open. Anything else (playlists, network manifests, pictures) could make it
# read other files or the network on behalf of a file the person only dropped on the window.
_CONTAINERS = (
    "mp3,flac,wav,w64,aiff,au,caf,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,aac,ac3,eac3,"
    "avi,ape,wv,tta,mpc,mpc8,dsf,amr,mpegts,mpeg,flv,loas"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}

# Containers without an index: a seek lands near, not at, the time asked for.
_NO_INDEX = {"mp3", "aac", "ac3", "eac3", "mpegts", "mpeg", "loas", "amr"}

_COUNT_BYTES = 50_000_000
"""Up to this size their packets are counted for their length, which takes a tenth of a second."""

_LONGEST_SKIP_S = 1800.0
"""Up to here an inexact container is decoded from its beginning, which takes seconds at most."""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a decoder knows about an open file.

    ``seconds`` is ``None`` where nothing says it, and a guess from the bit rate where ``exact`` is
    false.
    """

    rate: int
    channels: int
    seconds: float | None
    exact: bool
    codec: str
    container: str
    tags: Mapping[str, str] = field(default_factory=dict)


class Reader(Protocol):
    """An open file that is read front to back."""

    path: Path
    facts: StreamInfo

    def blocks(self, frames: int) -> Iterator[FloatArray]:
        """Give blocks of about ``frames`` frames, shape ``(n, channels)``, until the end.

        Raises
        ------
        AudioFileError
            When the rest cannot be decoded; what was good has been given before.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def open_reader(path: str | Path, start_s: float = 0.0) -> Reader:
    """Open ``path`` with the faster decoder that can, at ``start_s`` seconds.

    Raises
    ------
    AudioFileError
        When it is missing, unreadable, empty, or no decoder finds sound in it.
    """
    path = Path(path).absolute()
    head = _head(path)
    # libsndfile is up to a frame off when it seeks near the end of a Vorbis file; FFmpeg is not.
    if _suits_libsndfile(head) and not (start_s > 0 and head[:4] == b"OggS"):
        try:
            return SndfileReader(path, start_s)
        except soundfile.LibsndfileError:
            pass  # damaged or an exotic variant: FFmpeg is more lenient
    return AvReader(path, start_s)


def _head(path: Path) -> bytes:
    try:
        what = path.stat()
        if stat.S_ISDIR(what.st_mode):
            raise AudioFileError(path, "it is a folder, not a file")
        if not stat.S_ISREG(what.st_mode):  # opening a pipe would wait for ever
            raise AudioFileError(path, "it is not a regular file")
        if what.st_size == 0:
            raise AudioFileError(path, "it is empty (0 bytes)", "Copy or download it again.")
        with path.open("rb") as file:
            head = file.read(512)
            if head[:3] == b"ID3":  # tags, maybe with a picture, before the sound; 7 bits a byte
                size = 0
                for byte in head[6:10]:
                    size = size << 7 | byte & 0x7F
                file.seek(10 + size)
                head = file.read(512)
            return head
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> AudioFileError:
    """Put what the operating system says about ``path`` into words."""
    if isinstance(error, FileNotFoundError):
        return AudioFileError(
            path, "it is not there (any more)", "Check that its drive is connected."
        )
    if isinstance(error, PermissionError):
        return AudioFileError(
            path, "you are not allowed to read it", "Change its permissions or copy it elsewhere."
        )
    if isinstance(error, IsADirectoryError):
        return AudioFileError(path, "it is a folder, not a file")
    reason = error.strerror or type(error).__name__
    return AudioFileError(path, f"it cannot be read ({reason})", "Check its drive.")


def _suits_libsndfile(head: bytes) -> bool:
    if head[:4] in (b"RIFF", b"RF64"):
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    if head[:4] == b"OggS":
        return b"vorbis" in head
    if head[:4] == b"fLaC":
        return True
    # Without an index in its first frame libsndfile guesses an mp3's length and stops there.
    is_mp3 = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return is_mp3 and any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))


class SndfileReader:
    """libsndfile; exact length and exact seeking in all its formats."""

    def __init__(self, path: Path, start_s: float = 0.0) -> None:
        self.path = path
        # As bytes, because a name need not be valid Unicode.
        name: Any = path if os.name == "nt" else os.fsencode(path)
        self._file = file = soundfile.SoundFile(name)
        # A broken header may claim that the length is unknown: libsndfile then says 2**63 - 1.
        known = 0 <= file.frames < 2**50
        self.facts = StreamInfo(
            rate=file.samplerate,
            channels=file.channels,
            seconds=file.frames / file.samplerate if known else None,
            exact=known,
            codec=_codec_name(file.format, file.subtype),
            container=file.format.lower(),
            tags={k: v for k, v in file.copy_metadata().items() if k in ("title", "artist")},
        )
        self._position = 0
        self._end = file.frames
        if start_s > 0:
            wanted = round(start_s * file.samplerate)
            self._position = file.seek(min(wanted, file.frames) if known else wanted)

    def blocks(self, frames: int) -> Iterator[FloatArray]:
        """See :class:`Reader`."""
        while self._position < self._end:
            try:
                block: FloatArray = self._file.read(frames, "float32", always_2d=True)  # pyright: ignore[reportAssignmentType]
            except soundfile.LibsndfileError:
                break
            if not len(block):
                break
            self._position += len(block)
            yield block
        else:
            return
        # Damaged. libsndfile gives up, and drops the whole block in which the damage lies; FFmpeg
        # saves what is good in it and goes on behind it.
        with contextlib.suppress(AudioFileError):
            rest = AvReader(self.path, self._position / self.facts.rate)
            try:
                yield from rest.blocks(frames)
            finally:
                rest.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _codec_name(container: str, subtype: str) -> str:
    names = {"MPEG_LAYER_III": "mp3", "VORBIS": "vorbis", "OPUS": "opus", "ULAW": "mulaw"}
    if container == "FLAC":
        return "flac"
    return names.get(subtype, subtype.lower())


class AvReader:
    """FFmpeg; every other format, and the sound of films."""

    def __init__(self, path: Path, start_s: float = 0.0) -> None:
        self.path = path
        try:
            self._container = av.open(str(path), options=_OPTIONS, metadata_errors="replace")
        except OSError as error:
            raise unreadable(path, error) from error
        except (FFmpegError, ValueError) as error:
            raise AudioFileError(path, NO_SOUND, NO_SOUND_FIX) from error
        try:
            self._open(start_s)
        except BaseException:
            self._container.close()
            raise

    def _open(self, start_s: float) -> None:
        if not self._container.streams.audio:
            raise AudioFileError(self.path, "it has no sound track")
        self._stream = stream = self._container.streams.audio[0]
        context = stream.codec_context
        if context is None:
            raise AudioFileError(self.path, "its kind of sound is unknown or copy-protected")
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise AudioFileError(self.path, NO_SOUND, NO_SOUND_FIX)
        self._rate = first.sample_rate
        self._form = (first.sample_rate, first.layout.name, first.format.name)
        self._base = first.time_base
        self._converters: dict[tuple[int, str, str], av.AudioResampler] = {}
        self._first: av.AudioFrame | None = first
        self._skip = 0
        metadata = {
            k.lower(): v for k, v in {**self._container.metadata, **stream.metadata}.items()
        }
        seconds, exact = self._seconds()
        self.facts = StreamInfo(
            rate=first.sample_rate,
            channels=first.layout.nb_channels,
            seconds=seconds,
            exact=exact,
            codec=context.name.removesuffix("float"),
            container=self._container.format.name,
            tags={k: metadata[k] for k in ("title", "artist") if metadata.get(k)},
        )
        if start_s > 0:
            self._go_to(start_s)

    def _seconds(self) -> tuple[float | None, bool]:
        """Return the length and whether it is exact."""
        container, stream = self._container, self._stream
        if container.format.name in _NO_INDEX:
            if container.size > _COUNT_BYTES:
                return container.duration and container.duration / av.time_base, False
            with av.open(str(self.path), options=_OPTIONS, metadata_errors="replace") as again:
                count = again.streams.audio[0]
                ticks = sum(packet.duration or 0 for packet in again.demux(count))
            return float(ticks * (stream.time_base or 0)) or None, True
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base), True
        if container.duration:
            return container.duration / av.time_base, True
        return None, False

    def _go_to(self, start_s: float) -> None:
        """Arrange that reading begins ``start_s`` after the first sample, to the sample."""
        assert self._first is not None  # noqa: S101 - set just before
        wanted = round(start_s * self._rate)
        inexact = self._container.format.name in _NO_INDEX and start_s <= _LONGEST_SKIP_S
        if inexact or self._first.pts is None or self._first.time_base is None:
            self._skip = wanted
            return
        base = self._first.time_base
        origin = self._first.pts
        begin = self._stream.start_time
        if self.facts.codec == "vorbis" and begin is not None and begin <= origin:
            origin = begin  # the first frame only warms the decoder up and is not given
        try:
            # Half a second early: codecs need a run-up before their output is right.
            target = origin + int(max(0.0, start_s - 0.5) / base)
            self._container.seek(target, stream=self._stream, backward=True)
        except FFmpegError:
            self._skip = wanted
            return
        self._frames = self._decoded()
        self._first = next(self._frames, None)
        if self._first is not None and self._first.pts is not None:
            at = round(float((self._first.pts - origin) * base) * self._rate)
            self._skip = max(0, wanted - at)

    def _decoded(self) -> Iterator[av.AudioFrame]:
        """Decode packet by packet; a damaged packet is dropped, the next one goes on."""
        bad = 0
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                    bad = 0
                except InvalidDataError:
                    bad += 1
                    if bad > 100:
                        break
        except OSError as error:
            raise unreadable(self.path, error) from error
        except FFmpegError:  # damaged from here on
            return

    def blocks(self, frames: int) -> Iterator[FloatArray]:
        """See :class:`Reader`."""
        fifo = av.AudioFifo()
        first, self._first = self._first, None
        for frame in _chain(first, self._frames):
            for piece in self._conform(frame):
                piece.pts = None  # the FIFO insists on gapless time stamps; damaged files have gaps
                fifo.write(piece)
            if fifo.samples >= frames + self._skip:
                yield from self._emit(fifo.read(0))
        if fifo.samples:
            yield from self._emit(fifo.read(0, partial=True))

    def _conform(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Give a frame in the form of the first one: spliced streams change their mind."""
        key = (frame.sample_rate, frame.layout.name, frame.format.name)
        if key == self._form:
            return [frame]
        if key not in self._converters:
            rate, layout, sample_format = self._form
            self._converters[key] = av.AudioResampler(sample_format, layout, rate)
        pieces = self._converters[key].resample(frame)
        for piece in pieces:
            piece.time_base = self._base
        return pieces

    def _emit(self, frame: av.AudioFrame | None) -> Iterator[FloatArray]:
        if frame is None:
            return
        block = _as_float(frame)
        if self._skip:
            dropped = min(self._skip, len(block))
            self._skip -= dropped
            block = block[dropped:]
        if len(block):
            yield block

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(AttributeError):
            self._frames.close()  # pyright: ignore[reportAttributeAccessIssue]
        self._container.close()


def _chain(first: av.AudioFrame | None, rest: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    if first is not None:
        yield first
    yield from rest


_SCALE = {"u1": (1 / 128, -1.0), "i2": (1 / 32768, 0.0), "i4": (1 / 2147483648, 0.0)}


def _as_float(frame: av.AudioFrame) -> FloatArray:
    """Return the frame as ``(n, channels)`` in [-1, 1], whatever its sample format."""
    raw = frame.to_ndarray()
    table = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    kind = raw.dtype.str[1:]
    if kind in _SCALE:
        factor, offset = _SCALE[kind]
        return table.astype(np.float32) * np.float32(factor) + np.float32(offset)
    return table.astype(np.float32, copy=False)
