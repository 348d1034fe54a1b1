"""Two decoders behind one face: libsndfile where it is faster, FFmpeg (PyAV) for the rest.

Which one opens a file is decided by its first bytes, never by its name, so a wrong extension does
no harm. Measured on two-channel 44.1 kHz music: libsndfile is 7-40 % faster for wav, aiff, flac,
mp3 and Vorbis, FFmpeg more than twice as fast for Opus. Where both can, both give the same
samples, so a player may open with one and seek with the other.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import soundfile
from av.error import FFmpegError
from numpy.typing import NDArray

from genredesk.audio import header
from genredesk.audio.frames import STILL_S, Clock, Fit, Run, adts_seconds, forget_places, main_track
from genredesk.audio.header import Part
from genredesk.core.errors import AudioFileError
from genredesk.core.names import no_path

FloatArray = NDArray[np.float32]

log = logging.getLogger(__name__)

NO_SOUND = "it holds no sound that can be decoded"
NO_SOUND_FIX = "It may be damaged, copy-protected, or something else under this name."

# Containers FFmpeg may open. Anything else (playlists, network manifests, pictures) could make it
# read other files or the network on behalf of a file the person only dropped on the window.
_CONTAINERS = (
    "mp3,flac,wav,w64,aiff,au,caf,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,aac,ac3,eac3,"
    "avi,ape,wv,tta,tak,mpc,mpc8,dsf,iff,amr,mpegts,mpeg,flv,loas,dts,dtshd,oma,rm,voc"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}

# Containers without an index: a seek lands near, not at, the time asked for.
_NO_INDEX = {"mp3", "aac", "ac3", "eac3", "mpegts", "mpeg", "loas", "amr", "dts"}

# Containers that tell how long the whole is, picture and all, not how long its sound is.
_NO_LENGTH = {"matroska,webm", "asf", "flv"}

_COUNT_BYTES = 50_000_000
"""Up to this size their packets are counted for their length, which takes a tenth of a second."""

RATES = 1000, 3_000_000
"""Sample rates in Hz that sound can have; what DSD512 is decoded to is the highest."""

_MOST_CHANNELS = 1024
"""libsndfile's own limit; a header that claims more is damaged."""

_LONGEST_GAP_S = 3600.0
"""So much silence at most is put where sound is missing; a damaged time stamp may say years."""

_LONGEST_JUMP_S = 10.0
"""The same where pieces that count anew may follow one another, as in what was broadcast."""

_BAD_PACKETS = 100
"""After so many in a row the rest of a file is given up."""

_RUN_UP_S = 0.5
"""A jump lands so much early: codecs need a run-up before their output is right."""

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


