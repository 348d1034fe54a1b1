"""FFmpeg (PyAV) as a reader: every format libsndfile does not read, and the sound of films."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from typing import Any

import av
import numpy as np
from av.error import FFmpegError, InvalidDataError

from genredesk.audio.decoding.frames import (
    STILL_S,
    Clock,
    Run,
    adts_seconds,
    forget_places,
    playable_tracks,
)
from genredesk.audio.decoding.header import Part
from genredesk.audio.decoding.reader import (
    RATES,
    FloatArray,
    Reader,
    StreamInfo,
    its_problem,
    no_sound,
    unreadable,
)
from genredesk.core.errors import AudioFileError
from genredesk.core.messages import say

# Containers FFmpeg may open. Anything else (playlists, network manifests, pictures) could make it
# read other files or the network on behalf of a file the person only dropped on the window.
_CONTAINERS = (
    "mp3,flac,wav,w64,aiff,au,caf,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,aac,ac3,eac3,"
    "avi,ape,wv,tta,tak,mpc,mpc8,dsf,iff,amr,mpegts,mpeg,flv,loas,dts,dtshd,oma,rm,voc"
)


_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}


# Containers without an index: a seek lands near, not at, the time asked for.
_NO_INDEX = {"mp3", "aac", "ac3", "eac3", "mpegts", "mpeg", "loas", "amr", "dts", "rm"}


# Containers that tell how long the whole is, picture and all, not how long its sound is.
_NO_LENGTH = {"matroska,webm", "asf", "flv", "avi"}


_COUNT_BYTES = 50_000_000
"""Up to this size their packets are counted for their length, which takes a tenth of a second."""


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


class AvReader(Reader):
    """FFmpeg; every other format, and the sound of films."""

    def __init__(self, part: Part, start_s: float = 0.0) -> None:
        self._part, self.path = part, part.path
        self._container = self._opened()
        self._frames: Generator[av.AudioFrame] | None = None
        try:
            with its_problem(self.path):
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
            raise no_sound(self.path) from error

    def _open(self, start_s: float) -> None:
        if not self._container.streams.audio:
            raise AudioFileError(self.path, say("it has no sound track"))
        tracks = playable_tracks(self._container)
        if not tracks:
            raise AudioFileError(self.path, say("its kind of sound is unknown or copy-protected"))
        first = next(filter(None, map(self._begun, tracks)), None)
        if first is None:
            raise no_sound(self.path)
        stream = self._stream
        self._tick = float(stream.time_base or 0)
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

    def _begun(self, track: int) -> av.AudioFrame | None:
        """Read a track from its beginning; return its first frame, ``None`` when it has none."""
        if self._frames is not None:
            self._container.close()
            self._container = self._opened()
        self._stream = self._container.streams[track]
        forget_places(self._stream.codec_context)
        self._frames = self._decoded()
        return next(self._frames, None)

    @property
    def _no_index(self) -> bool:
        return self._container.format.name in _NO_INDEX

    def _seconds(self) -> tuple[float | None, bool]:
        """Return the length and whether it is exact."""
        container, stream = self._container, self._stream
        whole = container.duration / av.time_base if container.duration else None
        name = container.format.name
        alone = len(container.streams) == 1
        # Of what was taken from the middle of a broadcast Ogg counts on from its beginning.
        is_middle = name == "ogg" and (stream.codec.name == "flac" or (stream.start_time or 0) > 0)
        if not (self._no_index or is_middle) and (alone or name not in _NO_LENGTH):
            own = (stream.duration or 0) * self._tick
            return (own, True) if own else (whole, whole is not None)
        if container.size > _COUNT_BYTES:
            return whole, False
        clock = self._clock(stream.start_time)
        untimed = 0
        adts = name == "aac"  # its packets are all timed by the first one's rate
        with self._opened() as again:
            for packet in self._packets(again, again.streams[stream.index]):
                length = adts_seconds(packet) if adts else (packet.duration or 0) * self._tick
                clock.gap(None if adts else packet.pts, length)
                untimed += 1 if length == 0 else -1
        return (whole, False) if untimed > 0 else (clock.passed or None, True)

    def _clock(self, start: int | None = None) -> Clock:
        is_cast = self._no_index or self._container.format.name == "ogg"
        return Clock(self._tick, start, _LONGEST_JUMP_S if is_cast else _LONGEST_GAP_S)

    def _go_to(self, start_s: float) -> None:
        """Arrange that reading begins ``start_s`` after the first sample, to the sample."""
        assert self._first is not None  # noqa: S101 - set just before
        rate = self.facts.rate
        wanted = round(start_s * rate)
        self._skip = wanted
        name, codec = self._container.format.name, self.facts.codec
        # FFmpeg mistakes where it is in packed sound of WAV, and on the last page of FLAC in Ogg.
        is_off = (name == "wav" and not codec.startswith("pcm")) or (name, codec) == ("ogg", "flac")
        inexact = (self._no_index or is_off) and start_s <= _LONGEST_SKIP_S
        if inexact or self._first.pts is None or not self._tick:
            return
        origin = self._first.pts
        begin = self._stream.start_time
        if codec == "vorbis" and begin is not None and begin <= origin:
            origin = begin  # the first frame only warms the decoder up and is not given
        if start_s > _RUN_UP_S:
            target = origin + int((start_s - _RUN_UP_S) / self._tick)
            try:
                self._container.seek(target, stream=self._stream, backward=True)
            except FFmpegError:  # it may stand anywhere now
                self._first = self._begun(self._stream.index)
                return
            self._frames = self._decoded()
            self._first = next(self._frames, None)
        if self._first is not None and self._first.pts is not None:
            self._skip = wanted - round((self._first.pts - origin) * self._tick * rate)

    def _decoded(self) -> Generator[av.AudioFrame]:
        """Decode packet by packet; a damaged packet is dropped, the next one goes on."""
        bad = 0
        for packet in self._packets(self._container, self._stream, is_last=True):
            try:
                yield from packet.decode()
                bad = 0
            except FFmpegError:
                bad += 1
                if bad > _BAD_PACKETS:
                    break

    def _packets(self, container: Any, stream: Any, *, is_last: bool = False) -> Iterator[Any]:
        """Give the packets of a track, ``is_last``: and the empty one behind them."""
        bad = 0
        while bad <= _BAD_PACKETS:
            try:
                for packet in container.demux(stream):
                    if packet.size or is_last:
                        yield packet
                return
            except InvalidDataError:  # FFmpeg looks for the next page or cluster
                bad += 1
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
        for frame in itertools.chain([self._first] if self._first else [], self._frames or ()):
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
        if self._frames is not None:
            self._frames.close()
        self._container.close()