class Reader:
    """An open file that is read front to back; the kinds of decoders add how."""

    path: Path
    facts: StreamInfo

    def blocks(self, frames: int) -> Iterator[FloatArray]:
        """Give blocks of about ``frames`` frames, shape ``(n, channels)``, until the end.

        Of more than two channels blocks are shorter: never more numbers than of stereo.

        Raises
        ------
        AudioFileError
            When the rest cannot be decoded; what was good has been given before.
        """
        with _its_problem(self.path):
            yield from self._blocks(max(1, frames * 2 // max(2, self.facts.channels)))

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""
        raise NotImplementedError


@contextlib.contextmanager
def _its_problem(path: Path) -> Iterator[None]:
    """Make whatever a decoder raises an error of this file: decoders have defects, too."""
    try:
        yield
    except AudioFileError:
        raise
    except MemoryError as error:
        reason = "it needs more memory than there is"
        raise AudioFileError(path, reason, "It may be damaged.") from error
    except Exception as error:
        log.info("Decoding %s failed", path, exc_info=True)
        raise AudioFileError(path, NO_SOUND, NO_SOUND_FIX) from error


def open_reader(path: str | Path, start_s: float = 0.0) -> Reader:
    """Open ``path`` with the faster decoder that can, at ``start_s`` seconds.

    Raises
    ------
    AudioFileError
        When it is missing, unreadable, empty, or no decoder finds sound in it.
    """
    path = Path(path).absolute()
    parts = _looked_at(path)
    with _its_problem(path):
        if len(parts) > 1:
            return JoinedReader(parts, start_s)
        return _open_part(parts[0], start_s)


def _open_part(part: Part, start_s: float) -> Reader:
    reader = _with_sndfile(part, start_s) or AvReader(part, start_s)
    try:
        _check(reader)
    except AudioFileError:
        reader.close()
        raise
    return reader


def _with_sndfile(part: Part, start_s: float) -> Reader | None:
    # libsndfile is up to a frame off when it seeks near the end of a Vorbis file; FFmpeg is not.
    if not part.sndfile or (start_s > 0 and part.ogg):
        return None
    try:
        reader = SndfileReader(part, start_s)
    except soundfile.LibsndfileError:
        return None  # damaged or an exotic variant: FFmpeg is more lenient
    if reader.facts.seconds != 0:
        return reader
    reader.close()
    return None


def _check(reader: Reader) -> None:
    """Refuse what no music has, before anybody allots memory for it."""
    facts = reader.facts
    if not RATES[0] <= facts.rate <= RATES[1]:
        reason = f"it claims a sample rate of {facts.rate:,} Hz, which no music has"
    elif not 0 < facts.channels <= _MOST_CHANNELS:
        reason = f"it claims to have {facts.channels:,} channels"
    else:
        return
    raise AudioFileError(reader.path, reason, "Its header is damaged; export it again.")


def _looked_at(path: Path) -> list[Part]:
    try:
        what = path.stat()
        if stat.S_ISDIR(what.st_mode):
            raise AudioFileError(path, "it is a folder, not a file")
        if not stat.S_ISREG(what.st_mode):  # opening a pipe would wait for ever
            raise AudioFileError(path, "it is not a regular file")
        if what.st_size == 0:
            raise AudioFileError(path, "it is empty (0 bytes)", "Copy or download it again.")
        parts = header.look(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if parts[0].empty:
        raise AudioFileError(path, NO_SOUND, NO_SOUND_FIX)
    return parts


def unreadable(path: Path, error: OSError) -> AudioFileError:
    """Put what the operating system says about ``path`` into words."""
    if isinstance(error, FileNotFoundError):
        reason, fix = no_path(path)
        if reason:
            return AudioFileError(path, reason, fix)
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


class SndfileReader(Reader):
    """libsndfile; exact length and exact seeking in all its formats."""

    def __init__(self, part: Part, start_s: float = 0.0) -> None:
        self._part, self.path = part, part.path
        self._raw = raw = part.opened()
        name: Any = raw
        if isinstance(raw, str) and os.name != "nt":
            name = os.fsencode(raw)  # a name need not be valid Unicode
        try:
            self._file = file = soundfile.SoundFile(name)
        except soundfile.LibsndfileError:
            _close(raw)
            raise
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

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
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
            rest = AvReader(self._part, self._position / self.facts.rate)
            rest.facts = self.facts  # it fits what it gives to these
            try:
                yield from rest.blocks(frames)
            finally:
                rest.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        _close(self._raw)


def _close(opened: str | BinaryIO) -> None:
    if not isinstance(opened, str):
        opened.close()


def _codec_name(container: str, subtype: str) -> str:
    names = {"MPEG_LAYER_III": "mp3", "VORBIS": "vorbis", "OPUS": "opus", "ULAW": "mulaw"}
    if container == "FLAC":
        return "flac"
    return names.get(subtype, subtype.lower())


class JoinedReader(Reader):
    """Recordings that follow one another in one file, each read as if it were alone.

    What the first one is like is what all are given as.
    """

    def __init__(self, parts: list[Part], start_s: float) -> None:
        self.path = parts[0].path
        self._parts: list[tuple[Part, float]] = []
        first: StreamInfo | None = None
        for part in parts:
            try:
                reader = _open_part(part, 0.0)
            except AudioFileError:
                continue  # damaged; the others are not
            reader.close()
            first = first or reader.facts
            self._parts.append((part, reader.facts.seconds or 0.0))
        if first is None:
            raise AudioFileError(self.path, NO_SOUND, NO_SOUND_FIX)
        self.facts = replace(first, seconds=sum(seconds for _, seconds in self._parts))
        self._start_s = start_s
        self._reader: Reader | None = None

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
        start_s = self._start_s
        for part, seconds in self._parts:
            if start_s >= seconds:
                start_s -= seconds
                continue
            self._reader = _open_part(part, start_s)
            start_s = 0.0
            facts = self._reader.facts
            fit = Fit(facts.rate, self.facts.rate, self.facts.channels)
            for block in self._reader.blocks(frames):
                yield from fit.push(block)
            yield from fit.flush()
            self._reader.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            self._reader.close()


class AvReader(Reader):
    """FFmpeg; every other format, and the sound of films."""

    def __init__(self, part: Part, start_s: float = 0.0) -> None:
        self._part, self.path = part, part.path
        self._container = self._opened()
        try:
            with _its_problem(self.path):
                self._open(start_s)
        except BaseException:
            self.close()
            raise

    def _opened(self) -> Any:
        try:
            return av.open(self._part.opened(), options=_OPTIONS, metadata_errors="replace")
        except OSError as error:
            raise unreadable(self.path, error) from error
        except (FFmpegError, ValueError) as error:
            raise AudioFileError(self.path, NO_SOUND, NO_SOUND_FIX) from error

    def _open(self, start_s: float) -> None:
        if not self._container.streams.audio:
            raise AudioFileError(self.path, "it has no sound track")
        self._stream = stream = main_track(self._container)
        if stream is None:
            raise AudioFileError(self.path, "its kind of sound is unknown or copy-protected")
        forget_places(stream.codec_context)
        self._tick = float(stream.time_base or 0)
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise AudioFileError(self.path, NO_SOUND, NO_SOUND_FIX)
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
            codec=stream.codec_context.name.removesuffix("float"),
            container=self._container.format.name,
            tags={k: metadata[k] for k in ("title", "artist") if metadata.get(k)},
        )
        if start_s > 0:
            self._go_to(start_s)

    @property
    def _no_index(self) -> bool:
        return self._container.format.name in _NO_INDEX

    def _seconds(self) -> tuple[float | None, bool]:
        """Return the length and whether it is exact."""
        container, stream = self._container, self._stream
        whole = container.duration / av.time_base if container.duration else None
        alone = len(container.streams) == 1
        if not self._no_index and (alone or container.format.name not in _NO_LENGTH):
            own = (stream.duration or 0) * self._tick
            return (own, True) if own else (whole, whole is not None)
        if container.size > _COUNT_BYTES:
            return whole, False
        clock = self._clock(stream.start_time)
        adts = container.format.name == "aac"  # its packets are all timed by the first one's rate
        with self._opened() as again:
            for packet in again.demux(again.streams[stream.index]):
                if packet.size and adts:
                    clock.gap(None, adts_seconds(packet))
                elif packet.size:
                    clock.gap(packet.pts, (packet.duration or 0) * self._tick)
        return clock.passed or None, True

    def _clock(self, start: int | None = None) -> Clock:
        return Clock(self._tick, start, _LONGEST_JUMP_S if self._no_index else _LONGEST_GAP_S)

    def _go_to(self, start_s: float) -> None:
        """Arrange that reading begins ``start_s`` after the first sample, to the sample."""
        assert self._first is not None  # noqa: S101 - set just before
        rate = self.facts.rate
        wanted = round(start_s * rate)
        self._skip = wanted
        inexact = self._no_index and start_s <= _LONGEST_SKIP_S
        if inexact or self._first.pts is None or not self._tick:
            return
        origin = self._first.pts
        begin = self._stream.start_time
        if self.facts.codec == "vorbis" and begin is not None and begin <= origin:
            origin = begin  # the first frame only warms the decoder up and is not given
        if start_s > _RUN_UP_S:
            target = origin + int((start_s - _RUN_UP_S) / self._tick)
            try:
                self._container.seek(target, stream=self._stream, backward=True)
            except FFmpegError:
                return
            self._frames = self._decoded()
            self._first = next(self._frames, None)
        if self._first is not None and self._first.pts is not None:
            self._skip = wanted - round((self._first.pts - origin) * self._tick * rate)

    def _decoded(self) -> Iterator[av.AudioFrame]:
        """Decode packet by packet; a damaged packet is dropped, the next one goes on."""
        bad = 0
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                    bad = 0
                except FFmpegError:
                    bad += 1
                    if bad > _BAD_PACKETS:
                        break
        except OSError as error:
            raise unreadable(self.path, error) from error
        except FFmpegError:  # damaged from here on
            return

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
        if -self._skip > STILL_S * self.facts.rate:  # there is no sound where it is to begin
            yield from self._silence(-self._skip, frames)
        for block in self._pieces(frames):
            rest = block
            if self._skip > 0:
                rest = block[self._skip :]
                self._skip -= len(block) - len(rest)
            if len(rest):
                yield rest

    def _pieces(self, frames: int) -> Iterator[FloatArray]:
        """Gather what is decoded into blocks of one form, with silence where sound is missing."""
        clock, form = self._clock(), None
        run: Run | None = None
        for frame in itertools.chain([self._first] if self._first else [], self._frames):
            self._first = None
            if not (RATES[0] <= frame.sample_rate <= RATES[1] and frame.layout.nb_channels):
                continue  # damaged
            gap = clock.gap(frame.pts, frame.samples / frame.sample_rate)
            now = frame.sample_rate, frame.layout.nb_channels, frame.format.name
            if run is None or gap or now != form:
                if run is not None:
                    yield from run.end()
                yield from self._silence(round(gap * self.facts.rate), frames)
                run, form = Run(frame, self.facts.rate, self.facts.channels), now
            yield from run.add(frame, frames)
        if run is not None:
            yield from run.end()

    def _silence(self, samples: int, frames: int) -> Iterator[FloatArray]:
        for at in range(0, samples, frames):
            n = min(frames, samples - at)
            yield np.zeros((n, self.facts.channels), np.float32)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(AttributeError):
            self._frames.close()  # pyright: ignore[reportAttributeAccessIssue]
        self._container.close()
